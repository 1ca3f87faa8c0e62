"""A router without a data plane: every answer comes from the configuration alone.

Configured interfaces are up, and that is all: no neighbour ever answers, so OSPF has no neighbours, BGP sessions
stay in Active, and only direct, local and usable static routes exist. Nothing is pretended.
"""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Sequence

from lab.junos.backend import media
from lab.junos.backend.base import Data, Refusal
from lab.junos.backend.bgp_settings import TABLE, neighbors
from lab.junos.backend.model import (
    BfdSession,
    BgpPeer,
    BgpRib,
    InterfaceAddress,
    LogicalInterface,
    Neighbor,
    NextHop,
    OspfDatabase,
    OspfInterface,
    OspfNeighbor,
    OspfOverview,
    PhysicalInterface,
    PingRequest,
    PingResult,
    Route,
    TableSummary,
)
from lab.junos.backend.ospf_settings import interfaces as ospf_interfaces
from lab.junos.backend.reading import addresses, entries, leaf, number, router_id
from lab.junos.backend.rpm_results import Results, RpmReport
from lab.junos.backend.rpm_settings import rpm_tests
from lab.junos.backend.static_settings import static_routes
from lab.junos.backend.summary import summarize
from lab.junos.config import Tree

FIRST_IFD = 128
FIRST_IFL = 333


def made_up_mac(name: str) -> str:
    """A stable, locally administered hardware address for a port."""
    digest = zlib.crc32(name.encode())
    return "02:00:" + ":".join(f"{byte:02x}" for byte in digest.to_bytes(4, "big"))


