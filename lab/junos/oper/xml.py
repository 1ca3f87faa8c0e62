"""Building replies: elements, `junos:` attributes, namespaces of the information elements, and times as text."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from lxml import etree

from lab.junos.rpc.reply import JUNOS_NS, RELEASE

Element = etree._Element
Child = Element | str | int | None


def el(tag: str, *children: Child, **attributes: str | int | None) -> Element:
    """An element. Text and numbers become its text, None is skipped; keywords become `junos:` attributes."""
    made = etree.Element(tag, nsmap={"junos": JUNOS_NS} if attributes else None)
    for name, value in attributes.items():
        if value is not None:
            made.set(f"{{{JUNOS_NS}}}{name}", str(value))
    for child in children:
        if isinstance(child, etree._Element):
            made.append(child)
        elif child is not None:
            made.text = str(child)
    return made


def opt(tag: str, value: object) -> Element | None:
    """An element with a text; None when the value is None."""
    return None if value is None else el(tag, str(value))


def flag(tag: str, present: bool) -> Element | None:
    """An empty element when `present`."""
    return el(tag) if present else None


def info(tag: str, suffix: str | None, children: Iterable[Element | None], **attributes: str | int | None) -> Element:
    """An information element in its Junos namespace: `suffix` is `routing`, `interface`, `chassis`, ...; None: none."""
    if suffix is None:
        return el(tag, *children, **attributes)
    namespace = f"http://xml.juniper.net/junos/{RELEASE}/junos" + (f"-{suffix}" if suffix else "")
    spaces: Any = {None: namespace, "junos": JUNOS_NS}
    root = etree.Element(f"{{{namespace}}}{tag}", nsmap=spaces)
    for name, value in attributes.items():
        if value is not None:
            root.set(f"{{{JUNOS_NS}}}{name}", str(value))
    for child in children:
        if child is not None:
            root.append(child)
    for node in root.iter(etree.Element):
        if not str(node.tag).startswith("{"):
            node.tag = f"{{{namespace}}}{node.tag}"
    return root


def plain(element: Element) -> Element:
    """A copy without element namespaces, for reading a reply (attributes keep theirs)."""
    copy = etree.fromstring(etree.tostring(element))
    for node in copy.iter(etree.Element):
        node.tag = etree.QName(node).localname
    return copy


def junos_attribute(element: Element | None, name: str) -> str | None:
    """A `junos:` attribute."""
    return None if element is None else element.get(f"{{{JUNOS_NS}}}{name}")


def stamp(epoch: float) -> str:
    """`2026-11-20 11:41:52 UTC`."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(epoch))


def clock_length(seconds: int) -> str:
    """An interval as Junos routing tables print it: `00:00:12`, `3d 04:05:06`, `2w1d 03:04:05`."""
    days, rest = divmod(max(0, int(seconds)), 86400)
    text = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    weeks, days = divmod(days, 7)
    if weeks:
        return f"{weeks}w{days}d {text}"
    return f"{days}d {text}" if days else text


def short_length(seconds: int) -> str:
    """An interval as `show bgp summary` prints it: `12`, `3:04`, `5:06:07`, `2d 3:04`, `1w2d 3:04`."""
    seconds = max(0, int(seconds))
    days, rest = divmod(seconds, 86400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    weeks, days = divmod(days, 7)
    if weeks:
        return f"{weeks}w{days}d {hours}:{minutes:02}"
    if days:
        return f"{days}d {hours}:{minutes:02}"
    if hours:
        return f"{hours}:{minutes:02}:{seconds % 60:02}"
    return f"{minutes}:{seconds % 60:02}" if minutes else str(seconds)


def long_length(seconds: int) -> str:
    """`1 day, 2 hours, 3 minutes, 4 seconds`, as the chassis prints intervals."""
    parts: list[str] = []
    rest = max(0, int(seconds))
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    parts.append(f"{rest} second{'' if rest == 1 else 's'}")
    return ", ".join(parts)
