"""Paths into a router's state, whose keys hold dots themselves."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.checks_path import before_pattern, find, label

STATE: dict[str, Any] = {
    "storage": {"/": {"free_bytes": 1}, "/var": {"free_bytes": 2}},
    "interfaces": {"ge-0/0/0": {"oper": "up"}, "ge-0/0/0.0": {"oper": "down"}},
    "bgp": {"neighbors": {"192.0.2.2": {"state": "Established"}, "2001:db8::2": {"state": "Active"}}},
    "alarms": [],
}


def test_a_key_with_dots_is_found_beside_one_that_begins_like_it() -> None:
    assert list(find(STATE, "interfaces.ge-0/0/0.oper").values()) == ["up"]
    assert list(find(STATE, "interfaces.ge-0/0/0.0.oper").values()) == ["down"]
    assert list(find(STATE, "bgp.neighbors.192.0.2.2.state").values()) == ["Established"]
    assert list(find(STATE, "storage./var.free_bytes").values()) == [2]


def test_a_pattern_stands_for_whole_keys() -> None:
    found = find(STATE, "bgp.neighbors.*.state")
    assert list(found) == [("bgp", "neighbors", "192.0.2.2", "state"), ("bgp", "neighbors", "2001:db8::2", "state")]
    assert list(find(STATE, "bgp.neighbors.192.0.2.*.state").values()) == ["Established"]
    assert list(find(STATE, "interfaces.ge-*.0.oper").values()) == ["down"]


def test_what_is_not_there_is_not_found() -> None:
    assert find(STATE, "bgp.neighbours.*.state") == {}
    assert find(STATE, "alarms.0") == {}
    assert find(None, "alarms") == {}


def test_a_place_is_called_by_what_the_pattern_stood_for() -> None:
    path = "bgp.neighbors.*.state"
    assert [label(where, path) for where in find(STATE, path)] == ["192.0.2.2", "2001:db8::2"]
    assert label(("alarms",), "alarms") == ""
    assert before_pattern(path) == "bgp.neighbors"
    assert before_pattern("*.x") == ""


KEYS = st.text(alphabet="ab./:-0", min_size=1, max_size=5).filter(lambda key: key.strip(".") == key and ".." not in key)
TREES = st.recursive(st.integers(), lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=4), max_leaves=12)


def _leaves(node: Any, at: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if not isinstance(node, dict):
        return [(at, node)]
    return [leaf for key, inner in node.items() for leaf in _leaves(inner, (*at, key))]


@given(TREES)
def test_every_value_is_found_by_its_keys_whatever_they_hold(tree: Any) -> None:
    for where, value in _leaves(tree):
        if where:
            assert find(tree, ".".join(where))[where] == value


@given(TREES)
def test_a_star_finds_every_key_of_its_level(tree: Any) -> None:
    if isinstance(tree, dict):
        assert {where for where in find(tree, "*") if len(where) == 1} == {(key,) for key in tree}
