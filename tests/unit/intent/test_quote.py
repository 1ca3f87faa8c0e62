"""No value becomes configuration of its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.intent.quote import (
    UnsafeValueError,
    frr_line,
    frr_word,
    junos_quote,
    junos_string,
)
from lab.junos.config import Tree, load
from lab.junos.config.data import active_data

NASTY = st.text(
    st.one_of(
        st.sampled_from('";{}#/*\\ \n\r\t[]!|$`\x00\x02\x03\x85\u2028'), st.characters(exclude_categories=["Cs"])
    ),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(NASTY)
def test_a_junos_string_is_one_value_or_refused(text: str) -> None:
    try:
        quoted = junos_string(text)
    except UnsafeValueError:
        return
    tree = Tree.empty()
    report = load(tree, f"interfaces {{ ge-0/0/0 {{ description {quoted}; mtu 1514; }} }}", "text", "override")
    assert report.errors == []
    found = active_data(tree)
    assert set(found) == {"interfaces"}
    device = found["interfaces"]["interface"]["ge-0/0/0"]
    assert (device["description"], device["mtu"]) == (text, "1514")


@settings(deadline=None)
@given(NASTY)
def test_a_junos_word_stays_one_word(text: str) -> None:
    try:
        word = junos_quote(text)
    except UnsafeValueError:
        return
    assert word.startswith('"') or not set(word) & set(' ";{}[]#\\\n')


@settings(deadline=None)
@given(NASTY)
def test_frr_values_stay_on_their_line(text: str) -> None:
    for quote in (frr_word, frr_line):
        try:
            line = quote(text)
        except UnsafeValueError:
            continue
        assert line == text
        assert len(line.splitlines()) == 1


@pytest.mark.parametrize("quote", [junos_quote, junos_string, frr_word, frr_line])
@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\x00b", "a\x1bb", "a\u2028b"])
def test_control_characters_are_refused_without_being_shown(quote: type[str], text: str) -> None:
    with pytest.raises(UnsafeValueError) as caught:
        quote(text)
    assert text not in str(caught.value)
