"""`show ospf ...` and `show ospf3 ...`: neighbours, interfaces, database summary, overview."""

from __future__ import annotations

from lab.junos.backend.model import OspfDatabase, OspfInterface, OspfNeighbor
from lab.junos.oper.context import OperContext, OperError
from lab.junos.oper.registry import Args, Build, Command, Render, register
from lab.junos.oper.xml import Element, clock_length, el, info

_NAME = {2: "ospf", 3: "ospf3"}
_DETAIL = ("detail", "extensive")
_LEVELS = ("brief", *_DETAIL)


def _running(ctx: OperContext, version: int) -> bool:
    return ctx.backend.ospf_overview(ctx.data(), version) is not None


def _nothing(version: int, what: str) -> Element:
    text = f"{_NAME[version].upper()} instance is not running"
    return info(f"{_NAME[version]}-{what}-information", "routing", [el("output", text)])


def neighbors(version: int) -> Build:
    """The builder of <ospf-neighbor-information> or <ospf3-neighbor-information>."""

    def build(ctx: OperContext, args: Args) -> Element:
        detail = any(level in args for level in _DETAIL)
        wanted = (args.get("neighbor"), args.get("interface"), args.get("area"))
        found = [n for n in ctx.backend.ospf_neighbors(ctx.data(), version) if _chosen(n, wanted)]
        if not found and not _running(ctx, version):
            return _nothing(version, "neighbor")
        style = "detail" if detail else "brief"
        blocks = [_neighbor(n, version, detail=detail) for n in found]
        return info(f"{_NAME[version]}-neighbor-information", "routing", blocks, style=style)

    return build


def _chosen(neighbor: OspfNeighbor, wanted: tuple[str | None, str | None, str | None]) -> bool:
    who, interface, area = wanted
    return (
        who in (None, neighbor.address, neighbor.neighbor_id)
        and interface in (None, neighbor.interface)
        and area in (None, neighbor.area)
    )


def _neighbor(n: OspfNeighbor, version: int, *, detail: bool) -> Element:
    made = el(
        f"{_NAME[version]}-neighbor",
        el("neighbor-address", n.address),
        el("interface-name", n.interface),
        el("ospf-neighbor-state", n.state),
        el("neighbor-id", n.neighbor_id),
        el("neighbor-priority", n.priority),
        el("activity-timer", n.dead_seconds),
    )
    if detail:
        made.append(el("ospf-area", n.area))
        made.append(el("options", "0x52" if version == 2 else "0x13"))
        made.append(el("dr-address", n.dr))
        made.append(el("bdr-address", n.bdr))
        made.append(el("neighbor-up-time", clock_length(n.up_seconds), seconds=n.up_seconds))
        made.append(el("neighbor-adjacency-time", clock_length(n.up_seconds), seconds=n.up_seconds))
    return made


def interfaces(version: int) -> Build:
    """The builder of <ospf-interface-information> or <ospf3-interface-information>."""

    def build(ctx: OperContext, args: Args) -> Element:
        wanted, area = args.get("interface-name"), args.get("area")
        everything = ctx.backend.ospf_interfaces(ctx.data(), version)
        if not everything and not _running(ctx, version):
            return _nothing(version, "interface")
        found = [i for i in everything if wanted in (None, i.interface) and area in (None, i.area)]
        if wanted and not found:
            raise OperError(f"OSPF is not running on interface {wanted}", wanted)
        detail = any(level in args for level in _DETAIL)
        blocks = [_interface(i, version, detail=detail) for i in found]
        style = "detail" if detail else "brief"
        return info(f"{_NAME[version]}-interface-information", "routing", blocks, style=style)

    return build


def _interface(i: OspfInterface, version: int, *, detail: bool) -> Element:
    made = el(
        f"{_NAME[version]}-interface",
        el("interface-name", i.interface),
        el("ospf-interface-state", i.state),
        el("ospf-area", i.area),
        el("dr-id", i.dr_id),
        el("bdr-id", i.bdr_id),
        el("neighbor-count", i.neighbors),
    )
    if detail:
        rows: list[tuple[str, object]] = [
            ("interface-type", i.kind),
            ("interface-address", (i.address or "").partition("/")[0]),
            ("mtu", i.mtu),
            ("interface-cost", i.cost),
            ("adj-count", i.neighbors),
            ("hello-interval", i.hello),
            ("dead-interval", i.dead),
            ("retransmit-interval", 5),
            ("router-priority", i.priority),
            ("ospf-stub-type", "Not Stub"),
            ("authentication-type", i.authentication),
            ("passive", "Passive" if i.passive else None),
        ]
        made.extend(el(tag, str(value)) for tag, value in rows if value not in (None, ""))
    return made


