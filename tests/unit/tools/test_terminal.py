"""What a terminal shows, as a person reads it, and programs that ask."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.terminal import Screen, Terminal

SHOWN = [
    ("one\r\ntwo\r\n", "one\ntwo\n"),
    ("\x1b[0;31mred\x1b[0m and \x1b[1;32mgreen\x1b[0m", "red and green\n"),
    ("copied  10 %\rcopied 100 %\r\ndone", "copied 100 %\ndone\n"),
    ("a long line\r\x1b[Kshort", "short\n"),
    ("typed\x1b[\r\x1b[\x1b[Kcleared", "cleared\n"),  # how Ansible clears a line it has read
    ("ab\bc\td", "ac      d\n"),
]


@pytest.mark.parametrize("sent, shown", SHOWN)
def test_what_is_sent_is_what_is_read(sent: str, shown: str) -> None:
    screen = Screen()
    screen.feed(sent)
    assert screen.text() == shown


@given(st.lists(st.sampled_from("ab\r\n\x1b[K;0m\b\t"), max_size=60), st.integers(0, 60))
def test_it_does_not_matter_in_which_parts_it_is_sent(keys: list[str], cut: int) -> None:
    text = "".join(keys)
    whole, parts = Screen(), Screen()
    whole.feed(text)
    parts.feed(text[:cut])
    parts.feed(text[cut:])
    assert whole.text() == parts.text()
    assert "\x1b" not in whole.text()


def test_an_answer_is_noted_where_it_was_asked_for() -> None:
    screen = Screen()
    screen.feed("Go on?\r\n")
    screen.note("c")
    screen.feed("\r\x1b[Kgoing\r\n")
    assert screen.text() == "Go on? c\ngoing\n"


def test_a_program_that_ends_says_how() -> None:
    with Terminal([sys.executable, "-c", "print('hello'); raise SystemExit(3)"]) as terminal:
        terminal.until("hello")
        assert terminal.finish() == 3
        assert terminal.text() == "hello\n"


def test_what_is_awaited_in_vain_is_told_with_the_screen() -> None:
    expected = r"(?s)awaited bye, the program ended; it showed:\nhello"
    argv = [sys.executable, "-c", "print('hello')"]
    with Terminal(argv) as terminal, pytest.raises(TimeoutError, match=expected):
        terminal.until("bye")
