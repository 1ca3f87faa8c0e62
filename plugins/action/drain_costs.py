# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import drain_specs
from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from ansible_collections.fairway.backbone.plugins.plugin_utils.drain_run import stage_costs
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import finished
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_task import SteeringAction


class ActionModule(SteeringAction):
    """drain_costs: one step of a router's OSPF costs on its way out of service, or back, under a timer."""

    SPEC = drain_specs.COSTS

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        if complaint := drain_specs.costs_complaint(args):
            raise RouterFault("input", f"{router.name}: drain_costs: {complaint}")
        request = StageRequest(
            text="",
            change_id=args["change_id"],
            revision=args["revision"],
            confirm_minutes=args["confirm_minutes"],
            lock_wait_s=args["lock_wait"],
            check_mode=self.check_mode,
            snapshot=args["snapshot"],
            gather=tuple(args["gather"] or ()),
        )
        done = stage_costs(router, self.intent(router.name), args["added"], args["way"], request)
        return {"change_id": args["change_id"], **finished(router, done.as_dict(), done.ok, done.step)}
