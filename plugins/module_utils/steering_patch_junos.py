# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steering in a Junos configuration: read from its XML, changed by set, delete, activate and deactivate commands. Pure.

The XML is an element with the interface of ElementTree (lxml's too), without namespaces.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import steering_marks as marks
from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import read_drain
from ansible_collections.fairway.backbone.plugins.module_utils.intent.quote import junos_quote
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import (
    ACTIVE,
    DISCARD,
    DRAIN_TERM,
    INACTIVE,
    MarkError,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Freeze, Marker
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Edit, Overload, Reading, Spot

_SYSTEM = "system"


def read_junos(configuration: Any, router: str) -> Reading:
    """Every spot of a configuration. `configuration` is the <configuration> element."""
    spots = [*_ospf(configuration), *_policy(configuration), *_static(configuration)]
    complaints: list[str] = []
    freeze = None
    words = _macro(configuration.find("system"), marks.FREEZE)
    if words is not None:
        freeze, wrong = marks.read_freeze(words, router)
        complaints += [f"freeze: {wrong}"] if wrong else []
    drain = None
    words = _macro(configuration.find("system"), marks.DRAIN)
    if words is not None:
        drain, wrong = read_drain(words, router)
        complaints += [f"drain: {wrong}"] if wrong else []
    overloads = tuple(_overloads(configuration))
    drained = drain is not None or any(one.on for one in overloads) or any(_drains(spot) for spot in spots)
    return Reading(tuple(spots), freeze, drained, tuple(complaints), drain, overloads)


def _overloads(configuration: Any) -> Iterator[Overload]:
    for part in ("ospf", "ospf3"):
        instance = _find(configuration, "protocols", part)
        if instance is not None:
            there = instance.find("overload")
            yield Overload(part, _active(there), there is not None and not _active(there))


def _drains(spot: Spot) -> bool:
    """An out-of-service term that somebody switched on, and not steering."""
    return spot.part == "policy" and spot.key[2] == DRAIN_TERM and spot.value == ACTIVE and spot.marker is None


def _active(element: Any) -> bool:
    return element is not None and element.get("inactive") is None


def _find(element: Any, *names: str) -> Any:
    """The element at the end of a way of active ones; None when there is none."""
    for name in names:
        element = element.find(name) if _active(element) else None
    return element if _active(element) else None


def _all(element: Any, name: str) -> Iterator[Any]:
    if element is not None:
        yield from element.findall(name)


def _text(element: Any, name: str) -> str:
    return " ".join((element.findtext(name) or "").split())


def _macro(element: Any, name: str) -> dict[str, str] | None:
    """The words of an apply-macro in an element; None when it has none of this name, or one that is inactive."""
    for macro in _all(element, "apply-macro"):
        if _text(macro, "name") == name and _active(macro):
            return {_text(data, "name"): _text(data, "value") for data in macro.findall("data")}
    return None


def _marker(element: Any, kind: str) -> tuple[Marker | None, str]:
    words = _macro(element, marks.STEERING)
    if words is None:
        return None, ""
    try:
        return marks.read_marker(words, kind), ""
    except MarkError as error:
        return None, f"broken marker: {error}: delete the apply-macro {marks.STEERING}, or deploy"


def _ospf(configuration: Any) -> Iterator[Spot]:
    for part in ("ospf", "ospf3"):
        for area in _all(_find(configuration, "protocols", part), "area"):
            for interface in _all(area if _active(area) else None, "interface"):
                name = _text(interface, "name")
                marker, complaint = _marker(interface, "ospf")
                if not _active(interface):
                    complaint = "the interface is inactive"
                where = ("protocols", part, "area", _text(area, "name"), "interface", name)
                yield Spot(part, ("ospf", name), _text(interface, "metric"), marker, complaint, where)


def _policy(configuration: Any) -> Iterator[Spot]:
    for statement in _all(_find(configuration, "policy-options"), "policy-statement"):
        for term in statement.findall("term"):
            policy, name = _text(statement, "name"), _text(term, "name")
            marker, complaint = _marker(term, "policy")
            where = ("policy-options", "policy-statement", policy, "term", name)
            value = ACTIVE if _active(term) and _active(statement) else INACTIVE
            yield Spot("policy", ("policy", policy, name), value, marker, complaint, where)


def _static(configuration: Any) -> Iterator[Spot]:
    options = _find(configuration, "routing-options")
    for rib, static in [
        ((), _find(options, "static")),
        *((("rib", _text(rib, "name")), _find(rib, "static")) for rib in _all(options, "rib")),
    ]:
        for route in _all(static, "route"):
            prefix = _text(route, "name")
            hops = [" ".join((hop.text or "").split()) for hop in route.findall("next-hop")]
            marker, complaint = _marker(route, "static")
            value = DISCARD if route.find("discard") is not None else (_canonical(hops[0]) if hops else "")
            if len(hops) > 1 or (hops and value == DISCARD):
                complaint = complaint or "it has several next hops"
            if not _active(route):
                complaint = "the route is inactive"
            where = ("routing-options", *rib, "static", "route", prefix)
            yield Spot("static", ("static", _canonical(prefix)), value, marker, complaint, where)


def _canonical(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text) if "/" in text else ipaddress.ip_address(text))
    except ValueError:
        return text


def junos_commands(edits: Iterable[Edit]) -> str:
    """The commands that make the edits, a line each; empty when there are none. Every word is validated."""
    return "".join(f"{line}\n" for edit in edits for line in _commands(edit))


def _commands(edit: Edit) -> Iterator[str]:
    where = " ".join(junos_quote(word) for word in edit.spot.where)
    if edit.value is not None:
        yield from _value(edit.spot, where, edit.value)
    if edit.spot.marker is not None:
        yield f"delete {where} apply-macro {marks.STEERING}"
    if edit.marker is not None:
        yield from marks.junos_set(where, marks.STEERING, marks.marker_words(edit.marker, edit.spot.key[0]))


def _value(spot: Spot, where: str, value: str) -> Iterator[str]:
    if spot.part == "policy":
        yield f"{'activate' if value == ACTIVE else 'deactivate'} {where}"
        return
    value = marks.check_value(spot.key[0], value)
    if spot.part == "static":
        yield f"delete {where} {'discard' if spot.value == DISCARD else 'next-hop'}"
        yield f"set {where} discard" if value == DISCARD else f"set {where} next-hop {value}"
    else:
        yield f"set {where} metric {value}" if value else f"delete {where} metric"


def junos_freeze(there: Freeze | None, freeze: Freeze | None) -> str:
    """The commands that write a freeze, or lift the one that is there."""
    lines = [] if there is None else [f"delete {_SYSTEM} apply-macro {marks.FREEZE}"]
    if freeze is not None:
        lines += marks.junos_set(_SYSTEM, marks.FREEZE, marks.freeze_words(freeze))
    return "".join(f"{line}\n" for line in lines)
