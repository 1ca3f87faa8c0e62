"""AS path expressions: FRR's text expression accepts what Junos's expression over AS numbers accepts."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from lab.junos.backend.frr.aspath import AsPathError, number_patterns, translate


def frr_accepts(expressions: list[str], path: list[int]) -> bool:
    """bgpd: `_` is a separator or an end, and any line of the list may match anywhere."""
    text = " ".join(map(str, path))
    return any(re.search(e.replace("_", r"(^|[,{}() ]|$)"), text) for e in expressions)


@dataclass(frozen=True)
class Piece:
    """A part of an expression with its own meaning: from which positions of a path it leads to which."""

    text: str
    ends: object

    def accepts(self, path: list[int]) -> bool:
        return len(path) in self.ends(path, 0)  # type: ignore[operator]


NUMBERS = [1, 9, 10, 64, 640, 64496, 64511]


def atom(low: int, high: int | None, *, anything: bool) -> Piece:
    def ends(path: list[int], at: int) -> set[int]:
        fits = at < len(path) and (anything or low <= path[at] <= (high or low))
        return {at + 1} if fits else set()

    return Piece("." if anything else f"[{low}-{high}]" if high else str(low), ends)


def sequence(one: Piece, two: Piece) -> Piece:
    def ends(path: list[int], at: int) -> set[int]:
        return {end for middle in one.ends(path, at) for end in two.ends(path, middle)}  # type: ignore[operator]

    return Piece(f"{one.text} {two.text}", ends)


def either(one: Piece, two: Piece) -> Piece:
    return Piece(f"({one.text} | {two.text})", lambda p, at: one.ends(p, at) | two.ends(p, at))  # type: ignore[operator]


def star(one: Piece) -> Piece:
    def ends(path: list[int], at: int) -> set[int]:
        found, todo = {at}, [at]
        while todo:
            new = one.ends(path, todo.pop()) - found  # type: ignore[operator]
            found |= new
            todo += new
        return found

    return Piece(f"({one.text})*", ends)


SINGLE = st.one_of(
    st.sampled_from(NUMBERS).map(lambda n: atom(n, None, anything=False)),
    st.just(atom(0, 0, anything=True)),
)
RANGES = st.tuples(st.sampled_from(NUMBERS), st.integers(0, 900)).map(lambda t: atom(t[0], t[0] + t[1], anything=False))
PIECES = st.recursive(
    st.one_of(SINGLE, RANGES, SINGLE.map(star)),
    lambda inner: st.one_of(st.builds(sequence, inner, inner), st.builds(either, inner, inner)),
    max_leaves=5,
)
PATHS = st.lists(st.sampled_from([*NUMBERS, 6449, 4496, 644961]), max_size=4)


@given(PIECES, PATHS)
def test_the_translation_accepts_exactly_the_same_paths(piece: Piece, path: list[int]) -> None:
    try:
        expressions = translate(piece.text)
    except AsPathError:
        reject()
    assert frr_accepts(expressions, path) == piece.accepts(path), (piece.text, expressions, path)


@given(st.integers(0, 70_000), st.integers(0, 70_000), st.integers(0, 80_000))
def test_digit_patterns_hold_exactly_the_numbers_of_a_range(low: int, span: int, number: int) -> None:
    patterns = number_patterns(low, low + span)
    assert any(re.fullmatch(p, str(number)) for p in patterns) == (low <= number <= low + span)


def test_no_expression_holds_a_pipe_because_vtysh_would_cut_it_there() -> None:
    assert not any("|" in e for e in translate(".* (64496 | 64500 64501) [64512-65534]"))


def test_an_empty_path_is_written_as_nothing() -> None:
    assert translate("()") == ["^$"]


@pytest.mark.parametrize("bad", ["(64496 | 64500)*", "[64512-65534]+", "64496 )", "64x"])
def test_what_has_no_translation_is_refused(bad: str) -> None:
    with pytest.raises(AsPathError):
        translate(bad)
