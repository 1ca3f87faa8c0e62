"""Each guard stops something that no other guard stops: without it the verdict is another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.steering_guards import GUARDS
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    NetworkLimits,
    PathHealth,
)

from .world import BACKBONES, MIDDLE, NORTH, SOUTH, World

NAMES = [guard.__name__ for guard in GUARDS]
UNKNOWN = "ab/nowhere"


def unknown_path(world: World) -> str:
    world.wants[UNKNOWN] = NORMAL
    return UNKNOWN


def frozen(world: World) -> str:
    world.sicken(NORTH)
    world.freeze("b3")
    return NORTH


def stale_telemetry(world: World) -> str:
    world.sicken(NORTH)
    world.health[NORTH] = replace(world.health[NORTH], fresh=False)
    return NORTH


def cooldown(world: World) -> str:
    world.put(NORTH, NORMAL, age=59.0)
    world.sicken(NORTH)
    return NORTH


def damping(world: World) -> str:
    world.limit(NORTH, changes_per_hour=100)
    for age in (400.0, 300.0, 200.0, 100.0):
        world.put(NORTH, NORMAL, age=age)
    world.sicken(NORTH)
    return NORTH


def budget(world: World) -> str:
    """Six changes that are nearly an hour old: decayed too far to be damped."""
    for age in (3590.0, 3300.0, 3000.0, 2700.0, 2400.0, 2100.0):
        world.put(NORTH, NORMAL, age=age)
    world.sicken(NORTH)
    return NORTH


def last_path(world: World) -> str:
    world.sicken(*BACKBONES)
    return MIDDLE


def headroom(world: World) -> str:
    world.limit(MIDDLE, capacity_mbit=150.0)
    world.sicken(NORTH)
    return NORTH


def router_busy(world: World) -> str:
    world.sicken(NORTH)
    world.router("b1", fault="is locked by netops (pid 4711)", token="7")
    return NORTH


def hold_down(world: World) -> str:
    world.put(NORTH, STEERED, age=3000.0)
    world.heal(NORTH, healthy_s=299.0)
    return NORTH


SCENARIOS: dict[str, tuple[Callable[[World], str], str, str]] = {
    "unknown_path": (unknown_path, "refuse", "no such path in steering.paths of the intent"),
    "frozen": (frozen, "hold", "automation is frozen by ops (maintenance) until it is lifted; written on b3"),
    "stale_telemetry": (
        stale_telemetry,
        "hold",
        "nobody has measured the path lately: nothing is changed blindly; are its probes running?",
    ),
    "cooldown": (cooldown, "hold", "changed 59 s ago (fw-000001); at most once in 1 min"),
    "damping": (damping, "hold", "flapping: penalty 3312; stays where it is for 32 min 9 s more"),
    "budget": (budget, "refuse", "6 changes of this path in the last 1 h; 6 are allowed"),
    "last_path": (
        last_path,
        "refuse",
        "no alternate can take its traffic: ab/north is sick itself and ab/south is sick itself",
    ),
    "headroom": (headroom, "refuse", "ab/middle carries 100 of 150 Mbit/s, and 100 more would not fit"),
    "router_busy": (router_busy, "refuse", "b1 is locked by netops (pid 4711)"),
    "hold_down": (hold_down, "hold", "steered; measured healthy for 4 min 59 s of 5 min"),
}


def test_every_guard_of_the_design_is_there_and_has_its_scenario() -> None:
    assert sorted(NAMES) == sorted(SCENARIOS)


@pytest.mark.parametrize("name", NAMES)
def test_a_guard_stops_what_nothing_else_stops(name: str) -> None:
    scenario, verdict, reason = SCENARIOS[name]
    world = World()
    path = scenario(world)
    decision = world.decide()[path]
    assert (decision.verdict, decision.guard, decision.reason) == (verdict, name, reason)
    assert decision.places == ()
    without = world.decide(guards=tuple(guard for guard in GUARDS if guard.__name__ != name))[path]
    assert without.verdict in ("steer", "restore"), without.reason


@pytest.mark.parametrize("name", NAMES)
def test_a_person_is_stopped_by_three_guards_only(name: str) -> None:
    scenario, _verdict, _reason = SCENARIOS[name]
    world = World()
    path = scenario(world)
    world.wants[path] = NORMAL if name in ("unknown_path", "hold_down") else STEERED
    decision = world.decide()[path]
    assert decision.by == "hand"
    if name in ("unknown_path", "last_path", "router_busy"):
        assert (decision.verdict, decision.guard) == ("refuse", name)
    else:
        assert (decision.verdict, decision.guard) == ("restore" if name == "hold_down" else "steer", "")
        assert name in decision.evidence["overridden"]
        assert f"; against {name} (" in decision.reason


def test_the_network_budget_counts_the_changes_of_all_paths() -> None:
    world = World(network=NetworkLimits(changes_per_hour=3, paths_at_once=2))
    for path, age in ((NORTH, 3000.0), (SOUTH, 2000.0), (SOUTH, 1500.0)):
        world.put(path, NORMAL, age=age)
    world.sicken(MIDDLE)
    decision = world.decide()[MIDDLE]
    assert (decision.guard, decision.reason) == ("budget", "3 changes of the network in the last 1 h; 3 are allowed")
    world.now += 601.0
    assert world.decide()[MIDDLE].verdict == "steer"


def test_a_change_counts_once_although_both_ends_have_it_in_their_history() -> None:
    world = World()
    world.limit(NORTH, changes_per_hour=2)
    world.put(NORTH, NORMAL, age=1000.0)
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert decision.verdict == "steer"
    assert decision.evidence["changes_last_hour"] == 1


def test_a_restore_leaves_one_change_for_steering_again() -> None:
    world = World()
    world.limit(NORTH, changes_per_hour=4)
    for to, age in ((STEERED, 3500.0), (NORMAL, 3000.0), (STEERED, 2000.0)):
        world.put(NORTH, to, age=age)
    world.heal(NORTH)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "budget")
    assert decision.reason.endswith("4 are allowed, of which one is kept for steering again")


def test_one_path_at_once_is_steered_by_default() -> None:
    world = World()
    world.put(SOUTH, STEERED, age=4000.0)
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "budget")
    assert decision.reason == "steered already: ab/south; 1 at once allowed"


def test_a_value_that_leaves_the_traffic_where_it_is_is_refused() -> None:
    """North round about costs 10 + 150 + 10: with 170 both would be used, with 171 nobody stays."""
    world = World()
    world.sicken(NORTH)
    world.paths[NORTH] = replace(world.paths[NORTH], value=170)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "last_path")
    assert decision.reason == (
        "traffic would stay: from a1 to b1 the other way costs 170, and this one 170 when steered; "
        "a higher value is needed"
    )
    world.paths[NORTH] = replace(world.paths[NORTH], value=171)
    assert world.decide()[NORTH].verdict == "steer"


def test_traffic_is_not_moved_onto_another_sick_path() -> None:
    world = World()
    world.sicken(NORTH)
    world.health[MIDDLE] = replace(world.health[MIDDLE], sick=True)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "last_path")
    assert decision.reason == "traffic from a1 to b1 would go by a2 to b2, but ab/middle is sick itself"


def test_traffic_is_not_moved_over_a_router_that_does_not_answer() -> None:
    world = World()
    world.sicken(NORTH)
    world.router("b2", fault="no SSH connection: timed out", token="", places=())
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "last_path")
    assert decision.reason == "traffic from a1 to b1 would go by a2 to b2, but router b2 could not be read"


def test_a_locked_router_still_forwards() -> None:
    world = World()
    world.sicken(NORTH)
    world.router("b2", fault="is locked by netops")
    assert world.decide()[NORTH].verdict == "steer"


def test_a_drained_router_is_no_way_round() -> None:
    world = World()
    world.sicken(NORTH)
    for name in ("a2", "b2"):
        world.router(name, drained=True)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "last_path")
    assert "the other way costs 131080" in decision.reason


def test_a_link_that_the_intent_does_not_have_cannot_be_judged() -> None:
    world = World()
    strange = replace(world.paths[NORTH].places[0], key=("ospf", "elsewhere"))
    world.paths[NORTH] = replace(world.paths[NORTH], places=(strange,))
    world.set_place(replace(world.live["a1"].places[0], place=strange, steered=False, marker=None, value="100"))
    world.sicken(NORTH)
    assert world.decide()[NORTH].reason == "the intent does not say which router a1 elsewhere leads to"


def test_a_known_capacity_needs_known_traffic() -> None:
    world = World()
    world.limit(MIDDLE, capacity_mbit=1000.0)
    world.sicken(NORTH)
    world.health[MIDDLE] = replace(world.health[MIDDLE], rate_mbit=None)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "headroom")
    assert decision.reason == "ab/middle carries 1000 Mbit/s, and the traffic of ab/middle is not known"


def test_headroom_is_asked_of_the_path_that_the_traffic_will_take() -> None:
    world = World()
    world.limit(SOUTH, capacity_mbit=1.0)
    world.sicken(NORTH)
    assert world.decide()[NORTH].verdict == "steer"


@pytest.mark.parametrize("measured", [None, PathHealth(NORTH, fresh=False, sick=False, healthy_s=1e9)])
def test_an_alert_that_went_quiet_is_not_health(measured: PathHealth | None) -> None:
    """Without the guard that stops first, hold_down stops all the same."""
    world = World()
    world.put(NORTH, STEERED, age=4000.0)
    world.health.pop(NORTH)
    if measured is not None:
        world.health[NORTH] = measured
    assert (world.decide()[NORTH].verdict, world.decide()[NORTH].guard) == ("hold", "stale_telemetry")
    rest = tuple(guard for guard in GUARDS if guard.__name__ != "stale_telemetry")
    assert (world.decide(guards=rest)[NORTH].verdict, world.decide(guards=rest)[NORTH].guard) == ("hold", "hold_down")


def test_no_restore_while_alertmanager_cannot_be_asked() -> None:
    world = World()
    world.put(NORTH, STEERED, age=4000.0)
    world.alerts = None
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("hold", "stale_telemetry")
    assert decision.reason == "Alertmanager could not be asked: nothing is changed on half the picture"


def test_a_freeze_ends_at_its_time() -> None:
    world = World()
    world.sicken(NORTH)
    world.freeze(until=world.now + 1)
    assert world.decide()[NORTH].guard == "frozen"
    world.now += 1
    assert world.decide()[NORTH].verdict == "steer"


def test_a_router_whose_clock_is_ahead_is_said() -> None:
    world = World()
    world.put(NORTH, NORMAL, age=-500.0)
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert (decision.guard, decision.verdict) == ("cooldown", "hold")
    assert decision.reason.endswith("; the router's clock is 8 min 20 s ahead")
