# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of an upgrade, a small JSON file on the router itself: every controller finds the same one.

It says how the router was before, what it is to become, and who is at work on it. Pure: time is an argument.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.table import plain

SCHEMA = 1
_YEAR_3000 = 32503680000.0
PATHS = {"junos": "/var/tmp/fairway/upgrade.json", "frr": "/var/lib/fairway/upgrade.json"}  # noqa: S108
"""Where the record is, by platform."""


@dataclass(frozen=True)
class Holder:
    """A run at work. `process` identifies it on its controller (pid and start), `at`: when it last did something."""

    run: str = ""
    by: str = ""
    controller: str = ""
    process: str = ""
    at: float = 0.0


@dataclass(frozen=True)
class Record:
    """`want`: upgraded or reverted; `goal`: the version wanted in the end; `was`: the one it ran in the beginning.

    `drained_before`: it was drained when the upgrade began, and is left so. `snapshot`: its state in the beginning,
    as router_state reads it.
    """

    want: str
    goal: str
    was: str
    since: float = 0.0
    drained_before: bool = False
    holder: Holder = field(default_factory=Holder)
    snapshot: Mapping[str, Any] = field(default_factory=dict)


def dumps(record: Record) -> str:
    """The record as it is written on the router."""
    return json.dumps({"schema": SCHEMA, **asdict(record)}, sort_keys=True) + "\n"


def loads(text: str | None) -> Record | None:
    """The record; None when there is none, or when what is there is none (half a file, another schema).

    Without a record the router is looked at as somebody else would: a drained router is then left drained.
    """
    try:
        told = json.loads(text or "null")
        if not isinstance(told, dict) or told.pop("schema", None) != SCHEMA:
            return None
        holder = Holder(**told.pop("holder"))
        record = Record(holder=holder, **told)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return record if _sound(record) else None


def _sound(record: Record) -> bool:
    """Whether everything is of its kind: who may write to the router may have written this."""
    who = record.holder
    needed: list[object] = [record.want, record.goal, record.was]
    words: list[object] = [*needed, who.run, who.by, who.controller, who.process]
    times: list[object] = [record.since, who.at]
    others: list[tuple[object, type]] = [(record.drained_before, bool), (record.snapshot, dict)]
    return (
        all(needed)
        and all(isinstance(word, str) for word in words)
        and all(isinstance(when, (int, float)) and 0 <= when < _YEAR_3000 for when in times)
        and all(isinstance(value, kind) for value, kind in others)
    )


def claimed(record: Record, holder: Holder) -> Record:
    """The record with another run at work, or nobody."""
    return replace(record, holder=holder)


def contested(record: Record | None, me: Holder, alive: bool | None, lease_s: float) -> str:
    """Why this run must keep its hands off: another one is at work. Empty when it need not.

    `alive`: whether the holder's process runs; None when nobody here can tell, because it runs on another controller.
    Then it counts as alive until it has done nothing for `lease_s` seconds.
    """
    if record is None or not record.holder.run or record.holder.run == me.run or alive is False:
        return ""
    holder, age = record.holder, max(0.0, me.at - record.holder.at)
    if alive is None and age > lease_s:
        return ""
    where = plain(f"{holder.by or 'somebody'} on {holder.controller or 'another controller'}")
    when = datetime.fromtimestamp(holder.at, UTC).strftime("%H:%M:%S UTC")
    told = f"another run of {where} is at work on it (last seen {age:.0f} s ago, {when})"
    if alive:
        return f"{told}, process {plain(holder.process.partition(' ')[0])}: wait for it, or end it first"
    return (
        f"{told}: wait for it. If you know that it is dead, take over with -e upgrade_takeover=true; by itself that "
        f"happens {max(0.0, lease_s - age):.0f} s from now"
    )
