"""A router as a small model: a lock, a candidate, a commit history with a timer; and people who also use it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change import Commit
from ansible_collections.fairway.backbone.plugins.module_utils.change_goals import Goal
from ansible_collections.fairway.backbone.plugins.module_utils.change_machine import Refused, Step, Transaction

US, THEM = "us", "them"


@dataclass
class ModelRouter:
    """Configurations are words: `configs[k]` is what history entry k committed.

    `confirm_entry`: a confirmation is an entry of its own in the history, as some releases have it.
    """

    now: float = 1000.0
    history: list[Commit] = field(default_factory=lambda: [Commit(0, 900.0, "them", "cli")])
    configs: list[str] = field(default_factory=lambda: ["old"])
    candidate: str = "old"
    lock: str | None = None
    pending: bool = False
    confirm_entry: bool = False
    commits_of_ours: int = 0
    trespasses: list[str] = field(default_factory=list)

    def entry(self, user: str, client: str, log: str = "", comment: str = "", pending: bool = False) -> None:
        self.now += 1
        new = Commit(0, self.now, user, client, comment, log, pending)
        self.history = [new] + [replace(e, sequence=e.sequence + 1, pending=False) for e in self.history]

    @property
    def running(self) -> str:
        return self.configs[0]

    def put(self, config: str) -> None:
        self.configs = [config, *self.configs]

    # What others do; the router allows none of it against a lock that is ours.

    def they_commit(self, confirmed: bool) -> None:
        if self.lock is None and self.candidate == self.running:
            comment = "commit confirmed, rollback in 5mins" if confirmed else ""
            self.entry(THEM, "cli", "their work", comment, confirmed)
            self.put(f"theirs-{self.now}")
            self.candidate, self.pending = self.running, confirmed

    def they_edit(self) -> None:
        if self.lock is None:
            self.candidate = f"their edit {self.now}"

    def they_lock(self) -> None:
        if self.lock is None and self.candidate == self.running:
            self.lock = THEM

    def they_leave(self) -> None:
        if self.lock == THEM:
            self.lock, self.candidate = None, self.running

    def timer_fires(self) -> None:
        if self.pending:
            clean = self.candidate == self.running
            self.pending = False
            self.entry("root", "other")
            self.put(self.configs[1])
            self.candidate = self.running if clean else self.candidate

    def session_ends(self) -> None:
        if self.lock == US:
            self.lock, self.candidate = None, self.running

    # What the transaction does: returns the step's value, or the router's refusal.

    def perform(self, step: Step, transaction: Transaction, text: str) -> Any:
        goal = transaction.goal
        match step:
            case Step.HISTORY | Step.GUARD | Step.RECHECK | Step.VERIFY:
                return list(self.history)
            case Step.LOCK:
                return self._lock()
            case Step.CLEAN | Step.DIFF:
                return "" if self.candidate == self.running else f"+{self.candidate}"
            case Step.LOAD:
                entry = transaction.decision.rollback
                self._write("load")
                self.candidate = text if goal.loads == "text" else self.configs[entry or 0]
            case Step.CHECK:
                self._write("check")
                if self.pending:
                    self.trespasses.append("a commit check while a confirmed commit was pending")
            case Step.COMMIT:
                self._commit(goal)
            case Step.DISCARD:
                self._write("discard")
                self.candidate = self.running
            case Step.UNLOCK:
                if self.lock != US:
                    return Refused("rejected", "Configuration database is not open")
                self.session_ends()
        return None

    def _lock(self) -> Refused | None:
        if self.lock is not None:
            return Refused("locked", f"configuration database locked by: {self.lock}")
        if self.candidate != self.running:
            return Refused("dirty", "configuration database modified")
        self.lock = US
        return None

    def _write(self, deed: str) -> None:
        if self.lock != US:
            self.trespasses.append(f"{deed} without the lock")

    def _commit(self, goal: Goal) -> None:
        self._write("commit")
        self.commits_of_ours += 1
        if not goal.timed and goal.loads == "nothing" and self.pending:
            self.history[0] = replace(self.history[0], pending=False)
            self.pending = False
            if self.confirm_entry:
                self.entry("fairway", "netconf", goal.log)
                self.put(self.running)
            return
        comment = "commit confirmed, rollback in 10mins" if goal.timed else ""
        self.entry("fairway", "netconf", goal.log, comment, goal.timed)
        self.put(self.candidate)
        self.pending = goal.timed
