"""What holds in every situation."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.steering import decide
from ansible_collections.fairway.backbone.plugins.module_utils.steering_guards import GUARDS
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Decision,
    Flip,
    LivePlace,
    LiveRouter,
    Marker,
    Path,
)

from .strategies import situations
from .world import NOW, normal_value, steered_value

Situation = dict[str, Any]
Decisions = tuple[Decision, ...]
DONE = ("steer", "restore")
pytestmark = pytest.mark.timeout(300)
"""Many examples; on a busy machine they take their time."""
many = settings(max_examples=60, deadline=None)


def applied(situation: Situation, decisions: Decisions) -> Situation:
    """The situation after everything was done, as the routers then tell it; what a person wanted is wanted still."""
    live: dict[str, LiveRouter] = dict(situation["live"])
    for number, decision in enumerate(decisions):
        path: Path | None = situation["paths"].get(decision.path)
        for place in decision.places if path else ():
            assert path is not None
            router = live[place.router]
            before = next((p for p in router.places if p.place == place), LivePlace(place, False))
            change = f"fw-new-{number}"
            was = before.marker.was if before.marker else before.value
            marker = Marker(path.name, change, NOW, decision.by, was)
            after = LivePlace(place, False, None, normal_value(path))
            if decision.want == STEERED:
                after = LivePlace(place, True, marker, steered_value(path))
            others = tuple(p for p in router.places if p.place != place)
            flip = Flip(path.name, decision.want, NOW, change, decision.by)
            live[place.router] = replace(router, places=(*others, after), flips=(*router.flips, flip))
    return {**situation, "live": live}


def kinds(situation: Situation, name: str) -> set[str]:
    """How the places of a path stand: one kind when they are alike."""
    found = set()
    for router in situation["live"].values():
        for place in router.places:
            if place.place in situation["paths"][name].places:
                marked = place.marker is not None and place.marker.path == name
                found.add(f"{place.steered} {marked}")
    return found


def there_is_a_decision_for_every_path_with_a_reason(situation: Situation, decisions: Decisions) -> None:
    assert sorted(set(situation["paths"]) - {d.path for d in decisions}) == []
    names = {guard.__name__ for guard in GUARDS}
    for decision in decisions:
        event(f"{decision.verdict} {decision.guard}")
        assert decision.verdict in ("steer", "restore", "hold", "refuse")
        assert decision.reason.isprintable()
        assert decision.guard in names | {""}
        assert bool(decision.places) == (decision.verdict in DONE)
        assert (decision.verdict, decision.want) not in (("steer", NORMAL), ("restore", STEERED))


@many
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_what_was_read_does_not_matter(situation: Situation, chance: random.Random) -> None:
    def mixed(items: Any) -> list[Any]:
        found = list(items)
        chance.shuffle(found)
        return found

    routers = {
        name: replace(router, places=tuple(mixed(router.places)), flips=tuple(mixed(router.flips)))
        for name, router in mixed(situation["live"].items())
    }
    again = {
        **situation,
        "paths": dict(mixed(situation["paths"].items())),
        "alerts": None if situation["alerts"] is None else mixed(situation["alerts"]),
        "health": dict(mixed(situation["health"].items())),
        "live": routers,
        "wants": dict(mixed(situation["wants"].items())),
    }
    assert decide(**situation) == decide(**again)


@many
@given(situations())
def test_done_and_decided_again_nothing_more_is_done(situation: Situation) -> None:
    first = decide(**situation)
    second = decide(**applied(situation, first))
    mine = {d.path for d in first if d.verdict in DONE}
    assert [d for d in second if d.path in mine and d.verdict in DONE] == []
    # What the first run freed may be used in the second: a slot, an alternate. What it used up, by none.
    if not any(d.verdict == "restore" for d in first):
        assert [d for d in second if d.verdict in DONE] == []


def a_decision_makes_all_places_of_its_path_alike(situation: Situation, decisions: Decisions) -> None:
    after = applied(situation, decisions)
    for decision in decisions:
        if decision.verdict in DONE:
            assert kinds(after, decision.path) == {"True True" if decision.want == STEERED else "False False"}


def frozen_means_that_only_persons_change_anything(situation: Situation, decisions: Decisions) -> None:
    freezes = [router.freeze for router in situation["live"].values() if router.freeze]
    if any(freeze.until is None or freeze.until > NOW for freeze in freezes):
        done = [d for d in decisions if d.verdict in DONE]
        assert [d for d in done if d.path not in situation["wants"]] == []


def nothing_is_changed_on_what_nobody_measured(situation: Situation, decisions: Decisions) -> None:
    """But for a repair that completes a steer: what takes the traffic then is measured."""
    for decision in decisions:
        if decision.verdict not in DONE or decision.path in situation["wants"]:
            continue
        health = situation["health"].get(decision.path)
        if decision.evidence["repair"] and decision.want == STEERED:
            alternates = situation["paths"][decision.path].alternates
            assert any(n in situation["health"] and situation["health"][n].fresh for n in alternates)
        elif decision.by == "auto":
            assert health is not None
            assert health.fresh
            assert situation["alerts"] is not None or decision.evidence["repair"]


def traffic_comes_back_only_to_measured_health(situation: Situation, decisions: Decisions) -> None:
    alerting = {alert.path for alert in situation["alerts"] or ()}
    for decision in decisions:
        if decision.verdict == "restore" and decision.path not in situation["wants"]:
            health = situation["health"][decision.path]
            assert health.fresh
            assert not health.sick
            if not decision.evidence["repair"]:
                assert health.healthy_s >= situation["paths"][decision.path].limits.hold_down_s
                assert decision.path not in alerting


def no_router_that_is_busy_or_silent_is_touched(situation: Situation, decisions: Decisions) -> None:
    for decision in decisions:
        for place in decision.places:
            router = situation["live"][place.router]
            assert (router.fault, router.drained) == ("", False)


def steering_takes_a_measured_reason(situation: Situation, decisions: Decisions) -> None:
    """An alert and a sick measurement, or a person, or a steer that is half done."""
    alerting = {alert.path for alert in situation["alerts"] or ()}
    for decision in decisions:
        if decision.verdict == "steer" and decision.path not in situation["wants"] and not decision.evidence["repair"]:
            assert decision.path in alerting
            assert situation["health"][decision.path].sick


def history(situation: Situation) -> list[Flip]:
    """Every change once, at its latest."""
    newest: dict[tuple[str, str, object], Flip] = {}
    for router in situation["live"].values():
        for flip in router.flips:
            key = (flip.path, flip.to, flip.change_id or flip.when)
            newest[key] = max(newest.get(key, flip), flip, key=lambda f: f.when)
    return list(newest.values())


def the_budgets_are_kept(situation: Situation, decisions: Decisions) -> None:
    recent = [flip.path for flip in history(situation) if NOW - flip.when < 3600.0]
    total = len(recent)
    steered = {name for name in situation["paths"] if kinds(situation, name) - {"False False"}}
    for decision in decisions:
        if decision.verdict not in DONE:
            continue
        if decision.path not in situation["wants"] and not decision.evidence["repair"]:
            assert recent.count(decision.path) < situation["paths"][decision.path].limits.changes_per_hour
            assert total < situation["network"].changes_per_hour
            if decision.want == STEERED:
                assert len(steered - {decision.path}) < situation["network"].paths_at_once
        total += 1
        steered |= {decision.path} if decision.want == STEERED else set()


def what_changed_lately_or_often_waits(situation: Situation, decisions: Decisions) -> None:
    for decision in decisions:
        if decision.verdict not in DONE or decision.path in situation["wants"] or decision.evidence["repair"]:
            continue
        ages = [max(NOW - flip.when, 0.0) for flip in history(situation) if flip.path == decision.path]
        assert min(ages, default=1e9) >= situation["paths"][decision.path].limits.cooldown_s
        penalty = sum(1000.0 * 2.0 ** (-age / 900.0) for age in ages)
        assert penalty < (3000.0 if decision.want == STEERED else 2000.0)


def traffic_never_leaves_the_last_path(situation: Situation, decisions: Decisions) -> None:
    """Automation steers only beside a path that is measured, healthy, not alerting and not steered, before or now."""
    alerting = {alert.path for alert in situation["alerts"] or ()}
    steered = {name for name in situation["paths"] if kinds(situation, name) - {"False False"}}
    for decision in decisions:
        if decision.verdict != "steer":
            continue
        steered.add(decision.path)
        if decision.path not in situation["wants"]:
            health = situation["health"]
            fit = {name for name in health if health[name].fresh and not health[name].sick} - alerting - steered
            assert fit & set(situation["paths"][decision.path].alternates)


def a_name_from_outside_gets_a_refusal_and_no_more(situation: Situation, decisions: Decisions) -> None:
    for decision in decisions:
        assert re.fullmatch(r"[A-Za-z0-9 ._:/+@\\-]{0,80}", decision.path)
        if decision.path not in situation["paths"]:
            assert (decision.verdict, decision.guard, decision.places) == ("refuse", "unknown_path", ())


CHECKS = (
    there_is_a_decision_for_every_path_with_a_reason,
    a_decision_makes_all_places_of_its_path_alike,
    frozen_means_that_only_persons_change_anything,
    nothing_is_changed_on_what_nobody_measured,
    traffic_comes_back_only_to_measured_health,
    no_router_that_is_busy_or_silent_is_touched,
    steering_takes_a_measured_reason,
    the_budgets_are_kept,
    what_changed_lately_or_often_waits,
    traffic_never_leaves_the_last_path,
    a_name_from_outside_gets_a_refusal_and_no_more,
)


@many
@given(situations())
def test_what_holds_in_every_situation(situation: Situation) -> None:
    """Every check of this file; one situation is made for all of them, which is what costs most."""
    decisions = decide(**situation)
    for check in CHECKS:
        check(situation, decisions)
