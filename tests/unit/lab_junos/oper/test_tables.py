"""Replies read by PyEZ's own tables: its RPC names, arguments and XPaths are what clients expect."""

from __future__ import annotations

from typing import Any

import pytest
from jnpr.junos.op.arp import ArpTable
from jnpr.junos.op.bfd import BfdSessionTable
from jnpr.junos.op.bgp import bgpTable
from jnpr.junos.op.ethport import EthPortTable
from jnpr.junos.op.inventory import ModuleTable
from jnpr.junos.op.nd import NdTable
from jnpr.junos.op.ospf import OspfInterfaceTable, OspfNeighborTable, ospfTable
from jnpr.junos.op.phyport import PhyPortErrorTable, PhyPortStatsTable, PhyPortTable
from jnpr.junos.op.routes import RouteSummaryTable, RouteTable
from jnpr.junos.op.systemstorage import SystemStorageTable
from jnpr.junos.op.xcvr import XcvrTable
from lxml import etree

from tests.unit.lab_junos.oper.stage import ask, context


def read(table: Any, **args: str) -> Any:
    """A table filled from the emulator's reply to the RPC that the table would send."""
    sent = {name: "" if value is True else str(value) for name, value in table.GET_ARGS.items()} | args
    made = table()
    made.xml = ask(table.GET_RPC, context(), **sent)
    etree.Element("rpc-reply").append(made.xml)
    return made


def test_bgp() -> None:
    up, down = read(bgpTable)
    assert (up.local_as, up.peer_as, up.peer_id, up.local_id) == ("64496", "64496", "192.0.2.2", "192.0.2.1")
    assert up.local_address.startswith("192.0.2.1")
    assert up.route_received == "10"
    assert (down.peer_as, down.peer_id) == ("64500", "0.0.0.0")


def test_ospf_neighbours() -> None:
    (neighbor,) = read(OspfNeighborTable)
    assert neighbor.ospf_neighbor_state == "Full"
    assert (neighbor.interface_name, neighbor.neighbor_id) == ("ge-0/0/0.0", "192.0.2.2")
    assert (neighbor.neighbor_address, neighbor.ospf_area) == ("192.0.2.65", "0.0.0.0")
    assert (neighbor.activity_timer, neighbor.neighbor_up_time) == ("33", "01:01:01")


def test_ospf_interfaces_and_overview() -> None:
    (interface,) = read(OspfInterfaceTable)
    assert (interface.interface_name, interface.ospf_interface_state) == ("ge-0/0/0.0", "PtToPt")
    assert interface.neighbor_count == "1"
    (overview,) = read(ospfTable)
    assert (overview.router_id, overview.area) == ("192.0.2.1", "0.0.0.0")


def test_ports() -> None:
    (port,) = read(PhyPortTable)
    assert (port.key, port.oper, port.admin, port.mtu) == ("ge-0/0/0", "up", "up", 9014)
    assert (port.macaddr, port.description, port.speed) == ("02:00:00:00:00:01", "north", "1000mbps")


def test_port_counters_and_errors() -> None:
    (port,) = read(PhyPortStatsTable)
    assert (port.rx_bytes, port.rx_packets, port.tx_bytes, port.tx_packets) == (1000, 10, 2000, 20)
    assert (port.rx_err_input, port.rx_err_drops) == (3, 4)
    (errors,) = read(PhyPortErrorTable)
    assert errors["tx_err_output"] == 5
    assert errors["tx_err_carrier-transitions"] == 7
    assert errors["rx_err_frame"] == 0


def test_ethernet_ports_with_media() -> None:
    (port,) = read(EthPortTable)
    assert (port.oper, port.running, port.present) == ("up", True, True)
    assert (port.rx_packets, port.tx_bytes) == ("10", "2000")


def test_routes_to_a_destination() -> None:
    (route,) = read(RouteTable, destination="203.0.113.9")
    assert route.key == "203.0.113.0/24"
    assert (route.protocol, route.age) == ("BGP", 90061), "the active path stands first"
    assert (route.nexthop, route.via) == ("192.0.2.65", "ge-0/0/0.0")


def test_all_routes() -> None:
    found = {route.key: route for route in read(RouteTable)}
    assert set(found) == {
        "192.0.2.0/24", "192.0.2.2/32", "192.0.2.64/31", "192.0.2.64/32", "203.0.113.0/24", "2001:db8::/36",
    }  # fmt: skip
    assert found["192.0.2.2/32"].via == "ge-0/0/0.0"
    assert found["192.0.2.64/32"].via == "ge-0/0/0.0", "a local route names its interface elsewhere"


def test_route_summary() -> None:
    inet, inet6 = read(RouteSummaryTable)
    assert (inet.key, inet.dests, inet.total, inet.active) == ("inet.0", 5, 6, 5)
    assert {p.key: (p.count, p.active) for p in inet.proto} == {
        "Direct": (1, 1), "Local": (1, 1), "OSPF": (1, 1), "BGP": (2, 1), "Static": (1, 1),
    }  # fmt: skip
    assert inet6.total == 1


def test_arp_and_neighbour_discovery() -> None:
    (entry,) = read(ArpTable)
    assert (entry.mac_address, entry.ip_address, entry.interface_name) == (
        "02:00:00:00:00:02", "192.0.2.65", "ge-0/0/0.0",
    )  # fmt: skip
    (found,) = read(NdTable)
    assert (found.ip_address, found.router) == ("2001:db8:0:64::1", "yes")


def test_bfd() -> None:
    (session,) = read(BfdSessionTable)
    assert (session.neighbor, session.state, session.interface) == ("192.0.2.65", "Up", "ge-0/0/0.0")


def test_hardware_and_storage() -> None:
    names = [module.jname for module in read(ModuleTable)]
    assert {"Midplane", "Routing Engine 0", "FPC 0", "PIC 0"} <= set(names)
    assert [x.type for x in read(XcvrTable)] == ["SFP-1000MBPS"]
    assert "/.mount/var" in [fs.mounted_on for fs in next(iter(read(SystemStorageTable))).filesystems]


@pytest.mark.parametrize("table", [bgpTable, OspfNeighborTable, BfdSessionTable, ArpTable])
def test_a_router_without_a_data_plane_has_no_neighbours_of_any_kind(table: Any) -> None:
    sent = {name: "" if value is True else str(value) for name, value in table.GET_ARGS.items()}
    made = table()
    made.xml = ask(table.GET_RPC, context(alive=False), **sent)
    if table is bgpTable:
        assert [(peer.peer_id, peer.route_received) for peer in made] == [("0.0.0.0", None)]
    else:
        assert len(made) == 0
