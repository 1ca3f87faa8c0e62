# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flap damping after RFC 2439: every change adds a penalty, which decays; too much of it suppresses further changes.

Pure over the times of the changes and now: nothing is remembered anywhere else, so that every executor that reads the
same history comes to the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

PENALTY = 1000.0
"""What one change adds."""
HALF_LIFE_S = 900.0
SUPPRESS = 3000.0
"""A penalty that reaches this suppresses ..."""
REUSE = 750.0
"""... until it has decayed below this."""
MAX_SUPPRESS_S = 3600.0
CEILING = REUSE * 2 ** (MAX_SUPPRESS_S / HALF_LIFE_S)
"""The penalty grows no further (RFC 2439, 4.2): from here it takes MAX_SUPPRESS_S to decay to REUSE."""


@dataclass(frozen=True)
class Damping:
    """`penalty` now; `suppressed` whether changes wait; `reuse_in_s` until they no longer do, 0 when they do not."""

    penalty: float
    suppressed: bool
    reuse_in_s: float


def decayed(penalty: float, seconds: float) -> float:
    """What is left of a penalty after this time."""
    return penalty * math.pow(2.0, -max(seconds, 0.0) / HALF_LIFE_S)


def seconds_to(penalty: float, level: float) -> float:
    """How long a penalty takes to decay to a level; 0 when it is there."""
    return HALF_LIFE_S * math.log2(penalty / level) if penalty > level else 0.0


def damping(changes: Iterable[float], now: float) -> Damping:
    """The state after changes at these times (seconds since 1970, any order). A time after `now` counts as now."""
    penalty, suppressed, last = 0.0, False, now
    for when in sorted(min(change, now) for change in changes):
        penalty = decayed(penalty, when - last)
        suppressed = suppressed and penalty >= REUSE
        penalty, last = min(penalty + PENALTY, CEILING), when
        suppressed = suppressed or penalty >= SUPPRESS
    penalty = decayed(penalty, now - last)
    suppressed = suppressed and penalty >= REUSE
    return Damping(penalty, suppressed, seconds_to(penalty, REUSE) if suppressed else 0.0)
