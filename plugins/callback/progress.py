# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Screen output for changes: a line per router as it happens, a table at the end, the same as JSON."""

from __future__ import annotations

DOCUMENTATION = """
name: progress
type: stdout
short_description: A line per router as a change goes on, and a table at the end
version_added: 0.1.0
description:
  - Prints one line when a router was staged, proven, confirmed or reverted, and errors in plain words.
  - Ends with a table, one row per router, with lines added and removed, staged, proven, the result and why.
  - Writes the same rows as JSON, with the tasks that failed besides (an intent that is wrong, for example).
  - Tasks that are not part of a change are shown as the default callback shows them, but only failures and changes
    (everything with C(-v)); of M(ansible.builtin.debug) the message alone.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - Set C(stdout_callback=fairway.backbone.progress) in the configuration.
options:
  report_dir:
    description:
      - Directory for the rows as JSON, one file C(PLAYBOOK.json) per playbook. It is removed when the playbook starts.
      - Without it, C(report) in the directory where runs leave everything else (E(FAIRWAY_BUILD), or C(build) of the
        directory that the command was started in). Nothing is written when it is empty.
    type: str
    env:
      - name: FAIRWAY_REPORT_DIR
    ini:
      - section: fairway
        key: report_dir
"""

import atexit
import contextlib
import gc
import importlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback.default import CallbackModule as DefaultCallback

from ansible_collections.fairway.backbone.plugins.module_utils.change import SummaryRow
from ansible_collections.fairway.backbone.plugins.module_utils.change_summary import (
    Event,
    change_of,
    cut_off,
    progress_line,
    summary,
    summary_table,
    way_back,
)
from ansible_collections.fairway.backbone.plugins.module_utils.table import plain
from ansible_collections.fairway.backbone.plugins.plugin_utils.command_line import revert_command
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_files import unparsed
from ansible_collections.fairway.backbone.plugins.plugin_utils.report import write_report
from ansible_collections.fairway.backbone.plugins.plugin_utils.task_words import action_of, failure_words, step_of

# Ansible loads a connection plugin in each worker, after the fork: what it imports would be imported anew for every
# task and host. Imported here, once, before the first fork, it is there already.
HEAVY = ("plugin_utils.junos", "plugin_utils.junos_state", "plugin_utils.frr", "connection.junos")
for _name in HEAVY:
    with contextlib.suppress(ImportError):
        importlib.import_module(f"ansible_collections.fairway.backbone.plugins.{_name}")
# A worker is a fork: what is never collected is never copied. With seldom collecting, a fifth of a run is saved.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)

# A task that says something to whoever watches: its words, as they are.
SAYS = ("ansible.builtin.debug",)
TOLD = ("config_stage", "config_confirm", "config_revert", "router_state")
# Steps that are left out when a change is taken back.
UNLESS_REVERTED = ("config_confirm", "router_state")

# The mark of a row that is not as it should be, in the tables that these made themselves.
BAD = "\u2717"
TABLES = ("steering_decide", "router_check", "check_report")


