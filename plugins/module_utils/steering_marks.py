# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What steering writes beside what it changed, and reads back: markers and freezes, as words with values.

Junos has them as `apply-macro`, FRR as whole-line comments:

    apply-macro fairway-steering { path jkt-sby/north; since 2026-11-21T10:00:00Z; change fw-...; by auto; was 100; }
    ! fairway-steering path=jkt-sby/north place=ospf:eth1 since=2026-11-21T10:00:00Z change=fw-... by=auto was=150

Both ways are strict. What is read and does not fit raises MarkError, whose words say what to do about it; nothing is
written that would not be read back. Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Freeze, Marker

STEERING, FREEZE, DRAIN = "fairway-steering", "fairway-freeze", "fairway-drain"
DRAIN_TERM = "out-of-service"
"""The policy term that draining switches on."""
DISCARD = "discard"
"""The value of a static route that drops, on both platforms."""
ACTIVE, INACTIVE = "active", "inactive"
"""The values of a policy term."""
KINDS = ("ospf", "policy", "static")
"""First words of Place.key."""

_PATH = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}/[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
CHANGE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,62}$")
WHO = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
_WORD = re.compile(r'\s*([a-z]+)=(?:"([^"]*)"|([^\s"]+))(?=\s|$)')
_UNQUOTED = re.compile(r"[^ !#-\[\]-~]")
MAX_REASON = 160

Words = dict[str, str]


class MarkError(ValueError):
    """A marker that cannot be: the message says which word, what it is and what was expected."""


def stamp(when: float) -> str:
    """Seconds since 1970 as markers have them: whole seconds, UTC. Raises MarkError beyond the calendar."""
    try:
        return datetime.fromtimestamp(int(when), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError) as error:
        raise MarkError(f"{when!r} is no time") from error


