"""Steering on an emulated Junos router: metric, policy term and static route, each with its marker beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest, StageResult
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Freeze,
    LivePlace,
    LiveRouter,
    Marker,
    Place,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Key, Wish
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos import JunosRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_live import (
    Deed,
    deadline,
    look,
    report,
    stage,
)

from .change_junos import BASE, World
from .junos_emulator import Emulator, eventually

pytestmark = pytest.mark.lab

OSPF: Key = ("ospf", "ge-0/0/0.0")
TERM: Key = ("policy", "to-carrier", "steered")
ROUTE: Key = ("static", "2001:db8::/36")
WANTED = {OSPF: "1000", TERM: "active", ROUTE: "2001:db8::9"}
NORMALLY = {OSPF: "10", TERM: "inactive", ROUTE: "discard"}
SINCE = 1795255200.0
CONFIG = BASE.replace("METRIC", "10").replace("protocols {", "protocols {\n    ospf3 {\n        area 0.0.0.0 {\n"
    "            interface ge-0/0/0.0 {\n                metric 10;\n            }\n        }\n    }") + """\
policy-options {
    policy-statement to-carrier {
        inactive: term steered {
            then reject;
        }
        term rest {
            then accept;
        }
    }
}
routing-options {
    rib inet6.0 {
        static {
            route 2001:db8::/36 discard;
        }
    }
}
"""  # fmt: skip


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator("--minute", "3") as running:
        yield running


@pytest.fixture
def world(emulator: Emulator) -> World:
    world = World(emulator)
    world.clean_up()
    with world.somebody() as config:
        config.load(CONFIG, format="text", overwrite=True)
        config.commit()
    return world


def live(router: JunosRouter, *, locks: bool = False) -> LiveRouter:
    return report(router.name, look(router, {}, list(WANTED), locks=locks), WANTED)[0]


def do(router: JunosRouter, action: str, change: str, *keys: Key, **more: Any) -> StageResult:
    wishes = tuple(Wish(key, WANTED[key], NORMALLY[key]) for key in keys or WANTED)
    request = StageRequest("", change, action=action, path="a/b", **more)
    return stage(router, {}, Deed(action, Marker("a/b", change, SINCE), wishes), request)


def done(router: JunosRouter, action: str, change: str, *keys: Key) -> None:
    result = do(router, action, change, *keys)
    assert result.state == "staged", result
    assert router.confirm(change).state == "confirmed"


def test_every_action_is_written_with_its_marker_and_goes_back_without_a_trace(world: World) -> None:
    before = world.emulator.running()
    with world.in_hand() as router:
        done(router, "steer", "fw-s")
        steered = live(router)
        assert do(router, "steer", "fw-again").state == "unchanged"
    was = {OSPF: "10", TERM: "", ROUTE: "discard"}
    assert steered.places == tuple(
        LivePlace(Place("r1", key), True, Marker("a/b", "fw-s", SINCE, "auto", was[key]), value)
        for key, value in WANTED.items()
    )
    text = world.emulator.running()
    assert text.count(" apply-macro fairway-steering path a/b\n") == 4
    assert text.count(" metric 1000\n") == 2
    assert "deactivate" not in text
    assert not steered.drained
    with world.in_hand() as router:
        done(router, "restore", "fw-r")
        after = live(router)
    assert world.emulator.running() == before
    assert [(place.steered, place.marker, place.value) for place in after.places] == [
        (False, None, value) for value in NORMALLY.values()
    ]
    assert [(flip.to, flip.change_id) for flip in after.flips[-2:]] == [(STEERED, "fw-s"), (NORMAL, "fw-r")]


def test_what_is_in_git_and_not_deployed_is_not_touched(world: World) -> None:
    """The router has another cost than Git: restoring puts back the router's."""
    with world.somebody() as config:
        config.load("set protocols ospf area 0 interface ge-0/0/0.0 metric 33", format="set")
        config.commit()
    before = world.emulator.running()
    with world.in_hand() as router:
        done(router, "steer", "fw-s", OSPF)
        done(router, "restore", "fw-r", OSPF)
    assert world.emulator.running() == before
    assert "metric 33\n" in before


def test_the_timer_takes_it_back_and_both_are_flips(world: World) -> None:
    before = world.emulator.running()
    with world.in_hand() as router:
        staged = do(router, "steer", "fw-s", OSPF, confirm_minutes=1)
        assert staged.state == "staged", staged
    eventually(lambda: not world.witness().pending, what="the router takes it back", within=30)
    with world.in_hand() as router:
        found = live(router)
    assert world.emulator.running() == before
    assert ([flip.to for flip in found.flips[-2:]], found.fault) == ([STEERED, NORMAL], "")


