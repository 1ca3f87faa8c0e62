# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import steering_specs
from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Drain
from ansible_collections.fairway.backbone.plugins.plugin_utils.drain_live import stage_drain
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import finished
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_task import SteeringAction


class ActionModule(SteeringAction):
    """drain_stage: take one router out of service, or put it back, under a timer."""

    SPEC = steering_specs.DRAIN

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        if complaint := steering_specs.drain_complaint(args):
            raise RouterFault("input", f"{router.name}: drain_stage: {complaint}")
        drain = None
        if args["action"] == "drain":
            neighbors = tuple(args["neighbors"])
            drain = Drain(router.name, args["since"], args["change_id"], args["by"], args["reason"], neighbors)
        done = stage_drain(router, self.intent(router.name), drain, self._request(args))
        return {"change_id": args["change_id"], **finished(router, done.as_dict(), done.ok, done.step)}

    def _request(self, args: dict[str, Any]) -> StageRequest:
        return StageRequest(
            text="",
            change_id=args["change_id"],
            revision=args["revision"],
            confirm_minutes=args["confirm_minutes"],
            lock_wait_s=args["lock_wait"],
            check_mode=self.check_mode,
            snapshot=args["snapshot"],
            gather=tuple(args["gather"] or ()),
            base=args["base"],
            action="drain",
            path="on" if args["action"] == "drain" else "off",
            by="hand",
        )
