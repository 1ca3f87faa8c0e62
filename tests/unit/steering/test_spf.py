"""The shortest way, compared with the plain way of finding it (Bellman and Ford's) on random networks."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.spf import Way, shortest_way, weight_of

NODES = 7
NEVER = 1 << 40
LINKS = st.lists(
    st.tuples(
        st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.integers(1, 6), st.integers(1, 6), st.booleans()
    ),
    max_size=16,
)
Links = list[tuple[int, int, int, int, bool]]


class Net:
    """Links as numbered edges: 2i from a to b, 2i + 1 back. A marked link is marked in both directions."""

    def __init__(self, links: Links) -> None:
        self.ends = [end for a, b, *_rest in links for end in ((a, b), (b, a))]
        self.metrics = [metric for _a, _b, there, back, _mark in links for metric in (there, back)]
        self.marked = [mark for *_rest, mark in links for _side in range(2)]
        self.out: list[list[tuple[int, int]]] = [[] for _node in range(NODES)]
        for edge, (a, b) in enumerate(self.ends):
            self.out[a].append((b, edge))

    def way(self, source: int, target: int, without: set[int], below: int = NEVER) -> Way | None:
        weights = [weight_of(metric, mark) for metric, mark in zip(self.metrics, self.marked, strict=True)]
        return shortest_way(self.out, weights, source, target, without, below)

    def distances(self, source: int, without: set[int]) -> list[tuple[int, int]]:
        """Metric and, negative, the most marks of a shortest way, to every node."""
        found = [(NEVER, 0)] * NODES
        found[source] = (0, 0)
        for _round in range(NODES):
            for edge, (a, b) in enumerate(self.ends):
                if edge not in without and found[a][0] < NEVER:
                    step = (found[a][0] + self.metrics[edge], found[a][1] - self.marked[edge])
                    found[b] = min(found[b], step)
        return found


@settings(deadline=None)
@given(LINKS, st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.sets(st.integers(0, 31), max_size=4))
def test_it_is_the_shortest_and_of_the_shortest_the_most_marked(
    links: Links, source: int, target: int, without: set[int]
) -> None:
    net = Net(links)
    if source == target:
        return
    metric, marks = net.distances(source, without)[target]
    way = net.way(source, target, without)
    if metric == NEVER:
        assert way is None
        return
    assert way is not None
    assert way.metric == metric
    node = source
    for edge in way.edges:
        assert net.ends[edge][0] == node
        assert edge not in without
        node = net.ends[edge][1]
    assert node == target
    assert sum(net.metrics[edge] for edge in way.edges) == metric
    assert sum(net.marked[edge] for edge in way.edges) == -marks


@settings(deadline=None)
@given(LINKS, st.integers(1, NODES - 1), st.integers(1, 20))
def test_a_way_that_is_not_shorter_than_asked_is_none(links: Links, target: int, below: int) -> None:
    net = Net(links)
    metric = net.distances(0, set())[target][0]
    assert (net.way(0, target, set(), below) is not None) == (metric < below)


def test_where_the_two_searches_meet_first_need_not_be_on_the_shortest_way() -> None:
    """0-2-1 costs 5 + 5 and is found first; 0-3-4-1 costs 3 + 3 + 3."""
    links = [(0, 2, 5, 5, False), (2, 1, 5, 5, False), (0, 3, 3, 3, False), (3, 4, 3, 3, False), (4, 1, 3, 3, False)]
    way = Net(links).way(0, 1, set())
    assert way is not None
    assert way.metric == 9
