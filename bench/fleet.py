"""Synthetic fleets: any number of routers whose intent passes every check.

Router i has links to i+1, i-1, i+2 and i-2 (around a ring), an internal BGP session to each of the four over both
families, and one external carrier. Addresses are from the ranges for benchmarks and documentation (RFC 2544, RFC
3849). `cost` is the OSPF cost of the links to i+1 and i-1: two costs make two revisions that differ by a few lines
on every router.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SMALLEST = 5  # with fewer, i+2 and i-2 are the same router

LOOPBACKS = IPv4Network("198.18.0.0/18")
MANAGEMENT = IPv4Network("198.18.64.0/18")
LINKS = IPv4Network("198.19.0.0/17")
CARRIERS = IPv4Network("198.19.128.0/17")
ASN, CARRIER_ASN = 64496, 64500

# A key that nobody holds the other half of.
EXAMPLE_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA example"
# Core interfaces by direction: to i+1, from i-1, to i+2, from i-2, and the carrier's.
PORTS = {
    "junos": ("ge-0/0/0", "ge-0/0/1", "ge-0/0/2", "ge-0/0/3", "ge-0/0/4"),
    "frr": ("eth1", "eth2", "eth3", "eth4", "eth5"),
}
LOOPBACK = {"junos": "lo0", "frr": "lo"}
CONSOLE = {"junos": "fxp0", "frr": "eth0"}

Intent = dict[str, Any]


def name(index: int) -> str:
    """Inventory name of router `index`, counted from 0."""
    return f"bench-{index:04d}"


def platform_of(index: int, platform: str) -> str:
    """`junos`, `frr`, or, in a mixed fleet, both in turn."""
    return ("junos", "frr")[index % 2] if platform == "mixed" else platform


def logical(device: str, platform: str) -> str:
    """The logical interface of an untagged device: a unit on Junos, the device itself on FRR."""
    return f"{device}.0" if platform == "junos" else device


def loopbacks(index: int) -> tuple[str, str]:
    """IPv4 and IPv6 loopback of a router."""
    return str(LOOPBACKS[index + 1]), ipv6(0, 1, index + 1)


def ipv6(area: int, subnet: int, host: int) -> str:
    """An address of the documentation prefix, as routers write it."""
    return str(IPv6Address(f"2001:db8:{area:x}:{subnet:x}::{host:x}"))


def link_addresses(number: int, end: int) -> tuple[str, str]:
    """IPv4 and IPv6 address with length of one end (0 or 1) of a core link."""
    return f"{LINKS[2 * number + end]}/31", f"{ipv6(1, number, end)}/127"


def core_links(index: int, count: int) -> Iterator[tuple[int, int, int, int]]:
    """For each port of a router: link number, this end, the peer, and the peer's port."""
    yield index, 0, (index + 1) % count, 1
    yield (index - 1) % count, 1, (index - 1) % count, 0
    yield count + index, 0, (index + 2) % count, 3
    yield count + (index - 2) % count, 1, (index - 2) % count, 2


def interfaces(index: int, count: int, platform: str) -> Intent:
    """Loopback, four core links and the carrier's."""
    mine = platform_of(index, platform)
    v4, v6 = loopbacks(index)
    found: Intent = {LOOPBACK[mine]: {"units": {0: {"ipv4": [f"{v4}/32"], "ipv6": [f"{v6}/128"]}}}}
    for port, (number, end, peer, peer_port) in zip(PORTS[mine], core_links(index, count), strict=False):
        theirs = platform_of(peer, platform)
        far = logical(PORTS[theirs][peer_port], theirs)
        v4, v6 = link_addresses(number, end)
        unit = {"ipv4": [v4], "ipv6": [v6], "peer": {"host": name(peer), "interface": far}}
        found[port] = {"description": f"core: {name(peer)} {far}", "mtu": 9000, "units": {0: unit}}
    unit = {"ipv4": [f"{CARRIERS[2 * index + 1]}/31"], "ipv6": [f"{ipv6(2, index, 1)}/127"]}
    found[PORTS[mine][4]] = {"description": "carrier-a", "mtu": 1500, "units": {0: unit}}
    return found