class NullBackend:
    """Answers from the configuration; `apply` accepts everything and does nothing."""

    blocking = False

    def __init__(self) -> None:
        self._hindered: tuple[str, ...] = ()

    def check(self, tree: Tree) -> list[Refusal]:
        return []

    def apply(self, tree: Tree) -> None:
        return None

    def interfaces(self, data: Data) -> list[PhysicalInterface]:
        return [
            self._port(position, name, port)
            for position, (name, port) in enumerate(entries(data, "interfaces", "interface"))
        ]

    def _port(self, position: int, name: str, port: Data) -> PhysicalInterface:
        up = "disable" not in port
        running = up and name not in self._hindered
        loopback = media.is_loopback(name)
        units = []
        for offset, (number_, unit) in enumerate(entries(port, "unit")):
            unit_up = up and "disable" not in unit
            unit_running = unit_up and running and f"{name}.{number_}" not in self._hindered
            families = tuple(family for family, _ in entries(unit, "family"))
            units.append(
                LogicalInterface(
                    name=f"{name}.{number_}",
                    index=FIRST_IFL + position * 16 + offset,
                    admin_up=unit_up,
                    oper_up=unit_running,
                    mtu=65535 if loopback else media.protocol_mtu(port, unit),
                    families=families,
                    addresses=tuple(
                        InterfaceAddress(family, local)
                        for family in ("inet", "inet6")
                        for local in addresses(unit, family)
                    ),
                    description=leaf(unit, "description"),
                    vlan=number(unit, "vlan-id"),
                )
            )
        return PhysicalInterface(
            name=name,
            index=FIRST_IFD + position,
            admin_up=up,
            oper_up=running,
            mtu=None if loopback else media.media_mtu(port),
            mac=None if loopback else made_up_mac(name),
            speed=media.speed_text(name),
            description=leaf(port, "description"),
            units=tuple(units),
        )

    def ospf_neighbors(self, data: Data, version: int) -> list[OspfNeighbor]:
        return []

    def ospf_interfaces(self, data: Data, version: int) -> list[OspfInterface]:
        up = {unit.name for port in self.interfaces(data) for unit in port.units if unit.oper_up}
        return [setting.as_interface(up=setting.name in up) for setting in ospf_interfaces(data, version)]

    def ospf_database(self, data: Data, version: int) -> list[OspfDatabase]:
        areas = dict.fromkeys(setting.area for setting in ospf_interfaces(data, version))
        return [OspfDatabase(area, (("Router", 1),)) for area in areas]

    def ospf_overview(self, data: Data, version: int) -> OspfOverview | None:
        areas = dict.fromkeys(setting.area for setting in ospf_interfaces(data, version))
        return OspfOverview(router_id(data) or "0.0.0.0", tuple((area, 0) for area in areas)) if areas else None

    def bgp_peers(self, data: Data) -> list[BgpPeer]:
        return [
            BgpPeer(
                address=peer.address,
                asn=peer.peer_as,
                local_asn=peer.local_as,
                group=peer.group,
                internal=peer.internal,
                state="Idle" if peer.has("passive") else "Active",
                local_address=peer.leaf("local-address"),
                description=peer.leaf("description"),
                imports=peer.chain("import"),
                exports=peer.chain("export"),
                hold_time=peer.number("hold-time") or 90,
                keepalive=(peer.number("hold-time") or 90) // 3,
                ribs=tuple(BgpRib(TABLE[version]) for version in peer.families()),
            )
            for peer in neighbors(data)
        ]

    def bfd_sessions(self, data: Data) -> list[BfdSession]:
        return []

    def routes(self, data: Data, destination: str | None = None) -> list[Route]:
        found = [*self._direct(data), *self._static(data)]
        return found if destination is None else longest_match(found, destination)

    def _direct(self, data: Data) -> list[Route]:
        routes: list[Route] = []
        for port in self.interfaces(data):
            for unit in port.units:
                for address in unit.addresses if unit.oper_up else ():
                    routes += _connected(unit.name, address.local)
        return routes

    def _static(self, data: Data) -> list[Route]:
        connected = [ipaddress.ip_network(route.prefix) for route in self._direct(data) if route.protocol == "Direct"]
        routes = []
        for route in static_routes(data):
            usable = [hop for hop in route.next_hops if _reachable(hop.address, connected)]
            if route.kind == "Router" and not usable:
                continue
            hops = tuple(NextHop(to=hop.address) for hop in usable) or (NextHop(kind=route.kind),)
            routes.append(Route(route.table, route.prefix, "Static", route.preference, True, 0, hops, metric=0))
        return routes

    def route_summary(self, data: Data) -> list[TableSummary]:
        return summarize(self.routes(data))

    def neighbors(self, data: Data, family: str) -> list[Neighbor]:
        return []

    def ping(self, data: Data, request: PingRequest) -> PingResult:
        return PingResult(request.host, 0, error="sendto: No route to host")

    def rpm_reports(self, data: Data) -> list[RpmReport]:
        """Nothing is measured, so no test has a result: not a lost probe either, since none was sent."""
        return [RpmReport(test, Results(test.history_size, test.moving_size)) for test in rpm_tests(data)]

    def go_down(self) -> None:
        return None

    def come_up(self) -> None:
        return None

    def hinder(self, names: Sequence[str]) -> None:
        self._hindered = tuple(names)

    def close(self) -> None:
        return None


def _connected(interface: str, local: str) -> list[Route]:
    """The direct route of an address, and its local route when that is another prefix."""
    own = ipaddress.ip_interface(local)
    table = TABLE[own.version]
    host = f"{own.ip}/{own.max_prefixlen}"
    routes = [Route(table, str(own.network), "Direct", 0, True, 0, (NextHop(via=interface),))]
    if str(own.network) != host:
        routes.append(Route(table, host, "Local", 0, True, 0, (NextHop(via=interface, kind="Local"),)))
    return routes


def _reachable(address: str | None, connected: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    if address is None:
        return False
    wanted = ipaddress.ip_address(address)
    return any(wanted.version == network.version and wanted in network for network in connected)


def longest_match(routes: list[Route], destination: str) -> list[Route]:
    """The routes to the longest prefix that holds a destination (an address or a prefix), as `show route X` shows
    them; `exact` matching is the caller's business."""
    wanted = ipaddress.ip_network(destination if "/" in destination else f"{destination}", strict=False)
    best: list[Route] = []
    length = -1
    for route in routes:
        network = ipaddress.ip_network(route.prefix)
        if network.version != wanted.version or not wanted.subnet_of(network):  # type: ignore[arg-type]
            continue
        if network.prefixlen > length:
            best, length = [route], network.prefixlen
        elif network.prefixlen == length:
            best.append(route)
    return best
