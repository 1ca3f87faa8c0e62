# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transaction is for: stage, confirm, revert, roll back. Each goal answers three questions, purely:

`decide`: may it go on, given the router's commit history? (asked before locking and again under the lock)
`weigh`: and given the difference it would make?
`judge`: after the commit, or after its reply was lost: what does the history say happened?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.fairway.backbone.plugins.module_utils.change import (
    UNREAD,
    Commit,
    log_line,
    pending_of,
    token_of,
    utc,
)
from ansible_collections.fairway.backbone.plugins.module_utils.change_history import (
    Standing,
    classify_history,
    landed,
    own_entries,
)

MAX_ROLLBACK = 49


@dataclass(frozen=True)
class Decision:
    """`go`: carry on. Otherwise `state` and `message` are the result. `rollback`: which entry to load.

    `check`: a commit check may be sent (it would confirm a pending commit). `note` is a warning to pass on.
    """

    go: bool
    state: str = ""
    message: str = ""
    rollback: int | None = None
    check: bool = True
    note: str = ""


@dataclass(frozen=True)
class Judgement:
    """What the history tells. `landed`: the commit is there, whatever its reply said."""

    landed: bool
    state: str
    changed: bool
    message: str


class Goal(Protocol):
    """`loads`: text, rollback or nothing; `timed`: commits with the dead-man timer, after a commit check."""

    @property
    def loads(self) -> str: ...

    @property
    def timed(self) -> bool: ...

    @property
    def check_mode(self) -> bool: ...

    @property
    def log(self) -> str: ...

    def decide(self, history: Sequence[Commit]) -> Decision: ...

    def weigh(self, diff: str, decision: Decision) -> Decision: ...

    def judge(self, history: Sequence[Commit], before: Sequence[Commit]) -> Judgement: ...


def describe(history: Sequence[Commit], change_id: str) -> str:
    """Where a change stands, in words for the person who must act."""
    standing = classify_history(history, change_id)
    mine = next((i for i, entry in enumerate(history) if entry.change_id == change_id), 0)
    above = "; ".join(str(entry) for entry in history[:mine])
    return {
        Standing.ABSENT: f"nothing of {change_id} is in the router's commit history",
        Standing.PENDING: f"{change_id} is pending",
        Standing.CONFIRMED: f"{change_id} is confirmed",
        Standing.SUPERSEDED: f"{change_id} was overtaken by later commits: {above}",
        Standing.REVERTED: f"{change_id} was reverted ({history[mine] if history else ''})",
        Standing.ROLLED_BACK: f"the router's timer rolled {change_id} back ({above})",
    }[standing]


def moved_on(base: str, newest: str) -> str:
    """Why a decision made upon one commit does not fit a router with another one; empty when it does."""
    if base in ("", newest):
        return ""
    if base == UNREAD:
        return "what is steered on it could not be read before, and a change might undo that: try again"
    return f"changed meanwhile: decided upon the commit '{base}', and the newest is '{newest}'. Look again, then decide"


@dataclass(frozen=True)
class StageGoal:
    """Commit with the timer, if it makes a difference and nobody else's timer runs.

    `base`: and if the newest commit still is the one of this name. `words`: the commit's log.
    """

    change_id: str
    revision: str
    check_mode: bool = False
    loads: str = "text"
    timed: bool = True
    base: str = ""
    words: str = ""

    @property
    def log(self) -> str:
        return self.words or log_line("change", self.change_id, self.revision)

    def decide(self, history: Sequence[Commit]) -> Decision:
        pending = pending_of(history)
        if pending is None:
            moved = moved_on(self.base, token_of(history))
            return Decision(not moved, "refused" if moved else "", moved)
        if pending.change_id == self.change_id:
            return Decision(True, "staged", f"{self.change_id} is already staged", check=False)
        why = f"a confirmed commit is pending: {pending}"
        if self.check_mode:
            return Decision(
                True, check=False, note=f"{why}; staging would be refused, and the router was not asked to check"
            )
        return Decision(False, "refused", f"{why}. Let its owner confirm or revert it, or wait for its timer")

    def weigh(self, diff: str, decision: Decision) -> Decision:
        if not diff:
            return Decision(False, decision.state or "unchanged", decision.message)
        if decision.state == "staged":
            return Decision(
                False, "refused", f"{decision.message}, with other content: revert it, or use a new change id"
            )
        return decision

    def judge(self, history: Sequence[Commit], before: Sequence[Commit]) -> Judgement:
        standing = classify_history(history, self.change_id)
        if standing is Standing.ABSENT or (not landed(history, before) and standing is not Standing.PENDING):
            return Judgement(False, "failed", False, "nothing was committed")
        if standing is Standing.PENDING:
            return Judgement(True, "staged", True, "")
        if standing in (Standing.ROLLED_BACK, Standing.REVERTED):
            return Judgement(True, "failed", False, f"committed, and taken back: {describe(history, self.change_id)}")
        return Judgement(True, "unknown", True, f"committed, but no timer runs: {describe(history, self.change_id)}")


