"""Bookkeeping of RPM: totals are sums of what was recorded, whatever comes in which order."""

from __future__ import annotations

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.junos.backend.rpm_results import RECEIVED, TIMED_OUT, Results
from lab.junos.backend.rpm_settings import DEFAULT_LIMIT, RpmTest, Thresholds, dscp, probe_limit, rpm_tests

from .loading import data

RTT = st.one_of(st.none(), st.integers(1, 60_000_000))


def filled(rtts: list[int | None], count: int = 1, **sizes: int) -> Results:
    """Results of tests of `count` probes each, a probe a second."""
    results = Results(**sizes)
    for position, rtt in enumerate(rtts):
        if position % count == 0:
            results.begin_test()
        results.record(RECEIVED if rtt is not None else TIMED_OUT, float(position), position + 0.5, rtt)
        if position % count == count - 1:
            results.end_test(position + 0.5)
    return results


@given(st.lists(RTT, max_size=60), st.integers(1, 15))
def test_all_tests_together_count_every_probe_once(rtts: list[int | None], count: int) -> None:
    results, answered = filled(rtts, count), [rtt for rtt in rtts if rtt is not None]
    overall = results.overall
    assert (overall.sent, overall.received) == (len(rtts), len(answered))
    assert (overall.rtt.samples, overall.rtt.total) == (len(answered), sum(answered))
    if answered:
        assert (overall.rtt.minimum, overall.rtt.maximum) == (min(answered), max(answered))
        assert overall.rtt.stddev == pytest.approx(statistics.pstdev(answered), abs=1)
        assert overall.rtt.minimum <= overall.rtt.average <= overall.rtt.maximum
    jitters = [after - before for before, after in itertools.pairwise(answered)]
    assert overall.positive.samples == sum(jitter >= 0 for jitter in jitters)
    assert overall.negative.total == -sum(jitter for jitter in jitters if jitter < 0)


@given(st.lists(RTT, min_size=1, max_size=60), st.integers(1, 15))
def test_the_last_test_is_the_last_whole_one(rtts: list[int | None], count: int) -> None:
    results = filled(rtts, count)
    whole = len(rtts) // count
    if whole == 0:
        assert results.last is None
        return
    assert results.last is not None
    newest = rtts[(whole - 1) * count : whole * count]
    assert (results.last.sent, results.last.received) == (count, sum(rtt is not None for rtt in newest))


@given(st.lists(RTT, max_size=40), st.integers(0, 10), st.integers(0, 10))
def test_history_and_moving_average_keep_the_newest(rtts: list[int | None], history: int, moving: int) -> None:
    results = filled(rtts, history_size=history, moving_size=moving)
    assert [probe.rtt for probe in results.history] == (rtts[-history:] if history else [])
    found = results.moving()
    assert (found is None) == (moving == 0)
    if found is not None:
        assert found.sent == min(len(rtts), moving)


def test_nothing_changes_a_snapshot() -> None:
    results = filled([10, None], moving_size=5)
    copy = results.snapshot()
    results.record(RECEIVED, 9.0, 9.1, 70)
    moving = copy.moving()
    assert moving is not None
    assert (copy.overall.sent, copy.current.sent, len(copy.history), moving.sent) == (2, 1, 2, 2)
    assert (results.overall.sent, results.overall.rtt.maximum) == (3, 70)


def test_jitter_is_the_difference_to_the_answer_before_it_whatever_was_lost_between() -> None:
    results = filled([100, None, 260])
    assert results.single is not None
    assert (results.single.jitter, results.single.interarrival) == (160, 10)
    assert results.overall.loss == pytest.approx(100 / 3)


TEXT = """
services { rpm { probe backbone {
    test plain { probe-type icmp-ping; target address 192.0.2.1; }
    test six {
        probe-type icmp6-ping; target inet6-address 2001:db8::1; inet6-options source-address 2001:db8::2;
        probe-count 15; probe-interval 1; test-interval 0; history-size 9; moving-average-size 4; data-size 100;
        data-fill 00ff; ttl 3; dscp-code-points af41; thresholds { rtt 5000; total-loss 3; }
    }
} } }
"""


def test_defaults_are_those_of_a_router() -> None:
    plain, six = rpm_tests(data(TEXT))
    assert plain == RpmTest("backbone", "plain", "icmp-ping", "192.0.2.1", None, 1, 3, 1, 50, 0, 0)
    assert six == RpmTest(
        "backbone", "six", "icmp6-ping", "2001:db8::1", "2001:db8::2", 15, 1, 0, 9, 4, 100, b"\0\xff", 3, 34,
        Thresholds(rtt=5000, total_loss=3),
    )  # fmt: skip
    assert probe_limit(data(TEXT)) == DEFAULT_LIMIT
    assert probe_limit(data(TEXT, "set services rpm probe-limit 7")) == 7


@pytest.mark.parametrize(
    "text, value", [("be", 0), ("ef", 46), ("af11", 10), ("af43", 38), ("cs6", 48), ("101110", 46)]
)
def test_code_points_by_name_and_by_bits(text: str, value: int) -> None:
    assert dscp(text) == value


def test_an_unknown_code_point_has_no_value() -> None:
    assert dscp("af44") is None
