# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of interfaces and links: names the platform knows, LAGs, VLANs, and two ends that agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, Key, shown
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Router, Unit


def check_devices(router: Router) -> Iterator[IntentError]:
    """Names the platform has, LAG membership, VLAN ids."""
    devices = router.section("interfaces")
    management = router.section("router").get("management", {}).get("interface")
    for device, data in devices.items():
        key: Key = ("interfaces", device)
        if device != management and not names.valid_device(router.platform, device):
            rule = names.DEVICE_RULE[router.platform]
            yield IntentError(router.name, key, shown(device), rule, "the device's name on this platform")
        if device == management:
            yield IntentError(
                router.name,
                key,
                "the management port, listed as a routed interface",
                "the management port under router.management alone",
                f"nothing: remove interfaces.{device}",
            )
        yield from _check_lag(router, device, data, devices)
        yield from _check_vlans(router, device, data)


def _check_lag(
    router: Router, device: str, data: Mapping[str, Any], devices: Mapping[str, Any]
) -> Iterator[IntentError]:
    key: Key = ("interfaces", device)
    aggregate = data.get("lag")
    if aggregate is not None:
        if aggregate not in devices:
            near = names.choice_text(aggregate, [name for name in devices if name.startswith(("ae", "bond"))])
            yield IntentError(
                router.name,
                (*key, "lag"),
                f"{shown(aggregate)}, which is not under interfaces",
                "an aggregate that exists",
                near if not near.startswith("nothing fits") else f"interfaces.{aggregate} with its units",
            )
        for name in ("units", "mtu", "vlan_tagging"):
            if name in data:
                yield IntentError(
                    router.name,
                    (*key, name),
                    f"{name} on a member of {aggregate}",
                    "members without units, mtu or vlan_tagging: these belong to the aggregate",
                    f"{name} under interfaces.{aggregate}",
                )
        return
    if router.platform == "junos":
        is_aggregate = device.startswith("ae")
    else:
        is_aggregate = "lacp" in data or device.startswith("bond")
    members = [name for name, other in devices.items() if other.get("lag") == device]
    if is_aggregate and not members:
        yield IntentError(
            router.name, key, "an aggregate without members", "at least one member", f"lag: {device} on its members"
        )
    minimum = data.get("minimum_links")
    if minimum is not None and minimum > len(members):
        yield IntentError(
            router.name,
            (*key, "minimum_links"),
            f"{minimum}, with {len(members)} member{'s' * (len(members) != 1)}",
            "at most as many links as there are members",
            f"minimum_links: {max(len(members), 1)}, or more members",
        )
    for name in ("lacp", "minimum_links"):
        if name in data and not is_aggregate:
            yield IntentError(
                router.name, (*key, name), f"{name} on {device}", "LACP on an aggregate", f"{name} under the aggregate"
            )


def _check_vlans(router: Router, device: str, data: Mapping[str, Any]) -> Iterator[IntentError]:
    tagged = bool(data.get("vlan_tagging"))
    seen: dict[int, str] = {}
    for number, unit in (data.get("units") or {}).items():
        key: Key = ("interfaces", device, "units", str(number))
        vlan = unit.get("vlan")
        if vlan is None:
            # On Junos every unit of a tagged device needs a VLAN; on Linux unit 0 is the untagged device itself.
            if int(number) != 0 or (tagged and router.platform == "junos"):
                yield IntentError(
                    router.name,
                    (*key, "vlan"),
                    "no VLAN id",
                    "a VLAN id on every unit but the untagged 0",
                    f"vlan: {number if 0 < int(number) < 4095 else 'ID'}",
                )
            continue
        if not tagged:
            yield IntentError(
                router.name,
                (*key, "vlan"),
                f"{vlan}, and {device} has no vlan_tagging",
                "VLAN ids on tagged devices only",
                f"vlan_tagging: true under interfaces.{device}",
            )
        if router.platform == "frr" and int(number) != vlan:
            yield IntentError(
                router.name,
                (*key, "vlan"),
                f"{vlan} on unit {number}",
                "on FRR the unit number is the VLAN id (the Linux device is named after it)",
                f"units.{vlan} instead of units.{number}",
            )
        if vlan in seen:
            yield IntentError(
                router.name,
                (*key, "vlan"),
                f"{vlan}, which unit {seen[vlan]} has too",
                "a VLAN id once per device",
                "a free VLAN id",
            )
        seen.setdefault(vlan, str(number))


