# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on an FRR router's configuration: stage, confirm, revert, and what they may not overwrite.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils import frr_agent_store as store
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_daemons import simple_commands
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_ground import Ground
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_state import gather
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store import Commits, Fault, Lock
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_text import (
    Difference,
    difference,
    redact,
    redact_all,
    show,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_txn import Plan, Txn

Reply = dict[str, Any]


class Router(Ground):
    """One router during one operation."""

    def __init__(self, program: dict[str, Any]) -> None:
        super().__init__(program["request"])
        self.program = program
        self.lock = Lock(self.paths)
        # Not in a reply: with -vvv Ansible prints what a router answers.
        self.found = ""

    def meta(self, comment: str = "") -> dict[str, Any]:
        asked = self.request
        return {"user": store.user(), "client": "fairway", "comment": comment, "log": asked.get("log", "")}

    @contextlib.contextmanager
    def locked(self, doing: str) -> Iterator[Txn | None]:
        """Hold the lock with nothing half-done underneath; yields the change that waits for its confirmation."""
        holder = {"user": store.user(), "doing": doing, "change_id": self.request.get("change_id")}
        self.lock.take(float(self.request.get("lock_wait_s", 30.0)), holder)
        try:
            yield self.repaired()
        finally:
            self.lock.free()

    def repaired(self) -> Txn | None:
        store.remove_tree(self.paths.state / "txn.new")
        txn = Txn.open(self.paths)
        if txn is not None:
            with store.told("repairing"):
                done = txn.repair(self.daemons, self.lock.handle)
            if done:
                self.notes.append(f"repaired first: {done}")
        return Txn.open(self.paths)

    def refuse_foreign(self, txn: Txn | None) -> None:
        if txn is None or txn.change_id == self.request.get("change_id"):
            return
        waits = txn.pending()
        until = time.strftime("%H:%M:%S UTC", time.gmtime(float(waits["deadline"] or 0)))
        raise Fault(
            "refused",
            f"a confirmed commit is pending: change {waits['change_id']} by {waits.get('user')}, taken back at {until} "
            "unless confirmed: confirm or revert it first",
        )

    # -- operations ---------------------------------------------------------------------------------------------

    def stage(self) -> Reply:
        if self.request.get("check_mode"):
            self.refuse_moved()
            return self.judge(Txn.open(self.paths))
        self.refuse_foreign(self.waiting())
        with self.locked("stage") as txn:
            self.refuse_foreign(txn)
            if txn is not None:
                return self.reply_staged(txn)
            store.step("locked")
            self.refuse_moved()
            held = self.daemons.locked()
            if held:
                raise Fault("locked", f"vtysh: {held}")
            reply = self.judge(None)
            if reply["state"] != "checked":
                return reply
            if self.request.get("resume"):
                raise Fault("lost", "the router did not commit it: the connection was lost before that")
            plan = self.plan(reply, float(self.request["confirm_s"]), f"fairway revert={self.request['change_id']}")
            self.keep_found(plan.running)
            txn = self.put(plan)
            txn.stage()
            return {**self.reply_staged(txn), **({"raw": reply["raw"]} if "raw" in reply else {})}

    def waiting(self) -> Txn | None:
        """The change that waits, as far as one may tell without the lock."""
        txn = Txn.open(self.paths)
        return txn if txn is not None and txn.remaining() > 0 else None

    def judge(self, txn: Txn | None) -> Reply:
        """Everything up to the point where the router would be touched: dirty, syntax, difference, state."""
        wanted = str(self.request["text"])
        self.daemons.require(wanted)
        running = self.running()
        self.found = self.noted(running, txn)
        if txn is not None:
            self.notes.append(f"a confirmed commit is pending: change {txn.change_id}; compared with what runs now")
        else:
            self.refuse_unsaved(running)
        change = difference(self.found, wanted, noted=True)
        # What was taken once, with another cost in it, needs no parser; it is seen afterwards whether it was taken.
        known = "splices" in self.request and simple_commands(difference(running, wanted))
        errors = [] if known else self.daemons.check(wanted)
        if errors:
            raise Fault("rejected", f"FRR refuses {len(errors)} line(s)", errors)
        reply = _measure(change)
        if self.request.get("snapshot"):
            reply["raw"] = gather(self.daemons, self.request.get("gather", ()))
        if not change and (self.saved(wanted) or txn is not None):
            return {**reply, "state": "unchanged"}
        if not change:
            reply["diff"] = show(difference(store.read(self.paths.startup) or "", wanted, noted=True))
            self.notes.append(f"runs already, but {self.paths.startup} differs: it will be written")
        return {**reply, "state": "checked"}

    def saved(self, wanted: str) -> bool:
        """Whether a reboot would bring up this configuration."""
        startup = store.read(self.paths.startup)
        return startup is not None and (startup == wanted or not difference(startup, wanted, noted=True))

    def plan(self, reply: Reply, window_s: float, revert_log: str) -> Plan:
        result = {name: reply[name] for name in ("diff", "added", "removed")}
        return Plan(
            change_id=str(self.request["change_id"]),
            wanted=str(self.request["text"]),
            running=self.found,
            meta=self.meta(str(self.request.get("comment", ""))),
            window_s=window_s,
            result=result,
            program=self.program,
            revert_log=revert_log,
        )

    def put(self, plan: Plan) -> Txn:
        """Prepare, arm the timer, apply; what does not come up as wanted is taken back at once."""
        txn = Txn.create(self.paths, plan)
        try:
            txn.arm()
        except Fault:
            txn.repair(self.daemons, self.lock.handle)
            raise
        try:
            left, complaints = txn.apply(self.daemons, self.lock.handle)
        except Fault:
            txn.take_back(self.daemons, self.lock.handle, "undoing")
            raise
        if left:
            errors = _explain(left, complaints)
            txn.take_back(self.daemons, self.lock.handle, "undoing")
            raise Fault("rejected", f"FRR did not take {len(errors)} line(s); the old configuration is back", errors)
        store.step("applied")
        return txn

    def reply_staged(self, txn: Txn) -> Reply:
        return {**txn.record["result"], "state": "staged", "pending": txn.pending()}

    def confirm(self) -> Reply:
        change_id = self.request["change_id"]
        if self.request.get("check_mode"):
            return self.confirmable(Txn.open(self.paths))
        with self.locked("confirm") as txn:
            reply = self.confirmable(txn)
            if txn is None or reply["state"] != "checked":
                return reply
            store.step("locked")
            txn.confirm()
            return {"state": "confirmed", "changed": True, "change_id": change_id}

    def confirmable(self, txn: Txn | None) -> Reply:
        change_id = self.request["change_id"]
        if txn is None:
            if f"change={change_id}" in self.newest_log():
                return {"state": "confirmed", "changed": False, "change_id": change_id}
            newest = next(iter(Commits(self.paths).entries()), {})
            why = newest.get("log") or newest.get("comment") or f"by {newest.get('user', 'nobody')}"
            raise Fault("refused", f"change {change_id} is not pending here: the newest commit is {why}")
        self.refuse_foreign(txn)
        left = difference(self.daemons.running(), store.read(txn.dir / "new" / "frr.conf") or "")
        if left:
            lines = "; ".join(left.lines(10))
            raise Fault(
                "refused", f"what runs is no longer what was staged ({lines}): not confirmed, the timer runs on"
            )
        return {"state": "checked", "changed": False, "change_id": change_id}

    def revert(self) -> Reply:
        check = bool(self.request.get("check_mode"))
        if check:
            return self.reverted(Txn.open(self.paths), check)
        with self.locked("revert") as txn:
            store.step("locked")
            return self.reverted(txn, check)

    def reverted(self, txn: Txn | None, check: bool) -> Reply:
        change_id, rollback = self.request.get("change_id"), self.request.get("rollback")
        if txn is not None:
            self.refuse_foreign(txn)
            old = store.read(txn.dir / "old" / "frr.conf") or ""
            now = self.noted(self.running(), txn)
            reply = {**_measure(difference(now, old, noted=True)), "change_id": change_id}
            if not check:
                txn.take_back(self.daemons, self.lock.handle, "reverting")
            return {**reply, "state": "checked" if check else "reverted", "changed": True}
        text = self.past(change_id) if rollback is None else Commits(self.paths).text(int(rollback))
        if self.request.get("resume") and f"revert={self.request['revert_id']}" in self.newest_log():
            return {"state": "reverted", "changed": True, "change_id": change_id}
        if text is None and rollback is None:
            return {"state": "unchanged", "changed": False, "change_id": change_id}
        if text is None:
            count = len(Commits(self.paths).numbers)
            raise Fault("refused", f"there is no commit {rollback} to go back to: the router knows {count}")
        return self.back_to(text, check)

    def past(self, change_id: str | None) -> str | None:
        """The configuration before this change when it is the newest commit; None when there is nothing to undo."""
        commits = Commits(self.paths)
        logs = [str(entry.get("log", "")).split() for entry in commits.entries()]
        mine = next((i for i, words in enumerate(logs) if f"change={change_id}" in words), None)
        if mine is None or any(f"revert={change_id}" in words for words in logs[:mine]):
            return None
        if mine == 1 and self.expired(commits):
            return None
        if mine > 0:
            raise Fault("refused", f"change {change_id} is not the newest commit any more: revert by rollback number")
        return commits.text(1)

    def newest_log(self) -> list[str]:
        newest = next(iter(Commits(self.paths).entries()), {})
        return str(newest.get("log", "")).split()

    @staticmethod
    def expired(commits: Commits) -> bool:
        newest = commits.entries()[0]
        return (newest.get("user"), newest.get("client"), newest.get("log")) == ("root", "other", "")

    def back_to(self, text: str, check: bool) -> Reply:
        """Put a configuration of the past back and confirm it at once, guarded by a timer all the same."""
        self.request = {**self.request, "text": text, "change_id": self.request["revert_id"]}
        reply = self.judge(None)
        if reply["state"] == "checked" and not check:
            self.keep_found(self.found)
            txn = self.put(self.plan(reply, 300.0, ""))
            txn.confirm()
            reply["state"] = "reverted"
        return {**reply, "changed": reply["state"] != "unchanged", "change_id": self.request["change_id"]}

    def steering(self) -> Reply:
        """What steering decides upon. No lock is held, so only `token` makes a change of it safe."""
        txn = Txn.open(self.paths)
        if txn is not None and txn.remaining() <= 0:
            # A change that was cut short: nobody else may come by to end it.
            with contextlib.suppress(Fault), self.locked("repairing"):
                pass
        with store.told("reading the commits"):
            text = redact_all(
                self.committed() if self.waiting() is None else self.noted(self.running(), self.waiting())
            )
            reply = {**self.history(), **self.pending(), "text": text, "token": self.token()}
            unsaved = [] if reply["pending"] or self.request.get("take_over") else self.unsaved(self.running())
        return {**reply, "locked": self.lock.busy(), "unsaved": unsaved}

    def pending(self) -> Reply:
        txn = self.waiting()
        return {"pending": txn.pending() if txn is not None else None}

    def history(self) -> Reply:
        with store.told("reading the commit history"):
            entries = Commits(self.paths).entries()
            txn = self.waiting()
        if txn is not None:
            entries.insert(0, {**txn.pending(), "pending": True})
        return {"history": entries}

    def get_config(self) -> Reply:
        source = str(self.request.get("source", "running"))
        if source == "running":
            return {"text": self.daemons.running()}
        if source == "startup":
            return {"text": store.read(self.paths.startup) or ""}
        number = source.rpartition("-")[2]
        waiting = self.waiting()
        entries: list[Path] = [] if waiting is None else [waiting.dir / "new" / "frr.conf"]
        commits = Commits(self.paths)
        entries += [commits.file(one, "conf") for one in commits.numbers]
        if not source.startswith("rollback-") or not number.isdigit() or int(number) >= len(entries):
            raise Fault("refused", f"no configuration '{source}': running, startup or rollback-0 to {len(entries) - 1}")
        return {"text": store.read(entries[int(number)]) or ""}


def _measure(change: Difference) -> Reply:
    return {"diff": show(change), "added": len(change.added), "removed": len(change.removed)}


def _explain(left: Difference, complaints: list[str]) -> list[dict[str, Any]]:
    said = f" (frr-reload.py: {complaints[0]})" if complaints else ""
    errors: list[dict[str, Any]] = [
        {
            "message": f"accepted by the parser, but does not run afterwards{said}",
            "path": " / ".join(path) or None,
            "bad_element": redact(line),
            "config_line": number,
        }
        for (path, line), number in left.added
    ]
    errors += [
        {
            "message": "not wanted, but still runs afterwards",
            "path": " / ".join(path) or None,
            "bad_element": redact(line),
        }
        for path, line in left.removed
    ]
    return errors
