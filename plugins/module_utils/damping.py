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

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import DampingLimits

PENALTY = 1000.0
"""What one change adds."""


@dataclass(frozen=True)
class Damping:
    """`penalty` now; `suppressed` whether changes wait; `reuse_in_s` until they no longer do, 0 when they do not."""

    penalty: float
    suppressed: bool
    reuse_in_s: float


def ceiling(limits: DampingLimits) -> float:
    """The penalty grows no further (RFC 2439, 4.2): from here it takes max_suppress_s to decay to reuse."""
    return limits.reuse * math.pow(2.0, min(limits.max_suppress_s / limits.half_life_s, 64.0))


def decayed(penalty: float, seconds: float, half_life_s: float) -> float:
    """What is left of a penalty after this time."""
    return penalty * math.pow(2.0, -max(seconds, 0.0) / half_life_s)


def seconds_to(penalty: float, level: float, half_life_s: float) -> float:
    """How long a penalty takes to decay to a level; 0 when it is there."""
    return half_life_s * math.log2(penalty / level) if penalty > level else 0.0


def damping(changes: Iterable[float], now: float, limits: DampingLimits) -> Damping:
    """The state after changes at these times (seconds since 1970, any order). A time after `now` counts as now."""
    penalty, suppressed, last, highest = 0.0, False, now, ceiling(limits)
    for when in sorted(min(change, now) for change in changes):
        penalty = decayed(penalty, when - last, limits.half_life_s)
        suppressed = suppressed and penalty >= limits.reuse
        penalty, last = min(penalty + PENALTY, highest), when
        suppressed = suppressed or penalty >= limits.suppress
    penalty = decayed(penalty, now - last, limits.half_life_s)
    suppressed = suppressed and penalty >= limits.reuse
    wait = seconds_to(penalty, limits.reuse, limits.half_life_s)
    return Damping(penalty, suppressed, max(wait, 1.0) if suppressed else 0.0)
