"""What an answer means, and which approval opens which gate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.gate import (
    ABORT,
    CLOCKS_APART_S,
    GO_ON,
    Gate,
    approval,
    nobody,
    question,
    refusal,
    spell,
    understand,
)

GATE = Gate("upgrade", "jkt-r1", "drain", ("12 checks passed",), True, "jkt-r1 reboots.", "It stays drained.")
ASKED = 1_795_269_600.0  # 2026-11-21T14:00:00Z
DAY = 86_400.0
gates = st.builds(
    Gate, st.text(), st.text(), st.text(), st.lists(st.text()).map(tuple), st.booleans(), st.text(), st.text(),
    st.one_of(st.text(), st.dictionaries(st.text(), st.integers())),
)  # fmt: skip


@given(st.text() | st.just("fan\x1b[2J\x1b[1;1Hfine\r"))
def test_a_router_s_words_cannot_change_what_else_is_on_the_screen(words: str) -> None:
    """No text of an alarm can move the cursor to the verdict, or take a line away."""
    lines = question(replace(GATE, found=(words,), passed=False))
    assert all(line.isprintable() for line in lines)
    assert lines[-2:] == ["  NOT all is as it should be.", "  Next: jkt-r1 reboots."]


@given(gates, st.floats(0, DAY))
def test_an_approval_opens_the_gate_it_was_asked_for(gate: Gate, later: float) -> None:
    given_then = gate.identifier(ASKED)
    assert approval(gate, ["upgrade-of-another", given_then], ASKED + later, DAY).identifier == given_then


@given(gates, gates, st.floats(-CLOCKS_APART_S, DAY))
def test_an_approval_opens_no_gate_that_asks_anything_else(one: Gate, other: Gate, later: float) -> None:
    def asked(gate: Gate) -> tuple[Any, ...]:
        about = gate.subject or (gate.found, gate.next)
        return gate.runbook, gate.router, gate.name, gate.passed, about

    opened = approval(other, [one.identifier(ASKED)], ASKED + later, DAY).identifier
    assert bool(opened) == (asked(one) == asked(other))


@pytest.mark.parametrize(
    "changed",
    [
        {"found": ("11 checks passed",)},
        {"passed": False},
        {"next": "jkt-r1 is wiped."},
        {"subject": {"version": "24.4R1"}},
    ],
)
def test_why_an_approval_for_the_same_gate_does_not_fit(changed: dict[str, Any]) -> None:
    found = approval(replace(GATE, **changed), [GATE.identifier(ASKED)], ASKED, DAY)
    assert found.identifier == ""
    (complaint,) = found.complaints
    assert complaint.startswith("upgrade-jkt-r1-drain-20261121T140000Z-")
    assert "it is for something else" in complaint


def test_a_subject_stands_for_lines_with_numbers_that_change() -> None:
    one = replace(GATE, subject={"version": "24.4R1", "failed": []})
    other = replace(one, found=("rate 812 kbit/s",), next="in 3 minutes, jkt-r1 reboots.")
    assert approval(other, [one.identifier(ASKED)], ASKED, DAY).identifier


def test_an_approval_wears_off_and_none_is_from_tomorrow() -> None:
    given_then = [GATE.identifier(ASKED)]
    assert approval(GATE, given_then, ASKED + DAY, DAY).identifier
    assert approval(GATE, given_then, ASKED + 3 * DAY, DAY).complaints == (
        f"{given_then[0]}: it was asked for 3 days ago, and holds for 24 h",
    )
    assert approval(GATE, given_then, ASKED - 60, DAY).identifier
    assert "the clocks of the controllers differ" in approval(GATE, given_then, ASKED - 3600, DAY).complaints[0]


def test_a_time_cannot_be_written_into_an_old_approval() -> None:
    newer = GATE.identifier(ASKED).replace("20261121T140000Z", "20261128T140000Z")
    assert "it is for something else" in approval(GATE, [newer], ASKED + 7 * DAY, DAY).complaints[0]
    nonsense = GATE.identifier(ASKED).replace("20261121T140000Z", "20269921T140000Z")
    assert "its time is none" in approval(GATE, [nonsense], ASKED, DAY).complaints[0]


def test_other_routers_approvals_are_not_complained_about_and_nonsense_is() -> None:
    others = [replace(GATE, router="jkt-r2").identifier(ASKED), "yes"]
    assert approval(GATE, others, ASKED, DAY).complaints == (
        "'yes' is no approval: expected upgrade-jkt-r1-drain-TIME-DIGEST, as a run names it",
    )


def test_an_identifier_is_a_file_name_whatever_the_names_are() -> None:
    gate = replace(GATE, runbook="upgrade / all routers", router="r1.example.net", name="../../etc/passwd")
    identifier = gate.identifier(ASKED)
    assert identifier.startswith("upgrade-all-routers-r1.example.net-..-..-etc-passwd-2026")
    assert approval(gate, [identifier], ASKED, DAY).identifier == identifier


@given(st.text())
def test_only_whole_words_are_answers(typed: str) -> None:
    word = typed.strip().lower()
    expected = GO_ON if word in ("c", "continue") else ABORT if word in ("a", "abort") else ""
    assert understand(typed) == expected


def test_a_question_shows_every_line_and_whether_all_is_well() -> None:
    gate = replace(GATE, found=("BGP  6 of 7 up", "table:\n  a  b"), passed=False)
    assert question(gate, ["Not accepted: …"]) == [
        "jkt-r1: upgrade, gate 'drain'",
        "    BGP  6 of 7 up",
        "    table:",
        "      a  b",
        "  NOT all is as it should be.",
        "  Not accepted: …",
        "  Next: jkt-r1 reboots.",
    ]


def test_refusals_end_with_what_is_left() -> None:
    assert refusal(GATE, "aborted by ann.") == "jkt-r1: gate 'drain': aborted by ann. It stays drained."
    assert nobody(GATE, "this run has no terminal").endswith("goes on). It stays drained.")
    assert nobody(replace(GATE, name="", abort=""), "this run has no terminal").startswith("jkt-r1: upgrade: a person")


@pytest.mark.parametrize(
    "seconds, said", [(0, "0 s"), (90, "90 s"), (120, "2 min"), (3600, "60 min"), (86_400, "24 h"), (259_200, "3 days")]
)
def test_durations_are_told_in_units_that_fit(seconds: float, said: str) -> None:
    assert spell(seconds) == said
