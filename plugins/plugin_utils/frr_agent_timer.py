# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dead-man timer: a process on the router that outlives the session which started it and takes a change back.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.

Where systemd runs and lets us, the process is a transient unit (systemd starts it again when it is killed); elsewhere
it is a detached process of its own session. It watches the transaction rather than sleeping once: it leaves as soon
as the change is confirmed, and it repairs at once what a killed program left half-done.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store import Fault, Paths, user, write

Program = dict[str, Any]
"""What frr_transport.py sent: modules (name, text), loader, request."""

_TRIES_S = (1.0, 2.0, 5.0, 10.0)


def write_program(file: Path, program: Program, request: dict[str, Any]) -> None:
    """Put the program into a file that runs `request` by itself. Raises OSError."""
    whole = json.dumps({**program, "request": request})
    write(file, f"import json\nprogram = json.loads({json.dumps(whole)})\n{program['loader']}")


def arm(paths: Paths, change_id: str, file: Path) -> dict[str, Any]:
    """Start the timer's process on `file`; returns how to find it again. Raises Fault when it does not live."""
    timer = _unit(paths, change_id, file) or _detached(file)
    if not alive(timer):
        raise Fault("refused", "the dead-man timer does not start on the router: nothing was changed")
    return timer


def _unit(paths: Paths, change_id: str, file: Path) -> dict[str, Any] | None:
    if not paths.systemd.is_dir() or shutil.which("systemd-run") is None:
        return None
    scope = [] if os.getuid() == 0 else ["--user"]
    # A user's own systemd ends with the last session unless the user lingers.
    if scope and not Path("/var/lib/systemd/linger", user()).exists():
        return None
    unit = f"fairway-{re.sub(r'[^A-Za-z0-9_.-]', '_', change_id)}.service"
    # Whatever ends it, it is tried again, and systemd never gives up on it.
    tries = ["Restart=on-failure", "RestartSec=5", "StartLimitIntervalSec=0"]
    command = ["systemd-run", *scope, "--quiet", "--collect", f"--unit={unit}", *(f"--property={one}" for one in tries)]
    command += ["--description=Fairway: takes an unconfirmed change back", sys.executable, str(file)]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False, env=_user_bus(scope))
    return {"kind": "unit", "unit": unit, "scope": scope} if done.returncode == 0 else None


def _user_bus(scope: list[str]) -> dict[str, str]:
    return {**os.environ, **({"XDG_RUNTIME_DIR": f"/run/user/{os.getuid()}"} if scope else {})}


def _detached(file: Path) -> dict[str, Any]:
    try:
        process = subprocess.Popen(
            [sys.executable, str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        raise Fault("refused", f"the dead-man timer does not start on the router: {error.strerror}") from error
    return {"kind": "process", "pid": process.pid, "started": _started(process.pid)}


def _started(pid: int) -> str | None:
    """When a process started, in clock ticks since the boot: tells it from a later one with the same number."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def alive(timer: dict[str, Any]) -> bool:
    if timer.get("kind") == "unit":
        command = ["systemctl", *timer["scope"], "is-active", "--quiet", timer["unit"]]
        done = subprocess.run(command, check=False, env=_user_bus(timer["scope"]))
        return done.returncode == 0
    started = _started(int(timer.get("pid", 0)))
    return started is not None and started == timer.get("started")


def disarm(timer: dict[str, Any]) -> None:
    """End the timer's process. One that cannot be ended (another user's) finds the transaction gone and leaves."""
    if not timer or not alive(timer):
        return
    if timer["kind"] == "unit":
        if "INVOCATION_ID" not in os.environ:  # A unit must not stop itself in the middle of its work.
            command = ["systemctl", *timer["scope"], "stop", "--no-block", timer["unit"]]
            subprocess.run(command, check=False, env=_user_bus(timer["scope"]))
    elif timer["pid"] != os.getpid():
        with contextlib.suppress(OSError):
            os.kill(timer["pid"], signal.SIGTERM)


def watch(remaining: Callable[[], float | None], repair: Callable[[], None]) -> None:
    """Wait until there is nothing left to guard.

    `remaining()` is the time left in seconds, at most 0 when something has to be done now, None when the transaction
    is over; `repair()` does it and raises Fault when it cannot yet (locked, daemons down): tried again, slower.
    """
    failures = 0
    while (left := remaining()) is not None:
        if left > 0:
            failures = 0
            time.sleep(min(left, 1.0))
            continue
        try:
            repair()
        except Fault:
            time.sleep(_TRIES_S[min(failures, len(_TRIES_S) - 1)])
            failures += 1
