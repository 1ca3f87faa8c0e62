"""The batch's decisions: one bad router takes every router back, and silence is never taken for consent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.batch import batch_verdict, epitaph

STAGED = {"state": "staged"}
GOOD = {"healthy": True}
CONFIRMED = {"state": "confirmed"}
LATE = {"failed": True, "msg": "timer ran out"}
UNCHANGED = {"state": "unchanged"}
FAILED = {"state": "failed", "failed": True}


def report(stage: Any = None, proof: Any = None, confirm: Any = None) -> dict[str, Any]:
    named = {"change_stage": stage, "change_proof": proof, "change_confirm": confirm}
    return {key: value for key, value in named.items() if value is not None}


def test_a_refusal_takes_the_batch_back_before_anything_is_proven() -> None:
    reports = {"r1": report(STAGED), "r2": report({"state": "refused", "message": "locked by ops", "failed": True})}
    decided = batch_verdict("staged", ["r1", "r2"], reports)
    assert decided.action == "revert"
    assert decided.revert == ("r1",)
    assert dict(decided.reasons) == {"r2": "locked by ops"}


def test_a_router_that_left_the_run_counts_against_the_batch() -> None:
    decided = batch_verdict("staged", ["r1", "r2"], {"r1": report(STAGED)})
    assert decided.action == "revert"
    assert set(decided.revert) == {"r1", "r2"}, "nobody knows what r2 did: it is told to revert too"


def test_sick_probes_take_the_batch_back_whatever_the_routers_say() -> None:
    sick = {"healthy": False, "message": "path jkt-sby/south is sick"}
    reports = {name: {**report(STAGED, GOOD), "change_probed": sick} for name in ("r1", "r2")}
    decided = batch_verdict("proven", ["r1", "r2"], reports)
    assert decided.revert == ("r1", "r2")
    assert dict(decided.reasons)["r1"] == "path jkt-sby/south is sick"


@pytest.mark.parametrize("probed", [{"healthy": True}, {"skipped": True}])
def test_probes_that_are_well_or_were_not_asked_leave_the_word_to_the_routers(probed: dict[str, Any]) -> None:
    decided = batch_verdict("proven", ["r1"], {"r1": {**report(STAGED, GOOD), "change_probed": probed}})
    assert decided.confirm == ("r1",)
    late = batch_verdict("proven", ["r1"], {"r1": {**report(STAGED, LATE), "change_probed": probed}})
    assert late.revert == ("r1",)


def test_nothing_staged_is_nothing_to_prove() -> None:
    assert batch_verdict("staged", ["r1"], {"r1": report({"state": "unchanged"})}).action == "nothing"


def test_an_unchanged_router_that_got_worse_speaks_against_the_change_of_its_neighbour() -> None:
    reports = {
        "r1": report(STAGED, GOOD),
        "r2": report({"state": "unchanged"}, {"healthy": False, "msg": "r2: lost 192.0.2.1"}),
    }
    decided = batch_verdict("proven", ["r1", "r2"], reports)
    assert (decided.action, decided.revert) == ("revert", ("r1",))


def test_one_router_that_does_not_confirm_takes_back_the_confirmed_ones_too() -> None:
    reports = {
        "r1": report(STAGED, GOOD, CONFIRMED),
        "r2": report(STAGED, GOOD, {"failed": True, "msg": "timer ran out"}),
    }
    decided = batch_verdict("confirmed", ["r1", "r2"], reports)
    assert (decided.action, decided.revert) == ("revert", ("r1", "r2"))
    assert epitaph(decided.as_dict(), "r2") == "r2: timer ran out"
    assert epitaph(decided.as_dict(), "r1") == "r1: taken back with its batch, because of r2: timer ran out"


def test_an_unknown_phase_is_an_error() -> None:
    with pytest.raises(ValueError, match="phase 'later': expected one of staged, proven, confirmed"):
        batch_verdict("later", [], {})


stages = st.sampled_from(
    [
        None,
        STAGED,
        {"state": "unchanged"},
        {"state": "refused"},
        {"state": "failed", "failed": True},
        {"state": "unknown"},
    ]
)
proofs = st.sampled_from([None, GOOD, {"healthy": False}, {"failed": True}, {"skipped": True}])


@given(st.lists(st.tuples(stages, proofs), min_size=1, max_size=6))
def test_confirm_needs_every_router(batch: list[tuple[Any, Any]]) -> None:
    names = [f"r{n}" for n in range(len(batch))]
    reports = {name: report(*parts) for name, parts in zip(names, batch, strict=True)}
    decided = batch_verdict("proven", names, reports)
    all_good = all(
        (stage == STAGED and proof == GOOD)
        or (stage == {"state": "unchanged"} and proof in (None, GOOD, {"skipped": True}))
        for stage, proof in batch
    )
    some_staged = any(stage == STAGED for stage, _ in batch)
    assert (decided.action == "confirm") == (all_good and some_staged)
    for name, (stage, _) in zip(names, batch, strict=True):
        if stage == STAGED:
            assert name in decided.confirm or name in decided.revert, "a staged router is never left without a word"


@given(st.lists(st.sampled_from([None, CONFIRMED, {"failed": True, "msg": "late"}]), min_size=1, max_size=6))
def test_after_confirming_it_is_all_or_none(confirms: list[Any]) -> None:
    names = [f"r{n}" for n in range(len(confirms))]
    reports = {name: report(STAGED, GOOD, confirm) for name, confirm in zip(names, confirms, strict=True)}
    decided = batch_verdict("confirmed", names, reports)
    assert decided.revert == (() if all(c == CONFIRMED for c in confirms) else tuple(names))
