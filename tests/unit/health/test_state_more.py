"""The subjects that are read only when they are named: traffic, next hops, software, storage, clock, commits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ansible_collections.fairway.backbone.plugins.module_utils.state import frr_state
from ansible_collections.fairway.backbone.plugins.module_utils.state_more import (
    frr_ntp,
    frr_traffic,
    junos_ntp,
    runs_package,
    upstream,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_state_more import routes
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_state import collect
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

REPLIES = {
    "get-interface-information": """<interface-information><physical-interface><name>ge-0/0/0</name>
      <traffic-statistics style="verbose"><input-bytes>1000</input-bytes><input-bps>800</input-bps>
        <output-bytes>2000</output-bytes><output-bps>1600</output-bps><input-pps>1</input-pps>
        <output-pps>2</output-pps></traffic-statistics>
      <logical-interface><name>ge-0/0/0.0</name>
        <traffic-statistics><input-bytes>900</input-bytes><output-bytes>1900</output-bytes></traffic-statistics>
        <transit-traffic-statistics><input-bytes>9</input-bytes><input-bps>8</input-bps><output-bps>16</output-bps>
          <input-pps>0</input-pps><output-pps>1</output-pps></transit-traffic-statistics></logical-interface>
      </physical-interface></interface-information>""",
    "get-bgp-summary-information": """<bgp-information>
      <bgp-peer><peer-address>192.0.2.2</peer-address><peer-state>Established</peer-state>
        <bgp-rib><name>inet.0</name><active-prefix-count>7</active-prefix-count></bgp-rib></bgp-peer>
      <bgp-peer><peer-address>198.51.100.0+179</peer-address><peer-state>Established</peer-state>
        <bgp-rib><name>inet.0</name><active-prefix-count>0</active-prefix-count></bgp-rib>
        <bgp-rib><name>inet6.0</name><active-prefix-count>3</active-prefix-count></bgp-rib>
        <bgp-rib><name>bgp.l3vpn.0</name><active-prefix-count>5</active-prefix-count></bgp-rib></bgp-peer>
      </bgp-information>""",
    "get-software-information": """<software-information><host-name>jkt-r1</host-name>
      <product-model>mx204</product-model><junos-version>22.4R3-S1.4</junos-version></software-information>""",
    "get-system-storage": """<system-storage-information><filesystem><total-blocks>2048</total-blocks>
      <available-blocks format="1M">1024</available-blocks><mounted-on>/.mount/var</mounted-on></filesystem>
      <filesystem><total-blocks>10</total-blocks><available-blocks>8</available-blocks><mounted-on>/.mount</mounted-on>
      </filesystem></system-storage-information>""",
}
PENDING = """<output>Pending install of package junos-install-mx-x86-64-23.4R2-S3.9.tgz:
    reboot to activate it</output><package-result>1</package-result>"""
NTP_STATUS = """status=0615 leap_none, sync_ntp, 1 event, clock_sync,
version="ntpd 4.2.8p15", processor="amd64", system="FreeBSD", leap=00, stratum=3,
precision=-23, rootdelay=0.842, rootdispersion=5.2, peer=61104, refid=198.51.100.9,
poll=10, state=4, offset=-0.175, frequency=12.3"""
NTP_PEERS = """     remote           refid      st t when poll reach   delay   offset  jitter
==============================================================================
+198.51.100.8    192.0.2.250      2 u   11   64  377    0.5     0.1    0.1
*198.51.100.9    192.0.2.251      2 u   21   64  377    0.4    -0.2    0.1
"""


class Recorded:
    """Answers RPCs and commands from recordings; what has none is refused."""

    def __init__(self, commands: dict[str, str] | None = None, **changed: str) -> None:
        self.replies = {**REPLIES, **{name.replace("_", "-"): text for name, text in changed.items()}}
        self.commands = commands or {}

    def get(self, request: Any) -> Any:
        text = self.replies.get(request.tag)
        if request.tag == "command":
            text = self.commands.get(request.text)
            text = None if text is None else f"<output>{text}</output>"
        if text is None:
            raise RouterFault("rejected", f"r1: <{request.tag}>: syntax error")
        return etree.fromstring(f"<rpc-reply>{text}</rpc-reply>")


def test_rates_of_ports_are_all_and_of_units_transit() -> None:
    found = collect(Recorded(), ["traffic"])["traffic"]
    assert found["ge-0/0/0"] == {
        "in_bps": 800, "out_bps": 1600, "in_pps": 1, "out_pps": 2, "in_octets": 1000, "out_octets": 2000
    }  # fmt: skip
    assert found["ge-0/0/0.0"] == {
        "in_bps": 8, "out_bps": 16, "in_pps": 0, "out_pps": 1, "in_octets": 900, "out_octets": 1900
    }  # fmt: skip


def test_next_hops_are_neighbours_with_active_prefixes() -> None:
    found = collect(Recorded(), ["next_hops"])
    assert found == {"next_hops": {"inet": {"192.0.2.2": 7}, "inet6": {"198.51.100.0": 3}}}


@pytest.mark.parametrize(
    "reply, pending",
    [
        ("", ""),
        ("<output>no pending install</output><package-result>0</package-result>", ""),
        (PENDING, "23.4R2-S3.9"),
        ("<output>an install is pending</output><package-result>1</package-result>", "an install is pending"),
        (f"<multi><item>{PENDING}</item></multi>", "23.4R2-S3.9"),
    ],
)
def test_software_that_waits_for_a_reboot(reply: str, pending: str) -> None:
    session = Recorded(request_package_checks_pending_install=reply) if reply else Recorded()
    found = collect(session, ["software"])["software"]
    assert (found["version"], found["model"], found["pending"]) == ("22.4R3-S1.4", "mx204", pending)


def test_storage_is_in_octets_by_place() -> None:
    assert collect(Recorded(), ["storage"])["storage"] == {
        "/var": {"free_bytes": 524288, "total_bytes": 1048576},
        "/": {"free_bytes": 4096, "total_bytes": 5120},
    }


def test_the_clock_of_a_junos_router() -> None:
    commands = {"show ntp status": NTP_STATUS, "show ntp associations no-resolve": NTP_PEERS}
    assert collect(Recorded(commands), ["ntp"])["ntp"] == {
        "synchronized": True, "peer": "198.51.100.9", "stratum": 3, "offset_ms": -0.175
    }  # fmt: skip
    silent = collect(Recorded({}), ["ntp"])["ntp"]
    assert silent["synchronized"] is None, "a router that does not say is no router whose clock is wrong"


def test_a_clock_that_lost_its_servers_is_not_synchronized() -> None:
    lost = NTP_STATUS.replace("sync_ntp", "sync_unspec").replace("stratum=3", "stratum=16")
    assert junos_ntp(lost, "")["synchronized"] is False


@pytest.mark.parametrize(
    "told, synchronized, peer",
    [
        ({"chrony": "C6336409,198.51.100.9,3,1.0,0.000012,0,0,1,2,3,4,5,64.0,Normal\n"}, True, "198.51.100.9"),
        ({"chrony": "7F7F0101,,0,0.0,0,0,0,0,0,0,0,0,0.0,Not synchronised\n"}, False, ""),
        ({"ntpq": NTP_STATUS, "ntpq_peers": NTP_PEERS}, True, "198.51.100.9"),
        ({"systemd": "NTPSynchronized=no\n"}, False, ""),
        ({"systemd": "NTPSynchronized=yes\n"}, True, ""),
        ({}, None, ""),
    ],
)
def test_the_clock_of_an_frr_router(told: dict[str, str], synchronized: bool | None, peer: str) -> None:
    found = frr_ntp(told)
    assert (found["synchronized"], found["peer"]) == (synchronized, peer)


def test_packages_and_what_their_daemons_call_themselves() -> None:
    assert [upstream(one) for one in ("8.4.4-1.1~deb12u2", "1:10.1-0~deb12u1", "9.1")] == ["8.4.4", "10.1", "9.1"]
    assert runs_package("8.4.4", "8.4.4-1.1~deb12u2")
    assert not runs_package("8.4.4", "9.1-1")


def test_an_frr_package_that_does_not_run_yet_is_pending() -> None:
    told = {"banner": "FRRouting 8.4.4 (jkt-r2) on Linux(6.1).", "package": "9.1-1", "previous": "8.4.4-1"}
    told["available"] = "       frr |      9.1-1 | http://192.0.2.9 bookworm/main\n frr | 8.4.4-1 | file\n"
    found = frr_state({"gathered": ["software"], "software": told})["software"]
    assert found == {
        "version": "8.4.4", "model": "frr", "package": "9.1-1", "pending": "9.1-1", "previous": "8.4.4-1",
        "available": ["9.1-1", "8.4.4-1"],
    }  # fmt: skip


def test_a_counter_that_began_anew_tells_no_rate() -> None:
    found = frr_traffic({
        "first": {"eth1": [1000, 10, 0, 0]}, "seconds": 2.0,
        "then": {"eth1": [400, 4, 500, 6], "eth2": [5, 1, 5, 1]},
    })  # fmt: skip
    assert (found["eth1"]["in_bps"], found["eth1"]["out_bps"], found["eth1"]["out_pps"]) == (None, 2000, 3)
    assert found["eth2"]["in_bps"] is None, "an interface that was not there before"


TABLES = st.dictionaries(
    st.sampled_from([f"198.51.100.{host}/32" for host in range(30)]),
    st.lists(st.fixed_dictionaries({"nexthops": st.just([{"ip": "192.0.2.1"}]), "path": st.text(max_size=8)})),
)


@given(TABLES, st.booleans(), st.integers(1, 50))
def test_a_table_is_read_whole_however_it_comes(table: dict[str, Any], pretty: bool, size: int) -> None:
    text = json.dumps({"vrfId": 0, "routes": table, "totals": {"a": [1]}}, indent=1 if pretty else None)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(routes(pieces)) == list(table.values())
