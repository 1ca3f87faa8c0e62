# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How steering's reasons say times, rates and names. A name may come from an alert, that is, from anybody."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

LONGEST_NAME = 80
_PLAIN = re.compile(r"[A-Za-z0-9 ._:/+@-]")


def shown_name(name: object) -> str:
    """A name from outside, harmless wherever it is printed: plain characters, others as \\xNN, at most LONGEST_NAME."""
    text = name if isinstance(name, str) else repr(name)
    cut = text[: LONGEST_NAME + 1]
    safe = "".join(char if _PLAIN.match(char) else _escaped(char) for char in cut)
    return safe if len(safe) <= LONGEST_NAME else safe[: LONGEST_NAME - 3] + "..."


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{{{code:x}}}".replace("{", "").replace("}", "")


def span(seconds: float) -> str:
    """A duration: 45 s, 2 min 5 s, 1 h 3 min."""
    whole = max(0, math.ceil(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def clock(when: float) -> str:
    """A point in time, UTC."""
    try:
        return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{when!r} s after 1970"


def measure(value: float | None) -> float | None:
    """A measured number that can be reckoned with: finite and not negative, else None."""
    return value if value is not None and math.isfinite(value) and value >= 0 else None


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "none"
