"""Markers and freezes: what is written is read back, and whatever else is read is told as broken, never a crash."""

from __future__ import annotations

import string
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils import steering_marks as marks
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import MarkError
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Freeze, Marker
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import complaints, live_places
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import frr_freeze, read_frr
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_junos import junos_freeze, read_junos
from tests.unit.steering_patch.rendered import junos_canonical, junos_xml

WORD = st.text(string.ascii_letters + string.digits + "._-", max_size=20)
PATHS = st.builds(lambda a, b: f"a{a}/b{b}", WORD, WORD)
TIMES = st.integers(0, 4_000_000_000).map(float)
MARKERS = st.builds(
    Marker, PATHS, WORD.map(lambda word: f"fw-{word}"), TIMES, st.sampled_from(["auto", "hand"]),
    st.one_of(st.just(""), st.integers(1, 65535).map(str)),
)  # fmt: skip
FREEZES = st.builds(
    Freeze, st.just("r1"), TIMES, st.one_of(st.none(), TIMES), st.text(min_size=1, max_size=80), st.text(max_size=300)
)
MARKER = Marker("jkt-sby/north", "fw-20261121T100000-0a0b0c", 1795255200.0, "auto", "150")
LINE = (
    "! fairway-steering path=jkt-sby/north place=ospf:eth1 since=2026-11-21T10:00:00Z "
    "change=fw-20261121T100000-0a0b0c by=auto was=150"
)
INTERFACE = "interface eth1\n ip ospf area 0.0.0.0\n ip ospf cost 1000\nexit\n"


def test_a_marker_as_frr_has_it() -> None:
    assert marks.frr_marker_line("ospf:eth1", MARKER, "ospf") == LINE
    (spot,) = read_frr(f"{LINE}\n{INTERFACE}", "r1").spots
    assert (spot.value, spot.marker, spot.complaint) == ("1000", MARKER, "")


@given(MARKERS)
def test_a_marker_is_read_back_from_frr(marker: Marker) -> None:
    line = marks.frr_marker_line("ospf:eth1", marker, "ospf")
    (spot,) = read_frr(f"{INTERFACE}{line}\n", "r1").spots
    assert spot.marker == marker


@given(MARKERS)
def test_a_marker_is_read_back_from_junos(marker: Marker) -> None:
    where = "protocols ospf area 0.0.0.0 interface ge-0/0/0.0"
    commands = [f"set {where} metric 1000", *marks.junos_set(where, marks.STEERING, marks.marker_words(marker, "ospf"))]
    xml = ElementTree.fromstring(junos_canonical("", "\n".join(commands)))
    (spot,) = read_junos(xml, "r1").spots
    assert (spot.value, spot.marker) == ("1000", marker)


def as_read(freeze: Freeze) -> Freeze:
    return replace(freeze, by=marks.clean_name(freeze.by), reason=marks.clean_reason(freeze.reason))


@given(FREEZES)
def test_a_freeze_is_read_back_whatever_a_person_writes(freeze: Freeze) -> None:
    text = frr_freeze(INTERFACE, freeze)
    reading = read_frr(text, "r1")
    assert (reading.freeze, reading.complaints) == (as_read(freeze), ())
    assert len(text.splitlines()) == len(INTERFACE.splitlines()) + 1
    assert frr_freeze(text, None) == INTERFACE
    commands = junos_freeze(None, freeze)
    xml = ElementTree.fromstring(junos_canonical("", commands))
    assert [child.tag for child in xml] == ["system"]
    assert read_junos(xml, "r1").freeze == as_read(freeze)
    assert junos_canonical("", commands + junos_freeze(freeze, None)) == junos_canonical("", "")


@given(st.text(alphabet=st.characters(exclude_characters="\n\r"), max_size=60))
def test_any_comment_is_data(said: str) -> None:
    """Whatever somebody wrote after our word: markers, or complaints; the interface is there all the same."""
    reading = read_frr(f"! fairway-steering {said}\n! fairway-freeze {said}\n{INTERFACE}", "r1")
    assert [spot for spot in reading.spots if spot.key == ("ospf", "eth1")]
    assert reading.freeze is not None


@pytest.mark.parametrize(
    "change, complaint",
    [
        ((" since=2026-11-21T10:00:00Z", ""), "it does not say since"),
        (("since=2026-11-21T10:00:00Z", "since=yesterday"), "since is 'yesterday': expected a time"),
        (("since=2026-11-21", "since=2026-13-21"), "expected a time"),
        (("path=jkt-sby/north", "path=north"), "path is 'north': expected backbone/path"),
        (("by=auto", "by=me"), "by is 'me': expected auto or hand"),
        (("was=150", "was=0"), "'0' is not an OSPF cost, 1 to 65535"),
        (("was=150", "was=70000"), "'70000' is not an OSPF cost"),
        (("was=150", "was=1;reboot"), "is not an OSPF cost"),
        (("by=auto", "by=auto color=red"), "it says 'color', which means nothing"),
        (("by=auto", "by=auto by=auto"), "it says by twice"),
        (("by=auto", "by=auto and so on"), "is no word=value"),
        (("place=ospf:eth1 ", ""), "it does not say a place"),
        (("place=ospf:eth1", "place=rip:eth1"), "it does not say a place"),
        (("place=ospf:eth1", "place=ospf:eth9"), "it has a marker, but it is not in the configuration"),
    ],
)
def test_a_broken_marker_says_what_is_wrong(change: tuple[str, str], complaint: str) -> None:
    broken = LINE.replace(*change)
    assert broken != LINE
    reading = read_frr(f"{broken}\n{INTERFACE}", "r1")
    assert complaint in "; ".join(complaints(reading)), complaints(reading)
    (place,) = live_places("r1", reading, {("ospf", "eth1"): "1000"})[:1]
    assert (place.steered, place.marker) == (True, None)


def test_a_broken_marker_on_junos_says_what_is_wrong() -> None:
    where = "protocols ospf area 0.0.0.0 interface ge-0/0/0.0"
    xml = junos_xml("")
    xml = ElementTree.fromstring(junos_canonical("", f"set {where} apply-macro fairway-steering path jkt-sby/north"))
    (spot,) = read_junos(xml, "r1").spots
    assert spot.marker is None
    assert spot.complaint.startswith("broken marker: it does not say since")


def test_a_freeze_that_cannot_be_read_is_a_freeze_without_an_end() -> None:
    reading = read_frr("! fairway-freeze since=now until=2026-11-21T10:00:00Z by=noc\n", "r1")
    assert reading.freeze is not None
    assert reading.freeze.until is None
    assert "since is 'now'" in reading.complaints[0]


@pytest.mark.parametrize(
    "marker",
    [
        replace(MARKER, path="jkt/north x"),
        replace(MARKER, path="../etc"),
        replace(MARKER, change_id="a b"),
        replace(MARKER, change_id="a\nip ospf cost 1"),
        replace(MARKER, by="root"),
        replace(MARKER, was="10 20"),
        replace(MARKER, since=1e20),
    ],
)
def test_what_would_not_be_read_back_is_not_written(marker: Marker) -> None:
    with pytest.raises(MarkError):
        marks.frr_marker_line("ospf:eth1", marker, "ospf")
