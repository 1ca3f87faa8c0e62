"""last_path on random networks, compared with the plain way: every pair of routers, before and after.

What the guard lets pass must be right for every pair; what it stops must be wrong for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.steering import decide
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    Alert,
    Decision,
    LivePlace,
    LiveRouter,
    NetworkLimits,
    Path,
    PathHealth,
    Place,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import Link, Topology
from ansible_collections.fairway.backbone.plugins.module_utils.steering_what_if import last_path

pytestmark = pytest.mark.timeout(300)
"""Many examples; on a busy machine they take their time."""
NEVER = 1 << 40
ROUTERS = ("a1", "a2", "b1", "b2", "c1", "c2")
SICK, WELL = "wan/sick", "wan/well"
Costs = dict[tuple[str, str, int], int]
"""Cost by router, neighbour and number of the link."""


@dataclass(frozen=True)
class Network:
    """Link 0 is the sick path's. `faulty` links belong to paths that are sick too. `value` is the steered cost."""

    links: tuple[tuple[str, str, int, int], ...]
    faulty: frozenset[int]
    silent: str
    value: int

    def costs(self, *, steered: bool) -> Costs:
        found: Costs = {}
        for number, (a, b, there, back) in enumerate(self.links):
            raised = steered and number == 0
            found[a, b, number] = self.value if raised else there
            found[b, a, number] = self.value if raised else back
        return found

    def bad(self) -> set[int]:
        silent = {n for n, (a, b, _there, _back) in enumerate(self.links) if self.silent in (a, b)}
        return silent | self.faulty

    def decision(self) -> Decision:
        topology = Topology(
            {name: name[0] for name in ROUTERS},
            tuple(Link((a, f"if{n}"), (b, f"if{n}"), there, back) for n, (a, b, there, back) in enumerate(self.links)),
        )
        names = {SICK: 0, **{f"wan/{number}": number for number in self.faulty}}
        paths = {
            name: Path(
                name,
                "ospf_cost",
                self.value,
                tuple(Place(router, ("ospf", f"if{number}")) for router in self.links[number][:2]),
                (WELL,),
            )
            for name, number in names.items()
        }
        paths[WELL] = Path(WELL, "policy_term", None, (), (SICK,))
        live = {name: LiveRouter(name, token="1") for name in ROUTERS}
        if self.silent:
            live[self.silent] = LiveRouter(self.silent, fault="no route to host")
        places = [LivePlace(place, False) for path in paths.values() for place in path.places]
        for place in places:
            router = live[place.place.router]
            if not router.fault:
                live[router.name] = LiveRouter(router.name, places=(*router.places, place), token="1")
        decisions = decide(
            paths=paths,
            network=NetworkLimits(),
            topology=topology,
            alerts=[Alert(SICK, "PathLoss")],
            health={name: PathHealth(name, True, name != WELL) for name in paths},
            live=live,
            now=0.0,
            guards=(last_path,),
        )
        return next(decision for decision in decisions if decision.path == SICK)


def all_pairs(costs: Costs, without: set[int]) -> dict[tuple[str, str], int]:
    """Floyd and Warshall's."""
    found = {(a, b): 0 if a == b else NEVER for a in ROUTERS for b in ROUTERS}
    for (a, b, number), cost in costs.items():
        if number not in without:
            found[a, b] = min(found[a, b], cost)
    for middle in ROUTERS:
        for a in ROUTERS:
            for b in ROUTERS:
                found[a, b] = min(found[a, b], found[a, middle] + found[middle, b])
    return found


def on_a_shortest_way(costs: Costs, pairs: dict[tuple[str, str], int], a: str, b: str) -> set[int]:
    """The links that traffic from a to b uses, equal ways included."""
    if pairs[a, b] >= NEVER:
        return set()
    return {n for (u, v, n), cost in costs.items() if pairs[a, u] + cost + pairs[v, b] == pairs[a, b]}


@st.composite
def networks(draw: st.DrawFn) -> Network:
    costs = st.integers(1, 9)
    pairs = st.permutations(ROUTERS).map(lambda names: (names[0], names[1]))
    links = draw(st.lists(st.tuples(pairs, costs, costs), min_size=4, max_size=11))
    faulty = draw(st.sets(st.integers(1, len(links) - 1), max_size=2)) if draw(st.booleans()) else set()
    silent = draw(st.sampled_from(["", "", "", *ROUTERS]))
    value = draw(st.sampled_from([12, 20, 60]))
    made = tuple((a, b, there, back) for (a, b), there, back in links)
    return Network(made, frozenset(faulty), silent, value)


@settings(max_examples=100, deadline=None)
@given(networks())
def test_what_passes_is_right_for_every_pair(network: Network) -> None:
    assume(network.silent not in network.links[0][:2])
    decision = network.decision()
    event(decision.verdict)
    now, then = network.costs(steered=False), network.costs(steered=True)
    before, after = all_pairs(now, set()), all_pairs(then, set())
    sound_before = all_pairs(now, network.bad())
    sound_after = all_pairs(then, network.bad() | {0})
    ends = {network.links[0][:2], network.links[0][1::-1]}
    wrong: list[str] = []
    for a, b in permutations(ROUTERS, 2):
        if 0 in on_a_shortest_way(then, after, a, b):
            wrong.append(f"{a} to {b} stays")
        if sound_before[a, b] < NEVER and sound_after[a, b] >= NEVER:
            wrong.append(f"{a} to {b} is cut")
        if (a, b) in ends and on_a_shortest_way(then, after, a, b) & network.bad():
            wrong.append(f"{a} to {b} goes over what is sick or silent")
        assert before[a, b] <= after[a, b]
    assert (decision.verdict == "steer") == (not wrong), (decision.reason, wrong)
