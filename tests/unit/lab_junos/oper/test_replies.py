"""Replies in themselves: namespaces, attributes, arguments, refusals, alarms, cores, times."""

from __future__ import annotations

import asyncio

import pytest
from lxml import etree

from lab.junos import oper
from lab.junos.oper.xml import clock_length, long_length, short_length
from tests.unit.lab_junos.oper.stage import NOW, ask, context

JUNOS = "{http://xml.juniper.net/junos/24.4R1/junos}"


def raw(name: str, **args: str) -> etree._Element:
    rpc = etree.Element(name)
    for key, value in args.items():
        etree.SubElement(rpc, key.replace("_", "-")).text = value
    reply = asyncio.run(oper.answer(name, rpc, context()))
    assert reply is not None
    return reply


@pytest.mark.parametrize(
    "rpc, suffix",
    [
        ("get-bgp-summary-information", "junos-routing"),
        ("get-ospf-neighbor-information", "junos-routing"),
        ("get-interface-information", "junos-interface"),
        ("get-alarm-information", "junos-alarm"),
        ("get-route-engine-information", "junos-chassis"),
        ("get-arp-table-information", "junos-arp"),
    ],
)
def test_information_elements_have_their_namespace_and_children_inherit_it(rpc: str, suffix: str) -> None:
    reply = raw(rpc)
    namespace = f"http://xml.juniper.net/junos/24.4R1/{suffix}"
    assert {etree.QName(node).namespace for node in reply.iter(etree.Element)} == {namespace}
    assert reply.nsmap[None] == namespace, "as the default namespace, not a made-up prefix"


def test_an_unknown_rpc_is_not_answered() -> None:
    assert asyncio.run(oper.answer("get-isis-adjacency-information", etree.Element("x"), context())) is None


def test_an_unknown_argument_is_refused_by_name() -> None:
    with pytest.raises(oper.OperError) as caught:
        ask("get-bgp-summary-information", logical_system="a")
    assert (caught.value.message, caught.value.bad_element) == ("syntax error", "logical-system")


def test_intervals_carry_their_seconds() -> None:
    peer = raw("get-bgp-summary-information").find("{*}bgp-peer/{*}elapsed-time")
    assert peer is not None
    assert (peer.text, peer.get(f"{JUNOS}seconds")) == ("1:01:01", "3661")


def test_the_state_of_a_peer_is_in_words() -> None:
    reply = ask("get-bgp-summary-information")
    assert [p.findtext("peer-state") for p in reply.iterfind("bgp-peer")] == ["Established", "Active"]
    assert reply.findtext("down-peer-count") == "1"
    rib = reply.find("bgp-peer[peer-address='192.0.2.2']/bgp-rib")
    assert rib is not None
    counts = [rib.findtext(f"{n}-prefix-count") for n in ("received", "accepted", "active")]
    assert counts == ["10", "9", "8"]


def test_a_neighbour_says_per_family_what_was_advertised() -> None:
    reply = ask("get-bgp-neighbor-information", neighbor_address="192.0.2.2")
    assert [p.findtext("bgp-rib/advertised-prefix-count") for p in reply.iterfind("bgp-peer")] == ["2"]
    assert reply.findtext("bgp-peer/description") == "jkt-r2"


def test_bgp_that_is_not_configured_says_so() -> None:
    quiet = context(alive=False, text="system { host-name a; }")
    assert ask("get-bgp-summary-information", quiet).findtext("output") == "BGP is not running"
    assert ask("get-ospf-neighbor-information", quiet).findtext("output") == "OSPF instance is not running"


def test_an_interface_that_does_not_exist_is_refused() -> None:
    with pytest.raises(oper.OperError, match="device ge-9/9/9 not found"):
        ask("get-interface-information", interface_name="ge-9/9/9")
    assert len(ask("get-interface-information", interface_name="xe-*")) == 0


def test_terse_and_single_interfaces() -> None:
    reply = ask("get-interface-information", terse="", interface_name="ge-0/0/0.0")
    assert [n.text for n in reply.iterfind("logical-interface/name")] == ["ge-0/0/0.0"]
    assert reply.findtext(".//ifa-local") == "192.0.2.64/31"
    for style in ("terse", "extensive"):
        alone = ask("get-interface-information", None, interface_name="ge-0/0/0.0", **{style: ""})
        assert [child.tag for child in alone] == ["logical-interface"], "a unit alone is not inside its port"


def test_another_routing_instance_does_not_exist() -> None:
    for rpc in ("get-bgp-summary-information", "get-ospf-neighbor-information", "get-bgp-neighbor-information"):
        assert len(ask(rpc, instance="master")) > 0
        with pytest.raises(oper.OperError, match="instance blue does not exist"):
            ask(rpc, instance="blue")
    assert [name.text for name in ask("get-instance-information").iter("instance-name")] == ["master"]
    assert ask("get-instance-information", detail="").findtext("instance-core/instance-rib/irib-name") == "inet.0"


