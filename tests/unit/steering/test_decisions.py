"""What is decided in the situations an operator meets, and what he reads."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Alert,
    LivePlace,
    NetworkLimits,
    Place,
)

from .world import BACKBONES, MIDDLE, NORTH, NOW, SOUTH, TRANSITS, World, verdicts


def test_a_quiet_network_is_left_alone() -> None:
    decisions = World().decide()
    assert {d.verdict for d in decisions.values()} == {"hold"}
    assert {d.reason for d in decisions.values()} == {"normal; healthy, no reroute alert fires"}


def test_a_sick_path_is_steered_at_both_ends_and_comes_back_after_the_hold_down() -> None:
    world = World()
    world.sicken(NORTH)
    steer = world.decide()[NORTH]
    assert (steer.verdict, steer.want, steer.by) == ("steer", STEERED, "auto")
    assert steer.reason == "alert PathLoss fires and the path is sick"
    assert steer.places == world.paths[NORTH].places
    world.apply(world.decide())
    assert world.state(NORTH) == {STEERED}
    assert world.decide()[NORTH].reason == "steered; still measured sick"
    world.now += 400
    world.heal(NORTH, healthy_s=300)
    restore = world.decide()[NORTH]
    assert (restore.verdict, restore.want, restore.reason) == ("restore", NORMAL, "steered by an alert that is over")
    world.apply(world.decide())
    assert world.state(NORTH) == {NORMAL}
    assert set(verdicts(world).values()) == {"hold"}


@pytest.mark.parametrize("name", TRANSITS)
def test_a_policy_term_is_steered_too(name: str) -> None:
    world = World()
    world.sicken(name)
    decision = world.decide()[name]
    assert (decision.verdict, decision.places) == ("steer", world.paths[name].places)


def test_a_decision_names_the_way_that_its_traffic_takes() -> None:
    """The proof is about that way: another alternate that is well does not make up for it."""
    world = World(network=NetworkLimits(paths_at_once=2))
    world.sicken(NORTH)
    assert world.decide()[NORTH].onto == (MIDDLE,)
    world.sicken(MIDDLE)
    assert {name: one.onto for name, one in world.decide().items() if one.onto} == {NORTH: (SOUTH,), MIDDLE: (SOUTH,)}
    by_hand = World(wants={NORTH: STEERED}).decide()[NORTH]
    assert (by_hand.verdict, by_hand.onto) == ("steer", ()), "a person may do it in steps, over one that is sick"


def test_a_place_that_was_taken_from_its_path_while_it_was_steered_is_told_of() -> None:
    world = World()
    world.put(NORTH, STEERED, age=4000)
    path = world.paths[NORTH]
    assert "still steered" not in world.decide()[NORTH].reason
    world.paths[NORTH] = replace(path, places=path.places[:1])
    told = world.decide()
    assert told[NORTH].verdict == "restore"
    assert told[NORTH].places == path.places[:1]
    said = "; b1 wan is still steered for it, and no longer of any path: a deploy ends that"
    assert told[NORTH].reason.endswith(said)
    assert "still steered" not in told[SOUTH].reason


def test_a_path_that_was_renamed_while_it_was_steered_waits_for_the_deploy() -> None:
    world = World()
    world.put(NORTH, STEERED, age=3000.0)
    world.paths["ab/new"] = replace(world.paths.pop(NORTH), name="ab/new")
    decisions = world.decide()
    assert decisions["ab/new"].reason == (
        "a1 wan and b1 wan are marked as steered for ab/north, which the intent does not have there (renamed?); "
        "a deploy ends that"
    )
    assert decisions[NORTH].guard == "unknown_path"


@pytest.mark.parametrize("gone", ["path", "members"])
def test_what_is_still_steered_for_a_path_that_is_gone_takes_no_traffic(gone: str) -> None:
    """South is sick as well: middle's traffic could only go by the link that was left for a reason, and costs more."""
    world = World(network=NetworkLimits(paths_at_once=3))
    world.put(NORTH, STEERED, age=3000.0)
    world.paths[MIDDLE] = replace(world.paths[MIDDLE], alternates=TRANSITS)
    if gone == "path":
        world.paths.pop(NORTH)
    else:
        world.paths[NORTH] = replace(world.paths[NORTH], places=(Place("a1", ("ospf", "other")),))
    world.sicken(MIDDLE)
    assert world.decide()[MIDDLE].onto == (SOUTH,)
    world.sicken(SOUTH)
    decision = world.decide()[MIDDLE]
    assert decision.guard == "last_path"
    assert "by a3 to b3, but ab/south is sick itself" in decision.reason


def test_an_alert_that_the_measurement_contradicts_moves_nothing() -> None:
    world = World(alerts=[Alert(NORTH, "PathLoss", "critical")])
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("hold", "")
    assert decision.reason.startswith("alert PathLoss fires, but the path is measured now and is healthy")


