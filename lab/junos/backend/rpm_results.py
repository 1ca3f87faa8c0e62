"""What a test of real-time performance monitoring has measured: pure bookkeeping, times are arguments.

Delays are whole microseconds. A probe counts, in every total, once it is decided: answered or given up. So no total
shows a probe as lost that is merely on its way.
"""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.junos.backend.rpm_settings import RpmTest

RECEIVED = "Response received"
TIMED_OUT = "Request timed out"
NO_ROUTE = "No route to target"
INTERNAL = "Internal error"


@dataclass(frozen=True)
class ProbeRecord:
    """One decided probe; times in epoch seconds, `rtt` None when there was no answer in time.

    `jitter` is the difference to the round-trip time before it, `interarrival` the smoothed one of RFC 3550.
    """

    status: str
    sent: float
    decided: float
    rtt: int | None = None
    jitter: int | None = None
    interarrival: int | None = None


@dataclass
class Summary:
    """Samples of one measurement, as sums."""

    samples: int = 0
    minimum: int = 0
    maximum: int = 0
    total: int = 0
    squares: int = 0

    def add(self, value: int) -> None:
        """Count one sample."""
        self.minimum = value if not self.samples else min(self.minimum, value)
        self.maximum = max(self.maximum, value)
        self.samples += 1
        self.total += value
        self.squares += value * value

    @property
    def average(self) -> int:
        """The mean, rounded."""
        return round(self.total / self.samples) if self.samples else 0

    @property
    def stddev(self) -> int:
        """The standard deviation of the samples themselves (not an estimate of more of them)."""
        if not self.samples:
            return 0
        return round(math.sqrt(max(0, self.squares * self.samples - self.total**2)) / self.samples)


@dataclass
class Totals:
    """Probes of one scope (current test, last test, moving average, all tests)."""

    sent: int = 0
    received: int = 0
    rtt: Summary = field(default_factory=Summary)
    positive: Summary = field(default_factory=Summary)
    negative: Summary = field(default_factory=Summary)
    completed: float | None = None
    """When the test ended, for the last test."""

    def add(self, probe: ProbeRecord) -> None:
        """Count one decided probe."""
        self.sent += 1
        if probe.rtt is None:
            return
        self.received += 1
        self.rtt.add(probe.rtt)
        if probe.jitter is not None:
            (self.positive if probe.jitter >= 0 else self.negative).add(abs(probe.jitter))

    @property
    def loss(self) -> float:
        """Lost probes in per cent."""
        return 100.0 * (self.sent - self.received) / self.sent if self.sent else 0.0


def totals(probes: Iterable[ProbeRecord]) -> Totals:
    """The totals of some probes."""
    found = Totals()
    for probe in probes:
        found.add(probe)
    return found


class Results:
    """Everything that one test remembers; `history_size` and `moving_size` in probes."""

    def __init__(self, history_size: int = 50, moving_size: int = 0) -> None:
        self.history: deque[ProbeRecord] = deque(maxlen=history_size)
        self.current = Totals()
        self.last: Totals | None = None
        self.overall = Totals()
        self.single: ProbeRecord | None = None
        self._moving: deque[ProbeRecord] = deque(maxlen=moving_size)
        self._previous: int | None = None
        self._smoothed = 0.0

    def begin_test(self) -> None:
        """A new test starts: what the current one held is the last one's."""
        self.current = Totals()

    def record(self, status: str, sent: float, decided: float, rtt: int | None = None) -> None:
        """One probe is decided."""
        jitter = interarrival = None
        if rtt is not None:
            if self._previous is not None:
                jitter = rtt - self._previous
                self._smoothed += (abs(jitter) - self._smoothed) / 16
                interarrival = round(self._smoothed)
            self._previous = rtt
        self.single = ProbeRecord(status, sent, decided, rtt, jitter, interarrival)
        for scope in (self.current, self.overall):
            scope.add(self.single)
        self.history.append(self.single)
        self._moving.append(self.single)

    def end_test(self, now: float) -> None:
        """The test is over at `now`."""
        self.current.completed = now
        self.last = self.current

    def moving(self) -> Totals | None:
        """The totals of the newest probes; None when no moving average is kept."""
        return totals(self._moving) if self._moving.maxlen else None

    def snapshot(self) -> Results:
        """A copy that nothing changes any more."""
        made = Results(self.history.maxlen or 0, self._moving.maxlen or 0)
        made.history.extend(self.history)
        made._moving.extend(self._moving)
        made.current, made.last, made.overall = copy.deepcopy((self.current, self.last, self.overall))
        made.single = self.single
        return made


@dataclass(frozen=True)
class RpmReport:
    """A test and what it has measured so far; `identifier` is that of its ICMP packets."""

    test: RpmTest
    results: Results
    identifier: int = 0