@dataclass(frozen=True)
class ConfirmGoal:
    """Stop the timer of our own pending commit, and of nobody else's."""

    change_id: str
    check_mode: bool = False
    loads: str = "nothing"
    timed: bool = False

    @property
    def log(self) -> str:
        return log_line("confirm", self.change_id)

    def decide(self, history: Sequence[Commit]) -> Decision:
        standing = classify_history(history, self.change_id)
        if standing is Standing.PENDING:
            if self.check_mode:
                return Decision(False, "checked", f"{self.change_id} is pending and would be confirmed")
            return Decision(True)
        if standing is Standing.CONFIRMED:
            return Decision(False, "unchanged", f"{self.change_id} is already confirmed")
        return Decision(False, "refused", f"not confirmed: {describe(history, self.change_id)}")

    def weigh(self, diff: str, decision: Decision) -> Decision:
        return decision

    def judge(self, history: Sequence[Commit], before: Sequence[Commit]) -> Judgement:
        standing = classify_history(history, self.change_id)
        if standing is Standing.CONFIRMED:
            return Judgement(True, "confirmed", True, "")
        if standing is Standing.PENDING:
            until = pending_of(history)
            when = f" until {utc(until.deadline)}" if until and until.deadline else ""
            return Judgement(False, "failed", False, f"not confirmed: {self.change_id} is still pending{when}")
        return Judgement(False, "failed", False, f"not confirmed: {describe(history, self.change_id)}")


@dataclass(frozen=True)
class RevertGoal:
    """Go back to the entry before a change, when the change is what runs; never over somebody's later work."""

    change_id: str
    check_mode: bool = False
    loads: str = "rollback"
    timed: bool = False

    @property
    def log(self) -> str:
        return log_line("revert", self.change_id)

    def decide(self, history: Sequence[Commit]) -> Decision:
        standing = classify_history(history, self.change_id)
        if standing in (Standing.ABSENT, Standing.REVERTED, Standing.ROLLED_BACK):
            return Decision(False, "unchanged", describe(history, self.change_id))
        if standing is Standing.SUPERSEDED:
            return Decision(
                False,
                "refused",
                f"not reverted: {describe(history, self.change_id)}. Revert those first, or roll back by number",
            )
        target = own_entries(history, self.change_id)
        if target >= len(history) or target > MAX_ROLLBACK:
            return Decision(False, "refused", f"not reverted: the router keeps no entry from before {self.change_id}")
        return Decision(True, rollback=target, check=False)

    def weigh(self, diff: str, decision: Decision) -> Decision:
        # Also without a difference the commit is due: it stops the timer, and says in the history what happened.
        return decision

    def judge(self, history: Sequence[Commit], before: Sequence[Commit]) -> Judgement:
        standing = classify_history(history, self.change_id)
        if standing is Standing.REVERTED:
            return Judgement(True, "reverted", True, "")
        if standing is Standing.ROLLED_BACK:
            return Judgement(True, "reverted", True, describe(history, self.change_id))
        return Judgement(False, "failed", False, f"not reverted: {describe(history, self.change_id)}")


@dataclass(frozen=True)
class RollbackGoal:
    """Load entry N of the history and commit it, marked with an identifier of its own."""

    entry: int
    token: str
    change_id: str | None = None
    check_mode: bool = False
    loads: str = "rollback"
    timed: bool = False

    @property
    def log(self) -> str:
        return log_line("revert", self.token)

    def decide(self, history: Sequence[Commit]) -> Decision:
        pending = pending_of(history)
        if pending is not None and (self.change_id is None or pending.change_id != self.change_id):
            return Decision(
                False,
                "refused",
                f"a confirmed commit is pending: {pending}. Revert it by its change id, or let its owner",
            )
        if self.change_id is not None and history and history[0].change_id != self.change_id:
            return Decision(False, "refused", f"not rolled back: {describe(history, self.change_id)}")
        if not 0 < self.entry <= MAX_ROLLBACK or self.entry >= len(history):
            kept = f"1 to {len(history) - 1}" if len(history) > 1 else "none"
            return Decision(False, "refused", f"not rolled back: no entry {self.entry} (the router keeps {kept})")
        return Decision(True, "pending" if pending else "", rollback=self.entry, check=False)

    def weigh(self, diff: str, decision: Decision) -> Decision:
        if diff or decision.state == "pending":
            return decision
        return Decision(False, "unchanged", f"rollback {self.entry} equals what runs")

    def judge(self, history: Sequence[Commit], before: Sequence[Commit]) -> Judgement:
        if history and history[0].change_id == self.token:
            return Judgement(True, "reverted", True, "")
        return Judgement(
            False, "failed", False, f"not rolled back: the newest entry is {history[0] if history else 'none'}"
        )
