"""When a fast look begins: bounds that hold whatever scrapes come, and the age of what a regular scrape tells."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.metrics_schedule import (
    LOOKS_KEPT,
    MARGIN_S,
    SCRAPES_KEPT,
    Look,
    next_look,
    trains,
    usual,
)

CLOSE = 1e-6
BEGIN = 1000.0

INTERVALS = st.sampled_from([0.2, 0.5, 1.0, 2.0, 15.0])
# Gaps between scrapes and durations of looks, in intervals; the gaps that a schedule could fall for among them.
GAPS = st.one_of(st.sampled_from([0.0, 0.01, 0.5, 0.6, 0.98, 1.0, 1.6, 2.0]), st.floats(0, 4))
DURATIONS = st.one_of(st.floats(0, 0.3), st.floats(0, 3))


def looks(scrapes: list[float], took: list[float], interval: float) -> list[Look]:
    """A look for each duration, each begun when the one before it says, with what was scraped by then. Seconds."""
    done: list[Look] = []
    at = BEGIN
    for each in took:
        done.append(Look(at, each))
        now = at + each
        known = [one for one in scrapes if one <= now][-SCRAPES_KEPT:]
        at = next_look(known, done[-LOOKS_KEPT:], interval, now)
    return done


def every(period: float, until: float, phase: float = 0.0) -> list[float]:
    """Scrapes from `BEGIN + phase` for `until` seconds."""
    return [BEGIN + phase + period * count for count in range(int(until / period))]


def ages(scrapes: list[float], done: list[Look]) -> Iterator[float]:
    """For each scrape, the seconds since the newest look that had ended."""
    for at in scrapes:
        ends = [look.began + look.took for look in done if look.began + look.took <= at]
        if ends and at < done[-1].began:
            yield at - ends[-1]


@given(INTERVALS, st.lists(GAPS, max_size=60), st.lists(DURATIONS, min_size=2, max_size=40))
def test_whatever_is_scraped_the_period_is_the_intervals(interval: float, gaps: list[float], took: list[float]) -> None:
    """Also when somebody scrapes to disturb: half an interval to one and a half apart, and on average not too often."""
    scrapes = [BEGIN + interval * passed for passed in itertools.accumulate(gaps)]
    done = looks(scrapes, [each * interval for each in took], interval)
    for before, after in itertools.pairwise(done):
        apart = after.began - before.began
        assert apart >= max(before.took, interval / 2) - CLOSE
        assert apart <= max(before.took, interval * 1.5) + CLOSE
    for first, last in itertools.combinations(range(len(done)), 2):
        count = last - first
        ahead = 1 + count // LOOKS_KEPT
        assert done[last].began - done[first].began >= (count - ahead) * interval - CLOSE


def test_scrapes_that_come_earlier_again_and_again_do_not_hurry_the_looks() -> None:
    """Four in a rhythm make a train; then they come 0.45 s earlier, and so on: followed, that is a look in 0.89 s."""
    gaps = itertools.cycle([1.0, 1.0, 1.0, 0.55])
    scrapes = [BEGIN + at for at in itertools.accumulate(itertools.islice(gaps, 200))]
    done = looks(scrapes, [0.1] * 150, 1.0)
    assert done[-1].began - done[0].began >= 0.93 * (len(done) - 1)
    for first, last in itertools.pairwise(done[:: LOOKS_KEPT - 1]):
        assert last.began - first.began >= LOOKS_KEPT - 2 - CLOSE


@given(INTERVALS, st.lists(st.floats(2.2, 20), max_size=20), st.lists(DURATIONS, min_size=2, max_size=30))
def test_rare_scrapes_leave_the_plain_interval(interval: float, gaps: list[float], took: list[float]) -> None:
    scrapes = [BEGIN + interval * passed for passed in itertools.accumulate(gaps)]
    done = looks(scrapes, [each * interval for each in took], interval)
    for before, after in itertools.pairwise(done):
        assert after.began - before.began == pytest.approx(max(before.took, interval))


@pytest.mark.parametrize("period", [0.75, 0.9, 1.1, 1.25, 1.3, 1.7, 3, 15])
def test_scrapes_of_another_period_leave_the_plain_interval(period: float) -> None:
    """Who scrapes every 0.9 s must not make the exporter ask every 0.9 s."""
    done = looks(every(period, 60), [0.1] * 60, 1.0)
    assert {round(after.began - before.began, 6) for before, after in itertools.pairwise(done)} == {1.0}


@given(
    st.sampled_from([0.5, 1.0, 2.0, 5.0]), st.sampled_from([0.5, 1.0, 2.0]), st.floats(-0.003, 0.003),
    st.floats(0, 1), st.floats(0.02, 0.6), st.integers(),
)  # fmt: skip
def test_a_regular_scrape_is_told_of_a_look_that_has_just_ended(
    interval: float, ratio: float, off: float, phase: float, duration: float, seed: int
) -> None:
    """From the twelfth interval on, with everything that varies within the margin: never a whole interval old."""
    noise = random.Random(seed)
    margin = min(MARGIN_S, interval / 10)
    period = ratio * interval + off * margin
    exact = every(period, 40 * interval, phase * interval)
    scrapes = [at + noise.uniform(-0.2, 0.2) * margin for at in exact]
    took = [duration * interval + noise.uniform(0, 0.2) * margin for _ in range(45)]
    took[0] = 1.4 * interval  # it connects
    done = looks(scrapes, took, interval)
    late = [at for at in scrapes if at > BEGIN + 13 * interval]
    # Of two scrapes in an interval, one is aimed at. Which one that is stays so.
    best = [list(ages(late[place :: round(1 / ratio) or 1], done)) for place in range(round(1 / ratio) or 1)]
    assert max(min(best, key=max)) <= 2.5 * margin
    apart = [after.began - before.began for before, after in itertools.pairwise(done[15:])]
    assert sum(apart) / len(apart) == pytest.approx(interval, rel=0.02), "the phase is shifted, the period is not"


@given(st.floats(0, 1), st.integers())
def test_jitter_beyond_the_margin_makes_some_scrapes_older_and_not_most(phase: float, seed: int) -> None:
    noise = random.Random(seed)
    scrapes = sorted(at + noise.gauss(0, 0.02) for at in every(1.0, 80, phase))
    took = [noise.choice([0.1, 0.12, 0.15, 0.2]) for _ in range(90)]
    seen = list(ages(scrapes[15:], looks(scrapes, took, 1.0)))
    assert median(seen) < 0.25
    assert sum(seen) / len(seen) < 0.4


@given(st.floats(0.1, 0.9), st.floats(0, 1), st.integers())
def test_of_two_servers_one_is_aimed_at_all_the_time(apart: float, phase: float, seed: int) -> None:
    noise = random.Random(seed)
    one, other = ([at + noise.uniform(-0.01, 0.01) for at in every(1.0, 60, phase + by)] for by in (0, apart))
    done = looks(sorted(one + other), [0.1] * 65, 1.0)
    assert min(max(ages(scrapes[10:], done)) for scrapes in (one, other)) < 0.15
    for before, after in itertools.pairwise(done[10:55]):
        assert after.began - before.began == pytest.approx(1.0, abs=0.05)


def test_a_missed_scrape_and_scrapes_by_hand_change_nothing() -> None:
    scrapes = every(1.0, 60, 0.7)
    del scrapes[30]
    by_hand = [BEGIN + at for at in (20.31, 20.69, 35.2, 35.6, 41.0)]
    done = looks(sorted(scrapes + by_hand), [0.1] * 60, 1.0)
    assert max(ages(scrapes[6:], done)) < 0.1


def test_when_scrapes_end_the_schedule_goes_on_as_it_was() -> None:
    done = looks(every(1.0, 20, 0.7), [0.1] * 60, 1.0)
    assert {round((look.began - BEGIN) % 1, 6) for look in done[8:]} == {round(0.7 - 0.1 - MARGIN_S, 6)}


def test_looks_that_fill_the_interval_follow_each_other() -> None:
    done = looks(every(1.0, 60, 0.3), [0.98] * 50, 1.0)
    assert {round(after.began - before.began, 6) for before, after in itertools.pairwise(done)} == {1.0}


def test_the_look_that_connected_is_not_usual() -> None:
    assert usual([Look(0, 1.5)]) == 1.5
    assert usual([Look(0, 1.5), Look(2, 0.1)]) == 0.1
    assert usual([Look(at, took) for at, took in enumerate([1.5, 0.1, 0.2, 0.1, 0.1, 0.15, 0.1, 0.1])]) == 0.2


def test_a_train_needs_four_scrapes_without_long_gaps() -> None:
    assert trains([1, 2, 3], 1.0, 3.5) == []
    assert trains([1, 2, 3, 3.01, 3.02], 1.0, 3.5) == [], "scrapes of one beat count once"
    assert {round(at % 1, 6) for at in trains([1, 2, 3, 4], 1.0, 4.5)} == {0.0}
    assert trains([1, 2, 3, 4], 1.0, 6.5) == [], "it has ended"
    assert trains([1, 2, 5, 6], 1.0, 6.5) == []
    assert [round(at % 1, 6) for at in trains([0.98, 2.01, 3, 4], 1.0, 4.5)] == [0.98] * 2