def database(version: int) -> Build:
    """The builder of the database summary: LSA counts per area, then the externals."""

    def build(ctx: OperContext, args: Args) -> Element:
        if "summary" not in args and "implied-summary" not in args:
            raise OperError("only the summary of the database is modelled", "summary")
        areas = ctx.backend.ospf_database(ctx.data(), version)
        if not areas and not _running(ctx, version):
            return _nothing(version, "database")
        blocks = [_area(area, version) for area in areas]
        blocks += [
            el(f"{_NAME[version]}-database-summary", el("ospf-intf", i.interface), el("ospf-area", i.area))
            for i in ctx.backend.ospf_interfaces(ctx.data(), version)
        ]
        return info(f"{_NAME[version]}-database-information", "routing", blocks)

    return build


def _area(area: OspfDatabase, version: int) -> Element:
    heading = None if area.area is not None else "Externals"
    made = el(f"{_NAME[version]}-database-summary", external_heading=None)
    if heading:
        made = el(f"{_NAME[version]}-database-summary")
        made.set("external-heading", heading)
    else:
        made.append(el("ospf-area", area.area))
    for name, count in area.counts:
        made.append(el("ospf-lsa-count", count))
        made.append(el("ospf-lsa-type", name))
    return made


def overview(version: int) -> Build:
    """The builder of <ospf-overview-information>."""

    def build(ctx: OperContext, args: Args) -> Element:
        found = ctx.backend.ospf_overview(ctx.data(), version)
        if found is None:
            return _nothing(version, "overview")
        areas = [
            el(
                "ospf-area-overview",
                el("ospf-area", area),
                el("ospf-stub-type", "Not Stub"),
                el("authentication-type", "None"),
                el("ospf-abr-count", 0),
                el("ospf-asbr-count", 0),
                el("ospf-nbr-overview", el("ospf-nbr-up-count", count)),
                el("ospf-nbr-up-count", count),
            )
            for area, count in found.areas
        ]
        body = el(
            f"{_NAME[version]}-overview",
            el("instance-name", "master"),
            el("ospf-router-id", found.router_id),
            el("ospf-route-table-index", 0),
            *areas,
        )
        return info(f"{_NAME[version]}-overview-information", "routing", [body])

    return build


def _render_neighbors(reply: Element, args: Args) -> str:
    if reply.find("output") is not None:
        return f"{reply.findtext('output')}\n"
    version3 = next(iter(reply), None) is not None and str(reply[0].tag) == "ospf3-neighbor"
    if version3:
        return _render_neighbors3(reply)
    lines = [f"{'Address':<17}{'Interface':<23}{'State':<10}{'ID':<16}{'Pri':>3}{'Dead':>6}"]
    for n in reply:
        row = [n.findtext(tag) or "" for tag in ("neighbor-address", "interface-name", "ospf-neighbor-state")]
        lines.append(
            f"{row[0]:<17}{row[1]:<23}{row[2]:<10}{n.findtext('neighbor-id'):<16}"
            f"{n.findtext('neighbor-priority'):>3}{n.findtext('activity-timer'):>6}"
        )
        if n.find("ospf-area") is not None:
            lines.append(
                f"  Area {n.findtext('ospf-area')}, opt {n.findtext('options')}, DR {n.findtext('dr-address')}, "
                f"BDR {n.findtext('bdr-address')}"
            )
            lines.append(f"  Up {n.findtext('neighbor-up-time')}, adjacent {n.findtext('neighbor-adjacency-time')}")
    return "\n".join(lines) + "\n"


