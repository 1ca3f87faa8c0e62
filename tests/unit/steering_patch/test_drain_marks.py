"""The marker of a drain: what is written is read back, and whatever else is read is a drain all the same."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.change import log_line, parse_log
from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import (
    as_written,
    drain_words,
    frr_drain_line,
    told,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import DRAIN, MarkError, junos_set
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Drain, LiveRouter
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import read_frr
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_junos import read_junos
from ansible_collections.fairway.backbone.plugins.module_utils.steering_record import live_router, plain
from tests.unit.steering_patch.rendered import CHANGE, SINCE, junos_canonical

ADDRESSES = st.one_of(
    st.integers(0, 255).map(lambda last: f"198.51.100.{last}"),
    st.integers(0, 65535).map(lambda last: str(ipaddress.ip_address(f"2001:db8::{last:x}"))),
)
DRAINS = st.builds(
    Drain, st.just("r1"), st.integers(1, 4_000_000_000).map(float),
    st.text("0123456789abcdef", max_size=9).map(lambda text: f"fw-{text}"),
    st.text(max_size=80), st.text(max_size=300), st.lists(ADDRESSES, max_size=4).map(tuple),
)  # fmt: skip
NOC = Drain("r1", SINCE, CHANGE, "noc", "new software", ("198.51.100.0", "2001:db8:a000::"))
LINE = (
    f'! fairway-drain since=2026-11-21T10:00:00Z change={CHANGE} by=noc reason="new software" '
    "neighbors=198.51.100.0,2001:db8:a000::"
)


def test_a_marker_as_frr_has_it() -> None:
    assert frr_drain_line(NOC) == LINE
    since = "2026-11-21T10:00:00Z"
    assert told(NOC) == (
        f"drained towards 198.51.100.0, 2001:db8:a000:: since {since} by noc, change {CHANGE} (new software)"
    )


@given(DRAINS)
def test_a_drain_is_read_back_whatever_a_person_writes(drain: Drain) -> None:
    wanted = as_written(drain)
    assert as_written(wanted) == wanted
    frr = read_frr(f"{frr_drain_line(drain)}\nrouter ospf\nexit\n", "r1")
    assert (frr.drain, frr.complaints, frr.drained) == (wanted, (), True)
    commands = "\n".join(junos_set("system", DRAIN, drain_words(drain)))
    junos = read_junos(ElementTree.fromstring(junos_canonical("", commands)), "r1")
    assert (junos.drain, junos.complaints, junos.drained) == (wanted, (), True)
    assert live_router(plain(LiveRouter("r1", drained=True, drain=wanted))).drain == wanted


@given(st.text(alphabet=st.characters(exclude_characters="\n\r"), max_size=60))
def test_whatever_somebody_wrote_after_our_word_is_a_drain(said: str) -> None:
    reading = read_frr(f"! fairway-drain {said}\nrouter ospf\nexit\n", "r1")
    assert reading.drain is not None
    assert reading.drained


@pytest.mark.parametrize(
    "change, complaint",
    [
        (("since=2026-11-21T10:00:00Z", "since=today"), "since is 'today': expected a time"),
        (("by=noc", "by=/noc"), "by is '/noc': expected a name"),
        (("198.51.100.0,", "198.51.100.0,carrier,"), "neighbors: 'carrier' does not appear to be an IPv4 or IPv6"),
        ((" by=noc", " by=noc color=red"), "it says 'color', which means nothing"),
        (("change=fw-", "change=/fw-"), "expected a change's name"),
        ((" by=noc", " by=noc and so on"), "is no word=value"),
    ],
)
def test_a_broken_marker_says_what_is_wrong_and_is_a_drain_all_the_same(
    change: tuple[str, str], complaint: str
) -> None:
    broken = LINE.replace(*change)
    assert broken != LINE
    reading = read_frr(f"{broken}\nrouter ospf\nexit\n", "r1")
    assert complaint in "; ".join(reading.complaints)
    assert reading.drain is not None


@pytest.mark.parametrize(
    "drain", [replace(NOC, change_id="a b"), replace(NOC, neighbors=("carrier-a",)), replace(NOC, since=1e20)]
)
def test_what_would_not_be_read_back_is_not_written(drain: Drain) -> None:
    with pytest.raises(MarkError):
        frr_drain_line(drain)


@pytest.mark.parametrize("word", ["on", "off"])
def test_the_commits_log_says_what_was_done(word: str) -> None:
    mark = parse_log(log_line("change", CHANGE, "abc", "drain", word, "hand"))
    assert mark is not None
    assert (mark.change_id, mark.action, mark.path, mark.by) == (CHANGE, "drain", word, "hand")
