# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The intent as steering needs it: paths with their limits, and the network that the shortest ways are computed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, OspfInterface, Router
from ansible_collections.fairway.backbone.plugins.module_utils.spf import INFINITE_METRIC
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    DampingLimits,
    Limits,
    NetworkLimits,
    Path,
    Place,
)

REFERENCE_BANDWIDTH = 100000
"""Mbit/s; the schema's default of ospf.reference_bandwidth."""
ASSUMED_MBIT = 1000
"""The intent knows no interface speeds: one without a cost counts as this fast. Too high a cost is the careful mistake,
because a way round that looks long is not steered to."""


@dataclass(frozen=True)
class Link:
    """A link between two routers: names of router and logical interface at each end, and the OSPF cost of each."""

    a: tuple[str, str]
    b: tuple[str, str]
    cost_a: int
    cost_b: int


@dataclass(frozen=True)
class Topology:
    """Routers with their sites, and the links between them.

    Edge 2i of the graph is link i from a to b, at the cost of a's interface; edge 2i + 1 is the other direction.
    `overloaded` routers advertise the highest metric: nothing goes through them while there is another way.
    """

    sites: Mapping[str, str]
    links: tuple[Link, ...]
    overloaded: frozenset[str] = frozenset()

    @cached_property
    def number(self) -> dict[str, int]:
        """Router to node."""
        return {name: index for index, name in enumerate(sorted(self.sites))}

    @cached_property
    def ends(self) -> list[tuple[int, int]]:
        """Edge to its nodes, from and to."""
        pairs = [(self.number[link.a[0]], self.number[link.b[0]]) for link in self.links]
        return [end for a, b in pairs for end in ((a, b), (b, a))]

    @cached_property
    def out(self) -> list[list[tuple[int, int]]]:
        """Node to (neighbour, edge) pairs."""
        found: list[list[tuple[int, int]]] = [[] for _name in self.sites]
        for edge, (a, b) in enumerate(self.ends):
            found[a].append((b, edge))
        return found

    @cached_property
    def costs(self) -> list[int]:
        """Edge to the cost that the intent gives it."""
        return [cost for link in self.links for cost in (link.cost_a, link.cost_b)]

    @cached_property
    def edge_at(self) -> dict[tuple[str, str], int]:
        """(router, logical interface) to the edge that leaves there."""
        return {
            end: 2 * index + side for index, link in enumerate(self.links) for side, end in enumerate((link.a, link.b))
        }

    def router_of(self, edge: int) -> str:
        """The router that an edge leaves."""
        link = self.links[edge // 2]
        return (link.b if edge % 2 else link.a)[0]


def topology_of(fleet: Fleet) -> Topology:
    """The links on which OSPF is meant to form adjacencies. Hosts beside the fleet carry nobody's traffic."""
    links: list[Link] = []
    for router in fleet.routers.values():
        for here in router.ospf.values():
            there = _far_end(fleet, router, here)
            if there is not None and (here.router, here.name) < (there.router, there.name):
                costs = cost_of(router, here), cost_of(fleet.routers[there.router], there)
                links.append(Link((here.router, here.name), (there.router, there.name), *costs))
    links.sort(key=lambda link: (link.a, link.b))
    sites = {name: str(router.section("router").get("site", "")) for name, router in sorted(fleet.routers.items())}
    overloaded = frozenset(name for name, router in fleet.routers.items() if router.section("ospf").get("overload"))
    return Topology(sites, tuple(links), overloaded)


def cost_of(router: Router, interface: OspfInterface) -> int:
    """The OSPF cost of an interface, guessed for 1 Gbit/s when the intent leaves it to the platform."""
    cost = interface.data.get("cost")
    if isinstance(cost, int):
        return cost
    reference = router.section("ospf").get("reference_bandwidth", REFERENCE_BANDWIDTH)
    return min(max(1, int(reference) // ASSUMED_MBIT), INFINITE_METRIC)


def _far_end(fleet: Fleet, router: Router, here: OspfInterface) -> OspfInterface | None:
    """The OSPF interface at the other end, None when no adjacency is meant to form."""
    unit = router.units.get(here.name)
    if unit is None or unit.disabled or here.passive:
        return None
    other = fleet.peer_unit(unit)
    if other is None or other.disabled or other.router not in fleet.routers or other.router == router.name:
        return None
    there = fleet.routers[other.router].ospf.get(other.name)
    return None if there is None or there.passive else there


def paths_of(fleet: Fleet) -> tuple[dict[str, Path], NetworkLimits]:
    """`steering` of the intent, which all routers share, with the schema's defaults. Empty when there is none."""
    for name in sorted(fleet.routers):
        section = fleet.routers[name].section("steering")
        if section:
            paths = {key: path_of(key, data) for key, data in sorted((section.get("paths") or {}).items())}
            return paths, network_limits_of(section.get("limits") or {})
    return {}, NetworkLimits()


def network_limits_of(data: Mapping[str, Any]) -> NetworkLimits:
    """`steering.limits`, what is not said at the schema's default."""
    default, flaps = NetworkLimits(), data.get("damping") or {}
    return NetworkLimits(
        changes_per_hour=int(data.get("changes_per_hour", default.changes_per_hour)),
        paths_at_once=int(data.get("paths_at_once", default.paths_at_once)),
        damping=DampingLimits(
            half_life_s=float(flaps.get("half_life", default.damping.half_life_s)),
            suppress=float(flaps.get("suppress", default.damping.suppress)),
            reuse=float(flaps.get("reuse", default.damping.reuse)),
            max_suppress_s=float(flaps.get("max_suppress", default.damping.max_suppress_s)),
        ),
    )


def path_of(name: str, data: Mapping[str, Any]) -> Path:
    """One entry of `steering.paths`."""
    return Path(
        name=name,
        action=data["action"],
        value=data.get("value"),
        places=tuple(place_of(data["action"], member) for member in data["members"]),
        alternates=tuple(data["alternates"]),
        limits=limits_of(data.get("limits") or {}),
    )


def place_of(action: str, member: Mapping[str, Any]) -> Place:
    """Where one member of a path has what the action changes."""
    if action == "ospf_cost":
        return Place(member["router"], ("ospf", member["interface"]))
    if action == "policy_term":
        return Place(member["router"], ("policy", member["policy"], member["term"]))
    return Place(member["router"], ("static", ip.canonical(member["prefix"])))


def limits_of(data: Mapping[str, Any]) -> Limits:
    """A path's `limits`, what is not said at the schema's default."""
    default = Limits()
    return Limits(
        hold_down_s=float(data.get("hold_down", default.hold_down_s)),
        cooldown_s=float(data.get("cooldown", default.cooldown_s)),
        changes_per_hour=int(data.get("changes_per_hour", default.changes_per_hour)),
        capacity_mbit=float(data["capacity"]) if "capacity" in data else None,
    )
