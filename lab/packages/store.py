"""What a host's disk says about its packages: versions, states, what the repository offers, what is to fail."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lab.packages import faults, versions
from lab.packages.faults import Fault

NAMES = ("frr", "frr-pythontools")
"""The packages that the lab models; both are built from one source and want the same version of each other."""
INSTALLED, UNPACKED, HALF_CONFIGURED = "installed", "unpacked", "half-configured"
OFFERED = ("10.2.1-0~deb12u1", "9.1.3-0~deb12u1")
"""What the lab's repository holds beside the version that the machine has."""
SECONDS = 2.0
"""How long an install takes when nothing else was asked for, beside what the daemons take to start."""


@dataclass
class Package:
    """One package of a host: ``state`` as dpkg names it."""

    version: str
    state: str = INSTALLED


@dataclass
class Facts:
    """Everything that outlives a power cut.

    ``running`` is the version that the daemons were started from, ``machine`` the one that FRR's programs really have.
    ``interrupted``: dpkg was ended in the middle.
    """

    machine: str
    running: str
    packages: dict[str, Package]
    offered: list[str]
    interrupted: bool = False
    downloaded: list[str] = field(default_factory=list)


class Store:
    """The files of one host: ``facts.json``, ``faults.json``, ``running`` (what vtysh is to say), ``lock``."""

    def __init__(self, directory: Path) -> None:
        """Reads nothing."""
        self.directory = directory

    def exists(self) -> bool:
        """Whether this host has packages of its own."""
        return (self.directory / "facts.json").exists()

    def create(self, machine: str) -> None:
        """What a host has when its lab boots for the first time."""
        self.directory.mkdir(parents=True, mode=0o700, exist_ok=True)
        packages = {name: Package(machine) for name in NAMES}
        self.write(Facts(machine, machine, packages, versions.newest_first([machine, *OFFERED])))

    def read(self) -> Facts:
        """The facts, with what the repository offers at the moment."""
        data = json.loads((self.directory / "facts.json").read_text(encoding="utf-8"))
        packages = {name: Package(**body) for name, body in data.pop("packages").items()}
        return Facts(**data, packages=packages)

    def write(self, facts: Facts) -> None:
        """Replace the facts at once, and tell vtysh."""
        self._replace("facts.json", json.dumps(asdict(facts), indent=1))
        told = versions.upstream(facts.running)
        self._replace("running", "" if told == versions.upstream(facts.machine) else f"{told}\n")

    def _replace(self, name: str, text: str) -> None:
        fresh = self.directory / f"{name}.{os.getpid()}"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.directory / name)

    def booted(self) -> None:
        """The power came back: the daemons run from what lies on the disk."""
        facts = self.read()
        if facts.running != facts.packages["frr"].version:
            facts.running = facts.packages["frr"].version
            self.write(facts)

    def offered(self, facts: Facts) -> list[str]:
        """The versions that can be installed, newest first."""
        wanted = self.faults()
        more = [fault.argument for fault in wanted if fault.kind == "offer"]
        less = {fault.argument for fault in wanted if fault.kind == "withdraw"}
        return [one for one in versions.newest_first([*facts.offered, *more]) if one not in less]

    # -- faults -----------------------------------------------------------------------------------------------

    def _set(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.directory / "faults.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"specs": [], "since": 0.0, "seen": {}}
        return found

    def faults(self) -> list[Fault]:
        """What is set."""
        return [faults.parse(spec) for spec in self._set()["specs"]]

    def set_faults(self, wanted: Sequence[Fault]) -> None:
        """Set these in place of all earlier ones; counts begin anew."""
        specs = [fault.spec for fault in wanted]
        self._replace("faults.json", json.dumps({"specs": specs, "since": time.time(), "seen": {}}))

    def plays(self, kind: str) -> str | None:
        """Count this occasion for faults of a kind: the argument ("" without one) of one that plays now, else None."""
        data, found = self._set(), None
        for fault in self.faults():
            if fault.kind == kind:
                data["seen"][fault.spec] = time_ = data["seen"].get(fault.spec, 0) + 1
                found = fault.argument if fault.hits(time_) else found
        if data["seen"]:
            self._replace("faults.json", json.dumps(data))
        return found

    def seconds(self) -> float:
        """How long an install takes."""
        return float(next((one.argument for one in self.faults() if one.kind == "package-seconds"), SECONDS))

    def locked_by_another(self) -> bool:
        """Whether the fault `locked` holds dpkg's lock."""
        since = self._set()["since"]
        return any(one.kind == "locked" and time.time() < since + float(one.argument) for one in self.faults())

    # -- lock -------------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self, wait_s: float) -> Iterator[int]:
        """Hold dpkg's lock: yields 0, or the process that holds it when it is not to be had within ``wait_s``."""
        path = self.directory / "lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + wait_s
            while not self._take(handle):
                if time.monotonic() >= deadline:
                    yield int(path.read_text(encoding="ascii") or "1")
                    return
                time.sleep(0.1)
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            yield 0
        finally:
            os.close(handle)

    def _take(self, handle: int) -> bool:
        if self.locked_by_another():
            return False
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False


def machines_version() -> str:
    """The version of FRR on this machine, as its packages say; where there are none, as FRR says."""
    with suppress(OSError, subprocess.SubprocessError):
        asked = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", "frr"], capture_output=True, text=True, check=True, timeout=30
        )
        if asked.stdout:
            return asked.stdout
    said = subprocess.run(["/usr/lib/frr/zebra", "--version"], capture_output=True, text=True, check=False, timeout=30)
    return f"{said.stdout.split()[2]}-1" if said.stdout.startswith("zebra version ") else "0-1"


def here() -> Store:
    """The store of the host that this runs in; it does not exist on hosts without packages."""
    return Store(Path(os.environ.get("LAB_PACKAGES", "/nonexistent")))
