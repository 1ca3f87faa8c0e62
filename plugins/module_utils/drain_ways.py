# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which steps a router's OSPF costs rise so that taking it out of service makes no micro-loop. Pure.

When the costs of a router change at once, its neighbours compute their new ways some milliseconds apart. Meanwhile one
that has moved may send packets to one that has not, which sends them straight back. Costs that rise in steps avoid
that: between two steps only such routers move as do not point at each other (Francois, Shand, Bonaventure,
"Disruption-free topology reconfiguration in OSPF networks", INFOCOM 2007; Clad et al., "Graceful router updates in
link-state protocols", ICNP 2013).

A state of the network is what is added to the cost of each of the router's interfaces. From one step to the next every
router may follow the old state, the new one, or one between them, in which only some interfaces have changed yet: a
router may write and announce them one after the other. All these ways together must have no loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

from ansible_collections.fairway.backbone.plugins.module_utils.spf import INFINITE_METRIC

MOST_STEPS = 8
"""More steps than that are not worth a change each: then a few packets may be lost."""
MOST_CHECKS = 400
"""Targets times interfaces up to which every state of a half-announced step is looked at."""

Hops = Mapping[str, frozenset[str]]
"""A router to the neighbours that it sends the packets for one destination to."""


@dataclass(frozen=True)
class Edge:
    """A direction of a link: what leaves `source` through `interface` comes to `target`."""

    source: str
    interface: str
    target: str
    cost: int


@dataclass(frozen=True)
class Network:
    """The links on which OSPF runs. A host that is nobody's way (a probe, a server) is only ever a target."""

    edges: tuple[Edge, ...]

    @cached_property
    def into(self) -> dict[str, list[Edge]]:
        """Edges by their target."""
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.target, []).append(edge)
        return found

    def interfaces(self, router: str) -> list[str]:
        """The interfaces of a router, in order."""
        return sorted({edge.interface for edge in self.edges if edge.source == router})


def steps(network: Network, router: str, *, strict: bool = False) -> tuple[int, ...] | None:
    """What to add to the router's costs, step by step, before it is taken out of service; nothing when one will do.

    None when no sequence of MOST_STEPS is without a loop. Backwards they bring the router back. When nothing helps
    while the interfaces change one after the other, it is as if they changed at once; None with `strict`.
    """
    targets = _concerned(network, router)
    interfaces = network.interfaces(router)
    if strict or len(targets) * len(interfaces) <= MOST_CHECKS:
        found = _sequence(_Case(network, router, targets, interfaces))
        if found is not None or strict:
            return found
    return _sequence(_Case(network, router, targets, ()))


@dataclass(frozen=True)
class _Case:
    """`one_by_one`: the interfaces, when they may change one after the other."""

    network: Network
    router: str
    targets: Sequence[str]
    one_by_one: Sequence[str]

    def free(self, old: int, new: int | None) -> bool:
        """Whether the step makes no loop."""
        names = self.network.interfaces(self.router)
        states = list(between(names, old, new)) if self.one_by_one else [dict.fromkeys(names, x) for x in (old, new)]
        return not any(
            has_loop([next_hops(self.network, target, state, self.router) for state in states])
            for target in self.targets
        )


def _sequence(case: _Case) -> tuple[int, ...] | None:
    candidates = _candidates(case.network, case.router, case.targets)
    found: list[int] = []
    here = 0
    while not case.free(here, None):
        step = _furthest(case, here, [value for value in candidates if value > here])
        if step is None or len(found) == MOST_STEPS:
            return None
        found.append(step)
        here = step
    return tuple(found)


def _concerned(network: Network, router: str) -> list[str]:
    """The targets that somebody reaches through the router: the ways to all others stay what they are."""
    found = []
    for target in sorted({edge.target for edge in network.edges} - {router}):
        hops = next_hops(network, target, {}, router)
        if any(router in targets for targets in hops.values()):
            found.append(target)
    return found


def next_hops(network: Network, target: str, added: Mapping[str, int | None], router: str) -> Hops:
    """Where every router sends what is for `target`, with `added` to the costs of the router's interfaces.

    None is the highest cost. Several next hops share the traffic.
    """
    far = _distances(network, target, added, router)
    hops: dict[str, set[str]] = {}
    for edge in network.edges:
        if edge.target not in far or edge.source not in far or edge.source == target:
            continue
        if far[edge.target] + _cost(edge, added, router) == far[edge.source]:
            hops.setdefault(edge.source, set()).add(edge.target)
    return {source: frozenset(found) for source, found in hops.items()}


def has_loop(ways: Sequence[Hops]) -> bool:
    """Whether a packet could go round when every router follows any of these states."""
    union: dict[str, set[str]] = {}
    for hops in ways:
        for source, targets in hops.items():
            union.setdefault(source, set()).update(targets)
    left = {source: len(nexts & union.keys()) for source, nexts in union.items()}
    before: dict[str, list[str]] = {}
    for source, nexts in union.items():
        for target in nexts & union.keys():
            before.setdefault(target, []).append(source)
    ends = [source for source, count in left.items() if count == 0]
    done = 0
    while ends:
        done += 1
        for source in before.get(ends.pop(), ()):
            left[source] -= 1
            if left[source] == 0:
                ends.append(source)
    return done < len(left)


def between(interfaces: Sequence[str], old: int, new: int | None) -> Iterator[dict[str, int | None]]:
    """All states from one step to the next, when the interfaces change one after the other, from either end."""
    for count in range(len(interfaces) + 1):
        first: dict[str, int | None] = {name: new if number < count else old for number, name in enumerate(interfaces)}
        yield first
        if 0 < count < len(interfaces):
            yield {name: old if number < count else new for number, name in enumerate(interfaces)}


def _furthest(case: _Case, here: int, ahead: Sequence[int]) -> int | None:
    """The highest step that makes no loop. A longer step moves all routers that a shorter one does, and more."""
    low, high = 0, len(ahead)
    while low < high:
        middle = (low + high) // 2
        if case.free(here, ahead[middle]):
            low = middle + 1
        else:
            high = middle
    return ahead[low - 1] if low else None


def _candidates(network: Network, router: str, targets: Sequence[str]) -> list[int]:
    """The steps at which some router leaves the ways through `router`, or shares the traffic for once."""
    interfaces = network.interfaces(router)
    nothing: dict[str, int | None] = dict.fromkeys(interfaces, 0)
    to_router = _distances(network, router, nothing, router)
    found: set[int] = set()
    for target in targets:
        through = _distances(network, target, nothing, router)
        around = _distances(network, target, nothing, router, without=router)
        if router not in through:
            continue
        for name, far in around.items():
            longer = far - to_router[name] - through[router] if name in to_router else 0
            found |= {step for step in (longer, longer + 1) if 0 < step < INFINITE_METRIC}
    return sorted(found)


def _cost(edge: Edge, added: Mapping[str, int | None], router: str) -> int:
    if edge.source != router:
        return edge.cost
    more = added.get(edge.interface, 0)
    return INFINITE_METRIC if more is None else min(edge.cost + more, INFINITE_METRIC)


def _distances(
    network: Network, target: str, added: Mapping[str, int | None], router: str, without: str = ""
) -> dict[str, int]:
    """How far every router is from a target, `without` passing one."""
    far: dict[str, int] = {}
    heap = [(0, target)]
    while heap:
        distance, node = heappop(heap)
        if node in far:
            continue
        far[node] = distance
        for edge in network.into.get(node, ()):
            if edge.source not in far and edge.source != without:
                heappush(heap, (distance + _cost(edge, added, router), edge.source))
    return far
