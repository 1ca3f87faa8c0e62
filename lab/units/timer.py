"""Timer units: when the next time is, and a keeper that starts the unit then."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass

from lab.errors import LabError
from lab.units import start
from lab.units.state import Status, UnitState
from lab.units.unitfile import BOOTED, Scope, Unit, span

ONCE = ("OnActiveSec", "OnBootSec", "OnStartupSec")
AGAIN = ("OnUnitActiveSec", "OnUnitInactiveSec")


@dataclass(frozen=True)
class Moments:
    """What a timer counts from, in seconds of one clock: the host's boot, when the timer was started, when its unit was
    last started and last ended (0: never).."""

    boot: float
    activated: float
    unit_entered: float = 0.0
    unit_left: float = 0.0


def next_time(unit: Unit, moments: Moments, fired: float) -> float | None:
    """When the timer fires next, which may be in the past (then: now); None when never.

    ``fired`` is when it last fired, 0 for never: a moment that counts from something that happened once, fires once.
    """
    bases = {
        "OnActiveSec": moments.activated,
        "OnBootSec": moments.boot,
        "OnStartupSec": moments.boot,
        "OnUnitActiveSec": max(moments.unit_entered, fired),
        "OnUnitInactiveSec": max(moments.unit_left, fired),
    }
    told = [(key, text) for key in bases for text in unit.all("Timer", key)]
    found = [(key, bases[key] + span(text, f"{unit.name}: {key}")) for key, text in told]
    return min(
        (moment for key, moment in found if (moment > fired if key in ONCE else bases[key] > 0)),
        default=None,
    )


def check(unit: Unit) -> None:
    """Raise LabError for a timer that the lab cannot keep."""
    if unit.all("Timer", "OnCalendar"):
        raise LabError(f"{unit.name}: OnCalendar: the lab's systemctl keeps monotonic timers only")
    if not any(unit.all("Timer", key) for key in (*ONCE, *AGAIN)):
        raise LabError(f"{unit.name}: none of {', '.join((*ONCE, *AGAIN))}")


def keep(scope: Scope, unit: Unit, state: UnitState, ready: int) -> None:
    """Fire until asked to stop."""
    check(unit)
    name = unit.last("Timer", "Unit") or f"{unit.name.rpartition('.')[0]}.service"
    service = UnitState(scope, name)
    activated = time.monotonic()
    state.write(Status(active="active", sub="waiting", entered=activated))
    os.write(ready, b"ok")
    os.close(ready)
    fired = 0.0
    while True:
        seen = service.read()
        busy = bool(service.keeper())
        moments = Moments(boot_time(activated), activated, seen.entered, seen.left)
        due = None if busy else next_time(unit, moments, fired)
        left = 0.2 if due is None else min(due - time.monotonic(), 0.2)
        if left > 0:
            if _told_to_stop(left):
                break
            continue
        fired = time.monotonic()
        start.launch(scope, name, wait=False)
        service_started(service)
    state.write(Status(active="inactive", sub="dead", left=time.monotonic()))


def service_started(service: UnitState, within_s: float = 5.0) -> None:
    """Wait until the keeper has the service's lock, or has come and gone."""
    before, until = service.stored(), time.monotonic() + within_s
    while not service.keeper() and service.stored() == before and time.monotonic() < until:
        time.sleep(0.02)


def boot_time(otherwise: float) -> float:
    """When this host booted, which its init wrote down."""
    try:
        return float(BOOTED.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return otherwise


def _told_to_stop(within_s: float) -> bool:
    found = signal.sigtimedwait({signal.SIGTERM, signal.SIGCHLD}, within_s)
    if found is not None and found.si_signo == signal.SIGCHLD:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
    return found is not None and found.si_signo == signal.SIGTERM
