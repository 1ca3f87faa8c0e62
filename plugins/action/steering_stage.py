# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible import constants

from ansible_collections.fairway.backbone.plugins.module_utils import steering_specs
from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from ansible_collections.fairway.backbone.plugins.module_utils.intent.steer import wishes
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Freeze, Marker
from ansible_collections.fairway.backbone.plugins.plugin_utils import steering_live
from ansible_collections.fairway.backbone.plugins.plugin_utils.lock_order import LockOrder
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import finished
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_live import Deed
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_task import SteeringAction


class ActionModule(SteeringAction):
    """steering_stage: steer or restore a path's places on one router, or write a freeze, under a timer."""

    SPEC = steering_specs.STAGE
    RULES = steering_specs.STAGE_RULES

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        if complaint := steering_specs.stage_complaint(args):
            raise RouterFault("input", f"steering_stage: {complaint}")
        intent = self.intent(router.name)
        try:
            deed = self._deed(router.name, intent, args)
            request = self._request(args)
            request.log  # noqa: B018 - raises when the path cannot stand in a log
        except (KeyError, TypeError, ValueError) as error:
            told = f"{router.name}: steering_stage: the intent has no {args['path']} with these places ({error!r})"
            raise RouterFault("input", f"{told}: is a task's result registered as 'steering'?") from error
        with self._order(args, router.name) as order:
            done = steering_live.stage(router, intent, deed, request, order)
        return {"change_id": args["change_id"], **finished(router, done.as_dict(), done.ok, done.step)}

    def on_fault(self, fault: RouterFault, args: dict[str, Any], host: str) -> dict[str, Any]:
        with self._order(args, host):
            return super().on_fault(fault, args, host)

    @staticmethod
    def _order(args: dict[str, Any], name: str) -> LockOrder:
        # Ansible's workers share the directory that it makes for each run, and removes with it.
        return LockOrder(Path(constants.DEFAULT_LOCAL_TMP), args["change_id"], args["lock_order"] or (), name)

    def _deed(self, name: str, intent: dict[str, Any], args: dict[str, Any]) -> Deed:
        if args["action"] == "thaw":
            return Deed("thaw")
        if args["action"] == "freeze":
            return Deed("freeze", freeze=Freeze(name, args["since"], args["until"], args["by"], args["reason"]))
        marker = Marker(args["path"], args["change_id"], args["since"], args["by"])
        mine = [place for place in args["places"] or () if place.get("router", name) == name]
        keys = None if args["places"] is None else [tuple(place["key"]) for place in mine]
        return Deed(args["action"], marker, wishes(name, intent, args["path"], keys))

    def _request(self, args: dict[str, Any]) -> StageRequest:
        person = args["action"] in ("freeze", "thaw") or args["by"] == "hand"
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
            action=args["action"],
            path=args["path"] if args["action"] in ("steer", "restore") else "on",
            by="hand" if person else "auto",
        )
