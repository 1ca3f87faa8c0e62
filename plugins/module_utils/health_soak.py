# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Soak and deadline: when has a router been healthy for long enough, and when is it too late? Pure: time is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["continue", "good", "bad"]


@dataclass(frozen=True)
class Sample:
    """One look at the router. `at`: seconds on any clock that only goes forward; `why`: what is wrong, empty if not."""

    at: float
    healthy: bool
    why: str = ""


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    reason: str = ""


def healthy_since(samples: Sequence[Sample]) -> float | None:
    """When the unbroken run of healthy samples began that lasts until the last one; None when that is unhealthy."""
    since: float | None = None
    for sample in samples:
        if not sample.healthy:
            since = None
        elif since is None:
            since = sample.at
    return since


def judge(samples: Sequence[Sample], started: float, soak: float, deadline: float) -> Judgement:
    """What the samples so far, in order of time, say.

    `good`: healthy in every look for `soak` seconds up to the last one. `bad`: that has not happened by `started` +
    `deadline`, or cannot happen any more. `continue`: look again.
    """
    if not samples:
        return Judgement("continue", "not looked yet")
    last = samples[-1]
    since = healthy_since(samples)
    # The first look always counts, however long it took.
    end = max(started + deadline, samples[0].at)
    if since is not None and last.at - since >= soak and since + soak <= end:
        return Judgement("good", f"healthy for {last.at - since:.0f} s")
    if since is None and last.at + soak >= end:
        return Judgement("bad", f"{last.why or 'not healthy'} (after {last.at - started:.0f} s of {deadline:g} s)")
    if since is not None and since + soak > end:
        broken = next((sample for sample in reversed(samples) if not sample.healthy), None)
        why = f"; before that: {broken.why}" if broken else ""
        return Judgement("bad", f"healthy too late to stay so for {soak:g} s before the deadline{why}")
    return Judgement("continue", last.why or f"healthy since {last.at - (since or last.at):.0f} s")


def pause(samples: Sequence[Sample], started: float, soak: float, deadline: float, interval: float) -> float:
    """Seconds to wait before the next look: `interval`, or less when a verdict is due earlier."""
    if not samples:
        return 0.0
    now, since = samples[-1].at, healthy_since(samples)
    due = started + deadline if since is None else since + soak
    return max(0.05, min(interval, due - now))
