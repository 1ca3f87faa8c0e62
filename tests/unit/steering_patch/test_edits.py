"""What a steer and a restore do to one place, however it is found, and what the router has to be like for it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LivePlace, Marker, Place
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import (
    PatchError,
    Wish,
    complaints,
    edits,
    live_places,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import patch_frr, read_frr
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_junos import junos_commands, read_junos
from tests.unit.steering_patch.rendered import CHANGE, SINCE, junos_canonical, junos_xml

NORTH = Marker("jkt-sby/north", CHANGE, SINCE, "auto")
WISH = Wish(("ospf", "eth1"), "1000", "150")
FRR = """\
frr defaults traditional
interface eth1
 ip ospf area 0.0.0.0
 ip ospf cost 150
 ip ospf network point-to-point
 ipv6 ospf6 area 0.0.0.0
 ipv6 ospf6 cost 160
exit
!
interface eth10
 ip ospf area 0.0.0.0
 ip ospf cost 7
exit
ip route 192.0.2.0/24 blackhole
ip route 198.51.100.0/24 192.0.2.1 tag 5 20
"""
JUNOS = """\
protocols {
    ospf {
        area 0.0.0.0 {
            interface ge-0/0/0.0 {
                metric 100;
            }
        }
    }
}
routing-options {
    static {
        route 192.0.2.0/24 discard;
    }
}
"""


def steered(text: str, *, marker: Marker = NORTH, wish: Wish = WISH) -> str:
    return patch_frr(text, edits(read_frr(text, "r1"), "steer", marker, [wish]))


def restored(text: str, *, marker: Marker = NORTH, wish: Wish = WISH) -> str:
    return patch_frr(text, edits(read_frr(text, "r1"), "restore", marker, [wish]))


def seen(text: str) -> LivePlace:
    (place,) = live_places("r1", read_frr(text, "r1"), {("ospf", "eth1"): "1000"})
    return place


def test_each_protocol_gets_back_what_it_had() -> None:
    made = steered(FRR)
    assert " ip ospf cost 1000\n" in made
    assert " ipv6 ospf6 cost 1000\n" in made
    assert " ip ospf cost 7\n" in made
    assert [line.rpartition(" ")[2] for line in made.splitlines()[:2]] == ["was=160", "was=150"]
    assert seen(made).steered
    assert restored(made) == FRR


def test_a_cost_that_was_not_there_is_not_there_again() -> None:
    without = FRR.replace(" ip ospf cost 150\n", "").replace(" ipv6 ospf6 cost 160\n", "")
    made = steered(without)
    assert made.splitlines()[3:7] == ["interface eth1", " ip ospf area 0.0.0.0", " ip ospf cost 1000",
                                      " ip ospf network point-to-point"]  # fmt: skip
    assert restored(made) == without


def test_steering_again_keeps_what_was_there_first() -> None:
    made = steered(FRR).replace(" ip ospf cost 1000\n", " ip ospf cost 500\n")
    assert not seen(made).steered
    assert seen(made).value == "500/1000"
    later = steered(made, marker=Marker("jkt-sby/north", "fw-later", SINCE + 60, "auto"))
    assert "fw-later" not in later
    assert restored(later) == FRR


def test_a_value_that_somebody_put_there_by_hand_gets_a_marker_with_what_git_says() -> None:
    by_hand = FRR.replace("cost 150", "cost 1000").replace("cost 160", "cost 1000")
    assert seen(by_hand) == LivePlace(Place("r1", ("ospf", "eth1")), True, None, "1000")
    made = steered(by_hand)
    assert made.splitlines()[2:] == by_hand.splitlines()
    assert restored(made) == FRR.replace("cost 160", "cost 150")
    assert restored(by_hand) == FRR.replace("cost 160", "cost 150")


def test_without_a_marker_and_without_git_nobody_knows_where_to_go_back_to() -> None:
    by_hand = FRR.replace("cost 150", "cost 1000").replace("cost 160", "cost 1000")
    with pytest.raises(PatchError, match="without a marker"):
        restored(by_hand, wish=Wish(("ospf", "eth1"), "1000"))


@pytest.mark.parametrize("action", ["steer", "restore"])
def test_another_paths_marker_is_left_alone(action: str) -> None:
    made = steered(FRR, marker=Marker("other/path", "fw-other", SINCE, "auto"))
    with pytest.raises(PatchError, match="eth1: steered for other/path since change fw-other"):
        edits(read_frr(made, "r1"), action, NORTH, [WISH])


def test_everything_that_is_in_the_way_is_told() -> None:
    text = FRR + "ip route 192.0.2.0/24 Null0\n"
    wrong = [Wish(("ospf", "eth9"), "5"), Wish(("static", "192.0.2.0/24"), "192.0.2.9"), Wish(("ospf", "eth1"), "0")]
    with pytest.raises(PatchError) as told:
        edits(read_frr(text, "r1"), "steer", NORTH, wrong)
    assert str(told.value) == (
        "eth9 is not configured on the router; 192.0.2.0/24: it has several next hops; "
        "eth1: '0' is not an OSPF cost, 1 to 65535"
    )


@pytest.mark.parametrize(
    "prefix, line, steered_line",
    [
        ("192.0.2.0/24", "ip route 192.0.2.0/24 blackhole", "ip route 192.0.2.0/24 192.0.2.99"),
        ("198.51.100.0/24", "ip route 198.51.100.0/24 192.0.2.1 tag 5 20",
         "ip route 198.51.100.0/24 192.0.2.99 tag 5 20"),
    ],
)  # fmt: skip
def test_a_route_keeps_its_tag_and_distance(prefix: str, line: str, steered_line: str) -> None:
    wish = Wish(("static", prefix), "192.0.2.99")
    made = steered(FRR, wish=wish)
    assert line not in made.splitlines()
    assert steered_line in made.splitlines()
    assert restored(made, wish=wish) == FRR


@pytest.mark.parametrize(
    "text, drained",
    [
        (FRR, False),
        (FRR + "router ospf\n max-metric router-lsa administrative\nexit\n", True),
        (FRR + "router ospf6\n stub-router administrative\nexit\n", True),
    ],
)
def test_an_frr_router_that_is_drained(text: str, drained: bool) -> None:
    assert read_frr(text, "r1").drained is drained


TERM = "set policy-options policy-statement p term out-of-service"


@pytest.mark.parametrize(
    "commands, drained",
    [
        ("", False),
        ("set protocols ospf overload", True),
        ("set protocols ospf3 overload", True),
        ("set protocols ospf overload\ndeactivate protocols ospf overload", False),
        (f"{TERM} then accept", True),
        (f"{TERM} then accept\nde{TERM.replace('set', 'activate', 1)}", False),
        (f"{TERM.replace('out-of-service', 'other')} then accept", False),
    ],
)
def test_a_junos_router_that_is_drained(commands: str, drained: bool) -> None:
    xml = ElementTree.fromstring(junos_canonical(JUNOS, commands))
    assert read_junos(xml, "r1").drained is drained


def test_junos_commands() -> None:
    reading = read_junos(junos_xml(JUNOS), "r1")
    wishes = [Wish(("ospf", "ge-0/0/0.0"), "1000"), Wish(("static", "192.0.2.0/24"), "192.0.2.9")]
    made = junos_commands(edits(reading, "steer", NORTH, wishes))
    where = "protocols ospf area 0.0.0.0 interface ge-0/0/0.0"
    route = "routing-options static route 192.0.2.0/24"
    assert made.splitlines() == [
        f"set {where} metric 1000",
        f'set {where} apply-macro fairway-steering path "jkt-sby/north"',
        f'set {where} apply-macro fairway-steering since "2026-11-21T10:00:00Z"',
        f'set {where} apply-macro fairway-steering change "{CHANGE}"',
        f'set {where} apply-macro fairway-steering by "auto"',
        f'set {where} apply-macro fairway-steering was "100"',
        f"delete {route} discard",
        f"set {route} next-hop 192.0.2.9",
        f'set {route} apply-macro fairway-steering path "jkt-sby/north"',
        f'set {route} apply-macro fairway-steering since "2026-11-21T10:00:00Z"',
        f'set {route} apply-macro fairway-steering change "{CHANGE}"',
        f'set {route} apply-macro fairway-steering by "auto"',
        f'set {route} apply-macro fairway-steering was "discard"',
    ]
    steered_xml = read_junos(_parsed(junos_canonical(JUNOS, made)), "r1")
    back = junos_commands(edits(steered_xml, "restore", NORTH, wishes))
    assert junos_canonical(JUNOS, made + back) == junos_canonical(JUNOS)


def _parsed(xml: str) -> object:
    return ElementTree.fromstring(xml)


def test_two_paths_on_one_place_are_a_complaint() -> None:
    made = steered(FRR).replace("path=jkt-sby/north place=ospf6", "path=other/path place=ospf6")
    assert complaints(read_frr(made, "r1")) == ("eth1: marked for jkt-sby/north and other/path",)
