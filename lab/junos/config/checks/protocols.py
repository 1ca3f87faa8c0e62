"""Protocols: what BGP sessions need, what OSPF cannot have twice, and what every level must hold."""

from __future__ import annotations

import ipaddress

from lab.junos.config.checks.context import Context, Path, entries, has, leaf
from lab.junos.config.tree import Node

ROOT = "root-authentication"


def check_mandatory(context: Context, needs_root: bool = True) -> None:
    """Every level has the statements it cannot be without; a router has a way to log in at its console."""
    system = context.at("system")
    if system is None and needs_root:
        context.error((), "system", f"Missing mandatory statement: '{ROOT}'")
    for path, _, node in context.nodes:
        for name in node.schema.mandatory:
            if not has(node, name) and (needs_root or name != ROOT):
                word = node.schema.children[name].word or name
                context.error(path, " ".join(node.words()), f"Missing mandatory statement: '{word}'")


def check_bgp(context: Context) -> None:
    """Sessions have an AS on both ends, and their addresses are of one family."""
    bgp = context.at("protocols", "bgp")
    if bgp is None or has(bgp, "disable"):
        return
    options = context.at("routing-options", "autonomous-system")
    local = leaf(options, "as-number")
    for group in entries(bgp, "group"):
        path = ("protocols", "bgp", *group.words())
        if not entries(group, "neighbor") and not has(group, "allow"):
            continue
        for neighbor in entries(group, "neighbor"):
            _session(context, [bgp, group, neighbor], local, path)


def _inherited(levels: list[Node], name: str) -> str | None:
    return next((value for level in reversed(levels) if (value := leaf(level, name)) is not None), None)


def _session(context: Context, levels: list[Node], local: str | None, path: Path) -> None:
    group, neighbor = levels[1], levels[2]
    address = neighbor.key[0]
    where = f"Error in neighbor {address} of group {group.key[0]}:"
    bad = f"neighbor {address}"
    own = next((as_number for level in reversed(levels) if (as_number := _local_as(level)) is not None), local)
    peer = _inherited(levels, "peer-as")
    kind = leaf(group, "type") or ("internal" if peer is not None and peer == own else "external")
    if own is None:
        context.error(path, bad, f"{where}\nlocal AS number must be configured")
    elif kind == "external" and peer is None:
        context.error(path, bad, f"{where}\npeer AS number must be configured for an external peer")
    elif kind == "external" and peer == own and leaf(group, "type") is not None:
        context.error(path, bad, f"{where}\npeer AS number must not be the local AS number for an external peer")
    elif kind == "internal" and peer is not None and peer != own:
        context.error(path, bad, f"{where}\npeer AS number must match local AS number for an internal peer")
    source = _inherited(levels, "local-address")
    if source and ipaddress.ip_address(source).version != ipaddress.ip_address(address).version:
        context.error(path, bad, f"{where}\nlocal address {source} is not of the neighbor's address family")


def _local_as(level: Node) -> str | None:
    found = level.get("local-as")
    return leaf(found, "as-number") if found is not None and not found.inactive else None


def check_ospf(context: Context) -> None:
    """An interface is in one area; the backbone is no stub; a router has an id that is not 0.0.0.0."""
    for protocol in ("ospf", "ospf3"):
        instance = context.at("protocols", protocol)
        if instance is None or has(instance, "disable"):
            continue
        seen: dict[str, str] = {}
        for area in entries(instance, "area"):
            path = ("protocols", protocol, *area.words())
            for kind in ("stub", "nssa"):
                if area.key[0] == "0.0.0.0" and has(area, kind):
                    context.error(path, kind, f"Backbone area can not be {kind}")
            if has(area, "stub") and has(area, "nssa"):
                context.error(path, "nssa", "Area can not be both stub and nssa")
            for interface in entries(area, "interface"):
                _ospf_interface(context, interface, area, path, seen)


def _ospf_interface(context: Context, interface: Node, area: Node, path: Path, seen: dict[str, str]) -> None:
    name = interface.key[0]
    if name in seen and not has(interface, "secondary"):
        context.error(path, f"interface {name}", f"Interface {name} is configured in area {seen[name]} too")
    seen.setdefault(name, area.key[0])
    hello, dead = leaf(interface, "hello-interval"), leaf(interface, "dead-interval")
    if hello and dead and int(dead) <= int(hello):
        context.error((*path, *interface.words()), "dead-interval", "dead-interval must be greater than hello-interval")


def check_routing(context: Context) -> None:
    """Static routes say where to go; their next hops are of their family; the router id is a usable one."""
    options = context.at("routing-options")
    if leaf(options, "router-id") == "0.0.0.0":
        context.error(("routing-options",), "router-id", "router-id 0.0.0.0 is not allowed")
    for path, _, node in context.nodes:
        if node.schema.name == "route" and path[-1:] == ("static",) and path[:1] == ("routing-options",):
            _static(context, path, node)


def _static(context: Context, path: Path, route: Node) -> None:
    bad = " ".join(route.words())
    targets = ("next-hop", "discard", "reject", "receive", "next-table", "qualified-next-hop")
    if not any(has(route, name) for name in targets) and not entries(route, "qualified-next-hop"):
        context.error(path, bad, "Missing next-hop: one of next-hop, discard, reject, receive or next-table is needed")
    version = ipaddress.ip_interface(route.key[0]).version
    inet6 = "inet6" in "".join(path[:3])
    if (version == 6) != inet6:
        context.error(path, bad, f"route {route.key[0]} does not belong into this routing table")
    hop = route.get("next-hop")
    for value in hop.values if hop is not None and not hop.inactive else ():
        try:
            family = ipaddress.ip_address(value).version
        except ValueError:
            continue  # an interface
        if family != version and version == 4:
            context.error((*path, *route.words()), f"next-hop {value}", "next-hop is not of the route's address family")
