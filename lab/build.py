"""From inventory hosts to a checked Topology. All mistakes are reported at once, each with host and key."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from lab.errors import LabError
from lab.inventory import InventoryHost
from lab.names import InterfaceNameError, linux_name
from lab.topology import DEFAULT_MTU, Host, Interface, Link, Topology

ROUTER_PLATFORMS = ("junos", "frr")


def build_topology(inventory: Sequence[InventoryHost]) -> Topology:
    """Build the lab an inventory describes.

    Raises LabError with one line per mistake: an interface that cannot be named, a peer that does not exist, a link
    that only one end knows, an address that is none, a host whose role is unknown.
    """
    mistakes: list[str] = []
    hosts = [host for item in inventory if (host := _host(item, mistakes)) is not None]
    links = _links(hosts, mistakes)
    _unique_management(hosts, mistakes)
    if mistakes:
        raise LabError("the inventory does not make a network:\n" + "\n".join(f"  {line}" for line in mistakes))
    return Topology(tuple(hosts), tuple(links))


def _host(item: InventoryHost, mistakes: list[str]) -> Host | None:
    variables = item.variables
    options = variables.get("lab") or {}
    platform = str(variables.get("ansible_network_os", "")).rpartition(".")[2]
    role = options.get("role") or ("router" if platform in ROUTER_PLATFORMS else "")
    if not role and "controllers" in item.groups:
        role = "controller"
    if role not in ("router", "carrier", "probe", "controller"):
        mistakes.append(
            f"{item.name}: ansible_network_os is {platform or 'not set'!r} and lab.role is {role or 'not set'!r}: "
            "expected ansible_network_os junos or frr (a router), lab.role carrier or probe, or membership of group "
            "'controllers'"
        )
        return None
    platform = platform if role == "router" else "frr"
    device = "fxp0" if platform == "junos" else "eth0"
    wanted = str(variables.get("management_interface") or device)
    return Host(
        name=item.name,
        role=role,
        platform=platform,
        management_device=_device(item.name, "management_interface", wanted, mistakes) or device,
        management=_management(item, role, mistakes),
        loopback_ipv4=variables.get("loopback_ipv4"),
        loopback_ipv6=variables.get("loopback_ipv6"),
        interfaces=tuple(_interfaces(item, platform, mistakes)),
        options={**options, "peer_as": variables.get("lab_carrier_peer_as")},
    )


def _management(item: InventoryHost, role: str, mistakes: list[str]) -> str | None:
    address = item.variables.get("ansible_host")
    if address is None:
        if role != "carrier":
            mistakes.append(f"{item.name}: ansible_host: missing; write the host's management address")
        return None
    text = f"{address}/{item.variables.get('management_prefix_length', 24)}"
    try:
        return str(ipaddress.ip_interface(text))
    except ValueError as error:
        mistakes.append(f"{item.name}: ansible_host, management_prefix_length: {text!r}: {error}")
        return None


def _interfaces(item: InventoryHost, platform: str, mistakes: list[str]) -> list[Interface]:
    found = []
    for physical, body in (item.variables.get("interfaces") or {}).items():
        for unit, settings in (body.get("units") or {}).items():
            key = f"interfaces.{physical}.units.{unit}"
            name = f"{physical}.{unit}" if platform == "junos" or str(unit) != "0" else str(physical)
            device = _device(item.name, key, name, mistakes)
            if device is None:
                continue
            found.append(
                Interface(
                    name=name,
                    device=device,
                    mtu=_mtu(item.name, physical, body, mistakes),
                    description=str(settings.get("description") or body.get("description") or ""),
                    ipv4=_addresses(item.name, f"{key}.ipv4", settings, "ipv4", mistakes),
                    ipv6=_addresses(item.name, f"{key}.ipv6", settings, "ipv6", mistakes),
                    peer=_peer(item.name, key, settings, mistakes),
                )
            )
    return found


def _device(host: str, key: str, name: str, mistakes: list[str]) -> str | None:
    try:
        return linux_name(name)
    except InterfaceNameError as error:
        mistakes.append(f"{host}: {key}: {error}")
        return None


def _mtu(host: str, physical: str, body: Mapping[str, Any], mistakes: list[str]) -> int:
    mtu = body.get("mtu", DEFAULT_MTU)
    if isinstance(mtu, int) and 1280 <= mtu <= 9500:
        return mtu
    mistakes.append(f"{host}: interfaces.{physical}.mtu: {mtu!r}: expected a number of bytes from 1280 to 9500")
    return DEFAULT_MTU


def _addresses(host: str, key: str, settings: Mapping[str, Any], family: str, mistakes: list[str]) -> tuple[str, ...]:
    values = settings.get(family) or []
    version = 4 if family == "ipv4" else 6
    for value in values:
        try:
            if ipaddress.ip_interface(str(value)).version == version:
                continue
            mistakes.append(f"{host}: {key}: {value!r}: not an IPv{version} address")
        except ValueError as error:
            mistakes.append(f"{host}: {key}: {error}")
    return tuple(str(value) for value in values)


def _peer(host: str, key: str, settings: Mapping[str, Any], mistakes: list[str]) -> tuple[str, str] | None:
    peer = settings.get("peer")
    if peer is None:
        return None
    if not isinstance(peer, dict) or not peer.get("host") or not peer.get("interface"):
        mistakes.append(f"{host}: {key}.peer: {peer!r}: expected {{host: HOST, interface: INTERFACE}}")
        return None
    return str(peer["host"]), str(peer["interface"])


def _links(hosts: Sequence[Host], mistakes: list[str]) -> list[Link]:
    ends = {(host.name, interface.name): interface for host in hosts for interface in host.interfaces}
    names = {host.name for host in hosts}
    links: list[Link] = []
    for end, interface in ends.items():
        peer = interface.peer
        if peer is None:
            continue
        where = f"{end[0]}: interfaces: {end[1]}: peer"
        other = ends.get(peer)
        if peer[0] not in names:
            mistakes.append(f"{where}: no host {peer[0]!r} in the inventory")
        elif other is None:
            mistakes.append(f"{where}: {peer[0]} has no interface {peer[1]!r}; add it there or correct this peer")
        elif other.peer != end:
            there = f"its peer is {other.peer[0]} {other.peer[1]}" if other.peer else "it names no peer"
            mistakes.append(f"{where}: {peer[0]} {peer[1]} does not point back ({there}); both ends name each other")
        elif peer == end:
            mistakes.append(f"{where}: names itself")
        elif end < peer:
            links.append(Link(len(links), end, peer, interface.description))
    return links


def _unique_management(hosts: Sequence[Host], mistakes: list[str]) -> None:
    seen: dict[str, str] = {}
    for host in hosts:
        address = host.management_address
        if address is None:
            continue
        if address in seen:
            mistakes.append(f"{host.name}: ansible_host: {address} is also {seen[address]}'s")
        seen[address] = host.name
