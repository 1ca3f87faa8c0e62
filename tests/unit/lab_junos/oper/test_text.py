"""What the CLI prints."""

from __future__ import annotations

import asyncio

import pytest
from lxml import etree

from lab.junos import oper
from tests.unit.lab_junos.oper.stage import context, say


def test_interfaces_terse() -> None:
    assert say("show interfaces terse").splitlines() == [
        "Interface               Admin Link Proto    Local                 Remote",
        "ge-0/0/0                up    up",
        "ge-0/0/0.0              up    up   inet     192.0.2.64/31",
    ]


def test_bgp_summary() -> None:
    assert say("show bgp summary").splitlines()[-3:] == [
        "192.0.2.2             64496         11         12       0       1     1:01:01 Establ",
        "  inet.0: 8/10/9/0",
        "198.51.100.0          64500          0          0       0       0          40 Active",
    ]


def test_ospf_neighbor() -> None:
    assert say("show ospf neighbor").splitlines() == [
        "Address          Interface              State     ID              Pri  Dead",
        "192.0.2.65       ge-0/0/0.0             Full      192.0.2.2       128    33",
    ]


def test_ospf_database_summary() -> None:
    assert say("show ospf database summary").splitlines() == [
        "Area 0.0.0.0:",
        "   4 Router LSAs",
        "   1 Network LSAs",
        "Externals:",
        "   2 Extern LSAs",
        "Interface ge-0/0/0.0:",
        "Area 0.0.0.0:",
    ]


def test_route() -> None:
    lines = say("show route 203.0.113.0/24 exact").splitlines()
    assert lines[1] == "inet.0: 5 destinations, 6 routes (5 active, 0 holddown, 0 hidden)"
    assert lines[4:] == [
        "203.0.113.0/24     *[BGP/170] 1d 01:01:01, localpref 100, from 192.0.2.2",
        "                     AS path: 64500 I, validation-state: unverified",
        "                    >  to 192.0.2.65 via ge-0/0/0.0",
        "                    [BGP/170] 00:00:09, localpref 90, from 192.0.2.3",
        "                     AS path: 64501 64500 I, validation-state: unverified",
        "                    >  to 192.0.2.65 via ge-0/0/0.0",
    ]


def test_routes_of_a_protocol_and_of_a_table() -> None:
    assert "[OSPF/10]" in say("show route protocol ospf")
    assert "BGP" not in say("show route protocol ospf")
    assert "inet.0:" not in say("show route table inet6.0")


def test_route_summary() -> None:
    text = say("show route summary")
    assert "Autonomous system number: 64496\nRouter ID: 192.0.2.1\n" in text
    assert "                 BGP:      2 routes,      1 active\n" in text


def test_version_and_alarms() -> None:
    assert say("show version").splitlines()[:3] == ["Hostname: jkt-r1", "Model: vmx", f"Junos: {context().version}"]
    assert say("show chassis alarms") == "No alarms currently active\n"


def test_ping() -> None:
    lines = say("ping 192.0.2.65 count 2 rapid").splitlines()
    assert lines[0] == "PING 192.0.2.65 (192.0.2.65): 56 data bytes"
    assert lines[-2] == "2 packets transmitted, 2 packets received, 0% packet loss"
    assert lines[-1] == "round-trip min/avg/max/stddev = 0.200/0.300/0.400/0.100 ms"


@pytest.mark.parametrize(
    "command",
    [
        "show interfaces", "show interfaces ge-0/0/0 extensive", "show interfaces descriptions",
        "show interfaces media", "show bgp neighbor", "show bgp neighbor 192.0.2.2",
        "show ospf interface detail", "show ospf3 neighbor detail",
        "show ospf3 interface", "show ospf overview", "show route terse", "show system uptime", "show system alarms",
        "show system core-dumps", "show system storage", "show system users", "show arp no-resolve",
        "show ipv6 neighbors", "show bfd session", "show chassis routing-engine", "show chassis hardware",
    ],
)  # fmt: skip
@pytest.mark.parametrize("alive", [True, False])
def test_every_command_prints_something_with_and_without_a_data_plane(command: str, alive: bool) -> None:
    ctx = context(alive=alive)
    if command == "show bgp neighbor 192.0.2.2":
        assert "AS 64496" in say(command, ctx)
    text = say(command, ctx)
    assert text.strip()
    assert "None" not in text.replace("Last Error: None", "").replace("Auth type: None", "")


def test_words_may_be_shortened() -> None:
    assert say("show int terse") == say("show interfaces terse")


@pytest.mark.parametrize(
    "line, request_",
    [
        ("show bgp summary", "<get-bgp-summary-information/>"),
        (
            "show bgp neighbor 192.0.2.2",
            "<get-bgp-neighbor-information><neighbor-address>192.0.2.2</neighbor-address></get-bgp-neighbor-information>",
        ),
        ("show interfaces terse", "<get-interface-information><terse/></get-interface-information>"),
    ],
)
def test_the_rpc_behind_a_command(line: str, request_: str) -> None:
    found = oper.rpc_of(line)
    assert found is not None
    assert etree.tostring(found).decode() == request_


def test_a_command_that_is_not_modelled_has_no_rpc() -> None:
    assert oper.rpc_of("show nothing at all") is None


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(oper.OperError) as caught:
        say("show bgp summary everything")
    assert caught.value.bad_element == "everything"


def test_an_unknown_command_is_not_answered() -> None:
    assert asyncio.run(oper.cli_text("show isis adjacency", context())) is None
