"""What is known of a unit while the host has power: whether its keeper lives, and what the keeper last wrote."""

from __future__ import annotations

import fcntl
import json
import os
import struct
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lab.units.unitfile import Scope


@dataclass(frozen=True)
class Status:
    """``active`` and ``sub`` as systemd names them; times are seconds of the monotonic clock, 0 for never.

    ``pid`` is the service's main process, 0 for none.
    """

    active: str = "inactive"
    sub: str = "dead"
    result: str = "success"
    pid: int = 0
    restarts: int = 0
    exit_status: int = 0
    entered: float = 0.0
    left: float = 0.0


_FLOCK = "hhqqi"
"""struct flock: type, whence, start, length, process."""
RUNNING = ("active", "activating", "deactivating", "reloading")


class UnitState:
    """The files of one unit below /run."""

    def __init__(self, scope: Scope, name: str) -> None:
        """Creates nothing."""
        self.file, self.lock = scope.run / f"{name}.json", scope.run / f"{name}.lock"

    def stored(self) -> Status:
        """What the keeper last wrote."""
        try:
            return Status(**json.loads(self.file.read_text(encoding="ascii")))
        except FileNotFoundError:
            return Status()

    def read(self) -> Status:
        """What is true: a unit whose keeper was killed has failed, whatever the keeper wrote last."""
        found = self.stored()
        if found.active in RUNNING and not self.keeper():
            found = self.stored()  # it may have ended in an orderly way between the two looks
            if found.active in RUNNING and not self.keeper():
                return replace(found, active="failed", sub="failed", result="signal", pid=0)
        return found

    def write(self, status: Status) -> None:
        """Replace what is known, at once."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        fresh.write_text(json.dumps(asdict(status)), encoding="ascii")
        fresh.replace(self.file)

    def keeper(self) -> int:
        """The process id of the unit's keeper, 0 when none lives: the kernel knows, from the lock it holds."""
        try:
            handle = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        try:
            answer = fcntl.fcntl(handle, fcntl.F_GETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0))
        finally:
            os.close(handle)
        kind, *_rest, pid = struct.unpack(_FLOCK, answer)
        return 0 if kind == fcntl.F_UNLCK else int(pid)

    def keep(self) -> bool:
        """Become the keeper until this process ends; False: there is one."""
        self.lock.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        return True  # the descriptor stays open on purpose

    def await_end(self, wait_s: float) -> bool:
        """Wait until no keeper lives; whether that came to pass."""
        deadline = time.monotonic() + wait_s
        while self.keeper():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        return True


def log_file(name: str) -> Path:
    """Where a unit's output goes: the host's log directory, which the lab's `systemctl` was given."""
    return Path(os.environ.get("LAB_UNIT_LOGS", "/var/log/units"), f"{name}.log")
