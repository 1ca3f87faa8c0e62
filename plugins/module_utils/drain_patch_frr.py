# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An FRR router's OSPF instances: whether they send traffic around it (RFC 6987), and how that is changed. Pure.

ospfd has a statement for it. ospf6d's, `stub-router`, also takes the router's own routes: its computation skips stub
routers, and itself with them. So OSPFv3 sends traffic around the router by the highest cost on every interface, and
back with the cost that OSPFv2 has there: an intent has one cost for both.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.fairway.backbone.plugins.module_utils.spf import INFINITE_METRIC
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Overload

_STATEMENT = "max-metric router-lsa administrative"
_STUB = "stub-router administrative"
_COST, _COST6 = re.compile(r"^ ip ospf cost (\d+)\s*$"), re.compile(r"^ ipv6 ospf6 cost (\d+)\s*$")
_AREA6 = re.compile(r"^ ipv6 ospf6 area ")


@dataclass(frozen=True)
class _Port:
    """An interface that OSPFv3 sends through. `line`: of its cost, None without one; `area`: of its area."""

    name: str
    area: int
    line: int | None
    cost: int | None
    cost4: int | None


def frr_overloads(lines: Sequence[str]) -> Iterator[Overload]:
    """The OSPF instances of a configuration."""
    if (inside := _block(lines, "router ospf")) is not None:
        yield Overload("ospf", any(lines[number].strip() == _STATEMENT for number in inside))
    if (inside := _block(lines, "router ospf6")) is not None:
        stub = any(lines[number].strip() == _STUB for number in inside)
        ports = list(_ports(lines))
        yield Overload("ospf3", stub or (bool(ports) and all(port.cost == INFINITE_METRIC for port in ports)))


def with_overload(lines: Sequence[str], part: str, on: bool) -> list[str]:
    """The lines with an instance's overload switched; as they are when there is no such instance."""
    if part == "ospf":
        return _with_statement(lines, on)
    made: list[str | None] = list(lines)
    added: dict[int, str] = {}
    for port in _ports(lines):
        cost = INFINITE_METRIC if on else port.cost4
        if not on and port.cost != INFINITE_METRIC:
            continue
        text = None if cost is None else f" ipv6 ospf6 cost {cost}"
        if port.line is not None:
            made[port.line] = text
        elif text is not None:
            added[port.area] = text
    if not on:
        for number in _block(lines, "router ospf6") or ():
            made[number] = None if lines[number].strip() == _STUB else made[number]
    return [line for number, old in enumerate(made) for line in (old, added.get(number)) if line is not None]


def _with_statement(lines: Sequence[str], on: bool) -> list[str]:
    made = list(lines)
    inside = _block(made, "router ospf")
    if inside is None:
        return made
    if on:
        at = inside[-1] if inside else made.index("router ospf")
        made.insert(at + 1, f" {_STATEMENT}")
        return made
    gone = {number for number in inside if made[number].strip() == _STATEMENT}
    return [line for number, line in enumerate(made) if number not in gone]


def _ports(lines: Sequence[str]) -> Iterator[_Port]:
    """The interfaces of OSPFv3 that are not passive."""
    for start, header in enumerate(lines):
        name = header.removeprefix("interface ").rstrip()
        inside = _inside(lines, start) if header.startswith("interface ") and name != "lo" else []
        area = next((number for number in inside if _AREA6.match(lines[number])), None)
        if area is None or any(lines[number].strip() == "ipv6 ospf6 passive" for number in inside):
            continue
        line = next((number for number in inside if _COST6.match(lines[number])), None)
        cost = None if line is None else _number(_COST6, lines[line])
        cost4 = next((_number(_COST, lines[number]) for number in inside if _COST.match(lines[number])), None)
        yield _Port(name, area, line, cost, cost4)


def _number(pattern: re.Pattern[str], line: str) -> int | None:
    found = pattern.match(line)
    return int(found[1]) if found else None


def _block(lines: Sequence[str], header: str) -> list[int] | None:
    """The numbers of the lines in a block; None when there is no such block."""
    start = next((number for number, line in enumerate(lines) if line.rstrip() == header), None)
    return None if start is None else _inside(lines, start)


def _inside(lines: Sequence[str], start: int) -> list[int]:
    return list(itertools.takewhile(lambda number: lines[number][:1] == " ", range(start + 1, len(lines))))
