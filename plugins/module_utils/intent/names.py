# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: which ones a platform knows, what a logical interface is called, and what a typing error meant."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable

PLATFORMS = ("junos", "frr")

_JUNOS_DEVICE = re.compile(r"^((ge|xe|et|fe|mge)-\d{1,2}/\d{1,2}/\d{1,3}(:\d{1,2})?|ae\d{1,4}|irb|lo0)$")
_FRR_DEVICE = re.compile(r"^[A-Za-z][A-Za-z0-9_-]{0,14}$")
_DIGITS = re.compile(r"(\d+)")

DEVICE_RULE = {
    "junos": "a Junos device: ge-, xe-, et-, fe- or mge-FPC/PIC/PORT, aeN, irb or lo0",
    "frr": "a Linux device: a letter, then letters, digits, dash or underscore, at most 15 in all",
}
LOOPBACK = {"junos": "lo0", "frr": "lo"}


def platform_of(network_os: object) -> str | None:
    """`junos` or `frr` from ansible_network_os, short or fully qualified; None when it is neither."""
    name = str(network_os).rsplit(".", 1)[-1]
    return name if name in PLATFORMS else None


def valid_device(platform: str, device: str) -> bool:
    """Whether the platform can have a device of this name."""
    pattern = _JUNOS_DEVICE if platform == "junos" else _FRR_DEVICE
    return pattern.match(device) is not None


def logical_name(platform: str, device: str, unit: int) -> str:
    """The logical interface: always device.unit on Junos; on FRR unit 0 is the device itself."""
    if platform == "junos" or unit != 0:
        return f"{device}.{unit}"
    return device


@functools.lru_cache(maxsize=65536)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts ge-0/0/2 before ge-0/0/10."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in _DIGITS.split(text) if part)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """What was probably meant, or None when nothing is similar."""
    close = difflib.get_close_matches(word, sorted(choices), n=1, cutoff=0.6)
    return close[0] if close else None


def choice_text(word: str, choices: Iterable[str], what: str = "one of") -> str:
    """The `write` part of an error about an unknown name: the nearest one, else all (shortened), else none exists."""
    known = sorted(choices, key=natural)
    near = nearest(word, known)
    if near is not None:
        return near
    if not known:
        return f"nothing fits: there is no {what.removeprefix('one of').strip() or 'choice'} yet"
    listed = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    return f"one of: {listed}"
