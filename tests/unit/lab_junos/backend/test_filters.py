"""The filter of lo0 as nftables rules."""

from __future__ import annotations

from lab.junos.backend.frr.filters import ruleset

from .loading import data

LO = "set interfaces lo0 unit 0 family inet filter input protect"
TERM = "set firewall family inet filter protect term"


def rules(*sets: str) -> list[str]:
    text, refusals = ruleset(data("", *sets))
    assert refusals == []
    return [line.strip() for line in text.splitlines()]


def test_without_a_filter_everything_may_come_in() -> None:
    assert rules() == ["table inet fairway_junos {}", "delete table inet fairway_junos"]


def test_terms_in_order_and_a_discard_at_the_end() -> None:
    found = rules(
        LO,
        f"{TERM} ssh from source-address 192.0.2.128/25",
        f"{TERM} ssh from protocol tcp",
        f"{TERM} ssh from destination-port [ ssh 830 ]",
        f"{TERM} ssh then accept",
        f"{TERM} ping from protocol icmp",
        f"{TERM} ping from icmp-type echo-request",
        f"{TERM} ping then count pings",
        f"{TERM} ping then accept",
        f"{TERM} rest then discard",
    )
    chain = found[found.index("chain inet-protect {") + 1 :]
    assert chain[:4] == [
        "meta l4proto { 6 } ip saddr { 192.0.2.128/25 } th dport { 22, 830 } accept",
        "meta l4proto { 1 } icmp type { 8 } counter accept",
        "drop",
        "}",
    ]
    assert "meta nfproto ipv4 counter drop" in found
    assert not any("ipv6" in line for line in found)


def test_prefix_lists_with_exceptions_are_one_set() -> None:
    found = rules(
        LO,
        "set policy-options prefix-list peers 192.0.2.0/24",
        "set policy-options prefix-list peers 2001:db8::/32",
        "set policy-options prefix-list bad 192.0.2.66/32",
        f"{TERM} bgp from source-prefix-list peers",
        f"{TERM} bgp from source-prefix-list bad except",
        f"{TERM} bgp then accept",
    )
    assert "ip saddr { 192.0.2.0/24 } ip saddr != { 192.0.2.66/32 } accept" in found


def test_a_port_may_be_on_either_side() -> None:
    found = rules(LO, f"{TERM} bgp from protocol tcp", f"{TERM} bgp from port bgp", f"{TERM} bgp then accept")
    assert "meta l4proto { 6 } th sport { 179 } accept" in found
    assert "meta l4proto { 6 } th dport { 179 } accept" in found


def test_a_policer_drops_what_exceeds_it_before_the_action() -> None:
    found = rules(
        LO,
        "set firewall policer slow if-exceeding bandwidth-limit 1m",
        "set firewall policer slow if-exceeding burst-size-limit 15k",
        "set firewall policer slow then discard",
        f"{TERM} ping from protocol icmp",
        f"{TERM} ping then policer slow",
        f"{TERM} ping then accept",
    )
    first = found.index("meta l4proto { 1 } limit rate over 125000 bytes/second burst 15000 bytes drop")
    assert found[first + 1] == "meta l4proto { 1 } accept"


def test_an_empty_prefix_list_matches_nothing() -> None:
    found = rules(
        LO,
        "set policy-options prefix-list none",
        f"{TERM} a from source-prefix-list none",
        f"{TERM} a then accept",
        f"{TERM} b then discard",
    )
    assert found[found.index("chain inet-protect {") + 1] == "drop"


def test_a_filter_elsewhere_is_configuration_only() -> None:
    assert (
        rules("set interfaces ge-0/0/0 unit 0 family inet filter input protect", f"{TERM} a from ip-options any")
        == rules()
    )


def test_an_unknown_condition_on_lo0_is_refused() -> None:
    _, refusals = ruleset(data("", LO, f"{TERM} a from ip-options any", f"{TERM} a then accept"))
    assert [(r.path, r.bad_element) for r in refusals] == [
        ("[edit firewall family inet filter protect term a]", "ip-options")
    ]
