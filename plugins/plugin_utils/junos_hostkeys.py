# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host keys, as OpenSSH knows them.

ncclient reads one file and paramiko's reader knows neither patterns nor markers, and compares only the first key of a
type; this one reads what sshd(8) documents: names, `[name]:port`, patterns with `*`, `?` and `!`, hashed names,
`@revoked`. Certificate authorities are not supported (paramiko cannot verify host certificates).
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

DEFAULT_FILES = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")


class KnownKey(NamedTuple):
    """One line of a known_hosts file. `blob` is the public key in SSH's wire format."""

    marker: str
    patterns: tuple[str, ...]
    kind: str
    blob: bytes
    place: str


@dataclass(frozen=True)
class KeyCheck:
    """`status`: known, unknown, changed (we know other keys of it) or revoked. `place`: the line that says so."""

    status: str
    place: str = ""


def fingerprint(blob: bytes) -> str:
    """As ssh-keygen -l prints it: SHA256:..."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _parse(line: str, place: str) -> KnownKey | None:
    words = line.split()
    marker = words.pop(0) if words and words[0].startswith("@") else ""
    if len(words) < 3 or words[0].startswith("#"):
        return None
    try:
        blob = base64.b64decode(words[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    return KnownKey(marker, tuple(words[0].split(",")), words[1], blob, place)


def read_known_hosts(files: Iterable[str]) -> list[KnownKey]:
    """All readable lines of all files; a file that is missing or unreadable holds no keys."""
    keys: list[KnownKey] = []
    for name in files:
        path = Path(name).expanduser()
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        parsed = (_parse(line.strip(), f"{path}:{number}") for number, line in enumerate(lines, 1))
        keys.extend(key for key in parsed if key)
    return keys


def _hashed(pattern: str, name: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part) for part in pattern.split("|")[2:4])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), digest)


def _matches(key: KnownKey, name: str) -> bool:
    hit = False
    for pattern in key.patterns:
        if pattern.startswith("|1|"):
            hit = hit or _hashed(pattern, name)
            continue
        # Brackets stand for themselves in known_hosts, but not in fnmatch.
        body = pattern.lstrip("!").lower().replace("[", "[[]")
        if fnmatch.fnmatchcase(name.lower(), body):
            if pattern.startswith("!"):
                return False
            hit = True
    return hit


def names_of(host: str, port: int) -> tuple[str, ...]:
    """The names a router's keys may stand under, the most precise first."""
    return (host,) if port == 22 else (f"[{host}]:{port}", host)


def keys_for(keys: Iterable[KnownKey], host: str, port: int) -> list[KnownKey]:
    """The keys that are known for this router, certificate authorities left out.

    Entries for the very port win; keys of the bare name count when there are none (a router's SSH and NETCONF
    services share their host key).
    """
    usable = [key for key in keys if key.marker in ("", "@revoked")]
    revoked = [k for k in usable if k.marker and any(_matches(k, name) for name in names_of(host, port))]
    for name in names_of(host, port):
        found = [key for key in usable if not key.marker and _matches(key, name)]
        if found:
            return revoked + found
    return revoked


def check_key(known: Iterable[KnownKey], blob: bytes) -> KeyCheck:
    """Whether a router that shows `blob` is the one we know (`known` as from keys_for)."""
    known = list(known)
    same = [key for key in known if key.blob == blob]
    if any(key.marker == "@revoked" for key in same):
        return KeyCheck("revoked", same[0].place)
    if same:
        return KeyCheck("known", same[0].place)
    others = [key for key in known if not key.marker]
    return KeyCheck("changed", others[0].place) if others else KeyCheck("unknown")


def preferred_kinds(known: Iterable[KnownKey], offered: Iterable[str]) -> list[str]:
    """The host key algorithms to ask for: those we hold keys of first. An RSA key signs with rsa-sha2-*."""
    held = {key.kind for key in known if not key.marker}
    if "ssh-rsa" in held:
        held |= {"rsa-sha2-512", "rsa-sha2-256"}
    offered = list(offered)
    return [kind for kind in offered if kind in held] + [kind for kind in offered if kind not in held]
