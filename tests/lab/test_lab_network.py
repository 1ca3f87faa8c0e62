"""Packets: where they go, what an impairment does to them, what a crash takes away."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from .lab_harness import Lab, poll

pytestmark = pytest.mark.lab

JKT_PROBE, SBY_PROBE = "192.0.2.11", "192.0.2.12"
BY_NORTH = ["192.0.2.72", "192.0.2.65", SBY_PROBE]
BY_SOUTH = ["192.0.2.74", "192.0.2.67", SBY_PROBE]


@pytest.fixture
def net(backbone: Lab) -> Iterator[Lab]:
    """The shared backbone, healed and converged after the test."""
    yield backbone
    backbone.heal()
    backbone.run("wait", "--timeout", "120", timeout=150)


def probe_path(net: Lab) -> list[str]:
    return net.path("jkt-probe", JKT_PROBE, SBY_PROBE)


def test_sites_and_carriers_reach_each_other_over_both_families(net: Lab) -> None:
    for pair in (("jkt-probe", "sby-probe"), ("jkt-probe", "carrier-b"), ("sby-r1", "carrier-a")):
        for family in ((), ("-6",)):
            # No second try: `wait` has promised that packets flow.
            found = net.ping(*pair, "-c", "3", *family)
            assert found["received"] == 3, (pair, family, found)


def test_carriers_announce_their_ranges_behind_their_origins(net: Lab) -> None:
    routes = net.vtysh("jkt-r1", "show bgp ipv4 unicast json")["routes"]
    announced = [prefix for prefix in routes if prefix.startswith("198.51.100.")]
    assert len(announced) == 16 + 64
    paths = {path["path"] for prefix in announced for path in routes[prefix] if path.get("bestpath")}
    assert paths == {"64500 64502", "64500 64503", "64500 64506", "64500 64507"}
    assert len(net.vtysh("jkt-r1", "show bgp ipv6 unicast json")["routes"]) >= 2 * 256


def test_a_cost_moves_packets(net: Lab) -> None:
    poll(lambda: probe_path(net) == BY_NORTH, "the path north: routes come a moment after the sessions")
    net.configure("jkt-r1", "interface ge-0_0_0.0", "ip ospf cost 1000")
    try:
        poll(lambda: probe_path(net) == BY_SOUTH, "the path to turn south")
    finally:
        net.configure("jkt-r1", "interface ge-0_0_0.0", "ip ospf cost 100")
    poll(lambda: probe_path(net) == BY_NORTH, "the path to turn north again")


def test_probes_are_no_transit(net: Lab) -> None:
    database = net.vtysh("jkt-r1", "show ip ospf database router 192.0.2.11 json")
    metrics = [
        link["tos0Metric"]
        for area in database["routerLinkStates"]["areas"].values()
        for lsa in area
        for link in lsa["routerLinks"].values()
        if "neighborRouterId" in link
    ]
    assert metrics, database
    assert set(metrics) == {65535}


def test_loss_is_what_was_asked_for_and_heal_ends_it(net: Lab) -> None:
    net.run("impair", "north", "--loss", "30%")
    assert [one["impairment"] for one in net.status()["links"] if one["impairment"]] == ["loss 30%"]
    # 0.7 * 0.7 of all pings survive both directions; 400 of them put six standard deviations at 15 %.
    there = net.ping("jkt-r1", "192.0.2.65", "-c", "400", "--interval", "0.005")
    assert there["loss"] == pytest.approx(0.51, abs=0.15)
    assert net.ping("jkt-r2", "192.0.2.67", "-c", "50", "--interval", "0.005")["loss"] == 0, "south was not impaired"
    net.run("heal", "jkt-r1:ge-0/0/0.0")
    assert net.ping("jkt-r1", "192.0.2.65", "-c", "100", "--interval", "0.005")["loss"] == 0


def test_loss_from_one_end_only(net: Lab) -> None:
    net.run("impair", "south", "--loss", "100%", "--from", "sby-r2")
    assert net.ping("jkt-r2", "192.0.2.67", "-c", "5", "--interval", "0.01")["received"] == 0
    dropped_before = rx_packets(net, "sby-r2", "eth1")
    net.ping("jkt-r2", "192.0.2.67", "-c", "20", "--interval", "0.01")
    assert rx_packets(net, "sby-r2", "eth1") >= dropped_before + 20, "the other direction still delivers"


def rx_packets(net: Lab, host: str, device: str) -> int:
    return int(net.ask(host, "cat", f"/sys/class/net/{device}/statistics/rx_packets").stdout)


def test_delay_is_added_per_direction(net: Lab) -> None:
    net.run("impair", "south", "--delay", "25ms")
    found = net.ping("jkt-r2", "192.0.2.67", "-c", "10")
    assert found["received"] == 10
    assert 50 <= found["rtt_min"] < 90, found
    net.run("heal", "south")
    assert net.ping("jkt-r2", "192.0.2.67", "-c", "10")["rtt_min"] < 25


def cut(net: Lab, host: str, device: str) -> str:
    """The flags of a device without a carrier, "" while it has one: the kernel tells of it a moment later."""
    flags = net.ask(host, "ip", "-br", "link", "show", device).stdout
    return flags if "NO-CARRIER" in flags else ""


def test_a_cut_takes_the_carrier_from_both_ends_and_traffic_moves(net: Lab) -> None:
    net.run("impair", "jkt-r1--sby-r1", "--down")
    for host in ("jkt-r1", "sby-r1"):
        flags = poll(functools.partial(cut, net, host, "ge-0_0_0.0"), f"{host} to see that the carrier is gone")
        assert ",UP" in flags, f"administratively up: {flags}"
    poll(lambda: probe_path(net) == BY_SOUTH, "the path to turn south")
    net.run("heal")
    poll(lambda: probe_path(net) == BY_NORTH, "the path to turn north again")


def test_a_crashed_host_is_gone_and_comes_back_from_its_disk(net: Lab) -> None:
    net.configure("jkt-r2", "router bgp 64496", "bgp graceful-shutdown")  # not saved: must not survive
    net.run("crash", "jkt-r2")
    assert "jkt-r2 is off" in net.error("exec", "jkt-r2", "--", "true")
    poll(lambda: cut(net, "sby-r2", "eth1"), "its neighbour to see that the carrier is gone")
    down = {one["a"] for one in net.status()["links"] if not one["up"]}
    assert down == {"carrier-b:eth2", "jkt-probe:eth2", "jkt-r1:ge-0/0/1.100", "jkt-r2:eth1"}
    net.run("boot", "jkt-r2")
    net.run("wait", "--timeout", "120", timeout=150)
    running = net.exec("jkt-r2", "vtysh", "-c", "show running-config").stdout
    assert "neighbor 192.0.2.1 remote-as 64496" in running
    assert "graceful-shutdown" not in running
    assert net.ping("jkt-r2", "carrier-b", "-c", "3")["received"] == 3


def test_routers_cannot_see_or_clear_an_impairment(net: Lab) -> None:
    net.run("impair", "south", "--loss", "100%")
    net.exec("jkt-r2", "nft", "flush", "ruleset")
    assert net.exec("jkt-r2", "nft", "list", "ruleset").stdout == ""
    assert net.ping("jkt-r2", "192.0.2.67", "-c", "5", "--interval", "0.01")["received"] == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("impair", "probe", "--loss", "1%"), "link 'probe': 4 links match"),
        (("impair", "nowhere", "--loss", "1%"), "link 'nowhere': no such link"),
        (("impair", "north", "--loss", "101%"), "loss '101%': expected between 0% and 100%"),
        (("impair", "north", "--delay", "soon"), "delay 'soon': expected a time such as 20ms or 0.1s"),
        (("impair", "north"), "nothing to do: give --loss, --delay or --down"),
        (("impair", "north", "--loss", "1%", "--from", "jkt-r2"), "jkt-r2: not an end of jkt-r1:ge-0/0/0.0"),
        (("ping", "jkt-r9", "jkt-r1"), "jkt-r9: no such host; the lab has"),
        (("boot", "jkt-r1"), "jkt-r1 is ready; `python -m lab crash jkt-r1` first"),
        (("crash", "ctl"), "ctl is where you work"),
        (("fault", "jkt-r2", "drop"), "fault 'drop': unknown kind 'drop'; known of an FRR router are"),
        (("fault", "carrier-a", "none"), "carrier-a: not a Junos router"),
    ],
)
def test_mistakes_are_named_and_change_nothing(backbone: Lab, arguments: tuple[str, ...], message: str) -> None:
    assert message in backbone.error(*arguments)
    assert not [one for one in backbone.status()["links"] if one["impairment"]]
