# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils.audit_redact import Redactor
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet
from ansible_collections.fairway.backbone.plugins.module_utils.reroute import decision_table, live_routers
from ansible_collections.fairway.backbone.plugins.module_utils.reroute_spec import DECIDE
from ansible_collections.fairway.backbone.plugins.plugin_utils import audit_sinks, reroute_run
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import read_hostvars
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import (
    FleetConfigs,
    explain_readings,
    validate_fleet,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.reroute_run import Outcome, RerouteFault


class ActionModule(ActionBase):
    """steering_decide: what every path should be, once per run; every decision is an audit event."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self.validate_argument_spec(argument_spec=DECIDE)[1]
        try:
            return {**result, **self._decide(args, task_vars)}
        except RerouteFault as fault:
            return {**result, "failed": True, "changed": False, "msg": f"steering_decide: {fault}"}

    def _decide(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        groups, group = task_vars["groups"], args["group"]
        if group not in groups:
            raise RerouteFault(f"the inventory has no group {group}: name the routers' group in reroute_group")
        if left := sorted(set(groups[group]) - set(task_vars.get("ansible_play_hosts_all") or ())):
            raise RerouteFault(
                f"{len(left)} routers of {group} are left out of this run ({', '.join(left[:5])}): what is steered, "
                "and how often it changed, is written on all of them. Run it without --limit"
            )
        if complaint := audit_sinks.complaint(args["audit"]):
            raise RerouteFault(complaint)
        # One look per host: every look at hostvars[host] merges all its variables anew.
        known = {host: task_vars["hostvars"][host] for host in groups["all"]}
        fleet = _fleet(known, groups, group)
        reports = {host: known[host].get(args["live_from"]) or {} for host in groups[group]}
        secrets = [*audit_sinks.secrets_of(args["audit"]), *_secrets(args)]
        who = reroute_run.origin(args["run"], bool(self._task.check_mode))
        done = reroute_run.run(fleet, live_routers(groups[group], reports), args, who, Redactor(secrets))
        # What makes nobody wait is written before anything is changed, the rest after.
        sinks = [sink for sink in args["audit"] if not done.apply or audit_sinks.is_prompt(sink)]
        done.warnings += audit_sinks.write(sinks, done.events)
        done.warnings += reroute_run.leave_word(args["look_again"], done.look_again)
        return {**_result(done), "run": who.run}


def _result(done: Outcome) -> dict[str, Any]:
    table = decision_table(done.decisions, done.health).splitlines()
    return {
        "changed": False,
        "decisions": [asdict(decision) for decision in done.decisions],
        "apply": [one.as_dict(done.decided_at) for one in done.apply],
        "later": [decision.path for decision in done.later],
        "events": done.events if done.apply else [],
        "sites": [{"source": s, "peer": p, "loss": loss} for (s, p), loss in sorted(done.now.sites.items())],
        "ignored": dict(done.alerts.ignored) if done.alerts else {},
        "look_again": done.look_again,
        "table": table,
        "warnings": done.warnings,
        "msg": f"{len(done.decisions)} decisions, {len(done.apply)} to apply",
    }


def _secrets(args: Mapping[str, Any]) -> list[str]:
    servers = (reroute_run.server(name, args[name]) for name in ("prometheus", "alertmanager"))
    return [secret for server in servers for secret in server.secrets]


def _fleet(known: Mapping[str, Any], groups: Mapping[str, Any], group: str) -> Fleet:
    """The intent as a model; raises RerouteFault with everything that is wrong in it."""
    inventory = read_hostvars(known, groups, group)
    fleet, errors = validate_fleet(inventory.intents, inventory.others, inventory.hosts)
    checked = explain_readings(FleetConfigs(errors=errors), inventory)
    if not checked.ok:
        raise RerouteFault(f"the intent is wrong, so nothing is steered\n{checked.report()}")
    return fleet
