# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils import gate as rules
from ansible_collections.fairway.backbone.plugins.module_utils.audit import stamp
from ansible_collections.fairway.backbone.plugins.module_utils.gate import Gate
from ansible_collections.fairway.backbone.plugins.module_utils.gate_spec import ASK
from ansible_collections.fairway.backbone.plugins.plugin_utils import gate as hands
from ansible_collections.fairway.backbone.plugins.plugin_utils.who import login


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
        now = time.time()
        given = rules.approval(gate, args["approved"], now, args["valid_hours"] * 3600)
        told = {"id": given.identifier or gate.identifier(now), "by": "", "record": "", "message": ""}
        try:
            if self._task.check_mode or args["only_ready"]:
                told |= self._look(gate, args, given)
            else:
                told |= hands.decide(gate, args, given, told["id"], login())
        except hands.NobodyThere as nobody:
            told |= {"answer": rules.ABORT, "message": rules.nobody(gate, str(nobody))}
        if told["by"]:
            try:
                told["record"] = hands.write_record(args["dest"], told["id"], _record(gate, told))
            except OSError as error:
                result["warnings"] = [f"gate: no record of the answer: {error}"]
        return {**result, "changed": False, **told}

    def _look(self, gate: Gate, args: dict[str, Any], given: rules.Approval) -> dict[str, str]:
        """Asks nobody."""
        if not args["only_ready"]:
            hands.only_show(gate, given)
        elif args["approval"] == "prompt" and not self._task.check_mode:
            hands.look_for_person()
        return {"answer": rules.GO_ON}


def _record(gate: Gate, told: dict[str, str]) -> dict[str, Any]:
    answer = {key: told[key] for key in ("id", "answer", "by")}
    return {**answer, "time": stamp(time.time()), **asdict(gate)}
