"""Interfaces: VLAN tags, members of aggregates, addresses that are used twice."""

from __future__ import annotations

import ipaddress

from lab.junos.config.checks.context import Context, Path, children, entries, has, leaf
from lab.junos.config.tree import Node

_TAGGING = ("vlan-tagging", "flexible-vlan-tagging", "stacked-vlan-tagging")


def check_interfaces(context: Context) -> None:
    """Everything about [edit interfaces]."""
    seen: dict[tuple[str, str], str] = {}
    for device in entries(context.at("interfaces"), "interface"):
        path = ("interfaces", *device.words())
        _units(context, device, path)
        _member(context, device, path)
        for unit in entries(device, "unit"):
            _addresses(context, device, unit, path, seen)


def _units(context: Context, device: Node, path: Path) -> None:
    tagged = any(has(device, flag) for flag in _TAGGING)
    vlans: dict[str, str] = {}
    for unit in entries(device, "unit"):
        here, number = (*path, *unit.words()), unit.key[0]
        vlan = leaf(unit, "vlan-id")
        if vlan is not None and not tagged:
            context.error(here, "vlan-id", "VLAN-ID can only be specified on tagged ethernet interfaces")
        if tagged and vlan is None and not has(unit, "vlan-tags") and not _native(device, number):
            context.error(path, f"unit {number}", "VLAN-ID must be specified on tagged ethernet interfaces")
        if not tagged and number != "0" and device.key[0].startswith(("ge-", "xe-", "et-", "ae")):
            message = "Only unit 0 is valid for this encapsulation"
            context.error(path, f"unit {number}", message)
        if vlan is not None and vlan in vlans:
            context.error(here, "vlan-id", f"Duplicate VLAN-ID on interface: unit {vlans[vlan]} has {vlan} too")
        if vlan is not None:
            vlans[vlan] = number


def _native(device: Node, number: str) -> bool:
    return has(device, "flexible-vlan-tagging") and number == "0"


def _member(context: Context, device: Node, path: Path) -> None:
    """A member of an aggregate has no logical interfaces of its own."""
    for name in ("gigether-options", "ether-options"):
        options = device.get(name)
        bundle = options.get("ieee-802.3ad") if options is not None and not options.inactive else None
        if bundle is None or bundle.inactive:
            continue
        target = leaf(bundle, "bundle") or ""
        if not target.startswith("ae"):
            context.error((*path, name), "802.3ad", f"'{target}' is not an aggregated ethernet interface")
        for unit in entries(device, "unit"):
            context.error(path, f"unit {unit.key[0]}", "Logical unit is not allowed on aggregated links")


def _addresses(context: Context, device: Node, unit: Node, path: Path, seen: dict[tuple[str, str], str]) -> None:
    """No address twice; every address fits its family (the network's own is no host address)."""
    name = f"{device.key[0]}.{unit.key[0]}"
    family = unit.get("family")
    for level in children(family) if family is not None else []:
        here = (*path, *unit.words(), "family", level.schema.word)
        for entry in entries(level, "address") if level.schema.name in ("inet", "inet6") else []:
            address = ipaddress.ip_interface(entry.key[0])
            place = (level.schema.name, str(address.ip))
            if place in seen:
                message = (
                    f"identical local address is found on rt_inst default, intfs {seen[place]} and {name}, "
                    f"family {level.schema.name}."
                )
                context.error(here, f"address {entry.key[0]}", message)
            else:
                seen[place] = name
            network = address.network
            if network.version == 4 and network.prefixlen < 31 and address.ip == network.network_address:
                context.error(here, f"address {entry.key[0]}", "Cannot assign address 0 on subnet")
            if network.version == 4 and network.prefixlen < 31 and address.ip == network.broadcast_address:
                context.error(here, f"address {entry.key[0]}", "Cannot assign broadcast address on subnet")
