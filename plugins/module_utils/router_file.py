# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What router_file decides: names and checksums that are sound, whether to copy, whether there is room, what to say."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PART = ".part"
"""What a file is called on the router until all of it is there and right."""

_SHA256 = re.compile(r"sha256:([0-9a-f]{64})", re.IGNORECASE)
# What every shell, CLI and protocol on the way takes for a letter. A name that starts with a hyphen is an option.
_NAME = re.compile(r"[A-Za-z0-9._+=@,][A-Za-z0-9._+=@,-]*")
_LONGEST_NAME = 255 - len(PART)
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class FileStat:
    """A file as it is on a router."""

    size: int
    directory: bool = False


@dataclass(frozen=True)
class Copied:
    """What a copy did: octets that went over the wire, and how many of an earlier attempt were kept."""

    sent: int
    resumed_from: int = 0


def parse_checksum(text: str) -> str:
    """The hexadecimal digits of `sha256:HEX`; raises ValueError that says what was expected."""
    found = _SHA256.fullmatch(text.strip())
    if not found:
        raise ValueError(f"checksum is '{text}': expected sha256: and 64 hexadecimal digits")
    return found[1].lower()


def path_complaint(path: str) -> str:
    """Why a path cannot be a file's on a router; empty when it can."""
    plain, mark, _query = path.partition("?")
    if mark:
        # What follows may be the signature of a URL, which is nobody's to see.
        return f"'{plain}?…' is what a URL ends with, not a file's name: leave the '?' and what follows it out"
    if not path.startswith("/"):
        return f"'{path}' is no absolute path: write for example /var/tmp/{posixpath.basename(path) or 'FILE'}"
    names = path[1:].split("/")
    if any(name in ("", ".", "..") for name in names):
        return f"'{path}': expected the whole path of a file, without empty, '.' and '..' parts"
    if wrong := next((name for name in names if not _NAME.fullmatch(name)), None):
        return (
            f"'{path}': the name {wrong!r} may hold letters, digits and . _ + = @ , - only, "
            "and does not begin with a hyphen"
        )
    if len(names[-1]) > _LONGEST_NAME:
        return f"'{path}': the file's name is longer than {_LONGEST_NAME} characters"
    return ""


def size_text(count: float) -> str:
    """Octets for people: 1234567 → 1.2 MB."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 or count >= 100 else f"{count:.1f} {_UNITS[unit]}"


def space_complaint(path: str, needed: int, free: int | None, margin: int) -> str:
    """Why a file does not go where `free` octets are left; empty when it does, or when the router does not tell."""
    if free is None or free >= needed + margin:
        return ""
    return (
        f"not enough space for {path}: {size_text(needed)} to copy and {size_text(margin)} to leave free, "
        f"and there are {size_text(free)}: make room (Junos: request system storage cleanup), or copy elsewhere"
    )


def arrival_complaint(path: str, got: str | None, want: str) -> str:
    """What to say when what arrived on the router is not what was sent."""
    return (
        f"{path}: what arrived is not what was sent (sha256 {got or 'of nothing'}, expected {want}): "
        "it was removed; did somebody else copy the same file? Run it again"
    )


def progress_text(done: int, total: int, began_at: int, seconds: float) -> str:
    """How far a copy has come: `began_at` of `total` octets were there before, `seconds` ago."""
    share = f"{100 * done // total} %" if total else "100 %"
    text = f"{size_text(done)} of {size_text(total)} ({share})"
    rate = (done - began_at) / seconds if seconds > 0 else 0.0
    if rate <= 0 or done >= total:
        return text
    return f"{text}, {size_text(rate)}/s, {(total - done) / rate:.0f} s left"


def mount_of(path: str, mounts: Iterable[str]) -> str | None:
    """Which of the mount points a path is on. Junos shows some of its own below /.mount; None when none fits."""
    best: tuple[int, str] | None = None
    for mount in mounts:
        place = (mount.removeprefix("/.mount") or "/").rstrip("/")
        if (path == place or path.startswith(f"{place}/")) and (best is None or len(place) >= best[0]):
            best = (len(place), mount)
    return best[1] if best else None


def block_size(blocks: int, shown: str) -> int:
    """Octets of a Junos block: 512 or 1024, whichever fits the size that the router shows for people (`9.7G`)."""
    found = re.match(r"^([\d.]+)\s*([KMGT])", shown.strip())
    if not found or not blocks:
        return 512
    octets = float(found[1]) * 1024.0 ** (" KMGT".index(found[2]))
    return 1024 if octets / blocks > 724 else 512


def junos_free(path: str, rows: Mapping[str, tuple[int, str, int]]) -> int | None:
    """Octets free where the path is; `rows`: mount point → total blocks, the same for people, free blocks."""
    mount = mount_of(path, rows)
    if mount is None:
        return None
    total, shown, free = rows[mount]
    return max(0, free) * block_size(total, shown)
