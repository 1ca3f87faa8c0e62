"""FRR configuration the lab itself writes: bare for routers, complete for carriers and probes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from lab.errors import LabError
from lab.topology import Host, Topology, bare

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ROUTER_DAEMONS = ("staticd", "ospfd", "ospf6d", "bgpd", "bfdd")
_DAEMONS = {
    "router": ROUTER_DAEMONS,
    "carrier": ("staticd", "bgpd"),
    "probe": ("staticd", "ospfd", "ospf6d"),
    "controller": (),
}
MAX_METRIC = 65535
DEFAULT = {4: "0.0.0.0/0", 6: "::/0"}
LAST_RESORT = 250
"""The distance of a route that counts only when no other one is there."""
MAX_PREFIXES = 20_000
"""A carrier that announces more than this is a typing mistake in a range or a length."""


def daemons(host: Host) -> tuple[str, ...]:
    """The FRR daemons a host runs, zebra first."""
    others = _DAEMONS[host.role]
    return ("zebra", *others) if others else ()


def daemons_file(host: Host) -> str:
    """/etc/frr/daemons, for tools that read it."""
    running = daemons(host)
    return "".join(f"{name}={'yes' if name in running else 'no'}\n" for name in ROUTER_DAEMONS) + "vtysh_enable=yes\n"


def configuration(host: Host, topology: Topology) -> str:
    """The frr.conf a host boots with. Raises LabError naming host and key when its `lab` variables make none."""
    lines = [f"hostname {host.name}", "log file /var/log/frr/frr.log informational", "service integrated-vtysh-config"]
    if host.role == "carrier":
        lines += carrier(host, topology)
    elif host.role == "probe":
        lines += probe(host, topology)
    return "\n".join([*lines, ""])


def carrier(host: Host, topology: Topology) -> list[str]:
    """BGP towards every router the carrier is wired to, and the ranges it announces."""
    ranges = [announced(host, number, item) for number, item in enumerate(host.options.get("announce") or [])]
    prefixes = [item for networks in ranges for item in networks]
    if len(prefixes) > MAX_PREFIXES:
        raise LabError(f"{host.name}: lab.announce: {len(prefixes)} prefixes; the lab stops at {MAX_PREFIXES}")
    asn, peer_as = host.options.get("asn"), host.options.get("peer_as")
    if not asn or not peer_as:
        raise LabError(f"{host.name}: a carrier needs lab.asn and lab_carrier_peer_as (the AS of the routers)")
    lines = _loopback([str(address) for networks in ranges for address in answering(networks[0][0])])
    lines += _addressed(host)
    for item in host.options.get("announce") or []:
        network = ipaddress.ip_network(item["range"])
        # The rest of a range is answered with "unreachable": a packet that got here has arrived.
        lines.append(f"{'ip' if network.version == 4 else 'ipv6'} route {network} reject")
    for origin in sorted({origin for _, origin in prefixes}):
        lines += [f"route-map origin-{origin} permit 10", f" set as-path prepend {origin}", "exit"]
    lines += [f"router bgp {asn}", f" bgp router-id {host.options.get('router_id')}", " bgp log-neighbor-changes"]
    lines += [" no bgp ebgp-requires-policy", " no bgp default ipv4-unicast", " no bgp network import-check"]
    peers = list(_peers(host, topology))
    for peer, name in peers:
        lines += [f" neighbor {peer} remote-as {peer_as}", f" neighbor {peer} description {name}"]
        lines += [f" neighbor {peer} timers 3 9", f" neighbor {peer} timers connect 2"]
        lines += [f" neighbor {peer} advertisement-interval 0"]
    for version, family in ((4, "ipv4"), (6, "ipv6")):
        lines.append(f" address-family {family} unicast")
        lines += [f"  network {net} route-map origin-{origin}" for net, origin in prefixes if net.version == version]
        for peer, _ in peers:
            if peer.version == version:
                lines += [f"  neighbor {peer} activate", f"  neighbor {peer} soft-reconfiguration inbound"]
        lines.append(" exit-address-family")
    return [*lines, "exit"]


def announced(host: Host, number: int, item: Mapping[str, Any]) -> list[tuple[Network, int]]:
    """Cut one announced range into (prefix, origin AS). Raises LabError naming host and key."""
    key = f"{host.name}: lab.announce[{number}]"
    try:
        network = ipaddress.ip_network(item["range"])
        origins = [int(origin) for origin in item["origins"]]
        pieces: list[Network] = list(network.subnets(new_prefix=int(item["length"])))
    except KeyError as error:
        raise LabError(f"{key}: {error.args[0]} is missing; expected range, length and origins") from None
    except ValueError as error:
        raise LabError(f"{key}: {error}") from None
    if not origins:
        raise LabError(f"{key}: origins is empty; expected at least one AS number")
    return [(piece, origins[index % len(origins)]) for index, piece in enumerate(pieces)]


def answering(first: Network) -> list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
    """The addresses of an announced prefix that answer pings: its very first, and the first a host could have."""
    last = min(1, first.num_addresses - 1)
    return [ipaddress.ip_interface(f"{first[index]}/{first.max_prefixlen}") for index in range(last + 1)]


def _peers(host: Host, topology: Topology) -> Iterator[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, str]]:
    """The routers' addresses on the links of this host that share a subnet with its own."""
    for interface in host.interfaces:
        if interface.peer is None:
            continue
        other = topology.host(interface.peer[0]).interface(interface.peer[1])
        assert other is not None
        for mine in (*interface.ipv4, *interface.ipv6):
            network = ipaddress.ip_interface(mine).network
            for theirs in (*other.ipv4, *other.ipv6):
                address = ipaddress.ip_interface(theirs).ip
                if address.version == network.version and address in network:
                    yield address, interface.peer[0]


