"""The normal form of FRR configurations: what is a difference, and how it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_text import (
    difference,
    normal,
    parse,
    redact,
    show,
)

words = st.sampled_from(["ip ospf cost 10", "ip ospf cost 20", "description a b", "ip address 192.0.2.1/31"])
blocks = st.dictionaries(
    st.sampled_from(["interface eth0", "interface eth1", "router ospf", "route-map a permit 10"]),
    st.lists(words, unique=True, max_size=3),
    max_size=4,
)
tops = st.lists(st.sampled_from(["ip route 192.0.2.0/24 blackhole", "log syslog", "bfd"]), unique=True)


def text(tree: dict[str, list[str]], top: list[str]) -> str:
    lines = [*top]
    for block, inner in tree.items():
        lines += [block, *(f" {line}" for line in inner), "exit", "!"]
    return "\n".join([*lines, "end", ""])


configs = st.builds(text, blocks, tops)


@given(configs)
def test_a_configuration_does_not_differ_from_itself(one: str) -> None:
    assert not difference(one, one)
    assert show(difference(one, one)) == ""


@given(configs, configs)
def test_a_difference_read_backwards_swaps_what_comes_and_goes(one: str, other: str) -> None:
    there, back = difference(one, other), difference(other, one)
    assert [key for key, _ in there.added] == back.removed
    assert bool(there) == (set(parse(one)) != set(parse(other)))


@given(blocks, tops)
def test_order_comments_and_spacing_are_no_difference(tree: dict[str, list[str]], top: list[str]) -> None:
    shuffled = dict(reversed(list(tree.items())))
    other = text(shuffled, top[::-1]).replace(" ip", "   ip").replace("!\n", "! a comment\n\n")
    assert not difference(text(tree, top), other)


def test_what_vtysh_never_or_always_shows_is_no_difference() -> None:
    shown = "frr version 8.4.4\nfrr defaults traditional\nhostname r1\nlog syslog\n"
    wanted = "! rendered\nhostname jkt-r2\nip forwarding\nservice integrated-vtysh-config\nlog syslog\n"
    wanted += "interface eth9\nexit\n"
    assert not difference(shown, wanted)
    assert difference(shown, wanted + "frr defaults datacenter\n")


def test_lines_are_shown_under_their_block() -> None:
    old = "interface eth0\n ip ospf cost 10\nexit\nrouter bgp 1\n address-family ipv4 unicast\n  neighbor a activate\n"
    new = "interface eth0\n ip ospf cost 20\nexit\nrouter bgp 1\nexit\nrouter ospf\n ospf router-id 192.0.2.1\n"
    assert show(difference(old, new)) == (
        " interface eth0\n- ip ospf cost 10\n+ ip ospf cost 20\n"
        " router bgp 1\n  address-family ipv4 unicast\n-  neighbor a activate\n"
        "+router ospf\n+ ospf router-id 192.0.2.1\n"
    )


def test_an_addition_knows_the_line_it_stands_in() -> None:
    change = difference("", "!\ninterface eth0\n ip ospf cost 20\n")
    assert change.added == [((("interface eth0",), "ip ospf cost 20"), 3)]


@pytest.mark.parametrize(
    "line, shown",
    [
        ("neighbor 192.0.2.1 password hunter2", "neighbor 192.0.2.1 password <secret>"),
        ("ip ospf message-digest-key 1 md5 hunter2", "ip ospf message-digest-key 1 md5 <secret>"),
        ("ip ospf authentication-key hunter2", "ip ospf authentication-key <secret>"),
        ("key-string hunter2", "key-string <secret>"),
        ("area-password clear hunter2", "area-password clear <secret>"),
        (
            "ipv6 ospf6 authentication key-id 1 hash-algo md5 key hunter2",
            "ipv6 ospf6 authentication key-id 1 hash-algo md5 key <secret>",
        ),
        ("key chain ospf", "key chain ospf"),
        ("ip ospf authentication message-digest", "ip ospf authentication message-digest"),
    ],
)
def test_secrets_are_masked_and_nothing_else(line: str, shown: str) -> None:
    assert redact(line) == shown


@pytest.mark.parametrize(
    "line, one",
    [
        ("ipv6 route 2001:DB8:0:0::/36  blackhole", "ipv6 route 2001:db8::/36 blackhole"),
        ("neighbor 2001:db8::1 remote-as 1", "neighbor 2001:db8::1 remote-as 1"),
        (
            "bgp community-list standard a seq 5 permit 64496:100",
            "bgp community-list standard a seq 5 permit 64496:100",
        ),
        ("neighbor a route-map originate:ipv4 out", "neighbor a route-map originate:ipv4 out"),
    ],
)
def test_ipv6_addresses_have_one_spelling(line: str, one: str) -> None:
    assert normal(line) == one
