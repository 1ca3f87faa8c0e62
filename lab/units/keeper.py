"""The process that looks after one unit: starts it, starts it again, ends it. `python -m lab.units.keeper`.

It holds the unit's lock for as long as it lives. Everything the service starts hangs below it (it is their subreaper),
so that a stop ends all of it; when it is killed itself, the kernel kills the service's main process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lab.errors import LabError
from lab.net.namespaces import die_with_parent
from lab.units import timer, unitfile
from lab.units.state import Status, UnitState
from lab.units.unitfile import Scope, Unit

PR_SET_CHILD_SUBREAPER = 36
AWAITED = {signal.SIGCHLD, signal.SIGTERM}


class Stopped(Exception):
    """Somebody asked for the end."""


class Keeper:
    """One service unit."""

    def __init__(self, scope: Scope, unit: Unit, state: UnitState, ready: int) -> None:
        """``ready``: a pipe on which it is said, once, that the start is done ("ok") or why it is not."""
        self.scope, self.unit, self.state, self.ready = scope, unit, state, ready
        self.status = Status()
        self.starts: list[float] = []

    def say(self, text: str) -> None:
        """Tell whoever waits for the start."""
        if self.ready >= 0:
            with suppress(OSError):
                os.write(self.ready, text.encode())
            os.close(self.ready)
            self.ready = -1

    def be(self, active: str, sub: str, **others: object) -> None:
        """Write what the unit is now."""
        now = time.monotonic()
        moved = {"entered": now} if sub == "start" else {}
        gone = {"left": now} if active in ("inactive", "failed") else {}
        self.status = replace(self.status, active=active, sub=sub, **moved, **gone, **others)  # type: ignore[arg-type]
        self.state.write(self.status)

    def run(self) -> None:
        """Live until the unit has ended for good."""
        try:
            while True:
                code = self._once()
                if not self._again(code):
                    break
                self.be("activating", "auto-restart", pid=0, restarts=self.status.restarts + 1)
                self._wait_for(-1, time.monotonic() + self.unit.seconds("Service", "RestartSec", 0.1))
            good = self._good(code)
            if good and self.unit.last("Service", "RemainAfterExit") in ("yes", "true", "1", "on"):
                self.be("active", "exited", pid=0)
                self.say("ok")
                self._wait_for(-1, float("inf"))
            self.be("inactive" if good else "failed", "dead" if good else "failed", pid=0, exit_status=code)
            self.say("ok" if good else f"{self.unit.name} ended with code {code}; its log says more")
        except Stopped:
            self.be("deactivating", "stop-sigterm")
            self._stop()
            self.be("inactive", "dead", pid=0, result="success")
            self.say("it was stopped while it started")
        except (LabError, OSError) as error:
            self._end_all()
            self.be("failed", "failed", pid=0, result="resources")
            print(f"{self.unit.name}: {error}", flush=True)
            self.say(str(error))

    def _once(self) -> int:
        """Start the service and wait for its end; returns its exit status (negative: the signal that ended it)."""
        self.starts.append(time.monotonic())
        once = self.unit.last("Service", "Type", "simple") == "oneshot"
        commands = self.unit.all("Service", "ExecStart")
        if not commands or (len(commands) > 1 and not once):
            raise LabError(f"{self.unit.name}: {len(commands)} ExecStart=; a oneshot has some, another service has one")
        self.be("activating", "start", result="success")
        limit = self.unit.seconds("Service", "TimeoutStartSec", float("inf")) if once else float("inf")
        for text in self.unit.all("Service", "ExecStartPre"):
            if code := self._command(text, limit):
                return code
        code = 0
        for text in commands:
            if code := self._command(text, limit, main=not once):
                break
        self._end_all()
        return code

    def _command(self, text: str, limit_s: float, *, main: bool = False) -> int:
        environment = unitfile.environment_of(self.unit, self.scope)
        argv, counts = unitfile.command(text, environment, f"{self.unit.name}: {text}")
        pid = self._spawn(argv, environment)
        if main:
            self.be("active", "running", pid=pid)
            self.say("ok")
        else:
            self.be(self.status.active, self.status.sub, pid=pid)
        code = self._wait_for(pid, time.monotonic() + limit_s)
        if code is None:
            print(f"{self.unit.name}: not done within {limit_s:g} s", flush=True)
            self._end_all()
            return -signal.SIGTERM
        return code if counts else 0

    def _spawn(self, argv: list[str], environment: dict[str, str]) -> int:
        """Start a program in a session of its own; raises OSError when it cannot be executed."""
        read, write = os.pipe()
        directory = self.unit.last("Service", "WorkingDirectory") or ("~" if self.scope.user else "/")
        optional = directory.startswith("-")
        directory = str(self.scope.home) if directory.lstrip("-") == "~" else directory.lstrip("-")
        pid = os.fork()
        if pid == 0:
            try:
                die_with_parent(signal.SIGKILL)
                os.setsid()
                signal.pthread_sigmask(signal.SIG_SETMASK, [])
                os.umask(int(self.unit.last("Service", "UMask", "022"), 8))
                if not optional or Path(directory).is_dir():
                    os.chdir(directory)
                os.execvpe(argv[0], argv, environment)  # noqa: S606
            except OSError as error:
                os.write(write, f"{error.errno} {error.filename or argv[0]}".encode())
            finally:
                os._exit(203)
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as failure:
            number, _space, name = failure.read().partition(" ")
        if number:
            os.waitpid(pid, 0)
            raise OSError(int(number), os.strerror(int(number)), name)
        return pid

    def _wait_for(self, wanted: int, until: float) -> int | None:
        """Bury the dead until one of them is ``wanted`` (its exit status) or time is up (None).

        Raises Stopped when asked to stop.
        """
        while True:
            with suppress(ChildProcessError):
                while True:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                    if pid == wanted:
                        return os.waitstatus_to_exitcode(status)
                    if pid == 0:
                        break
            left = until - time.monotonic()
            if left <= 0:
                return None
            found = signal.sigtimedwait(AWAITED, min(left, 3600.0))
            if found is not None and found.si_signo == signal.SIGTERM:
                raise Stopped

    def _stop(self) -> None:
        """Run ExecStop=, then end what is left."""
        pid = self.status.pid
        with suppress(LabError, OSError, Stopped):
            for text in self.unit.all("Service", "ExecStop"):
                self._command(text, self.unit.seconds("Service", "TimeoutStopSec", 90.0))
        self.status = replace(self.status, pid=pid)
        self._end_all()

    def _again(self, code: int) -> bool:
        """Whether the unit is to be started again."""
        policy = self.unit.last("Service", "Restart", "no")
        bad = not self._good(code)
        wanted = {"always": True, "on-failure": bad, "on-success": not bad, "on-abnormal": bad and code < 0}
        if not wanted.get(policy, False):
            return False
        interval = self.unit.seconds("Unit", "StartLimitIntervalSec", 10.0)
        burst = int(self.unit.last("Unit", "StartLimitBurst", "5"))
        lately = [moment for moment in self.starts if moment > time.monotonic() - interval]
        if interval and len(lately) >= burst:
            print(f"{self.unit.name}: started {len(lately)} times within {interval:g} s: given up", flush=True)
            return False
        return True

    def _good(self, code: int) -> bool:
        allowed = self.unit.last("Service", "SuccessExitStatus").split()
        return code == 0 or str(code) in allowed or (-code in (1, 2, 13, 15) and code < 0)

    def _end_all(self) -> None:
        """End everything below this process: politely, then, when time is up, not."""
        number = getattr(signal, self.unit.last("Service", "KillSignal", "SIGTERM"), signal.SIGTERM)
        until = time.monotonic() + self.unit.seconds("Service", "TimeoutStopSec", 90.0)
        main_only = self.unit.last("Service", "KillMode") in ("process", "mixed")
        victims = descendants(os.getpid())
        for pid in [one for one in victims if one == self.status.pid] if main_only else victims:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while victims := descendants(os.getpid()):
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            late = time.monotonic() > until
            gone = main_only and self.status.pid not in victims
            for pid in victims if late or gone else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            signal.sigtimedwait({signal.SIGCHLD}, 0.02)


def descendants(root: int) -> list[int]:
    """The processes below one, the dead that wait for burial included."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
    found, level = [], [root]
    while level := [pid for pid, parent in parents.items() if parent in level]:
        found += level
    return found


def main(arguments: list[str]) -> int:
    """``keeper user|system NAME READY_FD``."""
    scope, name, ready = unitfile.this_scope(user=arguments[0] == "user"), arguments[1], int(arguments[2])
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.set_inheritable(ready, False)  # the service would hold it open, and whoever waits for the start with it
    state = UnitState(scope, name)
    if not state.keep():
        os.write(ready, b"ok")
        return 0
    try:
        unit = unitfile.load(scope, name)
        if unit is None:
            raise LabError(f"{name}: no such unit")
        if name.endswith(".timer"):
            timer.keep(scope, unit, state, ready)
        else:
            # At once: whoever finds the unit's lock held must not read that it is at rest.
            state.write(replace(state.stored(), active="activating", sub="start-pre", pid=0))
            Keeper(scope, unit, state, ready).run()
    except LabError as error:
        state.write(Status(active="failed", sub="failed", result="resources"))
        os.write(ready, str(error).encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