def probe(host: Host, topology: Topology) -> list[str]:
    """OSPFv2 and OSPFv3 as a stub router: it learns every path and offers none. The rest of the world is a default
    route by whichever of its routers OSPF takes to the routers beyond: one that is drained gets nothing. As long as
    OSPF knows none, it is one to each of its own routers."""
    if not host.loopback_ipv4:
        raise LabError(f"{host.name}: loopback_ipv4: missing; a probe answers on its loopback")
    ospf: Mapping[str, Any] = host.options.get("ospf") or {}
    area, hello, dead = ospf.get("area", "0.0.0.0"), ospf.get("hello_interval", 10), ospf.get("dead_interval", 40)
    lines: list[str] = []
    for interface in host.interfaces:
        lines += [f"interface {interface.device}"]
        lines += [f" ip address {address}" for address in interface.ipv4]
        lines += [f" ipv6 address {address}" for address in interface.ipv6]
        lines += [f" ip ospf area {area}", f" ipv6 ospf6 area {area}"]
        if interface.peer is None:
            lines += [" ip ospf passive", " ipv6 ospf6 passive"]
        for family in ("ip ospf", "ipv6 ospf6") if interface.peer else ():
            # ospfd raises the metrics of a stub router itself. ospf6d's `stub-router` would hide the loopback as well.
            cost = ospf.get("cost", 10) if family == "ip ospf" else MAX_METRIC
            lines += [f" {family} network point-to-point", f" {family} cost {cost}"]
            lines += [f" {family} hello-interval {hello}", f" {family} dead-interval {dead}"]
        lines.append("exit")
    router_id = bare(f"{host.loopback_ipv4}/32")
    gateways = [peer for peer, _ in _peers(host, topology)]
    # What a router announces twice within FRR's own second would be dropped, and sent again only five seconds later.
    quick = [" timers throttle spf 50 200 5000", " timers lsa min-arrival 50"]
    lines += ["router ospf", f" ospf router-id {router_id}", *quick, " max-metric router-lsa administrative", "exit"]
    own = {name for _, name in _peers(host, topology)}
    beyond = [other for other in topology.hosts if other.role == "router" and other.name not in own]
    far = [
        ipaddress.ip_address(told) for other in beyond for told in (other.loopback_ipv4, other.loopback_ipv6) if told
    ]
    for addresses, distance in ((far, ""), (gateways, f" {LAST_RESORT}")):
        for to in addresses:
            lines.append(f"{'ip' if to.version == 4 else 'ipv6'} route {DEFAULT[to.version]} {to}{distance}")
    return [*lines, "router ospf6", f" ospf6 router-id {router_id}", *quick, "exit"]


def _loopback(addresses: list[str]) -> list[str]:
    lines = ["interface lo"]
    for address in addresses:
        lines.append(f" {'ip' if ipaddress.ip_interface(address).version == 4 else 'ipv6'} address {address}")
    return [*lines, "exit"]


def _addressed(host: Host) -> list[str]:
    lines: list[str] = []
    for interface in host.interfaces:
        lines.append(f"interface {interface.device}")
        lines += [f" ip address {address}" for address in interface.ipv4]
        lines += [f" ipv6 address {address}" for address in interface.ipv6]
        lines.append("exit")
    return lines
