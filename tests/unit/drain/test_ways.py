"""Costs that rise in steps: between two of them no packet can go round, on any network."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.drain_ways import (
    MOST_STEPS,
    Edge,
    Network,
    between,
    has_loop,
    next_hops,
    steps,
)


def link(a: str, b: str, cost: int, back: int | None = None) -> list[Edge]:
    return [Edge(a, f"to-{b}", b, cost), Edge(b, f"to-{a}", a, cost if back is None else back)]


LAB = Network(
    (
        *link("jkt-r1", "sby-r1", 100), *link("jkt-r2", "sby-r2", 150), *link("jkt-r1", "jkt-r2", 10),
        *link("sby-r1", "sby-r2", 10),
        # Probes are nobody's way.
        Edge("jkt-r1", "p", "jkt-probe", 10), Edge("jkt-r2", "p", "jkt-probe", 10),
        Edge("sby-r1", "p", "sby-probe", 10), Edge("sby-r2", "p", "sby-probe", 10),
    )
)  # fmt: skip


def test_the_lab_loses_packets_at_once_and_none_in_two_steps() -> None:
    """sby-r1 turns round to sby-r2, which still sends to sby-r1: seen on the lab, five packets of 500 a second."""
    old, new = (next_hops(LAB, "jkt-probe", dict.fromkeys(("p", "to-sby-r1", "to-jkt-r2"), x), "jkt-r1")
                for x in (0, None))  # fmt: skip
    assert (set(old["sby-r2"]), set(new["sby-r1"])) == ({"sby-r1"}, {"sby-r2"})
    assert has_loop([old, new])
    # sby-r2 leaves at 40, sby-r1 stays until 60. And when the costs of the last step come one after the other, jkt-r1
    # itself turns round to sby-r1, which must have left by then.
    assert steps(LAB, "jkt-r1") == (41, 61)


def test_a_router_that_nobody_goes_through_needs_no_steps() -> None:
    assert steps(LAB, "jkt-r2") == ()
    assert steps(Network(()), "jkt-r1") == ()
    assert steps(Network(tuple(link("a", "b", 10))), "a") == ()


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Connected, up to seven routers, costs that may differ in the two directions."""
    count = draw(st.integers(2, 7))
    names = [f"r{number}" for number in range(count)]
    pairs = {(draw(st.integers(0, number - 1)), number) for number in range(1, count)}
    pairs |= draw(st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=8))
    cost = st.integers(1, 60)
    edges = [edge for a, b in sorted(pairs) if a != b for edge in link(names[a], names[b], draw(cost), draw(cost))]
    known = {(edge.source, edge.target): edge for edge in edges}
    return Network(tuple(known.values()))


@given(networks())
@settings(deadline=None, max_examples=300)
def test_no_packet_goes_round_between_two_steps(network: Network) -> None:
    found = steps(network, "r0")
    if found is None:
        return
    assert list(found) == sorted(set(found))
    assert len(found) <= MOST_STEPS
    names = network.interfaces("r0")
    for old, new in pairwise((0, *found, None)):
        assert old is not None
        for target in {edge.target for edge in network.edges} - {"r0"}:
            ends = [dict.fromkeys(names, state) for state in (old, new)]
            assert not has_loop([next_hops(network, target, state, "r0") for state in ends])


@given(networks())
@settings(deadline=None, max_examples=200)
def test_nor_while_the_costs_of_a_step_come_one_after_the_other(network: Network) -> None:
    found = steps(network, "r0", strict=True)
    if found is None:
        return
    names = network.interfaces("r0")
    for old, new in pairwise((0, *found, None)):
        assert old is not None
        for target in {edge.target for edge in network.edges} - {"r0"}:
            assert not has_loop([next_hops(network, target, state, "r0") for state in between(names, old, new)])


@given(networks())
@settings(deadline=None, max_examples=100)
def test_a_state_by_itself_has_no_loop(network: Network) -> None:
    for target in {edge.target for edge in network.edges}:
        for added in (0, 7, None):
            state = dict.fromkeys(network.interfaces("r0"), added)
            assert not has_loop([next_hops(network, target, state, "r0")])


@given(networks(), st.integers(0, 6), st.integers(0, 6))
@settings(deadline=None, max_examples=100)
def test_a_loop_is_found_wherever_it_is(network: Network, at: int, length: int) -> None:
    nodes = [f"x{number}" for number in range(at, at + length + 1)]
    ring = {a: frozenset({b}) for a, b in zip(nodes, [*nodes[1:], nodes[0]], strict=True)}
    hops = next_hops(network, "r0", {}, "r0")
    assert has_loop([hops, ring])
