"""Damping after RFC 2439."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils import damping as module
from ansible_collections.fairway.backbone.plugins.module_utils.damping import PENALTY, Damping, ceiling
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import DampingLimits

LIMITS = DampingLimits()
SUPPRESS, REUSE = LIMITS.suppress, LIMITS.reuse
CHANGES = st.lists(st.floats(0.0, 20000.0), max_size=40)


def damping(changes: list[float], now: float, limits: DampingLimits = LIMITS) -> Damping:
    return module.damping(changes, now, limits)


def test_the_numbers_are_those_of_the_design() -> None:
    assert (LIMITS.half_life_s, SUPPRESS, REUSE, LIMITS.max_suppress_s) == (900.0, 3000.0, 750.0, 3600.0)
    assert ceiling(LIMITS) == 12000.0


def test_one_change_costs_a_penalty_that_halves_in_fifteen_minutes() -> None:
    assert damping([1000.0], 1000.0).penalty == PENALTY
    assert damping([1000.0], 1900.0).penalty == pytest.approx(500.0)


def test_a_network_may_forget_sooner() -> None:
    soon = DampingLimits(half_life_s=15.0, max_suppress_s=60.0)
    assert damping([0.0, 0.0, 0.0], 0.0, soon).reuse_in_s == pytest.approx(30.0)
    assert not damping([0.0, 0.0, 0.0], 31.0, soon).suppressed


def test_three_changes_at_once_suppress_until_reuse_and_no_longer() -> None:
    """3000 decays to 750 in two half-lives."""
    assert damping([0.0, 0.0, 0.0], 0.0).suppressed
    assert damping([0.0, 0.0, 0.0], 0.0).reuse_in_s == pytest.approx(1800.0)
    assert damping([0.0, 0.0, 0.0], 1799.0).suppressed
    assert not damping([0.0, 0.0, 0.0], 1801.0).suppressed


def test_what_was_not_suppressed_is_not_although_its_penalty_is_above_reuse() -> None:
    assert damping([0.0, 100.0], 100.0).penalty > REUSE
    assert not damping([0.0, 100.0], 100.0).suppressed


def test_a_change_that_is_dated_in_the_future_counts_now() -> None:
    assert damping([5000.0], 100.0) == damping([100.0], 100.0)


@given(CHANGES, st.floats(0.0, 30000.0))
def test_suppression_ends_when_it_says_and_at_the_latest_after_the_maximum(changes: list[float], now: float) -> None:
    state = damping(changes, now)
    assert 0.0 <= state.penalty <= ceiling(LIMITS) + 1e-6
    assert state.suppressed == (state.reuse_in_s > 0.0)
    assert state.reuse_in_s <= LIMITS.max_suppress_s + 1.0
    if state.suppressed:
        past = [change for change in changes if change <= now]
        future = [now for change in changes if change > now]
        assert not damping(past + future, now + state.reuse_in_s + 0.01).suppressed
        if state.reuse_in_s > 1.0:
            assert damping(past + future, now + state.reuse_in_s * 0.99).suppressed


@given(CHANGES, st.randoms(use_true_random=False))
def test_the_order_in_which_changes_are_read_does_not_matter(changes: list[float], chance: object) -> None:
    mixed = list(changes)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert damping(mixed, 20000.0) == damping(changes, 20000.0)


@given(CHANGES, st.floats(0.0, 20000.0))
def test_one_more_change_never_lowers_the_penalty(changes: list[float], more: float) -> None:
    assert damping([*changes, more], 20000.0).penalty >= damping(changes, 20000.0).penalty - 1e-6
