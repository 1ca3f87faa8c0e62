"""`show route instance`: the one routing instance that there is."""

from __future__ import annotations

from lab.junos.backend.reading import router_id
from lab.junos.oper.context import OperContext
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, el, info

STYLES = ("brief", "detail", "summary")


def build(ctx: OperContext, args: Args) -> Element:
    """<instance-information> with the instance `master` and its tables; nothing for another name."""
    if args.get("instance-name", "") not in ("", "master"):
        return info("instance-information", "routing", [])
    data = ctx.data()
    style = "detail" if "detail" in args else "terse"
    core = [el("instance-name", "master")]
    if style == "detail":
        core += [el("router-id", router_id(data) or "0.0.0.0")]
    core.append(el("instance-type", "forwarding"))
    if style == "detail":
        core.append(el("instance-state", "Active"))
    for table in ctx.backend.route_summary(data):
        core.append(
            el(
                "instance-rib",
                el("irib-name", table.table),
                el("irib-active-count", table.active),
                el("irib-holddown-count", 0),
                el("irib-hidden-count", table.hidden),
            )
        )
    return info("instance-information", "routing", [el("instance-core", *core)], style=style)


def render(reply: Element, args: Args) -> str:
    """A line for the instance, and one for each of its tables."""
    if "detail" in args:
        return _detail(reply)
    lines = [f"{'Instance':<21}{'Type':<15}", f"{'':<9}{'Primary RIB':<44}Active/holddown/hidden"]
    for core in reply.iterfind("instance-core"):
        lines.append(f"{core.findtext('instance-name'):<21}{core.findtext('instance-type')}")
        lines += [f"{'':<9}{rib.findtext('irib-name'):<44}{_counts(rib)}" for rib in core.iterfind("instance-rib")]
    return "\n".join(lines) + "\n"


def _detail(reply: Element) -> str:
    lines: list[str] = []
    for core in reply.iterfind("instance-core"):
        lines += [
            f"{core.findtext('instance-name')}:",
            f"  Router ID: {core.findtext('router-id')}",
            f"  Type: {core.findtext('instance-type')}        State: {core.findtext('instance-state')}",
            "  Tables:",
        ]
        for rib in core.iterfind("instance-rib"):
            counts = [rib.findtext(f"irib-{name}-count") for name in ("active", "holddown", "hidden")]
            lines.append(
                f"    {rib.findtext('irib-name'):<23}: {counts[0]} routes ({counts[0]} active, {counts[1]} holddown, "
                f"{counts[2]} hidden)"
            )
    return "\n".join(lines) + "\n"


def _counts(rib: Element) -> str:
    return "/".join(rib.findtext(f"irib-{name}-count") or "0" for name in ("active", "holddown", "hidden"))


register(
    Command(
        "get-instance-information",
        build,
        render,
        "show route instance",
        flags=STYLES,
        positional=("instance-name",),
    )
)
