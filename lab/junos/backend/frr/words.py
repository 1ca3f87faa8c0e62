"""FRR's words and Junos's: names of interfaces, states, intervals."""

from __future__ import annotations

import re
import zlib

from lab.junos.backend.reading import Node, units
from lab.names import InterfaceNameError, linux_name

_SAFE = re.compile(r"[A-Za-z0-9_.:+-]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:+-]")
_INTERVAL = re.compile(r"(\d+)([wdhms])")
_NEIGHBOR = {"2-way": "2Way", "twoway": "2Way", "exstart": "ExStart", "exchange": "Exchange", "loading": "Loading"}
_INTERFACE = {
    "point-to-point": "PtToPt", "pointtopoint": "PtToPt", "dr": "DR", "backup": "BDR", "bdr": "BDR",
    "drother": "DRother", "loopback": "DRother", "waiting": "Waiting", "down": "Down", "pointtomultipoint": "PtToPt",
    "point-to-multipoint": "PtToPt",
}  # fmt: skip


def safe_name(name: str) -> str:
    """A Junos name as a word that FRR takes for a list or route-map: no spaces, no pipes, not a bare number.

    A name that has to change gets a checksum, so that two names never become one.
    """
    if _SAFE.fullmatch(name) and not name.isdigit():
        return name
    return f"{_UNSAFE.sub('_', name)}-{zlib.crc32(name.encode()):08x}"


def safe_text(text: str) -> str:
    """A description as FRR takes it: printable, and without the `|` that vtysh would cut it at."""
    return " ".join("".join(char if " " <= char <= "~" and char != "|" else "." for char in text).split())


def seconds(text: object) -> int:
    """`00:01:39`, `1d02h03m`, `3w2d05h`, `0:00:00:37` in seconds; `never` and what is not an interval are 0."""
    words = str(text)
    if re.fullmatch(r"[\d:]+", words) and ":" in words:
        total = 0
        for value, size in zip(reversed(words.split(":")), (1, 60, 3600, 86400), strict=False):
            total += int(value) * size
        return total
    sizes = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(count) * sizes[unit] for count, unit in _INTERVAL.findall(words))


def neighbor_state(text: str) -> str:
    """`Full/DR` as `Full`, `2-Way/DROther` as `2Way`."""
    word = text.partition("/")[0].strip()
    return _NEIGHBOR.get(word.lower(), word.capitalize())


def interface_state(text: str) -> str:
    """`Point-To-Point` as `PtToPt`."""
    return _INTERFACE.get(text.lower(), text)


def junos_names(data: Node) -> dict[str, str]:
    """{device: logical interface} of the configured units."""
    found = {}
    for _, _, unit_name, _ in units(data):
        try:
            found[linux_name(unit_name)] = unit_name
        except InterfaceNameError:
            continue
    return found


def guess_name(device: str) -> str:
    """The logical interface of a device that is not configured: `ge-0_0_5.0` is `ge-0/0/5.0`."""
    if device in ("fxp0", "em0", "me0"):
        return f"{device}.0"
    return "lo0.0" if device == "lo" else device.replace("_", "/")
