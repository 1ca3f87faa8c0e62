# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An FRR router's OSPF instances: whether they send traffic around it (RFC 6987), and how that is changed. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Overload

_OVERLOAD = {"router ospf": "max-metric router-lsa administrative", "router ospf6": "stub-router administrative"}
"""The line that sends traffic around the router, by the block that it stands in."""
_PARTS = {"router ospf": "ospf", "router ospf6": "ospf3"}


def frr_overloads(lines: Sequence[str]) -> Iterator[Overload]:
    """The OSPF instances of a configuration."""
    for header, line in _OVERLOAD.items():
        if (inside := _block(lines, header)) is not None:
            yield Overload(_PARTS[header], any(lines[number].strip() == line for number in inside))


def _block(lines: Sequence[str], header: str) -> list[int] | None:
    """The numbers of the lines in a block; None when there is no such block."""
    start = next((number for number, line in enumerate(lines) if line.rstrip() == header), None)
    if start is None:
        return None
    inside = itertools.takewhile(lambda number: lines[number][:1] == " ", range(start + 1, len(lines)))
    return list(inside)


def with_overload(lines: Sequence[str], part: str, on: bool) -> list[str]:
    """The lines with an instance's overload switched; as they are when there is no such instance."""
    made = list(lines)
    header = next(header for header, name in _PARTS.items() if name == part)
    inside = _block(made, header)
    if inside is None:
        return made
    if on:
        at = inside[-1] if inside else made.index(header)
        made.insert(at + 1, f" {_OVERLOAD[header]}")
        return made
    gone = {number for number in inside if made[number].strip() == _OVERLOAD[header]}
    return [line for number, line in enumerate(made) if number not in gone]
