"""One steering decision over a large network with many sick paths, beside the plain way to ask the same question.

The network: sites of ten routers, each a ring with chords, and links between sites, all paths of steering. A fifth of
the paths is sick at once, each with a critical alert, and the limits let them all be steered, so that every one of them
is taken through every guard and each sees the ones before it. The histories hold old changes of every path.

The plain way is what an engineer would write first: for a sick path, the shortest ways from every site with the link
as it is and with the link steered, then compare. It is timed for one path, and would be needed for each.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.steering import decide
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Alert,
    Flip,
    LivePlace,
    LiveRouter,
    NetworkLimits,
    Path,
    PathHealth,
    Place,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import Link, Topology

NOW = 1_800_000_000.0
SITE = 10
VALUE = 2000


@dataclass(frozen=True)
class World:
    """Everything that a decision is made from, as keyword arguments of `decide`, and the names of the sick paths."""

    inputs: dict[str, Any]
    sick: frozenset[str]


def router(index: int) -> str:
    """Name of router `index`, counted from 0."""
    return f"bench-{index:04d}"


def pairs(routers: int, links: int, seed: random.Random) -> list[tuple[int, int]]:
    """Which routers are linked: a ring and two chords in each site, a ring of sites, then links at random."""
    found: dict[tuple[int, int], None] = {}
    for first in range(0, routers, SITE):
        for step in range(SITE):
            for reach in (1, 3) if step % 4 == 0 else (1,):
                a, b = first + step, first + (step + reach) % SITE
                found[min(a, b), max(a, b)] = None
        for port in (0, 5):
            a, b = first + port, (first + SITE + port) % routers
            found[min(a, b), max(a, b)] = None
    while len(found) < links:
        a, b = seed.randrange(routers), seed.randrange(routers)
        if a // SITE != b // SITE:
            found[min(a, b), max(a, b)] = None
    return list(found)[:links]


def topology(routers: int, links: int, seed: random.Random) -> Topology:
    """The network: short links in a site, long ones between sites."""
    sites = {router(index): f"site-{index // SITE:03d}" for index in range(routers)}
    made = []
    for number, (a, b) in enumerate(pairs(routers, links, seed)):
        cost = seed.choice((10, 20)) if a // SITE == b // SITE else seed.randrange(50, 400)
        made.append(Link((router(a), f"eth{number}"), (router(b), f"eth{number}"), cost, cost))
    return Topology(sites, tuple(made))


def world(routers: int, links: int, sick: int) -> World:
    """A network, its paths, and a bad hour. The same arguments make the same world."""
    seed = random.Random(routers + links + sick)
    network = topology(routers, links, seed)
    between = [link for link in network.links if network.sites[link.a[0]] != network.sites[link.b[0]]]
    paths: dict[str, Path] = {}
    for number, link in enumerate(between):
        places = tuple(Place(name, ("ospf", port)) for name, port in (link.a, link.b))
        name, other = f"wan/{number:04d}", f"wan/{(number + 1) % len(between):04d}"
        path = Path(name, "ospf_cost", VALUE, places, (other, f"wan/{(number + 7) % len(between):04d}"))
        paths[name] = replace(path, limits=replace(path.limits, capacity_mbit=1e9))
    ill = frozenset(seed.sample(sorted(paths), sick))
    health = {
        name: PathHealth(name, True, name in ill, 0.0 if name in ill else 1e5, 0.3 * (name in ill), 0.01, 100.0)
        for name in paths
    }
    flips = tuple(
        Flip(name, state, NOW - age, f"fw-{name}-{state}")
        for name in sorted(paths)
        for state, age in ((STEERED, 90000.0), (NORMAL, 86000.0))
    )
    standing = [LivePlace(place, False) for path in paths.values() for place in path.places]
    at: dict[str, list[LivePlace]] = {name: [] for name in network.sites}
    for one in standing:
        at[one.place.router].append(one)
    live = {name: LiveRouter(name, places=tuple(at[name]), flips=flips[:50], token="1") for name in network.sites}
    alerts = [Alert(name, "PathLoss", "critical", NOW - 5) for name in sorted(ill)]
    return World(
        {
            "paths": paths,
            "network": NetworkLimits(changes_per_hour=1000, paths_at_once=1000),
            "topology": network,
            "alerts": alerts,
            "health": health,
            "live": live,
            "now": NOW,
        },
        ill,
    )


def plain_spf(network: Topology, costs: list[int], source: int) -> list[int]:
    """Distances from one router to all."""
    distance = [1 << 30] * len(network.sites)
    distance[source] = 0
    heap = [(0, source)]
    while heap:
        reached, node = heappop(heap)
        if reached > distance[node]:
            continue
        for neighbour, edge in network.out[node]:
            longer = reached + costs[edge]
            if longer < distance[neighbour]:
                distance[neighbour] = longer
                heappush(heap, (longer, neighbour))
    return distance


def plain_way(made: World) -> float:
    """Seconds to find, for one path, which sites' traffic leaves it: an SPF per site, before and after."""
    network, path = made.inputs["topology"], made.inputs["paths"][min(made.sick)]
    steered = list(network.costs)
    for place in path.places:
        steered[network.edge_at[place.router, place.key[1]]] = VALUE
    started = time.perf_counter()
    moved = 0
    for source in range(0, len(network.sites), SITE):
        moved += plain_spf(network, network.costs, source) != plain_spf(network, steered, source)
    if not moved:
        raise SystemExit("no site's traffic uses the path that the plain way looked at")
    return time.perf_counter() - started


def fresh(made: World) -> World:
    """The same world with a topology that has computed nothing yet, as a run reads it."""
    known = made.inputs["topology"]
    return replace(made, inputs={**made.inputs, "topology": Topology(known.sites, known.links)})


def decide_once(made: World) -> tuple[float, float, int]:
    """Wall-clock and processor seconds of one decision, and how many paths it steers."""
    now = fresh(made)
    started, used = time.perf_counter(), time.process_time()
    decisions = decide(**now.inputs)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    return seconds, cpu, sum(decision.verdict == "steer" for decision in decisions)


def main() -> None:
    """Decide several times, ask the plain way once, print the numbers as JSON."""
    parser = argparse.ArgumentParser()
    for name, default in (("routers", 1000), ("links", 4000), ("sick", 200), ("repeat", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    made = world(options.routers, options.links, options.sick)
    runs = [decide_once(made) for _turn in range(options.repeat)]
    print(
        json.dumps(
            {
                "seconds": min(run[0] for run in runs),
                "cpu_s": min(run[1] for run in runs),
                "steered": runs[0][2],
                "paths": len(made.inputs["paths"]),
                "plain_one_path_s": plain_way(made),
            }
        )
    )


if __name__ == "__main__":
    main()
