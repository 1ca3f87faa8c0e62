"""Whatever a router says and whatever is expected: there is an answer, it is consistent, and it can be shown."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils import checks_report
from ansible_collections.fairway.backbone.plugins.module_utils.checks import Found, Row, evaluate, passed, read_checks
from ansible_collections.fairway.backbone.plugins.module_utils.checks_builtin import BUILTIN
from ansible_collections.fairway.backbone.plugins.module_utils.checks_expect import judge, number, shown, words

WORDS = st.text(alphabet="ab 0.:/<&\"'\n", max_size=8)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-1000, 1000), st.floats(-1e6, 1e6), WORDS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=8
)
EXPECTS = st.one_of(
    st.fixed_dictionaries({"equals": SCALARS}),
    st.fixed_dictionaries({"release": WORDS}),
    st.fixed_dictionaries({"contains": WORDS}),
    st.fixed_dictionaries({"matches": st.just("^a")}),
    st.fixed_dictionaries({"at_least": st.integers(-100, 100)}),
    st.fixed_dictionaries({"at_most": st.sampled_from(["1K", "2G", 5])}),
    st.fixed_dictionaries({"within_percent": st.integers(0, 100)}),
    st.fixed_dictionaries({"empty": st.booleans()}),
    st.fixed_dictionaries({"unchanged": st.booleans()}),
)


@given(EXPECTS, VALUES, VALUES)
def test_every_value_can_be_judged_and_told_on_one_line(expect: dict[str, Any], now: Any, was: Any) -> None:
    good, why = judge(expect, now, was)
    assert isinstance(good, bool)
    assert not (good and why)
    for text in (words(expect, was), shown(now, expect)):
        assert text
        assert "\n" not in text


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_limit_lets_itself_pass_and_only_one_side(now: float, more: float) -> None:
    assert judge({"at_least": now, "at_most": now}, now, None)[0]
    if now + more > now:
        assert not judge({"at_most": now}, now + more, None)[0]
        assert not judge({"at_least": now + more}, now, None)[0]


@given(st.integers(0, 10_000), st.integers(0, 100), st.integers(0, 10_000))
def test_within_percent_is_as_wide_as_it_says(was: int, percent: int, now: int) -> None:
    assert judge({"within_percent": percent}, now, was)[0] == (100 * abs(now - was) <= was * percent)


@given(st.integers(0, 4000), st.sampled_from(["", "K", "M", "G", "T"]))
def test_sizes_are_numbers(count: int, unit: str) -> None:
    assert number(f"{count}{unit}") == count * 1024.0 ** ("KMGT".index(unit) + 1 if unit else 0)


SUBJECTS = st.dictionaries(
    st.sampled_from(["software", "alarms", "cores", "storage", "commit", "ntp", "drift", "drain", "redundancy"]), VALUES
)


@given(SUBJECTS, st.sampled_from(["junos", "frr"]))
def test_the_built_in_checks_have_an_answer_to_every_state(state: dict[str, Any], platform: str) -> None:
    if not isinstance(state.get("redundancy", {}), dict):
        del state["redundancy"]
    checks = read_checks(BUILTIN)
    found = evaluate(checks, Found("r1", platform, state=state, facts={"version": "1", "free": "1G", "config": "x"}))
    names = {row.check.partition(" ")[0] for row in found}
    assert names == {check.name for check in checks if check.applies(platform)}, "no check is lost without a word"
    assert passed(found) == all(row.mark != "bad" for row in found)


MARKS = st.sampled_from(["good", "bad", "warning", "skipped"])
ROWS = st.lists(st.builds(Row, st.just("r1"), WORDS, WORDS, WORDS, MARKS, WORDS), max_size=6)


class Page(HTMLParser):
    """Collects the text of a page, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe") or any(name in ("src", "onclick") for name, _value in attrs):
            self.loads.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(ROWS)
def test_the_page_shows_what_was_found_and_loads_nothing(rows: list[Row]) -> None:
    told = [{**row.as_dict(), "actual": f"<script>{row.actual}</script>"} for row in rows]
    page = Page()
    page.feed(checks_report.page("Checks", "now", {"r1": told}))
    assert page.loads == []
    assert all(f"<script>{row.actual}</script>" in page.text for row in rows)


@given(ROWS)
def test_lines_name_everything_that_is_wrong(rows: list[Row]) -> None:
    told = [row.as_dict() for row in rows]
    assert len(checks_report.faults(told)) == sum(row.mark in ("bad", "warning") for row in rows)
    assert ("NOT" in checks_report.summed(told)) == any(row.mark == "bad" for row in rows)
    assert checks_report.fleet_table({"r1": told})[2].startswith(
        checks_report.MARKS["bad" if not passed(rows) else "good"]
    )
    assert checks_report.router_lines("r1", told)[0] == "r1:"


@pytest.mark.parametrize("mark, whole", [("good", False), ("bad", True)])
def test_digests_are_whole_where_they_differ(mark: str, whole: bool) -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    row = {"mark": mark, "check": "package", "expect": digest, "actual": digest, "why": ""}
    told = "\n".join(checks_report.router_lines("r1", [row]))
    assert (digest in told) == whole
    assert "sha256:0123456789ab" in told
