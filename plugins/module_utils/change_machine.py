# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transaction as a pure machine: it names the next step, and is told what came of it.

    HISTORY → LOCK (↔ WAIT) → CLEAN → GUARD → LOAD → DIFF → SNAPSHOT → CHECK → COMMIT → VERIFY → UNLOCK → DONE

A router's timer fires also under our lock, and then every entry of its history has another number: after a rollback
was loaded, RECHECK reads the history once more. A router without a difference tells its state after UNLOCK.

What goes wrong under the lock leads through DISCARD and UNLOCK; a session or a reply that is lost leads to RECOVER,
which reads the history in a fresh session. The first error is the one that is told; the clean-up's become notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from ansible_collections.fairway.backbone.plugins.module_utils.change import Commit, RouterError
from ansible_collections.fairway.backbone.plugins.module_utils.change_goals import Decision, Goal, Judgement


class Step(StrEnum):
    """What the hand is to do next, and what it answers when it is done."""

    HISTORY = "history"  # read the commit history: list[Commit]
    LOCK = "lock"  # take the exclusive lock; refuse with kind locked (worth waiting) or dirty
    WAIT = "wait"  # let some time pass
    CLEAN = "clean"  # what is uncommitted in the candidate: str, empty when clean
    GUARD = "guard"  # read the history again, now that nobody else can commit: list[Commit]
    LOAD = "load"  # put the text, or the rollback, into the candidate
    RECHECK = "recheck"  # after loading a rollback, read the history again: list[Commit]
    DIFF = "diff"  # candidate against running: str
    SNAPSHOT = "snapshot"  # the router's state before the change
    CHECK = "check"  # commit check
    COMMIT = "commit"
    VERIFY = "verify"  # read the history: list[Commit]
    DISCARD = "discard"
    UNLOCK = "unlock"
    RECOVER = "recover"  # a fresh session, no lock and no candidate left of the old one; the history: list[Commit]
    DONE = "done"


@dataclass(frozen=True)
class Done:
    """The step was done."""

    value: Any = None


@dataclass(frozen=True)
class Refused:
    """The router said no. `kind` as in RouterFault."""

    kind: str
    message: str
    errors: tuple[RouterError, ...] = ()


@dataclass(frozen=True)
class Lost:
    """No answer: the session ended, or the reply did not come in time. The step may have been done.

    `reached`: there was a session, so that a fresh one may well succeed.
    """

    message: str
    reached: bool = False


Event: TypeAlias = "Done | Refused | Lost"

_NEXT = {
    Step.WAIT: Step.HISTORY,
    Step.LOAD: Step.DIFF,
    Step.SNAPSHOT: Step.CHECK,
    Step.CHECK: Step.COMMIT,
    Step.COMMIT: Step.VERIFY,
    Step.DISCARD: Step.UNLOCK,
}


