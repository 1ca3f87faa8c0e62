"""What a freeze was asked for, and which routers it missed: one frozen router freezes all, and a thaw needs all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.freeze import freeze_complaint, freeze_missed

SAY = (
    'Say -e freeze=true -e reason="why" [-e minutes=N] to keep automation from moving traffic, or -e freeze=false to '
    "let it go on."
)


@pytest.mark.parametrize(
    "freeze, minutes, says",
    [
        ("", "", f"freeze is not given. {SAY}"),
        (None, None, f"freeze is not given. {SAY}"),
        ("maybe", "", f"freeze is 'maybe': expected true or false. {SAY}"),
        ("true", "0", f"minutes is '0': expected a whole number, 1 to 999999. {SAY}"),
        ("true", 1.5, f"minutes is '1.5': expected a whole number, 1 to 999999. {SAY}"),
        (True, "an hour", f"minutes is 'an hour': expected a whole number, 1 to 999999. {SAY}"),
    ],
)
def test_arguments_that_say_nothing_are_told_what_to_say(freeze: Any, minutes: Any, says: str) -> None:
    assert freeze_complaint(freeze, minutes) == says


@pytest.mark.parametrize("freeze, minutes", [("true", ""), (True, 120), ("Yes", "5"), ("false", ""), (False, None)])
def test_arguments_that_say_what_to_do_are_fine(freeze: Any, minutes: Any) -> None:
    assert freeze_complaint(freeze, minutes) == ""


def report(stage: Any = None, confirm: Any = None) -> dict[str, Any]:
    named = {"reroute_stage": stage, "reroute_confirm": confirm}
    return {key: value for key, value in named.items() if value is not None}


KEPT = [
    report({"state": "staged"}, {"state": "confirmed"}),
    report({"state": "unchanged"}, {"skipped": True}),
    report({"state": "checked"}),
]
MISSED = [
    (report(), "not reached"),
    (report({"state": "failed", "failed": True, "msg": "r2: connection refused.\nmore"}), "r2: connection refused"),
    (report({"unreachable": True, "msg": "timed out"}), "timed out"),
    (report({"state": "refused", "message": "locked by ops"}), "locked by ops"),
    (report({"state": "staged"}), "staged and not confirmed: it takes it back by itself"),
    (report({"state": "staged"}, {"state": "failed", "message": "reply lost"}), "reply lost"),
]


@pytest.mark.parametrize("missed, why", MISSED)
def test_a_router_that_was_missed_is_told_with_its_reason(missed: dict[str, Any], why: str) -> None:
    reports = {"r1": KEPT[0], "r2": missed}
    frozen = freeze_missed(["r1", "r2"], reports, freezing=True)
    assert frozen == f"not frozen: r2 ({why}). Steering is frozen all the same, by the others."
    thawed = freeze_missed(["r1", "r2"], reports, freezing=False)
    assert thawed.startswith(f"not thawed: r2 ({why}). Steering stays frozen as long as")


def test_a_freeze_that_reached_nobody_is_none() -> None:
    assert freeze_missed(["r1", "r2"], {"r1": report()}, freezing=True) == (
        "not frozen: r1 (not reached); r2 (not reached). Nothing is frozen: automation goes on."
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=5), st.booleans())
def test_exactly_the_missed_are_named(routers: list[tuple[bool, int]], freezing: bool) -> None:
    names = [f"r{number}" for number in range(len(routers))]
    reports = {
        name: KEPT[kind % len(KEPT)] if kept else MISSED[kind][0]
        for name, (kept, kind) in zip(names, routers, strict=True)
    }
    told = freeze_missed(names, reports, freezing)
    assert [name for name in names if f"{name} (" in told] == [
        name for name, (kept, _kind) in zip(names, routers, strict=True) if not kept
    ]
    assert bool(told) == any(not kept for kept, _kind in routers)
