"""`show route`, `show route summary` and their RPCs."""

from __future__ import annotations

import ipaddress
from itertools import groupby

from lab.junos.backend.bgp_settings import TABLE
from lab.junos.backend.model import NextHop, Route, TableSummary
from lab.junos.backend.null import longest_match
from lab.junos.backend.reading import autonomous_system, router_id
from lab.junos.backend.summary import TABLES, summarize
from lab.junos.oper import routes_text
from lab.junos.oper.context import OperContext, OperError
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, clock_length, el, flag, info, opt

DETAILED = ("detail", "extensive")
_PROTOCOLS = {
    "direct": "Direct", "local": "Local", "static": "Static", "ospf": "OSPF",
    "ospf2": "OSPF", "ospf3": "OSPF3", "bgp": "BGP",
}  # fmt: skip


def routes(ctx: OperContext, args: Args) -> Element:
    """<route-information>: one <route-table> per table that has something to show."""
    destination = args.get("destination") or None
    if destination is not None:
        _check_destination(destination)
    everything = ctx.backend.routes(ctx.data())
    counts = {summary.table: summary for summary in summarize(everything)}
    chosen = _choose(everything, destination, args)
    style = next((name for name in ("terse", "detail", "extensive") if name in args), "brief")
    tables = []
    for table in TABLES:
        own = [route for route in chosen if route.table == table]
        if table in counts and (own or (destination is None and args.get("table") in (None, table))):
            tables.append(_table(counts[table], own, style))
    return info("route-information", "routing", tables)


def _check_destination(destination: str) -> None:
    try:
        ipaddress.ip_network(destination, strict=False)
    except ValueError:
        raise OperError(f"invalid value: {destination}", destination) from None


def _choose(everything: list[Route], destination: str | None, args: Args) -> list[Route]:
    found = everything
    if "table" in args:
        if args["table"] not in TABLES:
            raise OperError(f"unknown table: {args['table']}", args["table"])
        found = [route for route in found if route.table == args["table"]]
    if "protocol" in args:
        name = _PROTOCOLS.get(args["protocol"])
        if name is None:
            raise OperError("syntax error", args["protocol"])
        found = [route for route in found if route.protocol == name]
    if "active-path" in args:
        found = [route for route in found if route.active]
    if destination is None:
        return found
    network = ipaddress.ip_network(destination, strict=False)
    found = [route for route in found if route.table == TABLE[network.version]]
    if "exact" in args:
        return [route for route in found if ipaddress.ip_network(route.prefix) == network]
    within = [route for route in found if "/" in destination and _inside(route.prefix, network)]
    if within:
        return within
    return longest_match(found, destination)


