# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Junos hand: NETCONF through PyEZ, candidate and confirmed commit."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase
from lxml import etree

from ansible_collections.fairway.backbone.plugins.module_utils.change import (
    Commit,
    Outcome,
    Pending,
    StageRequest,
    StageResult,
    new_change_id,
    pending_of,
)
from ansible_collections.fairway.backbone.plugins.module_utils.change_goals import (
    ConfirmGoal,
    Goal,
    RevertGoal,
    RollbackGoal,
    StageGoal,
)
from ansible_collections.fairway.backbone.plugins.module_utils.state_more import commit_state
from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_requests as requests
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_reply import refusal_kind, says_dirty
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_session import JunosSession
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_steps import JunosHand, read_history
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.transaction import (
    begin,
    drive,
    outcome,
    stage_result,
)

_LOOKS, _LOOK_PAUSE_S = 4, 0.08
_ROLLBACK = re.compile(r"^rollback-(\d+)$")


def open_junos(action: ActionBase, task_vars: Mapping[str, Any]) -> JunosRouter:
    """The router behind the task's connection, which must be fairway.backbone.junos."""
    connection = action._connection
    session = getattr(connection, "session", None)
    if not isinstance(session, JunosSession):
        host = task_vars.get("inventory_hostname", "?")
        raise RouterFault(
            "unsupported",
            f"{host}: a Junos router is reached with ansible_connection: fairway.backbone.junos, "
            f"not '{getattr(connection, 'transport', '?')}'",
        )
    return JunosRouter(session, recover_s=float(connection.get_option("recover_timeout")))


class JunosRouter:
    """See plugin_utils/platform.py, Router. `recover_s`: how long to look for a router that was lost in a change."""

    platform = "junos"

    def __init__(self, session: JunosSession, *, recover_s: float = 60.0) -> None:
        self.session = session
        self.name = session.options.router
        self.recover_s = recover_s

    def stage(self, request: StageRequest, taken: Callable[[], None] = lambda: None) -> StageResult:
        def load() -> Any:
            # The first step under the lock, after the guard has read the history there.
            taken()
            return requests.load_text(request.text, request.format, request.load)

        began = time.monotonic()
        goal = StageGoal(request.change_id, request.revision, request.check_mode, base=request.base, words=request.log)
        hand = JunosHand(
            self.session,
            load=load,
            confirm_minutes=request.confirm_minutes,
            snapshot=lambda: self.state(request.gather),
            recover_s=self.recover_s,
        )
        transaction = begin(goal, request.lock_wait_s, snapshot=request.snapshot)
        drive(hand, transaction)
        return stage_result(transaction, request, hand.before, round(time.monotonic() - began, 3))

    def confirm(self, change_id: str, *, lock_wait_s: float = 30.0, check_mode: bool = False) -> Outcome:
        return self._settle(ConfirmGoal(change_id, check_mode), change_id, lock_wait_s)

    def revert(
        self,
        change_id: str | None,
        rollback: int | None = None,
        *,
        lock_wait_s: float = 30.0,
        check_mode: bool = False,
    ) -> Outcome:
        goal: Goal
        if rollback is not None:
            token = new_change_id(time.time(), time.time_ns().to_bytes(8, "big")[::-1])
            goal = RollbackGoal(rollback, token, change_id, check_mode)
            return self._settle(goal, change_id or token, lock_wait_s)
        if change_id is None:
            return Outcome("failed", message=f"{self.name}: revert needs a change id or a rollback number")
        return self._settle(RevertGoal(change_id, check_mode), change_id, lock_wait_s)

    def _settle(self, goal: Goal, change_id: str, lock_wait_s: float) -> Outcome:
        began = time.monotonic()
        transaction = begin(goal, lock_wait_s)
        drive(JunosHand(self.session, recover_s=self.recover_s), transaction)
        if transaction.again:
            # One dropped session must not take a whole batch back. Each of these deeds, done twice, is done once.
            lost, transaction = transaction, begin(goal, lock_wait_s)
            transaction.notes.append(f"{lost.message}; tried again")
            drive(JunosHand(self.session, recover_s=self.recover_s), transaction)
        return outcome(transaction, change_id, round(time.monotonic() - began, 3))

    def pending(self) -> Pending | None:
        return pending_of(self.history())

    def history(self) -> list[Commit]:
        return read_history(self.session)

    def steering(self) -> tuple[Any, list[Commit]]:
        """What steering decides upon: the committed <configuration>, its parts that matter, and the history."""
        # The history first: what is committed in between makes the reading newer than its name, and is refused later.
        history = self.history()
        found = self.session.get(requests.get_steering()).find(".//configuration")
        return (etree.Element("configuration") if found is None else found), history

    def held(self) -> str:
        """Who holds the configuration, or has left something in it; empty when it is free. Takes the lock to see.

        Junos tells that only to who wants the lock too. Two that look at the same time look again.
        """
        for attempt in range(_LOOKS):
            reply = self.session.call("lock-configuration")
            if not reply.errors:
                self.session.call("unlock-configuration")
                return ""
            if refusal_kind(reply.errors) != "locked" or attempt + 1 == _LOOKS:
                break
            time.sleep(_LOOK_PAUSE_S)
        return " ".join(reply.message.split())

    def get_config(self, source: str = "running", fmt: str = "text") -> str:
        if fmt not in requests.FORMATS:
            raise RouterFault("unsupported", f"{self.name}: no format '{fmt}': text, set, xml or json")
        if found := _ROLLBACK.match(source):
            return _configuration_text(self.session.get(requests.get_rollback(int(found[1]), fmt)), fmt)
        database = {"running": "committed", "candidate": "candidate"}.get(source)
        if database is None:
            raise RouterFault("unsupported", f"{self.name}: no source '{source}': running, candidate or rollback-N")
        return _configuration_text(self.session.get(requests.get_configuration(fmt, database)), fmt)

    def state(self, gather: Sequence[str]) -> dict[str, Any]:
        from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_state

        found = dict(junos_state.collect(self.session, gather))
        if "commit" in gather:
            held, pending = self.held(), self.pending()
            dirty = says_dirty(held)
            found["commit"] = commit_state(pending, uncommitted=dirty, locked_by="" if dirty else held)
        return found

    def command(self, commands: Sequence[str]) -> list[str]:
        """Operational commands, in order; stops at the first that the router refuses."""
        return [self._output(command) for command in commands]

    def _output(self, command: str) -> str:
        reply = self.session.call(requests.command(command))
        if reply.errors:
            raise RouterFault("rejected", f"{self.name}: '{command}': {reply.message}", reply.errors)
        return "".join(reply.root.itertext()).strip("\n")

    def close(self) -> None:
        self.session.close()


def _configuration_text(root: Any, fmt: str) -> str:
    """The configuration in a reply, in its format; ends with a newline unless empty."""
    if fmt == "xml":
        found = root.find(".//configuration")
        return "" if found is None else etree.tostring(found, encoding="unicode", pretty_print=True).strip() + "\n"
    text = "".join(root.itertext()).strip("\n")
    if fmt == "json" and text:
        text = json.dumps(json.loads(text), indent=2)
    return text + "\n" if text else ""
