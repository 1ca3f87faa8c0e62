# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils import gate as rules
from ansible_collections.fairway.backbone.plugins.module_utils.audit import stamp
from ansible_collections.fairway.backbone.plugins.module_utils.gate import Gate
from ansible_collections.fairway.backbone.plugins.module_utils.gate_spec import ASK
from ansible_collections.fairway.backbone.plugins.plugin_utils import gate as hands
from ansible_collections.fairway.backbone.plugins.plugin_utils.reroute_run import origin


class ActionModule(ActionBase):
    """gate_ask: whether a runbook goes on for a router. It answers; the role `gate` acts on it."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self.validate_argument_spec(argument_spec=ASK)[1]
        gate = Gate(
            args["runbook"],
            (task_vars or {})["inventory_hostname"],
            args["name"],
            tuple(args["found"]),
            args["passed"],
            args["next"],
            args["abort"],
            args["subject"],
        )
        now, valid_s = time.time(), args["valid_hours"] * 3600
        given = rules.approval(gate, args["approved"], now, valid_s)
        told = {"id": given.identifier or gate.identifier(now), "by": "", "record": "", "message": ""}
        try:
            told |= self._decide(gate, args, given, told["id"])
        except hands.NobodyThere as nobody:
            told |= {"answer": rules.ABORT, "message": rules.nobody(gate, str(nobody))}
        if told["by"] and not self._task.check_mode:
            try:
                told["record"] = hands.write_record(args["dest"], told["id"], _record(gate, told, now, valid_s))
            except OSError as error:
                result["warnings"] = [f"gate: no record of the answer: {error}"]
        return {**result, "changed": False, **told}

    def _decide(self, gate: Gate, args: dict[str, Any], given: rules.Approval, identifier: str) -> dict[str, str]:
        """`answer`, who gave it (`by`; empty when nobody was asked), and the `message` when it is not to go on."""
        if args["only_ready"]:
            if args["approval"] == "prompt" and not self._task.check_mode:
                hands.look_for_person()
            return {"answer": rules.GO_ON}
        notes = [f"Not accepted: {complaint}" for complaint in given.complaints]
        if self._task.check_mode:
            hands.tell(["", *rules.question(gate, notes), "  Check mode: nobody is asked, and nothing is changed."])
            return {"answer": rules.GO_ON}
        if given.identifier:
            hands.tell(["", *rules.question(gate, [f"Approved: {identifier}"])])
            return {"answer": rules.GO_ON, "by": "approval"}
        if args["approval"] == "external":
            hands.tell(
                ["", *rules.question(gate, notes), f"  {rules.how_to_approve(identifier, args['valid_hours'] * 3600)}"]
            )
            return {"answer": rules.WAIT, "by": "nobody yet"}
        if args["approval"] == "auto":
            hands.tell(["", *rules.question(gate, notes)])
            why = (
                ""
                if gate.passed
                else "not all is as it should be, and with approval=auto nobody can go on all the same."
            )
            return {
                "answer": rules.ABORT if why else rules.GO_ON,
                "by": "checks",
                "message": why and rules.refusal(gate, why),
            }
        who = origin("", False).user
        answer, why = hands.ask(gate, notes, args["timeout"])
        hands.tell([f"  {gate.router}: {'goes on' if answer == rules.GO_ON else why} ({who})"])
        return {"answer": answer, "by": who, "message": why and rules.refusal(gate, f"{why}.")}


def _record(gate: Gate, told: dict[str, str], now: float, valid_s: float) -> dict[str, Any]:
    return {
        "id": told["id"],
        "runbook": gate.runbook,
        "router": gate.router,
        "gate": gate.name,
        "answer": told["answer"],
        "by": told["by"],
        "time": stamp(time.time()),
        "asked": stamp(now),
        "valid_until": stamp(now + valid_s),
        "found": list(gate.found),
        "passed": gate.passed,
        "next": gate.next,
        "abort": gate.abort,
        "subject": gate.subject,
    }
