"""PyEZ's op tables for BGP, OSPF, interfaces, routes and ARP on a router whose neighbours are real daemons."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from .lab_harness import CHECKOUT, Lab

pytestmark = pytest.mark.lab

LINK = "ge-0/0/0.0"
EXPECTED: list[tuple[str, Any, dict[str, Any]]] = [
    ("bgp", "192.0.2.3", {"local_as": "64496", "peer_as": "64496", "peer_id": "192.0.2.3", "route_received": "1"}),
    ("ospf", "0.0.0.0", {"router_id": "192.0.2.1", "neighbors": "1"}),
    ("ospf-neighbor", [LINK, "192.0.2.3"], {"ospf_neighbor_state": "Full", "neighbor_address": "192.0.2.65"}),
    ("ospf-interface", LINK, {"ospf_interface_state": "PtToPt", "neighbor_count": "1"}),
    ("ospf-interface", "lo0.0", {"neighbor_count": "0"}),
    ("phyport", "ge-0/0/0", {"oper": "up", "admin": "up", "description": "north"}),
    ("phyport", "ge-0/0/1", {"oper": "down", "admin": "up"}),
    ("ethport", "ge-0/0/0", {"running": True, "present": True}),
    ("route", "192.0.2.64/31", {"protocol": "Direct", "via": LINK}),
    ("route", "192.0.2.64/32", {"protocol": "Local", "via": LINK}),
    ("route", "198.51.100.1/32", {"protocol": "Static", "nexthop": None}),
    ("route", "198.51.100.3/32", {"protocol": "BGP", "via": LINK, "nexthop": "192.0.2.65"}),
    ("route", "2001:db8:0:64::/127", {"protocol": "Direct", "via": LINK}),
    ("route-ospf", "192.0.2.3/32", {"protocol": "OSPF", "via": LINK, "nexthop": "192.0.2.65"}),
    ("route-summary", "inet.0", {"hidden": 0, "holddown": 0}),
    ("bfd", "192.0.2.65", {"state": "Up", "interface": LINK}),
]
"""Table, key of a row, and what the row must say."""


@pytest.fixture(scope="module")
def tables(lab: Lab) -> dict[str, list[Any]]:
    """What jkt-r1 answered while sby-r1 was its neighbour; afterwards both are as they were."""
    done = lab.exec("ctl", sys.executable, str(CHECKOUT / "tests/lab/junos_live_tables.py"), timeout=180)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("table, key, wanted", EXPECTED, ids=[f"{table} {key}" for table, key, _ in EXPECTED])
def test_a_table_says_what_the_daemons_know(
    tables: dict[str, list[Any]], table: str, key: Any, wanted: dict[str, Any]
) -> None:
    found = [row for row_key, row in tables[table] if row_key == key]
    assert len(found) == 1, tables[table]
    assert {name: found[0][name] for name in wanted} == wanted


@pytest.mark.parametrize("table, address", [("arp", "192.0.2.65"), ("nd", "2001:db8:0:64::1")])
def test_the_neighbour_has_one_hardware_address(tables: dict[str, list[Any]], table: str, address: str) -> None:
    (entry,) = [row for _, row in tables[table] if row["ip_address"] == address]
    assert entry["interface_name"] == LINK
    assert len(entry["mac_address"].split(":")) == 6
    assert entry["mac_address"] != next(row["macaddr"] for key, row in tables["phyport"] if key == "ge-0/0/0")


def test_the_summary_counts_what_the_table_lists(tables: dict[str, list[Any]]) -> None:
    (summary,) = [row for key, row in tables["route-summary"] if key == "inet.0"]
    listed = [key for key, _ in tables["route"] if ":" not in key]
    assert summary["dests"] == len(set(listed))
    assert {"Direct", "Local", "OSPF", "BGP", "Static"} <= set(summary["proto"])
