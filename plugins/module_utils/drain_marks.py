# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What draining writes on a router, and reads back: a marker beside the freeze, as words with values.

    apply-macro fairway-drain { since 2026-11-21T10:00:00Z; change fw-...; by noc; reason "new software"; }
    ! fairway-drain since=2026-11-21T10:00:00Z change=fw-... by=noc reason="new software" neighbors=192.0.2.9,192.0.2.11

A broken one is a drain all the same: somebody took the router out of service, and a deploy must not put it back. Pure.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

from ansible_collections.fairway.backbone.plugins.module_utils import steering_marks as marks
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import MarkError, Words
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Drain

_WORDS = ("since", "change", "by", "reason", "neighbors")


def drain_words(drain: Drain) -> Words:
    """A drain as words, in the order in which they are written. Raises MarkError rather than write nonsense."""
    if drain.change_id and not marks.CHANGE.match(drain.change_id):
        raise MarkError(f"change is '{drain.change_id}': expected a change's name")
    words = {"since": marks.stamp(drain.since), "change": drain.change_id, "by": marks.clean_name(drain.by)}
    words["reason"] = marks.clean_reason(drain.reason)
    words["neighbors"] = ",".join(_addresses(drain.neighbors))
    return {word: value for word, value in words.items() if value}


def _addresses(told: Iterable[str]) -> list[str]:
    """Addresses in their one spelling and order, each once; raises MarkError for what is none."""
    try:
        found = {ipaddress.ip_address(text) for text in told}
    except ValueError as error:
        raise MarkError(f"neighbors: {error}") from error
    return [str(address) for address in sorted(found, key=lambda address: (address.version, int(address)))]


def as_written(drain: Drain) -> Drain:
    """A drain as it will be read back: in clean words, whole seconds, neighbours in order. Raises MarkError."""
    return read_drain(drain_words(drain), drain.router)[0]


def read_drain(words: Mapping[str, str], router: str) -> tuple[Drain, str]:
    """The drain that these words make, and what is wrong with it."""
    complaints = [f"it says '{word}', which means nothing" for word in words if word not in _WORDS]
    since, change, by = 0.0, words.get("change", ""), words.get("by", "")
    neighbors: tuple[str, ...] = ()
    try:
        since = marks.seconds(words.get("since", ""), "since")
        neighbors = tuple(_addresses(words["neighbors"].split(","))) if "neighbors" in words else ()
    except MarkError as error:
        complaints.append(str(error))
    if change and not marks.CHANGE.match(change):
        complaints.append(f"change is '{change}': expected a change's name")
        change = ""
    if not marks.WHO.match(by):
        complaints.append(f"by is '{by}': expected a name")
    reason = marks.clean_reason(words.get("reason", ""))
    return Drain(router, since, change, marks.clean_name(by), reason, neighbors), "; ".join(complaints)


def unreadable(router: str) -> Drain:
    """The drain of a marker that is no words at all."""
    return Drain(router, 0.0, "", "somebody", "a marker that cannot be read")


def told(drain: Drain) -> str:
    """A drain in a person's words: `drained since 2026-11-21T10:00:00Z by noc (new software)`."""
    since = f" since {marks.stamp(drain.since)}" if drain.since else ""
    change = f", change {drain.change_id}" if drain.change_id else ""
    reason = f" ({drain.reason})" if drain.reason else ""
    towards = f" towards {', '.join(drain.neighbors)}" if drain.neighbors else ""
    return f"drained{towards}{since} by {drain.by or 'somebody'}{change}{reason}"


def frr_drain_line(drain: Drain) -> str:
    """The comment that an FRR router has."""
    quoted = {word: f'"{value}"' if word == "reason" else value for word, value in drain_words(drain).items()}
    return f"! {marks.DRAIN} " + " ".join(f"{word}={value}" for word, value in quoted.items())
