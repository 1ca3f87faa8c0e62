"""Whatever an inventory says: an answer and no exception, no secret in it, and no statement that nobody wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import KEYS
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_schema import check_shape, load_schema, normal
from ansible_collections.fairway.backbone.plugins.plugin_utils.render import Renderer
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import FleetConfigs, render_fleet
from lab.junos.config import Tree, load
from tests.golden.inventories import Intents, intents, inventory, rendered

RENDERER = Renderer()
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", "192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "::", "0", "jkt-r1", "a;b{c}", "no-export", "1:99999"]
    ),
    st.lists(st.text(max_size=5), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in an intent."""
    if path:
        yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from paths(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from paths(value, (*path, index))


PLACES = [(host, path) for host, intent in inventory("lab").intents.items() for path in paths(intent)]


def spoil(fleet: Intents, host: str, path: tuple[Any, ...], how: str, junk: Any) -> None:
    """Replace, remove, rename or add at a place, when it is still there."""
    node: Any = fleet[host]
    for part in path[:-1]:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return
    last = path[-1]
    if not isinstance(node, dict | list) or (isinstance(node, dict) and last not in node):
        return
    if isinstance(node, list) and last >= len(node):
        return
    if how == "replace":
        node[last] = junk
    elif how == "remove":
        del node[last]
    elif isinstance(node, dict) and how == "rename":
        node[f"{junk}"] = node.pop(last)
    elif isinstance(node, dict):
        node[f"x{junk}"] = node[last]


MISTAKES = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(["replace", "replace", "remove", "rename", "add"]), JUNK),
    min_size=1,
    max_size=4,
)


def rendering(fleet: Intents) -> FleetConfigs:
    read = inventory("lab")
    return render_fleet(fleet, others=read.others, hosts=read.hosts, renderer=RENDERER)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(MISTAKES)
def test_any_mistake_is_answered(mistakes: list[Any]) -> None:
    fleet = intents("lab")
    for (host, path), how, junk in mistakes:
        spoil(fleet, host, path, how, junk)
    result = rendering(fleet)
    assert result.ok == (not any(error.severity == "error" for error in result.errors))
    assert bool(result.report()) == bool(result.errors)
    for host, config in result.configs.items():
        if fleet[host]["ansible_network_os"] == "junos":
            assert load(Tree.empty(), config.text, "text", "override").errors == []


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(PLACES), st.sampled_from(["replace", "remove", "rename", "add"]), JUNK)
def test_the_fast_validator_and_the_thorough_one_agree(place: tuple[str, tuple[Any, ...]], how: str, junk: Any) -> None:
    fleet = intents("lab")
    spoil(fleet, place[0], place[1], how, junk)
    intent = normal(fleet[place[0]])
    said = {error.key[0] for error in check_shape("r", intent)} & set(KEYS)
    for key in KEYS:
        if key not in intent:
            continue
        valid = jsonschema.Draft202012Validator(load_schema(key)).is_valid(intent[key])
        # Python's `$` lets a line break pass at the very end; the fast validator, which decides, does not.
        assert (key in said) == (not valid) or "\n" in str(junk)


SECRET = "hunter2-must-not-be-seen"
SECRETS = [
    ("router", "root_password_hash"),
    ("router", "snmp", "communities", 0, "name"),
    ("ospf", "areas", "0.0.0.0", "interfaces", "ge-0/0/0.0", "authentication", "key"),
    ("ospf", "areas", "0.0.0.0", "interfaces", "ge-0/0/0.0", "authentication"),
    ("bgp", "groups", "ibgp", "authentication_key"),
    ("bgp", "groups", "ibgp", "neighbors", "192.0.2.2", "authentication_key"),
]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(SECRETS),
    st.sampled_from([f"{SECRET} ", f"\n{SECRET}", [SECRET], {SECRET: SECRET}, SECRET, SECRET * 9]),
)
def test_no_secret_is_in_a_report(path: tuple[Any, ...], value: Any) -> None:
    fleet = intents("lab")
    node: Any = fleet["jkt-r1"]
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    result = rendering(fleet)
    said = result.report() + str([error.as_dict() for error in result.errors])
    # As a key it is not a value any more: what is refused then is a key's name.
    assert SECRET not in said or value == {SECRET: SECRET}


@settings(deadline=None, max_examples=60)
@given(
    st.text(
        st.one_of(st.sampled_from('";{}#/*\\!|'), st.characters(exclude_categories=["Cs"])), min_size=1, max_size=30
    )
)
def test_a_description_changes_its_own_line_and_no_other(text: str) -> None:
    fleet = intents("lab")
    for host, device in (("jkt-r1", "ge-0/0/0"), ("jkt-r2", "eth1")):
        fleet[host]["interfaces"][device]["description"] = text
    result = rendering(fleet)
    if not result.ok:
        assert {error.key[-1] for error in result.errors} == {"description"}
        return
    for host in ("jkt-r1", "jkt-r2"):
        before, after = rendered("lab").configs[host].text.split("\n"), result.configs[host].text.split("\n")
        assert len(before) == len(after)
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        assert all(line.strip().startswith("description ") for line in changed)
        assert len(changed) <= 1