@dataclass
class Transaction:
    """Feed it events until `step` is DONE; then `state`, `changed`, `message` and `errors` are the result.

    `lock_until` is on the same clock as `feed`'s `now`, in seconds. `again`: nothing came of it only because a session
    was lost, and a fresh one works: a second transaction can do it.
    """

    goal: Goal
    lock_until: float
    snapshot: bool = False
    step: Step = Step.HISTORY
    state: str = ""
    message: str = ""
    changed: bool = False
    failed_step: str = ""
    errors: list[RouterError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decision: Decision = field(default_factory=lambda: Decision(True))
    history: list[Commit] = field(default_factory=list)
    before: list[Commit] = field(default_factory=list)
    diff: str = ""
    locked: bool = False
    loaded: bool = False
    sent: bool = False
    again: bool = False

    def feed(self, event: Event, now: float) -> Step:
        """Take what came of the current step; returns the next one."""
        if isinstance(event, Done):
            self._done(event.value)
        elif isinstance(event, Refused):
            self._refused(event, now)
        else:
            self._lost(event)
        if self.step is Step.COMMIT:
            self.sent = True
        return self.step

    def _done(self, value: Any) -> None:
        match self.step:
            case Step.HISTORY | Step.GUARD:
                self._decide(value)
            case Step.LOCK:
                self.locked, self.step = True, Step.CLEAN
            case Step.CLEAN:
                self._clean(value)
            case Step.DIFF:
                self._weigh(value)
            case Step.CHECK if self.goal.check_mode:
                self._finish("checked")
            case Step.VERIFY:
                done = self._judge(value)
                self.step = Step.UNLOCK if done or not self.loaded else Step.DISCARD
            case Step.LOAD if self.goal.loads == "rollback":
                self.step = Step.RECHECK
            case Step.RECHECK:
                self._recheck(value)
            case Step.UNLOCK:
                self.locked = False
                self.step = Step.SNAPSHOT if self._looks_afterwards else Step.DONE
            case Step.SNAPSHOT if self.state:
                self.step = Step.DONE
            case Step.RECOVER:
                self._recovered(value)
            case _:
                self.step = _NEXT[self.step]

    def _decide(self, history: Sequence[Commit]) -> None:
        self.history = self.before = list(history)
        self.decision = self.goal.decide(history)
        if self.decision.note and self.decision.note not in self.notes:
            self.notes.append(self.decision.note)
        if not self.decision.go:
            self._finish(self.decision.state, self.decision.message)
        elif self.step is Step.HISTORY:
            self.step = Step.LOCK
        else:
            self.loaded = self.goal.loads != "nothing"
            self.step = Step.LOAD if self.loaded else Step.COMMIT

    @property
    def _looks_afterwards(self) -> bool:
        """Its batch is judged by this router too, against what it was: it needs no lock to tell that."""
        return self.snapshot and self.state == "unchanged" and not self.goal.check_mode

    def _recheck(self, history: Sequence[Commit]) -> None:
        """Commit what was loaded only if it still is what the goal asks for: the timer may have fired meanwhile."""
        decision = self.goal.decide(history)
        self.history = list(history)
        if decision.go and decision.rollback == self.decision.rollback:
            self.step = Step.DIFF
            return
        why = "the router's history changed while the rollback was loaded; try again"
        self._finish(*(("failed", why) if decision.go else (decision.state, decision.message)))
        self.step = Step.DISCARD

    def _clean(self, uncommitted: str) -> None:
        if not uncommitted:
            self.step = Step.GUARD
            return
        self._finish(
            "refused",
            "the candidate holds somebody's uncommitted changes although the router granted its lock; "
            f"nothing was loaded. They are:\n{uncommitted}",
        )

    def _weigh(self, diff: str) -> None:
        self.diff = diff
        self.decision = self.goal.weigh(diff, self.decision)
        if not self.decision.go:
            self._finish(self.decision.state, self.decision.message)
        elif self.goal.check_mode and not self.decision.check:
            self._finish("checked", self.decision.message)
        elif self.snapshot and self.goal.timed and not self.goal.check_mode:
            self.step = Step.SNAPSHOT
        else:
            self.step = Step.CHECK if self.goal.timed else Step.COMMIT

    def _judge(self, history: Sequence[Commit]) -> bool:
        """Settle the result by the history; True when the commit is in it."""
        self.history = list(history)
        judged: Judgement = self.goal.judge(history, self.before)
        if self.state and not judged.landed:
            return False
        if self.state:
            self.notes.append(f"the commit was answered with an error but is in the history ({self.message})")
        self.state, self.changed, self.message = judged.state, judged.changed, judged.message
        if judged.state in ("failed", "unknown"):
            self.failed_step = self.failed_step or Step.VERIFY.value
        else:
            self.errors, self.failed_step = [], ""
        return judged.landed

    def _finish(self, state: str, message: str = "") -> None:
        """Settle the result, and leave by the door that fits: what was loaded is discarded, what is locked unlocked."""
        if state in ("refused", "failed"):
            self.failed_step = self.failed_step or self.step.value
        self.state, self.message = state, message
        if self.locked:
            # Unlocking alone drops an untouched or equal candidate.
            self.step = Step.DISCARD if self.loaded and self.diff else Step.UNLOCK
        else:
            self.step = Step.DONE

    def _refused(self, event: Refused, now: float) -> None:
        if self.step is Step.LOCK and event.kind == "locked" and now < self.lock_until:
            self.step = Step.WAIT
            return
        if self.step in (Step.DISCARD, Step.UNLOCK):
            self.notes.append(f"{self.step.value}: {event.message}")
            self.step = Step.UNLOCK if self.step is Step.DISCARD else Step.DONE
            self.locked = self.step is Step.UNLOCK
            return
        if self.step in (Step.VERIFY, Step.RECOVER):
            self._lost(Lost(event.message))
            return
        if self.step is Step.SNAPSHOT and self.state:
            self.notes.append(f"{self.step.value}: {event.message}")
            self.step = Step.DONE
            return
        self.errors = list(event.errors)
        self.failed_step = self.step.value
        state = "refused" if event.kind in ("locked", "dirty") else "failed"
        if self.step is Step.COMMIT:
            self.state, self.message, self.step = state, event.message, Step.VERIFY
            return
        self._finish(state, event.message)
        if self.loaded and self.locked:
            self.step = Step.DISCARD

    def _lost(self, event: Lost) -> None:
        if self.step is Step.RECOVER:
            self._not_recovered(event)
            return
        if not self.state:
            self.failed_step = self.step.value
            self.message = event.message
            if not self.sent:
                self.state = "failed"
        else:
            self.notes.append(f"{self.step.value}: {event.message}")
        # A router that was never reached was asked nothing: there is nothing to find out.
        self.step = Step.DONE if self.step is Step.HISTORY and not event.reached else Step.RECOVER

    def _recovered(self, history: Sequence[Commit]) -> None:
        lost = self.message
        self.locked = False
        self.step = Step.DONE
        if self.sent and self.state not in ("staged", "confirmed", "reverted"):
            step, self.state = self.failed_step, ""
            self._judge(history)
            if self.state in ("staged", "confirmed", "reverted"):
                self.notes.append(f"{lost}; the router's history shows that it was done")
            else:
                self.message = f"{lost}; a fresh session shows: {self.message}"
                self.failed_step = step or self.failed_step
                self.again = self.state == "failed"
            return
        self.again = self.state == "failed" and not self.errors
        self.history = list(history)
        self.notes.append("a fresh session finds no lock and no candidate of ours")

    def _not_recovered(self, event: Lost) -> None:
        self.locked = False
        self.step = Step.DONE
        if self.sent and not self.state:
            self.state = "unknown"
            self.changed = True
            self.message = f"{self.message}; whether it was committed is not known, and asking failed: {event.message}"
        else:
            self.notes.append(f"recover: {event.message}")
