"""`show route` and `show route summary` as the CLI prints them, from the XML reply."""

from __future__ import annotations

from lab.junos.oper.registry import Args
from lab.junos.oper.xml import Element


def render(reply: Element, args: Args) -> str:
    """Every table with its destinations; `terse` is one line per path."""
    out: list[str] = []
    for table in reply.iterfind("route-table"):
        counts = [table.findtext(f"{n}-count") for n in ("destination", "total-route", "active-route")]
        rest = [table.findtext(f"{n}-route-count") for n in ("holddown", "hidden")]
        out.append("")
        out.append(
            f"{table.findtext('table-name')}: {counts[0]} destinations, {counts[1]} routes ({counts[2]} active, "
            f"{rest[0]} holddown, {rest[1]} hidden)"
        )
        out.append("+ = Active Route, - = Last Active, * = Both")
        out.append("")
        if "terse" in args:
            out.append(f"A {'Destination':<19}{'P':<2}{'Prf':>4}{'Metric 1':>11}  {'Next hop':<17} AS path")
        style = _terse if "terse" in args else _detail if "detail" in args or "extensive" in args else _brief
        for entry in table.iterfind("rt"):
            out += style(entry)
    return "\n".join(out) + "\n"


def _brief(rt: Element) -> list[str]:
    lines: list[str] = []
    start = f"{rt.findtext('rt-destination'):<19}"
    if len(start.rstrip()) >= 19:
        lines.append(start.rstrip())
        start = " " * 19
    for entry in rt.iterfind("rt-entry"):
        active = "*" if entry.find("current-active") is not None else " "
        head = (
            f"{start}{active}[{entry.findtext('protocol-name')}/{entry.findtext('preference')}] {entry.findtext('age')}"
        )
        for label, tag in (("metric", "metric"), ("localpref", "local-preference"), ("from", "learned-from")):
            if entry.findtext(tag):
                head += f", {label} {entry.findtext(tag)}"
        lines.append(head)
        start = " " * 19
        if entry.findtext("as-path") is not None:
            lines.append(f"{'':<21}AS path: {entry.findtext('as-path')}, validation-state: unverified")
        lines += [f"{'':<20}{_hop(hop)}" for hop in entry.iterfind("nh")]
    return lines


def _detail(rt: Element) -> list[str]:
    counts = rt.findtext("rt-entry-count"), rt.findtext("rt-announced-count")
    entries = "entry" if counts[0] == "1" else "entries"
    prefix = f"{rt.findtext('rt-destination')}/{rt.findtext('rt-prefix-length')}"
    lines = [f"{prefix} ({counts[0]} {entries}, {counts[1]} announced)"]
    for entry in rt.iterfind("rt-entry"):
        active = "*" if entry.find("current-active") is not None else " "
        lines.append(f"{'':<8}{active}{entry.findtext('protocol-name'):<7}Preference: {entry.findtext('preference')}")
        rows = [f"Next hop type: {entry.findtext('nh-type')}"]
        for hop in entry.iterfind("nh"):
            mark = ", selected" if hop.find("selected-next-hop") is not None else ""
            rows.append(f"Next hop: {_hop(hop)[1:].strip()}{mark}".replace("Next hop: to ", "Next hop: "))
        if entry.findtext("rt-entry-state"):
            rows.append(f"State: <{entry.findtext('rt-entry-state')}>")
        metric = f"\tMetric: {entry.findtext('metric')}" if entry.findtext("metric") else ""
        rows.append(f"Age: {entry.findtext('age')}{metric}")
        rows.append((entry.findtext("as-path") or "").strip())
        communities = [node.text or "" for node in entry.iterfind("communities/community")]
        rows += [f"Communities: {' '.join(communities)}"] if communities else []
        rows += [f"Localpref: {entry.findtext('local-preference')}"] if entry.findtext("local-preference") else []
        lines += [f"{'':<16}{row}" for row in rows]
    return lines


def _hop(hop: Element) -> str:
    if hop.findtext("nh-local-interface"):
        return f"   Local via {hop.findtext('nh-local-interface')}"
    if hop.findtext("nh-type"):
        return f"   {hop.findtext('nh-type')}"
    mark = ">" if hop.find("selected-next-hop") is not None else " "
    to = f"to {hop.findtext('to')} " if hop.findtext("to") else ""
    via = f"via {hop.findtext('via')}" if hop.findtext("via") else ""
    return f"{mark}  {to}{via}".rstrip()


def _terse(rt: Element) -> list[str]:
    lines = []
    for position, entry in enumerate(rt.iterfind("rt-entry")):
        active = "*" if entry.find("current-active") is not None else " "
        destination = rt.findtext("rt-destination") if position == 0 else ""
        hops = list(entry.iterfind("nh"))
        hop = ""
        if hops:
            mark = ">" if hops[0].find("selected-next-hop") is not None else " "
            target = next(
                (hops[0].findtext(t) for t in ("to", "via", "nh-local-interface", "nh-type") if hops[0].findtext(t)), ""
            )
            hop = f"{mark}{target}"
        lines.append(
            f"{active} {destination:<19}{(entry.findtext('protocol-name') or '?')[0]:<2}"
            f"{entry.findtext('preference'):>4}"
            f"{entry.findtext('metric') or entry.findtext('local-preference') or '':>11}  {hop:<17} "
            f"{entry.findtext('as-path') or ''}".rstrip()
        )
    return lines


def render_summary(reply: Element, args: Args) -> str:
    """Counts per table and protocol."""
    lines = []
    if reply.findtext("as-number"):
        lines.append(f"Autonomous system number: {reply.findtext('as-number')}")
    lines += [f"Router ID: {reply.findtext('router-id')}", ""]
    for table in reply.iterfind("route-table"):
        counts = [table.findtext(f"{n}-count") for n in ("destination", "total-route", "active-route")]
        lines.append(
            f"{table.findtext('table-name')}: {counts[0]} destinations, {counts[1]} routes ({counts[2]} active, "
            f"{table.findtext('holddown-route-count')} holddown, {table.findtext('hidden-route-count')} hidden)"
        )
        for protocol in table.iterfind("protocols"):
            lines.append(
                f"{protocol.findtext('protocol-name'):>20}: {protocol.findtext('protocol-route-count'):>6} routes, "
                f"{protocol.findtext('active-route-count'):>6} active"
            )
        lines.append("")
    return "\n".join(lines)
