"""Samples out of replies that were recorded on the lab: real FRR, and the emulator's Junos shapes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jxmlease
import pytest

from ansible_collections.fairway.backbone.plugins.module_utils import metrics_replies as replies
from ansible_collections.fairway.backbone.plugins.module_utils.metrics import LABELS, Sample, bgp_samples, ospf_samples
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_config import (
    Member,
    Settings,
    Target,
    steered_by_cost,
    steered_by_marker,
)
from ansible_collections.fairway.backbone.plugins.module_utils.state import frr_state
from ansible_collections.fairway.backbone.plugins.plugin_utils.metrics_hands import FrrHand, hand, split_parts

from .recorded_replies import frr, junos


def shown(samples: Iterable[Sample], name: str, **labels: str) -> dict[str, float]:
    """Values of the metric `name` with these labels, by their other labels in words."""
    found: dict[str, float] = {}
    for one in samples:
        named = dict(zip(LABELS[one.name], one.labels, strict=True))
        if one.name == name and all(named.get(key) == value for key, value in labels.items()):
            found[" ".join(value for key, value in named.items() if key not in labels)] = one.value
    return found


def tree(text: str) -> Any:
    return jxmlease.parse(text)


def test_rpm_results_are_counted_over_all_tests_and_timed_by_the_newest() -> None:
    samples = list(replies.rpm_samples("jkt-r1", junos("rpm")))
    path = {"router": "jkt-r1", "backbone": "jkt-sby", "path": "north", "peer": "sby-r1"}
    assert shown(samples, "fairway_rpm_sent_total", **path) == {"192.0.2.65": 7}
    assert shown(samples, "fairway_rpm_received_total", **path) == {"192.0.2.65": 7}
    rtt = shown(samples, "fairway_rpm_rtt_seconds", **path, target="192.0.2.65")
    assert rtt == {"min": 0.000088, "avg": 0.00013, "max": 0.000239}


RPM_TEST = """<probe-results><probe-test-results><owner>{owner}</owner><test-name>{name}</test-name>
  <target-address>192.0.2.9</target-address>
  <probe-test-current-results><probe-test-generic-results><probes-sent>{current}</probes-sent>{rtt}
  </probe-test-generic-results></probe-test-current-results>
  <probe-last-test-results><probe-test-generic-results><probe-test-rtt><probe-summary-results><samples>15</samples>
  <avg-delay>2000</avg-delay></probe-summary-results></probe-test-rtt></probe-test-generic-results>
  </probe-last-test-results>
  <probe-test-global-results><probe-test-generic-results><probes-sent>{sent}</probes-sent>{received}
  </probe-test-generic-results></probe-test-global-results></probe-test-results></probe-results>"""


def rpm(**told: str) -> list[Sample]:
    given = {"owner": "b", "name": "p@r", "current": "1", "rtt": "", "sent": "30", "received": ""}
    return list(replies.rpm_samples("r1", tree(RPM_TEST.format(**{**given, **told}))))


def test_rpm_tests_side_by_side_are_one_measurement() -> None:
    tests = [
        RPM_TEST.format(
            owner="b", name=name, current="1", rtt="", sent=sent, received="<probe-responses>5</probe-responses>"
        )
        for name, sent in (("p@r", 30), ("p@r+2", 20), ("p@r+10", 10))
    ]
    inner = "".join(one.removeprefix("<probe-results>").removesuffix("</probe-results>") for one in tests)
    samples = list(replies.rpm_samples("r1", tree(f"<probe-results>{inner}</probe-results>")))
    assert shown(samples, "fairway_rpm_sent_total", router="r1") == {"b p r 192.0.2.9": 60}
    assert shown(samples, "fairway_rpm_received_total", router="r1") == {"b p r 192.0.2.9": 15}


def test_a_running_test_without_a_reply_leaves_the_last_one_s_time() -> None:
    rtt = (
        "<probe-test-rtt><probe-summary-results><samples>{}</samples><avg-delay>5000</avg-delay>"
        "</probe-summary-results></probe-test-rtt>"
    )
    assert shown(rpm(), "fairway_rpm_rtt_seconds") == {"r1 b p r 192.0.2.9 avg": 0.002}
    assert shown(rpm(rtt=rtt.format(0)), "fairway_rpm_rtt_seconds") == {"r1 b p r 192.0.2.9 avg": 0.002}
    assert shown(rpm(rtt=rtt.format(3)), "fairway_rpm_rtt_seconds") == {"r1 b p r 192.0.2.9 avg": 0.005}


def test_sent_is_never_told_without_received() -> None:
    """Alone it would look like 100 % loss."""
    assert shown(rpm(), "fairway_rpm_sent_total") == {}
    both = rpm(received="<probe-responses>29</probe-responses>")
    assert shown(both, "fairway_rpm_received_total") == {"r1 b p r 192.0.2.9": 29}


@pytest.mark.parametrize("name", ["p", "p@", "@r", ""])
def test_somebody_else_s_rpm_tests_are_left_alone(name: str) -> None:
    assert rpm(name=name, received="<probe-responses>1</probe-responses>") == []


def test_junos_interfaces_have_counters_per_port_and_unit() -> None:
    samples = list(replies.junos_interface_samples("jkt-r1", junos("interfaces")))
    octets = shown(samples, "fairway_interface_octets_total", router="jkt-r1")
    assert octets["ge-0/0/0.0 in"] > 0
    assert octets["ge-0/0/0 out"] > 0
    assert shown(samples, "fairway_interface_packets_total", interface="ge-0/0/1.100").keys() == {
        "jkt-r1 in",
        "jkt-r1 out",
    }
    assert shown(samples, "fairway_interface_errors_total", interface="ge-0/0/0") == {"jkt-r1 in": 0, "jkt-r1 out": 0}
    assert shown(samples, "fairway_interface_errors_total", interface="ge-0/0/0.0") == {}
    up = shown(samples, "fairway_interface_up", router="jkt-r1")
    assert {name for name, value in up.items() if value == 1} >= {"ge-0/0/0", "ge-0/0/0.0", "lo0.0", "fxp0.0"}


@pytest.mark.parametrize("port, flag, up", [("up", "iff-up", 1), ("down", "iff-up", 0), ("up", "iff-down", 0)])
def test_a_unit_is_up_when_it_and_its_port_are(port: str, flag: str, up: int) -> None:
    reply = tree(
        f"<interface-information><physical-interface><name>\nge-0/0/0\n</name><oper-status>\n{port}\n</oper-status>"
        f"<logical-interface><name>ge-0/0/0.0</name><if-config-flags><{flag}/></if-config-flags></logical-interface>"
        "</physical-interface></interface-information>"
    )
    samples = list(replies.junos_interface_samples("r", reply))
    assert shown(samples, "fairway_interface_up") == {"r ge-0/0/0": port == "up", "r ge-0/0/0.0": up}


def test_frr_interfaces() -> None:
    links = json.loads(frr("fast")["links"])
    samples = list(replies.frr_interface_samples("jkt-r2", links))
    told = {link["ifname"]: link["stats64"] for link in links}
    octets = shown(samples, "fairway_interface_octets_total", router="jkt-r2")
    assert octets["eth1 in"] == told["eth1"]["rx"]["bytes"] > 0
    assert octets["eth1 out"] == told["eth1"]["tx"]["bytes"] > 0
    assert shown(samples, "fairway_interface_up", interface="eth1") == {"jkt-r2": 1}


def test_ospf_costs_of_both_platforms() -> None:
    junos_costs = replies.junos_costs(junos("ospf-interfaces"))
    assert (junos_costs["ge-0/0/0.0"], junos_costs["ge-0/0/1.100"]) == (100, 10)
    frr_costs = replies.frr_costs(json.loads(frr("fast")["ospf_interfaces"]))
    assert frr_costs == {"eth1": 150, "eth2.100": 10, "eth3": 10, "lo": 0}
    assert replies.frr_costs({"eth1": {"cost": 7}}) == {"eth1": 7}, "FRR before 8 has no level `interfaces`"


def test_bgp_and_ospf_of_a_real_frr() -> None:
    parts = {name: json.loads(text) for name, text in frr("slow").items() if name not in ("markers", "end")}
    state = frr_state({"gathered": ["bgp", "ospf"], **parts})
    bgp = list(bgp_samples("jkt-r2", state["bgp"]))
    assert shown(bgp, "fairway_bgp_up", router="jkt-r2")["203.0.113.2 inet"] == 1
    assert shown(bgp, "fairway_bgp_state", peer="192.0.2.1") == {"jkt-r2 inet": 6}
    assert shown(bgp, "fairway_bgp_prefixes", peer="203.0.113.2", what="received") == {"jkt-r2 inet": 80}
    ospf = list(ospf_samples("jkt-r2", state["ospf"]))
    assert shown(ospf, "fairway_ospf_up", interface="eth1") == {"jkt-r2 v2 192.0.2.4": 1, "jkt-r2 v3 192.0.2.4": 1}


def test_a_session_that_is_down_is_told_as_down() -> None:
    """Routers tell no families of such a session: the address does."""
    bgp = {"neighbors": {"2001:db8::1": {"state": "Active", "families": {}}, "192.0.2.1": {"state": "Connect"}}}
    samples = list(bgp_samples("r", bgp))
    assert shown(samples, "fairway_bgp_up") == {"r 2001:db8::1 inet6": 0, "r 192.0.2.1 inet": 0}
    assert shown(samples, "fairway_bgp_state") == {"r 2001:db8::1 inet6": 3, "r 192.0.2.1 inet": 2}


def test_a_path_is_steered_when_its_cost_is_or_its_marker_stands() -> None:
    north = Member("b", "north", "ospf_cost", "eth1", 1000.0)
    target = Target("r", "frr", "192.0.2.1", 22, members=(north, Member("b", "term", "policy_term")))
    assert shown(steered_by_cost(target, {"eth1": 1000}), "fairway_steered") == {"r b north": 1}
    assert shown(steered_by_cost(target, {"eth1": 100}), "fairway_steered") == {"r b north": 0}
    assert shown(steered_by_cost(target, {}), "fairway_steered") == {}, "not known is not 'not steered'"
    assert shown(steered_by_marker(target, {"b/term"}), "fairway_steered") == {"r b term": 1}
    assert shown(steered_by_marker(target, {"b/terms"}), "fairway_steered") == {"r b term": 0}


def test_markers_of_both_platforms() -> None:
    configuration = """<configuration><policy-options><policy-statement><name>p</name><term><name>t</name>
      <apply-macro><name>fairway-steering</name><data><name>path</name><value>b/term</value></data>
      <data><name>by</name><value>auto</value></data></apply-macro></term></policy-statement></policy-options>
      <routing-options><apply-macro><name>other</name><data><name>path</name><value>b/no</value></data></apply-macro>
      </routing-options></configuration>"""
    assert replies.junos_markers(tree(configuration)) == {"b/term"}
    text = (
        "! fairway-steering path=b/term place=policy:p:t since=1 by=auto\nrouter ospf\n ! fairway-steering path=b/no\n"
    )
    assert replies.frr_markers(text) == {"b/term"}


def test_a_login_that_may_not_read_the_commits_does_not_say_that_nothing_is_steered(tmp_path: Path) -> None:
    """The script as the router's shell runs it; a directory that is not there reads like one that is closed."""

    members = (Member("b", "term", "policy_term"),)

    def told(commits: Path) -> dict[str, float]:
        target = Target("r", "frr", "192.0.2.1", 22, vtysh="true", commits=str(commits), members=members)
        asked = hand(target, Settings(), "slow")
        assert isinstance(asked, FrrHand)
        done = subprocess.run(["sh", "-c", asked.script()], capture_output=True, text=True, check=False)
        return shown(asked.samples(split_parts(done.stdout)), "fairway_steered")

    assert told(tmp_path / "closed") == {}
    (tmp_path / "000001.conf").write_text("! fairway-steering path=b/term place=policy:p:t since=1 by=auto\n")
    assert told(tmp_path) == {"r b term": 1}
    (tmp_path / "000002.conf").write_text("router ospf\n")
    assert told(tmp_path) == {"r b term": 0}
