"""The record of an upgrade: it survives the way to the router and back, and two runs do not work on one router."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.upgrade_record import (
    Holder,
    Record,
    claimed,
    contested,
    dumps,
    loads,
)

WORDS = st.text(min_size=1, max_size=20)
HOLDERS = st.builds(Holder, WORDS, WORDS, WORDS, WORDS, st.floats(0, 2e9))
RECORDS = st.builds(
    Record, WORDS, WORDS, WORDS, st.floats(0, 2e9), st.booleans(), HOLDERS, st.dictionaries(WORDS, st.integers())
)
RECORD = Record("upgraded", "24.4R1", "23.4R1", 1000.0, holder=Holder("a", "netops", "ctl", "7 99", 1000.0))
ME = Holder("b", "noc", "ctl", "8 99", 1060.0)


@given(RECORDS)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert loads(dumps(record)) == record


@given(RECORDS, st.data())
def test_half_a_record_is_none(record: Record, data: st.DataObject) -> None:
    text = dumps(record)
    assert loads(text[: data.draw(st.integers(0, len(text) - 2))]) is None


ODD_TIMES: tuple[Any, ...] = ("soon", None, -1.0, 1e300, float("nan"))


@pytest.mark.parametrize(
    "text",
    [None, "", "[]", "7", "{}", '{"schema": 2}', '{"schema": 1, "holder": {}}', '{"schema": 1, "holder": 7}',
     json.dumps({**json.loads(dumps(RECORD)), "more": 1}), json.dumps({**json.loads(dumps(RECORD)), "goal": 7}),
     json.dumps({**json.loads(dumps(RECORD)), "snapshot": [1]}),
     json.dumps({**json.loads(dumps(RECORD)), "since": "now"}),
     *(dumps(replace(RECORD, holder=replace(ME, at=at))) for at in ODD_TIMES)],
)  # fmt: skip
def test_what_is_no_record_is_none(text: str | None) -> None:
    assert loads(text) is None


def test_a_run_that_lives_keeps_others_away() -> None:
    assert contested(RECORD, ME, True, 900) == (
        "another run of netops on ctl is at work on it (last seen 60 s ago, 00:16:40 UTC), process 7: "
        "wait for it, or end it first"
    )


def test_what_a_record_says_does_not_move_the_cursor() -> None:
    record = replace(RECORD, holder=replace(RECORD.holder, by="\x1b[2Jnetops\n"))
    assert contested(record, ME, None, 900).startswith("another run of ?[2Jnetops  on ctl is at work on it")


def test_a_run_that_was_killed_does_not() -> None:
    assert contested(RECORD, ME, False, 900) == ""


def test_of_a_run_elsewhere_only_its_silence_is_known() -> None:
    assert "-e upgrade_takeover=true; by itself that happens 840 s from now" in contested(RECORD, ME, None, 900)
    assert contested(RECORD, replace(ME, at=1901.0), None, 900) == ""


@pytest.mark.parametrize("record", [None, claimed(RECORD, Holder()), claimed(RECORD, ME)])
def test_nobody_else_is_at_work(record: Record | None) -> None:
    assert contested(record, ME, True, 900) == ""