def test_a_change_that_waits_makes_it_busy(world: World) -> None:
    with world.in_hand() as router:
        assert do(router, "steer", "fw-s", OSPF, confirm_minutes=100).state == "staged"
        assert "a confirmed commit is pending" in live(router).fault
        assert router.revert("fw-s").state == "reverted"
        assert live(router).fault == ""


def test_going_back_in_the_history_brings_the_older_steering(world: World) -> None:
    with world.in_hand() as router:
        done(router, "steer", "fw-s", OSPF)
        steered = world.emulator.running()
        done(router, "restore", "fw-r", OSPF)
        numbers = [entry.sequence for entry in router.history() if entry.change_id == "fw-s"]
        assert router.revert(None, numbers[0]).state == "reverted"
        found = live(router)
    assert world.emulator.running() == steered
    assert found.places[0].marker == Marker("a/b", "fw-s", SINCE, "auto", "10")


@pytest.mark.parametrize("check_mode", [False, True])
def test_of_two_executors_one_is_refused_with_both_commits_named(world: World, check_mode: bool) -> None:
    with world.in_hand() as router, world.in_hand() as other:
        seen = live(other).token
        done(router, "steer", "fw-1", ROUTE)
        refused = do(other, "steer", "fw-2", OSPF, base=seen, check_mode=check_mode)
        newest = live(other).token
    assert refused.state == "refused"
    assert f"decided upon the commit '{seen}', and the newest is '{newest}'" in refused.message
    assert "fairway confirm=fw-1" in newest
    witness = world.witness()
    assert (witness.metric, witness.locked, witness.dirty, witness.pending) == ("10", False, False, False)


def test_two_that_race_for_the_same_router_do_not_both_win(world: World) -> None:
    """Both decided upon the same commit; whoever gets the lock first makes the other's decision stale."""
    results: list[StageResult] = []
    with world.in_hand() as one, world.in_hand() as two:
        base = live(one).token
        live(two)
        racers = [
            threading.Thread(target=lambda r=r, c=c: results.append(do(r, "steer", c, OSPF, base=base, lock_wait_s=20)))
            for r, c in ((one, "fw-1"), (two, "fw-2"))
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(60)
        # Who comes last finds another commit than it decided upon, or that what it wants is so already.
        assert sorted(result.state == "staged" for result in results) == [False, True], results
        assert {result.state for result in results} <= {"staged", "refused", "unchanged"}, results
        winner = next(entry.change_id for entry in one.history() if entry.mark)
        assert one.revert(str(winner)).state == "reverted"


def test_freeze_and_thaw(world: World) -> None:
    before = world.emulator.running()
    freeze = Freeze("r1", SINCE, None, "noc", "south; is repaired # today { }")
    with world.in_hand() as router:
        request = StageRequest("", "fw-f", action="freeze", path="on", by="hand")
        assert stage(router, {}, Deed("freeze", freeze=freeze), request).state == "staged"
        assert router.confirm("fw-f").state == "confirmed"
        assert live(router).freeze == freeze
        assert stage(router, {}, Deed("freeze", freeze=freeze), StageRequest("", "fw-f2")).state == "unchanged"
        assert stage(router, {}, Deed("thaw"), StageRequest("", "fw-t")).state == "staged"
        assert router.confirm("fw-t").state == "confirmed"
        assert live(router).freeze is None
    assert world.emulator.running() == before


def test_a_lock_and_uncommitted_changes_of_others_make_it_busy(world: World) -> None:
    with world.in_hand() as router:
        with world.somebody() as other:
            other.lock()
            assert "configuration database locked by" in live(router, locks=True).fault
            other.unlock()
            other.load("set system host-name r2", format="set")
            assert "configuration database modified" in live(router, locks=True).fault
            assert live(router).fault == ""
            other.rollback(0)
        assert live(router, locks=True).fault == ""
    assert not world.witness().locked


def test_a_router_that_does_not_answer_costs_no_more_than_the_deadline(world: World) -> None:
    world.emulator.faults("lose-reply@get-configuration")
    with world.in_hand(command_timeout=60.0) as router:
        with pytest.raises(RouterFault, match="no answer within 1 s"), deadline(router, 1.0):
            live(router)
        world.emulator.faults()
        assert live(router).fault == ""


def test_one_session_and_few_requests(world: World) -> None:
    world.emulator.control("clear-requests")
    with world.in_hand() as router:
        live(router, locks=True)
    assert world.emulator.requests() == [
        "hello/plain", "get-commit-information/plain", "get-configuration/plain", "lock-configuration/plain",
        "unlock-configuration/plain", "close-session/plain",
    ]  # fmt: skip