def _inside(prefix: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return ipaddress.ip_network(prefix).subnet_of(network)  # type: ignore[arg-type]


def _table(summary: TableSummary, own: list[Route], style: str) -> Element:
    made = el(
        "route-table",
        el("table-name", summary.table),
        el("destination-count", summary.destinations),
        el("total-route-count", summary.total),
        el("active-route-count", summary.active),
        el("holddown-route-count", 0),
        el("hidden-route-count", summary.hidden),
    )
    ordered = sorted(own, key=lambda route: (_key(route.prefix), not route.active, route.preference))
    for prefix, paths in groupby(ordered, key=lambda route: route.prefix):
        made.append(_destination(prefix, list(paths), style))
    return made


def _destination(prefix: str, paths: list[Route], style: str) -> Element:
    """One <rt>. In detail the destination and the length of its prefix are told apart, and paths are counted."""
    if style not in DETAILED:
        return el("rt", el("rt-destination", prefix), *(_entry(route) for route in paths), style=style)
    destination, _, length = prefix.partition("/")
    count = len(paths)
    return el(
        "rt",
        el("rt-destination", destination),
        el("rt-prefix-length", length, emit="emit"),
        el("rt-entry-count", count, format=f"{count} {'entry' if count == 1 else 'entries'}"),
        el("rt-announced-count", 1 if any(route.active for route in paths) else 0),
        *(_detailed(route) for route in paths),
        style="detail",
    )


def _key(prefix: str) -> tuple[int, int, int]:
    network = ipaddress.ip_network(prefix)
    return network.version, int(network.network_address), network.prefixlen


def _head(route: Route) -> list[Element | None]:
    """What every path begins with, in each style."""
    return [
        el("active-tag", "*" if route.active else " "),
        flag("current-active", route.active),
        flag("last-active", route.active),
        el("protocol-name", route.protocol),
        el("preference", route.preference),
    ]


def _entry(route: Route) -> Element:
    made = el(
        "rt-entry",
        *_head(route),
        opt("metric", route.metric),
        el("age", clock_length(route.age), seconds=route.age),
        opt("local-preference", route.local_preference),
        opt("learned-from", route.learned_from),
        opt("as-path", route.as_path),
        opt("tag", route.tag),
        el("validation-state", "unverified") if route.protocol == "BGP" else None,
    )
    for hop in route.next_hops:
        made.append(_hop(hop))
    return made


def _detailed(route: Route) -> Element:
    """One path in `detail` and `extensive`: the next hops come before what the protocol knows of it."""
    kind = next((hop.kind for hop in route.next_hops if hop.kind in ("Local", "Discard", "Reject")), "Router")
    made = el(
        "rt-entry",
        *_head(route),
        el("nh-type", "Interface" if route.protocol == "Direct" else kind),
        *(_hop(hop) for hop in route.next_hops if hop.kind not in ("Discard", "Reject")),
        el("rt-entry-state", "Active" if route.active else ""),
        el("age", clock_length(route.age), seconds=route.age),
        opt("metric", route.metric),
        opt("tag", route.tag),
        el("validation-state", "unverified") if route.protocol == "BGP" else None,
        el("as-path", f"AS path: {route.as_path or 'I'}\n"),
    )
    if route.communities:
        made.append(el("communities", *(el("community", text) for text in route.communities)))
    for tag, value in (("local-preference", route.local_preference), ("peer-id", route.learned_from)):
        if value is not None:
            made.append(el(tag, value))
    return made


def _hop(hop: NextHop) -> Element:
    if hop.kind == "Local":
        return el("nh", el("nh-local-interface", hop.via))
    if hop.kind in ("Discard", "Reject"):
        return el("nh", el("nh-type", hop.kind))
    return el("nh", flag("selected-next-hop", hop.selected), opt("to", hop.to), opt("via", hop.via))


def summary(ctx: OperContext, args: Args) -> Element:
    """<route-summary-information>: the router id, then counts per table and protocol."""
    data = ctx.data()
    system = autonomous_system(data)
    tables = [_summary_table(s) for s in ctx.backend.route_summary(data) if args.get("table") in (None, s.table)]
    head = [opt("as-number", system), el("router-id", router_id(data) or "0.0.0.0")]
    return info("route-summary-information", "routing", [*head, *tables])


def _summary_table(s: TableSummary) -> Element:
    return el(
        "route-table",
        el("table-name", s.table),
        el("destination-count", s.destinations),
        el("total-route-count", s.total),
        el("active-route-count", s.active),
        el("holddown-route-count", 0),
        el("hidden-route-count", s.hidden),
        *(
            el(
                "protocols",
                el("protocol-name", name),
                el("protocol-route-count", total),
                el("active-route-count", active),
            )
            for name, total, active in s.protocols
        ),
    )


register(
    Command(
        "get-route-information",
        routes,
        routes_text.render,
        "show route",
        flags=("terse", "brief", "detail", "extensive", "exact", "active-path", "all"),
        named=("protocol", "table"),
        positional=("destination",),
    )
)
register(
    Command(
        "get-route-summary-information",
        summary,
        routes_text.render_summary,
        "show route summary",
        named=("table",),
    )
)
