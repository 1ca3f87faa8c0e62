# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story of a run, folded from what its tasks returned: one line as it happens, one row per router at the end.

Pure: `plugins/callback/progress.py` prints it, and writes it as JSON.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change import SummaryRow
from ansible_collections.fairway.backbone.plugins.module_utils.change_text import count_lines
from ansible_collections.fairway.backbone.plugins.module_utils.table import table

HEADER = ("router", "lines", "staged", "proven", "result", "seconds", "why")
REVERT = ("ansible-playbook", "fairway.backbone.revert")
# Check mode ends with "checked": a difference, which the router accepts.
WORDS = {"checked": "would change"}


@dataclass(frozen=True)
class Event:
    """One router's result of one task: the action's short name, what it returned, how long it took, in which batch."""

    router: str
    action: str
    result: Mapping[str, Any]
    seconds: float
    batch: int = 0

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def state(self) -> str:
        return str(self.result.get("state") or ("failed" if self.failed else "unknown"))

    @property
    def words(self) -> str:
        """The first line of what the action had to say."""
        text = str(self.result.get("message") or self.result.get("msg") or "").strip()
        return text.splitlines()[0] if text else ""

    @property
    def lines(self) -> tuple[int, int]:
        """Lines added and removed: staging counts them, a revert tells its difference."""
        if "lines_added" in self.result:
            return int(self.result["lines_added"] or 0), int(self.result.get("lines_removed") or 0)
        return count_lines(str(self.result.get("diff_text") or ""))

    @property
    def count(self) -> str:
        """The same as people read it."""
        added, removed = self.lines
        return f"+{added} -{removed}"


def _proven(event: Event) -> str:
    return "yes" if event.result.get("healthy") and not event.failed else "no"


def progress_line(event: Event) -> str:
    """What a person watching the run is told when a task ends on a router; empty for tasks that tell nothing."""
    if event.action == "config_stage":
        told = WORDS.get(event.state, event.state)
        what = told if event.failed or event.state == "unchanged" else f"{told} {event.count}"
    elif event.action == "router_state" and "healthy" in event.result:
        what = "proven healthy" if _proven(event) == "yes" else "not healthy"
    elif event.action in ("config_confirm", "config_revert"):
        what = WORDS.get(event.state, event.state)
        if event.action == "config_revert" and not event.failed and any(event.lines):
            what = f"{what} {event.count}"
    else:
        return ""
    words = event.words if event.failed or what == "not healthy" or event.state in ("refused", "unknown") else ""
    return f"{event.router:<12} {what:<22} {event.seconds:6.1f} s  {words}".rstrip()


def _taken_back(stage: Event, confirm: Event | None, revert: Event) -> tuple[str, str]:
    """How it ended for a router that was told to take a staged change back."""
    if revert.state == "unchanged" and stage.state == "staged":
        return "reverted", "its own timer was first"
    if not revert.failed:
        return WORDS.get(revert.state, revert.state), ""
    if confirm is not None and confirm.state == "confirmed":
        return "not reverted", revert.words
    if confirm is not None and confirm.state == "unknown":
        return "unknown", confirm.words
    # Whatever came of staging: nobody confirmed it, so that it does not stay.
    return "left to its timer", revert.words


def _result(events: Mapping[str, Event]) -> tuple[str, str]:
    """How it ended for one router, and why when that is not obvious."""
    if "config_revert" in events and "config_stage" in events:
        return _taken_back(events["config_stage"], events.get("config_confirm"), events["config_revert"])
    for action in ("config_revert", "config_confirm", "config_stage"):
        event = events.get(action)
        if event is None:
            continue
        why = event.words if event.failed or event.state in ("refused", "unknown", "failed") else ""
        if action == "config_confirm" and event.failed:
            return "not confirmed", why
        if action == "config_stage" and event.state == "staged":
            return "left to its timer", "neither confirmed nor reverted: the router takes the change back by itself"
        return WORDS.get(event.state, event.state), why
    return "-", ""


def _row(router: str, events: Mapping[str, Event], blame: str) -> SummaryRow:
    stage, proof = events.get("config_stage"), events.get("router_state")
    result, why = _result(events)
    if proof is not None and _proven(proof) == "no":
        why = proof.words or "not as healthy as before"
    confirm = events.get("config_confirm")
    if not why and confirm is not None and confirm.failed:
        why = confirm.words
    if result == "reverted" and blame and not _is_bad(events):
        why = "; ".join(filter(None, (f"with its batch: {blame}", why)))
    # A change that is taken back in its own run is known by what it staged; a revert alone by what it put back.
    told = stage or events.get("config_revert")
    added, removed = told.lines if told else (0, 0)
    return SummaryRow(
        router=router,
        added=added,
        removed=removed,
        staged="-" if stage is None or stage.state == "checked" else stage.state,
        proven=_proven(proof) if proof is not None else "-",
        result=result,
        why=why,
        seconds=round(sum(e.seconds for e in events.values()), 1),
    )