def ospf(index: int, platform: str, cost: int | str) -> Intent:
    """OSPF on the loopback and the core links."""
    mine = platform_of(index, platform)
    timers = {"network": "point_to_point", "hello_interval": 1, "dead_interval": 4}
    costs = (cost, cost, 200, 200)
    members: Intent = {logical(LOOPBACK[mine], mine): {"passive": True}}
    for port, metric in zip(PORTS[mine], costs, strict=False):
        members[logical(port, mine)] = {"cost": metric, **timers}
    return {"areas": {"0.0.0.0": {"interfaces": members}}}


def bgp(index: int, count: int) -> Intent:
    """iBGP to the four neighbours and eBGP to a carrier, over IPv4 and IPv6."""
    peers = [peer for _, _, peer, _ in core_links(index, count)]
    groups: Intent = {}
    for family, suffix in enumerate(("", "-v6")):
        groups[f"ibgp{suffix}"] = {
            "type": "internal",
            "local_address": loopbacks(index)[family],
            "export": ["originate"],
            "neighbors": {loopbacks(peer)[family]: {"description": name(peer)} for peer in peers},
        }
        carrier = (str(CARRIERS[2 * index]), ipv6(2, index, 0))[family]
        groups[f"carrier-a{suffix}"] = {
            "type": "external",
            "peer_as": CARRIER_ASN,
            "import": ["from-carrier-a"],
            "export": ["to-carrier"],
            "max_prefixes": 1000,
            "neighbors": {carrier: {"description": "carrier-a"}},
        }
    return {"groups": groups}


def router(index: int, platform: str, key: str) -> Intent:
    """Who the router is and who may log in; `key` is the public key of the user that changes it."""
    v4, v6 = loopbacks(index)
    return {
        "hostname": name(index),
        "domain_name": "example.net",
        "site": f"site{index // 10:03d}",
        "asn": ASN,
        "router_id": v4,
        "loopback": {"ipv4": v4, "ipv6": v6},
        "management": {
            "interface": CONSOLE[platform_of(index, platform)],
            "ipv4": f"{MANAGEMENT[index + 1]}/{MANAGEMENT.prefixlen}",
        },
        "root_password_hash": "*",
        "users": [
            {"name": "fairway", "uid": 2000, "class": "fairway", "ssh_keys": [key]},
            {"name": "netops", "uid": 2001, "class": "super-user", "ssh_keys": [EXAMPLE_KEY]},
        ],
        "syslog": {"hosts": [{"address": str(management_host()), "facility": "any", "severity": "notice"}]},
        "ntp": {"servers": [str(management_host())]},
        "snmp": {
            "location": f"site{index // 10:03d}",
            "contact": "noc@example.net",
            "communities": [{"name": "fairway-bench", "clients": [f"{management_host()}/32"]}],
        },
        "netconf": {"port": 830},
        "control_plane": {"management_prefixes": [str(MANAGEMENT)]},
    }


def management_host() -> IPv4Address:
    """The machine that watches the fleet: the last address of the management network."""
    return MANAGEMENT[-2]


def shared() -> Intent:
    """Policies and static routes of the lab: a real set, the same on every router."""
    routers = ROOT / "inventory" / "lab" / "group_vars" / "routers"
    found: Intent = {}
    for file in ("policies.yml", "static_routes.yml"):
        found.update(yaml.safe_load((routers / file).read_text()))
    return found


def intent(index: int, count: int, platform: str, cost: int | str = 100, key: str = EXAMPLE_KEY) -> Intent:
    """The intent of one router, without what is `shared`."""
    if count < SMALLEST:
        raise ValueError(f"a fleet has at least {SMALLEST} routers, not {count}")
    return {
        "router": router(index, platform, key),
        "interfaces": interfaces(index, count, platform),
        "ospf": ospf(index, platform, cost),
        "bgp": bgp(index, count),
    }


def fleet(count: int, platform: str, cost: int | str = 100, key: str = EXAMPLE_KEY) -> dict[str, Intent]:
    """The whole intent by router; the shared parts are the same objects in every router."""
    common = shared()
    return {name(i): {**intent(i, count, platform, cost, key), **common} for i in range(count)}
