"""FRR's daemons of this network namespace: ended when the router goes down, and started again as they had been.

Each is started with the command line that it had, as /proc tells it. `ip` and the lab see the devices go down.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from lab.junos.backend.base import BackendError
from lab.junos.backend.frr.kernel import is_ours
from lab.junos.backend.frr.run import ip_batch, ip_json
from lab.junos.backend.frr.vty import DAEMONS, DIRECTORY

PATIENCE = 5.0
"""Seconds for a daemon to say goodbye to its neighbours."""
START = 120.0
"""Seconds a daemon may take to start on a busy machine."""
_MANAGEMENT = ("fxp0", "em0", "me0")

Commands = list[list[str]]
"""Command lines of daemons, zebra's first."""


def stop() -> Commands:
    """End all daemons, and return the command lines that start them again."""
    found = [(pid, command) for pid, command in map(_running, DAEMONS) if pid is not None]
    # zebra last: the others withdraw their routes from it
    for pid, _command in reversed(found):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + PATIENCE
    for pid, _command in found:
        while _alive(pid):
            if time.monotonic() > end:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
    return [command for _pid, command in found]


def start(commands: Commands) -> None:
    """Start daemons; they answer when this returns. Raises BackendError with what one of them said."""
    for command in commands:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=START, check=False
        )
        if done.returncode != 0:
            raise BackendError(f"data plane: {' '.join(command)}: {(done.stderr or done.stdout).strip()[-400:]}")


def links_down() -> None:
    """Take every port down; the management port stays, so that the router's address answers with a reset."""
    names = [str(link.get("ifname", "")) for link in ip_json("link", "show")]
    ip_batch([f"link set dev {name} down" for name in names if is_ours(name) and name not in _MANAGEMENT])


def _running(name: str) -> tuple[int | None, list[str]]:
    """The process id and command line of a daemon; None when it does not run."""
    try:
        pid = int((DIRECTORY / f"{name}.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None, []
    command = [os.fsdecode(word) for word in words if word]
    return (pid, command) if command and Path(command[0]).name == name else (None, [])


def _alive(pid: int) -> bool:
    """Whether a process still runs (a dead one that nobody has waited for yet does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (OSError, IndexError):
        return False
