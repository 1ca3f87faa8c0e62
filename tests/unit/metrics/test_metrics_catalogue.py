"""The names that rules, dashboards and documentation stand on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import FAMILIES, LABELS, sample

PAGE = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(fairway_\w+)` \| (\w+) \| ([^|]*) \| (.+) \|$", re.MULTILINE)


def test_the_documentation_s_table_is_the_catalogue() -> None:
    told = [(name, kind, labels.strip(), text) for name, kind, labels, text in ROW.findall(PAGE.read_text())]
    assert told == [(one.name, one.kind, ", ".join(f"`{name}`" for name in one.labels), one.help) for one in FAMILIES]


# What rules, dashboards and other people's queries rely on: changing a line here breaks them.
PROMISED = {
    "fairway_rpm_sent_total": "router backbone path peer target",
    "fairway_rpm_received_total": "router backbone path peer target",
    "fairway_rpm_rtt_seconds": "router backbone path peer target stat",
    "fairway_rpm_age_seconds": "router backbone path peer target",
    "fairway_interface_octets_total": "router interface direction",
    "fairway_interface_packets_total": "router interface direction",
    "fairway_interface_errors_total": "router interface direction",
    "fairway_interface_up": "router interface",
    "fairway_interface_path": "router interface backbone path",
    "fairway_bgp_up": "router peer family",
    "fairway_bgp_prefixes": "router peer family what",
    "fairway_ospf_up": "router interface version neighbor",
    "fairway_ospf_cost": "router interface",
    "fairway_steered": "router backbone path",
    "fairway_router_up": "router",
}


@pytest.mark.parametrize("name, labels", PROMISED.items())
def test_the_labels_are_those_that_were_promised(name: str, labels: str) -> None:
    assert " ".join(LABELS[name]) == labels


def test_counters_end_in_total_and_gauges_do_not() -> None:
    assert [one.name for one in FAMILIES if one.name.endswith("_total") != (one.kind == "counter")] == []


def test_a_sample_needs_exactly_its_labels() -> None:
    with pytest.raises(KeyError):
        sample("fairway_interface_up", 1, router="r")
    with pytest.raises(KeyError):
        sample("fairway_router_up", 1, router="r", interface="eth1")
