# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router's commit history says of steering, and live steering as plain data, there and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change import Commit
from ansible_collections.fairway.backbone.plugins.module_utils.change_history import is_automatic_rollback
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Drain,
    Flip,
    Freeze,
    LivePlace,
    LiveRouter,
    Marker,
    Place,
)

_TO = {"steer": STEERED, "restore": NORMAL}
_BACK = {STEERED: NORMAL, NORMAL: STEERED}


def flips_of_history(history: Sequence[Commit]) -> tuple[Flip, ...]:
    """Every change of steering in a history (newest entry first), oldest flip first.

    One that was taken back, by hand or by the router's own timer, was two changes: traffic moved there and back. What a
    rollback by number brought back is not in a history's words and not told here.
    """
    flips: list[Flip] = []
    open_flips: dict[str, Flip] = {}
    for index in range(len(history) - 1, -1, -1):
        entry = history[index]
        mark = entry.mark
        if mark is None:
            below = history[index + 1] if index + 1 < len(history) else None
            if below is not None and below.change_id in open_flips and is_automatic_rollback(entry, below):
                flips.append(_reversed(open_flips.pop(str(below.change_id)), entry, flips))
            continue
        if mark.verb == "change" and mark.action in _TO:
            flip = Flip(mark.path, _TO[mark.action], _when(entry, flips), mark.change_id, mark.by)
            flips.append(flip)
            open_flips[mark.change_id] = flip
        elif mark.verb == "revert" and mark.change_id in open_flips:
            flips.append(_reversed(open_flips.pop(mark.change_id), entry, flips))
        elif mark.verb == "confirm":
            # From here on the router's timer cannot take it back any more; a person can.
            continue
    return tuple(flips)


def _when(entry: Commit, flips: Sequence[Flip]) -> float:
    """When it was; an entry without a time was not before the one below it."""
    if entry.when is not None:
        return entry.when
    return flips[-1].when if flips else 0.0


def _reversed(flip: Flip, entry: Commit, flips: Sequence[Flip]) -> Flip:
    return Flip(flip.path, _BACK[flip.to], _when(entry, flips), flip.change_id, flip.by)


def plain(live: LiveRouter) -> dict[str, Any]:
    """A router's live steering as dictionaries and lists."""
    made: dict[str, Any] = asdict(live)
    for name in ("places", "flips"):
        made[name] = list(made[name])
    for place in made["places"]:
        place["place"]["key"] = list(place["place"]["key"])
    if live.drain is not None:
        made["drain"]["neighbors"] = list(live.drain.neighbors)
    return made


def live_router(data: Mapping[str, Any]) -> LiveRouter:
    """The same out of plain data. Raises KeyError, TypeError or ValueError when it is none."""
    freeze, drain = data.get("freeze"), data.get("drain")
    return LiveRouter(
        name=str(data["name"]),
        fault=str(data.get("fault") or ""),
        places=tuple(_place(one) for one in data.get("places") or ()),
        flips=tuple(_flip(one) for one in data.get("flips") or ()),
        drained=bool(data.get("drained")),
        freeze=None if not freeze else _freeze(freeze),
        token=str(data.get("token") or ""),
        drain=None if not drain else _drain(drain),
    )


def _place(data: Mapping[str, Any]) -> LivePlace:
    place, marker = data["place"], data.get("marker")
    return LivePlace(
        Place(str(place["router"]), tuple(str(word) for word in place["key"])),
        bool(data["steered"]),
        None if not marker else _marker(marker),
        str(data.get("value", "")),
    )


def _marker(data: Mapping[str, Any]) -> Marker:
    return Marker(
        str(data["path"]), str(data["change_id"]), float(data["since"]), str(data.get("by", "auto")),
        str(data.get("was", "")),
    )  # fmt: skip


def _flip(data: Mapping[str, Any]) -> Flip:
    return Flip(
        str(data["path"]), str(data["to"]), float(data["when"]), str(data["change_id"]), str(data.get("by", "auto"))
    )


def _freeze(data: Mapping[str, Any]) -> Freeze:
    until = data.get("until")
    return Freeze(
        str(data["router"]), float(data["since"]), None if until is None else float(until), str(data.get("by", "")),
        str(data.get("reason", "")),
    )  # fmt: skip


def _drain(data: Mapping[str, Any]) -> Drain:
    return Drain(
        str(data["router"]), float(data["since"]), str(data.get("change_id", "")), str(data.get("by", "")),
        str(data.get("reason", "")), tuple(str(address) for address in data.get("neighbors") or ()),
    )  # fmt: skip
