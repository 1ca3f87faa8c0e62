"""`show interfaces` as the CLI prints it, from the XML reply."""

from __future__ import annotations

from lab.junos.oper.registry import Args
from lab.junos.oper.xml import Element, junos_attribute


def render(reply: Element, args: Args) -> str:
    """The text for the style that was asked for."""
    style = junos_attribute(reply, "style")
    if style == "terse":
        return _terse(reply)
    if style == "description":
        return _descriptions(reply)
    return "\n".join(
        _physical(item, args) if item.tag == "physical-interface" else "\n".join(_logical(item)).lstrip("\n") + "\n"
        for item in reply
    )


def _terse(reply: Element) -> str:
    lines = [f"{'Interface':<24}{'Admin':<6}{'Link':<5}{'Proto':<9}{'Local':<22}Remote"]
    for item in reply:
        if item.tag == "physical-interface":
            lines.append(_head(item))
        for unit in item.iterfind("logical-interface") if item.tag == "physical-interface" else (item,):
            lines += _terse_unit(unit)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(item: Element) -> str:
    return f"{item.findtext('name'):<24}{item.findtext('admin-status'):<6}{item.findtext('oper-status'):<5}"


def _terse_unit(unit: Element) -> list[str]:
    lines: list[str] = []
    start = _head(unit)
    for family in unit.iterfind("address-family"):
        name = family.findtext("address-family-name") or ""
        locals_ = [node.text or "" for node in family.iterfind("interface-address/ifa-local")] or [""]
        for position, local in enumerate(locals_):
            arrow = " --> 0/0" if position == 0 and name == "inet" and "/" not in local and local else ""
            lines.append(f"{start}{name if position == 0 else '':<9}{local:<22}{arrow}")
            start = " " * 35
        start = " " * 35
    return lines or [start]


def _descriptions(reply: Element) -> str:
    lines = [f"{'Interface':<16}{'Admin':<6}{'Link':<5}Description"]
    for item in reply:
        name, admin, oper, text = (
            item.findtext(tag) or "" for tag in ("name", "admin-status", "oper-status", "description")
        )
        lines.append(f"{name:<16}{admin:<6}{oper:<5}{text}")
    return "\n".join(lines) + "\n"


_WORD = {"up": "Up", "down": "Down"}


def _physical(port: Element, args: Args) -> str:
    admin = "Enabled" if port.findtext("admin-status") == "up" else "Administratively down"
    oper = _WORD.get(port.findtext("oper-status") or "", "Down")
    lines = [f"Physical interface: {port.findtext('name')}, {admin}, Physical link is {oper}"]
    lines.append(f"  Interface index: {port.findtext('local-index')}, SNMP ifIndex: {port.findtext('snmp-index')}")
    if port.findtext("description"):
        lines.append(f"  Description: {port.findtext('description')}")
    speed = f", Speed: {port.findtext('speed')}" if port.findtext("speed") else ""
    if port.findtext("if-type") == "Loopback":
        lines.append("  Type: Loopback, MTU: Unlimited")
    else:
        mode = port.findtext("link-mode")
        lines.append(f"  Link-level type: Ethernet, MTU: {port.findtext('mtu')}, Link-mode: {mode}{speed}")
        lines.append(
            f"  Current address: {port.findtext('current-physical-address')}, "
            f"Hardware address: {port.findtext('hardware-physical-address')}"
        )
    if port.findtext("interface-flapped"):
        lines.append(f"  Last flapped   : {port.findtext('interface-flapped')}")
    lines += _statistics(port)
    lines += _errors(port)
    for unit in port.iterfind("logical-interface"):
        lines += _logical(unit)
    return "\n".join(lines) + "\n"


def _statistics(port: Element) -> list[str]:
    counts = port.find("traffic-statistics")
    if counts is None:
        return []
    if counts.find("input-bytes") is None:
        return [
            f"  Input rate     : {counts.findtext('input-bps')} bps ({counts.findtext('input-pps')} pps)",
            f"  Output rate    : {counts.findtext('output-bps')} bps ({counts.findtext('output-pps')} pps)",
            *_error_counts(port),
        ]
    return ["  Traffic statistics:", *_totals(counts)]


