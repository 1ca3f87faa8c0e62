# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils import audit
from ansible_collections.fairway.backbone.plugins.module_utils.audit_redact import Redactor
from ansible_collections.fairway.backbone.plugins.module_utils.reroute_spec import AUDIT
from ansible_collections.fairway.backbone.plugins.plugin_utils import audit_sinks, reroute_run

STEPS = ("stage", "probed", "proof", "confirm", "revert")


class ActionModule(ActionBase):
    """audit_event: what became of a change, and events that are still to be delivered, to the sinks."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self.validate_argument_spec(argument_spec=AUDIT)[1]
        sinks = args["sinks"]
        complaint = audit_sinks.complaint(sinks)
        events = list(args["events"])
        if args["change"] and not complaint:
            try:
                events += self._of_change(args, task_vars)
            except ValueError as error:
                complaint = str(error)
        if complaint:
            # Not a failure: a change under way must not be left to its timers because of its log.
            return {**result, "changed": False, "events": [], "warnings": [f"audit: {complaint}"]}
        wanted = [one for one in sinks if args["only"] in ("all", "prompt" if audit_sinks.is_prompt(one) else "slow")]
        warnings = audit_sinks.write(wanted, events)
        return {**result, "changed": False, "events": events, "warnings": warnings}

    def _of_change(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> list[audit.Event]:
        change, who = audit.Change.of(args["change"]), reroute_run.origin(args["run"], bool(self._task.check_mode))
        redact = Redactor(audit_sinks.secrets_of(args["sinks"]))
        if args["phase"] == "refused":
            return [audit.not_begun(change, args["routers"], args["why"], who, time.time(), redact)]
        reports = {}
        for router in args["routers"]:
            known = task_vars["hostvars"][router]
            told = {step: known[args["prefix"] + step] for step in STEPS if args["prefix"] + step in known}
            reports[router] = {f"change_{step}": report for step, report in told.items()}
        return audit.change_events(args["phase"], change, reports, who, time.time(), redact)
