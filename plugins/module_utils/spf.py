# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shortest path first over numbered nodes and edges (Dijkstra), made for many small questions to one large network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

INFINITE_METRIC = 65535
"""OSPF's highest interface metric: what an overloaded router advertises (RFC 6987)."""

_SCALE = 1 << 16
"""Weights are metric * _SCALE, less 1 for a marked edge: of ways with the same metric the most marked one is found."""


@dataclass(frozen=True)
class Way:
    """A way through the network: the sum of its metrics, and its edges in order."""

    metric: int
    edges: tuple[int, ...]


def weight_of(metric: int, marked: bool) -> int:
    """The weight of an edge for `shortest_way`."""
    return metric * _SCALE - marked


def shortest_way(
    out: Sequence[Sequence[tuple[int, int]]],
    weights: Sequence[int],
    source: int,
    target: int,
    without: Collection[int],
    below: int,
) -> Way | None:
    """The shortest way whose metric is less than `below`, None when there is none.

    `out[node]` are (neighbour, edge) pairs, `weights[edge]` from `weight_of`, `without` edges that are not used.
    """
    limit = (below - 1) * _SCALE
    best = {source: 0}
    came: dict[int, tuple[int, int]] = {}
    done: set[int] = set()
    heap = [(0, source)]
    while heap:
        distance, node = heappop(heap)
        if node == target:
            return Way(-(-distance // _SCALE), _edges(came, source, target))
        if node in done:
            continue
        done.add(node)
        for neighbour, edge in out[node]:
            reached = distance + weights[edge]
            if reached <= limit and edge not in without and reached < best.get(neighbour, reached + 1):
                best[neighbour] = reached
                came[neighbour] = (node, edge)
                heappush(heap, (reached, neighbour))
    return None


def _edges(came: dict[int, tuple[int, int]], source: int, target: int) -> tuple[int, ...]:
    edges: list[int] = []
    node = target
    while node != source:
        node, edge = came[node]
        edges.append(edge)
    return tuple(reversed(edges))


def components(nodes: int, ends: Sequence[tuple[int, int]], usable: Callable[[int], bool]) -> list[int]:
    """A number for each node, the same for nodes that usable edges connect. `ends[edge]` are its two nodes."""
    parent = list(range(nodes))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for edge, (a, b) in enumerate(ends):
        if usable(edge):
            parent[root(a)] = root(b)
    return [root(node) for node in range(nodes)]
