"""Junos configuration in, FRR configuration out."""

from __future__ import annotations

import os
import re

import pytest

from lab.junos.backend.frr.lines import delta
from lab.junos.backend.frr.translate import translate

from .loading import BACKBONE, GOLDEN, data

SETUP = ("set routing-options autonomous-system 64496", "set routing-options router-id 192.0.2.1")
EBGP = (*SETUP, "set protocols bgp group e type external", "set protocols bgp group e peer-as 64500")
PEER = (*EBGP, "set protocols bgp group e neighbor 198.51.100.0")
PORT = ("set interfaces ge-0/0/0 unit 0 family inet address 192.0.2.64/31",)
OSPF = "set protocols ospf area 0 interface ge-0/0/0.0"


def frr(*sets: str, text: str = "") -> str:
    """The FRR configuration; nothing may be refused."""
    config, refusals = translate(data(text, *sets))
    assert refusals == []
    return config.text()


def block(text: str, header: str) -> list[str]:
    """The lines of the first block that begins with a header."""
    lines = text.splitlines()
    start = lines.index(header)
    return lines[start + 1 : lines.index("exit", start)]


def entries(text: str, name: str) -> list[tuple[str, list[str]]]:
    """(action, lines) of the entries of a route-map, in order."""
    found = re.findall(rf"^route-map {re.escape(name)} (permit|deny) \d+\n(.*?)^exit$", text, re.M | re.S)
    return [(action, lines.splitlines()) for action, lines in found]


