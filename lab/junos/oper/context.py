"""What an operational command is answered from: the running configuration, the data plane, the chassis, the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lab.junos.backend.base import Backend
from lab.junos.config import active_data
from lab.junos.software.image import Software

DEFAULT_VERSION = "24.4R1.9"


class OperError(Exception):
    """A command that fails: what a router would say, and the word it would blame."""

    def __init__(self, message: str, bad_element: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.bad_element = bad_element


class Configured(Protocol):
    """The part of the datastore that operational commands need."""

    def running(self) -> Any:
        """The running configuration."""

    def history(self) -> Sequence[Any]:
        """The commit history, newest first."""


@dataclass(frozen=True)
class Alarm:
    """An active alarm; `kind` is `System` or `Chassis`, `raised` seconds since the epoch."""

    description: str
    severity: str = "Minor"
    kind: str = "Chassis"
    raised: float = 0.0
    short: str | None = None
    lasting: bool = False
    """Comes back after a reboot: a fault that is set, not something that happened."""


@dataclass
class CoreDump:
    """A core file as `show system core-dumps` lists it."""

    path: str
    size: int = 1_048_576
    written: float = 0.0
    owner: str = "root"
    lasting: bool = False


@dataclass
class Chassis:
    """The hardware that is emulated. Tests put alarms and core dumps here."""

    model: str = "vmx"
    serial: str = "VM5D4C6B3599"
    alarms: list[Alarm] = field(default_factory=list)
    cores: list[CoreDump] = field(default_factory=list)

    def raise_alarm(self, description: str, *, severity: str = "Major", kind: str = "Chassis") -> None:
        """Add an alarm that is active from now on."""
        self.alarms.append(Alarm(description, severity, kind, time.time()))

    def clear_alarms(self) -> None:
        """Drop all alarms."""
        self.alarms.clear()

    def drop_core(self, path: str) -> None:
        """Add a core file written now."""
        self.cores.append(CoreDump(path, written=time.time()))


@dataclass(eq=False)
class OperContext:
    """Everything a command may need. `now` is the router's clock, `started` when it booted, both in epoch seconds."""

    store: Configured
    backend: Backend
    hostname: str
    now: Callable[[], float] = time.time
    started: float = field(default_factory=time.time)
    minute: float = 60.0
    chassis: Chassis = field(default_factory=Chassis)
    software: Software = field(default_factory=lambda: Software(DEFAULT_VERSION))
    ntp_lost: Callable[[], bool] = lambda: False
    """Whether the NTP servers do not answer."""
    boot_reason: str = "Router rebooted after a normal shutdown."
    user: str | None = None
    sessions: Callable[[], Sequence[tuple[str, str, float]]] = tuple
    """(user, address, since) of the open sessions, for `show system users`."""
    free_octets: Callable[[], int | None] = lambda: None
    """What still fits on the disk of the router's files; None for plenty."""
    _cached: tuple[object, Mapping[str, Any]] | None = None

    def data(self) -> Mapping[str, Any]:
        """The running configuration as plain data; computed once per commit."""
        running = self.store.running()
        if self._cached is None or self._cached[0] is not running:
            self._cached = (running, active_data(running))
        return self._cached[1]

    def configured_hostname(self) -> str:
        """`system host-name`, else the name given at the start."""
        system = self.data().get("system")
        name = system.get("host-name") if isinstance(system, Mapping) else None
        return name if isinstance(name, str) else self.hostname

    @property
    def version(self) -> str:
        """The running software."""
        return self.software.current.version

    @property
    def release(self) -> str:
        """The release without its build: `24.4R1` of `24.4R1.9`."""
        head, _, build = self.version.rpartition(".")
        return head if build.isdigit() and "R" in head else self.version

    def uptime(self) -> int:
        """Seconds since the boot."""
        return max(0, int(self.now() - self.started))
