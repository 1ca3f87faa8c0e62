# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the intent says of a router that is to be drained: its site, who sees its paths, and its steps. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.drain_ways import Edge, Network, steps
from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent.expect import expectations
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, OspfInterface, Router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.steer import wanted_values
from ansible_collections.fairway.backbone.plugins.module_utils.spf import INFINITE_METRIC
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import cost_of


@dataclass(frozen=True)
class Plan:
    """`partners`: the other routers of the site. `witnesses`: routers with a BGP session to it, partners first.
    `addresses`: next hops that stand for the router. `interfaces`: where it carries traffic, and with some
    neighbours only, where these are. `steps`: what to
    add to its OSPF costs before, see drain_ways; None when nothing helps, or costs are not in the intent."""

    router: str
    site: str
    partners: tuple[str, ...]
    witnesses: tuple[str, ...]
    addresses: tuple[str, ...]
    interfaces: tuple[str, ...]
    steps: tuple[int, ...] | None
    expect: Mapping[str, Any]


def plan(fleet: Fleet, name: str, live: Mapping[str, LiveRouter] | None = None, neighbors: Sequence[str] = ()) -> Plan:
    """Everything that draining or undraining a router needs of the intent. Raises KeyError for an unknown router."""
    router = fleet.routers[name]
    sites = sites_of(fleet)
    partners = tuple(sorted(other for other, site in sites.items() if site == sites[name] and other != name))
    peers = {unit.router for session in router.sessions for unit in fleet.owners.get(session.address, ())}
    witnesses = sorted((peers & fleet.routers.keys()) - {name}, key=lambda other: (other not in partners, other))
    own = {ip.canonical(address.partition("/")[0]) for unit in router.units.values() for address in unit.addresses}
    own |= {session.address for session in router.sessions if not session.internal}
    guessed = any("cost" not in interface.data for _edge, interface in _links(fleet, router))
    return Plan(
        router=name,
        site=sites[name],
        partners=partners,
        witnesses=tuple(witnesses),
        addresses=tuple(sorted(own)),
        interfaces=tuple(_interfaces(router, neighbors)),
        steps=None if guessed else steps(network_of(fleet, live or {}), name),
        expect=expectations(fleet, router),
    )


def _interfaces(router: Router, neighbors: Sequence[str]) -> list[str]:
    """The interfaces, with their devices, that lead to these neighbours; all but management without neighbours."""
    management = (router.section("router").get("management") or {}).get("interface")
    wanted = [ipaddress.ip_address(ip.canonical(address)) for address in neighbors]
    found = set()
    for unit in router.units.values():
        near = [ipaddress.ip_interface(address).network for address in unit.addresses]
        if unit.device != management and (not wanted or any(one in net for one in wanted for net in near)):
            found |= {unit.name} if neighbors else {unit.name, unit.device}
    return sorted(found)


def sites_of(fleet: Fleet) -> dict[str, str]:
    """Router to site."""
    return {name: str(router.section("router").get("site", "")) for name, router in fleet.routers.items()}


def network_of(fleet: Fleet, live: Mapping[str, LiveRouter]) -> Network:
    """The links of OSPF with their costs; where a path is steered its steered cost, and around a drained router."""
    edges = []
    for router in fleet.routers.values():
        known = live.get(router.name)
        around = bool(router.section("ospf").get("overload")) or (known is not None and known.drained)
        steered = steered_costs(router, known)
        for edge, interface in _links(fleet, router):
            cost = INFINITE_METRIC if around else steered.get(interface.name, edge.cost)
            edges.append(Edge(edge.source, edge.interface, edge.target, cost))
    return Network(tuple(edges))


def steered_costs(router: Router, live: LiveRouter | None) -> dict[str, int]:
    """The interfaces of a router whose cost is a steered one now, with that cost."""
    values = wanted_values(router.name, router.section("steering").get("paths") or {})
    return {
        place.place.key[1]: int(values[place.place.key])
        for place in (live.places if live else ())
        if place.marker is not None and place.place.key[0] == "ospf" and values.get(place.place.key, "").isdigit()
    }


def normal_costs(router: Router, live: LiveRouter | None) -> dict[str, int]:
    """What every OSPF interface over which traffic passes costs while the router is in service."""
    costs = {
        interface.name: cost_of(router, interface)
        for interface in router.ospf.values()
        if _sends(router, interface) and "cost" in interface.data
    }
    return {**costs, **{name: cost for name, cost in steered_costs(router, live).items() if name in costs}}


def _sends(router: Router, interface: OspfInterface) -> bool:
    unit = router.units.get(interface.name)
    return unit is not None and not unit.disabled and not interface.passive


def _links(fleet: Fleet, router: Router) -> Iterator[tuple[Edge, OspfInterface]]:
    """What leaves a router: to another one, or to a host beside the fleet, which is nobody's way."""
    for interface in router.ospf.values():
        unit = router.units.get(interface.name)
        peer = unit.data.get("peer") if unit is not None else None
        if unit is None or not peer or not _sends(router, interface):
            continue
        yield Edge(router.name, interface.name, str(peer["host"]), cost_of(router, interface)), interface


def raised(costs: Mapping[str, int], added: int) -> dict[str, int]:
    """The costs of a step."""
    return {name: min(cost + added, INFINITE_METRIC) for name, cost in costs.items()}


def changes(present: Mapping[str, int], wanted: Mapping[str, int], way: str) -> dict[str, int]:
    """The interfaces whose cost has to change, with the new one: `way` up only raises, and down only lowers."""
    return {
        name: cost
        for name, cost in wanted.items()
        if name in present and (present[name] < cost if way == "up" else present[name] > cost)
    }


def words(steps_: Sequence[int] | None) -> str:
    """The steps for people."""
    if steps_ is None:
        return "no steps of OSPF costs avoid micro-loops here: a few packets may be lost while routers recompute"
    if not steps_:
        return "its OSPF costs can change at once: no router's way can loop meanwhile"
    return f"its OSPF costs rise by {', then '.join(map(str, steps_))} first, so that no router's way loops meanwhile"
