"""FRR's daemons on this host, stopped and started as the package's scripts do. Needs the host's root."""

from __future__ import annotations

import io
import os
import select
import signal
from contextlib import redirect_stdout, suppress
from pathlib import Path

from lab.hosts import services

RUN = Path("/run/frr")
DAEMONS_FILE = Path("/etc/frr/daemons")
STOP_S = 15.0


def configured() -> list[str]:
    """The daemons that /etc/frr/daemons asks for, zebra first."""
    pairs = [line.partition("=") for line in DAEMONS_FILE.read_text(encoding="utf-8").splitlines()]
    return ["zebra", *(name for name, _equals, value in pairs if value == "yes" and name.endswith("d"))]


def running() -> dict[str, int]:
    """Name and process id of each daemon that lives; one that has ended and was not collected yet does not."""
    found = {}
    for file in RUN.glob("*.pid"):
        with suppress(OSError, ValueError):
            pid = int(file.read_text(encoding="ascii"))
            told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
            name, _bracket, rest = told.partition("(")[2].rpartition(")")
            if name == file.stem and rest.split()[0] not in ("Z", "X"):
                found[file.stem] = pid
    return found


def stop() -> None:
    """End all of them, zebra last: what they had routed is gone from the kernel."""
    alive = running()
    for names in ([name for name in alive if name != "zebra"], ["zebra"]):
        handles = {}
        for name in names:
            with suppress(ProcessLookupError, KeyError):
                handles[os.pidfd_open(alive[name])] = alive[name]
        for handle in handles:
            signal.pidfd_send_signal(handle, signal.SIGTERM)
        for handle, pid in handles.items():
            if not select.select([handle], [], [], STOP_S)[0]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.close(handle)


def start(without: str = "") -> None:
    """Start those that are configured and load /etc/frr/frr.conf. Raises LabError when one does not come up."""
    with redirect_stdout(io.StringIO()):  # what they grumble is in their logs; ours may have no reader any more
        services.start_daemons([name for name in configured() if name != without])
