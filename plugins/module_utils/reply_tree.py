# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a router's reply that was made into nested mappings: one, several or none of anything at any level."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def every(node: Any, *path: str) -> Iterable[Any]:
    """The nodes at a path, wherever the router has one, several or none of them at a level."""
    if not path:
        yield node
        return
    inner = node.get(path[0]) if isinstance(node, dict) else None
    for child in inner if isinstance(inner, list) else [] if inner is None else [inner]:
        yield from every(child, *path[1:])


def text(node: Any, name: str) -> str:
    """The text of a node's first child of that name, empty when there is none or when it is no text."""
    found = next(iter(every(node, name)), None)
    return str(found).strip() if isinstance(found, str) else ""
