"""What is held back for a time is decided again when that time is over, not when somebody happens to ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings

from ansible_collections.fairway.backbone.plugins.module_utils.reroute import look_again
from ansible_collections.fairway.backbone.plugins.module_utils.steering import decide
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import NORMAL, STEERED, Decision
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import measure

from .strategies import situations
from .world import MIDDLE, NORTH, NOW, World

pytestmark = pytest.mark.timeout(300)
BY_TIME = ("hold_down", "frozen", "cooldown", "damping")


def after(situation: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The same, later: nothing happened, and what is measured healthy still is; no number is 0 s, as for the guard."""
    health = {
        name: replace(one, healthy_s=(measure(one.healthy_s) or 0.0) + seconds)
        for name, one in situation["health"].items()
    }
    return {**situation, "health": health, "now": situation["now"] + seconds}


@settings(max_examples=150, deadline=None)
@given(situations())
def test_when_the_wait_is_over_the_guard_no_longer_objects(situation: dict[str, Any]) -> None:
    past = all(flip.when <= NOW for router in situation["live"].values() for flip in router.flips)
    for decision in decide(**situation):
        if decision.wait_s is None:
            continue
        assert decision.guard in BY_TIME
        assert decision.verdict == "hold"
        later = {one.path: one for one in decide(**after(situation, decision.wait_s + 0.001))}[decision.path]
        # A flapping path that is steered waits twice: until it may move at all, and until it may move back.
        assert later.guard != decision.guard or decision.guard == "damping"
        if decision.guard == "damping":
            assume(past)  # a router whose clock is ahead tells changes that are still to come
            assert later.guard != "damping" or (later.reason.startswith("flapping") and later.wait_s)


def held(guard: str) -> tuple[World, float]:
    """A world in which the guard holds north back, and for how many seconds."""
    world = World()
    if guard == "hold_down":
        world.put(NORTH, STEERED, age=3000.0)
        world.heal(NORTH, healthy_s=299.0)
        return world, 1.0
    if guard == "cooldown":
        world.put(NORTH, NORMAL, age=42.0)
    elif guard == "frozen":
        world.freeze("b3", until=world.now + 7.0)
    world.sicken(NORTH)
    return world, {"cooldown": 18.0, "frozen": 7.0}[guard]


@pytest.mark.parametrize("guard", ["hold_down", "cooldown", "frozen"])
def test_the_wait_is_what_is_left(guard: str) -> None:
    world, seconds = held(guard)
    decision = world.decide()[NORTH]
    assert (decision.guard, decision.wait_s) == (guard, seconds)


def test_two_freezes_are_over_when_both_are() -> None:
    world, _seconds = held("frozen")
    world.freeze("a1", until=world.now + 60.0)
    assert world.decide()[NORTH].wait_s == 60.0
    world.freeze("a2")
    assert world.decide()[NORTH].wait_s is None, "somebody has to lift it"


def test_what_only_an_event_ends_is_not_waited_for() -> None:
    world = World()
    world.put(NORTH, STEERED, age=3000.0)
    world.sicken(NORTH)
    assert world.decide()[NORTH].wait_s is None
    world.heal(NORTH, healthy_s=1000.0)
    assert world.decide()[NORTH].verdict == "restore"
    assert look_again(world.decide().values()) is None


def test_the_next_look_is_at_the_soonest() -> None:
    waits = [Decision(NORTH, "hold", STEERED, "", wait_s=12.0), Decision(MIDDLE, "hold", NORMAL, "", wait_s=4.0)]
    assert look_again(waits) == 5.0, "a second more: what is measured is told a scrape later"
    assert look_again([replace(waits[0], wait_s=-3.0)]) == 1.0
    assert look_again([replace(waits[0], wait_s=None)]) is None
    assert look_again([]) is None
