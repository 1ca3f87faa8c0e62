"""Static routes: next hops, discard, reject, preferences, tags."""

from __future__ import annotations

from lab.junos.backend.frr.context import Translation
from lab.junos.backend.frr.lines import Kind, Section
from lab.junos.backend.reading import node
from lab.junos.backend.static_settings import StaticRoute, static_routes
from lab.names import linux_name

_REFUSED = ("receive", "next-table", "bfd-liveness-detection", "as-path")


def add_static(t: Translation) -> None:
    """Sections for all static routes; aggregate and generated routes are refused."""
    for place in ("aggregate", "generate"):
        for prefix in node(t.data, "routing-options", place, "route"):
            t.refuse(
                f"routing-options {place} route {prefix}",
                f"{place} routes are not supported by this data plane",
                prefix,
            )
    for route in static_routes(t.data):
        t.refuse_present(route.path, route.statements, _REFUSED)
        section = t.config.add(Section(("static", route.table, route.prefix), kind=Kind.LATE))
        for target, line in route_lines(route):
            section.add(line, key=f"{route.prefix} {target}")


def route_lines(route: StaticRoute) -> list[tuple[str, str]]:
    """(target, `ip route` line) for every next hop of a route."""
    word = "ip" if route.table == "inet.0" else "ipv6"
    tag = f" tag {route.tag}" if route.tag else ""
    if route.kind != "Router":
        kind = "blackhole" if route.kind == "Discard" else "reject"
        return [("nowhere", f"{word} route {route.prefix} {kind}{tag} {distance(route.preference)}")]
    lines = []
    for hop in route.next_hops:
        target = " ".join(p for p in (hop.address, linux_name(hop.interface) if hop.interface else None) if p)
        lines.append((target, f"{word} route {route.prefix} {target}{tag} {distance(hop.preference)}"))
    return lines


def distance(preference: int) -> int:
    """A Junos preference as an FRR distance: the same number, within FRR's 1-255."""
    return min(max(preference, 1), 255)
