# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a path should become, before any guard is asked: from a person's word, its alerts, its health, its routers."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.fairway.backbone.plugins.module_utils.change import named_at
from ansible_collections.fairway.backbone.plugins.module_utils.steering_board import (
    HALF,
    UNMARKED,
    UNREAD,
    Board,
    Standing,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_case import Case, Hold
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import NORMAL, STEERED, Path
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import clock, listed, shown_name

Possible = Callable[[Case], bool]


def asked(board: Board, path: Path, possible: Possible) -> Case | Hold:
    """What is asked of a path. `possible` says whether its traffic could go elsewhere (the last_path guard)."""
    standing = board.standing.get(path.name, Standing())
    if path.name in board.wants:
        return _by_person(board, path, standing)
    if others := sorted({shown_name(place.marker.path) for place in standing.unmarked if place.marker}):
        there = f"{_places(standing)} marked as steered for {listed(others)}"
        return Hold(f"{there}, which the intent does not have there (renamed?); a deploy ends that")
    if standing.kind == UNMARKED:
        return Hold(
            f"{_places(standing)} changed on the router without steering's mark; it is left as it is until a person "
            "says -e want=steered or -e want=normal, or deploys"
        )
    if standing.kind == HALF:
        return _repair(board, path, standing, possible)
    if standing.kind == STEERED:
        if standing.by == "hand":
            return Hold(f"steered by hand since {clock(standing.since)}; a person brings it back with -e want=normal")
        return Case(board, path, NORMAL, "steered by an alert that is over")
    return _normal(board, path, standing)


def _places(standing: Standing) -> str:
    names = [f"{place.place} is" for place in standing.unmarked]
    return names[0] if len(names) == 1 else f"{listed([str(place.place) for place in standing.unmarked])} are"


def _by_person(board: Board, path: Path, standing: Standing) -> Case | Hold:
    want = board.wants[path.name]
    if want not in (STEERED, NORMAL):
        return Hold(f"a path can be wanted {STEERED} or {NORMAL}, not {shown_name(want)}")
    case = Case(board, path, want, f"wanted {want} by hand", person=True, by="hand")
    if path.name in board.paths and not case.places:
        return Hold(f"wanted {want} by hand, which it is already")
    return case


def _normal(board: Board, path: Path, standing: Standing) -> Case | Hold:
    alerts, health = board.alerts.get(path.name), board.health.get(path.name)
    if alerts:
        if health is not None and health.fresh and not health.sick:
            return Hold(
                f"alert {shown_name(alerts[0].name)} fires, but the path is measured now and is healthy: an alert "
                "that the measurement contradicts moves nothing"
            )
        return Case(board, path, STEERED, f"alert {shown_name(alerts[0].name)} fires and the path is sick")
    unread = ", though not all its routers could be read" if standing.kind == UNREAD or standing.unread else ""
    if not board.alerts_read:
        return Hold(f"normal{unread}; Alertmanager could not be asked, so no alert is known")
    if not board.is_fresh(path.name):
        return Hold(f"normal{unread}; no reroute alert fires; nobody measures the path")
    if board.is_sick(path.name):
        return Hold(f"normal{unread}; measured sick, but no reroute alert fires (yet, or it is silenced)")
    return Hold(f"normal{unread}; healthy, no reroute alert fires")


def _repair(board: Board, path: Path, standing: Standing, possible: Possible) -> Case:
    """Make places alike again that are not, such as after a router was restored from an old rollback.

    Sick goes to steered, measured healthy for the hold-down time to normal. In between the steer is completed: that
    was proven once, and traffic stays off a path that nobody vouches for. Where it cannot be completed (the other
    ways are worse off) and the path is measured healthy at least now, it goes back to normal.
    """
    uneven = f"its places are not alike ({_uneven(standing)})"
    steer = Case(board, path, STEERED, f"{uneven}: the steer is completed", by=standing.by, repair=True)
    if standing.by == "hand":
        if _hand_restored(board, path, standing):
            return Case(board, path, NORMAL, f"{uneven}: a person's restore is completed", by="hand", repair=True)
        return steer
    if board.is_sick(path.name):
        return steer
    back = Case(board, path, NORMAL, f"{uneven}: it is healthy and goes back to normal", repair=True)
    if board.is_fresh(path.name):
        quiet = board.alerts_read and not board.alerts.get(path.name)
        if quiet and board.health[path.name].healthy_s >= path.limits.hold_down_s:
            return back
        if not possible(steer):
            return back
    return steer


def _uneven(standing: Standing) -> str:
    parts = [f"{place.place} steered" for place in standing.steered]
    parts += [f"{place.place} marked as steered, with another value" for place in standing.astray]
    parts += [f"{place.place} normal" for place in standing.normal]
    return ", ".join(parts)


def _hand_restored(board: Board, path: Path, standing: Standing) -> bool:
    """Whether the last word of a person was normal: a change of its own after the marker, not a steer taken back.

    Markers and names of changes tell the controller's time; a router's own may be an hour off.
    """
    flips = board.flips.get(path.name, [])
    steers = {flip.change_id for flip in flips if flip.to == STEERED}
    words = [f for f in flips if f.by == "hand" and f.to == NORMAL and f.change_id not in steers]
    return any((named_at(flip.change_id) or flip.when) > standing.since for flip in words)
