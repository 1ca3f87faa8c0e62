# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a playbook when somebody knocks: at once, one run at a time, and once more when somebody knocked meanwhile.

A knock is a byte in a named pipe, whoever wrote it: the hook, the timer, a person. What the byte is does not matter, so
nothing that a sender says can reach the playbook. Bytes that arrive during a run stay in the pipe and are one more run.
Starting is knocking: what was missed while nobody was listening is caught up with. And a run may leave word of when it
wants to be run again though nobody knocks, in the file that FAIRWAY_LOOK_AGAIN names. A run that takes too long is
ended, with everything that it started; the routers' own timers undo what it left unconfirmed.

A program of its own, run by its path with `python -P`; standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
LATEST = 3600.0  # seconds: whoever wants to be run again later than that is run by the timer
GRACE = 5.0  # seconds between asking a run to end and ending it
STANDBY = Path(__file__).with_name("knock_standby.py")


def say(text: str) -> None:
    """A line for the journal."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    print(f"{now} knock_runner: {text}", flush=True)


# The door


def open_door(path: Path, group: str) -> int:
    """Make the pipe if need be and open it so that it never closes; the owner reads, owner and group write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISFIFO(path.lstat().st_mode):
            path.unlink()
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path)
    if group:
        shutil.chown(path, group=group)
    path.chmod(0o620)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def waiting(descriptor: int) -> bool:
    """Whether there is something in a pipe."""
    return bool(select.select([descriptor], [], [], 0)[0])


def drain(descriptor: int) -> None:
    """Take everything that is in a pipe."""
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 65536):
            pass


def knock(path: Path) -> int:
    """Knock by hand, or for the timer; the exit status."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "nobody reads it" if error.errno == errno.ENXIO else error.strerror
        print(f"{path}: {why}; is the reroute service running?", file=sys.stderr)
        return 1
    is_door = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    if is_door:
        with contextlib.suppress(BlockingIOError):  # full: there are knocks enough
            os.write(descriptor, b"k")
    else:
        print(f"{path}: is no named pipe; is the reroute service running?", file=sys.stderr)
    os.close(descriptor)
    return 0 if is_door else 1


# Processes


def children() -> dict[int, list[int]]:
    """The processes of this machine by parent."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            # "PID (NAME) STATE PARENT ...", and a name may hold spaces and brackets.
            parent = int(entry.read_text(errors="replace").rpartition(")")[2].split()[1])
            found.setdefault(parent, []).append(int(entry.parent.name))
    return found


def descendants(of: int) -> list[int]:
    """The children of a process, and theirs."""
    table, found = children(), []
    queue = list(table.get(of, []))
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += table.get(pid, [])
    return found


