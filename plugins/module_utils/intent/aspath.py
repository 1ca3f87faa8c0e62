# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AS path expressions: Junos notation in, POSIX expressions as FRR takes them out, with the same meaning.

Junos matches whole paths, one AS number at a time: `.* [64512-65534] .*` is "a private AS number anywhere". FRR matches
the path's text with a POSIX expression whose `_` stands for a separator or an end. Every term becomes
`NUMBER_`, the whole is anchored with ^ and $.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

MAX_ASN = 4294967295

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+)|(?P<sign>[.()|*+?\[\]-])|(?P<count>\{\d+(?:,\d*)?\}))")


class AsPathError(ValueError):
    """The expression is not in Junos notation; the message says where and what was expected."""


@dataclass(frozen=True, slots=True)
class _Parser:
    text: str
    words: list[str]
    at: list[int]

    def peek(self) -> str:
        return self.words[self.at[0]] if self.at[0] < len(self.words) else ""

    def take(self) -> str:
        item = self.peek()
        self.at[0] += 1
        return item


@functools.lru_cache(maxsize=4096)
def to_posix(expression: str) -> str:
    """The expression for `bgp as-path access-list NAME seq N permit`.

    Raises AsPathError when the expression is not one.

    >>> to_posix("64496 .*")
    '^64496_([^ ]+_)*$'
    """
    parser = _Parser(expression, _split(expression), [0])
    if expression.strip() == "()":
        return "^$"
    body = _alternatives(parser)
    if parser.peek():
        raise AsPathError(f"unexpected '{parser.peek()}'")
    return f"^{body}$"


@functools.lru_cache(maxsize=4096)
def fault(expression: str) -> str | None:
    """Why the expression is wrong, or None."""
    try:
        to_posix(expression)
    except AsPathError as error:
        return str(error)
    return None


def _split(text: str) -> list[str]:
    words: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise AsPathError(f"'{text[position:].lstrip()[:1]}' is not part of an AS path expression")
        words.append(match.group().strip())
        position = match.end()
    return words


def _alternatives(parser: _Parser) -> str:
    found = [_sequence(parser)]
    while parser.peek() == "|":
        parser.take()
        found.append(_sequence(parser))
    return "|".join(found) if len(found) == 1 else f"({'|'.join(found)})"


def _sequence(parser: _Parser) -> str:
    parts: list[str] = []
    while parser.peek() not in ("", "|", ")"):
        atom = _atom(parser)
        repeat = parser.peek()
        if repeat in ("*", "+", "?") or repeat.startswith("{"):
            parser.take()
            atom = f"({atom}){repeat}" if not (atom.startswith("(") and _closes(atom)) else f"{atom}{repeat}"
        parts.append(atom)
    if not parts:
        raise AsPathError("an AS number, '.', '[' or '(' is missing")
    return "".join(parts)


def _closes(text: str) -> bool:
    """Whether the first parenthesis is closed by the last character only."""
    depth = 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return position == len(text) - 1
    return False


def _atom(parser: _Parser) -> str:
    item = parser.take()
    if item == ".":
        return "[^ ]+_"
    if item.isdigit():
        if parser.peek() == "-":
            parser.take()
            return f"{range_pattern(_asn(item), _asn(parser.take()))}_"
        return f"{_asn(item)}_"
    if item == "[":
        return f"{_set(parser)}_"
    if item == "(":
        inner = _alternatives(parser)
        if parser.take() != ")":
            raise AsPathError("a ')' is missing")
        return inner if inner.startswith("(") and _closes(inner) else f"({inner})"
    raise AsPathError(f"unexpected '{item}'")


def _set(parser: _Parser) -> str:
    patterns: list[str] = []
    while parser.peek() not in ("]", ""):
        first = _asn(parser.take())
        if parser.peek() == "-":
            parser.take()
            patterns.append(range_pattern(first, _asn(parser.take())))
        else:
            patterns.append(str(first))
    if parser.take() != "]" or not patterns:
        raise AsPathError("a list of AS numbers and a ']' is missing")
    return patterns[0] if len(patterns) == 1 else f"({'|'.join(patterns)})"


def _asn(item: str) -> int:
    if not item.isdigit():
        raise AsPathError(f"an AS number is missing before '{item}'" if item else "an AS number is missing")
    number = int(item)
    if number > MAX_ASN:
        raise AsPathError(f"{number} is not an AS number")
    return number


def range_pattern(first: int, last: int) -> str:
    """An expression for the decimal numbers from first to last.

    >>> range_pattern(64512, 65534)
    '(6451[2-9]|645[2-9][0-9]|64[6-9][0-9][0-9]|65[0-4][0-9][0-9]|655[0-2][0-9]|6553[0-4])'
    """
    if first > last:
        raise AsPathError(f"the range {first}-{last} is empty")
    pieces = [
        _padded(str(max(first, 10 ** (size - 1) if size > 1 else 0)), str(min(last, 10**size - 1)))
        for size in range(len(str(first)), len(str(last)) + 1)
    ]
    flat = [piece for group in pieces for piece in group]
    return flat[0] if len(flat) == 1 else f"({'|'.join(flat)})"


def _padded(low: str, high: str) -> list[str]:
    """Expressions for low to high, texts of the same number of digits that may start with zeros."""
    if low == high:
        return [low]
    size = len(low)
    if size == 1:
        return [f"[{low}-{high}]"]
    if set(low) == {"0"} and set(high) == {"9"}:
        return ["[0-9]" * size]
    if low[0] == high[0]:
        return [low[0] + piece for piece in _padded(low[1:], high[1:])]
    pieces: list[str] = []
    start, end = int(low[0]), int(high[0])
    if set(low[1:]) != {"0"}:
        pieces += [low[0] + piece for piece in _padded(low[1:], "9" * (size - 1))]
        start += 1
    tail: list[str] = []
    if set(high[1:]) != {"9"}:
        tail = [high[0] + piece for piece in _padded("0" * (size - 1), high[1:])]
        end -= 1
    if start <= end:
        lead = str(start) if start == end else f"[{start}-{end}]"
        pieces.append(lead + "[0-9]" * (size - 1))
    return pieces + tail
