"""Rates of interfaces, from the kernel's counters over the last seconds."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

from lab.junos.backend.model import Rates

_PROC = Path("/proc/self/net/dev")
Reading = tuple[int, int, int, int]
"""Octets and packets received, octets and packets sent."""


def read_devices(text: str) -> dict[str, Reading]:
    """The counters of every device in the kernel's own table."""
    found: dict[str, Reading] = {}
    for line in text.splitlines()[2:]:
        name, _, numbers = line.partition(":")
        values = [int(word) for word in numbers.split()]
        if len(values) >= 10:
            found[name.strip()] = (values[0], values[1], values[8], values[9])
    return found


class RateMeter:
    """Remembers readings of the last `window` seconds; `sample` is to be called about once a second."""

    def __init__(self, window: float = 5.0) -> None:
        self._window = window
        self._readings: deque[tuple[float, dict[str, Reading]]] = deque()

    def sample(self, now: float | None = None, devices: dict[str, Reading] | None = None) -> None:
        """Take a reading, and forget those that are older than the window (the newest of them stays: it begins it)."""
        at = time.monotonic() if now is None else now
        self._readings.append((at, read_devices(_PROC.read_text()) if devices is None else devices))
        while len(self._readings) > 2 and self._readings[1][0] <= at - self._window:
            self._readings.popleft()

    def rates(self, now: float | None = None, devices: dict[str, Reading] | None = None) -> dict[str, Rates]:
        """{device: rates} between the oldest reading of the window and this moment."""
        at = time.monotonic() if now is None else now
        newest = read_devices(_PROC.read_text()) if devices is None else devices
        readings = list(self._readings)
        if not readings or at <= readings[0][0]:
            return {}
        begin, oldest = readings[0]
        return {name: _rates(oldest[name], reading, at - begin) for name, reading in newest.items() if name in oldest}


def _rates(before: Reading, after: Reading, seconds: float) -> Rates:
    """The growth of counters per second; a counter that went back (a device made anew) has no rate."""
    grown = [(new - old) / seconds if new >= old else 0.0 for old, new in zip(before, after, strict=True)]
    return Rates(round(8 * grown[0]), round(grown[1]), round(8 * grown[2]), round(grown[3]))
