"""What a network whose sessions are up must also have before it carries packets: routes, in the kernel of every host.

OSPF is exact: a host that is joined to another by adjacencies of an area has a route to the other's loopback, once it
has run its SPF. BGP is policy, of which the lab knows nothing: what was expected is waited for, and given up when the
tables have been quiet for a while.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import control
from lab.errors import LabError
from lab.hosts.frrconf import announced
from lab.net.enter import finish, start
from lab.state import LabState
from lab.topology import Host, Topology

Answers = Mapping[str, Mapping[str, Any]]
"""Host to what its daemons said, by vtysh command (lab.sessions)."""
Graph = Mapping[str, set[str]]

OSPF_INTERFACES = "show ip ospf interface json"
OSPF6_INTERFACES = "show ipv6 ospf6 interface json"
OSPF6_NEIGHBOURS = "show ipv6 ospf6 neighbor json"
OSPF6 = "show ipv6 ospf6 json"
BGP = "show bgp summary json"
"""The questions to vtysh."""

QUIET_S, PATIENCE_S = 0.5, 5.0
"""For how long BGP must not have moved: when nothing that was expected is missing, and when something is."""
FAMILIES = {4: "ipv4Unicast", 6: "ipv6Unicast"}


@dataclass(frozen=True)
class Speaker:
    """OSPF of one version on one host: its devices by area, and those that have a full neighbour."""

    areas: Mapping[str, str]
    full: frozenset[str]
    hidden: bool = False
    """An OSPFv3 stub router: neither it nor what is behind it is reached through it."""

    def joined(self, area: str) -> set[str]:
        """The devices in an area that have a full neighbour."""
        return {device for device in self.full if self.areas.get(device) == area}


def read_kernel(state: LabState, hosts: Sequence[Host]) -> dict[str, dict[str, str]]:
    """Every host's routes, destination to the protocol that made them. Raises LabError for a host that is off."""
    running = {}
    for host in hosts:
        spaces = control.namespaces(state, host.name)
        running[host.name] = start(spaces, ["sh", "-c", "ip -j route show; ip -j -6 route show"])
        spaces.close()
    found = {}
    for name, process in running.items():
        try:
            lines = finish(process).splitlines()
        except subprocess.TimeoutExpired:
            raise LabError(f"{name}: `ip route` does not answer") from None
        routes = [route for line in lines if line.startswith("[") for route in json.loads(line)]
        found[name] = {str(route["dst"]): str(route.get("protocol")) for route in routes}
    return found


def ospf_speaker(answers: Mapping[str, Any], version: int) -> Speaker:
    """What a host's daemon says of OSPF."""
    if version == 4:
        interfaces = answers.get(OSPF_INTERFACES, {}).get("interfaces", {})
        areas = {name: str(body.get("area")) for name, body in interfaces.items() if body.get("ospfEnabled")}
        return Speaker(areas, frozenset(n for n, body in interfaces.items() if body.get("nbrAdjacentCount", 0) > 0))
    attached = {
        name: str(body.get("areaId"))
        for name, body in answers.get(OSPF6_INTERFACES, {}).items()
        if isinstance(body, dict) and body.get("attachedToArea")
    }
    neighbours = answers.get(OSPF6_NEIGHBOURS, {}).get("neighbors", [])
    full = frozenset(str(one.get("interfaceName")) for one in neighbours if str(one.get("state")) == "Full")
    return Speaker(attached, full, bool(answers.get(OSPF6, {}).get("routerIsStubRouter")))


def missing_ospf(
    topology: Topology, answers: Answers, kernel: Mapping[str, Mapping[str, str]], wanted: Sequence[Host]
) -> list[str]:
    """The loopbacks of ``wanted`` hosts that another of them should have learnt by OSPF, and has no route to."""
    missing = []
    for version in (4, 6):
        speakers = {name: ospf_speaker(found, version) for name, found in answers.items()}
        loopbacks = {host.name: host.loopback_ipv4 if version == 4 else host.loopback_ipv6 for host in wanted}
        for area in sorted({area for one in speakers.values() for area in one.areas.values()}):
            graph = adjacencies(topology, speakers, area)
            for host in wanted:
                for other in sorted(reached(topology, speakers, graph, host.name)):
                    address = loopbacks.get(other)
                    if address and speakers[other].areas.get("lo") == area and address not in kernel[host.name]:
                        missing.append(f"{host.name}: no route to {address} ({other})")
    return sorted(set(missing))


def adjacencies(topology: Topology, speakers: Mapping[str, Speaker], area: str) -> Graph:
    """Who is a full neighbour of whom in an area: both ends of the link say so."""
    graph: defaultdict[str, set[str]] = defaultdict(set)
    for link in topology.links:
        ends = []
        for name, interface in (link.a, link.b):
            device = topology.host(name).interface(interface)
            ends.append(name in speakers and device is not None and device.device in speakers[name].joined(area))
        if all(ends):
            graph[link.a[0]].add(link.b[0])
            graph[link.b[0]].add(link.a[0])
    return graph


def reached(topology: Topology, speakers: Mapping[str, Speaker], graph: Graph, source: str) -> set[str]:
    """The hosts that a source has a way to. Nothing transits a probe, nor a hidden router, which is no goal either."""
    seen, level = {source}, {source}
    while level:
        through = {
            name
            for name in level
            if name == source or (topology.host(name).role != "probe" and not speakers[name].hidden)
        }
        level = {other for name in through for other in graph.get(name, ())} - seen
        seen |= level
    return {name for name in seen - {source} if not speakers[name].hidden}


def missing_bgp(topology: Topology, answers: Answers, kernel: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What BGP would bring without policies: a prefix from every peer, and each carrier's first one everywhere."""
    missing = []
    for name, found in answers.items():
        for family, body in _families(found):
            for peer, one in body.get("peers", {}).items():
                if one.get("state") == "Established" and not one.get("pfxRcd"):
                    missing.append(f"{name}: nothing received from BGP {peer}")
            for carrier, prefix in _announced(topology, answers, family):
                inside = topology.host(name).role == "router" and any(
                    one.get("state") == "Established" for one in body.get("peers", {}).values()
                )
                if inside and prefix not in kernel[name]:
                    missing.append(f"{name}: no route to {prefix} ({carrier})")
    return missing


def _families(found: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    summary = found.get(BGP, {})
    yield from ((version, summary.get(name, {})) for version, name in FAMILIES.items())


def _announced(topology: Topology, answers: Answers, family: int) -> Iterator[tuple[str, str]]:
    """Carriers that have told a router something, with the first prefix that each announces."""
    for host in topology.hosts:
        if host.role != "carrier" or host.name not in answers:
            continue
        peers = dict(_families(answers[host.name]))[family].get("peers", {}).values()
        if not any(one.get("state") == "Established" and one.get("pfxSnt") for one in peers):
            continue
        for number, item in enumerate(host.options.get("announce") or []):
            first = announced(host, number, item)[0][0]
            if first.version == family:
                yield host.name, str(first)
                break


def bgp_picture(answers: Answers, kernel: Mapping[str, Mapping[str, str]]) -> object:
    """What changes while BGP is still moving: counts of each peer, and how many of its routes the kernels have."""
    peers = [
        (name, family, peer, one.get("pfxRcd"), one.get("pfxSnt"), one.get("inq"), one.get("outq"))
        for name, found in sorted(answers.items())
        for family, body in _families(found)
        for peer, one in sorted(body.get("peers", {}).items())
    ]
    return peers, sorted((name, hash(frozenset(routes.items()))) for name, routes in kernel.items() if peers)