def _error_counts(port: Element) -> list[str]:
    if port.find("input-error-count") is None:
        return []
    given = (port.findtext("input-error-count"), port.findtext("output-error-count"))
    return [f"  Input errors: {given[0]}, Output errors: {given[1]}"]


def _totals(counts: Element) -> list[str]:
    """Totals beside rates."""
    lines = []
    for label, tag, unit in (("bytes", "bytes", "bps"), ("packets", "packets", "pps")):
        for direction in ("input", "output"):
            head = f"   {direction.capitalize()} {' ' if direction == 'input' else ''}{label:<7}:"
            rate = counts.findtext(f"{direction}-{unit}")
            lines.append(f"{head} {counts.findtext(f'{direction}-{tag}'):>20} {rate:>20} {unit}")
    return lines


def _errors(port: Element) -> list[str]:
    lines: list[str] = []
    for tag, title in (("input-error-list", "Input errors"), ("output-error-list", "Output errors")):
        block = port.find(tag)
        if block is not None:
            shown = ", ".join(f"{_label(str(node.tag))}: {node.text}" for node in block)
            lines += [f"  {title}:", f"    {shown}"]
    return lines


def _label(tag: str) -> str:
    words = tag.removeprefix("input-").removeprefix("output-").split("-")
    return " ".join(word.capitalize() if len(word) > 2 else word.upper() for word in words)


_FLAGS = {"iff-up": "Up", "iff-device-down": "Hardware-Down Device-Down"}


def _logical(unit: Element) -> list[str]:
    index = f"(Index {unit.findtext('local-index')}) (SNMP ifIndex {unit.findtext('snmp-index')})"
    lines = ["", f"  Logical interface {unit.findtext('name')} {index}"]
    if unit.findtext("description"):
        lines.append(f"    Description: {unit.findtext('description')}")
    up = next((flag for tag, flag in _FLAGS.items() if unit.find(f"if-config-flags/{tag}") is not None), "Down")
    tag = (
        f" VLAN-Tag {(unit.findtext('link-address') or '').strip()} " if unit.find("link-address") is not None else " "
    )
    lines.append(f"    Flags: {up} SNMP-Traps 0x4004000{tag}Encapsulation: {unit.findtext('encapsulation')}")
    counts = unit.find("traffic-statistics")
    if counts is not None:
        lines += _unit_statistics(unit, counts)
    for family in unit.iterfind("address-family"):
        lines.append(f"    Protocol {family.findtext('address-family-name')}, MTU: {family.findtext('mtu')}")
        for address in family.iterfind("interface-address"):
            lines.append("      Addresses, Flags: Is-Preferred Is-Primary")
            lines.append("        " + _address(address))
    return lines


def _unit_statistics(unit: Element, counts: Element) -> list[str]:
    packets = [(way, counts.findtext(f"{way.lower()}-packets")) for way in ("Input", "Output")]
    transit = unit.find("transit-traffic-statistics")
    if transit is None:
        return [f"    {way + ' packets':<14}: {number}" for way, number in packets]
    octets = [(way, counts.findtext(f"{way.lower()}-bytes")) for way in ("Input", "Output")]
    lines = ["    Traffic statistics:"]
    lines += [
        f"     {way:<6} {what:<7}: {number:>20}"
        for what, rows in (("bytes", octets), ("packets", packets))
        for way, number in rows
    ]
    return [*lines, "    Transit statistics:", *(f"  {line}" for line in _totals(transit))]


def _address(address: Element) -> str:
    parts = []
    for label, tag in (("Destination", "ifa-destination"), ("Local", "ifa-local"), ("Broadcast", "ifa-broadcast")):
        if address.findtext(tag):
            parts.append(f"{label}: {address.findtext(tag)}")
    return ", ".join(parts)
