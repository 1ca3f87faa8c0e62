"""Soak and deadline, over time."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.health_soak import Sample, judge, pause

SOAK, DEADLINE = 10.0, 60.0


def samples(text: str, every: float = 2.0) -> list[Sample]:
    """`+` healthy, `-` not: one look every `every` seconds from 0 on."""
    return [Sample(i * every, sign == "+", "" if sign == "+" else "bgp is down") for i, sign in enumerate(text)]


@pytest.mark.parametrize(
    "text, verdict",
    [
        ("", "continue"),
        ("+", "continue"),
        ("+++++", "continue"),
        ("++++++", "good"),
        ("---++++++", "good"),
        ("+++-++++", "continue"),
        ("-" * 25, "continue"),
        ("-" * 26, "bad"),
        ("-" * 25 + "+" * 6, "good"),
        ("-" * 26 + "+", "bad"),
        ("+-" * 13 + "-", "bad"),
    ],
)
def test_verdicts(text: str, verdict: str) -> None:
    assert judge(samples(text), 0.0, SOAK, DEADLINE).verdict == verdict


def test_the_reason_names_what_was_wrong() -> None:
    assert "bgp is down" in judge(samples("-" * 27), 0.0, SOAK, DEADLINE).reason
    assert "bgp is down" in judge(samples("-" * 26 + "+"), 0.0, SOAK, DEADLINE).reason


@pytest.mark.parametrize("up, verdict", [(True, "good"), (False, "bad")])
def test_a_single_look_decides_when_there_is_no_time(up: bool, verdict: str) -> None:
    assert judge([Sample(0.4, up)], 0.0, 0.0, 0.0).verdict == verdict


runs = st.lists(st.booleans(), min_size=1, max_size=40)


@given(runs, st.floats(0.1, 5.0), st.floats(0.0, 20.0), st.floats(0.0, 60.0))
def test_every_router_gets_a_verdict_by_the_deadline(
    run: list[bool], every: float, soak: float, deadline: float
) -> None:
    assume(soak <= deadline)
    looks = [Sample(i * every, up) for i, up in enumerate(run)]
    if looks[-1].at > deadline:
        assert judge(looks, 0.0, soak, deadline).verdict != "continue"


@given(runs, st.integers(0, 39))
def test_an_unhealthy_look_never_helps(run: list[bool], at: int) -> None:
    worse = [up and i != at for i, up in enumerate(run)]
    looks, fewer = ([Sample(i * 2.0, up) for i, up in enumerate(signs)] for signs in (run, worse))
    if judge(fewer, 0.0, SOAK, DEADLINE).verdict == "good":
        assert judge(looks, 0.0, SOAK, DEADLINE).verdict == "good"


@given(runs)
def test_good_means_that_the_last_looks_were_all_good(run: list[bool]) -> None:
    looks = [Sample(i * 2.0, up) for i, up in enumerate(run)]
    if judge(looks, 0.0, SOAK, DEADLINE).verdict == "good":
        assert all(look.healthy for look in looks if look.at >= looks[-1].at - SOAK)


@given(runs, st.floats(0.1, 10.0))
def test_one_never_waits_past_the_moment_of_the_verdict(run: list[bool], interval: float) -> None:
    looks = [Sample(i * 2.0, up) for i, up in enumerate(run)]
    assert 0.05 <= pause(looks, 0.0, SOAK, DEADLINE, interval) <= max(interval, 0.05)
