# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils import drain_plan
from ansible_collections.fairway.backbone.plugins.module_utils.drain import may_drain
from ansible_collections.fairway.backbone.plugins.module_utils.drain_specs import DECIDE
from ansible_collections.fairway.backbone.plugins.module_utils.intent.expect import expectations
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter
from ansible_collections.fairway.backbone.plugins.module_utils.steering_record import live_router
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import read_hostvars
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import (
    FleetConfigs,
    explain_readings,
    validate_fleet,
)


class ActionModule(ActionBase):
    """drain_decide: what speaks against draining a router, and what its draining needs to know of the intent."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self.validate_argument_spec(argument_spec=DECIDE)[1]
        try:
            return {**result, "changed": False, **_decide(args, _fleet(args, task_vars))}
        except ValueError as fault:
            return {**result, "failed": True, "changed": False, "msg": f"drain_decide: {fault}"}


def _decide(args: Mapping[str, Any], fleet: Fleet) -> dict[str, Any]:
    name = args["router"]
    if name not in fleet.routers:
        raise ValueError(f"{name} is no router of group {args['group']}, which has {', '.join(sorted(fleet.routers))}")
    live = {one.name: one for one in _live(args["live"] or ())}
    around = {other: told for other, told in live.items() if other != name}
    made = drain_plan.plan(fleet, name, around, args["neighbors"])
    result = {**vars(made), "words": drain_plan.words(made.steps), "refusals": []}
    if args["live"] is not None and not args["neighbors"]:
        expects = {other: expectations(fleet, fleet.routers[other]) for other in made.partners}
        sites = drain_plan.sites_of(fleet)
        result["refusals"] = may_drain([name], sites, args["states"], live, expects, alone=args["alone"])
    return {key: list(value) if isinstance(value, tuple) else value for key, value in result.items()}


def _live(told: Sequence[Mapping[str, Any]]) -> list[LiveRouter]:
    try:
        return [live_router(one) for one in told]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"live: expected what steering_state returns as live ({error!r})") from error


def _fleet(args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Fleet:
    """The intent of all routers as a model; raises ValueError with everything that is wrong in it."""
    groups, group = task_vars["groups"], args["group"]
    if group not in groups:
        raise ValueError(f"the inventory has no group {group}: name the routers' group in drain_group")
    known = {host: task_vars["hostvars"][host] for host in groups["all"]}
    inventory = read_hostvars(known, groups, group)
    fleet, errors = validate_fleet(inventory.intents, inventory.others, inventory.hosts)
    checked = explain_readings(FleetConfigs(errors=errors), inventory)
    if not checked.ok:
        raise ValueError(f"the intent is wrong, so nothing is drained\n{checked.report()}")
    return fleet
