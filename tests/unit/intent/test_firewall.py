"""What the filter on a Junos loopback lets through, packet by packet."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

import pytest

from lab.junos.config import Tree, active_data, load
from tests.golden.inventories import rendered

Data = Mapping[str, Any]
NEIGHBOUR, NOC, STRANGER = "192.0.2.3", "198.51.100.129", "203.0.113.77"
NEIGHBOUR6, NOC6 = "2001:db8::3", "2001:db8:ff::53"


@pytest.fixture(scope="module")
def running() -> Data:
    tree = Tree.empty()
    assert load(tree, rendered("example").configs["ams-pe1"].text, "text", "override").ok
    return active_data(tree)


def within(port: int, listed: list[str]) -> bool:
    spans = [text.partition("-") for text in listed]
    return any(int(low) <= port <= int(high or low) for low, _, high in spans)


def matches(running: Data, condition: Data, source: str, protocol: str, ports: tuple[int, int], first: bool) -> bool:
    address = ipaddress.ip_address(source)
    lists = condition.get("source-prefix-list", {})
    known = [item for name in lists for item in running["policy-options"]["prefix-list"][name]["prefix-list-item"]]
    return (
        protocol in (condition.get("protocol") or condition["next-header"])
        and (not lists or any(address in ipaddress.ip_network(item) for item in known))
        and all(
            name not in condition or within(port, condition[name])
            for name, port in zip(("source-port", "destination-port"), ports, strict=True)
        )
        and not (first and "tcp-established" in condition)
    )


def verdict(running: Data, source: str, protocol: str, ports: tuple[int, int] = (0, 0), first: bool = True) -> str:
    """The name of the term that accepts the packet; `refused` when none does. `first`: a connection's first packet."""
    family = "inet6" if ":" in source else "inet"
    (terms,) = [filter_["term"] for filter_ in running["firewall"]["family"][family]["filter"].values()]
    for name, term in terms.items():
        if "from" not in term:
            return "refused"
        if matches(running, term["from"], source, protocol, ports, first):
            return str(name)
    return "refused"


@pytest.mark.parametrize("source, protocol, ports, first, term", [
    (NEIGHBOUR, "tcp", (40000, 179), True, "bgp"),
    (NEIGHBOUR, "tcp", (179, 40000), False, "bgp-answers"),
    (NEIGHBOUR6, "tcp", (40000, 179), True, "bgp"),
    (NEIGHBOUR6, "tcp", (179, 40000), False, "bgp-answers"),
    (STRANGER, "ospf", (0, 0), True, "ospf"),
    (NEIGHBOUR, "udp", (49152, 3784), True, "bfd"),
    (NOC, "tcp", (40000, 22), True, "management"),
    (NOC, "tcp", (40000, 830), False, "management"),
    (NOC6, "tcp", (40000, 830), True, "management"),
    (NOC, "udp", (40000, 161), True, "snmp"),
    (NOC, "udp", (123, 123), True, "ntp"),
    (NOC, "udp", (53, 50000), True, "dns"),
    (NOC6, "udp", (53, 50000), True, "dns"),
    (STRANGER, "icmp", (0, 0), True, "icmp"),
    ("2001:db8:bad::1", "icmp6", (0, 0), True, "icmp"),
    ("fe80::1", "icmp6", (0, 0), True, "icmp"),
    ("fe80::1", "ospf", (0, 0), True, "ospf"),
    (STRANGER, "udp", (50000, 33440), True, "traceroute"),
])  # fmt: skip
def test_what_a_router_needs_comes_in(
    running: Data, source: str, protocol: str, ports: tuple[int, int], first: bool, term: str
) -> None:
    assert verdict(running, source, protocol, ports, first) == term


@pytest.mark.parametrize("source, protocol, ports", [
    (STRANGER, "tcp", (40000, 179)),
    (STRANGER, "tcp", (40000, 22)),
    (STRANGER, "udp", (40000, 161)),
    (STRANGER, "udp", (53, 50000)),
    # A neighbour's BGP is welcome, its SSH is not, whatever port it comes from.
    (NEIGHBOUR, "tcp", (40000, 22)),
    (NEIGHBOUR, "tcp", (179, 22)),
    (NEIGHBOUR, "tcp", (179, 830)),
    (NEIGHBOUR6, "tcp", (179, 22)),
    # Anybody can pretend to be a name server.
    ("2001:db8:ff::53", "udp", (53, 514)),
])  # fmt: skip
def test_what_nobody_asked_for_does_not(running: Data, source: str, protocol: str, ports: tuple[int, int]) -> None:
    assert verdict(running, source, protocol, ports) == "refused"
