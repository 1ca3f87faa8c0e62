"""Static routes as configured, defaults resolved."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from lab.junos.backend.reading import Node, entries, has, leaf, node, number, values

STATIC_PREFERENCE = 5


@dataclass(frozen=True)
class StaticHop:
    """A next hop: an address, or an interface (point-to-point), and the preference of this one."""

    address: str | None
    interface: str | None
    preference: int
    bfd: bool = False


@dataclass(frozen=True)
class StaticRoute:
    """A static route; `kind` is `Router`, `Discard` or `Reject`."""

    path: str
    table: str
    prefix: str
    kind: str
    preference: int
    next_hops: tuple[StaticHop, ...]
    tag: int | None
    communities: tuple[str, ...]
    metric: int | None
    readvertise: bool
    statements: Node


def static_routes(data: Node) -> Iterator[StaticRoute]:
    """Every static route of inet.0 and inet6.0, wherever it is configured."""
    options = node(data, "routing-options")
    places = [("routing-options static", node(options, "static"))]
    for rib, statements in entries(options, "rib"):
        if rib in ("inet.0", "inet6.0"):
            places.append((f"routing-options rib {rib} static", node(statements, "static")))
    for path, static in places:
        defaults = node(static, "defaults")
        for prefix, route in entries(static, "route"):
            if "defaults" in static:
                route = {**defaults, **route}
            yield _route(path, prefix, route)


def _route(path: str, prefix: str, route: Node) -> StaticRoute:
    network = ipaddress.ip_network(prefix, strict=False)
    preference = number(route, "preference")
    preference = STATIC_PREFERENCE if preference is None else preference
    hops = [_hop(text, preference) for text in values(route, "next-hop")]
    for text, statements in entries(route, "qualified-next-hop"):
        own = number(statements, "preference")
        hops.append(_hop(text, preference if own is None else own, leaf(statements, "interface")))
    kind = "Discard" if has(route, "discard") else "Reject" if has(route, "reject") else "Router"
    return StaticRoute(
        path=f"{path} route {prefix}",
        table="inet.0" if network.version == 4 else "inet6.0",
        prefix=str(network),
        kind=kind,
        preference=preference,
        next_hops=tuple(hops),
        tag=number(route, "tag"),
        communities=values(route, "community"),
        metric=number(route, "metric"),
        readvertise=not has(route, "no-readvertise"),
        statements=route,
    )


def _hop(text: str, preference: int, interface: str | None = None) -> StaticHop:
    try:
        return StaticHop(str(ipaddress.ip_address(text)), interface, preference)
    except ValueError:
        return StaticHop(None, text, preference)
