# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the router exporter's fast collector looks next: so that a look ends just before Prometheus scrapes.

What a scrape tells is as old as the look before it. A schedule that knows nothing of scrapes makes that half an
interval on average; one that ends its looks just before them makes it the margin. The period stays the interval's: only
the phase is shifted, towards scrapes that come with the interval's period (or twice, or half of it).

All times are seconds of one monotonic clock; the time is an argument.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SCRAPES_KEPT = 32
"""Scrapes worth remembering: of two Prometheus servers that scrape twice an interval, the last eight intervals."""

LOOKS_KEPT = 16
"""Looks worth remembering."""

MARGIN_S = 0.04
"""How long before the expected scrape a look should end, unless a tenth of the interval is less."""

_JITTER_S = 0.05
# How far scrapes of one server may be from its rhythm, unless a tenth of the interval is less. A period that differs
# from the interval slips by a little at each scrape: four of them within the jitter is a slip that the margin covers.
_TRAIN_MIN = 4
_HORIZON = 12.0
_GAP_MAX = 2.0
# Intervals: how far back scrapes count, and the longest gap in a train. One scrape in two intervals is enough.


class Look(NamedTuple):
    """One look at a router that succeeded: when it began, and how many seconds it took."""

    began: float
    took: float


def next_look(scrapes: Iterable[float], looks: Sequence[Look], interval: float, now: float) -> float:
    """When to begin the next look; `now` when it is late already.

    `scrapes`: times of recent ones, in any order. `looks`: recent ones in a row, oldest first, at least one. The answer
    is half an interval to one and a half after the beginning of the newest look (or `now`, when that look took longer),
    and no run of `looks` gets ahead of the plain schedule by more than one interval.
    """
    plain = looks[-1].began + interval
    lead = usual(looks) + min(MARGIN_S, interval / 10)
    if lead >= interval:  # looks follow each other as fast as they can: there is no phase to choose
        return max(now, plain)
    expected = trains(scrapes, interval, max(now, looks[-1].began))
    # The smallest shift. Of two servers, the one that is aimed at already needs none, so the aim stays there.
    shift = min((math.remainder(at - lead - plain, interval) for at in expected), key=abs, default=0.0)
    return max(now, _earliest(looks, interval), plain + shift)


def _earliest(looks: Sequence[Look], interval: float) -> float:
    """Scrapes whose phase wanders must not make looks more frequent than configured: one interval ahead at most."""
    return max(look.began + (len(looks) - 1 - place) * interval for place, look in enumerate(looks))


def usual(looks: Sequence[Look]) -> float:
    """Seconds that a look takes, or nearly as long as it may: a look that ends after the scrape costs a whole interval,
    one that ends early costs little. The longest one in eight are left out: among them is the one that connected."""
    took = sorted(look.took for look in looks)
    return took[max(0, len(took) - 1 - math.ceil(len(took) / 8))]


def trains(scrapes: Iterable[float], interval: float, now: float) -> list[float]:
    """For each rhythm that scrapes keep at `now`: a time at which one of them came, or may have come at the earliest.

    Another is expected whole intervals after that. Empty when scrapes are few, rare or irregular.
    """
    recent = sorted((at for at in scrapes if now - _HORIZON * interval <= at <= now), reverse=True)
    jitter = min(_JITTER_S, interval / 10)
    reach = _GAP_MAX * interval + 2 * jitter
    found = [_earliest_of_train(at, recent, interval, jitter) for at in recent if now - at <= reach]
    return [at for at in found if at is not None]


def _earliest_of_train(about: float, recent: Sequence[float], interval: float, jitter: float) -> float | None:
    """The scrape at `about`, as early as the earliest in the rhythm of its train; None when there is no train.

    `recent`: newest first. A train has no gaps that are too long, and an end that is not before `about`.
    """
    offsets: list[float] = []
    last = about
    for at in recent:
        offset = math.remainder(at - about, interval)
        # Two scrapes of one beat (somebody looked by hand) are no evidence of a rhythm.
        if abs(offset) > jitter or (offsets and last - at < interval / 2):
            continue
        if last - at > _GAP_MAX * interval + 2 * jitter:
            break
        offsets.append(offset)
        last = at
    return about + min(offsets) if len(offsets) >= _TRAIN_MIN else None
