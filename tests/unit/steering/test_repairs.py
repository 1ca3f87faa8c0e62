"""A path whose places are not alike, after a half-made change or a restored router, is made alike again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    LivePlace,
    NetworkLimits,
    Place,
)

from .world import MIDDLE, NORTH, SOUTH, World, verdicts


def half_steered(world: World, by: str = "auto") -> Place:
    """Both ends were steered; then b1 was restored from an old rollback. Returns b1's place."""
    world.put(NORTH, STEERED, age=4000, by=by)
    place = world.paths[NORTH].places[1]
    world.set_place(LivePlace(place, False, None, "100"))
    return place


def test_a_half_steered_path_that_is_sick_is_steered_on_the_other_end_too() -> None:
    world = World()
    place = half_steered(world)
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.places, decision.evidence["repair"]) == ("steer", (place,), True)
    assert decision.reason == "its places are not alike (a1 wan steered, b1 wan normal): the steer is completed"
    world.apply(world.decide())
    assert world.state(NORTH) == {STEERED}


def test_a_half_steered_path_that_has_been_healthy_for_long_enough_goes_back() -> None:
    world = World()
    half_steered(world)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.places) == ("restore", world.paths[NORTH].places[:1])


@pytest.mark.parametrize("fresh", [True, False], ids=["healthy a minute", "not measured"])
def test_a_half_steered_path_without_evidence_completes_the_steer(fresh: bool) -> None:
    world = World()
    half_steered(world)
    world.health[NORTH] = replace(world.health[NORTH], fresh=fresh, healthy_s=60.0)
    assert verdicts(world)[NORTH] == "steer"


def test_a_half_steered_path_goes_back_when_only_it_is_healthy() -> None:
    world = World()
    half_steered(world)
    world.health[NORTH] = replace(world.health[NORTH], healthy_s=60.0)
    world.sicken(MIDDLE, SOUTH)
    assert verdicts(world)[NORTH] == "restore"


def test_a_half_steered_path_stays_when_nothing_is_measured() -> None:
    world = World(health={})
    half_steered(world)
    world.health = {}
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "last_path")


def test_a_repair_does_not_wait_for_cooldown_damping_or_the_budget() -> None:
    world = World(network=NetworkLimits(changes_per_hour=1))
    for age in (50.0, 40.0, 30.0, 20.0):
        world.put(NORTH, STEERED, age=age)
    world.set_place(LivePlace(world.paths[NORTH].places[1], False, None, "100"))
    world.sicken(NORTH)
    assert verdicts(world)[NORTH] == "steer"


def test_repairs_that_do_not_last_end() -> None:
    world = World()
    for age in range(12):
        world.put(NORTH, STEERED, age=300.0 * age)
    world.set_place(LivePlace(world.paths[NORTH].places[1], False, None, "100"))
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "budget")
    assert decision.reason == "repairs do not last: 12 changes of this path in an hour; find out who undoes them"


def test_a_repair_waits_for_a_freeze_and_for_a_busy_router() -> None:
    world = World()
    half_steered(world)
    world.sicken(NORTH)
    world.freeze()
    assert world.decide()[NORTH].guard == "frozen"
    world.router("a1", freeze=None)
    world.router("b1", fault="an unconfirmed commit of netops is pending")
    decision = world.decide()[NORTH]
    assert (decision.guard, decision.reason) == ("router_busy", "b1 an unconfirmed commit of netops is pending")


def test_a_person_s_half_steer_is_completed_as_the_person_s() -> None:
    world = World()
    half_steered(world, by="hand")
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.by) == ("steer", "hand")


def test_a_person_s_half_restore_is_completed() -> None:
    world = World()
    world.put(NORTH, STEERED, age=4000, by="hand")
    world.put(NORTH, NORMAL, world.paths[NORTH].places[1:], age=100, by="hand")
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.by, decision.places) == ("restore", "hand", world.paths[NORTH].places[:1])


def test_a_marker_with_another_value_is_put_right() -> None:
    world = World()
    world.put(NORTH, STEERED, age=4000)
    world.set_place(replace(world.place(world.paths[NORTH].places[0]), steered=False, value="100"))
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.places) == ("steer", world.paths[NORTH].places[:1])
    assert "a1 wan marked as steered, with another value" in decision.reason
