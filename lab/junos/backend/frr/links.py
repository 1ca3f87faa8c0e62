"""Interfaces and neighbours as the kernel has them."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from lab.junos.backend import media
from lab.junos.backend.frr.words import guess_name, junos_names
from lab.junos.backend.model import (
    Counters,
    InterfaceAddress,
    LogicalInterface,
    Neighbor,
    PhysicalInterface,
    Rates,
)
from lab.junos.backend.reading import Node, entries, leaf, node, number
from lab.junos.config.tree import natural

FIRST_IFD = 128
FIRST_IFL = 333


Speeds = Mapping[str, Rates]
"""{device: rates}."""


def interfaces(
    data: Node, links: list[dict[str, Any]], is_ours: Any, speeds: Speeds | None = None
) -> list[PhysicalInterface]:
    """Ports and units from `ip -j -s addr show`. A configured port without a device is not there, as on a router."""
    names = junos_names(data)
    by_port: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for link in links:
        device = str(link.get("ifname", ""))
        if device != "lo" and not is_ours(device):
            continue
        unit = names.get(device, guess_name(device))
        by_port[unit.rpartition(".")[0]].append((unit, link))
    configured = [name for name, _ in entries(data, "interfaces", "interface")]
    order = sorted(by_port, key=natural)
    known = speeds or {}
    return [_port(data, name, by_port[name], known) for name in order if name != "lo0" or "lo0" in configured]


def _port(data: Node, name: str, members: list[tuple[str, dict[str, Any]]], speeds: Speeds) -> PhysicalInterface:
    settings = node(data, "interfaces", "interface", name)
    loopback = media.is_loopback(name)
    units = [
        _unit(data, name, unit, link, speeds)
        for unit, link in sorted(members, key=lambda m: natural(m[0]))
        if unit.rpartition(".")[2] in node(settings, "unit")
    ]
    counters = sum((_counters(link) for _, link in members), Counters())
    running = any(_running(link) for _, link in members) or loopback
    return PhysicalInterface(
        name=name,
        index=FIRST_IFD + min(int(link.get("ifindex", 0)) for _, link in members),
        admin_up="disable" not in settings,
        oper_up=running and "disable" not in settings,
        mtu=None if loopback else media.media_mtu(settings),
        mac=None if loopback else str(members[0][1].get("address")),
        speed=media.speed_text(name),
        description=leaf(settings, "description"),
        counters=counters,
        rates=sum((_rates(link, speeds) for _, link in members), Rates()),
        units=tuple(units),
    )


def _running(link: dict[str, Any]) -> bool:
    flags = link.get("flags", [])
    return "UP" in flags and "LOWER_UP" in flags


def _rates(link: dict[str, Any], speeds: Speeds) -> Rates:
    return speeds.get(str(link.get("ifname", "")), Rates())


def _unit(data: Node, port: str, name: str, link: dict[str, Any], speeds: Speeds) -> LogicalInterface:
    settings = node(data, "interfaces", "interface", port, "unit", name.rpartition(".")[2])
    families = [family for family, _ in entries(settings, "family")]
    disabled = "disable" in settings or "disable" in node(data, "interfaces", "interface", port)
    return LogicalInterface(
        name=name,
        index=FIRST_IFL + int(link.get("ifindex", 0)),
        admin_up=not disabled,
        oper_up=not disabled and (_running(link) or port == "lo0"),
        mtu=int(link.get("mtu", 1500)),
        families=tuple(families),
        addresses=_addresses(link, families),
        description=leaf(settings, "description"),
        vlan=number(settings, "vlan-id"),
        counters=_counters(link),
        rates=_rates(link, speeds),
    )


def _addresses(link: dict[str, Any], families: list[str]) -> tuple[InterfaceAddress, ...]:
    found = []
    for item in link.get("addr_info", []):
        family = str(item.get("family"))
        if family not in families or "local" not in item or ipaddress.ip_address(item["local"]).is_loopback:
            continue
        found.append(InterfaceAddress(family, f"{item['local']}/{item['prefixlen']}"))
    return tuple(found)


def _counters(link: dict[str, Any]) -> Counters:
    received, sent = (link.get("stats64", {}).get(way, {}) for way in ("rx", "tx"))
    return Counters(
        input_bytes=received.get("bytes", 0),
        input_packets=received.get("packets", 0),
        input_errors=received.get("errors", 0),
        input_drops=received.get("dropped", 0),
        output_bytes=sent.get("bytes", 0),
        output_packets=sent.get("packets", 0),
        output_errors=sent.get("errors", 0),
        output_drops=sent.get("dropped", 0),
        carrier_transitions=link.get("carrier_changes", 0),
    )


def neighbors(data: Node, family: str, found: list[dict[str, Any]]) -> list[Neighbor]:
    """ARP or neighbour discovery entries from `ip -j neigh`; unresolved ones are left out."""
    names = junos_names(data)
    out = []
    for item in found:
        address, mac = str(item.get("dst", "")), item.get("lladdr")
        if not mac or (":" in address) != (family == "inet6"):
            continue
        device = str(item.get("dev", ""))
        state = (item.get("state") or ["REACHABLE"])[0].lower()
        out.append(
            Neighbor(family, address, str(mac), names.get(device, guess_name(device)), state, router="router" in item)
        )
    return sorted(out, key=lambda n: (n.interface, natural(n.address)))
