"""`show interfaces` and get-interface-information: terse, brief, (standard), detail, extensive, media, descriptions."""

from __future__ import annotations

import fnmatch
import ipaddress

from lab.junos.backend.model import Counters, InterfaceAddress, LogicalInterface, PhysicalInterface, Rates
from lab.junos.oper import interfaces_text
from lab.junos.oper.context import OperContext, OperError
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, clock_length, el, flag, info, opt, stamp

PRIVATE = "__juniper_private1__"
PRIVATE_ADDRESS = "128.0.0.4"
HOSTS_JUNOS = f"{PRIVATE_ADDRESS}\t\tre0 master localre\n"
"""What /etc/hosts.junos of the emulated router says: PyEZ finds out there which routing engine it talks to."""

STYLES = ("terse", "brief", "detail", "extensive", "media", "descriptions", "statistics")


def build(ctx: OperContext, args: Args) -> Element:
    """<interface-information>; `interface-name` may be a port, a unit, or a shell pattern such as `ge-*`.

    A unit that is asked for stands alone: no <physical-interface> is around it.
    """
    style = next((name for name in STYLES if name in args), "normal")
    if args.get("routing-instance") == PRIVATE:
        return info("interface-information", "interface", [_private_terse()], style="terse")
    chosen = _chosen(ctx.backend.interfaces(ctx.data()), args.get("interface-name"))
    if style == "descriptions":
        return info("interface-information", "interface", _descriptions(chosen), style="description")
    if style == "terse":
        return info("interface-information", "interface", [_terse(item) for item in chosen], style="terse")
    blocks = [
        _physical(ctx, item, style)
        if isinstance(item, PhysicalInterface)
        else _logical(item, style, loopback=item.name.startswith("lo"))
        for item in chosen
    ]
    shown = {"media": "normal", "statistics": "normal"}.get(style, style)
    return info("interface-information", "interface", blocks, style=shown)


Interface = PhysicalInterface | LogicalInterface


def _chosen(ports: list[PhysicalInterface], wanted: str | None) -> list[Interface]:
    if not wanted:
        return list(ports)
    found: list[Interface] = []
    for port in ports:
        if fnmatch.fnmatchcase(port.name, wanted):
            found.append(port)
        else:
            found += [unit for unit in port.units if fnmatch.fnmatchcase(unit.name, wanted)]
    if not found and not any(char in wanted for char in "*?["):
        raise OperError(f"device {wanted} not found", wanted)
    return found


def _status(up: bool) -> str:
    return "up" if up else "down"


def _private_terse() -> Element:
    address = el("interface-address", el("ifa-local", f"{PRIVATE_ADDRESS}/2", emit="emit"))
    family = el("address-family", el("address-family-name", "inet"), address)
    unit = el(
        "logical-interface",
        el("name", "em1.0"),
        el("admin-status", "up"),
        el("oper-status", "up"),
        el("filter-information"),
        family,
    )
    return el("physical-interface", el("name", "em1"), el("admin-status", "up"), el("oper-status", "up"), unit)


def _terse(item: Interface) -> Element:
    if isinstance(item, LogicalInterface):
        return _terse_unit(item)
    return el(
        "physical-interface",
        el("name", item.name),
        el("admin-status", _status(item.admin_up)),
        el("oper-status", _status(item.oper_up)),
        opt("description", item.description),
        *(_terse_unit(unit) for unit in item.units),
    )


def _terse_unit(unit: LogicalInterface) -> Element:
    block = el(
        "logical-interface",
        el("name", unit.name),
        el("admin-status", _status(unit.admin_up)),
        el("oper-status", _status(unit.oper_up)),
        opt("description", unit.description),
        el("filter-information"),
    )
    for family in unit.families:
        own = [a for a in unit.addresses if a.family == family]
        shown = [el("interface-address", _local(a, host=unit.name.startswith("lo"))) for a in own]
        block.append(el("address-family", el("address-family-name", family), *shown))
    return block


def _local(address: InterfaceAddress, *, host: bool) -> Element:
    """lo0 shows its /32 without the length, as a router does (and an IPv6 host address with it)."""
    text = address.local
    if host and text.endswith("/32"):
        text = text[:-3]
    return el("ifa-local", text, emit="emit")


