"""Sizes and defaults of Junos interfaces: media MTU, protocol MTU, speed, OSPF cost."""

from __future__ import annotations

from lab.junos.backend.reading import Node, number

ETHERNET_HEADER = 14
VLAN_TAG = 4
DEFAULT_MEDIA_MTU = 1514
_SPEED = {"ge": 10**9, "xe": 10**10, "et": 10**11, "fe": 10**8, "fxp": 10**9, "em": 10**9, "me": 10**9, "ae": 10**10}
MANAGEMENT = ("fxp0", "em0", "me0")


def is_loopback(port: str) -> bool:
    """Whether a port is lo0."""
    return port.startswith("lo")


def tags(port: Node) -> int:
    """How many VLAN tags the frames of a port may carry."""
    if "flexible-vlan-tagging" in port or "stacked-vlan-tagging" in port:
        return 2
    return 1 if "vlan-tagging" in port else 0


def media_mtu(port: Node) -> int:
    """The MTU of a port in octets, Ethernet header and tags included, as `mtu` on a port counts it."""
    return number(port, "mtu") or DEFAULT_MEDIA_MTU + VLAN_TAG * tags(port)


def protocol_mtu(port: Node, unit: Node, family: str = "inet") -> int:
    """The largest packet of a unit in octets: `family ... mtu` when configured, else what fits the port's MTU.

    A port MTU counts the Ethernet header: `mtu 9014` carries packets of 9000 octets, `mtu 9000` only 8986.
    """
    room = media_mtu(port) - ETHERNET_HEADER - VLAN_TAG * tags(port)
    configured = number(unit, "family", family, "mtu")
    return min(configured, room) if configured else room


def speed(name: str) -> int:
    """Bits per second of a port by its name; 0 for lo0."""
    return _SPEED.get(name.rstrip("0123456789:/.").split("-")[0], 0)


def speed_text(name: str) -> str | None:
    """`1000mbps`, `10Gbps`; None for a port without a speed."""
    bits = speed(name)
    if not bits:
        return None
    return f"{bits // 10**6}mbps" if bits <= 10**9 else f"{bits // 10**9}Gbps"


def ospf_cost(name: str, metric: int | None, reference: int | None) -> int:
    """The OSPF cost of an interface: its metric, else reference bandwidth (default 100m) over its speed."""
    if metric is not None:
        return metric
    bits = speed(name)
    return max(1, (reference or 10**8) // bits) if bits else 0
