# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of addresses, router ids and prefixes: well-formed, where they belong, and once in the fleet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, Key, shown
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Router, Unit


def check_address_syntax(router: Router) -> Iterator[IntentError]:
    """Every address and prefix of the router parses, is of the family its key says; prefixes have no host bits."""
    for key, text, kind in _address_values(router):
        fault = _fault(text, kind)
        if fault is not None:
            wanted, write = fault
            yield IntentError(router.name, key, shown(text), wanted, write)


def _fault(text: str, kind: str) -> tuple[str, str] | None:
    """What was wanted and what to write, or None when the text is fine. `kind`: FAMILY or FAMILY/interface|prefix."""
    family, _rest, form = kind.partition("/")
    version = {"ipv4": 4, "ipv6": 6}.get(family)
    if form == "prefix":
        loose = ip.interface(text)
        if ip.network(text) is not None:
            return None
        if loose is not None:
            return "a prefix without host bits", str(loose.network)
        return "an IPv4 or IPv6 prefix", "such as 192.0.2.0/24 or 2001:db8::/32"
    label = {"ipv4": "an IPv4 address", "ipv6": "an IPv6 address"}.get(family, "an IPv4 or IPv6 address")
    example = "2001:db8::1" if family == "ipv6" else "192.0.2.1"
    parsed: ip.Address | ip.Interface | None
    if form == "interface":
        parsed = ip.interface(text)
        label, example = f"{label} with its prefix length", f"{example}/{'127' if family == 'ipv6' else '31'}"
    else:
        parsed = ip.address(text)
    if parsed is None or (version is not None and parsed.version != version):
        return label, f"such as {example}"
    return None


def _address_values(router: Router) -> Iterator[tuple[Key, str, str]]:
    """Key, text and kind of every value that must be an address."""
    me: Any = router.section("router")
    for path, kind in (
        (("router_id",), "ipv4"),
        (("loopback", "ipv4"), "ipv4"),
        (("loopback", "ipv6"), "ipv6"),
        (("management", "ipv4"), "ipv4/interface"),
        (("management", "ipv6"), "ipv6/interface"),
    ):
        value: Any = me
        for part in path:
            value = value.get(part, {}) if isinstance(value, dict) else {}
        if isinstance(value, str):
            yield ("router", *path), value, kind
    yield from _service_addresses(me)
    for unit in router.units.values():
        for family in ("ipv4", "ipv6"):
            for index, text in enumerate(unit.data.get(family, ())):
                yield (*unit.key, family, index), text, f"{family}/interface"
    yield from _routing_addresses(router)


def _service_addresses(me: Any) -> Iterator[tuple[Key, str, str]]:
    for index, text in enumerate(me.get("name_servers", ())):
        yield ("router", "name_servers", index), text, "any"
    for index, server in enumerate(me.get("syslog", {}).get("hosts", ())):
        yield ("router", "syslog", "hosts", index, "address"), server["address"], "any"
    for index, text in enumerate(me.get("ntp", {}).get("servers", ())):
        yield ("router", "ntp", "servers", index), text, "any"
    for index, community in enumerate(me.get("snmp", {}).get("communities", ())):
        for position, text in enumerate(community["clients"]):
            yield ("router", "snmp", "communities", index, "clients", position), text, "any/prefix"
    for index, text in enumerate(me.get("control_plane", {}).get("management_prefixes", ())):
        yield ("router", "control_plane", "management_prefixes", index), text, "any/prefix"


def _routing_addresses(router: Router) -> Iterator[tuple[Key, str, str]]:
    for group, data in (router.section("bgp").get("groups") or {}).items():
        key: Key = ("bgp", "groups", group)
        for name, kind in (("local_address", "any"), ("cluster", "ipv4")):
            if name in data:
                yield (*key, name), data[name], kind
        for text in data["neighbors"]:
            yield (*key, "neighbors", text), text, "any"
    for name, prefixes in (router.section("policies").get("prefix_lists") or {}).items():
        for index, text in enumerate(prefixes):
            yield ("policies", "prefix_lists", name, index), text, "any/prefix"
    for text, route in router.section("static_routes").items():
        yield ("static_routes", text), text, "any/prefix"
        if "next_hop" in route:
            yield ("static_routes", text, "next_hop"), route["next_hop"], ip.family(text)
    for area in router.section("ospf").get("areas") or {}:
        yield ("ospf", "areas", area), area, "ipv4"