def _descriptions(chosen: list[Interface]) -> list[Element]:
    rows: list[Element] = []
    for one in chosen:
        items: list[Interface] = [one, *one.units] if isinstance(one, PhysicalInterface) else [one]
        for item in items:
            tag = "physical-interface" if isinstance(item, PhysicalInterface) else "logical-interface"
            if item.description:
                rows.append(
                    el(
                        tag,
                        el("name", item.name),
                        el("admin-status", _status(item.admin_up)),
                        el("oper-status", _status(item.oper_up)),
                        el("description", item.description),
                    )
                )
    return rows


def _physical(ctx: OperContext, port: PhysicalInterface, style: str) -> Element:
    loopback = port.mtu is None
    ethernet = port.mac is not None and not loopback
    made = el(
        "physical-interface",
        el("name", port.name),
        el("admin-status", _status(port.admin_up), format="Enabled" if port.admin_up else "Disabled"),
        el("oper-status", _status(port.oper_up)),
        el("local-index", port.index),
        el("snmp-index", 500 + port.index),
        opt("description", port.description),
        el("if-type", "Loopback") if loopback else el("if-type", "Ethernet"),
        el("link-level-type", "Ethernet") if ethernet else None,
        el("mtu", "Unlimited" if loopback else port.mtu),
        el("link-mode", "Full-duplex") if ethernet else None,
        opt("speed", port.speed),
        flag("if-auto-negotiation", False),
        _device_flags(port),
        el("if-config-flags", el("iff-snmp-traps"), el("internal-flags", "0x4000")),
        _mac("current-physical-address", port) if ethernet else None,
        _mac("hardware-physical-address", port) if ethernet else None,
    )
    if style != "brief":
        made.extend(_flapped(ctx, port))
        made.append(_statistics(port.counters, port.rates, full=style in ("detail", "extensive")))
    if style in ("media", "statistics"):
        made.append(el("input-error-count", port.counters.input_errors))
        made.append(el("output-error-count", port.counters.output_errors))
    if style in ("extensive", "statistics"):
        made.extend(_errors(port.counters))
    if style == "extensive":
        made.append(_mac_statistics(port.counters))
    if style == "media":
        made.append(_mac_statistics(port.counters))
    if style != "media":
        made.extend(_logical(unit, style, loopback=loopback) for unit in port.units)
    return made


def _device_flags(port: PhysicalInterface) -> Element:
    return el(
        "if-device-flags",
        el("ifdf-present"),
        flag("ifdf-running", port.oper_up),
        flag("ifdf-down", not port.oper_up),
    )


def _mac(tag: str, port: PhysicalInterface) -> Element:
    return el(tag, port.mac, format=f"MAC {port.mac}")


def _flapped(ctx: OperContext, port: PhysicalInterface) -> list[Element]:
    if port.last_flapped is None:
        return [el("interface-flapped", "Never", seconds=0)]
    ago = int(port.last_flapped)
    text = f"{stamp(ctx.now() - ago)} ({clock_length(ago)} ago)"
    return [el("interface-flapped", text, seconds=ago)]


def _statistics(counters: Counters, rates: Rates, *, full: bool) -> Element:
    """Rates alone, or beside the totals."""
    if not full:
        values = ("input-bps", "input-pps", "output-bps", "output-pps")
        return el(
            "traffic-statistics", *(el(tag, getattr(rates, tag.replace("-", "_"))) for tag in values), style="brief"
        )
    return el("traffic-statistics", *_totals_and_rates(counters, rates), style="verbose")


def _totals_and_rates(counters: Counters, rates: Rates) -> list[Element]:
    return [
        el("input-bytes", counters.input_bytes),
        el("input-bps", rates.input_bps),
        el("output-bytes", counters.output_bytes),
        el("output-bps", rates.output_bps),
        el("input-packets", counters.input_packets),
        el("input-pps", rates.input_pps),
        el("output-packets", counters.output_packets),
        el("output-pps", rates.output_pps),
    ]


