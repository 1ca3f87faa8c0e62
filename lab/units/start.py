"""Start the keeper of a unit, detached from whoever asks."""

from __future__ import annotations

import os
import subprocess
import sys

from lab.errors import LabError
from lab.units.state import log_file
from lab.units.unitfile import Scope


def launch(scope: Scope, name: str, *, wait: bool) -> None:
    """Start the unit's keeper, and with ``wait`` wait until the unit has started.

    Raises LabError with the reason when it does not start.
    """
    scope.run.mkdir(parents=True, exist_ok=True)
    log = log_file(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    told, ready = os.pipe()
    with log.open("ab") as output:
        # A session of its own: it outlives the SSH session, and the terminal's signals are not for it.
        subprocess.Popen(
            [sys.executable, "-S", "-m", "lab.units.keeper", "user" if scope.user else "system", name, str(ready)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[ready],
            start_new_session=True,
            cwd="/",
        )
    os.close(ready)
    with os.fdopen(told, encoding="utf-8") as reader:
        answer = reader.read() if wait else "ok"
    if answer != "ok":
        raise LabError(answer or f"{name}: its keeper ended before the unit was up; see {log}")
