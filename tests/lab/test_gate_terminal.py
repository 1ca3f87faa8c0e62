"""A person at a gate, in a real terminal: only a whole word, typed after the question was asked, opens it."""

from __future__ import annotations

import getpass
from contextlib import suppress
from pathlib import Path

import pytest

from .gate_runbook import PROMPT, ROUTERS, Runbook
from .lab_harness import poll

pytestmark = pytest.mark.lab


@pytest.fixture
def runbook(tmp_path: Path) -> Runbook:
    return Runbook.write(tmp_path)


def test_continue_goes_on_router_by_router(runbook: Runbook) -> None:
    with runbook.terminal() as screen:
        screen.until(PROMPT)
        assert runbook.begun == ["jkt-r1"]
        for line in ("jkt-r1: upgrade, gate 'drain'", "rate 3 kbit/s", "All as it should be.", "Next: jkt-r1 reboots."):
            assert line in screen.text()
        screen.answer("C")
        screen.until(PROMPT)
        assert runbook.rebooted == ["jkt-r1"]
        screen.answer("continue")
        assert screen.finish() == 0, screen.text()
    assert runbook.rebooted == ["jkt-r1", "jkt-r2"]
    who = getpass.getuser()
    assert [(one["router"], one["answer"], one["by"]) for one in runbook.records()] == [
        ("jkt-r1", "continue", who),
        ("jkt-r2", "continue", who),
    ]


def test_abort_says_what_is_left_and_begins_no_other_router(runbook: Runbook) -> None:
    with runbook.terminal() as screen:
        screen.until(PROMPT)
        screen.answer("a")
        assert screen.finish() == 2, screen.text()
        who = getpass.getuser()
        said = f"jkt-r1: gate 'drain': aborted by {who}. It stays drained; the same command goes on from here."
        assert said in " ".join(screen.text().split())
    assert (runbook.begun, runbook.rebooted) == (["jkt-r1"], [])


def test_everything_else_is_asked_again(runbook: Runbook) -> None:
    nonsense = ["", "cancel", "cc", "\x04"]
    with runbook.terminal(passed=False) as screen:
        for typed in nonsense:
            screen.until(PROMPT)
            screen.answer(typed)
        screen.until(PROMPT)
        assert "'cancel' is no answer." in screen.text()
        assert screen.text().count("NOT all is as it should be.") == len(nonsense) + 1
        assert runbook.rebooted == []
        screen.answer(" c ")
        screen.until(PROMPT)
        assert runbook.rebooted == ["jkt-r1"]
        screen.answer("a")
        assert screen.finish() == 2, screen.text()


def test_routers_of_one_play_are_asked_one_after_another(runbook: Runbook) -> None:
    answers = {"jkt-r1": "a", "jkt-r2": "c"}
    with runbook.terminal(together=2) as screen:
        for _turn in ROUTERS:
            asked = sorted(answers)[screen.until(*(f"{name}: upgrade, gate" for name in sorted(answers)))]
            screen.until(PROMPT)
            screen.answer("what?")
            screen.until(f"{asked}: upgrade, gate 'drain'")  # the same router again, not the other one
            screen.until(PROMPT)
            screen.answer(answers.pop(asked))
        assert screen.finish() == 2, screen.text()
    assert runbook.rebooted == ["jkt-r2"]


def test_ctrl_c_aborts_all_routers_that_wait(runbook: Runbook) -> None:
    with runbook.terminal(together=2) as screen:
        screen.until(PROMPT)
        screen.answer("\x03")
        assert screen.finish() == 2, screen.text()
        assert "aborted with Ctrl-C by" in screen.text()
        assert "aborted with Ctrl-C at another router's gate" in screen.text()
        assert screen.text().count(PROMPT) == 1
    assert runbook.rebooted == []


def test_what_was_typed_before_the_question_is_no_answer(runbook: Runbook) -> None:
    """Neither while something else went on, nor as a second line pasted at the gate before."""
    waited = runbook.directory / "go"
    with runbook.terminal(wait_for=str(waited)) as screen:
        poll(lambda: runbook.begun, "the runbook has begun", deadline_s=120)
        screen.child.send("c\r")
        waited.touch()
        screen.until(PROMPT)
        screen.answer("c\rc")
        screen.until(PROMPT)
        assert runbook.rebooted == ["jkt-r1"]
        screen.answer("a")
        assert screen.finish() == 2, screen.text()
    assert runbook.rebooted == ["jkt-r1"]


def test_a_word_without_enter_is_no_answer_when_the_time_is_over(runbook: Runbook) -> None:
    with runbook.terminal(gate_timeout=3) as screen:
        screen.until(PROMPT)
        with suppress(TimeoutError, OSError):  # a machine so busy that the time is over already
            screen.wait_for_reader()
            screen.child.send("c")
        assert screen.finish() == 2, screen.text()
        assert "nobody answered within 3 s" in screen.text()
    assert (runbook.begun, runbook.rebooted) == (["jkt-r1"], [])


HANGUPS: list[tuple[tuple[str, ...], int]] = [((), 3600), (("sh", "-c", 'trap "" HUP; exec "$@"', "sh"), 3)]


@pytest.mark.parametrize("wrapper, patience", HANGUPS, ids=["hangup", "hangup ignored"])
def test_a_terminal_that_goes_away_is_no_consent(runbook: Runbook, wrapper: tuple[str, ...], patience: int) -> None:
    with runbook.terminal(*wrapper, gate_timeout=patience) as screen:
        screen.until(PROMPT)
        with suppress(TimeoutError):
            screen.wait_for_reader()
        main = Path(f"/proc/{screen.child.pid}")
        screen.child.ptyproc.fileobj.close()
        poll(lambda: not _alive(main), "the run has ended", deadline_s=120)
        poll(lambda: not _left(runbook), f"none of its processes is left: {_left(runbook)}", deadline_s=60)
    assert runbook.rebooted == []


def test_no_person_types_into_the_terminal_of_awx(runbook: Runbook) -> None:
    with runbook.terminal("env", "AWX_ISOLATED_DATA_DIR=/runner/artifacts/1") as screen:
        assert screen.finish() == 2, screen.text()
        assert "AWX or ansible-runner, whose terminal nobody types into" in " ".join(screen.text().split())
    assert (runbook.begun, runbook.rebooted) == ([], [])


def _left(runbook: Runbook) -> list[str]:
    """Processes that still work on the runbook."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if str(runbook.directory).encode() in command and _alive(process):
                found.append(process.name)
    return found


def _alive(process: Path) -> bool:
    """Whether it runs; one that ended and was not asked for its status yet does not."""
    try:
        return "\nState:\tZ" not in (process / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