def test_sick_without_an_alert_moves_nothing() -> None:
    world = World()
    world.sicken(NORTH)
    world.alerts = []
    assert verdicts(world)[NORTH] == "hold"


def test_an_alert_that_still_fires_keeps_a_healthy_path_steered() -> None:
    world = World()
    world.put(NORTH, STEERED, age=4000)
    world.alerts = [Alert(NORTH, "PathLoss", "critical")]
    decision = world.decide()[NORTH]
    assert (decision.guard, decision.reason) == ("hold_down", "steered; alert PathLoss still fires")


def test_both_backbones_sick_steers_none_and_moves_none_back() -> None:
    world = World()
    for name in (NORTH, SOUTH):
        other = SOUTH if name == NORTH else NORTH
        world.paths[name] = replace(world.paths[name], alternates=(other,))
    world.sicken(NORTH, SOUTH)
    assert (verdicts(world)[NORTH], verdicts(world)[SOUTH]) == ("refuse", "refuse")
    world.put(NORTH, STEERED, age=100)
    decisions = world.decide()
    assert (decisions[NORTH].verdict, decisions[NORTH].guard) == ("hold", "hold_down")
    assert (decisions[SOUTH].verdict, decisions[SOUTH].want) == ("refuse", NORMAL)


def test_the_worst_goes_first_and_the_next_sees_it() -> None:
    transit = TRANSITS[0]
    world = World()
    world.sicken(NORTH, loss=0.05, severity="warning")
    world.sicken(transit, loss=0.30, severity="warning")
    assert (verdicts(world)[transit], verdicts(world)[NORTH]) == ("steer", "refuse")
    assert world.decide()[NORTH].reason == "steered already: transit/x; 1 at once allowed"
    world.alerts = [Alert(transit, "PathLoss", "warning"), Alert(NORTH, "PathLoss", "critical")]
    assert (verdicts(world)[transit], verdicts(world)[NORTH]) == ("refuse", "steer")


def test_two_of_three_sick_backbones_are_steered_together_or_not_at_all() -> None:
    """Each is the other's shortest way round; only with both steered all traffic goes by south."""
    world = World(network=NetworkLimits(paths_at_once=2))
    world.sicken(NORTH, MIDDLE)
    decisions = world.decide()
    assert (decisions[NORTH].verdict, decisions[MIDDLE].verdict) == ("steer", "steer")
    world.network = NetworkLimits(paths_at_once=1)
    decisions = world.decide()
    assert (decisions[NORTH].verdict, decisions[MIDDLE].verdict) == ("refuse", "refuse")
    assert decisions[NORTH].reason == "traffic from a1 to b1 would go by a2 to b2, but ab/middle is sick itself"
    world.network = NetworkLimits(paths_at_once=2)
    world.router("b2", fault="is locked by netops")
    decisions = world.decide()
    assert (decisions[NORTH].guard, decisions[MIDDLE].guard) == ("last_path", "router_busy")


def test_decisions_come_in_the_order_in_which_they_are_to_be_done() -> None:
    world = World(network=NetworkLimits(paths_at_once=3))
    world.put(SOUTH, STEERED, age=4000)
    world.put(TRANSITS[1], STEERED, [], age=4000)
    world.sicken(NORTH)
    world.wants = {TRANSITS[0]: STEERED}
    done = [name for name, decision in world.decide().items() if decision.places]
    assert done == [TRANSITS[0], NORTH, SOUTH]


def test_what_a_restore_frees_is_for_the_next_run() -> None:
    """South may come back and north may go, but not in one breath: the first might fail on its router."""
    world = World()
    world.put(SOUTH, STEERED, age=4000)
    world.sicken(NORTH)
    assert (verdicts(world)[SOUTH], verdicts(world)[NORTH]) == ("restore", "refuse")
    world.apply(world.decide())
    assert (verdicts(world)[SOUTH], verdicts(world)[NORTH]) == ("hold", "steer")


def test_the_load_that_is_moved_counts_for_the_next() -> None:
    """Two transits' worth of traffic and room for one: north moves to middle, then south does not fit there."""
    world = World(network=NetworkLimits(paths_at_once=2))
    world.limit(MIDDLE, capacity_mbit=250.0)
    world.sicken(NORTH, loss=0.5)
    world.sicken(SOUTH, loss=0.2)
    decisions = world.decide()
    assert decisions[NORTH].verdict == "steer"
    assert decisions[SOUTH].reason == "ab/middle carries 200 of 250 Mbit/s, and 100 more would not fit"


def test_steered_by_hand_stays_until_a_person_says_otherwise() -> None:
    world = World(wants={NORTH: STEERED})
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.by, decision.reason) == ("steer", "hand", "wanted steered by hand")
    world.apply(world.decide())
    assert world.decide()[NORTH].reason == "wanted steered by hand, which it is already"
    world.wants, world.now = {}, world.now + 86400
    decision = world.decide()[NORTH]
    assert decision.verdict == "hold"
    assert decision.reason == "steered by hand since 2027-01-15T08:00:00Z; a person brings it back with -e want=normal"
    world.wants = {NORTH: NORMAL}
    assert verdicts(world)[NORTH] == "restore"