class CallbackModule(DefaultCallback):
    """The default callback with the tasks of a change retold."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "fairway.backbone.progress"

    def __init__(self) -> None:
        super().__init__()
        self._events: list[Event] = []
        self._errors: list[dict[str, str]] = []
        self._started: dict[tuple[str, str], float] = {}
        self._batch = 0
        self._verdict = ""
        # The task that routers are asked by now, when it changes them, and the name of the change.
        self._doing: Any = None
        self._named = ""
        self._playbook = "playbook"

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._playbook = Path(playbook._file_name).stem
        # The last run's report must not pass for that of a run which ends early, or is killed.
        if (report := self._report()) is not None:
            with self._complaining(report):
                report.unlink(missing_ok=True)
        atexit.register(self._explain)
        super().v2_playbook_on_start(playbook)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._batch += 1
        super().v2_playbook_on_play_start(play)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._started[host.name, task._uuid] = time.monotonic()
        super().v2_runner_on_start(host, task)

    def v2_runner_on_ok(self, result: Any) -> None:
        facts = result.result.get("ansible_facts") or {}
        if decided := facts.get("change_verdict"):
            self._verdict = str(decided["action"])
        self._named = next((str(facts[name]) for name in facts if name.endswith("_change_id")), self._named)
        if self._tell(result):
            return
        if self._display.verbosity or result.result.get("changed"):
            super().v2_runner_on_ok(result)
        elif action_of(result.task) in SAYS and (said := result.result.get("msg")):
            self._say(*said if isinstance(said, list) else [said])

    def v2_runner_item_on_ok(self, result: Any) -> None:
        if self._display.verbosity or result.result.get("changed"):
            super().v2_runner_item_on_ok(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._started.pop((result.host.name, result.task._uuid), None)
        if self._display.verbosity:
            super().v2_runner_on_skipped(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        if self._display.verbosity:
            super().v2_runner_item_on_skipped(result)

    def v2_playbook_on_include(self, included_file: Any) -> None:
        if self._display.verbosity:
            super().v2_playbook_on_include(included_file)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if self._tell(result, failed=True):
            return
        if not ignore_errors:
            said = str(result.result.get("msg") or "")
            self._errors.append({"router": result.host.name, "task": result.task.name, "message": said})
        if not self._display.verbosity and not ignore_errors and (words := failure_words(result)):
            self._say(words, color="red")
            return
        super().v2_runner_on_failed(result, ignore_errors)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._doing = task if step_of(task) in TOLD and step_of(task) != "router_state" else None
        if self._display.verbosity:
            super().v2_playbook_on_task_start(task, is_conditional)
        elif step_of(task) in TOLD and not (step_of(task) in UNLESS_REVERTED and self._verdict == "revert"):
            # Some of these take minutes: say what is going on, and since when.
            self._display.display(f"{time.strftime('%H:%M:%S')}  {task.name} ...", color="blue")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        atexit.unregister(self._explain)
        if not (rows := self._conclude()):
            super().v2_playbook_on_stats(stats)
            return
        if undo := way_back(self._events, rows, revert_command(self._playbook)):
            self._display.display(undo + "\n")
        if self._display.verbosity:
            super().v2_playbook_on_stats(stats)

    def _conclude(self) -> list[SummaryRow]:
        """The rows of all changes: for machines, and as the table at the end."""
        rows = summary(self._events)
        report = self._report()
        if report is not None and (rows or self._errors):
            with self._complaining(report):
                write_report(report, self._playbook, change_of(self._events), rows, self._errors)
        if rows:
            width = shutil.get_terminal_size((140, 24)).columns
            self._display.display("\n" + summary_table(rows, width) + "\n")
        return rows

    def _explain(self) -> None:
        """A run that ended before its end. Ansible says that a file is no YAML, and not which one; and of a run that a
        person stopped, nothing."""
        if not self._started:
            for problem in unparsed(map(Path, context.CLIARGS.get("inventory") or ())):
                self._say(f"{problem}. Nothing was begun.", color="red")
            return
        self._conclude()
        busy = [host for host, task in self._started if self._doing and task == self._doing._uuid]
        doing = str(self._doing and self._doing.name)
        for line in cut_off(self._events, doing, busy, self._named, revert_command(self._playbook)):
            self._say(line, color="red")

    def _report(self) -> Path | None:
        """Where the rows go as JSON; None when nobody wants them."""
        report_dir = self.get_option("report_dir")
        if report_dir is None:
            report_dir = Path(os.environ.get("FAIRWAY_BUILD") or "build") / "report"
        return Path(report_dir) / f"{self._playbook}.json" if report_dir else None

    @contextlib.contextmanager
    def _complaining(self, report: Path) -> Iterator[None]:
        """A report that cannot be written is no reason to leave a person without the table."""
        try:
            yield
        except OSError as error:
            where = f"{report}: {error.strerror}"
            self._display.warning(f"{where}: no report for machines; FAIRWAY_REPORT_DIR or FAIRWAY_BUILD moves it")

    def _tell(self, result: Any, failed: bool = False) -> bool:
        """Retells a task of a change; False when it is not one. `failed`: Ansible leaves that out of the result."""
        name = step_of(result.task)
        if name in TABLES and not failed:
            for line in result.result.get("table", ()):
                self._say(line, color="red" if line.lstrip().startswith(BAD) else None)
            return True
        if name not in TOLD:
            return False
        told = {**result.result, "failed": failed}
        began = self._started.pop((result.host.name, result.task._uuid), time.monotonic())
        event = Event(result.host.name, name, told, time.monotonic() - began, self._batch)
        self._events.append(event)
        line = progress_line(event)
        if line:
            self._say(line, color="red" if event.failed else None)
        if event.failed:
            rest = str(result.result.get("msg") or "").strip().splitlines()[1:]
            for more in rest:
                self._say(f"    {more}", color="red")
        return bool(line) or event.failed

    def _say(self, *texts: Any, color: str | None = None) -> None:
        """Show what may hold the words of a router or of an alert: they must not steer the terminal."""
        for line in (line for text in texts for line in str(text).split("\n")):
            self._display.display(plain(line), color=color)
