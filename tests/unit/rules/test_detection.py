"""How soon loss is an alert, and what clean traffic is not, by replaying counters through the role's rules."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from bench.detection import BURST, P0, alarms, bound, onsets, quiet
from bench.replay import Source, clean, counters, dense

INTERVAL = 0.5
DAY_S = 86400


@pytest.mark.parametrize(
    "rate, p1, reference_s",
    [(10, 0.30, 1.5), (10, 0.05, 14.9), (10, 0.01, 156.0), (50, 0.05, 3.2), (50, 0.01, 33.6)],
)
def test_the_bound_is_the_published_one(rate: int, p1: float, reference_s: float) -> None:
    assert bound(rate, p1) == pytest.approx(reference_s, rel=0.02)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("rate", [10, 50])
@pytest.mark.parametrize("p1, seeds", [(0.30, 25), (0.05, 15), (0.01, 7)])
def test_loss_is_an_alert_within_twice_the_bound(rate: int, p1: float, seeds: int, tmp_path: Path) -> None:
    found = onsets(tmp_path, rate, p1, seeds, INTERVAL)
    assert found.good, found
    assert found.missed == 0, found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("rate", [10, 50])
def test_a_day_of_clean_traffic_with_bursts_is_no_alert(rate: int, tmp_path: Path) -> None:
    """Every stretch in which any detector could be on is replayed; the rest of the day cannot reach a threshold."""
    found = quiet(tmp_path, rate, 1, INTERVAL)
    assert found.stretches > 0, "a day with bursts has stretches that are nearly loss"
    assert found.alarms == 0, found


@pytest.mark.parametrize("rate", [10, 50])
def test_clean_traffic_loses_what_was_meant(rate: int) -> None:
    lost = list(clean(10**6, P0, BURST, random.Random(rate)))
    runs = sum(one and not before for before, one in itertools.pairwise([False, *lost]))
    assert sum(lost) / len(lost) == pytest.approx(P0, rel=0.1)
    assert sum(lost) / runs == pytest.approx(BURST, rel=0.1)


def test_loss_that_lasts_is_seen_by_the_same_replay(tmp_path: Path) -> None:
    """The day's test can fail: with loss in it there is an alarm."""
    count = 160 * 10
    lost = [120 * 10 <= number < 130 * 10 and number % 3 == 0 for number in range(count)]
    assert alarms(tmp_path, 10, [counters("clean", lost, 5)], INTERVAL, 160) >= 1


def test_dense_stretches_hold_what_a_detector_needs() -> None:
    sent = list(range(0, 5 * 1000, 5))
    received = [one - 6 * (index >= 500) for index, one in enumerate(sent)]
    (stretch,) = dense(Source("p", sent, received), {5: 6, 30: 8}, INTERVAL)
    assert stretch.sent[0] == stretch.received[0] == 0
    assert max(a - b for a, b in zip(stretch.sent, stretch.received, strict=True)) == 6
    assert dense(Source("p", sent, received), {5: 7}, INTERVAL) == []
