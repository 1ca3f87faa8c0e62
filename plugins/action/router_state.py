# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import health, state_spec
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction
from ansible_collections.fairway.backbone.plugins.plugin_utils.state_proof import Proof


class ActionModule(RouterAction):
    """router_state: what the router says about itself, and whether that is as good as it should be."""

    SPEC = state_spec.SPEC

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        if complaint := state_spec.complaint(args):
            raise RouterFault("input", f"router_state: {complaint}")
        gather = args["gather"] or ()
        before, expect = args["compare_to"] or None, self._expect(args["expect"])
        if before is None and expect is None:
            return {"changed": False, "state": router.state(gather)}
        try:
            tolerances = health.Tolerances.of(args["tolerances"])
        except ValueError as error:
            raise RouterFault("input", f"router_state: {error}") from error
        return Proof(router, gather, before, expect, tolerances).prove(**_times(args))

    def _expect(self, given: Any) -> dict[str, Any] | None:
        """The expectations: a dict, or the JSON file that config_render wrote."""
        if not given or isinstance(given, dict):
            return given or None
        path = Path(str(given))
        if not path.is_file() and not path.is_absolute():
            path = Path(self._loader.path_dwim(str(given)))
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RouterFault("input", f"router_state: expect: {path} cannot be read: {error}") from error
        if not isinstance(found, dict):
            raise RouterFault("input", f"router_state: expect: {path} holds no JSON object")
        return found


def _times(args: dict[str, Any]) -> dict[str, float]:
    return {name: args[name] for name in ("soak", "deadline", "interval")}
