# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy's terms look like on an FRR router: rendered from the intent, with and without them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Intent, build_router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view import used_policies
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_frr_policy import policy_view
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import DRAIN_TERM
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Key
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import Term, term_of
from ansible_collections.fairway.backbone.plugins.plugin_utils.render import Renderer


@cache
def _renderer() -> Renderer:
    return Renderer()


def frr_terms(name: str, intent: Intent, wanted: Iterable[Key], active: Iterable[Key]) -> dict[Key, Term]:
    """The wanted terms, and those that take a router out of service; `active` are on by steering.

    Raises KeyError, TypeError, ValueError or AttributeError when the intent is not what the schemas allow.
    """
    if not intent.get("bgp") or not intent.get("policies"):
        return {}
    policies = intent["policies"].get("route_policies") or {}
    used = used_policies(build_router(name, intent))
    keys = [key for key in wanted if key[0] == "policy" and key[1] in policies]
    keys += [("policy", policy, DRAIN_TERM) for policy in used]
    on = dict.fromkeys(active, True)
    terms = {}
    for key in dict.fromkeys(keys):
        if not any(term["name"] == key[2] for term in policies[key[1]]["terms"]):
            continue
        without, with_it = (_route_maps(name, intent, {**on, key: state}) for state in (False, True))
        terms[key] = term_of(without, with_it)
    return terms


def _route_maps(name: str, intent: Intent, active: Mapping[Key, bool]) -> str:
    """The route-maps of the router with these terms switched."""
    switched: dict[str, Any] = {**intent, "policies": copy.deepcopy(intent["policies"])}
    for (_policy, policy, term), state in ((key, active[key]) for key in active):
        for one in switched["policies"]["route_policies"].get(policy, {}).get("terms", ()):
            if one["name"] == term:
                one["active"] = state
    router = build_router(name, switched)
    return _renderer().render_feature("frr", "route_maps", {"policy": policy_view(router)})
