# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draining one live router, and undraining it: staged upon what it has now. For both platforms."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest, StageResult
from ansible_collections.fairway.backbone.plugins.module_utils.drain_patch import (
    drain_edits,
    drain_goal,
    frr_drain,
    junos_drain,
    undrain_goal,
)
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Intent, build_router
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Drain
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import splices
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_live import Look, stage_upon


def stage_drain(router: Router, intent: Intent, drain: Drain | None, request: StageRequest) -> StageResult:
    """Stage a drain (None: the end of one) under a timer. The request's `base` is as in `steering_live.stage`."""
    return stage_upon(router, intent, [], request, lambda found: _filled(router, intent, drain, found, request))


def _filled(router: Router, intent: Intent, drain: Drain | None, found: Look, request: StageRequest) -> StageRequest:
    try:
        model = build_router(router.name, intent)
        goal = undrain_goal(found.reading, model) if drain is None else drain_goal(found.reading, model, drain)
    except (KeyError, TypeError, AttributeError) as error:
        raise RouterFault(
            "input", f"{router.name}: the intent is not what its schemas allow ({error!r}): run plan"
        ) from error
    edits = drain_edits(found.reading, goal, found.terms, found.text)
    base = request.base or found.token
    if router.platform == "frr":
        new = frr_drain(found.text, edits, found.terms)
        return replace(request, base=base, splices=splices(found.text, new))
    return replace(request, base=base, text=junos_drain(found.reading, edits), format="set", load="set")
