"""A run: what a person may ask for, what is applied in one round, and what is proof."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils import reroute, reroute_proof
from ansible_collections.fairway.backbone.plugins.module_utils.path_health import Bounds, Now
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    Decision,
    LiveRouter,
    Path,
    PathHealth,
    Place,
)

KNOWN = ["jkt-sby/north", "jkt-sby/south"]


@pytest.mark.parametrize(
    "path, want, says",
    [
        ("jkt-sby/west", "steered", "path=jkt-sby/west is none of steering.paths, which has jkt-sby/north and"),
        ("", "steered", "want=steered of which path? Say -e path=BACKBONE/PATH; steering.paths has jkt-sby/north and"),
        ("jkt-sby/north", "", "path=jkt-sby/north without want: say -e want=steered to move traffic off the path"),
        ("jkt-sby/north", "down", "want=down: say -e want=steered to move traffic off the path, -e want=normal"),
    ],
)
def test_a_wrong_question_says_what_to_write(path: str, want: str, says: str) -> None:
    wants, complaint = reroute.wants_of(path, want, KNOWN)
    assert wants == {}
    assert complaint.startswith(says)


def test_a_right_question_and_none_are_no_error() -> None:
    assert reroute.wants_of("jkt-sby/north", "normal", KNOWN) == ({"jkt-sby/north": "normal"}, "")
    assert reroute.wants_of("", "", KNOWN) == ({}, "")


def path(name: str, *routers: str) -> Path:
    places = tuple(Place(router, ("ospf", "eth1")) for router in routers)
    return Path(f"b/{name}", "ospf_cost", 1000, places, ("b/other",))


def decision(of: Path, verdict: str) -> Decision:
    places = of.places if verdict in ("steer", "restore") else ()
    return Decision(of.name, verdict, "steered" if verdict == "steer" else "normal", "why", places=places)


def test_a_router_is_changed_once_in_a_round() -> None:
    north, south, west, east = path("north", "a", "b"), path("south", "b", "c"), path("west", "d"), path("east", "e")
    paths = {one.name: one for one in (north, south, west, east)}
    live = {name: LiveRouter(name, token=f"token {name}") for name in "abcde"}
    numbers = count()
    now, later = reroute.appliable(
        [decision(north, "steer"), decision(south, "restore"), decision(west, "restore"), decision(east, "hold")],
        paths, live, lambda: f"fw-{next(numbers)}",
    )  # fmt: skip
    assert [(one.path.name, one.routers, dict(one.base)) for one in now] == [
        ("b/north", ["a", "b"], {"a": "token a", "b": "token b"}),
        ("b/west", ["d"], {"d": "token d"}),
    ]
    assert [one.path for one in later] == ["b/south"]
    assert now[0].way == ["b/other"]
    taken = reroute.Apply(replace(decision(north, "steer"), onto=("b/near",)), north, "fw-0").as_dict(0.0)
    assert (taken["way"], taken["through"]) == (["b/near", "b/other"], ["b/near"])
    assert now[1].way == ["b/west"], "who comes back must find its own path well"


def test_a_router_without_a_word_has_a_fault() -> None:
    found = reroute.live_routers(["a", "b", "c"], {"a": {"msg": "no route to host"}, "b": {"live": {"places": [7]}}})
    assert found["a"].fault == "no route to host"
    assert "cannot be read" in found["b"].fault
    assert "dropped out" in found["c"].fault


def test_the_table_tells_what_a_person_needs() -> None:
    one = decision(path("north", "a"), "steer")
    told = reroute.decision_table([one], {one.path: PathHealth(one.path, True, True, loss=0.301)})
    assert "b/north" in told
    assert "sick, loss 30.1 %" in told
    assert told.splitlines()[0].split() == ["path", "live", "alert", "measured", "decision", "guard", "reason"]


LIMITS = Bounds()
WELL = {"fresh": 1.0, "sick": 0.0, "at": 999.0}


def look(paths: dict[str, dict[str, float]], sites: dict[tuple[str, str], float] | None = None, fault: str = "") -> Now:
    return Now(1000.0, paths, sites or {}, fault)


@pytest.mark.parametrize(
    "now, blind, why",
    [
        (look({"b/x": WELL}), False, ""),
        (look({"b/x": {**WELL, "sick": 1.0}}), False, "sick"),
        (look({"b/x": {**WELL, "sick": 1.0}}), True, "sick"),
        (look({"b/x": {**WELL, "sick": 1.0}, "b/y": WELL}), False, ""),
        (look({}), False, "not measured"),
        (look({}), True, ""),
        (look({}, fault="Prometheus is down"), False, "Prometheus is down"),
        (look({}, fault="Prometheus is down"), True, ""),
    ],
)
def test_one_way_must_be_well(now: Now, blind: bool, why: str) -> None:
    found = reroute_proof.findings(now, ["b/x", "b/y"], {}, 0.02, LIMITS, blind=blind)
    bad = [finding.why for finding in found if not finding.ok]
    assert bad[:1] == ([why] if why else [])


def test_the_way_that_is_taken_must_not_be_sick_though_another_is_well() -> None:
    told = look({"b/x": {**WELL, "sick": 1.0}, "b/y": WELL})
    found = reroute_proof.findings(told, ["b/x", "b/y"], {}, 0.02, LIMITS, through=["b/x"])
    assert [(finding.check, finding.ok, finding.why) for finding in found] == [
        ("path b/x", False, "sick"), ("path b/y", True, "")
    ]  # fmt: skip
    assert all(one.ok for one in reroute_proof.findings(told, ["b/x", "b/y"], {}, 0.02, LIMITS, through=["b/y"]))


@pytest.mark.parametrize(
    "before, now, good",
    [(0.0, 0.02, True), (0.0, 0.03, False), (0.3, 0.3, True), (0.3, 0.0, True), (0.0, None, False), (0.3, None, True)],
)
def test_users_lose_no_more_than_before(before: float, now: float | None, good: bool) -> None:
    sites = {} if now is None else {("jkt", "sby"): now}
    told = look({"b/x": WELL}, sites)
    found = reroute_proof.findings(told, ["b/x"], {("jkt", "sby"): before}, 0.02, LIMITS)
    assert all(finding.ok for finding in found) is good