def test_routes_in_detail_tell_destination_and_length_apart() -> None:
    brief = ask("get-route-information", destination="203.0.113.0/24").find("route-table/rt")
    detail = ask("get-route-information", destination="203.0.113.0/24", extensive="").find("route-table/rt")
    assert brief is not None
    assert detail is not None
    assert brief.findtext("rt-destination") == "203.0.113.0/24"
    assert (detail.findtext("rt-destination"), detail.findtext("rt-prefix-length")) == ("203.0.113.0", "24")
    assert detail.findtext("rt-entry-count") == "2"
    assert [entry.findtext("as-path") for entry in detail.iter("rt-entry")] == [
        "AS path: 64500 I\n", "AS path: 64501 64500 I\n"
    ]  # fmt: skip
    assert [len(ask("get-route-information", None, destination="203.0.113.0/24", **more).findall(".//rt-entry"))
            for more in ({}, {"active-path": ""})] == [2, 1]  # fmt: skip


def test_the_database_summary_under_both_of_its_names() -> None:
    for reply in (
        ask("get-ospf-database-information", summary=""),
        ask("get-ospf-database-summary-information"),
    ):
        area, external = list(reply)[:2]
        assert (area.findtext("ospf-area"), area.findtext("ospf-lsa-count")) == ("0.0.0.0", "4")
        assert external.get("external-heading") == "Externals"
    with pytest.raises(oper.OperError):
        ask("get-ospf-database-information")


def test_ospf3_has_elements_of_its_own() -> None:
    reply = ask("get-ospf3-neighbor-information")
    assert reply.tag == "ospf3-neighbor-information"
    assert reply.findtext("ospf3-neighbor/neighbor-address") == "fe80::2"


def test_alarms_come_and_go() -> None:
    ctx = context()
    assert ask("get-alarm-information", ctx).find("alarm-summary/no-active-alarms") is not None
    ctx.chassis.raise_alarm("PEM 1 Not Powered")
    ctx.chassis.raise_alarm("Rescue configuration is not set", severity="Minor", kind="System")
    chassis, system = ask("get-alarm-information", ctx), ask("get-system-alarm-information", ctx)
    assert chassis.findtext("alarm-detail/alarm-description") == "PEM 1 Not Powered"
    assert chassis.findtext("alarm-summary/active-alarm-count") == "1"
    assert system.findtext("alarm-detail/alarm-class") == "Minor"
    ctx.chassis.clear_alarms()
    assert ask("get-alarm-information", ctx).find("alarm-detail") is None


def test_core_dumps_are_files_and_their_absence_is_output() -> None:
    ctx = context()
    assert "No such file or directory" in (ask("get-system-core-dumps", ctx).findtext("output") or "")
    ctx.chassis.drop_core("/var/crash/core.rpd.0.gz")
    reply = ask("get-system-core-dumps", ctx)
    assert reply.find("output") is None
    assert [f.findtext("file-name") for f in reply.iter("file-information")] == ["/var/crash/core.rpd.0.gz"]


def test_software_of_one_engine_or_of_all() -> None:
    one = ask("get-software-information")
    assert (one.findtext("host-name"), one.findtext("junos-version")) == ("jkt-r1", context().version)
    every = asyncio.run(oper.cli_xml("show version invoke-on all-routing-engines", context()))
    assert every is not None
    assert every.findtext("multi-routing-engine-item/re-name") == "re0"


def test_uptime_knows_boot_and_last_commit() -> None:
    reply = raw("get-system-uptime-information")
    booted = reply.find("{*}system-booted-time/{*}date-time")
    assert booted is not None
    assert booted.get(f"{JUNOS}seconds") == str(int(NOW - 90061))
    assert reply.findtext("{*}last-configured-time/{*}user") == "fairway"


def test_the_private_instance_names_the_routing_engine() -> None:
    reply = ask("get-interface-information", terse="", routing_instance="__juniper_private1__")
    address = (reply.findtext(".//ifa-local") or "").partition("/")[0]
    assert [line.split()[1] for line in oper.HOSTS_JUNOS.splitlines() if line.split()[0] == address] == ["re0"]


def test_ping_measures_in_microseconds() -> None:
    reply = ask("ping", host="192.0.2.65", count="4", rapid="")
    body = reply.find("probe-results-summary")
    assert body is not None
    assert [body.findtext(t) for t in ("probes-sent", "responses-received", "packet-loss", "rtt-average")] == [
        "4", "2", "50", "300",
    ]  # fmt: skip


def test_ping_without_a_route_loses_every_probe_and_warns() -> None:
    reply = ask("ping", context(alive=False), host="192.0.2.65", count="3")
    assert reply.findtext("ping-warning-message") == "sendto: No route to host"
    assert [node.text for node in reply.iterfind("probe-results-summary/*")] == ["3", "0", "100"]
    assert reply.findtext("ping-failure") == "no response"


@pytest.mark.parametrize("args", [{}, {"host": "192.0.2.1", "count": "many"}, {"host": "192.0.2.1", "count": "0"}])
def test_ping_refuses_nonsense(args: dict[str, str]) -> None:
    with pytest.raises(oper.OperError):
        ask("ping", context(), **args)


@pytest.mark.parametrize(
    "seconds, clock, short, long",
    [
        (5, "00:00:05", "5", "5 seconds"),
        (184, "00:03:04", "3:04", "3 minutes, 4 seconds"),
        (90061, "1d 01:01:01", "1d 1:01", "1 day, 1 hour, 1 minute, 1 second"),
        (1_300_000, "2w1d 01:06:40", "2w1d 1:06", "15 days, 1 hour, 6 minutes, 40 seconds"),
    ],
)
def test_how_intervals_are_written(seconds: int, clock: str, short: str, long: str) -> None:
    assert (clock_length(seconds), short_length(seconds), long_length(seconds)) == (clock, short, long)
