"""FRR configuration for every router of the lab, written from the topology alone.

Tests of the lab itself use it to get a working network without the collection's templates: a mistake in one must not
hide a mistake in the other.
"""

from __future__ import annotations

import ipaddress

from lab.hosts.frrconf import configuration
from lab.topology import Host, Topology

NORTH, SOUTH = 100, 150
QUICK_OSPF = (" timers throttle spf 50 200 5000", " timers lsa min-arrival 50")


def router(host: Host, topology: Topology, asn: int = 64496) -> str:
    """OSPF on every internal link, BGP to the other routers (loopbacks) and to carriers (links)."""
    lines = [configuration(host, topology)]
    external = {one.name for one in topology.hosts if one.role == "carrier"}
    peers: list[tuple[str, int]] = []
    for one in host.interfaces:
        lines.append(f"interface {one.device}")
        lines += [f" ip address {address}" for address in one.ipv4] + [f" ipv6 address {one_}" for one_ in one.ipv6]
        if one.peer and one.peer[0] in external:
            carrier = topology.host(one.peer[0])
            theirs = carrier.interface(one.peer[1])
            assert theirs is not None
            peers += [
                (str(ipaddress.ip_interface(ip).ip), carrier.options["asn"]) for ip in (*theirs.ipv4, *theirs.ipv6)
            ]
        else:
            lines += [" ip ospf area 0", " ipv6 ospf6 area 0"] + _ospf(one.description) * (one.peer is not None)
        lines.append("exit")
    router_id = f"{host.loopback_ipv4}"
    lines += ["router ospf", f" ospf router-id {router_id}", *QUICK_OSPF, " timers throttle lsa all 1000", "exit"]
    lines += ["router ospf6", f" ospf6 router-id {router_id}", *QUICK_OSPF, "exit"]
    lines += [f"router bgp {asn}", f" bgp router-id {router_id}", " no bgp ebgp-requires-policy"]
    lines += [" no bgp default ipv4-unicast", " no bgp network import-check"]
    # Of two routers one calls: when both do, every second, they collide (RFC 4271, section 6.8) for minutes.
    internal: list[str] = []
    waited: list[str] = []
    for other in topology.hosts:
        if other.role == "router" and other.name != host.name:
            internal += (loopbacks := [str(other.loopback_ipv4), str(other.loopback_ipv6)])
            waited += loopbacks * (other.name < host.name)
    for peer in internal:
        lines += [
            f" neighbor {peer} remote-as {asn}",
            f" neighbor {peer} update-source lo",
            f" neighbor {peer} timers 3 30",
            f" neighbor {peer} timers connect 1",
        ] + [f" neighbor {peer} passive"] * (peer in waited)
    for peer, peer_as in peers:
        lines += [f" neighbor {peer} remote-as {peer_as}", f" neighbor {peer} passive"]
    for version, family, own in ((4, "ipv4", "192.0.2.0/24"), (6, "ipv6", "2001:db8::/36")):
        lines += [f" address-family {family} unicast", f"  network {own}"]
        for peer in [*internal, *(peer for peer, _ in peers)]:
            if ipaddress.ip_address(peer).version == version:
                lines.append(f"  neighbor {peer} activate")
                lines += [f"  neighbor {peer} next-hop-self"] * (peer in internal)
        lines.append(" exit-address-family")
    return "\n".join([*lines, "exit", ""])


def _ospf(description: str) -> list[str]:
    cost = {"north": NORTH, "south": SOUTH}.get(description.partition(":")[0], 10)
    lines = []
    for family in ("ip ospf", "ipv6 ospf6"):
        lines += [f" {family} network point-to-point", f" {family} hello-interval 1", f" {family} dead-interval 4"]
        lines.append(f" {family} cost {cost}")
    return lines