def test_a_person_takes_over_what_automation_steered() -> None:
    """No traffic moves, so last_path has nothing to say; afterwards the path does not come back by itself."""
    world = World(wants={NORTH: STEERED})
    world.put(NORTH, STEERED, age=4000)
    world.sicken(MIDDLE, SOUTH)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.by, decision.places) == ("steer", "hand", world.paths[NORTH].places)
    world.apply(world.decide())
    assert world.decide()[NORTH].verdict == "hold"
    world.wants = {}
    assert "steered by hand" in world.decide()[NORTH].reason


def test_a_person_is_told_what_automation_will_do_next() -> None:
    world = World(wants={NORTH: NORMAL})
    world.put(NORTH, STEERED, age=4000)
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.by) == ("restore", "hand")
    assert decision.reason == (
        "wanted normal by hand; against hold_down (steered; still measured sick); "
        "while its alert fires automation will steer it again: freeze, or silence the alert"
    )


def test_a_person_steers_two_of_three_sick_backbones_one_after_the_other() -> None:
    world = World()
    world.sicken(NORTH, MIDDLE)
    world.wants = {NORTH: STEERED}
    assert verdicts(world)[NORTH] == "steer"
    world.apply(world.decide())
    world.wants = {MIDDLE: STEERED}
    assert verdicts(world)[MIDDLE] == "steer"


def test_a_person_needs_no_prometheus() -> None:
    world = World(wants={NORTH: STEERED}, alerts=None)
    world.health = {}
    decision = world.decide()[NORTH]
    assert (decision.verdict, list(decision.evidence["overridden"])) == ("steer", ["stale_telemetry"])


def test_a_wish_that_is_none_is_refused() -> None:
    world = World(wants={NORTH: "{{ 7*7 }}"})
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.places) == ("refuse", ())
    assert decision.reason == r"a path can be wanted steered or normal, not \x7b\x7b 7\x2a7 \x7d\x7d"


def test_what_somebody_set_on_the_router_is_left_alone() -> None:
    world = World()
    world.set_place(LivePlace(world.paths[NORTH].places[0], steered=True, marker=None, value="1000"))
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert decision.verdict == "hold"
    assert decision.reason == (
        "a1 wan is changed on the router without steering's mark; it is left as it is until a person says "
        "-e want=steered or -e want=normal, or deploys"
    )
    world.wants = {NORTH: NORMAL}
    assert world.decide()[NORTH].places == world.paths[NORTH].places[:1]


def test_a_path_of_a_router_that_cannot_be_read_is_not_guessed_at() -> None:
    world = World()
    for name in ("a1", "b1"):
        world.router(name, places=(), token="", fault="no route to host")
    assert world.decide()[NORTH].reason.startswith("normal, though not all its routers could be read")
    world.sicken(NORTH)
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "router_busy")
    assert decision.reason == "a1 no answer: no route to host; b1 no answer: no route to host"


def test_a_marker_of_a_path_that_the_intent_no_longer_has_is_said() -> None:
    world = World()
    world.put(NORTH, STEERED)
    del world.paths[NORTH]
    decision = world.decide()[NORTH]
    assert (decision.verdict, decision.guard) == ("refuse", "unknown_path")


@pytest.mark.parametrize(
    "name, shown",
    [
        ("{{ lookup('pipe', 'id') }}", r"\x7b\x7b lookup\x28\x27pipe\x27\x2c \x27id\x27\x29 \x7d\x7d"),
        ("ab/north\n\x1b[2J", r"ab/north\x0a\x1b\x5b2J"),
        ("a" * 100_000, "a" * 77 + "..."),
        ("日本", r"\u65e5\u672c"),
        ("", ""),
    ],
)
def test_a_name_that_nobody_gave_is_refused_and_shown_safely(name: str, shown: str) -> None:
    world = World(alerts=[Alert(name, "PathLoss", "critical")])
    decision = world.decide()[shown]
    assert (decision.verdict, decision.guard, decision.places) == ("refuse", "unknown_path", ())


def test_a_storm_of_invented_names_is_no_storm_of_decisions() -> None:
    world = World(alerts=[Alert(f"invented/{number:04d}", "PathLoss") for number in range(1000)])
    decisions = world.decide()
    assert len(decisions) == len(world.paths) + 100
    assert decisions["invented/0099"].reason.endswith("; and 900 more unknown names")


def test_evidence_is_plain_data() -> None:
    world = World()
    world.sicken(*BACKBONES)
    world.health[NORTH] = replace(world.health[NORTH], loss=float("nan"), rate_mbit=float("inf"))
    decisions = world.decide()
    assert json.loads(json.dumps([dict(d.evidence) for d in decisions.values()], allow_nan=False))
    assert decisions[NORTH].evidence["loss"] is None
    assert world.now == NOW
