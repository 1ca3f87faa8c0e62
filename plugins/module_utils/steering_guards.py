# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guards: each may object to a change that is asked for. The first objection that binds is the verdict.

Their order decides only which reason is told when several object: what makes the question pointless comes first (is
there such a path, is it measured, is it healthy for long enough), then who is in the way, then the limits, then the
what-if, which costs most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ansible_collections.fairway.backbone.plugins.module_utils import damping as rfc2439
from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import told
from ansible_collections.fairway.backbone.plugins.module_utils.steering_board import WINDOW_S, was_read
from ansible_collections.fairway.backbone.plugins.module_utils.steering_case import HOLD, REFUSE, Case, Objection
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import NORMAL, STEERED
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import clock, listed, shown_name, span
from ansible_collections.fairway.backbone.plugins.module_utils.steering_what_if import headroom, last_path

Guard: TypeAlias = Callable[[Case], "Objection | None"]

REPAIRS_PER_CHANGE = 2
"""Repairs may go on until a path has had this many times its changes_per_hour: then they do not last, and a person
must find out why."""


def unknown_path(case: Case) -> Objection | None:
    """Only what the intent describes is changed."""
    if case.path.name in case.board.paths:
        return None
    return Objection(REFUSE, "no such path in steering.paths of the intent", {"known_paths": len(case.board.paths)})


def stale_telemetry(case: Case) -> Objection | None:
    """Fail static: no automatic change on what was not measured lately, nor without having heard all alerts.

    A repair towards steered needs no fresh health of its own path, because it moves traffic to where last_path demands
    measured health.
    """
    if case.repair and case.to == STEERED:
        return None
    if not case.repair and not case.board.alerts_read:
        return Objection(HOLD, "Alertmanager could not be asked: nothing is changed on half the picture")
    if case.board.is_fresh(case.path.name):
        return None
    return Objection(HOLD, "nobody has measured the path lately: nothing is changed blindly; are its probes running?")


def hold_down(case: Case) -> Objection | None:
    """Back to normal only when measured healthy for long enough, never because an alert went quiet."""
    if case.to != NORMAL:
        return None
    health, needed = case.health, case.path.limits.hold_down_s
    if health is None or not health.fresh:
        return Objection(HOLD, "steered; not measured, so not known to be healthy")
    if health.sick:
        return Objection(HOLD, "steered; still measured sick")
    if case.repair:
        return None
    if case.alerts:
        return Objection(HOLD, f"steered; alert {shown_name(case.alerts[0].name)} still fires")
    if not health.healthy_s >= needed:
        healthy_s = health.healthy_s if health.healthy_s > 0 else 0.0
        healthy = span(healthy_s) if healthy_s > 0 else "0 s"
        reason = f"steered; measured healthy for {healthy} of {span(needed)}"
        return Objection(HOLD, reason, {"hold_down_s": needed}, needed - healthy_s)
    return None


def frozen(case: Case) -> Objection | None:
    """Somebody said: no automatic change."""
    if not case.board.freezes:
        return None
    freeze = case.board.freezes[0]
    until = f"until {clock(freeze.until)}" if freeze.until is not None else "until it is lifted"
    who = f" by {shown_name(freeze.by)}" if freeze.by else ""
    why = f" ({shown_name(freeze.reason)})" if freeze.reason else ""
    evidence = {"router": freeze.router, "since": freeze.since, "until": freeze.until, "by": shown_name(freeze.by)}
    ends = [freeze.until for freeze in case.board.freezes]
    wait_s = None if None in ends else max(end for end in ends if end is not None) - case.board.now
    return Objection(HOLD, f"automation is frozen{who}{why} {until}; written on {freeze.router}", evidence, wait_s)


def router_busy(case: Case) -> Objection | None:
    """Every router of the path answers, is not locked, has no unconfirmed commit, and is not drained."""
    faults: dict[str, str] = {}
    for place in case.path.places:
        router = case.board.live.get(place.router)
        if router is None:
            faults[place.router] = "was not read"
        elif router.fault:
            faults[place.router] = (
                shown_fault(router.fault) if was_read(router) else f"no answer: {shown_fault(router.fault)}"
            )
        elif router.drained:
            faults[place.router] = "is drained" if router.drain is None else f"is {told(router.drain)}"
        elif place not in case.board.places:
            faults[place.router] = f"has no {' '.join(place.key[1:])} to change: is the intent deployed?"
    if not faults:
        return None
    return Objection(
        REFUSE, "; ".join(f"{name} {fault}" for name, fault in sorted(faults.items())), {"routers": faults}
    )


