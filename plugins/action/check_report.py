# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils import checks_report
from ansible_collections.fairway.backbone.plugins.module_utils.checks_spec import REPORT


class ActionModule(ActionBase):
    """check_report: what router_check found on all routers, as files and as a table."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars or {})
        args = self.validate_argument_spec(argument_spec=REPORT)[1]
        found = {router: dict(told) for router, told in args["results"].items()}
        rows = {router: told["rows"] for router, told in found.items()}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        dest = Path(args["dest"])
        try:
            files = _write(dest, args["title"], now, found, rows)
        except OSError as error:
            return {**result, "failed": True, "msg": f"check_report: {dest}: {error}"}
        width = shutil.get_terminal_size((140, 24)).columns
        wrong = [router for router, told in found.items() if not told["passed"]]
        table = ["", *checks_report.fleet_table(rows, width), f"Report: {files['html']}"]
        return {**result, "changed": False, "passed": not wrong, "wrong": wrong, "table": table, **files}


def _write(dest: Path, title: str, now: str, found: dict[str, Any], rows: dict[str, Any]) -> dict[str, str]:
    """A JSON file per router with its state (the next run's snapshot), one of all rows, and the page."""
    dest.mkdir(parents=True, exist_ok=True, mode=0o700)
    for router, told in found.items():
        kept = {name: told[name] for name in ("passed", "rows", "state")}
        _put(dest / f"{router}.json", json.dumps({"router": router, "time": now, **kept}, indent=2) + "\n")
    whole = {"time": now, "passed": all(told["passed"] for told in found.values()), "routers": rows}
    _put(dest / "report.json", json.dumps(whole, indent=2) + "\n")
    _put(dest / "report.html", checks_report.page(title, now, rows))
    return {"json": str(dest / "report.json"), "html": str(dest / "report.html")}


def _put(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.chmod(0o600)
    partial.replace(path)
