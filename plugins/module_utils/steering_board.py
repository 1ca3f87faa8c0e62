# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything a steering decision is made from, and how it changes with the decisions of the same run.

Within a run what a decision *costs* (the change it counts as, the cost it sets, the load it moves) is seen by the ones
after it, and what it *frees* is not: a restore that fails on the router must not be what a steer relied on. The next
run, seconds later, reads it from the routers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change import named_at
from ansible_collections.fairway.backbone.plugins.module_utils.spf import (
    INFINITE_METRIC,
    Way,
    shortest_way,
    weight_of,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Alert,
    Flip,
    Freeze,
    LivePlace,
    LiveRouter,
    NetworkLimits,
    Path,
    PathHealth,
    Place,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import measure, shown_name
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import Topology

HALF, UNMARKED, UNREAD = "half", "unmarked", "unread"
WINDOW_S = 3600.0
"""The window of changes_per_hour."""
_SEVERITIES = ("info", "minor", "warning", "error", "major", "critical")


@dataclass(frozen=True)
class Standing:
    """How a path stands on its routers.

    `steered` places have value and marker, `normal` ones neither; `astray` have our marker and another value,
    `unmarked` ones the steered value without our marker (somebody set it on the router, or for another path);
    `unread` ones could not be read.
    """

    steered: tuple[LivePlace, ...] = ()
    normal: tuple[LivePlace, ...] = ()
    astray: tuple[LivePlace, ...] = ()
    unmarked: tuple[LivePlace, ...] = ()
    unread: tuple[Place, ...] = ()

    @property
    def kind(self) -> str:
        """STEERED, NORMAL, HALF, UNMARKED or UNREAD; places that could not be read are taken to be like the others."""
        if self.unmarked:
            return UNMARKED
        if self.astray or (self.steered and self.normal):
            return HALF
        if self.steered:
            return STEERED
        return NORMAL if self.normal else UNREAD

    @property
    def state(self) -> str:
        """STEERED when steering changed anything there, else NORMAL."""
        return STEERED if self.steered or self.astray or self.unmarked else NORMAL

    @property
    def by(self) -> str:
        """`hand` when a person steered any place, else `auto`."""
        marked = (*self.steered, *self.astray)
        return "hand" if self.unmarked or any(p.marker and p.marker.by == "hand" for p in marked) else "auto"

    @property
    def since(self) -> float:
        """When the newest marker was written; 0 without one."""
        return max((p.marker.since for p in (*self.steered, *self.astray) if p.marker), default=0.0)


def standing_of(path: Path, live: Mapping[Place, LivePlace]) -> Standing:
    """Sort a path's places by what their routers say."""
    groups: defaultdict[str, list[LivePlace]] = defaultdict(list)
    unread: list[Place] = []
    for place in path.places:
        found = live.get(place)
        if found is None:
            unread.append(place)
        elif found.marker is not None and found.marker.path == path.name:
            groups["steered" if found.steered else "astray"].append(found)
        else:
            groups["unmarked" if found.steered or found.marker is not None else "normal"].append(found)
    return Standing(**{name: tuple(places) for name, places in groups.items()}, unread=tuple(unread))


class Board:
    """The inputs of one run by path, and the state that its decisions change."""

    def __init__(
        self,
        *,
        paths: Mapping[str, Path],
        network: NetworkLimits,
        topology: Topology,
        alerts: Iterable[Alert] | None,
        health: Mapping[str, PathHealth],
        live: Mapping[str, LiveRouter],
        wants: Mapping[str, str],
        now: float,
    ) -> None:
        self.paths, self.network, self.topology = paths, network, topology
        self.health, self.live, self.wants, self.now = health, live, wants, now
        self.alerts_read = alerts is not None
        self.alerts: defaultdict[str, list[Alert]] = defaultdict(list)
        for alert in sorted(
            alerts or (), key=lambda a: (-severity_rank(a.severity), a.name, a.severity, a.since or 0.0)
        ):
            self.alerts[alert.path].append(alert)
        self.places = {place.place: place for router in live.values() for place in router.places}
        self.standing = {name: standing_of(path, self.places) for name, path in paths.items()}
        self.flips = flips_of(live.values(), now)
        self.freezes = active_freezes(live.values(), now)
        self.unreachable = {name for name in topology.sites if not was_read(live.get(name))}
        self.steered = {name for name, standing in self.standing.items() if standing.state == STEERED}
        self.recent = sum(now - flip.when < WINDOW_S for flips in self.flips.values() for flip in flips)
        self.load: defaultdict[str, float] = defaultdict(float)
        self._edges()

    def _edges(self) -> None:
        """The cost of every edge as it is now, and why an edge is not to be relied on."""
        topology = self.topology
        self.metrics = list(topology.costs)
        self.faults: dict[int, str] = {}
        self.path_at: dict[int, str] = {}
        for name in sorted(self.paths):
            path, fault = self.paths[name], self.link_fault(name)
            for place, edge in self.edges_of(path):
                self.path_at[edge] = name
                self.metrics[edge] = self._metric(path, place, self.metrics[edge])
                if fault:
                    self.faults[edge] = self.faults[edge ^ 1] = f"{name} {fault}"
        self._orphans()
        drained = topology.overloaded | {name for name, router in self.live.items() if router.drained}
        for edge in range(len(self.metrics)):
            router, far = topology.router_of(edge), topology.router_of(edge ^ 1)
            if router in drained:
                self.metrics[edge] = INFINITE_METRIC
            if router in self.unreachable or far in self.unreachable:
                self.faults[edge] = f"router {router if router in self.unreachable else far} could not be read"
        self.weights = [weight_of(metric, edge in self.faults) for edge, metric in enumerate(self.metrics)]

    def _orphans(self) -> None:
        """Places that are steered for a path which the intent no longer has, or has without them: nobody measures the
        link for it any more, and it was left for a reason."""
        for place, found in self.places.items():
            edge = self.topology.edge_at.get((place.router, place.key[1])) if place.key[0] == "ospf" else None
            if edge is not None and found.marker is not None and edge not in self.path_at:
                self.metrics[edge] = _cost(found.value) or self.metrics[edge]
                self.faults[edge] = self.faults[edge ^ 1] = f"{place} is steered for {shown_name(found.marker.path)}"

    def _metric(self, path: Path, place: Place, otherwise: int) -> int:
        """The cost a place has now: what its router says, when it says a number."""
        found = self.places.get(place)
        if found is None:
            return otherwise
        steered = path.value if found.steered and isinstance(path.value, int) else otherwise
        return _cost(found.value) or steered

    def edges_of(self, path: Path) -> list[tuple[Place, int]]:
        """The edges that leave a path's places; none for a place that the topology does not have."""
        if path.action != "ospf_cost":
            return []
        at = self.topology.edge_at
        return [(p, at[p.router, p.key[1]]) for p in path.places if (p.router, p.key[1]) in at]

    def is_fresh(self, name: str) -> bool:
        """Whether a path has been measured lately."""
        health = self.health.get(name)
        return health is not None and health.fresh

    def is_sick(self, name: str) -> bool:
        """Whether a path is measured sick; what is not fresh counts for nothing."""
        return self.is_fresh(name) and self.health[name].sick

    def link_fault(self, name: str) -> str:
        """Why a path's links are not to be relied on, "" when they are."""
        if self.is_sick(name):
            return "is sick itself"
        if name in self.steered:
            return "is steered itself"
        if self.alerts.get(name) and not self.is_fresh(name):
            return "has an alert and is not measured"
        return ""

    def unfit(self, name: str, *, person: bool) -> str:
        """Why a path cannot take another's traffic, "" when it can. A person may rely on one that nobody measures."""
        fault = self.link_fault(name)
        if fault:
            return fault
        if name not in self.paths:
            return "is not in the intent"
        if self.alerts.get(name):
            return "has an alert itself"
        if not person and not self.is_fresh(name):
            return "is not measured"
        silent = sorted({place.router for place in self.paths[name].places} & self.unreachable)
        return f"ends at {silent[0]}, which could not be read" if silent else ""

    def way_round(self, path: Path, edge: int, below: int, *, sound: bool = False) -> Way | None:
        """The shortest way between the ends of one of a path's edges without the path, with a metric below this.

        `sound`: over links only that can be relied on, whichever way the traffic prefers.
        """
        without = {one for _place, e in self.edges_of(path) for one in (e, e ^ 1)}
        if sound:
            without |= self.faults.keys()
        source, target = self.topology.ends[edge]
        return shortest_way(self.topology.out, self.weights, source, target, without, below)

    def rate(self, name: str) -> float | None:
        """A path's traffic with what this run moves onto it, Mbit/s; None when it is not known."""
        health = self.health.get(name)
        measured = measure(health.rate_mbit) if health is not None and health.fresh else None
        return None if measured is None else measured + self.load[name]

    def changes(self, name: str) -> int:
        """Changes of a path in the window."""
        return sum(self.now - flip.when < WINDOW_S for flip in self.flips.get(name, ()))

    def raise_costs(self, path: Path) -> None:
        """Set the steered cost on a path's edges."""
        for _place, edge in self.edges_of(path):
            if isinstance(path.value, int):
                self.metrics[edge] = max(self.metrics[edge], path.value)
                self.weights[edge] = weight_of(self.metrics[edge], edge in self.faults)

    def note_steer(self, path: Path, onto: Iterable[str]) -> None:
        """A steer was decided: later decisions see its cost, the load it moves and the change it is."""
        self.recent += 1
        self.steered.add(path.name)
        for _place, edge in self.edges_of(path):
            for one in (edge, edge ^ 1):
                self.faults.setdefault(one, f"{path.name} is steered itself")
                self.weights[one] = weight_of(self.metrics[one], marked=True)
        self.raise_costs(path)
        moved = self.rate(path.name) or 0.0
        for name in onto:
            self.load[name] += moved

    def state(self) -> tuple[Any, ...]:
        """What decisions change, for `reset`."""
        return (
            self.recent,
            set(self.steered),
            dict(self.faults),
            list(self.metrics),
            list(self.weights),
            dict(self.load),
        )

    def reset(self, state: tuple[Any, ...]) -> None:
        """Take back the decisions since `state`."""
        recent, steered, faults, metrics, weights, load = state
        self.recent, self.steered, self.faults = recent, set(steered), dict(faults)
        self.metrics, self.weights, self.load = list(metrics), list(weights), defaultdict(float, load)

    def note_restore(self) -> None:
        """A restore was decided: it counts as a change; what it frees is for the next run."""
        self.recent += 1


def _cost(value: str) -> int | None:
    """The cost that a router tells, None when it tells no number."""
    number = value.isascii() and value.isdigit() and len(value) < 6
    return min(max(int(value), 1), INFINITE_METRIC) if number else None


def severity_rank(severity: str) -> int:
    """Higher is worse; a word that is not known is the least."""
    return _SEVERITIES.index(severity) + 1 if severity in _SEVERITIES else 0


def was_read(router: LiveRouter | None) -> bool:
    """Whether a router answered. A busy one (locked, pending) did, and forwards; one that said nothing did not."""
    return router is not None and (not router.fault or bool(router.token or router.places))


def flips_of(routers: Iterable[LiveRouter], now: float) -> dict[str, list[Flip]]:
    """Flips by path, oldest first. A change is in the history of each of its routers and counts once, at its latest,
    and not before it was named: a router's clock may be behind."""
    newest: dict[tuple[Any, ...], Flip] = {}
    for router in routers:
        for flip in router.flips:
            named = named_at(flip.change_id)
            if named is not None and flip.when < named <= now:
                flip = replace(flip, when=named)
            key = (flip.path, flip.to, flip.change_id or flip.when)
            if key not in newest or (newest[key].when, newest[key].by) < (flip.when, flip.by):
                newest[key] = flip
    found: defaultdict[str, list[Flip]] = defaultdict(list)
    for flip in sorted(newest.values(), key=lambda f: (f.when, f.change_id, f.to, f.by)):
        found[flip.path].append(flip)
    return dict(found)


def active_freezes(routers: Iterable[LiveRouter], now: float) -> list[Freeze]:
    """Freezes that hold now, wherever they are written: one is enough for the whole network."""
    found = [r.freeze for r in routers if r.freeze is not None and (r.freeze.until is None or now < r.freeze.until)]
    return sorted(found, key=lambda f: (f.router, f.since))