def shown_fault(text: str) -> str:
    """A router's words on one line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]


def cooldown(case: Case) -> Objection | None:
    """Some time between two changes of the same path."""
    flips = case.board.flips.get(case.path.name)
    if case.repair or not flips:
        return None
    ago, needed = case.board.now - flips[-1].when, case.path.limits.cooldown_s
    if ago >= needed:
        return None
    ahead = f"; the router's clock is {span(-ago)} ahead" if ago < 0 else ""
    reason = f"changed {span(ago)} ago ({shown_name(flips[-1].change_id)}); at most once in {span(needed)}{ahead}"
    return Objection(HOLD, reason, {"last_change_s": ago, "cooldown_s": needed}, needed - ago)


def damping(case: Case) -> Objection | None:
    """A path that flaps stays where it is until its penalty has decayed.

    A restore is held already when it would itself raise the penalty so far: so a flapping path comes to rest steered,
    with traffic off it, and not with traffic on it.
    """
    if case.repair:
        return None
    limits, flips = case.board.network.damping, case.board.flips.get(case.path.name, [])
    state = rfc2439.damping((flip.when for flip in flips), case.board.now, limits)
    evidence = {"penalty": round(state.penalty), "suppress": limits.suppress, "reuse": limits.reuse}
    if state.suppressed:
        reason = f"flapping: penalty {state.penalty:.0f}; stays where it is for {span(state.reuse_in_s)} more"
        return Objection(HOLD, reason, {**evidence, "reuse_in_s": round(state.reuse_in_s)}, state.reuse_in_s)
    room = max(limits.suppress - rfc2439.PENALTY, limits.reuse)
    if case.to == NORMAL and state.penalty >= room:
        wait_s = rfc2439.seconds_to(state.penalty, room, limits.half_life_s) + 1
        reason = f"flapping: penalty {state.penalty:.0f}; stays steered for {span(wait_s)} more"
        return Objection(HOLD, reason, evidence, wait_s)
    return None


def budget(case: Case) -> Objection | None:
    """Changes per hour, of the path and of the network, and paths steered at once.

    A restore leaves room for steering again: with the last change of the hour a path comes to rest steered.
    """
    board, limits = case.board, case.path.limits
    used = board.changes(case.path.name)
    if case.repair:
        allowed = limits.changes_per_hour * REPAIRS_PER_CHANGE
        reason = f"repairs do not last: {used} changes of this path in an hour; find out who undoes them"
        return Objection(REFUSE, reason, {"changes": used, "allowed": allowed}) if used >= allowed else None
    for what, count, limit in (
        ("this path", used, limits.changes_per_hour),
        ("the network", board.recent, board.network.changes_per_hour),
    ):
        allowed = max(limit - 1, 1) if case.to == NORMAL else limit
        if count >= allowed:
            kept = ", of which one is kept for steering again" if allowed < limit else ""
            reason = f"{count} changes of {what} in the last {span(WINDOW_S)}; {limit} are allowed{kept}"
            return Objection(REFUSE, reason, {"changes": count, "allowed": limit, "window_s": WINDOW_S})
    others = sorted(board.steered - {case.path.name})
    if case.to == STEERED and len(others) >= board.network.paths_at_once:
        names = listed([shown_name(name) for name in others[:5]])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        reason = f"steered already: {names}{more}; {board.network.paths_at_once} at once allowed"
        return Objection(REFUSE, reason, {"steered": others[:20], "allowed": board.network.paths_at_once})
    return None


GUARDS: tuple[Guard, ...] = (
    unknown_path,
    stale_telemetry,
    hold_down,
    frozen,
    router_busy,
    cooldown,
    damping,
    budget,
    last_path,
    headroom,
)

BIND_PERSONS = frozenset({"unknown_path", "router_busy", "last_path"})
"""Guards that stop a person too. What the others object to is said, and done all the same."""
