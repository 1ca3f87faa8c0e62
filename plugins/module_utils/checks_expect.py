# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check may expect of a value, whether the value is so, and both in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.state_more import runs_package

KINDS = (
    "equals",
    "release",
    "contains",
    "matches",
    "at_least",
    "at_most",
    "within_percent",
    "empty",
    "unchanged",
)
"""What may be expected. `release`: equal, or the daemons' own version of that Debian package; `contains`: has this
entry, or this text in it; `within_percent`, `unchanged`: of what the snapshot has there."""

_OF_SNAPSHOT = ("within_percent", "unchanged")
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_NUMBER = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*$", re.IGNORECASE)
_SHOWN = 3


def needs_snapshot(expect: Mapping[str, Any]) -> bool:
    return any(kind in _OF_SNAPSHOT for kind in expect)


def check_pattern(pattern: str, key: str) -> None:
    """Raises ValueError when it is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{key} is no regular expression: {error}: {pattern!r}") from None


def check_kind(kind: str, wanted: Any) -> None:
    """Raises ValueError when nobody can expect this."""
    if kind not in KINDS:
        raise ValueError(f"'{kind}' cannot be expected; known are {', '.join(KINDS)}")
    if isinstance(wanted, Mapping):
        if list(wanted) != ["fact"]:
            raise ValueError(f"{kind} is {dict(wanted)!r}: expected a value, or {{fact: NAME}}")
        return
    if kind == "matches":
        check_pattern(str(wanted), kind)
    if kind in ("at_least", "at_most", "within_percent") and (isinstance(wanted, bool) or number(wanted) is None):
        raise ValueError(f"{kind} is {wanted!r}: expected a number (500M, 2G are numbers too)")
    if kind in ("empty", "unchanged") and not isinstance(wanted, bool):
        raise ValueError(f"{kind} is {wanted!r}: expected true or false")


def number(value: Any) -> float | None:
    """A number, or a size such as 500M (of 1024s); None when it is neither."""
    if isinstance(value, int | float):
        return float(value)
    found = _NUMBER.match(value) if isinstance(value, str) else None
    return float(found[1]) * _UNITS[found[2].lower()] if found else None


def picked(answer: str, pattern: str) -> str | None:
    """What counts of a command's answer; None when the pattern is not in it."""
    if not pattern:
        return answer.strip()
    found = re.search(pattern, answer, re.MULTILINE)
    if found is None:
        return None
    return (found[1] or "") if found.re.groups else found[0]


def resolved(expect: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """An expectation with the run's facts in it."""
    return {kind: facts.get(told["fact"]) if isinstance(told, Mapping) else told for kind, told in expect.items()}


# -- judging ---------------------------------------------------------------------------------------------------------


def judge(expect: Mapping[str, Any], now: Any, was: Any) -> tuple[bool, str]:
    """Whether a value is all that is expected of it; and why not, where the two in words do not say it."""
    for kind, wanted in expect.items():
        good, why = _JUDGE[kind](now, wanted, was)
        if not good:
            return False, why
    return True, ""


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return str(one).lower() == str(other).lower()
    return one == other or str(one).strip() == str(other).strip()


def _equals(now: Any, wanted: Any, _was: Any) -> tuple[bool, str]:
    return _same(now, wanted), ""


def _release(now: Any, wanted: Any, _was: Any) -> tuple[bool, str]:
    return _same(now, wanted) or runs_package(str(now), str(wanted)), ""


def _contains(now: Any, wanted: Any, _was: Any) -> tuple[bool, str]:
    entries = list(now) if isinstance(now, list | tuple | set | Mapping) else None
    return (any(_same(one, wanted) for one in entries) if entries is not None else str(wanted) in str(now)), ""


def _matches(now: Any, wanted: Any, _was: Any) -> tuple[bool, str]:
    return re.search(str(wanted), "" if now is None else str(now), re.MULTILINE) is not None, ""


def _at_least(now: Any, wanted: Any, _was: Any) -> tuple[bool, str]:
    return _ordered(now, wanted, lambda one, other: one >= other)


def _at_most(now: Any, wanted: Any, _was: Any) -> tuple[bool, str]:
    return _ordered(now, wanted, lambda one, other: one <= other)


def _ordered(now: Any, wanted: Any, holds: Callable[[float, float], bool]) -> tuple[bool, str]:
    one, other = number(now), number(wanted)
    if one is None or other is None:
        return False, "not a number"
    return holds(one, other), ""


def _within(now: Any, wanted: Any, was: Any) -> tuple[bool, str]:
    one, before, percent = number(now), number(was), number(wanted)
    if before is None or percent is None:
        return False, "not in the snapshot"
    if one is None:
        return False, "not a number"
    # Rounded so that a difference of exactly the tolerance passes whatever the floating point says.
    return abs(one - before) <= abs(before) * percent / 100.0 + 1e-9, ""


def _empty(now: Any, wanted: Any, _was: Any) -> tuple[bool, str]:
    return (now in (None, "", [], {}, ())) is bool(wanted), ""


def _unchanged(now: Any, wanted: Any, was: Any) -> tuple[bool, str]:
    if not wanted:
        return True, ""
    if isinstance(now, list) and isinstance(was, list):
        return sorted(map(str, now)) == sorted(map(str, was)), ""
    return _same(now, was), ""


_JUDGE: dict[str, Callable[[Any, Any, Any], tuple[bool, str]]] = {
    "equals": _equals,
    "release": _release,
    "contains": _contains,
    "matches": _matches,
    "at_least": _at_least,
    "at_most": _at_most,
    "within_percent": _within,
    "empty": _empty,
    "unchanged": _unchanged,
}


# -- in words --------------------------------------------------------------------------------------------------------


def words(expect: Mapping[str, Any], was: Any = None) -> str:
    """What is expected, for a table."""
    return ", ".join(_words(kind, wanted, was) for kind, wanted in expect.items())


def _words(kind: str, wanted: Any, was: Any) -> str:
    text = shown(wanted)
    return {
        "equals": text,
        "release": text,
        "contains": f"has {text}",
        "matches": f"like {text}",
        "at_least": f">= {text}",
        "at_most": f"<= {text}",
        "within_percent": f"{shown(was)} +- {text} %",
        "empty": "none" if wanted else "some",
        "unchanged": f"{shown(was)}, as before" if wanted else "anything",
    }[kind]


def shown(value: Any, expect: Mapping[str, Any] | None = None) -> str:
    """A value, for a table: short, on one line. Octets are shown like the size that they are compared with."""
    if value is None:
        return "none" if expect and "empty" in expect else "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _some([f"{key} {one}" for key, one in value.items() if one not in (None, "")], ", ")
    if isinstance(value, list | tuple):
        return _some(value, "; ")
    if expect is not None and isinstance(value, int | float):
        return _size(value, expect)
    return _line(value) or "none"


def _line(value: Any) -> str:
    return " ".join(str(value).split())


def _some(values: Sequence[Any], between: str) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return between.join(map(_line, values[:_SHOWN])) + more or "none"


def _size(value: float, expect: Mapping[str, Any]) -> str:
    limits = [wanted for kind, wanted in expect.items() if kind in ("at_least", "at_most") and isinstance(wanted, str)]
    units = [found[2].lower() for found in map(_NUMBER.match, limits) if found and found[2]]
    if not units:
        return f"{value:g}" if value % 1 else str(int(value))
    return f"{value / _UNITS[units[0]]:.1f}{units[0].upper()}"
