"""The routing engine and the hardware inventory of the emulated chassis."""

from __future__ import annotations

from lab.junos.backend import media
from lab.junos.oper.context import OperContext
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, el, info, long_length, stamp


def routing_engine(ctx: OperContext, args: Args) -> Element:
    """<route-engine-information> with the one virtual routing engine."""
    up = ctx.uptime()
    body = el(
        "route-engine",
        el("slot", 0),
        el("mastership-state", "master"),
        el("mastership-priority", "Master (default)"),
        el("status", "OK"),
        el("memory-dram-size", "4063 MB"),
        el("memory-installed-size", "(4096 MB installed)"),
        el("memory-buffer-utilization", 14),
        el("cpu-user", 1),
        el("cpu-background", 0),
        el("cpu-system", 2),
        el("cpu-interrupt", 0),
        el("cpu-idle", 97),
        el("model", "RE-VMX"),
        el("start-time", stamp(ctx.started), seconds=int(ctx.started)),
        el("up-time", long_length(up), seconds=up),
        el("last-reboot-reason", ctx.boot_reason),
        el("load-average-one", "0.00"),
        el("load-average-five", "0.00"),
        el("load-average-fifteen", "0.00"),
    )
    return info("route-engine-information", "chassis", [body])


def render_routing_engine(reply: Element, args: Args) -> str:
    """`show chassis routing-engine`."""
    body = reply[0]

    def get(tag: str) -> str:
        return body.findtext(tag) or ""

    return "\n".join(
        [
            "Routing Engine status:",
            "  Slot 0:",
            f"    Current state                  {get('mastership-state').capitalize()}",
            f"    Election priority              {get('mastership-priority')}",
            f"    DRAM                      {get('memory-dram-size')} {get('memory-installed-size')}",
            f"    Memory utilization          {get('memory-buffer-utilization')} percent",
            "    CPU utilization:",
            f"      User                       {get('cpu-user')} percent",
            f"      Background                 {get('cpu-background')} percent",
            f"      Kernel                     {get('cpu-system')} percent",
            f"      Interrupt                  {get('cpu-interrupt')} percent",
            f"      Idle                      {get('cpu-idle')} percent",
            f"    Model                          {get('model')}",
            f"    Start time                     {get('start-time')}",
            f"    Uptime                         {get('up-time')}",
            f"    Last reboot reason             {get('last-reboot-reason')}",
            "    Load averages:                 1 minute   5 minute  15 minute",
            "                                       0.00       0.00       0.00",
            "",
        ]
    )


def information(ctx: OperContext, args: Args) -> Element:
    """<system-information>: what the router is, in five lines."""
    return el(
        "system-information",
        el("hardware-model", ctx.chassis.model),
        el("os-name", "junos"),
        el("os-version", ctx.version),
        el("serial-number", ctx.chassis.serial),
        el("host-name", ctx.configured_hostname()),
    )


def render_information(reply: Element, args: Args) -> str:
    """`show system information`."""
    model, family, version, _, host = (node.text or "" for node in reply)
    return f"Model: {model}\nFamily: {family}\nJunos: {version}\nHostname: {host}\n"


MEMORY_KB = {"total": 4160512, "reserved": 60416, "wired": 412672, "active": 1044480, "inactive": 532480}
"""An emulated machine's memory, in line with the routing engine's."""


def memory(ctx: OperContext, args: Args) -> Element:
    """<system-memory-information>, summary only."""
    free = MEMORY_KB["total"] - sum(size for name, size in MEMORY_KB.items() if name != "total")
    rows: list[Element] = []
    for name, size in {**MEMORY_KB, "cache": 0, "free": free}.items():
        rows.append(el(f"system-memory-{name}", size))
        if name != "total":
            rows.append(el(f"system-memory-{name}-percent", 100 * size // MEMORY_KB["total"]))
    return info("system-memory-information", "", [el("system-memory-summary-information", *rows)])


def render_memory(reply: Element, args: Args) -> str:
    """`show system memory`."""
    lines = ["System memory usage distribution:"]
    for name in (*MEMORY_KB, "cache", "free"):
        size, share = (reply[0].findtext(f"system-memory-{name}{end}") for end in ("", "-percent"))
        lines.append(f"{name.capitalize():>12} memory: {size:>10} Kbytes ({share or '100':>3}%)")
    return "\n".join(lines) + "\n"


def inventory(ctx: OperContext, args: Args) -> Element:
    """<chassis-inventory>: chassis, midplane, routing engine, one line card with a port per Ethernet interface."""
    ports = [p.name for p in ctx.backend.interfaces(ctx.data()) if "-" in p.name]
    cards = sorted({int(name.split("-")[1].split("/")[0]) for name in ports if name.count("/") == 2})
    chassis = el(
        "chassis",
        el("name", "Chassis"),
        el("serial-number", ctx.chassis.serial),
        el("description", ctx.chassis.model.upper()),
        _module("chassis-module", "Midplane", None),
        _module("chassis-module", "Routing Engine 0", "RE-VMX"),
        *(_card(slot, ports) for slot in cards or [0]),
    )
    return info("chassis-inventory", "chassis", [chassis], style="inventory")


def _module(tag: str, name: str, description: str | None, *inside: Element) -> Element:
    return el(tag, el("name", name), el("description", description) if description else None, *inside)


def _card(slot: int, ports: list[str]) -> Element:
    own = [p for p in ports if p.split("-")[1].startswith(f"{slot}/")]
    optics = [
        _module(
            "chassis-sub-sub-module",
            f"Xcvr {name.rsplit('/', 1)[1]}",
            f"SFP-{(media.speed_text(name) or '').upper()}",
        )
        for name in own
    ]
    pic = _module("chassis-sub-module", "PIC 0", "Virtual", *optics)
    cpu = _module("chassis-sub-module", "CPU", "RMPC")
    card = _module(
        "chassis-module", f"FPC {slot}", "Virtual FPC", cpu, _module("chassis-sub-module", "MIC 0", "Virtual")
    )
    card.append(pic)
    return card


def render_inventory(reply: Element, args: Args) -> str:
    """`show chassis hardware`."""
    lines = ["Hardware inventory:", f"{'Item':<17}{'Version':<9}{'Part number':<13}{'Serial number':<18}Description"]

    def row(item: Element, depth: int) -> None:
        name = "  " * depth + (item.findtext("name") or "")
        serial = item.findtext("serial-number") or ""
        lines.append(f"{name:<17}{'':<9}{'':<13}{serial:<18}{item.findtext('description') or ''}".rstrip())
        for child in item:
            if str(child.tag).startswith("chassis-"):
                row(child, depth + 1)

    chassis = reply[0]
    lines.append(
        f"{'Chassis':<17}{'':<9}{'':<13}{chassis.findtext('serial-number') or '':<18}{chassis.findtext('description')}"
    )
    for module in chassis:
        if str(module.tag).startswith("chassis-"):
            row(module, 0)
    return "\n".join(lines) + "\n"


register(
    Command(
        "get-route-engine-information",
        routing_engine,
        render_routing_engine,
        "show chassis routing-engine",
        named=("slot",),
    )
)
register(
    Command(
        "get-chassis-inventory", inventory, render_inventory, "show chassis hardware", ("detail", "extensive", "models")
    )
)
register(Command("get-system-memory-information", memory, render_memory, "show system memory"))
register(Command("get-system-information", information, render_information, "show system information"))
