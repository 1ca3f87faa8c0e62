# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the exporter remembers between looks at a router, and what of it is still true. The time is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import Sample, sample

FORGET_S = 86400.0
"""How long a neighbour that left is still shown as down."""

BACKOFF_MAX_S = 10.0


def pause_s(interval_s: float, failed: int) -> float:
    """Seconds from one look to the next, after `failed` looks in a row that failed: 1, 2, 4 ... at most 10, and never
    less than the collector's own interval."""
    if failed <= 0:
        return interval_s
    return max(interval_s, min(BACKOFF_MAX_S, 2.0 ** min(failed - 1, 10)))


@dataclass
class Memory:
    """What one collector of one router saw before: when RPM counters last grew, and which neighbours there were."""

    _rpm: dict[tuple[str, ...], tuple[float, float]] = field(default_factory=dict)
    _neighbors: dict[tuple[str, ...], float] = field(default_factory=dict)

    def complete(self, samples: Iterable[Sample], now: float) -> list[Sample]:
        """The samples of a look at `now` (monotonic seconds), with ages, and with neighbours that are gone as down."""
        found = list(samples)
        return [*found, *self._ages(found, now), *self._gone(found, now)]

    def _ages(self, samples: Sequence[Sample], now: float) -> list[Sample]:
        sent = {one.labels: one.value for one in samples if one.name == "fairway_rpm_sent_total"}
        for labels, count in sent.items():
            before = self._rpm.get(labels)
            if before is None or before[0] != count:
                self._rpm[labels] = (count, now)
        self._rpm = {labels: told for labels, told in self._rpm.items() if labels in sent}
        return [Sample("fairway_rpm_age_seconds", labels, now - since) for labels, (_count, since) in self._rpm.items()]

    def _gone(self, samples: Sequence[Sample], now: float) -> list[Sample]:
        here = {one.labels for one in samples if one.name == "fairway_ospf_up"}
        self._neighbors.update(dict.fromkeys(here, now))
        self._neighbors = {labels: seen for labels, seen in self._neighbors.items() if now - seen < FORGET_S}
        gone = [labels for labels in self._neighbors if labels not in here]
        return [Sample(name, labels, down) for labels in gone for name, down in _DOWN]


_DOWN = (("fairway_ospf_up", 0.0), ("fairway_ospf_state", 1.0))


@dataclass
class Standing:
    """One collector of one router: its newest good look, and what went wrong since."""

    samples: tuple[Sample, ...] = ()
    at: float | None = None
    took: float = 0.0
    fault: str = ""
    faults: dict[str, int] = field(default_factory=dict)

    def good(self, samples: Iterable[Sample], now: float, took: float) -> bool:
        """A look that succeeded; returns whether the router is back from a fault."""
        back = bool(self.fault)
        self.samples, self.at, self.took, self.fault = tuple(samples), now, took, ""
        return back

    def bad(self, kind: str, message: str) -> bool:
        """A look that failed; returns whether that is news."""
        news = self.fault != message
        self.fault = message
        self.faults[kind] = self.faults.get(kind, 0) + 1
        return news

    def fresh(self, now: float, bound: float) -> bool:
        """Whether the newest good look is not older than `bound`."""
        return self.at is not None and now - self.at <= bound

    def tell(self, router: str, collector: str, now: float, bound: float) -> list[Sample]:
        """What may be said of the router at `now`: samples that are older than the bound are not true any more.

        An RPM probe's age goes on growing while nobody looks.
        """
        labels = {"router": router, "collector": collector}
        found = [
            sample("fairway_router_faults_total", count, **labels, kind=kind) for kind, count in self.faults.items()
        ]
        if self.at is None:
            return found
        age = max(0.0, now - self.at)
        found.append(sample("fairway_router_age_seconds", age, **labels))
        found.append(sample("fairway_router_scrape_seconds", self.took, **labels))
        if age <= bound:
            found += [
                one._replace(value=one.value + age) if one.name == "fairway_rpm_age_seconds" else one
                for one in self.samples
            ]
        return found
