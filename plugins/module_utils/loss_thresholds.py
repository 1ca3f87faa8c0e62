# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From when on lost packets are no accident: thresholds of the loss detectors of one prober on one path.

A clean path loses packets too: `p0` of them, in runs of `burst` packets on average. A detector looks at one window and
asks two things of it: how many packets were lost, and in how many scrape intervals any was lost. The first separates
loss from a clean path's accidents when those are independent (Poisson, one false alarm in 10^5 hours at an evaluation
a second); the second separates loss that lasts from one short outage and from a step in latency, which both look like
many lost packets in one or two intervals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

ALPHA = 3e-9
"""How likely chance alone reaches a window's count of lost packets."""
ALPHA_INTERVALS = 2e-7
"""How likely chance alone reaches a window's count of lossy intervals."""
FAST, COARSE = 2, 3
WINDOWS = (FAST, COARSE, 5, 30, 120)
"""Seconds. The first is for many packets a second only, the second for scrapes that are a second apart."""
MORE_THAN_ONE_EACH = 3
"""Lost packets beyond one in each lossy interval: a few runs that fall on the borders of intervals are not enough."""
USUAL_BURST = 1.5
"""Packets lost in a row that the counts of the longer windows bear as they are; more of it raises them."""
SHORT_INTERVALS = 3
"""Lossy intervals that the short window asks for: more than a step in latency of one interval makes."""


@dataclass(frozen=True)
class Loss:
    """What a clean path loses: fraction of packets, and packets lost in a row (mean, 1 = independent)."""

    p0: float = 0.001
    burst: float = USUAL_BURST


@dataclass(frozen=True)
class Threshold:
    """One detector: `lost` packets in `window` seconds, in at least `intervals` scrape intervals."""

    window: int
    lost: int
    intervals: int


def thresholds(rate: float, interval: float, clean: Loss) -> tuple[Threshold, ...]:
    """The detectors for `rate` packets a second, scraped every `interval` seconds.

    Windows in which not even heavy loss could reach the count are left out.
    """
    found = []
    for window in WINDOWS:
        packets, slots = rate * window, round(window / interval)
        raised = math.ceil(poisson_count(packets * clean.p0) * max(1.0, clean.burst / USUAL_BURST))
        if window == FAST:
            lost, intervals = burst_count(packets, clean), SHORT_INTERVALS
            # Three intervals out of fewer than four would be all of them; a quarter is what 30 % loss can still reach.
            usable = slots > SHORT_INTERVALS and lost <= packets / 4
        elif window == COARSE:
            intervals = SHORT_INTERVALS
            lost = max(raised, intervals + MORE_THAN_ONE_EACH + 1)
            usable = slots == SHORT_INTERVALS and lost <= packets / 2
        else:
            intervals = interval_count(slots, 1 - (1 - clean.p0) ** (rate * interval))
            lost = max(raised, intervals + MORE_THAN_ONE_EACH)
            usable = intervals <= slots and lost <= packets / 2
        if usable:
            found.append(Threshold(window, lost, intervals))
    return tuple(found)


def poisson_count(mean: float, alpha: float = ALPHA) -> int:
    """The smallest count that a Poisson variable reaches with a probability of at most `alpha` (0.1 or less)."""
    count = max(1, math.floor(mean))
    while _poisson_tail(count, mean) > alpha:
        count += 1
    return count


def _poisson_tail(count: int, mean: float) -> float:
    """P(X >= count) for a count that is not below the mean: the terms themselves, since 1 - P has no digits far out."""
    term = math.exp(-mean + count * math.log(mean) - math.lgamma(count + 1))
    total = 0.0
    while term > total * 1e-12:
        total += term
        count += 1
        term *= mean / count
    return total


def interval_count(slots: int, chance: float, alpha: float = ALPHA_INTERVALS) -> int:
    """The smallest number of `slots` that chance makes lossy, each with probability `chance`, at most `alpha` often."""
    if chance >= 1:
        return slots + 1
    tail = 0.0
    for count in range(slots, 0, -1):
        ways = math.lgamma(slots + 1) - math.lgamma(count + 1) - math.lgamma(slots - count + 1)
        tail += math.exp(ways + count * math.log(chance) + (slots - count) * math.log1p(-chance))
        if tail > alpha:
            return count + 1
    return 1


def burst_count(packets: float, clean: Loss, alpha: float = ALPHA) -> int:
    """The smallest count that runs of lost packets, geometric in length, reach at most `alpha` often.

    One run is far more likely than several that happen to meet in a window this short.
    """
    runs = packets * clean.p0 / clean.burst
    again = 1 - 1 / clean.burst
    if again <= 0:
        return poisson_count(packets * clean.p0, alpha)
    return 1 + max(1, math.ceil(math.log(alpha / runs) / math.log(again)))
