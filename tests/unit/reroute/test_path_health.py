"""Prometheus' answers as health: what cannot be trusted is neither sickness nor health."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.path_health import (
    WHAT,
    Bounds,
    healths,
    healthy_for,
    history_end,
    history_query,
    read_history,
    read_now,
    step_of,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import PathHealth

CLOCK = 1_800_000_000.0
LIMITS = Bounds(stale_s=10, skew_s=30, gap_s=10)
NORTH = {"backbone": "jkt-sby", "path": "north"}


def vector(*samples: tuple[dict[str, str], Any], clock: float | None = CLOCK) -> dict[str, Any]:
    told = [{"metric": labels, "value": [CLOCK, str(value)]} for labels, value in samples]
    if clock is not None:
        told.append({"metric": {WHAT: "now"}, "value": [CLOCK, str(clock)]})
    return {"status": "success", "data": {"resultType": "vector", "result": told}}


def north(age: float = 1.0, clock: float = CLOCK, **values: Any) -> dict[str, Any]:
    told = {"fresh": 1, "sick": 0, "loss": 0.001, "latency": 0.002, "rate": 80, **values}
    samples = [({**NORTH, WHAT: what}, value) for what, value in told.items() if value is not None]
    return vector(*samples, ({**NORTH, WHAT: "at"}, clock - age), clock=clock)


def matrix(points: dict[float, tuple[float | None, float | None]]) -> dict[str, Any]:
    """Past points by age in seconds: (sick, fresh)."""
    result: list[dict[str, Any]] = []
    for index, what in enumerate(("sick", "fresh")):
        values = [[CLOCK - age, str(told[index])] for age, told in sorted(points.items()) if told[index] is not None]
        metric: dict[str, str] = {**NORTH, WHAT: what}
        result.append({"metric": metric, "values": values})
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def health(now: Any, past: Any = None, horizon: float = 300) -> PathHealth:
    return healths(["jkt-sby/north"], read_now(now, CLOCK, LIMITS), past, LIMITS, horizon)["jkt-sby/north"]


def well_for(seconds: int, step: int = 5) -> dict[float, tuple[float | None, float | None]]:
    return {float(age): (0, 1) for age in range(0, seconds + 1, step)}


def test_a_path_that_is_measured_and_well() -> None:
    told = health(north(), matrix(well_for(200)))
    assert told == PathHealth("jkt-sby/north", True, False, 200.0, 0.001, 0.002, 80.0)


def test_a_path_that_is_sick_has_not_been_healthy() -> None:
    told = health(north(sick=1, loss=0.3), matrix(well_for(200)))
    assert (told.fresh, told.sick, told.healthy_s, told.loss) == (True, True, 0.0, 0.3)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(north(age=11), id="the newest sample is old"),
        pytest.param(north(age=-5), id="a sample from the future"),
        pytest.param(north(fresh=0), id="no probe sends"),
        pytest.param(north(fresh=None), id="nobody says it is fresh"),
        pytest.param(north(sick=None), id="nobody says whether it is sick"),
        pytest.param(north(clock=CLOCK - 31), id="an answer from a cache"),
        pytest.param(north(clock=CLOCK + 31), id="a clock that is ahead"),
        pytest.param(north(fresh="NaN"), id="no number"),
        pytest.param(vector(clock=None), id="no time"),
        pytest.param({"status": "error", "error": "query timed out"}, id="an error"),
        pytest.param(None, id="nothing"),
        pytest.param([1, 2], id="a list"),
        pytest.param({"status": "success", "data": {"result": [None, {}, {"metric": 3}]}}, id="odd series"),
    ],
)
def test_what_cannot_be_trusted_is_neither_sick_nor_healthy(now: Any) -> None:
    told = health(now, matrix(well_for(300)))
    assert (told.fresh, told.sick, told.healthy_s, told.loss) == (False, False, 0.0, None)


def test_a_clock_a_little_off_is_no_fault() -> None:
    assert health(north(clock=CLOCK + 29), matrix(well_for(100))).fresh


@pytest.mark.parametrize(
    "change, healthy",
    [
        ({}, 100),
        ({50.0: (1, 1)}, 45),
        ({50.0: (0, 0)}, 45),
        ({50.0: (None, 1)}, 45),
        ({0.0: (1, 1)}, 0),
        ({50.0: None}, 100),
        ({45.0: None, 50.0: None}, 40),
    ],
    ids=["never sick", "sick", "blind", "half a point", "sick now", "a short gap", "a long gap"],
)
def test_health_counts_back_to_the_last_sickness_or_gap(change: dict[float, Any], healthy: float) -> None:
    points = {age: change.get(age, told) for age, told in well_for(100).items()}
    told = matrix({age: point for age, point in points.items() if point is not None})
    assert healthy_for(read_history(told)["jkt-sby/north"], CLOCK, 10.0) == healthy


def test_an_old_past_is_none() -> None:
    """Prometheus was told to answer, and its rules stopped a minute ago."""
    old = {age + 60: told for age, told in well_for(200).items()}
    assert health(north(), matrix(old)).healthy_s == 0


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 60), st.tuples(st.sampled_from([0, 1]), st.sampled_from([0, 1])), max_size=40))
def test_no_path_is_called_healthy_across_a_moment_at_which_it_was_not(points: dict[int, tuple[int, int]]) -> None:
    told = {CLOCK - 5 * age: (float(sick), float(fresh)) for age, (sick, fresh) in points.items()}
    healthy = healthy_for(told, CLOCK, 10.0)
    bad = [CLOCK - when for when, (sick, fresh) in told.items() if sick or not fresh]
    assert all(healthy < age for age in bad) or healthy == 0
    assert healthy <= max((CLOCK - when for when in told), default=0)


@settings(deadline=None)
@given(st.floats(1, 90_000))
def test_the_past_is_asked_in_few_points_and_to_its_end(horizon: float) -> None:
    step = step_of(horizon)
    assert asked_s(horizon) >= horizon
    assert asked_s(horizon) / step <= 260


def asked_s(horizon: float) -> int:
    """The range that is asked for."""
    return int(history_query(horizon, LIMITS).rpartition("[")[2].partition("s:")[0])


def answer(horizon: float, ours: float, sick_at: float) -> dict[float, tuple[float | None, float | None]]:
    """What Prometheus tells of a path that was sick for one moment, and measured until now (CLOCK, its own clock): of
    whole steps, each by what was in it."""
    step, end = step_of(horizon), history_end(ours, horizon, LIMITS)
    points = range(int(-(-(end - asked_s(horizon)) // step) * step), end + 1, step)
    return {float(point): (float(point - step < sick_at <= point), 1.0) for point in points if point - step <= CLOCK}


@settings(deadline=None)
@given(st.floats(60, 90_000), st.floats(-30, 30), st.floats(0.001, 1))
def test_health_begins_after_the_last_sickness_however_coarse_the_past_is_asked(
    horizon: float, off: float, ago: float
) -> None:
    seconds, step = ago * (horizon - 30), step_of(horizon)
    healthy = healthy_for(answer(horizon, CLOCK + off, CLOCK - seconds), CLOCK, 2.0 * step)
    assert healthy <= seconds, "a moment in the step that is not over yet counts, too"
    assert healthy >= seconds - 2 * step


@settings(deadline=None)
@given(st.floats(60, 90_000), st.floats(-30, 30))
def test_a_path_that_was_never_sick_is_healthy_for_all_of_it(horizon: float, off: float) -> None:
    told = answer(horizon, CLOCK + off, 0.0)
    assert healthy_for(told, CLOCK, 2.0 * step_of(horizon)) >= horizon


JUNK = st.recursive(
    st.none() | st.integers() | st.text() | st.just("NaN"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["metric", "value", "values", "result", "data", "status"]), inner, max_size=4
    ),
)  # fmt: skip


@settings(deadline=None)
@given(JUNK, JUNK)
def test_no_answer_makes_it_raise(now: Any, past: Any) -> None:
    assert health(now, past).fresh is False
    wrapped = {"status": "success", "data": {"result": [now, past]}}
    assert health(wrapped, wrapped).healthy_s == 0
