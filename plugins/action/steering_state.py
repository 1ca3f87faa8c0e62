# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import steering_specs
from ansible_collections.fairway.backbone.plugins.module_utils.intent.drain import left_alone
from ansible_collections.fairway.backbone.plugins.module_utils.intent.steer import wanted_values
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter
from ansible_collections.fairway.backbone.plugins.module_utils.steering_record import plain
from ansible_collections.fairway.backbone.plugins.plugin_utils import steering_live
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_task import SteeringAction


class ActionModule(SteeringAction):
    """steering_state: what a router says of steering, as data."""

    SPEC = steering_specs.STATE

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        intent = self.intent(router.name)
        try:
            wanted = wanted_values(router.name, (intent.get("steering") or {}).get("paths") or {})
        except (KeyError, TypeError, ValueError) as error:
            raise RouterFault(
                "input", f"{router.name}: steering.paths is not what its schema allows: {error}"
            ) from error
        with steering_live.deadline(router, args["timeout"]):
            found = steering_live.look(router, intent, list(wanted), locks=args["check_lock"])
        live, complaints = steering_live.report(router.name, found, wanted)
        try:
            alone = left_alone(live, intent)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RouterFault("input", f"{router.name}: the intent is not what its schemas allow: {error!r}") from error
        return {
            "changed": False,
            "live": plain(live),
            "marked": bool(live.freeze or live.drain or any(place.marker for place in live.places)),
            "left_alone": alone,
            "complaints": complaints,
            "warnings": [f"{router.name}: {complaint}" for complaint in complaints],
        }

    def on_fault(self, fault: RouterFault, args: dict[str, Any], host: str) -> dict[str, Any]:
        live = plain(LiveRouter(host, fault=fault.message.removeprefix(f"{host}: ")))
        if args["tolerate"]:
            told = {"live": live, "marked": False, "left_alone": "", "complaints": []}
            return {"changed": False, **told, "kind": fault.kind}
        return {**super().on_fault(fault, args, host), "live": live}
