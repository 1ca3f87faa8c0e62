# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding values in a router's state by a path such as `bgp.neighbors.*.state`. Pure.

Keys may hold dots themselves (`storage./var`, `interfaces.ge-0/0/0.0.oper`, `bgp.neighbors.192.0.2.2.state`): a key is
any run of the path's parts that is one. A part with `*`, `?` or `[` stands for every key that looks like it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

_GLOB = re.compile(r"[*?\[]")

Where = tuple[str, ...]
"""The keys that lead to a value."""


def find(state: Any, path: str) -> dict[Where, Any]:
    """Every value at the path, by the keys that lead there, in the state's order."""
    return dict(_walk(state, path.split("."), ()))


def _walk(node: Any, parts: list[str], at: Where) -> Iterator[tuple[Where, Any]]:
    if not parts:
        yield at, node
        return
    if not isinstance(node, Mapping):
        return
    for size in range(1, len(parts) + 1):
        wanted, rest = ".".join(parts[:size]), parts[size:]
        for key, value in node.items():
            name = str(key)
            if name == wanted or (_GLOB.search(wanted) and fnmatchcase(name, wanted)):
                yield from _walk(value, rest, (*at, name))


def has_pattern(path: str) -> bool:
    return _GLOB.search(path) is not None


def before_pattern(path: str) -> str:
    """The part of a path before its first pattern: it must be there, or the path is misspelt."""
    found = _GLOB.search(path)
    return path if found is None else path[: found.start()].rpartition(".")[0]


def subject(path: str) -> str:
    """What router_state has to gather for a path."""
    return path.partition(".")[0]


def label(where: Where, path: str) -> str:
    """Where a value was found, without what all values of the path have in common: `192.0.2.2`."""
    if not has_pattern(path):
        return ""
    fixed = before_pattern(path)
    start = fixed.count(".") + 1 if fixed else 0
    parts = path.split(".")
    trailing = 0
    while trailing < len(parts) and not _GLOB.search(parts[-1 - trailing]):
        trailing += 1
    return " ".join(where[start : len(where) - trailing])