def _is_bad(events: Mapping[str, Event]) -> bool:
    """Whether the batch was taken back because of this router."""
    proof = events.get("router_state")
    if proof is not None and _proven(proof) == "no":
        return True
    deeds = [events[action] for action in ("config_stage", "config_confirm") if action in events]
    return any(event.failed or event.state in ("refused", "failed") for event in deeds)


def summary(events: Sequence[Event]) -> list[SummaryRow]:
    """One row per router and change, in the order they were first heard of. The later result of an action counts."""
    story: dict[tuple[str, int], dict[str, Event]] = {}
    turn: dict[str, int] = {}
    for event in events:
        if event.action == "router_state" and "healthy" not in event.result and not event.failed:
            continue
        now = turn.setdefault(event.router, 0)
        staged = story.get((event.router, now), {}).get("config_stage")
        if event.action == "config_stage" and staged is not None and _name(event) != _name(staged):
            now = turn[event.router] = now + 1
        story.setdefault((event.router, now), {})[event.action] = event
    blame: dict[int, dict[str, None]] = {}
    for (router, _turn), mine in story.items():
        if _is_bad(mine):
            blame.setdefault(next(iter(mine.values())).batch, {})[router] = None
    return [
        _row(router, mine, ", ".join(blame.get(next(iter(mine.values())).batch, {})))
        for (router, _turn), mine in story.items()
    ]


def _name(event: Event) -> str:
    return str(event.result.get("change_id") or "")


def change_of(events: Sequence[Event]) -> str:
    """The name of the change that the run was about, the first when there were several; empty when no task told one."""
    return next(filter(None, map(_name, events)), "")


def way_back(events: Sequence[Event], rows: Sequence[SummaryRow], revert: Sequence[str] = REVERT) -> str:
    """How to undo what this run confirmed, `revert` being the command; empty when it confirmed nothing.

    Empty too when there were several changes: that was a runbook, and it says itself how to go back.
    """
    change_id = change_of(events)
    several = len(set(filter(None, map(_name, events)))) > 1
    if not change_id or several or not any(row.result == "confirmed" for row in rows):
        return ""
    return f"To take it back: {shlex.join(revert)} -e change_id={change_id}"


def cut_off(
    events: Sequence[Event], doing: str, busy: Sequence[str], named: str = "", revert: Sequence[str] = REVERT
) -> list[str]:
    """What a run leaves behind that ended before its end (Ctrl-C): what waits for its timer, and what nobody knows of.

    `doing` is the step that it was at, `busy` the routers that had not answered yet, `named` the change that they were
    asked about. Empty when no router was asked.
    """
    waiting: dict[str, str] = {}
    for event in events:
        if event.action == "config_stage" and event.state == "staged":
            waiting[event.router] = _name(event)
        elif event.action in ("config_confirm", "config_revert") and not event.failed:
            waiting.pop(event.router, None)
    told = []
    for change_id in dict.fromkeys(waiting.values()):
        routers = ", ".join(router for router, name in waiting.items() if name == change_id)
        told.append(
            f"{routers}: {change_id} is staged and not confirmed: taken back by itself when the timer runs out. "
            f"At once: {shlex.join(revert)} -e change_id={change_id}"
        )
    if lost := [router for router in busy if router not in waiting]:
        undo = f"; {shlex.join(revert)} -e change_id={named} takes it back where it is" if named else ""
        told.append(f"{', '.join(lost)}: in the middle of '{doing}': the commit history says what came of it{undo}")
    if not told and events:
        told = ["No change of this run waits on a router."]
    return [f"Cut off. {told[0]}", *told[1:]] if told else []


def summary_table(rows: Sequence[SummaryRow], width: int = 0) -> str:
    """The table at the end of a run."""
    cells = [
        (row.router, _lines(row), row.staged, row.proven, row.result, f"{row.seconds:.1f}", row.why) for row in rows
    ]
    return table(HEADER, cells, right=("seconds",), width=width)


def _lines(row: SummaryRow) -> str:
    """Lines added and removed; nobody knows of a router that was not compared, and +0 -0 would say that it is fine."""
    known = row.added or row.removed or row.result not in ("refused", "failed", "unknown")
    return f"+{row.added} -{row.removed}" if known else "-"
