"""Routers to upgrade in tests: many in one emulator, so that every test has one that nobody has touched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jnpr.junos import Device
from jnpr.junos.exception import ConnectError
from jnpr.junos.utils.sw import SW

from lab.junos.software.package import file_name, write
from tests.lab.junos_emulator import BASE_CONFIG, Emulator, eventually

OLD, NEW = "24.4R1.9", "24.4R2.7"
WITHIN = 60.0
"""Seconds for whatever is awaited: the machine may be busy with something else."""


class Router:
    """One router of an emulator, as a client and (`status`) as a witness sees it."""

    def __init__(self, emulator: Emulator, number: int) -> None:
        self.emulator = emulator
        self.name = f"r{number}"
        self.port = emulator.ports[number - 1]

    def device(self, **options: Any) -> Device:
        """A PyEZ device, not opened."""
        return self.emulator.device(port=self.port, **options)

    def faults(self, *specs: str) -> None:
        """Replace the router's faults."""
        self.emulator.control("faults", set=list(specs), host=self.name)

    def status(self) -> dict[str, Any]:
        """What the router says about itself, bypassing NETCONF."""
        return dict(self.emulator.control("status", host=self.name)[0])

    @property
    def software(self) -> dict[str, Any]:
        """Versions, and whether something is being installed."""
        return dict(self.status()["software"])

    def versions(self) -> tuple[str, str | None, str | None]:
        """Running, pending, previous."""
        found = self.software
        return found["version"], found["pending"], found["previous"]

    def busy(self) -> None:
        """Wait until a package operation has begun."""
        eventually(lambda: self.software["busy"], within=WITHIN, what=f"{self.name} installs something")

    def idle(self) -> None:
        """Wait until no package operation is under way."""
        eventually(lambda: not self.software["busy"], within=WITHIN, what=f"{self.name} has nothing to install")

    def down(self) -> None:
        """Wait until the router has gone down."""
        eventually(lambda: not self.status()["up"], within=WITHIN, what=f"{self.name} goes down")

    def back(self, reboots: int = 1) -> None:
        """Wait until the router has booted so many times since its start, and takes sessions."""
        eventually(
            lambda: (found := self.status())["up"] and found["reboots"] >= reboots,
            within=WITHIN, what=f"{self.name} comes back",
        )  # fmt: skip

    def reboot(self, *, vmhost: bool = False) -> None:
        """Reboot, and wait until the router is back."""
        before = self.status()["reboots"]
        with self.device() as device:
            SW(device).reboot(vmhost=vmhost)
            device.connected = False
        self.back(before + 1)

    def answers(self) -> bool:
        """Whether a session can be opened."""
        try:
            with self.device(auto_probe=0):
                return True
        except ConnectError:
            return False

    def send_package(self, directory: Path, version: str = NEW, **options: Any) -> str:
        """Put a package (`lab.junos.software.package.write`) on the router; returns its path there."""
        name = file_name(version, options.get("kind", "junos"))
        local = directory / name
        write(local, version, **options)
        with self.device() as device:
            SW(device).put(str(local))
        return f"/var/tmp/{name}"


def routers(directory: Path, count: int, *options: str) -> Iterator[Iterator[Router]]:
    """An emulator whose routers are handed out one after the other."""
    path = directory / "start.conf"
    path.write_text(BASE_CONFIG)
    arguments = ["--config", str(path), "--hostname", "r", "--count", str(count), "--minute", "1", *options]
    quick = [part for spec in ("install-seconds:0.2", "reboot-seconds:0.5") for part in ("--fault", spec)]
    with Emulator(*arguments, *quick) as emulator:
        yield (Router(emulator, number) for number in range(1, count + 1))


def since(began: float) -> float:
    """Seconds that have passed."""
    return time.monotonic() - began
