# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and prefixes: parsed once, remembered, with errors as values."""

from __future__ import annotations

import functools
import ipaddress
from typing import TypeAlias

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Interface: TypeAlias = "ipaddress.IPv4Interface | ipaddress.IPv6Interface"
Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


@functools.lru_cache(maxsize=65536)
def address(text: str) -> Address | None:
    """The address, or None when the text is not one."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@functools.lru_cache(maxsize=65536)
def interface(text: str) -> Interface | None:
    """The address with its prefix length, or None when the text is not one (a missing length is not one)."""
    if "/" not in text:
        return None
    try:
        return ipaddress.ip_interface(text)
    except ValueError:
        return None


@functools.lru_cache(maxsize=65536)
def network(text: str) -> Network | None:
    """The prefix, or None when the text is not one or has host bits set."""
    if "/" not in text:
        return None
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


@functools.lru_cache(maxsize=65536)
def canonical(text: str) -> str:
    """An address, interface or prefix in the spelling routers print; text that is none of them stays as it is."""
    parsed: Address | Interface | None = interface(text) if "/" in text else address(text)
    return text if parsed is None else str(parsed)


@functools.lru_cache(maxsize=65536)
def family(text: str) -> str:
    """`ipv4` or `ipv6`, by the look of it."""
    return "ipv6" if ":" in text else "ipv4"


@functools.lru_cache(maxsize=65536)
def order(text: str) -> tuple[int, int, int]:
    """A sort key: IPv4 before IPv6, then by number and prefix length."""
    parsed = interface(text if "/" in text else text + ("/128" if ":" in text else "/32"))
    if parsed is None:
        return (9, 0, 0)
    return (parsed.version, int(parsed.ip), parsed.network.prefixlen)
