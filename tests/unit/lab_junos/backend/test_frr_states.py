"""What FRR's JSON says, in Junos words. The inputs are cut from replies of FRR 8.4."""

from __future__ import annotations

import pytest

from lab.junos.backend.frr.bgp_state import count_commands, peers
from lab.junos.backend.frr.ospf_state import (
    database2,
    database3,
    interfaces_state,
    neighbors2,
    neighbors3,
    overview,
)
from lab.junos.backend.frr.queries import ping_command, ping_result
from lab.junos.backend.frr.route_state import routes
from lab.junos.backend.frr.words import seconds
from lab.junos.backend.model import PingRequest

from .loading import BACKBONE, data

CONFIG = data(BACKBONE)
NEIGHBORS2 = {
    "neighbors": {
        "192.0.2.2": [
            {
                "ifaceAddress": "192.0.2.65",
                "areaId": "0.0.0.0",
                "ifaceName": "ge-0_0_0.0",
                "nbrPriority": 1,
                "nbrState": "Full/-",
                "lastPrgrsvChangeMsec": 33344,
                "routerDeadIntervalTimerDueMsec": 3893,
            },
            {"ifaceAddress": "192.0.2.69", "ifaceName": "ge-0_0_1.100", "nbrState": "2-Way/DROther"},
        ]
    }
}


@pytest.mark.parametrize(
    "text, expected",
    [("00:01:39", 99), ("0:00:00:37", 37), ("1d02h03m", 93780), ("3w2d05h", 2_005_200), ("never", 0), ("", 0)],
)
def test_intervals(text: str, expected: int) -> None:
    assert seconds(text) == expected


def test_ospf_neighbours() -> None:
    full, two_way = neighbors2(CONFIG, NEIGHBORS2)
    assert (full.interface, full.neighbor_id, full.state) == ("ge-0/0/0.0", "192.0.2.2", "Full")
    assert (full.dead_seconds, full.up_seconds, full.area) == (4, 33, "0.0.0.0")
    assert (two_way.interface, two_way.state) == ("ge-0/0/1.100", "2Way")


def test_ospf3_neighbours_take_timers_from_the_brief_form() -> None:
    detail = {"192.0.2.2%ge-0_0_0.0": {"linkLocalAddress": "fe80::2", "neighborState": "Twoway", "area": "0.0.0.0"}}
    brief = {
        "neighbors": [{"neighborId": "192.0.2.2", "interfaceName": "ge-0_0_0.0", "priority": 1, "deadTime": "00:00:03"}]
    }
    (found,) = neighbors3(CONFIG, detail, brief)
    assert (found.interface, found.state, found.address) == ("ge-0/0/0.0", "2Way", "fe80::2")
    assert (found.dead_seconds, found.priority) == (3, 1)


def test_an_ospf_interface_that_frr_does_not_have_is_down() -> None:
    shown = {"interfaces": {"ge-0_0_0.0": {"ifUp": True, "ospfEnabled": True, "state": "Point-To-Point", "cost": 100}}}
    found = {i.interface: i for i in interfaces_state(CONFIG, 2, shown, neighbors2(CONFIG, NEIGHBORS2))}
    assert (found["ge-0/0/0.0"].state, found["ge-0/0/0.0"].neighbors) == ("PtToPt", 1)
    assert found["ge-0/0/1.100"].state == "Down"


def test_lsa_counts() -> None:
    shown = {
        "areas": {"0.0.0.0": {"routerLinkStatesCount": 4, "networkLinkStatesCount": 1}},
        "asExternalLinkStatesCount": 2,
    }
    assert [(d.area, d.counts) for d in database2(shown)] == [
        ("0.0.0.0", (("Router", 4), ("Network", 1))),
        (None, (("Extern", 2),)),
    ]
    row = {"type": "INP", "lsId": "0.0.0.0", "advRouter": "192.0.2.1"}
    scoped = {"areaScopedLinkStateDb": [{"areaId": "0.0.0.0", "lsa": [row, {**row, "payload": "another prefix"}]}]}
    assert [(d.area, d.counts) for d in database3(scoped)] == [("0.0.0.0", (("IntraArPfx", 1),))]


def test_the_overview_counts_full_neighbours_and_is_none_without_a_process() -> None:
    found = overview({"routerId": "192.0.2.1", "areas": {"0.0.0.0": {}}}, neighbors2(CONFIG, NEIGHBORS2))
    assert found is not None
    assert (found.router_id, found.areas) == ("192.0.2.1", (("0.0.0.0", 1),))
    assert overview({}, []) is None


