"""The hook and what is behind it are killed, hang, stand twice: the next knock works, and one run goes on at a time."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path

import pytest

from tests.hostile.hook_house import House, answers
from tests.hostile.hook_sender import post

pytestmark = [pytest.mark.hostile, pytest.mark.timeout(420)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty house."""
    made = House(tmp_path)
    yield made
    made.leave()


def alternates(house: House) -> bool:
    """Whether every run that started had ended when the next one started; the last may be going on."""
    words = [word for _when, word in house.entries()]
    return all(first != second for first, second in pairwise(words))


def test_a_killed_hook_costs_what_was_not_acknowledged_and_the_timer_catches_up(house: House) -> None:
    house.runner()
    hook, port = house.hook()
    house.awaits_run(0.0, "the start")

    def send(_number: int) -> int:
        try:
            return post(port)
        except (OSError, HTTPException):
            return 0

    with ThreadPoolExecutor(8) as senders:
        sent = senders.map(send, range(200))
        house.poll(lambda: house.runs() > 1, "runs begin")
        hook.kill()
        assert {200, 0} >= set(sent), "acknowledged, or not answered at all: both are true"
    began = time.time()
    assert house.knock().returncode == 0, "the timer knocks, whether or not there is a hook"
    house.awaits_run(began, "the timer's knock")
    house.poll(lambda: answers(port), "the hook is back")
    began = time.time()
    assert post(port) == 200
    house.awaits_run(began, "a post to the next life")


def test_with_nobody_behind_the_door_the_sender_is_told_to_come_again(house: House) -> None:
    _hook, port = house.hook()
    assert post(port) == 503, "no pipe"
    house.door.touch()
    assert post(port) == 503, "a file is no pipe, and must not swallow knocks"
    knocked = house.knock()
    assert (knocked.returncode, "is no named pipe" in knocked.stderr) == (1, True)
    began = time.time()
    runner = house.runner()
    house.awaits_run(began, "the start, without any knock: what was missed is caught up with")
    house.poll(lambda: post(port) == 200, "the hook is heard")
    runner.stop()
    assert post(port) == 503, "nobody reads the pipe"
    knocked = house.knock()
    assert (knocked.returncode, "nobody reads it" in knocked.stderr) == (1, True)


def test_two_hooks_are_one_run_at_a_time(house: House) -> None:
    house.runner()
    doors = [house.hook()[1], house.hook()[1]]
    house.awaits_run(0.0, "the start")
    before = house.settled()
    with ThreadPoolExecutor(8) as senders:
        assert list(senders.map(lambda n: post(doors[n % 2]), range(100))) == [200] * 100
    assert house.settled() > before
    assert alternates(house)


def hanging(house: House) -> list[int]:
    """The shells that wait for the file `hang` to go, each in a session of its own."""
    return [pid for pid in house.processes() if b"\0while [ -e" in house.words(pid)]


def test_a_hung_run_is_ended_with_all_that_it_started(house: House) -> None:
    house.timeout = 15.0
    hang = house.root / "hang"
    hang.touch()
    runner = house.runner()
    # Again and again: on a busy machine a run may take too long before it hangs.
    house.poll(lambda: hanging(house) or house.knock().returncode, "a run hangs")
    house.poll(lambda: not hanging(house), "it is ended, and what it started in another session as well")
    # It says so when it is done with it, which is a moment later.
    house.poll(lambda: "still running after 15 s, ended" in runner.log.read_text(), "the runner says so")
    hang.unlink()
    began = time.time()
    house.poll(lambda: house.knock().returncode == 0 and house.runs(began), "the next knock works")


def test_a_killed_runner_leaves_no_second_run_behind(house: House) -> None:
    hang = house.root / "hang"
    hang.touch()
    runner = house.runner()
    house.poll(house.runs, "a run begins")
    runner.kill()
    hang.unlink()
    house.poll(lambda: house.runs() >= 2, "the next life runs at its start")
    began = time.time()
    assert house.knock().returncode == 0
    house.poll(lambda: house.runs(began, "end"), "a knock works")


def test_a_second_executor_waits_for_the_first(house: House) -> None:
    house.runner("first")
    house.awaits_run(0.0, "the first one's start")
    house.runner("second")
    for _number in range(10):
        assert house.knock().returncode == 0
        time.sleep(0.05)
    before = house.settled()
    assert before >= 3
    assert alternates(house)


def test_asked_to_stop_it_lets_the_run_finish(house: House) -> None:
    hang = house.root / "hang"
    hang.touch()
    runner = house.runner()
    house.poll(house.runs, "a run begins")
    runner.wanted = False
    runner.process.send_signal(signal.SIGTERM)
    hang.unlink()
    house.poll(lambda: runner.process.poll() is not None, "it stopped")
    assert runner.process.returncode == 0
    assert [word for _when, word in house.entries()] == ["start", "end"]
    assert "exit status 0" in runner.log.read_text()


def leave_word(house: House, text: str) -> None:
    """The next run leaves this behind."""
    (house.root / "new-word").write_text(text)
    (house.root / "new-word").rename(house.root / "word")


def test_a_run_that_wants_to_be_run_again_is_without_a_knock(house: House) -> None:
    again = time.time() + 20.0
    leave_word(house, f"{again}\n")
    runner = house.runner()
    # Both: where starting took longer than that time, the first run is after it as well.
    house.poll(lambda: house.runs() >= 2, "a second run")
    house.awaits_run(again, "the time the first run left word of")
    assert house.settled() == 2, "at its start, and then; a word counts once"
    assert "run 2 (time to look again)" in runner.log.read_text()


@pytest.mark.parametrize("word", ["", "soon", "nan", "9" * 30])
def test_a_word_without_sense_is_none(house: House, word: str) -> None:
    leave_word(house, word)
    runner = house.runner()
    house.awaits_run(0.0, "the start")
    assert house.settled() == 1
    assert house.knock().returncode == 0
    house.poll(lambda: house.runs() == 2, "it still hears knocks")
    assert "time to look again" not in runner.log.read_text()
    assert runner.process.poll() is None
