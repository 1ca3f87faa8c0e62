# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shortest path first over numbered nodes and edges (Dijkstra), made for many small questions to one large network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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

    `out[node]` are (neighbour, edge) pairs; edge ^ 1 is the same link in the other direction. `weights[edge]` are from
    `weight_of`; edges in `without` are not used. Searched from both ends, which meet half-way: in a large network that
    looks at a small part of what one search would.
    """
    best, middle = (below - 1) * _SCALE + 1, None
    sides = (_Side(source, 0), _Side(target, 1))
    while sides[0].heap and sides[1].heap:
        near, far = sides if sides[0].heap[0] <= sides[1].heap[0] else (sides[1], sides[0])
        if near.heap[0][0] + far.heap[0][0] >= best:
            break
        distance, node = heappop(near.heap)
        reached, known, came, flip = near.reached, far.reached, near.came, near.flip
        if distance > reached[node]:
            continue
        for neighbour, edge in out[node]:
            longer = distance + weights[edge ^ flip]
            if longer >= best or (edge ^ flip) in without or longer >= reached.get(neighbour, best):
                continue
            reached[neighbour] = longer
            came[neighbour] = (node, edge ^ flip)
            heappush(near.heap, (longer, neighbour))
            if neighbour in known and longer + known[neighbour] < best:
                best, middle = longer + known[neighbour], neighbour
    if middle is None:
        return None
    edges = (*reversed(sides[0].edges_to(middle)), *sides[1].edges_to(middle))
    return Way(-(-best // _SCALE), edges)


class _Side:
    """The search from one end; `flip` is 1 where edges are followed backwards."""

    def __init__(self, start: int, flip: int) -> None:
        self.flip = flip
        self.heap = [(0, start)]
        self.reached = {start: 0}
        self.came: dict[int, tuple[int, int]] = {}

    def edges_to(self, node: int) -> list[int]:
        """The edges from a node back to the start."""
        edges: list[int] = []
        while node in self.came:
            node, edge = self.came[node]
            edges.append(edge)
        return edges
