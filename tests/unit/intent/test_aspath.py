"""AS path expressions mean the same in Junos notation and as FRR's POSIX expressions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.intent.aspath import (
    AsPathError,
    fault,
    range_pattern,
    to_posix,
)

SMALL = st.integers(1, 5)
# An expression as a tree: ("asn", n), ("any",), ("set", [n, ...]), ("range", a, b), ("seq", [...]), ("or", [...]),
# ("repeat", tree, least, most or None).
LEAF = st.one_of(
    st.tuples(st.just("asn"), SMALL),
    st.just(("any",)),
    st.tuples(st.just("set"), st.lists(SMALL, min_size=1, max_size=3)),
    st.tuples(st.just("range"), SMALL, SMALL).map(lambda item: ("range", min(item[1:]), max(item[1:]))),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.tuples(st.just("seq"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("or"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("repeat"), inner, st.sampled_from([(0, None), (1, None), (0, 1), (2, 2), (1, 3)])),
    ),
    max_leaves=6,
)
SIGNS = {(0, None): "*", (1, None): "+", (0, 1): "?", (2, 2): "{2}", (1, 3): "{1,3}"}


def written(tree: tuple) -> str:  # type: ignore[type-arg]
    """The tree in Junos notation."""
    kind = tree[0]
    if kind == "asn":
        return str(tree[1])
    if kind == "any":
        return "."
    if kind == "set":
        return f"[{' '.join(map(str, tree[1]))}]"
    if kind == "range":
        return f"[{tree[1]}-{tree[2]}]"
    if kind == "seq":
        return " ".join(written(item) for item in tree[1])
    if kind == "or":
        return f"( {' | '.join(written(item) for item in tree[1])} )"
    return f"( {written(tree[1])} ){SIGNS[tree[2]]}"


def ends(tree: tuple, path: list[int], start: int) -> set[int]:  # type: ignore[type-arg]
    """Where a match of the tree that starts at a place of the path may end: the meaning, without expressions."""
    kind = tree[0]
    if kind in ("asn", "any", "set", "range"):
        if start >= len(path):
            return set()
        number = path[start]
        if kind == "asn":
            good = number == tree[1]
        elif kind == "set":
            good = number in tree[1]
        else:
            good = kind == "any" or tree[1] <= number <= tree[2]
        return {start + 1} if good else set()
    if kind == "seq":
        places = {start}
        for item in tree[1]:
            places = {end for place in places for end in ends(item, path, place)}
        return places
    if kind == "or":
        return {end for item in tree[1] for end in ends(item, path, start)}
    least, most = tree[2]
    found, places, count = ({start} if least == 0 else set()), {start}, 0
    while places and (most is None or count < most) and count <= len(path) + 2:
        places = {end for place in places for end in ends(tree[1], path, place)}
        count += 1
        if count >= least:
            found |= places
    return found


def frr_matches(expression: str, path: list[int]) -> bool:
    """FRR's matching: `_` is a separator or an end of the path's text."""
    text = " ".join(map(str, path))
    return re.search(expression.replace("_", "(?:^|[,{}() ]|$)"), text) is not None


@given(TREE, st.lists(SMALL, max_size=5))
def test_both_notations_match_the_same_paths(tree: tuple, path: list[int]) -> None:  # type: ignore[type-arg]
    assert frr_matches(to_posix(written(tree)), path) == (len(path) in ends(tree, path, 0))


@given(st.integers(0, 4294967295), st.integers(0, 4294967295), st.data())
def test_a_range_matches_its_numbers_and_no_other(first: int, last: int, data: st.DataObject) -> None:
    first, last = min(first, last), max(first, last)
    pattern = re.compile(range_pattern(first, last))
    near = st.one_of(st.integers(0, 4294967295), st.integers(max(first - 3, 0), first + 3), st.integers(last, last + 3))
    number = data.draw(near)
    assert (pattern.fullmatch(str(number)) is not None) == (first <= number <= last)


@given(st.integers(0, 3000), st.integers(0, 400))
def test_small_ranges_are_exact(first: int, size: int) -> None:
    pattern = re.compile(range_pattern(first, first + size))
    inside = {number for number in range(4000) if pattern.fullmatch(str(number))}
    assert inside == set(range(first, first + size + 1))


@pytest.mark.parametrize(
    "expression, why",
    [
        (".* [64512- .*", "an AS number is missing before '.'"),
        ("( 1 | 2", "a ')' is missing"),
        ("", "an AS number, '.', '[' or '(' is missing"),
        ("1 )", "unexpected ')'"),
        ("* 1", "unexpected '*'"),
        ("[]", "a list of AS numbers and a ']' is missing"),
        ("[5-1]", "the range 5-1 is empty"),
        ("4294967296", "4294967296 is not an AS number"),
        ("1 x", "'x' is not part of an AS path expression"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_reason(expression: str, why: str) -> None:
    assert fault(expression) == why
    with pytest.raises(AsPathError):
        to_posix(expression)


def test_the_empty_path() -> None:
    assert to_posix("()") == "^$"
