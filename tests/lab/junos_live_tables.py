"""Run on the lab's controller: configures two routers as neighbours, reads PyEZ's op tables, puts everything back.

Prints one JSON object: table name -> [[key, {field: value}], ...] as jkt-r1 answers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from jnpr.junos import Device
from jnpr.junos.op.arp import ArpTable
from jnpr.junos.op.bfd import BfdSessionTable
from jnpr.junos.op.bgp import bgpTable
from jnpr.junos.op.ethport import EthPortTable
from jnpr.junos.op.nd import NdTable
from jnpr.junos.op.ospf import OspfInterfaceTable, OspfNeighborTable, ospfTable
from jnpr.junos.op.phyport import PhyPortTable
from jnpr.junos.op.routes import RouteSummaryTable, RouteTable
from jnpr.junos.utils.config import Config

ROUTERS = ("192.0.2.131", "192.0.2.133")
ENDS = (
    {"own": "192.0.2.1", "far": "192.0.2.3", "link": "192.0.2.64", "link6": "2001:db8:0:64::"},
    {"own": "192.0.2.3", "far": "192.0.2.1", "link": "192.0.2.65", "link6": "2001:db8:0:64::1"},
)
CONFIG = """
set interfaces ge-0/0/0 description north
set interfaces ge-0/0/0 unit 0 family inet address {link}/31
set interfaces ge-0/0/0 unit 0 family inet6 address {link6}/127
set interfaces lo0 unit 0 family inet address {own}/32
set routing-options router-id {own}
set routing-options autonomous-system 64496
set routing-options static route 198.51.100.{last}/32 discard
set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 interface-type p2p
set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 hello-interval 1
set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 dead-interval 40
set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 bfd-liveness-detection minimum-interval 3000
set protocols ospf area 0.0.0.0 interface lo0.0 passive
set policy-options policy-statement statics term t from protocol static
set policy-options policy-statement statics term t then accept
set protocols bgp group ibgp type internal
set protocols bgp group ibgp local-address {own}
set protocols bgp group ibgp export statics
set protocols bgp group ibgp neighbor {far} description "the other end"
"""
TABLES: dict[str, Callable[[Any], Any]] = {
    "bgp": lambda router: bgpTable(router).get(),
    "ospf": lambda router: ospfTable(router).get(),
    "ospf-neighbor": lambda router: OspfNeighborTable(router).get(),
    "ospf-interface": lambda router: OspfInterfaceTable(router).get(),
    "phyport": lambda router: PhyPortTable(router).get(),
    "ethport": lambda router: EthPortTable(router).get("ge-0/0/0"),
    "route": lambda router: RouteTable(router).get(),
    "route-ospf": lambda router: RouteTable(router).get(protocol="ospf"),
    "route-summary": lambda router: RouteSummaryTable(router).get(),
    "arp": lambda router: ArpTable(router).get(),
    "nd": lambda router: NdTable(router).get(),
    "bfd": lambda router: BfdSessionTable(router).get(),
}


def commit(router: Any, load: Callable[[Config], object]) -> None:
    """Load and commit under the lock."""
    with Config(router, mode="exclusive") as config:
        load(config)
        config.commit()


def rows(table: Any) -> list[Any]:
    """A table as plain data; views that are tables themselves by their keys."""
    return [
        [row.key, {name: value if not hasattr(value, "keys") else value.keys() for name, value in row.items()}]
        for row in table
    ]


def complete(router: Any) -> bool:
    """Whether the neighbours of jkt-r1 have all come up, and their routes with them."""
    up = [state.text for state in router.rpc.get_bgp_neighbor_information().iter("peer-state")] == ["Established"]
    full = [row.ospf_neighbor_state for row in OspfNeighborTable(router).get()] == ["Full"]
    watched = [row.state for row in BfdSessionTable(router).get()] == ["Up"]
    return up and full and watched and "198.51.100.3/32" in RouteTable(router).get(protocol="bgp")


def main() -> int:
    """0 with the tables on standard output; 1 with what is missing when the neighbours did not come up."""
    routers = [Device(host=address, user="fairway", port=830, gather_facts=False).open() for address in ROUTERS]
    before = [router.rpc.get_config(options={"format": "text"}).text for router in routers]
    try:
        for router, end in zip(routers, ENDS, strict=True):
            lines = CONFIG.format(**end, last=end["own"].rpartition(".")[2])
            commit(router, lambda config, lines=lines: config.load(lines, format="set"))  # type: ignore[misc]
        until = time.monotonic() + 90
        while not complete(routers[0]):
            if time.monotonic() > until:
                print("the neighbours did not come up in 90 s", file=sys.stderr)
                return 1
            time.sleep(0.3)
        routers[0].rpc.ping(host="192.0.2.65", count="1")
        routers[0].rpc.ping(host="2001:db8:0:64::1", count="1")
        json.dump({name: rows(read(routers[0])) for name, read in TABLES.items()}, sys.stdout, default=str)
    finally:
        for router, text in zip(routers, before, strict=True):
            commit(router, lambda config, text=text: config.load(text, format="text", overwrite=True))  # type: ignore[misc]
            router.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