def test_a_backbone_router_as_a_whole() -> None:
    golden = GOLDEN / "backbone.frr"
    text = frr(text=BACKBONE)
    if os.environ.get("FAIRWAY_UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


def test_a_metric_costs_one_command() -> None:
    before, _ = translate(data(BACKBONE))
    after, _ = translate(data(BACKBONE, "set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 metric 1000"))
    assert delta(before, after) == ["interface ge-0_0_0.0", "ip ospf cost 1000", "exit"]


def test_activating_the_drain_term_touches_only_its_policy() -> None:
    before, _ = translate(data(BACKBONE))
    after, _ = translate(data(BACKBONE, "activate policy-options policy-statement to-carrier term out-of-service"))
    changed = [line for line in delta(before, after) if not line.startswith(("match", "set", "on-match", "exit"))]
    assert changed
    assert all("route-map out4-to-carrier" in line for line in changed)


def test_ospf_cost_without_a_metric_comes_from_the_reference_bandwidth() -> None:
    assert "ip ospf cost 1" in frr(*PORT, OSPF)
    assert "ip ospf cost 100" in frr(*PORT, OSPF, "set protocols ospf reference-bandwidth 100g")


def test_ospf_timers_authentication_and_bfd() -> None:
    lines = block(
        frr(
            *PORT,
            f"{OSPF} interface-type p2p",
            f"{OSPF} hello-interval 1",
            f"{OSPF} authentication md5 7 key secret",
            f"{OSPF} bfd-liveness-detection minimum-interval 150",
        ),
        "interface ge-0_0_0.0",
    )
    assert "ip ospf network point-to-point" in lines
    assert "ip ospf hello-interval 1" in lines
    assert "ip ospf dead-interval 4" in lines
    assert "ip ospf message-digest-key 7 md5 secret" in lines
    assert "ip ospf bfd profile tx150-rx150-x3" in lines


def test_a_disabled_ospf_interface_is_left_out() -> None:
    assert "interface ge-0_0_0.0" not in frr(*PORT, f"{OSPF} disable")


def test_overload_is_the_maximum_metric() -> None:
    assert "max-metric router-lsa administrative" in frr(*PORT, OSPF, "set protocols ospf overload")


def test_overload_of_ospf3_is_the_maximum_cost_of_every_interface_but_the_loopback() -> None:
    ospf3 = OSPF.replace("ospf", "ospf3")
    found = frr(*PORT, "set interfaces ge-0/0/0 unit 0 family inet6", ospf3, "set protocols ospf3 overload")
    assert "ipv6 ospf6 cost 65535" in found
    assert "stub-router" not in found


def test_preferences_keep_their_order() -> None:
    text = frr(*PEER, *PORT, OSPF, "set routing-options static route 198.18.0.0/15 next-hop 192.0.2.65")
    assert "ip route 198.18.0.0/15 192.0.2.65 5" in text
    assert "distance ospf intra-area 10 inter-area 10 external 150" in text
    assert "distance bgp 170 170 170" in text


@pytest.mark.parametrize(
    "statement, line",
    [
        ("discard", "ip route 198.18.0.0/15 blackhole 5"),
        ("reject", "ip route 198.18.0.0/15 reject 5"),
        ("next-hop 192.0.2.65", "ip route 198.18.0.0/15 192.0.2.65 5"),
        ("qualified-next-hop 192.0.2.65 preference 20", "ip route 198.18.0.0/15 192.0.2.65 20"),
    ],
)
def test_static_routes(statement: str, line: str) -> None:
    assert line in frr(f"set routing-options static route 198.18.0.0/15 {statement}")


def test_static_routes_of_inet6() -> None:
    assert "ipv6 route 2001:db8::/36 blackhole 5" in frr(
        "set routing-options rib inet6.0 static route 2001:db8::/36 discard"
    )


def test_bgp_without_policies_accepts_all_and_announces_bgp_routes_only() -> None:
    text = frr(*PEER)
    assert entries(text, "in4-e-all") == [("permit", ["set tag 4011"])]
    assert entries(text, "out4-default") == [("permit", ["match tag 4010"]), ("permit", ["match tag 4011"])]
    assert "redistribute" not in text


def test_a_term_without_a_final_action_goes_on_with_what_it_changed() -> None:
    policy = "set policy-options policy-statement p"
    text = frr(
        *PEER,
        f"{policy} term a then local-preference 200",
        f"{policy} term b from protocol static",
        f"{policy} term b then reject",
        f"{policy} term c then metric 5",
        f"{policy} term c then accept",
        "set protocols bgp group e import p",
    )
    assert entries(text, "in4-e-p") == [
        ("permit", ["set local-preference 200", "on-match goto 20"]),
        ("permit", ["set metric 5", "set tag 4011"]),
        ("permit", ["set tag 4011"]),
    ]


def test_next_policy_leaves_the_rest_of_a_policy_out() -> None:
    text = frr(
        *PEER,
        "set policy-options policy-statement one term a from community c",
        "set policy-options policy-statement one term a then next policy",
        "set policy-options policy-statement one term b then reject",
        "set policy-options policy-statement two then local-preference 50",
        "set policy-options community c members 64496:1",
        "set protocols bgp group e import [ one two ]",
    )
    assert entries(text, "in4-e-one+two") == [
        ("permit", ["match community c", "on-match goto 30"]),
        ("deny", []),
        ("permit", ["set local-preference 50", "on-match goto 40"]),
        ("permit", ["set tag 4011"]),
    ]


def test_an_export_policy_redistributes_what_it_may_accept() -> None:
    text = frr(
        *PEER,
        "set policy-options prefix-list own 192.0.2.0/24",
        "set policy-options policy-statement p term a from protocol static",
        "set policy-options policy-statement p term a from prefix-list own",
        "set policy-options policy-statement p term a then accept",
        "set protocols bgp group e export p",
    )
    assert "redistribute static route-map from4-static" in text
    assert "redistribute connected" not in text
    assert entries(text, "out4-p")[0] == ("permit", ["match tag 4001", "match ip address prefix-list own"])


def test_either_of_two_protocols_becomes_two_entries() -> None:
    text = frr(
        *PEER,
        "set policy-options policy-statement p term a from protocol [ static direct ]",
        "set policy-options policy-statement p term a then accept",
        "set protocols bgp group e export p",
    )
    assert [lines for _, lines in entries(text, "out4-p")][:2] == [["match tag 4001"], ["match tag 4002"]]


def test_drain_term_prepends_and_tags_and_goes_on() -> None:
    text = frr("activate policy-options policy-statement to-carrier term out-of-service", text=BACKBONE)
    first = entries(text, "out4-to-carrier")[0]
    assert first == (
        "permit",
        ["set community 65535:0 additive", "set as-path prepend 64496 64496", "on-match goto 20"],
    )


def test_a_prefix_list_of_the_other_family_never_matches() -> None:
    text = frr(
        *PEER,
        "set policy-options prefix-list own 2001:db8::/36",
        "set policy-options policy-statement p term a from prefix-list own",
        "set policy-options policy-statement p term a then reject",
        "set protocols bgp group e import p",
    )
    assert entries(text, "in4-e-p") == [("permit", ["set tag 4011"])]


@pytest.mark.parametrize(
    "statement, line",
    [
        ("teardown 80 idle-timeout 5", "maximum-prefix 1000 80 restart 5"),
        ("teardown 80 idle-timeout forever", "maximum-prefix 1000 80"),
        ("", "maximum-prefix 1000 warning-only"),
    ],
)
def test_prefix_limits(statement: str, line: str) -> None:
    limit = "set protocols bgp group e family inet unicast prefix-limit"
    sets = [*PEER, f"{limit} maximum 1000"] + ([f"{limit} {statement}"] if statement else [])
    assert f"neighbor 198.51.100.0 {line}" in frr(*sets)


def test_neighbours_inherit_and_override_their_group() -> None:
    text = frr(
        *PEER,
        "set protocols bgp group e hold-time 30",
        "set protocols bgp group e neighbor 198.51.100.0 description uplink",
        "set protocols bgp group e neighbor 198.51.100.2 peer-as 64501",
        "set protocols bgp group e neighbor 198.51.100.2 hold-time 12",
        "set protocols bgp group e neighbor 198.51.100.2 authentication-key secret",
        "set protocols bgp group e neighbor 198.51.100.2 multihop ttl 2",
    )
    lines = block(text, "router bgp 64496")
    assert "neighbor 198.51.100.0 remote-as 64500" in lines
    assert "neighbor 198.51.100.0 description uplink" in lines
    assert "neighbor 198.51.100.0 timers 10 30" in lines
    assert "neighbor 198.51.100.2 remote-as 64501" in lines
    assert "neighbor 198.51.100.2 timers 4 12" in lines
    assert "neighbor 198.51.100.2 password secret" in lines
    assert "neighbor 198.51.100.2 ebgp-multihop 2" in lines


def test_reflectors_and_families() -> None:
    text = frr(
        *SETUP,
        "set protocols bgp group i type internal",
        "set protocols bgp group i cluster 192.0.2.1",
        "set protocols bgp group i family inet unicast",
        "set protocols bgp group i family inet6 unicast",
        "set protocols bgp group i neighbor 192.0.2.2",
    )
    assert "bgp cluster-id 192.0.2.1" in text
    assert text.count("neighbor 192.0.2.2 route-reflector-client") == 2
    assert "address-family ipv6 unicast" in text


def test_ospf_export_asks_the_policy_once_per_source() -> None:
    text = frr(
        *PORT,
        OSPF,
        "set policy-options policy-statement p term a from protocol static",
        "set policy-options policy-statement p term a then external type 1",
        "set policy-options policy-statement p term a then metric 20",
        "set policy-options policy-statement p term a then accept",
        "set protocols ospf export p",
    )
    assert "redistribute static route-map ospf2-static-p" in text
    assert entries(text, "ospf2-static-p") == [("permit", ["set metric 20", "set metric-type type-1"]), ("deny", [])]


REFUSED = [
    (["set protocols isis interface ge-0/0/0.0"], "[edit protocols]", "isis"),
    (["set protocols mpls interface ge-0/0/0.0"], "[edit protocols]", "mpls"),
    (
        ["set routing-options aggregate route 192.0.2.0/24"],
        "[edit routing-options aggregate route 192.0.2.0/24]",
        "192.0.2.0/24",
    ),
    ([*PORT, OSPF, "set protocols ospf import p"], "[edit protocols ospf]", "import"),
    ([*PORT, OSPF, "set protocols ospf overload timeout 60"], "[edit protocols ospf overload]", "timeout"),
    (
        [*PEER, "set policy-options policy-statement p term a to rib inet.0", "set protocols bgp group e import p"],
        "[edit policy-options policy-statement p term a]",
        "to",
    ),
    (
        [
            *PEER,
            "set policy-options policy-statement p term a from level 2",
            "set protocols bgp group e import p",
        ],
        "[edit policy-options policy-statement p term a from]",
        "level",
    ),
    (
        [
            *PEER,
            "set policy-options policy-statement p term a then default-action reject",
            "set protocols bgp group e import p",
        ],
        "[edit policy-options policy-statement p term a then]",
        "default-action",
    ),
    ([*PEER, "set protocols bgp group e damping"], "[edit protocols bgp group e]", "damping"),
]


@pytest.mark.parametrize("sets, path, word", REFUSED)
def test_what_cannot_be_carried_is_refused_by_name(sets: list[str], path: str, word: str) -> None:
    _, refusals = translate(data("", *sets))
    assert [(r.path, r.bad_element) for r in refusals] == [(path, word)]
    assert "not supported by this data plane" in refusals[0].message


def test_a_policy_that_nobody_uses_is_not_refused() -> None:
    frr(*PEER, "set policy-options policy-statement p term a from level 2")
