"""Candidate, running, locks and commits of one router, as Junos behaves over NETCONF.

Trees that are handed out are never changed afterwards: a load works on a copy and swaps it in. Nothing here starts a
thread or reads a clock of its own; the caller drives `tick`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from lab.junos.config import ConfigError, LoadReport, Tree, compare, load
from lab.junos.config import check as commit_check
from lab.junos.store.archive import Archive, HistoryEntry, unpack
from lab.junos.store.model import (
    ALREADY_OPEN,
    MODIFIED,
    NO_CONFIRMED_PRIVATE,
    NO_RESCUE,
    NOT_OPEN,
    CommitResult,
    Pending,
    SessionHandle,
    StoreError,
    locked_message,
)

_pids = count(5001)


class Datastore:
    """The configuration datastores of one router.

    `clock` gives epoch seconds; a Junos minute lasts `minute` of them and the automatic rollback comes `lateness`
    seconds late. With `rollback_dir`, running, rollbacks, history and rescue survive a restart, and a commit that was
    pending is rolled back at once. `on_activate` is called with every configuration that becomes the running one, at
    the start too; when it raises, the commit fails and the old configuration is activated again.
    """

    def __init__(
        self,
        hostname: str,
        clock: Callable[[], float],
        minute: float = 60.0,
        rollback_dir: Path | None = None,
        initial: Tree | None = None,
        on_activate: Callable[[Tree], None] | None = None,
        lateness: float = 0.0,
    ) -> None:
        self.hostname = hostname
        self.lateness = lateness
        self._clock = clock
        self._minute = minute
        self._activate = on_activate or (lambda tree: None)
        self._archive = Archive(rollback_dir)
        self._candidate: Tree | None = None  # None: the same as running
        self._lock: SessionHandle | None = None
        self._checked: tuple[Tree, list[ConfigError]] | None = None
        self._sessions: dict[int, SessionHandle] = {}
        if len(self._archive):
            self._running = self._archive.tree(0)
            if self._archive.pending is not None:
                self._revert()
                return
        else:
            self._running = initial.copy() if initial is not None else Tree.empty()
            self._archive.add(HistoryEntry("root", "other", clock()), self._running, None)
        self._activate(self._running)

    # Sessions

    def open_session(self, user: str, client: str) -> SessionHandle:
        """Register a session; `client` is what the history shows ("netconf", "cli")."""
        now = self._clock()
        handle = SessionHandle(next(_pids), user, client, now, now)
        self._sessions[handle.pid] = handle
        return handle

    def close_session(self, handle: SessionHandle) -> None:
        """End a session in order: its lock and private copy go; a pending commit of its own keeps its timer."""
        handle.closed = True
        self._sessions.pop(handle.pid, None)
        handle.private = handle.private_base = None
        if self._lock is handle:
            self._lock = None
            self._candidate = None

    def kill_session(self, pid: int) -> None:
        """End a session by force; a confirmed commit of its own that is pending is reverted at once."""
        handle = self._sessions.get(pid)
        if handle is None:
            raise StoreError(f"no such session: {pid}")
        self.close_session(handle)
        if self._archive.pending is not None and self._archive.pending.pid == pid:
            self._revert()

    def halt(self) -> None:
        """The router goes down: sessions end, and what was not committed is gone."""
        for handle in self.sessions():
            self.close_session(handle)
        self._lock = self._candidate = self._checked = None

    def restart(self) -> None:
        """The router has booted: activate what was committed. A commit that nobody confirmed is undone first."""
        if self._archive.pending is not None:
            self._revert()
        else:
            self._activate_quietly(self._running)

    def sessions(self) -> list[SessionHandle]:
        """The sessions that are open."""
        return list(self._sessions.values())

    # Locks and private copies

    def lock(self, handle: SessionHandle) -> None:
        """Take the exclusive lock; refused while another holds it or the candidate is dirty."""
        self._touch(handle)
        self._not_locked_by_other(handle)
        if self._lock is handle or handle.private is not None:
            raise StoreError(ALREADY_OPEN)
        if self._candidate is not None:
            raise StoreError(MODIFIED)
        self._lock = handle

    def unlock(self, handle: SessionHandle) -> None:
        """Give the lock back; what was not committed is discarded."""
        self._touch(handle)
        if self._lock is not handle:
            raise StoreError(NOT_OPEN)
        self._lock = None
        self._candidate = None

    def open_private(self, handle: SessionHandle) -> None:
        """Give the session a candidate of its own; refused while the shared one is locked or dirty."""
        self._touch(handle)
        self._not_locked_by_other(handle)
        if self._lock is handle or handle.private is not None:
            raise StoreError(ALREADY_OPEN)
        if self._candidate is not None:
            raise StoreError(MODIFIED)
        handle.private = handle.private_base = self._running

    def close_private(self, handle: SessionHandle) -> None:
        """Drop the session's own candidate and everything in it that was not committed."""
        self._touch(handle)
        if handle.private is None:
            raise StoreError(NOT_OPEN)
        handle.private = handle.private_base = None

    def _touch(self, handle: SessionHandle) -> None:
        if handle.closed:
            raise StoreError(NOT_OPEN)
        handle.idle_since = self._clock()

    def _not_locked_by_other(self, handle: SessionHandle) -> None:
        if self._lock is not None and self._lock is not handle:
            raise StoreError(locked_message(self._lock, self._clock()))

    # Candidate

    def candidate(self, handle: SessionHandle) -> Tree:
        """The candidate as the session sees it: its private one, or the shared one. Not to be changed."""
        if handle.private is not None:
            return handle.private
        return self.shared_candidate()

    def shared_candidate(self) -> Tree:
        """The shared candidate. Not to be changed."""
        return self._candidate if self._candidate is not None else self._running

    def running(self) -> Tree:
        """The running configuration; a new object after every commit. Not to be changed."""
        return self._running

    @property
    def dirty(self) -> bool:
        """Whether the shared candidate differs from the running configuration."""
        return self._candidate is not None

    def load(
        self, handle: SessionHandle, source: Any, fmt: str = "text", action: str = "replace", *, stop: bool = False
    ) -> LoadReport:
        """Load into the session's candidate (see `config.load`). Raises StoreError when another holds the lock."""
        self._editable(handle)
        tree = self.candidate(handle).copy()
        report = load(tree, source, fmt, action, stop=stop)
        self._set_candidate(handle, tree)
        return report

    def load_rollback(self, handle: SessionHandle, number: int) -> None:
        """Make the candidate rollback `number`; 0 discards."""
        self._editable(handle)
        self._set_candidate(handle, self._running if number == 0 else self._archive.tree(number))

    def load_rescue(self, handle: SessionHandle) -> None:
        """Make the candidate the rescue configuration."""
        self._editable(handle)
        tree = self._archive.rescue
        if tree is None:
            raise StoreError(NO_RESCUE)
        self._set_candidate(handle, tree)

    def discard(self, handle: SessionHandle) -> None:
        """Throw away what was not committed."""
        self.load_rollback(handle, 0)

    def compare(self, handle: SessionHandle, number: int = 0) -> str:
        """Return `show | compare rollback N` of the session's candidate; "" when there is no difference."""
        return compare(self.rollback_tree(number), self.candidate(handle))

    def _editable(self, handle: SessionHandle) -> None:
        self._touch(handle)
        if handle.private is None:
            self._not_locked_by_other(handle)

    def _set_candidate(self, handle: SessionHandle, tree: Tree) -> None:
        if handle.private is not None:
            handle.private = tree
        else:
            self._candidate = None if tree == self._running else tree

    # Commit

    def commit(
        self,
        handle: SessionHandle,
        *,
        check: bool = False,
        confirmed_minutes: int | None = None,
        log: str | None = None,
        sync: bool = False,
    ) -> CommitResult:
        """Commit the session's candidate.

        `check` only checks, and confirms a commit that is pending without adding to the history. With
        `confirmed_minutes` (1..65535) the commit is undone unless it is confirmed in time; again, and the time starts
        anew. A plain commit confirms. `sync` changes nothing: there is one routing engine. Raises StoreError when
        the database refuses; errors of the configuration come back in the result.
        """
        self._touch(handle)
        self._not_locked_by_other(handle)
        private = handle.private is not None
        if private and confirmed_minutes is not None:
            raise StoreError(NO_CONFIRMED_PRIVATE)
        if private and self._candidate is not None:
            raise StoreError(MODIFIED)
        if private and handle.private == handle.private_base:
            return CommitResult(True, empty=True)
        tree = self._merged(handle) if private else self.shared_candidate()
        found = self._check(tree)
        if any(error.severity == "error" for error in found):
            return CommitResult(False, found)
        if check:
            if self._archive.pending is not None:
                self._archive.confirm()
            return CommitResult(True, found)
        failure = self._switch(tree)
        if failure is not None:
            return CommitResult(False, [*found, failure])
        return self._record(handle, tree, found, confirmed_minutes, log)

    def _check(self, tree: Tree) -> list[ConfigError]:
        """The commit check of a tree; the one just checked is not checked again (trees do not change)."""
        if self._checked is None or self._checked[0] is not tree:
            self._checked = (tree, commit_check(tree, self._running))
        return list(self._checked[1])

    def _record(
        self, handle: SessionHandle, tree: Tree, found: list[ConfigError], minutes: int | None, log: str | None
    ) -> CommitResult:
        """Write the commit that was just activated into the history."""
        now, pending, comment = self._clock(), None, None
        output: list[str] = []
        if minutes is not None:
            before = self._archive.pending
            revert = before.revert if before is not None else self._archive.packed(0)
            pending = Pending(now + minutes * self._minute, handle.pid, handle.user, revert)
            comment = f"commit confirmed, rollback in {minutes}mins"
            output = [f"commit confirmed will be automatically rolled back in {minutes} minutes unless confirmed"]
        entry = HistoryEntry(handle.user, handle.client, now, comment, log, pending is not None)
        self._running = tree
        self._archive.add(entry, tree, pending)
        if handle.private is not None:
            handle.private = handle.private_base = tree
        else:
            self._candidate = None
        return CommitResult(True, found, output)

    def _merged(self, handle: SessionHandle) -> Tree:
        """The running configuration with the changes of a private candidate."""
        assert handle.private is not None
        assert handle.private_base is not None
        if handle.private_base is self._running:
            return handle.private
        tree = self._running.copy()
        report = load(tree, compare(handle.private_base, handle.private), "text", "patch")
        if not report.ok:
            raise StoreError(f"private configuration conflicts with a later commit: {report.errors[0].message}")
        return tree

    def _switch(self, tree: Tree) -> ConfigError | None:
        """Activate a configuration; when that fails, activate the old one again and say why."""
        try:
            self._activate(tree)
        except Exception as error:  # noqa: BLE001  (whatever a backend raises is a failed commit)
            self._activate_quietly(self._running)
            return ConfigError("error", f"commit failed: {error}")
        return None

    def _activate_quietly(self, tree: Tree) -> None:
        try:
            self._activate(tree)
        except Exception:  # noqa: BLE001  (there is nobody left to tell; the next commit tries again)
            return

    # Confirmed commits

    def pending(self) -> Pending | None:
        """The confirmed commit that waits, if one does."""
        return self._archive.pending

    def next_deadline(self) -> float | None:
        """When `tick` has something to do (epoch seconds, with the lateness), or None."""
        pending = self._archive.pending
        return pending.deadline + self.lateness if pending is not None else None

    def tick(self, now: float) -> bool:
        """Roll back when the time of a pending commit is over; True when that happened."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return False
        self._revert()
        return True

    def _revert(self) -> None:
        """Undo the pending commit: a new entry 0 by root/other, without comment or log."""
        pending = self._archive.pending
        assert pending is not None
        self._running = unpack(pending.revert)
        self._archive.add(HistoryEntry("root", "other", self._clock()), self._running, None)
        if self._candidate is not None and self._candidate == self._running:
            self._candidate = None
        self._activate_quietly(self._running)

    # History

    def history(self) -> list[HistoryEntry]:
        """Commits, newest first; index = rollback number."""
        return self._archive.history()

    def revision(self) -> str:
        """The identifier of the configuration that runs: routing engine, time and number of its commit."""
        return f"re0-{int(self.history()[0].time)}-{self._archive.serial}"

    def rollback_tree(self, number: int) -> Tree:
        """Return rollback `number` (0: running). Raises StoreError when there is none. Not to be changed."""
        return self._running if number == 0 else self._archive.tree(number)

    def save_rescue(self) -> None:
        """Keep the running configuration as the rescue configuration."""
        self._archive.save_rescue(self._running)

    def delete_rescue(self) -> None:
        """Delete the rescue configuration; it is no error when there is none."""
        if self._archive.has_rescue:
            self._archive.save_rescue(None)

    def rescue(self) -> Tree | None:
        """The rescue configuration, or None."""
        return self._archive.rescue

    def status(self) -> dict[str, Any]:
        """What a witness may want to know, as plain data: lock, pending, dirty, history (newest first)."""
        pending, holder = self._archive.pending, self._lock
        waits = {"pid": pending.pid, "user": pending.user, "deadline": pending.deadline} if pending else None
        return {
            "lock": {"pid": holder.pid, "user": holder.user, "since": holder.since} if holder else None,
            "pending": waits,
            "dirty": self.dirty,
            "private": [handle.pid for handle in self._sessions.values() if handle.private is not None],
            "history": [
                {"user": e.user, "client": e.client, "time": e.time, "comment": e.comment, "log": e.log,
                 "pending": e.pending}
                for e in self.history()
            ],
            "rescue": self._archive.has_rescue,
        }  # fmt: skip
