# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that people read in a terminal. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = (), width: int = 0) -> str:
    """Columns as wide as their widest cell, two spaces apart; columns named in `right` are flushed right.

    With `width` (characters), the last column is wrapped so that no line is longer, but never below 24 characters.
    """
    cells = [[plain(str(cell)) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(header), *cells]) for i in range(len(header))]
    if width:
        widths[-1] = min(widths[-1], max(24, width - sum(widths[:-1]) - 2 * (len(widths) - 1)))
    lines = [_line(header, header, widths, right), "  ".join("-" * size for size in widths)]
    for row in cells:
        tail = textwrap.wrap(row[-1], widths[-1]) or [""]
        lines.append(_line([*row[:-1], tail[0]], header, widths, right))
        indent = sum(widths[:-1]) + 2 * (len(widths) - 1)
        lines += [" " * indent + more for more in tail[1:]]
    return "\n".join(lines)


def plain(text: str) -> str:
    """One line of a router's or a person's words as a terminal may be given it: nothing in it moves the cursor."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "?" for char in text)


def _line(row: Sequence[str], header: Sequence[str], widths: Sequence[int], right: Sequence[str]) -> str:
    parts = [
        cell.rjust(size) if name in right else cell.ljust(size)
        for cell, name, size in zip(row, header, widths, strict=True)
    ]
    return "  ".join(parts).rstrip()
