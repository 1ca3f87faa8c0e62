"""ARP, neighbour discovery and BFD sessions."""

from __future__ import annotations

from lab.junos.oper.context import OperContext
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, el, info

AGING = 1200
"""Seconds after which a router asks again; the kernel's entries have no such age, so that all of it is always left."""


def arp(ctx: OperContext, args: Args) -> Element:
    """<arp-table-information>."""
    found = [n for n in ctx.backend.neighbors(ctx.data(), "inet") if args.get("interface") in (None, n.interface)]
    rows = []
    for n in found:
        name = None if "no-resolve" in args else el("hostname", n.address)
        flags = el("arp-table-entry-flags", el("none"))
        left = el("time-to-expire", AGING) if "expiration-time" in args else None
        where = el("interface-name", n.interface)
        rows.append(
            el("arp-table-entry", el("mac-address", n.mac), el("ip-address", n.address), name, where, flags, left)
        )
    style = "no-resolve" if "no-resolve" in args else "normal"
    return info("arp-table-information", "arp", [*rows, el("arp-entry-count", len(rows))], style=style)


def render_arp(reply: Element, args: Args) -> str:
    """`show arp`."""
    named = "no-resolve" not in args
    lines = [f"{'MAC Address':<18}{'Address':<16}{'Name' if named else '':<{26 if named else 0}}{'Interface':<24}Flags"]
    for row in reply.iterfind("arp-table-entry"):
        name = f"{row.findtext('hostname') or '':<26}" if named else ""
        lines.append(
            f"{row.findtext('mac-address'):<18}{row.findtext('ip-address'):<16}{name}{row.findtext('interface-name'):<24}none"
        )
    lines.append(f"Total entries: {reply.findtext('arp-entry-count')}")
    return "\n".join(lines) + "\n"


def discovery(ctx: OperContext, args: Args) -> Element:
    """<ipv6-nd-information>."""
    rows = [
        el(
            "ipv6-nd-entry",
            el("ipv6-nd-neighbor-address", n.address),
            el("ipv6-nd-neighbor-l2-address", n.mac),
            el("ipv6-nd-state", n.state),
            el("ipv6-nd-expire", n.age),
            el("ipv6-nd-isrouter", "yes" if n.router else "no"),
            el("ipv6-nd-issecure", "no"),
            el("ipv6-nd-interface-name", n.interface),
        )
        for n in ctx.backend.neighbors(ctx.data(), "inet6")
    ]
    return info("ipv6-nd-information", "", [*rows, el("ipv6-nd-total", len(rows))])


def render_discovery(reply: Element, args: Args) -> str:
    """`show ipv6 neighbors`."""
    head = f"{'IPv6 Address':<40}{'Linklayer Address':<18}{'State':<12}{'Exp':<5}{'Rtr':<4}{'Secure':<8}Interface"
    lines = [head]
    for row in reply.iterfind("ipv6-nd-entry"):
        lines.append(
            f"{row.findtext('ipv6-nd-neighbor-address'):<40}{row.findtext('ipv6-nd-neighbor-l2-address'):<18}"
            f"{row.findtext('ipv6-nd-state'):<12}{row.findtext('ipv6-nd-expire'):<5}"
            f"{row.findtext('ipv6-nd-isrouter'):<4}{'no':<8}{row.findtext('ipv6-nd-interface-name')}"
        )
    lines.append(f"Total entries: {reply.findtext('ipv6-nd-total')}")
    return "\n".join(lines) + "\n"


def bfd(ctx: OperContext, args: Args) -> Element:
    """<bfd-session-information>."""
    sessions = ctx.backend.bfd_sessions(ctx.data())
    rows = [
        el(
            "bfd-session",
            el("session-neighbor", s.address),
            el("session-state", s.state),
            el("session-interface", s.interface or ""),
            el("session-detection-time", f"{s.detection_time:.3f}"),
            el("session-transmission-interval", f"{s.transmit_interval:.3f}"),
            el("session-adaptive-multiplier", s.multiplier),
            *(el("bfd-client", el("client-name", name)) for name in s.clients),
            el("local-diagnostic", s.local_diagnostic),
        )
        for s in sessions
    ]
    totals = [el("sessions", len(rows)), el("clients", sum(len(s.clients) for s in sessions))]
    return info("bfd-session-information", "bfd", [*rows, *totals], style="detail")


def render_bfd(reply: Element, args: Args) -> str:
    """`show bfd session`."""
    lines = [
        f"{'':<50}Detect   Transmit",
        f"{'Address':<25}{'State':<10}{'Interface':<15}{'Time':<9}{'Interval':<10}Multiplier",
    ]
    for row in reply.iterfind("bfd-session"):
        lines.append(
            f"{row.findtext('session-neighbor'):<25}{row.findtext('session-state'):<10}"
            f"{row.findtext('session-interface'):<15}{row.findtext('session-detection-time'):<9}"
            f"{row.findtext('session-transmission-interval'):<10}{row.findtext('session-adaptive-multiplier'):>6}"
        )
    lines += ["", f"{reply.findtext('sessions')} sessions, {reply.findtext('clients')} clients"]
    return "\n".join(lines) + "\n"


register(
    Command("get-arp-table-information", arp, render_arp, "show arp", ("no-resolve", "expiration-time"), ("interface",))
)
register(Command("get-ipv6-nd-information", discovery, render_discovery, "show ipv6 neighbors", ("no-resolve",)))
register(Command("get-bfd-session-information", bfd, render_bfd, "show bfd session", ("brief", "detail", "extensive")))
