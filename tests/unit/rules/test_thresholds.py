"""From how many lost packets on loss is no accident, and what the settings of a path may say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.loss_thresholds import (
    ALPHA,
    ALPHA_INTERVALS,
    Loss,
    interval_count,
    poisson_count,
    thresholds,
)
from ansible_collections.fairway.backbone.plugins.module_utils.path_detectors import (
    DetectorError,
    path_detectors,
)

EVERY = {"smokeping": 0.5, "rpm": 1.0}


def probe(path: str = "north", prober: str = "smokeping", interval: float = 0.1) -> dict[str, Any]:
    """One line of a probe plan."""
    return {"kind": "path", "backbone": "jkt-sby", "path": path, "prober": prober, "interval": interval}


def detectors(settings: Any = None, defaults: Any = None, plan: Any = None) -> list[dict[str, Any]]:
    """Of the path jkt-sby/north with settings of its own."""
    overrides = {} if settings is None else {"jkt-sby/north": settings}
    return path_detectors(["jkt-sby/north"], [probe()] if plan is None else plan, defaults or {}, overrides, EVERY)


@pytest.mark.parametrize(
    "rate, window, count", [(10, 5, 5), (10, 30, 8), (10, 120, 13), (50, 5, 8), (50, 30, 14)], ids=str
)
def test_counts_of_independent_loss_are_the_published_ones(rate: int, window: int, count: int) -> None:
    assert poisson_count(rate * window * 0.001) == count


@given(st.floats(1e-6, 50), st.floats(1e-12, 0.1))
def test_a_poisson_count_grows_with_the_mean_and_with_caution(mean: float, alpha: float) -> None:
    assert poisson_count(mean, alpha) <= poisson_count(mean * 1.5, alpha)
    assert poisson_count(mean, alpha) <= poisson_count(mean, alpha / 10)
    assert poisson_count(mean, alpha) >= mean


@given(st.integers(1, 240), st.floats(1e-6, 0.5))
def test_lossy_intervals_are_counted_up_to_one_more_than_there_are(slots: int, chance: float) -> None:
    count = interval_count(slots, chance)
    assert 1 <= count <= slots + 1
    assert count >= interval_count(slots, chance / 2)


@given(st.floats(0.2, 200), st.sampled_from([0.2, 0.5, 1.0, 2.0, 5.0]), st.floats(1e-5, 0.05), st.floats(1, 10))
def test_every_detector_can_be_reached_by_loss_and_not_by_one_interval(
    rate: float, interval: float, p0: float, burst: float
) -> None:
    for one in thresholds(rate, interval, Loss(p0, burst)):
        assert 2 <= one.intervals <= round(one.window / interval)
        assert one.intervals <= one.lost <= rate * one.window / 2


@given(st.floats(1, 200), st.floats(1e-5, 0.02), st.floats(1, 5))
def test_a_path_that_loses_more_on_a_good_day_needs_more_for_an_alert(rate: float, p0: float, burst: float) -> None:
    def counts(clean: Loss) -> dict[int, tuple[int, int]]:
        return {one.window: (one.lost, one.intervals) for one in thresholds(rate, 0.5, clean)}

    usual = counts(Loss(p0, burst))
    for dirtier in (counts(Loss(p0 * 2, burst)), counts(Loss(p0, burst + 1))):
        for window, (lost, intervals) in dirtier.items():
            assert (lost, intervals) >= usual[window]


def test_chances_are_what_the_documentation_says() -> None:
    assert pytest.approx(1e5, rel=0.1) == 1 / ALPHA / 3600, "one in 10^5 hours at an evaluation a second"
    assert ALPHA_INTERVALS == 2e-7


def test_a_path_has_its_own_settings_before_those_of_all() -> None:
    (found,) = detectors({"jitter": 0.2}, {"jitter": 0.1, "latency_action": "notify"})
    assert (found["jitter"], found["latency_action"], found["loss_action"]) == (0.2, "notify", "reroute")
    assert (found["backbone"], found["path"]) == ("jkt-sby", "north")


def test_counts_of_ones_own_replace_the_computed_ones_of_that_window_only() -> None:
    (found,) = detectors({"loss_counts": {"smokeping": {5: {"lost": 20, "intervals": 8}}}})
    assert found["loss"][0] == {"window": 5, "probers": [{"prober": "smokeping", "lost": 20, "intervals": 8}]}
    assert found["loss"][1:] == detectors()[0]["loss"][1:]


def test_each_prober_has_counts_of_its_own_rate() -> None:
    (found,) = detectors(plan=[probe(), probe(prober="rpm", interval=1)])
    half_minute = {
        one["prober"]: one["lost"] for loss in found["loss"] if loss["window"] == 30 for one in loss["probers"]
    }
    assert half_minute == {"rpm": 7, "smokeping": 10}


def test_a_path_that_nobody_measures_has_no_loss_detector() -> None:
    assert detectors(plan=[])[0]["loss"] == []


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(DetectorError) as caught:
        path_detectors(
            ["jkt-sby/north"],
            [],
            {"p0": 2, "jiter": 1},
            {
                "jkt-sby/east": {},
                "jkt-sby/north": {
                    "loss_action": "reboot",
                    "latency_expected": "18ms",
                    "rate_high": {"rising": 600, "falling": 800},
                    "rate_low": {"rising": 600},
                    "loss_counts": {"smokeping": {7: {"lost": 1, "intervals": 1}, 5: {"lost": 1.5, "intervals": 1}}},
                },
            },
            EVERY,
        )
    where = "prometheus_paths['jkt-sby/north']"
    known = (
        "p0, burst, loss_counts, loss_action, latency_expected, latency_ratio, latency_margin, latency_action, jitter, "
        "jitter_action, rate_high, rate_high_action, rate_low, rate_low_action"
    )
    counts = "expected whole numbers, lost and intervals"
    assert str(caught.value).splitlines() == [
        f"prometheus_path_defaults: unknown setting 'jiter'; there are {known}",
        "prometheus_path_defaults.p0 is 2: expected a number from 1e-06 to 0.2",
        "prometheus_paths['jkt-sby/east']: there is no such path; there are jkt-sby/north",
        f"{where}.loss_action is 'reboot': expected reroute, notify, none",
        f"{where}.latency_expected is '18ms': expected a number from 1e-06 to 10",
        f"{where}.rate_high: falling is above rising; between the two nothing changes",
        f"{where}.rate_low is {{'rising': 600}}: expected rising and falling, in Mbit/s",
        f"{where}.loss_counts.smokeping: no window '7'; there are 2, 3, 5, 30, 120",
        f"{where}.loss_counts.smokeping.5 is {{'lost': 1.5, 'intervals': 1}}: {counts}",
    ]
