"""Gates without a person: nothing hangs, nothing is taken for consent but passed checks, or an approval that fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .gate_runbook import Runbook

pytestmark = pytest.mark.lab


@pytest.fixture
def runbook(tmp_path: Path) -> Runbook:
    return Runbook.write(tmp_path)


def words(text: str) -> str:
    """Text as it reads, however lines were broken."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    "wrapper, text",
    [((), ""), ((), "c\nc\n"), (("env", "-u", "TERM"), "c\n"), (("sh", "-c", 'exec "$@" <&-', "sh"), "")],
    ids=["empty stdin", "a pipe that says yes", "unknown terminal", "closed stdin"],
)
def test_without_a_terminal_nothing_is_begun(runbook: Runbook, wrapper: tuple[str, ...], text: str) -> None:
    done = runbook.run(*wrapper, text=text)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words(done.stdout).count("a person must answer, and this run has no terminal") == 1
    assert "say -e approval=auto" in words(done.stdout)
    assert (runbook.begun, runbook.rebooted) == ([], [])


def test_in_the_background_of_a_terminal_nobody_can_answer(runbook: Runbook) -> None:
    with runbook.terminal("setsid", "--wait") as screen:
        assert screen.finish() == 2, screen.text()
        assert "a person must answer, and" in words(screen.text())
    assert runbook.begun == []


def test_auto_goes_on_only_when_all_is_as_it_should_be(runbook: Runbook) -> None:
    done = runbook.run(approval="auto", passed="{{ inventory_hostname == 'jkt-r1' }}")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "jkt-r1 goes on: approval=auto" in done.stdout
    said = (
        "jkt-r2: gate 'drain': not all is as it should be, and approval=auto asks nobody whether to go on all the same."
    )
    assert said + " It stays drained; the same command goes on from here." in words(done.stdout)
    assert runbook.rebooted == ["jkt-r1"]


def test_check_mode_shows_the_gates_and_asks_nobody(runbook: Runbook) -> None:
    done = runbook.run(check=True, passed=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Check mode: nobody is asked") == 2
    assert "NOT all is as it should be." in done.stdout
    assert (runbook.rebooted, runbook.records()) == ([], [])


def test_an_unknown_way_of_approval_is_refused(runbook: Runbook) -> None:
    done = runbook.run(approval="yes")
    assert done.returncode == 2
    assert "prompt, auto, external" in words(done.stdout)
    assert runbook.begun == []


def test_external_stops_at_each_gate_until_a_run_has_its_approval(runbook: Runbook) -> None:
    first = runbook.run("env", "ANSIBLE_SHOW_CUSTOM_STATS=true", approval="external", passed=False)
    assert first.returncode == 0, first.stdout + first.stderr
    assert (runbook.begun, runbook.rebooted) == (["jkt-r1"], [])
    (asked,) = runbook.records()
    assert (asked["router"], asked["answer"], asked["found"]) == ("jkt-r1", "wait", ["rate 3 kbit/s"])
    assert f'"approved": ["{asked["id"]}"]' in words(first.stdout)
    assert "gate_ids" in first.stdout.split("CUSTOM STATS")[1], first.stdout

    second = runbook.run(approval="external", approved=[asked["id"]], passed=False)
    assert second.returncode == 0, second.stdout + second.stderr
    assert runbook.rebooted == ["jkt-r1"]  # and the next gate has its own approval
    assert [(one["router"], one["answer"]) for one in runbook.records()] == [("jkt-r1", "continue"), ("jkt-r2", "wait")]


STALE: list[tuple[dict[str, Any], str]] = [
    ({"found": ["rate 900 kbit/s"]}, "it is for something else: what was found then"),
    ({"gate_valid_hours": 0.0}, "and holds for 0 s"),
]


@pytest.mark.parametrize("changed, why", STALE, ids=["found", "time"])
def test_an_old_approval_opens_nothing_else(runbook: Runbook, changed: dict[str, Any], why: str) -> None:
    runbook.run(approval="external")
    (asked,) = runbook.records()
    later = runbook.run(**{"approval": "external", "approved": [asked["id"]], **changed})
    assert later.returncode == 0, later.stdout + later.stderr
    assert why in words(later.stdout)
    assert "To approve, within" in later.stdout
    assert runbook.rebooted == []


def test_routers_of_one_play_are_approved_together(runbook: Runbook) -> None:
    runbook.run(approval="external", together=2)
    ids = [one["id"] for one in runbook.records()]
    assert len(ids) == 2
    one = runbook.run(approval="external", together=2, approved=ids[:1])
    assert (one.returncode, runbook.rebooted) == (0, []), one.stdout
    both = runbook.run(approval="external", together=2, approved=ids)
    assert (both.returncode, runbook.rebooted) == (0, ["jkt-r1", "jkt-r2"]), both.stdout
