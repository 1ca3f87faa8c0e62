# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's software: what it runs, and what its words about packages mean. Pure: no I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.state_more import runs_package, upstream

UNKNOWN = "a version that the router does not name"
_VERSION = re.compile(r"\d+\.\d+[\w.:~+-]*")
_OPERATION = re.compile(
    r"^(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC \S*?mgd\S*: \S*/package -X (?P<words>.*)$", re.M
)
_RESULT = re.compile(r"<package-result>\s*(\d+)\s*</package-result>")
_TAGS = re.compile(r"</?(?:output|package-result)>")


@dataclass(frozen=True)
class Software:
    """`version` runs, `pending` is installed and begins with the next reboot (FRR: restart), `previous` is what a
    rollback brings. `busy`: the installation under way, in words. `broken`: what is half done, in words."""

    version: str
    pending: str = ""
    previous: str = ""
    model: str = ""
    busy: str = ""
    broken: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Reply:
    """What a router answered to a package request: its words, and its result (None: it did not say)."""

    outputs: tuple[str, ...] = ()
    result: int | None = None

    @property
    def ok(self) -> bool:
        """A router that says nothing has not said that it went well."""
        return self.result == 0

    def words(self, lines: int = 12) -> str:
        """Its last words."""
        return tail("\n".join(self.outputs), lines)


@dataclass(frozen=True)
class Operation:
    """The newest package operation of a router's install log. `result` None: not over, or ended with the power."""

    words: str
    began: float
    result: int | None
    text: str


def tail(text: str, lines: int = 12) -> str:
    """The last lines of what a tool printed, without the empty ones."""
    kept = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(kept[-lines:])


def reply_of(outputs: Sequence[str], results: Sequence[str]) -> Reply:
    """From the texts of <output> and <package-result>; of several results the worst counts."""
    numbers = [int(one) for one in (text.strip() for text in results) if one.lstrip("-").isdigit()]
    worst = None if not numbers else max(numbers, key=abs)
    return Reply(tuple(text.strip("\n") for text in outputs if text and text.strip()), worst)


def last_operation(log: str | None) -> Operation | None:
    """The newest operation of /var/log/install; None when it names none."""
    found = list(_OPERATION.finditer(log or ""))
    if not found:
        return None
    text = (log or "")[found[-1].end() :]
    result = _RESULT.search(text)
    began = datetime.strptime(found[-1]["when"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    words = found[-1]["words"].strip()
    said = tail(_TAGS.sub("", _RESULT.sub("", text)))
    return Operation(words, began, int(result[1]) if result else None, said)


def under_way(operation: Operation | None, booted: float | None) -> str:
    """The operation that goes on, in words. One from before the last boot ended with the power."""
    if operation is None or operation.result is not None:
        return ""
    if booted is not None and operation.began < booted - 1:
        return ""
    return operation.words


def named_version(text: str) -> str:
    """A version among a router's words (`There is already an install pending.` names none); empty without one."""
    found = _VERSION.fullmatch(text.strip()) or re.search(r"(?<![\w.])\d+\.\d+[A-Z]\d+[\w.-]*\w", text)
    return found[0] if found else ""


def junos_software(told: Mapping[str, Any], wanted: str = "", busy: str = "") -> Software:
    """Of what router_state tells of a Junos router. Older releases say that an install waits, and not which: then it
    is the one that an upgrade's record says was wanted."""
    said = str(told.get("pending") or "")
    pending = (named_version(said) or wanted or UNKNOWN) if said else ""
    version, previous = str(told.get("version") or ""), str(told.get("previous") or "")
    return Software(version, pending, previous, str(told.get("model") or ""), busy)


def frr_software(told: Mapping[str, Any], status: str, busy: str = "") -> Software:
    """Of what router_state tells of an FRR router, and dpkg's status of the package.

    A version is the package's; daemons that are not the package's are named as they name themselves.
    """
    runs, package = str(told.get("version") or ""), str(told.get("package") or "")
    whole = status == "installed"
    same = bool(package) and runs_package(runs, package)
    return Software(
        version=package if whole and same else runs,
        pending=package if whole and not same else "",
        previous=str(told.get("previous") or ""),
        model="frr",
        busy=busy,
        broken="" if whole or not status else f"package frr {package} is {status}",
    )


def same_release(version: str, wanted: str) -> bool:
    """Whether a router runs the wanted version, however its package manager spells it."""
    return bool(version) and (version == wanted or upstream(wanted) == version)
