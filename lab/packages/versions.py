"""Debian's version numbers: which is newer, and what of it FRR itself tells."""

from __future__ import annotations

import re
from functools import cmp_to_key


def upstream(version: str) -> str:
    """FRR's own version in a package's: `1:9.1.3-0~deb12u1` is 9.1.3."""
    return version.partition(":")[2].rpartition("-")[0] if ":" in version else (version.rpartition("-")[0] or version)


def compare(one: str, other: str) -> int:
    """Below, equal to or above 0 as `one` is older than, the same as or newer than `other` (Debian policy 5.6.12)."""
    for mine, theirs in zip(_parts(one), _parts(other), strict=True):
        if difference := _compare(mine, theirs):
            return difference
    return 0


def newest_first(versions: list[str]) -> list[str]:
    """Sorted, each once."""
    return sorted(set(versions), key=cmp_to_key(compare), reverse=True)


def _parts(version: str) -> tuple[str, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    name, dash, revision = rest.rpartition("-")
    return (epoch, name, revision) if dash else (epoch, rest, "0")


def _compare(one: str, other: str) -> int:
    """Text and numbers in turn; a letter sorts before other signs, and a tilde before everything, the end included."""
    mine, theirs = (re.findall(r"(\D*)(\d*)", text) for text in (one, other))
    for index in range(max(len(mine), len(theirs))):
        words, number = mine[index] if index < len(mine) else ("", "")
        their_words, their_number = theirs[index] if index < len(theirs) else ("", "")
        if _order(words) != _order(their_words):
            return -1 if _order(words) < _order(their_words) else 1
        if int(number or 0) != int(their_number or 0):
            return -1 if int(number or 0) < int(their_number or 0) else 1
    return 0


def _order(words: str) -> list[int]:
    ranks = [-1 if sign == "~" else ord(sign) if sign.isalpha() else ord(sign) + 256 for sign in words]
    return [*ranks, 0]
