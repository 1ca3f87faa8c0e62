"""What the exporter goes on telling of a router that does not answer, and for how long."""

from __future__ import annotations

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import Sample, sample
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_memory import (
    BACKOFF_MAX_S,
    FORGET_S,
    Memory,
    Standing,
    pause_s,
)

RPM = {"router": "r", "backbone": "b", "path": "p", "peer": "o", "target": "192.0.2.1"}
NEIGHBOR = {"router": "r", "interface": "eth1", "version": "v2", "neighbor": "192.0.2.3"}


def sent(count: float) -> list[Sample]:
    return [sample("fairway_rpm_sent_total", count, **RPM)]


def values(samples: list[Sample], name: str) -> list[float]:
    return [one.value for one in samples if one.name == name]


def test_the_age_of_a_probe_is_the_time_since_its_counter_moved() -> None:
    memory = Memory()
    ages = [
        values(memory.complete(sent(count), now), "fairway_rpm_age_seconds")
        for now, count in ((10.0, 5), (11.0, 5), (12.0, 6), (14.5, 6), (15.0, 1))
    ]
    assert ages == [[0.0], [1.0], [0.0], [2.5], [0.0]], "a counter that starts again has moved"


def test_a_probe_that_is_no_longer_configured_is_forgotten() -> None:
    memory = Memory()
    memory.complete(sent(5), 10.0)
    assert memory.complete([], 11.0) == []


def test_an_ospf_neighbor_that_left_is_down_for_a_day() -> None:
    memory = Memory()
    here = [sample("fairway_ospf_up", 1, **NEIGHBOR), sample("fairway_ospf_state", 8, **NEIGHBOR)]
    assert memory.complete(here, 0.0) == here
    gone = [sample("fairway_ospf_up", 0, **NEIGHBOR), sample("fairway_ospf_state", 1, **NEIGHBOR)]
    assert memory.complete([], 100.0) == gone
    assert memory.complete([], FORGET_S - 1) == gone
    assert memory.complete([], FORGET_S) == []
    assert memory.complete(here, FORGET_S + 1) == here


def test_samples_vanish_after_their_bound_and_the_age_stays() -> None:
    standing = Standing()
    assert standing.tell("r", "fast", 0.0, 10.0) == []
    standing.good([sample("fairway_rpm_age_seconds", 0.5, **RPM)], now=100.0, took=0.2)
    standing.bad("timeout", "r: no answer")
    at_bound = standing.tell("r", "fast", 110.0, 10.0)
    assert values(at_bound, "fairway_rpm_age_seconds") == [10.5], "it goes on growing while nobody looks"
    assert values(at_bound, "fairway_router_age_seconds") == [10.0]
    after = standing.tell("r", "fast", 110.1, 10.0)
    assert values(after, "fairway_rpm_age_seconds") == []
    assert {one.name for one in after} == {
        "fairway_router_age_seconds", "fairway_router_faults_total", "fairway_router_scrape_seconds",
    }  # fmt: skip


def test_faults_are_counted_by_kind_and_are_news_once() -> None:
    standing = Standing()
    assert [standing.bad("timeout", "a"), standing.bad("timeout", "a"), standing.bad("auth", "b")] == [
        True,
        False,
        True,
    ]
    told = standing.tell("r", "slow", 0.0, 1.0)
    assert {one.labels: one.value for one in told} == {("r", "slow", "timeout"): 2, ("r", "slow", "auth"): 1}
    assert standing.good([], 1.0, 0.1), "back from a fault"
    assert not standing.good([], 2.0, 0.1)


def test_a_router_that_does_not_answer_is_asked_more_rarely() -> None:
    assert [pause_s(0.5, failed) for failed in range(7)] == [0.5, 1, 2, 4, 8, BACKOFF_MAX_S, BACKOFF_MAX_S]
    assert pause_s(0.5, 10**9) == BACKOFF_MAX_S, "also after months"
    assert [pause_s(15.0, failed) for failed in (0, 1, 9)] == [15.0] * 3
