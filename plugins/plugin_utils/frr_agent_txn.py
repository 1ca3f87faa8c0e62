# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change on an FRR router as files, and how to end it: confirmed, taken back, or repaired after a crash.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.

`txn/phase.NAME` tells how far it came. Until `staged` a crash means the old configuration; from `confirming` on, the
renamed startup configuration decides.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils import frr_agent_store as store
from ansible_collections.fairway.backbone.plugins.plugin_utils import frr_agent_timer as timer
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_daemons import Daemons, prepare
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store import Commits, Fault, Paths
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_text import Difference

_ENDED = {"undoing": "undone", "reverting": "reverted", "expiring": "expired"}
_RESUME = {"staged": "expiring", "expiring": "expiring", "reverting": "reverting"}


@dataclass
class Plan:
    """What a transaction is made of. Times are the router's wall clock; `window_s` is the timer's length."""

    change_id: str
    wanted: str
    running: str
    meta: dict[str, Any]
    window_s: float
    result: dict[str, Any]
    program: timer.Program
    revert_log: str


class Txn:
    """The transaction in /var/lib/fairway/txn. Every method needs the lock."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.dir = paths.txn
        self.record = store.read_json(self.dir / "record.json")

    @classmethod
    def open(cls, paths: Paths) -> Txn | None:
        return cls(paths) if paths.txn.is_dir() else None

    @property
    def phase(self) -> str:
        with contextlib.suppress(OSError):
            for path in self.dir.glob("phase.*"):
                return path.suffix[1:]
        return "done"

    def move(self, phase: str) -> None:
        """A rename: it happens or not, and needs no space on the disk."""
        with contextlib.suppress(FileNotFoundError):  # Half removed already: nothing depends on the phase any more.
            os.replace(self.dir / f"phase.{self.phase}", self.dir / f"phase.{phase}")
            store.sync_dir(self.dir)
        store.step(phase)

    @property
    def change_id(self) -> str:
        return str(self.record.get("change_id"))

    @property
    def same_boot(self) -> bool:
        return bool(self.record.get("boot_id") == store.boot_id())

    def remaining(self) -> float:
        """Seconds until the change is taken back; 0 when there is something to do now: the time is over, the router
        rebooted, or (unless a program is at it, which holds the lock) a program died half-way."""
        if not self.same_boot or self.phase != "staged":
            return 0.0
        return max(0.0, self.deadline[0] - store.uptime())

    @property
    def deadline(self) -> tuple[float, float]:
        """When the change is taken back: by the router's uptime, and by its wall clock."""
        with contextlib.suppress(OSError, ValueError):
            for path in self.dir.glob("deadline.*"):
                _name, by_uptime, by_clock = path.name.split(".")
                return int(by_uptime) / 1000.0, int(by_clock) / 1000.0
        return 0.0, 0.0

    def stage(self) -> None:
        """It runs: the time for its confirmation begins now."""
        window = float(self.record["window_s"])
        for path in self.dir.glob("deadline.*"):
            os.replace(path, self.dir / _deadline_name(window))
        self.move("staged")

    def pending(self) -> dict[str, Any]:
        meta = store.read_json(self.dir / "commit.json") or self.record.get("meta", {})
        return {**meta, "change_id": self.change_id, "deadline": self.deadline[1], "phase": self.phase}

    @classmethod
    def create(cls, paths: Paths, plan: Plan) -> Txn:
        """Write down everything that confirming or taking back will need, durably. A Fault leaves nothing behind."""
        fresh = paths.state / "txn.new"
        store.remove_tree(fresh)
        try:
            with store.told("preparing the change"):
                fresh.mkdir(mode=0o700)
                cls._fill(paths, plan, fresh)
                os.rename(fresh, paths.txn)
                store.sync_dir(paths.state)
        except Fault:
            store.remove_tree(fresh)
            with contextlib.suppress(OSError):
                paths.startup_next.unlink()
            raise
        store.step("prepared")
        return cls(paths)

    @staticmethod
    def _fill(paths: Paths, plan: Plan, fresh: Path) -> None:
        now = time.time()
        record = {
            "change_id": plan.change_id,
            "boot_id": store.boot_id(),
            "window_s": plan.window_s,
            "meta": plan.meta,
            "result": plan.result,
        }
        prepare(fresh / "new", plan.wanted, paths.conf)
        prepare(fresh / "old", plan.running, paths.conf)
        store.write(fresh / "record.json", json.dumps(record))
        store.write(fresh / "commit.json", json.dumps({"when": now, **plan.meta}))
        store.write(fresh / "expired.json", json.dumps({"user": "root", "client": "other", "comment": "", "log": ""}))
        reverted = {"user": plan.meta["user"], "client": plan.meta["client"], "comment": "", "log": plan.revert_log}
        store.write(fresh / "reverted.json", json.dumps(reverted))
        startup = store.read(paths.startup)
        if startup is not None:
            store.write(fresh / "startup.conf", startup)
        # frr-reload.py needs room for its own file; taking a change back drops this one first.
        store.write(fresh / "ballast", "#" * (2 * len(plan.wanted) + 2 * len(plan.running) + 16384))
        request = {"op": "watch", "change_id": plan.change_id, "paths": plan.program["request"].get("paths", {})}
        timer.write_program(fresh / "timer.py", plan.program, request)
        store.write(fresh / _deadline_name(plan.window_s), "")
        store.write(fresh / "phase.prepared", "")
        _write_startup(paths, paths.startup_next, plan.wanted)

    def arm(self) -> None:
        found = timer.arm(self.paths, self.change_id, self.dir / "timer.py")
        try:
            with store.told("arming the timer"):
                store.write(self.dir / "timer.json", json.dumps(found))
        except Fault:
            timer.disarm(found)
            raise
        store.step("armed")

    def guard(self) -> None:
        """Arm again when the timer's process died while the change still waits."""
        if not timer.alive(store.read_json(self.dir / "timer.json")):
            self.arm()

    def apply(self, daemons: Daemons, keep: int) -> tuple[Difference, list[str]]:
        self.move("applying")
        return daemons.become(self.dir / "new", self.dir, (keep,))

    def take_back(self, daemons: Daemons, keep: int, how: str) -> None:
        """Restore what ran before. `how`: undoing (it never was a commit), reverting (by hand), expiring (by itself).

        Raises Fault when the daemons do not follow; the timer's process keeps trying.
        """
        self.move(how)
        with contextlib.suppress(OSError):
            (self.dir / "ballast").unlink()
        left, complaints = daemons.become(self.dir / "old", self.dir, (keep,))
        if left:
            lines = "; ".join([*left.lines(10), *complaints[:3]])
            raise Fault("refused", f"the previous configuration is not back yet, still different: {lines}")
        store.step("restored")
        before = store.read(self.dir / "startup.conf")
        with store.told("restoring the startup configuration"):
            if before is not None and store.read(self.paths.startup) != before:
                _write_startup(self.paths, self.paths.startup, before)
            self.paths.startup_next.unlink(missing_ok=True)
        self.move(_ENDED[how])
        self.record_end()

    def record_end(self) -> None:
        """Write the history of a change that was taken back, and forget it."""
        phase = self.phase
        if phase != "undone":
            commits = Commits(self.paths)
            commits.adopt(self.dir / "commit.json", self.dir / "new" / "frr.conf")
            commits.adopt(self.dir / f"{phase}.json", self.dir / "old" / "frr.conf")
            commits.prune()
        self.close()

    def confirm(self) -> None:
        """Make it the startup configuration: one rename."""
        self.move("confirming")
        with store.told("writing the startup configuration"):
            os.replace(self.paths.startup_next, self.paths.startup)
            store.sync_dir(self.paths.conf)
        store.step("renamed")
        self.finish()

    def finish(self) -> None:
        commits = Commits(self.paths)
        commits.adopt(self.dir / "commit.json", self.dir / "new" / "frr.conf")
        self.close()
        commits.prune()

    def close(self) -> None:
        """Forget the transaction and let the timer go."""
        found = store.read_json(self.dir / "timer.json")
        self.move("done")
        timer.disarm(found)
        store.remove_tree(self.dir)

    def repair(self, daemons: Daemons, keep: int) -> str | None:
        """Bring what a dead program or a reboot left behind to an end; returns what was done, None for nothing."""
        phase = self.phase
        if phase == "staged" and self.remaining() > 0:
            self.guard()
            return None
        if phase == "confirming":
            if not self.paths.startup_next.exists():
                self.finish()
                return f"finished confirming {self.change_id}"
            self.move("staged")
            return self.repair(daemons, keep)
        if phase in _ENDED.values():
            self.record_end()
            return f"recorded the end of {self.change_id} ({phase})"
        if phase in ("prepared", "done"):
            self.paths.startup_next.unlink(missing_ok=True)
            self.close()
            return None
        how = _RESUME.get(phase, "undoing")
        self.take_back(daemons, keep, how)
        return f"took back {self.change_id} ({how})"


def _deadline_name(window_s: float) -> str:
    """The deadline is a file's name, because a name can be changed when the disk is full."""
    ends = (store.uptime() + window_s, time.time() + window_s)
    return "deadline." + ".".join(str(int(1000 * end)) for end in ends)


def _write_startup(paths: Paths, target: Path, text: str) -> None:
    """Write a startup configuration with the owner and mode that frr.conf has. Raises OSError."""
    mode, owner = 0o640, None
    with contextlib.suppress(FileNotFoundError):
        known = paths.startup.stat()
        mode, owner = known.st_mode & 0o777, (known.st_uid, known.st_gid)
    beside = target.with_name(target.name + ".tmp")
    store.write(beside, text, mode)
    beside.chmod(mode)
    # An ordinary user cannot give a file away; the directory's group does what is needed there.
    with contextlib.suppress(PermissionError):
        if owner is not None:
            os.chown(beside, *owner)
    os.replace(beside, target)