def check_loopback(router: Router) -> Iterator[IntentError]:
    """The loopback addresses of `router.loopback` are on the loopback interface."""
    device = names.LOOPBACK[router.platform]
    unit = router.units.get(names.logical_name(router.platform, device, 0))
    for family, length in (("ipv4", 32), ("ipv6", 128)):
        text = router.section("router").get("loopback", {}).get(family)
        if text is None or ip.address(text) is None:
            continue
        wanted = f"{ip.canonical(text)}/{length}"
        if unit is None or wanted not in unit.addresses:
            yield IntentError(
                router.name,
                ("router", "loopback", family),
                f"{shown(text)}, which {device} unit 0 does not have",
                "the loopback address on the loopback interface",
                f'interfaces.{device}.units.0.{family}: ["{wanted}"]',
            )


def check_unique_addresses(fleet: Fleet) -> Iterator[IntentError]:
    """No address is on two interfaces, management included."""
    for text, units in fleet.owners.items():
        managed = [unit for unit in units if unit.router in fleet.routers]
        if len(units) < 2 or not managed:
            continue
        first, *rest = sorted(units, key=lambda unit: (unit.router, names.natural(unit.name)))
        if first.router not in fleet.routers:
            first, rest = managed[0], [unit for unit in units if unit is not managed[0]]
        others = ", ".join(f"{unit.router} {unit.name}" for unit in rest)
        family = ip.family(text)
        yield IntentError(
            first.router,
            (*first.key, family),
            f"{text}, which {others} has too",
            "an address that is nowhere else in the fleet",
            "a free address on all but one of them",
        )
    yield from _unique_management(fleet)


def _unique_management(fleet: Fleet) -> Iterator[IntentError]:
    seen: dict[str, str] = {}
    for router in sorted(fleet.routers.values(), key=lambda router: router.name):
        text = router.section("router").get("management", {}).get("ipv4")
        if text is None:
            continue
        bare = ip.canonical(text).partition("/")[0]
        holder = seen.setdefault(bare, router.name)
        units: list[Unit] = fleet.owners.get(bare, [])
        if holder != router.name or units:
            where = f"router.management of {holder}" if holder != router.name else f"{units[0].router} {units[0].name}"
            yield IntentError(
                router.name,
                ("router", "management", "ipv4"),
                f"{shown(text)}, which {where} has too",
                "a management address that is nowhere else in the fleet",
                "a free address of the management network",
            )


def check_unique_router_ids(fleet: Fleet) -> Iterator[IntentError]:
    """Router ids and host names are unique."""
    for path, what in (("router_id", "router id"), ("hostname", "host name")):
        seen: defaultdict[str, list[str]] = defaultdict(list)
        for router in fleet.routers.values():
            value = router.section("router").get(path)
            if isinstance(value, str):
                seen[ip.canonical(value)].append(router.name)
        for value, routers in seen.items():
            if len(routers) > 1:
                first, *rest = sorted(routers)
                yield IntentError(
                    first,
                    ("router", path),
                    f"{shown(value)}, which {', '.join(rest)} has too",
                    f"a {what} of its own for every router",
                    f"the router's own {'IPv4 loopback address' if path == 'router_id' else 'inventory name'}",
                )


def check_fleet_addresses(fleet: Fleet) -> Iterator[IntentError]:
    """All checks of this file."""
    for router in fleet.routers.values():
        yield from check_address_syntax(router)
        yield from check_loopback(router)
    yield from check_unique_addresses(fleet)
    yield from check_unique_router_ids(fleet)
