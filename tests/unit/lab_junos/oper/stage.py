"""A router on a stage: a data plane whose answers the test writes, and contexts over it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from lab.junos import oper
from lab.junos.backend import NullBackend
from lab.junos.backend.base import Data
from lab.junos.backend.model import (
    BfdSession,
    BgpPeer,
    BgpRib,
    Counters,
    InterfaceAddress,
    LogicalInterface,
    Neighbor,
    NextHop,
    OspfDatabase,
    OspfInterface,
    OspfNeighbor,
    PhysicalInterface,
    PingRequest,
    PingResult,
    Probe,
    Route,
)
from lab.junos.config import Tree, load
from lab.junos.oper.xml import Element, plain

NOW = 1_800_000_000.0
TEXT = """
system { host-name jkt-r1; }
interfaces {
    ge-0/0/0 { description north; unit 0 { family inet { address 192.0.2.64/31; } family inet6; } }
    lo0 { unit 0 { family inet { address 192.0.2.1/32; } } }
}
routing-options { autonomous-system 64496; router-id 192.0.2.1; static { route 192.0.2.0/24 discard; } }
protocols {
    ospf { area 0.0.0.0 { interface ge-0/0/0.0 { interface-type p2p; metric 100; } } }
    bgp { group ibgp { type internal; local-address 192.0.2.1; neighbor 192.0.2.2 { description jkt-r2; } } }
}
"""


class Lively(NullBackend):
    """A data plane in which everything is up."""

    def interfaces(self, data: Data) -> list[PhysicalInterface]:
        unit = LogicalInterface(
            "ge-0/0/0.0", 335, True, True, 9000, ("inet",), (InterfaceAddress("inet", "192.0.2.64/31"),),
            counters=Counters(input_packets=5, output_packets=6),
        )  # fmt: skip
        counters = Counters(
            input_bytes=1000, input_packets=10, output_bytes=2000, output_packets=20, input_errors=3, input_drops=4,
            output_errors=5, carrier_transitions=7,
        )  # fmt: skip
        port = PhysicalInterface(
            "ge-0/0/0", 130, True, True, 9014, "02:00:00:00:00:01", "1000mbps", "north", None, counters, (unit,)
        )
        return [port]

    def ospf_neighbors(self, data: Data, version: int) -> list[OspfNeighbor]:
        address = "192.0.2.65" if version == 2 else "fe80::2"
        return [OspfNeighbor("ge-0/0/0.0", "192.0.2.2", address, "Full", "0.0.0.0", 128, 33, 3661)]

    def ospf_interfaces(self, data: Data, version: int) -> list[OspfInterface]:
        return [OspfInterface("ge-0/0/0.0", "0.0.0.0", "PtToPt", 100, 1, kind="P2P", address="192.0.2.64/31", mtu=9000)]

    def ospf_database(self, data: Data, version: int) -> list[OspfDatabase]:
        return [OspfDatabase("0.0.0.0", (("Router", 4), ("Network", 1))), OspfDatabase(None, (("Extern", 2),))]

    def bgp_peers(self, data: Data) -> list[BgpPeer]:
        ribs = (BgpRib("inet.0", received=10, accepted=9, active=8, advertised=2),)
        up = BgpPeer(
            "192.0.2.2", 64496, 64496, "ibgp", True, "Established", 3661, 1, "192.0.2.1", "jkt-r2", "192.0.2.2",
            "192.0.2.1", input_messages=11, output_messages=12, exports=("originate",), ribs=ribs,
        )  # fmt: skip
        down = BgpPeer("198.51.100.0", 64500, 64496, "carrier", False, "Active", 40, ribs=(BgpRib("inet.0"),))
        return [up, down]

    def bfd_sessions(self, data: Data) -> list[BfdSession]:
        return [BfdSession("192.0.2.65", "Up", "ge-0/0/0.0", 0.9, 0.3, 3)]

    def routes(self, data: Data, destination: str | None = None) -> list[Route]:
        via = (NextHop(to="192.0.2.65", via="ge-0/0/0.0"),)
        return [
            Route("inet.0", "192.0.2.0/24", "Static", 5, True, 60, (NextHop(kind="Discard"),)),
            Route("inet.0", "192.0.2.64/31", "Direct", 0, True, 60, (NextHop(via="ge-0/0/0.0"),)),
            Route("inet.0", "192.0.2.64/32", "Local", 0, True, 60, (NextHop(via="ge-0/0/0.0", kind="Local"),)),
            Route("inet.0", "192.0.2.2/32", "OSPF", 10, True, 30, via, metric=100),
            Route("inet.0", "203.0.113.0/24", "BGP", 170, True, 90061, via, None, 100, "64500 I", "192.0.2.2"),
            Route("inet.0", "203.0.113.0/24", "BGP", 170, False, 9, via, None, 90, "64501 64500 I", "192.0.2.3"),
            Route("inet6.0", "2001:db8::/36", "Static", 5, True, 60, (NextHop(kind="Discard"),)),
        ]

    def neighbors(self, data: Data, family: str) -> list[Neighbor]:
        address = "192.0.2.65" if family == "inet" else "2001:db8:0:64::1"
        return [Neighbor(family, address, "02:00:00:00:00:02", "ge-0/0/0.0", router=True)]

    def ping(self, data: Data, request: PingRequest) -> PingResult:
        return PingResult("192.0.2.65", request.count, (Probe(0, 64, 200, 64), Probe(1, 64, 400, 64)))


@dataclass(frozen=True)
class Entry:
    """A commit as `show system uptime` needs it."""

    time: float = NOW - 100
    user: str = "fairway"


@dataclass
class Store:
    """A datastore that holds one configuration."""

    tree: Tree
    entries: list[Entry] = field(default_factory=lambda: [Entry()])

    def running(self) -> Tree:
        return self.tree

    def history(self) -> Sequence[Any]:
        return self.entries


def context(*, alive: bool = True, text: str = TEXT) -> oper.OperContext:
    """A context over the lively data plane, or over none."""
    tree = Tree.empty()
    report = load(tree, text, "text", "override")
    assert report.errors == []
    backend = Lively() if alive else NullBackend()
    return oper.OperContext(Store(tree), backend, "started-as", now=lambda: NOW, started=NOW - 90061)


def ask(name: str, ctx: oper.OperContext | None = None, **args: str) -> Element:
    """An RPC's reply as ncclient hands it on: without namespaces of elements and attributes."""
    rpc = etree.Element(name)
    for key, value in args.items():
        etree.SubElement(rpc, key.replace("_", "-")).text = value
    reply = asyncio.run(oper.answer(name, rpc, ctx or context()))
    assert reply is not None
    bare = plain(reply)
    for node in bare.iter(etree.Element):
        for attribute, value in [(str(name), str(text)) for name, text in node.attrib.items()]:
            del node.attrib[attribute]
            node.set(etree.QName(attribute).localname, value)
    return bare


def say(line: str, ctx: oper.OperContext | None = None) -> str:
    """What the CLI prints."""
    text = asyncio.run(oper.cli_text(line, ctx or context()))
    assert text is not None
    return text
