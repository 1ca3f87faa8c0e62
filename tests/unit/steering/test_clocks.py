"""Routers whose clocks are off: a change is not older than its name, which tells the controller's time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.change import new_change_id
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import NORMAL, STEERED, Flip, Marker

from .world import NORTH, World

HOUR = 3600.0
ENDS = ("a1", "b1")


def flipped(world: World, to: str, age: float, off: float, routers: tuple[str, ...] = ENDS, **changes: Any) -> Flip:
    """North was changed `age` seconds ago, as routers tell it whose clocks are `off` seconds ahead."""
    when = world.now - age
    flip = Flip(NORTH, to, when + off, new_change_id(when, bytes([len(world.live["a1"].flips), 1, 2])))
    for router in routers:
        world.router(router, flips=(*world.live[router].flips, replace(flip, **changes)))
    return flip


@pytest.mark.parametrize("off", [0.0, -HOUR, -30 * HOUR])
def test_a_change_that_a_router_dates_back_is_as_young_as_it_is(off: float) -> None:
    world = World()
    world.sicken(NORTH)
    flipped(world, NORMAL, 20.0, off)
    decision = world.decide()[NORTH]
    assert (decision.guard, decision.wait_s) == ("cooldown", 40.0)


@pytest.mark.parametrize("off", [0.0, -HOUR])
def test_the_hour_has_no_more_changes_because_clocks_are_behind(off: float) -> None:
    world = World()
    world.network = replace(world.network, damping=replace(world.network.damping, suppress=1e6))
    world.sicken(NORTH)
    for age in range(1200, 0, -200):
        flipped(world, STEERED if age % 400 == 0 else NORMAL, age, off)
    decision = world.decide()[NORTH]
    assert (decision.guard, decision.evidence["changes"]) == ("budget", 6)


def test_damping_counts_them_too() -> None:
    world = World()
    world.sicken(NORTH)
    for age in (380, 280, 180, 80):
        flipped(world, NORMAL, age, -HOUR)
    assert world.decide()[NORTH].guard == "damping"


@pytest.mark.parametrize("name", ["fw-20990101T000000-0a0b0c", "fw-20261399T996199-0a0b0c", "fw-of-somebody"])
def test_a_name_that_tells_no_time_of_the_past_is_not_believed(name: str) -> None:
    world = World()
    world.sicken(NORTH)
    flipped(world, NORMAL, 2 * HOUR, 0.0, change_id=name)
    assert world.decide()[NORTH].verdict == "steer"


def half_steered(world: World, age: float) -> None:
    """A person's steer is on one end only."""
    world.put(NORTH, STEERED, by="hand", places=world.paths[NORTH].places[:1])
    place = world.place(world.paths[NORTH].places[0])
    assert place.marker is not None
    world.router("a1", flips=())
    world.set_place(replace(place, marker=Marker(NORTH, "fw-steer", world.now - age, "hand", "100")))


@pytest.mark.parametrize("off", [0.0, -HOUR, HOUR])
def test_a_persons_last_word_is_finished_whatever_the_clock_of_the_router(off: float) -> None:
    restored = World()
    half_steered(restored, age=900.0)
    flipped(restored, NORMAL, 600.0, off, ("b1",), by="hand")
    assert restored.decide()[NORTH].want == NORMAL

    steered = World()
    half_steered(steered, age=300.0)
    flipped(steered, NORMAL, 600.0, off, ("b1",), by="hand")
    assert steered.decide()[NORTH].want == STEERED
