# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import checks as core
from ansible_collections.fairway.backbone.plugins.module_utils import checks_report, health
from ansible_collections.fairway.backbone.plugins.module_utils.checks_builtin import choose
from ansible_collections.fairway.backbone.plugins.module_utils.checks_spec import CHECK
from ansible_collections.fairway.backbone.plugins.plugin_utils import checks as hands
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_task import SteeringAction


class ActionModule(SteeringAction):
    """router_check: what a router is like, beside what it should be like."""

    SPEC = CHECK

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        for name in ("snapshot", "expect"):
            args[name] = self._read(name, args[name], router.name)
        try:
            tolerances = health.Tolerances.of(args["tolerances"])
        except ValueError as error:
            raise RouterFault("input", f"router_check: {error}") from error
        chosen = _chosen(args)
        args["facts"] = {**args["facts"], "config": args["config"]}
        asked = hands.ask(router, chosen, args, lambda: self.intent(router.name))
        found = core.Found(
            router.name,
            router.platform,
            state=asked.state,
            facts=args["facts"],
            snapshot=args["snapshot"],
            intent=args["expect"],
            tolerances=tolerances,
            outputs=asked.outputs,
            refused=asked.refused,
        )
        return _result(router.name, chosen, found, asked)

    def on_fault(self, fault: RouterFault, args: dict[str, Any], host: str) -> dict[str, Any]:
        if fault.kind in ("input", "unsupported"):
            return super().on_fault(fault, args, host)
        why = fault.message.removeprefix(f"{host}: ")
        asked = hands.Asked(fault=why, unfit=[f"it does not answer: {why}"])
        return _result(host, _chosen(args), core.Found(host, "?"), asked)

    def _read(self, name: str, given: Any, router: str) -> dict[str, Any] | None:
        """A dict, a JSON file, or a directory with one per router; what a report of ours wraps around a state goes."""
        if not given or isinstance(given, dict):
            return (given.get("state", given) if name == "snapshot" and given else given) or None
        path = Path(str(given))
        if not path.exists() and not path.is_absolute():
            path = Path(self._loader.path_dwim(str(given)))
        path = path / f"{router}.json" if path.is_dir() else path
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RouterFault("input", f"router_check: {name}: {path} cannot be read: {error}") from error
        if not isinstance(found, dict):
            raise RouterFault("input", f"router_check: {name}: {path} holds no JSON object")
        return dict(found.get("state", found)) if name == "snapshot" else found


def _chosen(args: dict[str, Any]) -> tuple[core.Check, ...]:
    try:
        return choose(args["profile"], args["extra"])
    except core.CheckError as error:
        raise RouterFault("input", f"router_check: {error}") from error


def _result(name: str, chosen: tuple[core.Check, ...], found: core.Found, asked: hands.Asked) -> dict[str, Any]:
    rows = core.evaluate(chosen, found) if not asked.fault else []
    rows.insert(0, core.reachable(name, asked.fault))
    told = [row.as_dict() for row in rows]
    return {
        "changed": False,
        "passed": core.passed(rows),
        "rows": told,
        "lines": checks_report.faults(told) or [f"{name}: {checks_report.summed(told)}"],
        "table": checks_report.router_lines(name, told, _width()) if chosen else [],
        "state": asked.state,
        "unfit": asked.unfit,
    }


def _width() -> int:
    """Characters of a line of the table, which is indented."""
    return shutil.get_terminal_size((140, 24)).columns - 2