def _errors(counters: Counters) -> list[Element]:
    zero_in: tuple[str, ...] = (
        "framing-errors",
        "input-runts",
        "input-discards",
        "input-l3-incompletes",
        "input-l2-channel-errors",
    )
    zero_in += ("input-l2-mismatch-timeouts", "input-fifo-errors", "input-resource-errors")
    zero_out: tuple[str, ...] = (
        "output-collisions",
        "aged-packets",
        "output-fifo-errors",
        "hs-link-crc-errors",
        "mtu-errors",
    )
    zero_out += ("output-resource-errors",)
    return [
        el(
            "input-error-list",
            el("input-errors", counters.input_errors),
            el("input-drops", counters.input_drops),
            *(el(name, 0) for name in zero_in),
        ),
        el(
            "output-error-list",
            el("carrier-transitions", counters.carrier_transitions),
            el("output-errors", counters.output_errors),
            el("output-drops", counters.output_drops),
            *(el(name, 0) for name in zero_out),
        ),
    ]


def _mac_statistics(counters: Counters) -> Element:
    return el(
        "ethernet-mac-statistics",
        el("input-bytes", counters.input_bytes),
        el("input-packets", counters.input_packets),
        el("output-bytes", counters.output_bytes),
        el("output-packets", counters.output_packets),
        style="verbose",
    )


def _logical(unit: LogicalInterface, style: str, *, loopback: bool) -> Element:
    made = el(
        "logical-interface",
        el("name", unit.name),
        el("local-index", unit.index),
        el("snmp-index", 500 + unit.index),
        opt("description", unit.description),
        el(
            "if-config-flags",
            flag("iff-up", unit.oper_up),
            flag("iff-hardware-down", unit.admin_up and not unit.oper_up),
            flag("iff-device-down", unit.admin_up and not unit.oper_up),
            flag("iff-down", not unit.admin_up),
            el("iff-snmp-traps"),
            el("internal-flags", "0x4004000"),
        ),
        el("link-address", f"[ 0x8100.{unit.vlan} ] ", format=f"VLAN-Tag [ 0x8100.{unit.vlan} ] ")
        if unit.vlan
        else None,
        el("encapsulation", "Unspecified" if loopback else "ENET2"),
        el("filter-information"),
    )
    if style != "brief":
        made.extend(_unit_statistics(unit, full=style in ("detail", "extensive")))
    for family in unit.families:
        own = [a for a in unit.addresses if a.family == family]
        made.append(
            el(
                "address-family",
                el("address-family-name", family),
                el("mtu", "Unlimited" if loopback else unit.mtu),
                *(_address(address) for address in own),
            )
        )
    return made


def _unit_statistics(unit: LogicalInterface, *, full: bool) -> list[Element]:
    """Totals of a unit; in detail also its rates, which a router gives for transit traffic only.

    The kernel does not tell transit from the router's own packets: here the transit block holds all of them.
    """
    counters = unit.counters
    packets = [el("input-packets", counters.input_packets), el("output-packets", counters.output_packets)]
    if not full:
        return [el("traffic-statistics", *packets, style="brief")]
    octets = [el("input-bytes", counters.input_bytes), el("output-bytes", counters.output_bytes)]
    transit = el("transit-traffic-statistics", *_totals_and_rates(counters, unit.rates), style="verbose")
    return [el("traffic-statistics", *octets, *packets, style="verbose"), transit]


def _address(address: InterfaceAddress) -> Element:
    own = ipaddress.ip_interface(address.local)
    host = own.network.prefixlen == own.max_prefixlen
    preferred = el("ifa-flags", el("ifaf-current-preferred"), flag("ifaf-current-primary", True))
    broadcast = None
    if own.version == 4 and own.network.prefixlen < 31:
        broadcast = el("ifa-broadcast", str(own.network.broadcast_address))
    return el(
        "interface-address",
        preferred,
        None if host else el("ifa-destination", _destination(own), emit="emit"),
        el("ifa-local", str(own.ip), emit="emit"),
        broadcast,
    )


def _destination(own: ipaddress.IPv4Interface | ipaddress.IPv6Interface) -> str:
    """Junos leaves trailing zero octets out: `192.0.2/24`."""
    network = own.network
    if network.version == 6:
        return str(network)
    octets = str(network.network_address).split(".")
    keep = max(1, -(-network.prefixlen // 8))
    return ".".join(octets[:keep]) + f"/{network.prefixlen}"


register(
    Command(
        rpc="get-interface-information",
        build=build,
        render=interfaces_text.render,
        words="show interfaces",
        flags=STYLES,
        named=("routing-instance",),
        positional=("interface-name",),
    )
)
