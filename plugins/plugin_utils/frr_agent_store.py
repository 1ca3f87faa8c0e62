# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Fairway keeps on an FRR router, under /var/lib/fairway: the lock, the running transaction, the commit history.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.

Every file is written beside its place, synced and renamed, and a transaction's files are all written before the
daemons are touched. From then on the transaction only moves by renames and removals, which need no space: a full
disk cannot stop it half-way.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import pwd
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEEP = 50
"""How many commits can be gone back to, as on Junos."""


class Fault(Exception):
    """The router would not do it. `kind` is one of RouterFault's; `errors` are dicts of RouterError's fields."""

    def __init__(self, kind: str, message: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.errors = list(errors)


@dataclass(frozen=True)
class Paths:
    """Where things are on the router. `state` is ours; the others are FRR's."""

    state: Path = Path("/var/lib/fairway")
    conf: Path = Path("/etc/frr")
    run: Path = Path("/var/run/frr")
    vtysh: Path = Path("/usr/bin/vtysh")
    reload: Path = Path("/usr/lib/frr/frr-reload.py")
    systemd: Path = Path("/run/systemd/system")

    @classmethod
    def of(cls, given: dict[str, str]) -> Paths:
        return cls(**{name: Path(value) for name, value in given.items()})

    @property
    def startup(self) -> Path:
        return self.conf / "frr.conf"

    @property
    def startup_next(self) -> Path:
        """The startup configuration of a pending change, ready to be renamed into place."""
        return self.conf / "frr.conf.fairway"

    @property
    def txn(self) -> Path:
        return self.state / "txn"

    @property
    def commits(self) -> Path:
        return self.state / "commits"


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def uptime() -> float:
    """Seconds since the boot, suspended time included: a clock nobody can set."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def step(name: str) -> None:
    """Names a point of the transaction after which the router may die: nothing happens here, tests cut it short."""


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Turns the operating system's refusals into words a person can act on."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Fault("refused", f"disk full while {what}{where}: free some space on the router") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            need = "Fairway's user needs /var/lib/fairway of its own and must be able to write /etc/frr, or use become"
            raise Fault("refused", f"not allowed while {what}{where}: {error.strerror}; {need}") from error
        raise Fault("refused", f"{what}{where}: {error.strerror or error}") from error


def sync_dir(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Write durably in place: whole or not at all, even when the power goes. Raises OSError."""
    beside = path.with_name(path.name + ".new")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        error.filename = error.filename or str(path)
        raise
    sync_dir(path.parent)


def read(path: Path) -> str | None:
    """The text of a file; None when there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object out of a file; empty when the file is missing or broken."""
    try:
        found = json.loads(read(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass
class Lock:
    """The exclusive right to change this router. The kernel holds it for us (flock): a holder that dies lets go.

    The file's text only says who it is. A child that gets the lock's descriptor keeps the lock until it ends.
    """

    paths: Paths
    handle: int = -1

    def take(self, wait_s: float, holder: dict[str, Any]) -> None:
        """Raises Fault("locked") naming the holder when it is still held after `wait_s` seconds."""
        until = time.monotonic() + max(0.0, wait_s)
        with told("opening the lock"):
            self.paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.handle = os.open(self.paths.state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        while True:
            try:
                fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    self._give_up()
                    raise Fault("locked", f"configuration locked by {self.holder()}") from None
                time.sleep(0.1)
        text = json.dumps({"pid": os.getpid(), "boot_id": boot_id(), "since": time.time(), **holder})
        with contextlib.suppress(OSError):  # A full disk must not stop a repair; the lock itself is the kernel's.
            os.ftruncate(self.handle, 0)
            os.pwrite(self.handle, text.encode(), 0)

    def _give_up(self) -> None:
        os.close(self.handle)
        self.handle = -1

    def busy(self) -> str:
        """Who holds it now, in words; empty when nobody does."""
        try:
            handle = os.open(self.paths.state / "lock", os.O_RDWR)
        except FileNotFoundError:
            return ""
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self.holder()
        finally:
            os.close(handle)
        return ""

    def holder(self) -> str:
        """Who holds it, in words."""
        known = read_json(self.paths.state / "lock")
        if not known:
            return "a process that left no name"
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(float(known.get("since", 0))))
        change = f", change {known['change_id']}" if known.get("change_id") else ""
        return (
            f"{known.get('user', '?')} (pid {known.get('pid', '?')}, {known.get('doing', '?')}{change}) since {since}"
        )

    def free(self) -> None:
        if self.handle >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self.handle, 0)
            self._give_up()


@dataclass
class Commits:
    """The commit history: NNNNNN.json says who and why, NNNNNN.conf is the configuration. Numbers only grow."""

    paths: Paths
    numbers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            names = [path.stem for path in self.paths.commits.glob("*.json")]
            self.numbers = sorted((int(name) for name in names if name.isdigit()), reverse=True)

    def file(self, number: int, kind: str) -> Path:
        return self.paths.commits / f"{number:06d}.{kind}"

    def next_number(self) -> int:
        return self.numbers[0] + 1 if self.numbers else 0

    def text(self, sequence: int) -> str | None:
        """The configuration of the `sequence`-th newest commit, 0 the newest; None when there is none."""
        if not 0 <= sequence < len(self.numbers):
            return None
        return read(self.file(self.numbers[sequence], "conf"))

    def entries(self) -> list[dict[str, Any]]:
        """What the history says, newest first. An entry without a time was prepared before its deed: its file knows."""
        found = []
        for number in self.numbers:
            meta = read_json(self.file(number, "json"))
            meta.setdefault("when", self.file(number, "json").stat().st_mtime)
            found.append(meta)
        return found

    def add(self, meta: dict[str, Any], text: str) -> None:
        """Record a commit that is already a fact. Raises OSError."""
        number = self.next_number()
        self.paths.commits.mkdir(mode=0o700, exist_ok=True)
        write(self.file(number, "conf"), text)
        write(self.file(number, "json"), json.dumps(meta))
        self.numbers.insert(0, number)

    def adopt(self, meta: Path, text: Path) -> None:
        """Move files that are already on the disk into the history: needs no space, can be repeated after a crash."""
        if not meta.exists():
            return
        number = self.next_number()
        if text.exists():
            os.replace(text, self.file(number, "conf"))
        os.utime(meta)
        os.replace(meta, self.file(number, "json"))
        sync_dir(self.paths.commits)
        self.numbers.insert(0, number)

    def prune(self) -> None:
        for number in self.numbers[KEEP:]:
            for kind in ("json", "conf"):
                with contextlib.suppress(OSError):
                    self.file(number, kind).unlink()
        del self.numbers[KEEP:]


def remove_tree(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