def seconds(text: str, word: str) -> float:
    """The time that a marker's word gives."""
    try:
        if _STAMP.match(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        pass
    raise MarkError(f"{word} is '{text}': expected a time such as 2026-11-21T10:00:00Z")


def check_value(kind: str, value: str) -> str:
    """The value in its one spelling, when a place of this kind can have it; "" stands for none. Raises MarkError."""
    if kind == "ospf" and (value == "" or (re.match(r"^[1-9]\d{0,4}$", value) and int(value) <= 65535)):
        return value
    if kind == "policy" and value == "":
        return value
    if kind == "static" and value == DISCARD:
        return value
    if kind == "static":
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            pass
    expected = {"ospf": "an OSPF cost, 1 to 65535", "static": "a next hop or discard", "policy": "no value"}
    raise MarkError(f"'{value}' is not {expected.get(kind, 'of a known kind')}")


def check_path(path: str) -> str:
    """The path's name when it is one; raises MarkError."""
    if not _PATH.match(path):
        raise MarkError(f"path is '{path}': expected backbone/path")
    return path


def marker_words(marker: Marker, kind: str) -> Words:
    """A marker as words, in the order in which they are written. Raises MarkError rather than write nonsense."""
    check_path(marker.path)
    if not CHANGE.match(marker.change_id):
        raise MarkError(f"change is '{marker.change_id}': expected a change's name")
    if marker.by not in ("auto", "hand"):
        raise MarkError(f"by is '{marker.by}': expected auto or hand")
    words = {"path": marker.path, "since": stamp(marker.since), "change": marker.change_id, "by": marker.by}
    was = check_value(kind, marker.was)
    return {**words, "was": was} if was else words


def read_marker(words: Mapping[str, str], kind: str) -> Marker:
    """The marker that these words make; raises MarkError."""
    known = ("path", "since", "change", "by", "was")
    if strange := [word for word in words if word not in known]:
        raise MarkError(f"it says '{strange[0]}', which means nothing")
    if missing := [word for word in known[:4] if not words.get(word)]:
        raise MarkError(f"it does not say {missing[0]}")
    if "was" in words and not words["was"]:
        raise MarkError("was is empty")
    marker = Marker(
        check_path(words["path"]),
        words["change"],
        seconds(words["since"], "since"),
        words["by"],
        check_value(kind, words.get("was", "")),
    )
    marker_words(marker, kind)
    return marker


def clean_reason(text: str) -> str:
    """A person's words as both platforms can keep them: one line of plain characters, without quotes."""
    line = " ".join(text.split())
    return _UNQUOTED.sub("?", line.replace('"', "'"))[:MAX_REASON].strip()


def clean_name(text: str) -> str:
    """Who it was, as one word."""
    word = re.sub(r"[^A-Za-z0-9._@-]", "-", text.strip())[:63].lstrip("._@-")
    return word or "somebody"


def freeze_words(freeze: Freeze) -> Words:
    """A freeze as words, in the order in which they are written."""
    words = {"since": stamp(freeze.since)}
    if freeze.until is not None:
        words["until"] = stamp(freeze.until)
    words["by"] = clean_name(freeze.by)
    reason = clean_reason(freeze.reason)
    return {**words, "reason": reason} if reason else words


def read_freeze(words: Mapping[str, str], router: str) -> tuple[Freeze, str]:
    """The freeze that these words make, and what is wrong with it.

    A broken freeze is a freeze all the same, without an end: somebody wanted everything to stand still.
    """
    complaints = [f"it says '{word}', which means nothing" for word in words if word not in _FREEZE_WORDS]
    since, until = 0.0, None
    try:
        since = seconds(words.get("since", ""), "since")
        until = seconds(words["until"], "until") if "until" in words else None
    except MarkError as error:
        complaints.append(str(error))
    by = words.get("by", "")
    if not WHO.match(by):
        complaints.append(f"by is '{by}': expected a name")
    if complaints:
        until = None
    return Freeze(router, since, until, clean_name(by), clean_reason(words.get("reason", ""))), "; ".join(complaints)


_FREEZE_WORDS = ("since", "until", "by", "reason")


# -- as FRR has them ------------------------------------------------------------------------------------------------


def frr_marker_line(place: str, marker: Marker, kind: str) -> str:
    """The comment of one place; `place` is ospf:IFACE, ospf6:IFACE, policy:POLICY:TERM or static:PREFIX."""
    words = marker_words(marker, kind)
    words = {"path": words.pop("path"), "place": place, **words}
    return f"! {STEERING} " + " ".join(f"{word}={value}" for word, value in words.items())


def frr_freeze_line(freeze: Freeze) -> str:
    words = freeze_words(freeze)
    quoted = {word: f'"{value}"' if word == "reason" else value for word, value in words.items()}
    return f"! {FREEZE} " + " ".join(f"{word}={value}" for word, value in quoted.items())


def frr_words(line: str) -> tuple[str, Words] | None:
    """What a comment says: its name and its words; None when it is none of ours. Raises MarkError when it is broken."""
    found = re.match(r"^!\s*(fairway-[a-z]+)(?=\s|$)(.*)$", line.rstrip())
    if found is None or found[1] not in (STEERING, FREEZE, DRAIN):
        return None
    words: Words = {}
    rest = found[2].rstrip()
    while rest:
        word = _WORD.match(rest)
        if word is None:
            raise MarkError(f"'{rest.strip()[:40]}' is no word=value")
        if word[1] in words:
            raise MarkError(f"it says {word[1]} twice")
        words[word[1]] = word[2] if word[2] is not None else word[3]
        rest = rest[word.end() :]
    return found[1], words


def is_note(line: str) -> bool:
    """Whether a line of an FRR configuration is a comment of ours that has to be kept, broken ones too."""
    return re.match(r"^!\s*fairway-", line) is not None


# -- as Junos has them ----------------------------------------------------------------------------------------------


def junos_set(where: str, macro: str, words: Mapping[str, str]) -> list[str]:
    """The set commands that write a macro at a place; `where` are the place's words, quoted already."""
    return [f'set {where} apply-macro {macro} {word} "{value}"' for word, value in words.items()]
