"""Links and addresses: what the configuration wants of the kernel, and the `ip` commands that get there.

The kernel itself is asked what is there, so that nothing has to be remembered and nothing is done twice.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.junos.backend import media
from lab.junos.backend.frr.run import ip_json
from lab.junos.backend.reading import Node, addresses, units
from lab.names import InterfaceNameError, linux_name

_OURS = re.compile(r"^(?:[a-z]{2,4}-\d+_\d+_\d+(?:\.\d+)?|ae\d+\.\d+|irb\.\d+|fxp0|em0|me0)$")
"""Devices that belong to the emulated router; others (the lab's own) are left alone."""


def is_ours(device: str) -> bool:
    """Whether a device belongs to the emulated router (lo aside)."""
    return bool(_OURS.match(device))


@dataclass
class Wanted:
    """What a device has to be: up or down, its MTU (None: leave it), its addresses."""

    up: bool
    mtu: int | None = None
    addresses: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Present:
    """What a device is."""

    up: bool
    mtu: int
    addresses: frozenset[str]


def wanted(data: Node) -> dict[str, Wanted]:
    """{device: Wanted} for every configured unit; names that no device can have are left out (see `bad_names`)."""
    found: dict[str, Wanted] = {}
    for port_name, port, unit_name, unit in units(data):
        try:
            device = linux_name(unit_name)
        except InterfaceNameError:
            continue
        up = "disable" not in port and "disable" not in unit
        sizes = [
            media.protocol_mtu(port, unit, family) for family in ("inet", "inet6") if family in unit.get("family", {})
        ]
        found[device] = Wanted(
            up=up,
            mtu=None if media.is_loopback(port_name) else max(sizes, default=media.protocol_mtu(port, unit)),
            addresses={str(ipaddress.ip_interface(a)) for f in ("inet", "inet6") for a in addresses(unit, f)},
        )
    return found


def bad_names(data: Node) -> list[tuple[str, str]]:
    """(unit, reason) for units whose name no device can have."""
    found = []
    for _, _, unit_name, _ in units(data):
        try:
            linux_name(unit_name)
        except InterfaceNameError as error:
            found.append((unit_name, str(error)))
    return found


def present(links: list[dict[str, Any]] | None = None) -> dict[str, Present]:
    """{device: Present} of the router's devices, lo included; link-local and loopback addresses are not counted."""
    found = {}
    for link in ip_json("addr", "show") if links is None else links:
        name = str(link.get("ifname", ""))
        if name != "lo" and not is_ours(name):
            continue
        own = frozenset(
            str(ipaddress.ip_interface(f"{a['local']}/{a['prefixlen']}"))
            for a in link.get("addr_info", [])
            if "local" in a and a.get("scope") != "link" and not ipaddress.ip_address(a["local"]).is_loopback
        )
        found[name] = Present("UP" in link.get("flags", []), int(link.get("mtu", 0)), own)
    return found


def commands(want: Mapping[str, Wanted], have: Mapping[str, Present]) -> list[str]:
    """`ip` commands that lead from what is there to what is wanted; devices without configuration go down.

    An address that moves from one device to another is taken away before it is given.
    """
    take: list[str] = []
    links: list[str] = []
    give: list[str] = []
    for name, now in have.items():
        aim = want.get(name, Wanted(up=name == "lo"))
        take += [f"addr del {address} dev {name}" for address in sorted(now.addresses - aim.addresses)]
        if aim.mtu is not None and aim.mtu != now.mtu:
            links.append(f"link set dev {name} mtu {aim.mtu}")
        up = aim.up or name == "lo"
        if up != now.up:
            links.append(f"link set dev {name} {'up' if up else 'down'}")
        if name == "lo" and not aim.up:
            take += [f"addr del {address} dev lo" for address in sorted(now.addresses & aim.addresses)]
            continue
        missing = aim.addresses - now.addresses
        give += [f"addr add {address} dev {name}{' nodad' if ':' in address else ''}" for address in sorted(missing)]
    return [*take, *links, *give]


def keep_addresses(devices: list[str]) -> None:
    """Ask the kernel to keep IPv6 addresses of devices that go down, and not to wait for duplicates."""
    for device in devices:
        for setting, value in (("keep_addr_on_down", "1"), ("accept_dad", "0"), ("accept_ra", "0")):
            try:
                Path(f"/proc/sys/net/ipv6/conf/{device}/{setting}").write_text(value)
            except OSError:
                continue