def _render_neighbors3(reply: Element) -> str:
    lines = [f"{'ID':<17}{'Interface':<15}{'State':<9}{'Pri':<6}Dead"]
    for n in reply:
        lines.append(
            f"{n.findtext('neighbor-id'):<17}{n.findtext('interface-name'):<15}{n.findtext('ospf-neighbor-state'):<9}"
            f"{n.findtext('neighbor-priority'):<6}{n.findtext('activity-timer'):>4}"
        )
        lines.append(f"  Neighbor-address {n.findtext('neighbor-address')}")
        if n.find("neighbor-up-time") is not None:
            lines.append(f"  Area {n.findtext('ospf-area')}, up {n.findtext('neighbor-up-time')}")
    return "\n".join(lines) + "\n"


def _render_interfaces(reply: Element, args: Args) -> str:
    if reply.find("output") is not None:
        return f"{reply.findtext('output')}\n"
    tags = ("interface-name", "ospf-interface-state", "ospf-area", "dr-id", "bdr-id")
    lines = [f"{'Interface':<20}{'State':<8}{'Area':<16}{'DR ID':<16}{'BDR ID':<16}Nbrs"]
    for i in reply:
        name, state, area, dr, bdr = (i.findtext(tag) or "" for tag in tags)
        lines.append(f"{name:<20}{state:<8}{area:<16}{dr:<16}{bdr:<16}{i.findtext('neighbor-count'):>4}")
        if i.find("interface-cost") is not None:
            lines.append(
                f"  Type: {i.findtext('interface-type')}, Address: {i.findtext('interface-address') or ''}, "
                f"MTU: {i.findtext('mtu') or ''}, Cost: {i.findtext('interface-cost')}"
            )
            lines.append(
                f"  Adj count: {i.findtext('adj-count')}, Hello: {i.findtext('hello-interval')}, "
                f"Dead: {i.findtext('dead-interval')}, ReXmit: {i.findtext('retransmit-interval')}, Not Stub"
            )
            lines.append(f"  Auth type: {i.findtext('authentication-type')}")
    return "\n".join(lines) + "\n"


def _render_database(reply: Element, args: Args) -> str:
    if reply.find("output") is not None:
        return f"{reply.findtext('output')}\n"
    lines: list[str] = []
    for block in reply:
        if block.find("ospf-intf") is not None:
            lines.append(f"Interface {block.findtext('ospf-intf')}:")
        if block.find("ospf-area") is not None:
            lines.append(f"Area {block.findtext('ospf-area')}:")
        if block.get("external-heading"):
            lines.append(f"{block.get('external-heading')}:")
        for count, name in zip(block.iterfind("ospf-lsa-count"), block.iterfind("ospf-lsa-type"), strict=True):
            lines.append(f"   {count.text} {name.text} LSAs")
    return "\n".join(lines) + "\n"


def _render_overview(reply: Element, args: Args) -> str:
    if reply.find("output") is not None:
        return f"{reply.findtext('output')}\n"
    body = reply[0]
    lines = ["Instance: master", f"  Router ID: {body.findtext('ospf-router-id')}", "  Route table index: 0"]
    for area in body.iterfind("ospf-area-overview"):
        lines.append(f"  Area: {area.findtext('ospf-area')}")
        lines.append("    Stub type: Not Stub")
        lines.append(f"    Neighbors\n      Up (in full state): {area.findtext('ospf-nbr-up-count')}")
    return "\n".join(lines) + "\n"


def _register(version: int) -> None:
    name = _NAME[version]

    rows: tuple[tuple[str, Build, Render, tuple[str, ...], tuple[str, ...]], ...] = (
        ("neighbor", neighbors(version), _render_neighbors, ("interface", "area", "instance"), ("neighbor",)),
        ("interface", interfaces(version), _render_interfaces, ("area", "instance"), ("interface-name",)),
        ("overview", overview(version), _render_overview, ("instance",), ()),
    )
    for word, build, render, named, positional in rows:
        rpc = f"get-{name}-{word}-information"
        register(Command(rpc, build, render, f"show {name} {word}", _LEVELS, named, positional))
    summary = Command(
        rpc=f"get-{name}-database-information",
        build=database(version),
        render=_render_database,
        words=f"show {name} database",
        flags=("summary", *_LEVELS),
        named=("instance", "area"),
    )
    register(summary)
    short = Command(
        rpc=f"get-{name}-database-summary-information",
        build=lambda ctx, args: database(version)(ctx, {**args, "implied-summary": ""}),
        render=_render_database,
        words=f"show {name} database summary",
        named=("instance", "area"),
    )
    register(short)


for _version in _NAME:
    _register(_version)