UP = {
    "bgpState": "Established",
    "bgpTimerUpMsec": 34000,
    "bgpTimerHoldTimeMsecs": 90000,
    "remoteRouterId": "192.0.2.2",
    "hostLocal": "192.0.2.1",
    "connectionsDropped": 1,
    "lastResetDueTo": "Hold Timer Expired",
    "messageStats": {"totalSent": 5, "totalRecv": 6},
    "addressFamilyInfo": {"ipv4Unicast": {"acceptedPrefixCounter": 2, "sentPrefixCounter": 1}},
}


def test_bgp_counts_what_came_what_was_accepted_and_what_was_told() -> None:
    shown = {"192.0.2.2": UP, "198.51.100.0": {"bgpState": "Active", "lastResetTimerMsecs": 40000}}
    assert [command for _, _, command in count_commands(CONFIG, shown)] == [
        "show bgp ipv4 unicast neighbors 192.0.2.2 prefix-counts json"
    ]
    walk = {("192.0.2.2", 4): {"ribTableWalkCounters": {"Adj-in": 3, "PfxCt Best Selected": 1}}}
    up, down = peers(CONFIG, shown, walk)
    assert (up.state, up.elapsed, up.flaps, up.last_error) == ("Established", 34, 1, "Hold Timer Expired Error")
    (rib,) = up.ribs
    assert (rib.received, rib.accepted, rib.active, rib.advertised) == (3, 2, 1, 1)
    assert (down.state, down.elapsed, down.group, down.asn) == ("Active", 40, "carrier", 64500)


def test_a_configured_neighbour_that_bgpd_does_not_know_is_idle() -> None:
    assert [peer.state for peer in peers(CONFIG, {}, {})] == ["Idle", "Idle"]


def test_routes_of_all_protocols_and_bgp_paths_that_lost() -> None:
    hop = {"ip": "192.0.2.69", "interfaceName": "ge-0_0_1.100", "active": True}
    zebra = {
        "192.0.2.2/32": [
            {
                "protocol": "ospf",
                "selected": True,
                "distance": 10,
                "metric": 10,
                "uptime": "00:00:34",
                "nexthops": [hop],
            }
        ],
        "192.0.2.0/24": [{"protocol": "static", "selected": True, "distance": 5, "nexthops": [{"blackhole": True}]}],
        "203.0.113.0/24": [
            {
                "protocol": "bgp",
                "selected": True,
                "distance": 170,
                "uptime": "00:00:09",
                "nexthops": [{"ip": "192.0.2.2", "recursive": True}, hop],
            }
        ],
    }
    path = {"valid": True, "peerId": "192.0.2.2", "path": "64500", "origin": "IGP", "locPrf": 100}
    bgp = {
        "routes": {
            "203.0.113.0/24": [
                {**path, "bestpath": True},
                {**path, "peerId": "192.0.2.3", "nexthops": [{"ip": "192.0.2.3"}]},
            ],
            "192.0.2.0/24": [{"valid": True, "peerId": "(unspec)", "bestpath": True}],
        }
    }
    found = {(r.prefix, r.learned_from): r for r in routes(CONFIG, 4, zebra, bgp, [])}
    assert found["192.0.2.0/24", None].next_hops[0].kind == "Discard"
    best, lost = found["203.0.113.0/24", "192.0.2.2"], found["203.0.113.0/24", "192.0.2.3"]
    assert (best.active, best.age, best.as_path) == (True, 9, "64500 I")
    assert [(h.to, h.via) for h in best.next_hops] == [("192.0.2.69", "ge-0/0/1.100")]
    assert (lost.active, [h.to for h in lost.next_hops]) == (False, ["192.0.2.3"])
    assert len(found) == 4, "the static route is not there a second time as a BGP route"


def test_ping_is_asked_and_understood() -> None:
    request = PingRequest("192.0.2.65", count=2, interval=0.01, source="192.0.2.1", dont_fragment=True)
    assert ping_command(request)[-1] == "192.0.2.65"
    assert "-I" in ping_command(request)
    out = (
        "PING 192.0.2.65 (192.0.2.65) 56(84) bytes of data.\n"
        "64 bytes from 192.0.2.65: icmp_seq=1 ttl=64 time=0.233 ms\n\n"
        "--- 192.0.2.65 ping statistics ---\n2 packets transmitted, 1 received, 50% packet loss, time 10ms\n"
    )
    result = ping_result(request, out, "")
    assert (result.target, result.sent, [(p.sequence, p.rtt) for p in result.probes]) == ("192.0.2.65", 2, [(0, 233)])
    assert ping_result(request, "", "ping: connect: Network is unreachable\n").error == "sendto: No route to host"
