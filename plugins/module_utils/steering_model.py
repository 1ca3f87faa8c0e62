# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What steering talks about: paths and their limits (intent), alerts, measured health, what is live on the routers.

Pure data. Times are seconds since 1970, durations seconds, loss a fraction (0..1), rates Mbit/s. A path's name is
`backbone/path`, as in `steering.paths`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STEERED, NORMAL = "steered", "normal"
"""The two states of a path, of a place, and what a person may want."""


@dataclass(frozen=True)
class Limits:
    """Guards of one path."""

    hold_down_s: float = 300.0
    cooldown_s: float = 60.0
    changes_per_hour: int = 6
    capacity_mbit: float | None = None


@dataclass(frozen=True)
class DampingLimits:
    """Flap damping (RFC 2439): every change of a path adds 1000 to its penalty, which halves in `half_life_s`.

    A penalty that reaches `suppress` keeps the path where it is until it has decayed below `reuse`, which takes
    `max_suppress_s` at most.
    """

    half_life_s: float = 900.0
    suppress: float = 3000.0
    reuse: float = 750.0
    max_suppress_s: float = 3600.0


@dataclass(frozen=True)
class NetworkLimits:
    """Guards of the whole network."""

    changes_per_hour: int = 20
    paths_at_once: int = 1
    damping: DampingLimits = DampingLimits()


@dataclass(frozen=True)
class Place:
    """Where an action is applied: `key` is what it changes there.

    ospf_cost: ("ospf", INTERFACE); policy_term: ("policy", POLICY, TERM); static_route: ("static", PREFIX).
    """

    router: str
    key: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.router} {' '.join(self.key[1:])}"


@dataclass(frozen=True)
class Path:
    """One entry of `steering.paths`. `value`: cost or next hop while steered, None for policy_term."""

    name: str
    action: str
    value: int | str | None
    places: tuple[Place, ...]
    alternates: tuple[str, ...]
    limits: Limits = Limits()


@dataclass(frozen=True)
class Alert:
    """A firing alert that asks for a reroute (label action=reroute)."""

    path: str
    name: str
    severity: str = ""
    since: float | None = None


@dataclass(frozen=True)
class PathHealth:
    """What probes measured on a path's own way.

    `fresh`: samples came lately; nothing else counts when they did not. `sick`: a detector is on now.
    `healthy_s`: for how long the path has been measured, without a gap, and not sick. `rate_mbit`: traffic on it.
    """

    path: str
    fresh: bool
    sick: bool
    healthy_s: float = 0.0
    loss: float | None = None
    latency_s: float | None = None
    rate_mbit: float | None = None


@dataclass(frozen=True)
class Marker:
    """What is written on the router beside what steering changed. `by`: auto or hand.

    `was`: the value in words that was there before, which restoring puts back; "" when it was not a value (a term).
    """

    path: str
    change_id: str
    since: float
    by: str = "auto"
    was: str = ""


@dataclass(frozen=True)
class LivePlace:
    """One place as its router has it: `value` in words, `steered` whether it is the steered value."""

    place: Place
    steered: bool
    marker: Marker | None = None
    value: str = ""


@dataclass(frozen=True)
class Flip:
    """One change of steering in a router's commit history: `to` is STEERED or NORMAL."""

    path: str
    to: str
    when: float
    change_id: str
    by: str = "auto"


@dataclass(frozen=True)
class Freeze:
    """Somebody said: no automatic change. `until` None: until it is lifted. `router`: where it is written."""

    router: str
    since: float
    until: float | None = None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Drain:
    """Somebody took the router out of service. `neighbors`: for these sessions only; empty for the whole router.

    `since` is 0 and `change_id` "" when what is written there cannot be read: it is drained all the same.
    """

    router: str
    since: float
    change_id: str = ""
    by: str = ""
    reason: str = ""
    neighbors: tuple[str, ...] = ()


@dataclass(frozen=True)
class LiveRouter:
    """What a router says of steering. `fault`: why it could not be asked, or is busy, in words; empty when it is free.

    `token` names its newest commit: a change decided upon this reading is refused when it is no longer the newest.
    `drained` is also true of a router that somebody drained by hand, without the marker that `drain` is read from.
    """

    name: str
    fault: str = ""
    places: tuple[LivePlace, ...] = ()
    flips: tuple[Flip, ...] = ()
    drained: bool = False
    freeze: Freeze | None = None
    token: str = ""
    drain: Drain | None = None


@dataclass(frozen=True)
class Decision:
    """One path's decision. `verdict`: steer, restore, hold or refuse; `guard`: which one spoke, "" when none did.

    `want`: the state the path should be in after it. `places`: what to change (both ends alike, half-done ones
    included); empty unless the verdict is steer or restore. `evidence`: plain data for the audit event. `wait_s`:
    seconds after which the guard no longer objects if nothing else happens; None when only an event can end it.
    `onto`: the paths whose links a steer moves traffic to; empty where the network does not say which they are.
    """

    path: str
    verdict: str
    want: str
    reason: str
    guard: str = ""
    by: str = "auto"
    places: tuple[Place, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    wait_s: float | None = None
    onto: tuple[str, ...] = ()
