"""Whatever is modelled survives every format, and a comparison is a patch that reaches its target."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from lab.junos.config import Tree, compare, expand, load, to_json, to_set, to_text, to_xml
from tests.unit.lab_junos.config.strategies import trees

MANY = settings(max_examples=60, deadline=None)
WRITERS = {"text": to_text, "set": to_set, "xml": to_xml, "json": to_json}


def reloaded(tree: Tree, fmt: str, action: str) -> Tree:
    """A fresh configuration from what a writer wrote."""
    fresh = Tree.empty()
    report = load(fresh, WRITERS[fmt](tree), fmt, action)
    assert report.errors == [], WRITERS[fmt](tree)
    return fresh


@pytest.mark.parametrize("fmt", sorted(WRITERS))
def test_a_level_that_begins_with_a_value_comes_back(fmt: str) -> None:
    tree = Tree.empty()
    text = "set {0} 64496\nset {0} loops 3\nset {0} apply-macro note\n".format("routing-options autonomous-system")
    assert load(tree, text, "set", "set").errors == []
    assert reloaded(tree, fmt, "set" if fmt == "set" else "override") == tree
    other = Tree.empty()
    assert load(other, compare(Tree.empty(), tree), "text", "patch").errors == []
    assert other == tree


@pytest.mark.parametrize("fmt", sorted(WRITERS))
@MANY
@given(tree=trees())
def test_every_format_brings_back_the_same_configuration(fmt: str, tree: Tree) -> None:
    back = reloaded(tree, fmt, "set" if fmt == "set" else "override")
    assert to_text(back) == to_text(tree)
    assert back == tree


@MANY
@given(tree=trees())
def test_loading_what_is_there_changes_nothing(tree: Tree) -> None:
    for fmt, action in (
        ("text", "merge"),
        ("text", "replace"),
        ("text", "update"),
        ("xml", "merge"),
        ("json", "merge"),
    ):
        again = tree.copy()
        assert load(again, WRITERS[fmt](tree), fmt, action).errors == []
        assert compare(tree, again) == ""


@MANY
@given(old=trees(), new=trees())
def test_a_comparison_loaded_as_a_patch_reaches_the_target(old: Tree, new: Tree) -> None:
    difference = compare(old, new)
    patched = old.copy()
    report = load(patched, difference, "text", "patch")
    assert report.errors == [], difference
    assert to_text(patched) == to_text(new), difference


@MANY
@given(base=trees(20), extra=trees(4))
def test_a_small_change_to_a_large_configuration_is_patched_too(base: Tree, extra: Tree) -> None:
    changed = base.copy()
    load(changed, to_text(extra), "text", "merge")
    patched = base.copy()
    assert load(patched, compare(base, changed), "text", "patch").errors == []
    assert patched == changed
    assert load(patched, compare(changed, base), "text", "patch").errors == []
    assert patched == base


@MANY
@given(tree=trees())
def test_no_difference_is_no_text(tree: Tree) -> None:
    assert compare(tree, tree.copy()) == ""


@MANY
@given(old=trees(), new=trees())
def test_merging_twice_is_merging_once(old: Tree, new: Tree) -> None:
    once, text = old.copy(), to_text(new)
    load(once, text, "text", "merge")
    twice = once.copy()
    load(twice, text, "text", "merge")
    assert once == twice


@MANY
@given(tree=trees())
def test_expansion_is_stable_and_leaves_the_source_alone(tree: Tree) -> None:
    before = to_text(tree)
    expanded = expand(tree)
    assert to_text(tree) == before
    assert to_set(expand(expanded)) == to_set(expanded)


@MANY
@given(tree=trees())
def test_json_is_json_and_numbers_are_numbers(tree: Tree) -> None:
    document = json.loads(to_json(tree))
    assert list(document) == ["configuration"]
