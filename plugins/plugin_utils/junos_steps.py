# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transaction's steps on Junos, each one RPC; and the recovery after a session was lost."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change import Commit
from ansible_collections.fairway.backbone.plugins.module_utils.change_machine import Step, Transaction
from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_requests as requests
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_reply import parse_history, refusal_kind
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_session import JunosSession
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

_LOCK_POLL_S = 1.0
_PID = re.compile(r"\(pid (\d+)\)")


def read_history(session: JunosSession) -> list[Commit]:
    """The router's commit history, newest first."""
    return parse_history(session.get("get-commit-information"))


def read_diff(session: JunosSession) -> str:
    """The shared candidate against what runs; empty when they are equal."""
    reply = session.call(requests.compare())
    if reply.errors:
        raise RouterFault("rejected", reply.message, reply.errors)
    return reply.text("configuration-output").strip("\n")


class JunosHand:
    """Performs steps over one session. `load` builds the element to load (None: the decision's rollback entry)."""

    def __init__(
        self,
        session: JunosSession,
        *,
        load: Callable[[], Any] | None = None,
        confirm_minutes: int | None = None,
        snapshot: Callable[[], Any] | None = None,
        recover_s: float = 60.0,
    ) -> None:
        self.session = session
        self.load = load
        self.confirm_minutes = confirm_minutes
        self.snapshot = snapshot
        self.recover_s = recover_s
        self.before: Any = None
        self._steps: dict[Step, Callable[[Transaction], Any]] = {
            Step.HISTORY: lambda _t: read_history(self.session),
            Step.LOCK: lambda _t: self._lock(),
            Step.WAIT: self._wait,
            Step.CLEAN: lambda _t: read_diff(self.session),
            Step.GUARD: lambda _t: read_history(self.session),
            Step.LOAD: self._load,
            Step.RECHECK: lambda _t: read_history(self.session),
            Step.DIFF: lambda _t: read_diff(self.session),
            Step.SNAPSHOT: lambda _t: self._snapshot(),
            Step.CHECK: lambda _t: self._check(),
            Step.COMMIT: self._commit,
            Step.VERIFY: lambda _t: read_history(self.session),
            Step.DISCARD: lambda _t: self._do(requests.load_rollback(0)),
            Step.UNLOCK: lambda _t: self._do("unlock-configuration"),
            Step.RECOVER: self._recover,
        }

    def perform(self, step: Step, transaction: Transaction) -> Any:
        return self._steps[step](transaction)

    def _do(self, request: Any) -> Any:
        """One RPC; what the router refuses raises RouterFault with its complaints. Warnings are not refusals."""
        reply = self.session.call(request)
        if reply.errors:
            raise RouterFault(refusal_kind(reply.errors), reply.message, reply.errors)
        return reply

    def _lock(self) -> None:
        try:
            self._do("lock-configuration")
        except RouterFault as fault:
            if fault.kind == "dirty":
                raise self._dirty(fault) from fault
            if fault.kind == "locked":
                raise RouterFault("locked", f"somebody holds the lock: {fault.message}") from fault
            raise

    def _dirty(self, fault: RouterFault) -> RouterFault:
        """Tell what is uncommitted. The router refused the lock, so nothing of it was touched."""
        return RouterFault(
            "dirty",
            f"{fault.message}: the shared candidate holds uncommitted changes of somebody; commit or discard them "
            f"first. They were left as they are:\n{read_diff(self.session)}",
        )

    @staticmethod
    def _wait(transaction: Transaction) -> None:
        time.sleep(max(0.05, min(_LOCK_POLL_S, transaction.lock_until - time.monotonic())))

    def _load(self, transaction: Transaction) -> None:
        if self.load is not None:
            self._do(self.load())
        else:
            self._do(requests.load_rollback(transaction.decision.rollback or 0))

    def _snapshot(self) -> None:
        if self.snapshot is not None:
            self.before = self.snapshot()

    def _check(self) -> None:
        reply = self._do(requests.commit_check())
        if not reply.has("commit-check-success") and reply.root.find("ok") is None:
            raise RouterFault("rejected", "the router did not say that the commit check succeeded")

    def _commit(self, transaction: Transaction) -> None:
        # A reply without commit-success is no failure yet: VERIFY reads in the history what happened.
        self._do(requests.commit(transaction.goal.log, self.confirm_minutes))

    def _recover(self, transaction: Transaction) -> list[Commit]:
        """In a fresh session: nothing of the old one is left, and the history is final."""
        old = self.session.session_id
        self.session.drop()
        deadline = time.monotonic() + self.recover_s
        while True:
            try:
                return self._settled(transaction, old)
            except RouterFault as fault:
                self.session.drop()
                if time.monotonic() + _LOCK_POLL_S >= deadline:
                    raise RouterFault("lost", fault.message) from fault
            time.sleep(_LOCK_POLL_S)

    def _settled(self, transaction: Transaction, old: str) -> list[Commit]:
        """The history once it cannot change any more: our commit is in it, or the old session holds no lock."""
        history = read_history(self.session)
        if transaction.sent and transaction.goal.judge(history, transaction.before).landed:
            return history
        try:
            self._do("lock-configuration")
        except RouterFault as fault:
            holder = _PID.search(fault.message)
            if fault.kind not in ("locked", "dirty"):
                raise
            if fault.kind == "dirty" or holder is None or holder[1] != old:
                return read_history(self.session)
            if transaction.sent:
                raise RouterFault(
                    "lost", f"the lost session still holds the lock, it may be committing: {fault}"
                ) from fault
            # The old session has nothing pending: ending it only frees its lock and its candidate.
            self._kill(old)
            raise RouterFault("lost", fault.message) from fault
        history = read_history(self.session)
        self._do("unlock-configuration")
        return history

    def _kill(self, session_id: str) -> None:
        self._do(requests.kill_session(session_id))