def check_links(fleet: Fleet) -> Iterator[IntentError]:
    """Both ends of every link exist, point at each other, share a subnet and an MTU. Each disagreement once."""
    for router in fleet.routers.values():
        for unit in router.units.values():
            if "peer" not in unit.data:
                continue
            fault = _check_peer(fleet, unit)
            if fault is not None:
                yield fault
                continue
            other = fleet.peer_unit(unit)
            # A link between two routers is looked at from both sides; one of them speaks.
            if other is not None and (other.router not in fleet.routers or unit.router < other.router):
                yield from _check_ends(unit, other)


def _check_peer(fleet: Fleet, unit: Unit) -> IntentError | None:
    host, interface = str(unit.data["peer"]["host"]), str(unit.data["peer"]["interface"])
    key: Key = (*unit.key, "peer")
    if host == unit.router:
        return IntentError(
            unit.router,
            (*key, "host"),
            f"{shown(host)}, the router itself",
            "another host",
            "the host at the other end",
        )
    if host not in fleet.hosts:
        write = names.choice_text(host, fleet.hosts)
        return IntentError(unit.router, (*key, "host"), shown(host), "a host of the inventory", write)
    other = fleet.get(host)
    if other is None:
        return None  # a host without an intent of its own, or one whose own errors come first
    there = other.units.get(interface)
    if there is None:
        write = names.choice_text(interface, other.units)
        return IntentError(unit.router, (*key, "interface"), shown(interface), f"a logical interface of {host}", write)
    back = there.data.get("peer")
    if back is None or (str(back["host"]), str(back["interface"])) != (unit.router, unit.name):
        said = "no peer" if back is None else f"{back['host']} {back['interface']}"
        return IntentError(
            unit.router,
            key,
            f"{host} {interface}, whose peer is {said}",
            "two ends that point at each other",
            f"peer: {{host: {unit.router}, interface: {unit.name}}} on {host} {interface}, or the right peer here",
        )
    return None


def _check_ends(unit: Unit, other: Unit) -> Iterator[IntentError]:
    far = f"{other.router} {other.name}"
    if unit.mtu != other.mtu:
        here, there = (("not set" if mtu is None else str(mtu)) for mtu in (unit.mtu, other.mtu))
        known = sorted({mtu for mtu in (unit.mtu, other.mtu) if mtu is not None}, reverse=True)
        yield IntentError(
            unit.router,
            ("interfaces", unit.device, "mtu"),
            f"{here}, and {there} on {far}",
            "the same IP MTU on both ends of a link (OSPF adjacencies hang in ExStart otherwise)",
            " or ".join(f"mtu: {mtu}" for mtu in known) + " on both",
        )
    if unit.disabled != other.disabled:
        words = {True: "disabled", False: "enabled"}
        yield IntentError(
            unit.router,
            (*unit.key, "disabled"),
            f"{words[unit.disabled]}, and {far} is {words[other.disabled]}",
            "both ends of a link up or both down",
            "the same on both ends",
            severity="warning",
        )
    for family in ("ipv4", "ipv6"):
        yield from _check_subnet(unit, other, family)


def _check_subnet(unit: Unit, other: Unit, family: str) -> Iterator[IntentError]:
    here = unit.ipv4 if family == "ipv4" else unit.ipv6
    there = other.ipv4 if family == "ipv4" else other.ipv6
    if not here and not there:
        return
    far = f"{other.router} {other.name}"
    key: Key = (*unit.key, family)
    if not here or not there:
        near, empty = (unit, other) if here else (other, unit)
        listed = ", ".join(here or there)
        yield IntentError(
            unit.router,
            key,
            f"{listed} on {near.router} {near.name}, and nothing on {empty.router} {empty.name}",
            f"{family} on both ends of a link or on neither",
            f"an {family} address of the same subnet on {empty.router} {empty.name}",
        )
        return
    ours = {parsed.network for text in here if (parsed := ip.interface(text)) is not None}
    theirs = {parsed.network for text in there if (parsed := ip.interface(text)) is not None}
    if ours and theirs and ours != theirs:
        yield IntentError(
            unit.router,
            key,
            f"{', '.join(here)}, and {', '.join(there)} on {far}",
            "both ends of a link in the same subnet, with the same prefix length",
            f"an address of {' or '.join(str(net) for net in sorted(theirs, key=str))} here, or change {far}",
        )


def check_fleet_interfaces(fleet: Fleet) -> Iterator[IntentError]:
    """All checks of this file."""
    for router in fleet.routers.values():
        yield from check_devices(router)
    yield from check_links(fleet)
