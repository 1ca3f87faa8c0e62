# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The normal form of an FRR configuration, and the difference between two of them.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Path = tuple[str, ...]
Key = tuple[Path, str]
"""A statement: the blocks it stands in, from the outside, and its own text."""

_CLOSING = re.compile(r"^(exit|exit-[a-z0-9-]+|end)$")
# What `show running-config` prints or hides whatever one configures: vtysh shows the kernel's host name, and the
# positive forms of the forwarding switches are never shown.
_UNSEEN = re.compile(
    r"^(frr version |hostname |domainname |service integrated-vtysh-config$|ip forwarding$|ipv6 forwarding$"
    r"|Building configuration|Current configuration)"
)
# A block that exists only through what stands in it.
_HOLLOW = re.compile(r"^(interface |vrf |address-family |line vty)")
# Blocks within blocks. Any other line in a block holds none, however the lines after it are indented.
_NESTED = re.compile(
    r"^(address-family|afi|peer|profile|key|vni|vrf|member|segment-list|policy|candidate-path|traffic-eng|srv6"
    r"|locators?|pcep|pce|pce-config|flex-algo|rpki)( |$)"
)
# Comments of ours say what steering changed: part of the configuration to us, nothing to the daemons.
_NOTE = re.compile(r"^!\s*fairway-")
HIDDEN = "<secret>"
_SECRET = re.compile(
    r"(?P<before>\b(?:password(?: (?:md5|clear|8))?|md5|key-string|authentication-key|hash-algo \S+ key)\s+)\S+"
)


def _word(word: str) -> str:
    """IPv6 addresses and prefixes in their one canonical spelling; every other word as it is."""
    if ":" not in word:
        return word
    address, slash, length = word.partition("/")
    try:
        return str(ipaddress.IPv6Address(address)) + slash + length
    except ValueError:
        return word


def normal(line: str) -> str:
    return " ".join(_word(word) for word in line.split())


def parse(text: str) -> dict[Key, int]:
    """Every statement of a configuration with the number of its line, from 1, in the order of the text.

    Blocks are told by indentation, which is how FRR prints them; a block's lines need not be indented evenly.
    """
    found: dict[Key, int] = {}
    blocks: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = normal(raw)
        if not line or line[0] in "!#" or _CLOSING.match(line):
            continue
        indent = len(raw) - len(raw.lstrip())
        while blocks and blocks[-1][0] >= indent:
            blocks.pop()
        path = tuple(block for _depth, block in blocks)
        if not path or _NESTED.match(line):
            blocks.append((indent, line))
        if (path or not _UNSEEN.match(line)) and not _HOLLOW.match(line):
            found.setdefault((path, line), number)
    return found


@dataclass
class Difference:
    """What has to be added to and removed from `old` to make it `new`."""

    added: list[tuple[Key, int]] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def lines(self, limit: int | None = None) -> list[str]:
        """One line of words per statement, for messages: `+ interface eth0 / ip ospf cost 10`."""
        told = [f"- {' / '.join((*path, line))}" for path, line in self.removed]
        told += [f"+ {' / '.join((*path, line))}" for (path, line), _number in self.added]
        told = [redact(line) for line in told]
        if limit is not None and len(told) > limit:
            told = [*told[:limit], f"... and {len(told) - limit} more"]
        return told


def notes(text: str) -> dict[Key, int]:
    """Our own comments with the numbers of their lines, from 1."""
    lines = enumerate(text.splitlines(), start=1)
    return {((), line.rstrip()): number for number, line in lines if _NOTE.match(line)}


def with_notes(text: str, source: str) -> str:
    """The text with our own comments of another one, at its top, instead of its own."""
    kept = [line for _path, line in sorted(notes(source))]
    rest = [line for line in text.splitlines() if not _NOTE.match(line)]
    return "".join(f"{line}\n" for line in [*kept, *rest])


def difference(old: str, new: str, *, noted: bool = False) -> Difference:
    """What tells two configurations apart; our own comments too when `noted`: what the daemons run has none."""
    before, after = parse(old), parse(new)
    if noted:
        before, after = {**notes(old), **before}, {**notes(new), **after}
    # FRR always shows which defaults it runs with; they only count when both sides name them.
    if not all(any(line.startswith("frr defaults ") for _path, line in side) for side in (before, after)):
        before, after = (
            {key: number for key, number in side.items() if not key[1].startswith("frr defaults ")}
            for side in (before, after)
        )
    return Difference(
        added=[(key, number) for key, number in after.items() if key not in before],
        removed=[key for key in before if key not in after],
    )


@dataclass
class _Node:
    """A statement in the picture of a difference: `+`, `-`, or a blank for a block that merely holds others."""

    sign: str = " "
    inner: dict[str, _Node] = field(default_factory=dict)

    def reach(self, path: Path) -> _Node:
        node = self
        for name in path:
            node = node.inner.setdefault(name, _Node())
        return node

    def lines(self, depth: int = 0) -> Iterator[str]:
        for name, node in self.inner.items():
            yield f"{node.sign}{' ' * depth}{redact(name)}\n"
            yield from node.lines(depth + 1)


def show(change: Difference) -> str:
    """The difference as people read it: `+` and `-` lines under the blocks they stand in. Secrets are masked."""
    root = _Node()
    for path, line in change.removed:
        root.reach((*path, line)).sign = "-"
    for (path, line), _number in change.added:
        root.reach((*path, line)).sign = "+"
    return "".join(root.lines())


def redact(line: str) -> str:
    """The line with the secrets that FRR shows in clear replaced by `<secret>`."""
    return _SECRET.sub(lambda found: found["before"] + HIDDEN, line)


def redact_all(text: str) -> str:
    """A whole configuration without its secrets, line for line."""
    return "".join(f"{redact(line)}\n" for line in text.splitlines())


def spliced(text: str, splices: Iterable[tuple[int, int, list[str]]]) -> str:
    """The text with ranges of lines replaced: first, line after the last, new lines; from 0, ascending.

    Raises ValueError when they do not fit, or would write a mask where a secret was.
    """
    lines = text.splitlines()
    made: list[str] = []
    at = 0
    for first, end, new in splices:
        if not at <= first <= end <= len(lines) or any(HIDDEN in line or "\n" in line for line in new):
            raise ValueError("the lines to replace do not fit the configuration")
        made += [*lines[at:first], *new]
        at = end
    return "".join(f"{line}\n" for line in [*made, *lines[at:]])
