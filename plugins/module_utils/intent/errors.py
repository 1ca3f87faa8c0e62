# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an intent, said so that the reader knows which line to change to what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

Key: TypeAlias = "tuple[str | int, ...]"
"""A key path: ("ospf", "areas", "0.0.0.0", "interfaces", "eth1", "cost"); list items by index."""

_SECRET_WORDS = frozenset({"key", "authentication", "authentication_key", "root_password_hash"})


@dataclass(frozen=True, slots=True)
class IntentError:
    """One fault. `there` is what the inventory says, `wanted` what would be right, `write` what to put instead."""

    router: str
    key: Key
    there: str
    wanted: str
    write: str
    severity: str = "error"
    """"error" stops the run; "warning" is shown and does not."""
    file: str | None = None
    line: int | None = None

    def at(self, file: str | None, line: int | None) -> IntentError:
        """The same error with the place in the inventory's files."""
        return replace(self, file=file, line=line)

    @property
    def place(self) -> str:
        """`FILE:LINE`, `FILE`, or the empty string when the file is not known."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        place = f"  ({self.place})" if self.file else ""
        mark = "warning: " if self.severity == "warning" else ""
        return (
            f"{mark}{self.router}: {key_text(self.key)}{place}\n"
            f"    there:  {self.there}\n"
            f"    wanted: {self.wanted}\n"
            f"    write:  {self.write}"
        )

    def as_dict(self) -> dict[str, str | int | None]:
        """The error as a task result carries it."""
        return {
            "router": self.router,
            "key": key_text(self.key),
            "there": self.there,
            "wanted": self.wanted,
            "write": self.write,
            "severity": self.severity,
            "file": self.file,
            "line": self.line,
        }


def key_text(key: Key) -> str:
    """The path as people write it: dots between keys, brackets around indexes and around keys that have dots.

    >>> key_text(("ospf", "areas", "0.0.0.0", "interfaces"))
    'ospf.areas["0.0.0.0"].interfaces'
    """
    parts: list[str] = []
    for item in key:
        if isinstance(item, int):
            parts.append(f"[{item}]")
        elif "." in item or ":" in item:
            parts.append(f'["{item}"]')
        else:
            parts.append(f".{item}" if parts else item)
    return "".join(parts)


def is_secret(key: Key) -> bool:
    """Whether the value at this key must never be shown, not even when it is wrong."""
    if any(item in _SECRET_WORDS for item in key):
        return True
    return key[:3] == ("router", "snmp", "communities")


def shown(value: object, key: Key = ()) -> str:
    """A value as an error may show it: scalars as YAML would, containers by kind, secrets not at all."""
    if is_secret(key):
        return "(a secret, not shown)"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing (null)"
    if isinstance(value, str):
        text = ascii(value) if any(ord(char) < 32 or ord(char) == 127 for char in value) else f'"{value}"'
        return text if len(text) <= 80 else text[:77] + "..."
    return str(value)


def sort_errors(errors: Iterable[IntentError]) -> list[IntentError]:
    """In the order people read: errors before warnings, then by router and key. Doubles are dropped."""
    unique = dict.fromkeys(errors)
    return sorted(unique, key=lambda e: (e.severity != "error", e.router, [str(k) for k in e.key], e.there))


def report(errors: Iterable[IntentError]) -> str:
    """All errors as one text, sorted, with a count at the end; the empty string when there is none.

    What is wrong once in a file that many routers share is told once, with the routers' names.
    """
    ordered = sort_errors(errors)
    if not ordered:
        return ""
    told: dict[IntentError, list[str]] = {}
    for error in ordered:
        told.setdefault(replace(error, router=""), []).append(error.router)
    count = sum(error.severity == "error" for error in told)
    warnings = len(told) - count
    routers = len({error.router for error in ordered})
    lines = [str(replace(error, router=name_list(names))) for error, names in told.items()]
    tail = f"{count} error{'s' * (count != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    return "\n".join([*lines, f"{tail} in {routers} router{'s' * (routers != 1)}."])


def name_list(names: Iterable[str]) -> str:
    """Names for people: four at most, and how many more."""
    known = sorted(names)
    return ", ".join(known) if len(known) <= 4 else f"{', '.join(known[:4])} and {len(known) - 4} more"
