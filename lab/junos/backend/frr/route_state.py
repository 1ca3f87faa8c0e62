"""The routing tables as zebra and bgpd tell them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from lab.junos.backend.bgp_settings import TABLE
from lab.junos.backend.frr.words import guess_name, junos_names, seconds
from lab.junos.backend.model import NextHop, PhysicalInterface, Route
from lab.junos.backend.reading import Node

Json = Mapping[str, Any]
_PROTOCOL = {
    "connected": "Direct",
    "static": "Static",
    "ospf": "OSPF",
    "ospf6": "OSPF3",
    "bgp": "BGP",
    "kernel": "Static",
}
_ORIGIN = {"IGP": "I", "EGP": "E", "incomplete": "?"}
_SKIPPED = ("local", "bgp")


def routes(
    data: Node, version: int, zebra: Json, bgp: Json, ports: list[PhysicalInterface]
) -> Iterator[Route]:  # fmt: skip
    """All routes of a table. BGP's are taken from its own table, because that also holds those that lost."""
    names = junos_names(data)
    table = TABLE[version]
    best: dict[str, Json] = {}
    for prefix, entries in zebra.items():
        for entry in entries if isinstance(entries, list) else []:
            if entry.get("protocol") == "bgp":
                best[prefix] = entry
            elif not (version == 6 and prefix.startswith("fe80:")) and entry.get("protocol") not in _SKIPPED:
                yield _route(table, prefix, entry, names)
    yield from _local(table, version, ports)
    for prefix, paths in bgp.get("routes", {}).items():
        for path in paths:
            if path.get("valid") and path.get("peerId", "(unspec)") != "(unspec)":
                yield _bgp(table, prefix, path, best.get(prefix), names)


def _hops(entry: Json, names: Mapping[str, str]) -> tuple[NextHop, ...]:
    found: list[NextHop] = []
    for hop in entry.get("nexthops", []):
        if hop.get("recursive"):
            continue
        device = hop.get("interfaceName")
        if hop.get("blackhole") or hop.get("unreachable"):
            found.append(NextHop(kind="Reject" if hop.get("reject") else "Discard"))
        else:
            via = None if device is None else names.get(device, guess_name(str(device)))
            found.append(NextHop(to=hop.get("ip"), via=via, selected=not found))
    return tuple(dict.fromkeys(found))


def _route(table: str, prefix: str, entry: Json, names: Mapping[str, str]) -> Route:
    protocol = _PROTOCOL.get(str(entry.get("protocol")), str(entry.get("protocol")))
    return Route(
        table=table,
        prefix=prefix,
        protocol=protocol,
        preference=int(entry.get("distance", 0)),
        active=bool(entry.get("selected")),
        age=seconds(entry.get("uptime", "0")),
        next_hops=_hops(entry, names),
        metric=int(entry.get("metric", 0)) if protocol.startswith("OSPF") else None,
        tag=entry.get("tag") if protocol.startswith("OSPF") else None,
    )


def _local(table: str, version: int, ports: list[PhysicalInterface]) -> Iterator[Route]:
    """A router has a route to each of its own addresses that is not a host prefix anyway."""
    for port in ports:
        for unit in port.units if port.oper_up else ():
            for address in unit.addresses if unit.oper_up else ():
                own = ipaddress.ip_interface(address.local)
                if own.version == version and own.network.prefixlen < own.max_prefixlen and not own.is_link_local:
                    hop = NextHop(via=unit.name, kind="Local")
                    yield Route(table, f"{own.ip}/{own.max_prefixlen}", "Local", 0, True, 0, (hop,))


def _bgp(table: str, prefix: str, path: Json, installed: Json | None, names: Mapping[str, str]) -> Route:
    chosen = bool(path.get("bestpath")) and installed is not None
    entry: Json = installed or {}
    hops = _hops(entry, names) if chosen else tuple(_told(path))
    return Route(
        table=table,
        prefix=prefix,
        protocol="BGP",
        preference=int(entry.get("distance", 170)),
        active=chosen and bool(entry.get("selected")),
        age=seconds(entry.get("uptime", "0")) if chosen else 0,
        next_hops=hops,
        metric=path.get("metric") or None,
        local_preference=int(path.get("locPrf", 100)),
        as_path=f"{path.get('path', '')} {_ORIGIN.get(str(path.get('origin')), '?')}".strip(),
        learned_from=str(path.get("peerId")),
    )


def _told(path: Json) -> Iterator[NextHop]:
    for hop in path.get("nexthops", []):
        if hop.get("scope") != "link-local" and "ip" in hop:
            yield NextHop(to=str(hop["ip"]))