def reap(pids: Sequence[int]) -> None:
    """Bury those that have ended and were left to us by a parent that ended before."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


@dataclass
class Runner:
    """One door, one playbook, one run at a time."""

    door: Path
    playbook: Sequence[str]  # arguments of ansible-playbook
    preload: Sequence[str] = ()  # modules that the playbook will import
    group: str = ""  # whose members may knock, beside the owner
    timeout: float = 300.0  # seconds that a run may take
    pause: float = 1.0  # seconds of rest after a run
    stopping: bool = False
    runs: int = 0
    standby: subprocess.Popen[bytes] | None = None
    lock: int = -1
    wakeup: tuple[int, int] = field(default_factory=os.pipe)

    def serve(self) -> None:
        """Run now, then whenever somebody knocks, until SIGTERM or SIGINT; a run in progress is let finish."""
        self.listen_to_signals()
        # Whoever loses its parent inside a run becomes ours, so that nothing of a run can outlive its end.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        door = open_door(self.door, self.group)
        self.open_lock()
        os.environ["FAIRWAY_LOOK_AGAIN"] = str(self.word)
        why = "start"
        again: float | None = None  # when to run without a knock, in seconds since 1970
        while not self.stopping:
            self.prepare()
            left = None if again is None else again - time.time()
            if left is not None and left <= 0:
                why = "time to look again"
            if why or waiting(door):
                self.word.unlink(missing_ok=True)
                self.run(why or "knock", door)
                why, again = "", self.look_again()
                self.prepare()
                self.rest(self.pause)
            else:
                self.rest(left, door)
        self.dismiss()

    def listen_to_signals(self) -> None:
        """A signal ends a wait, not a run."""
        for end in self.wakeup:
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self.wakeup[1], warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: setattr(self, "stopping", True))

    @property
    def word(self) -> Path:
        """The file in which a run leaves word when it wants to be run again though nobody knocks."""
        return self.door.with_suffix(".again")

    def look_again(self) -> float | None:
        """When the run wants that, in seconds since 1970; None when it left no word that makes sense."""
        try:
            again = float(self.word.read_text())
        except (OSError, ValueError):
            return None
        return again if again - time.time() < LATEST else None

    def rest(self, seconds: float | None, *descriptors: int) -> None:
        """Wait for one of the descriptors, for a signal, or for some seconds."""
        if not self.stopping:
            select.select([self.wakeup[0], *descriptors], [], [], seconds)
            drain(self.wakeup[0])

    def prepare(self) -> subprocess.Popen[bytes]:
        """See to it that a playbook stands by, with its imports done."""
        if self.standby is None or self.standby.poll() is not None:
            command = [sys.executable, "-P", str(STANDBY), ",".join(self.preload), *self.playbook]
            # The lock goes along: while a part of a run lives, also without us, there is no other run.
            self.standby = subprocess.Popen(
                command, stdin=subprocess.PIPE, start_new_session=True, pass_fds=[self.lock], bufsize=0
            )
        own = children().get(os.getpid(), [])
        reap([pid for pid in own if pid != self.standby.pid])
        return self.standby

    def dismiss(self) -> None:
        """Let go who stands by."""
        if self.standby is not None and self.standby.stdin is not None:
            self.standby.stdin.close()
            self.standby.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.standby.wait(GRACE)

    def run(self, why: str, door: int) -> None:
        """One run, from the word to go to its end. Who knocks from now on means another one."""
        if not self.acquire():
            return
        process, self.standby = self.prepare(), None
        self.runs += 1
        say(f"run {self.runs} ({why}): started, process {process.pid}")
        drain(door)
        began = time.monotonic()
        if process.stdin is not None:
            with contextlib.suppress(OSError):  # it ended while standing by: its exit status says so
                process.stdin.write(b"!")
            process.stdin.close()
        try:
            status = process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            say(f"run {self.runs}: still running after {self.timeout:.0f} s, ended; routers undo what is not confirmed")
            status = self.end(process)
        say(f"run {self.runs}: exit status {status} after {time.monotonic() - began:.2f} s")
        fcntl.flock(self.lock, fcntl.LOCK_UN)

    def end(self, process: subprocess.Popen[bytes]) -> int:
        """End a run and all that it started, wherever in the process tree it went."""
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        deadline = time.monotonic() + GRACE
        while remaining := descendants(os.getpid()):
            for pid in remaining:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.poll()
            reap([pid for pid in remaining if pid != process.pid])
            if time.monotonic() > deadline:  # in a system call that does not return, such as a dead file server's
                say(f"still there: {remaining}")
                break
            time.sleep(0.05)
        return process.wait() if process.poll() is not None else -signal.SIGKILL

    def open_lock(self) -> None:
        """A new hold of the lock's file; nothing is locked yet."""
        self.lock = os.open(self.door.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self) -> bool:
        """Become the only one who runs; false when we are to stop instead.

        Somebody else's run, or what a killed runner left behind, is waited for as long as a run may take. Then it is
        passed over: the locks that matter are on the routers.
        """
        deadline, told = time.monotonic() + self.timeout, False
        while not self.stopping:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    say("another run does not end; passing it over")
                    self.renew_lock()
                elif not told:
                    say("waiting for another run to end")
                    told = True
                self.rest(0.1)
            else:
                return True
        return False

    def renew_lock(self) -> None:
        """Leave the lock's file to those who hold it."""
        self.door.with_suffix(".lock").unlink(missing_ok=True)
        self.dismiss()
        os.close(self.lock)
        self.open_lock()
        self.prepare()


def read_config(file: Path) -> tuple[Runner, dict[str, str]]:
    """The runner that a JSON file describes, and what to add to the environment; raises ValueError.

    A file and no command line: what is in it may be secret, and needs no quoting.
    """
    config = json.loads(file.read_text())
    unknown = set(config) - {"door", "group", "playbook", "preload", "timeout", "pause", "environment", "directory"}
    if unknown or not config.get("door") or not config.get("playbook"):
        raise ValueError(f"{file}: needs door and playbook, does not know {sorted(unknown)}")
    if config.get("directory"):
        os.chdir(config["directory"])
    runner = Runner(
        door=Path(config["door"]), group=config.get("group", ""), playbook=config["playbook"],
        preload=config.get("preload", []), timeout=float(config.get("timeout", 300)),
        pause=float(config.get("pause", 1)),
    )  # fmt: skip
    return runner, config.get("environment", {})


def main(arguments: Sequence[str]) -> int:
    """`serve CONFIG` or `knock DOOR`."""
    parser = argparse.ArgumentParser(prog="knock_runner", description="Runs a playbook when somebody knocks.")
    parser.add_argument("what", choices=["serve", "knock"])
    parser.add_argument("path", type=Path, help="serve: the configuration; knock: the named pipe")
    options = parser.parse_args(arguments)
    if options.what == "knock":
        return knock(options.path)
    try:
        runner, environment = read_config(options.path)
    except (OSError, ValueError, TypeError) as error:
        parser.error(str(error))
    os.environ.update(environment)
    runner.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
