# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as objects: routers, logical interfaces, OSPF interfaces and BGP sessions, with who is at the other end.

An intent is the mapping of one host: the top-level keys of schemas/ plus `ansible_network_os`. The model is built from
intents whose shape the schemas have accepted; routers whose shape is wrong are left out by the caller, and the checks
then stay silent about what only they could answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import Key

Intent = dict[str, Any]

KEYS = ("router", "interfaces", "ospf", "bgp", "policies", "static_routes", "steering", "probes", "upgrade")
"""The top-level keys of an intent; each has a schema of its name."""
REQUIRED_KEYS = ("router", "interfaces")


@dataclass(slots=True)
class Unit:
    """A logical interface."""

    router: str
    name: str
    device: str
    number: int
    data: Mapping[str, Any]
    device_data: Mapping[str, Any]
    key: Key
    ipv4: list[str] = field(default_factory=list)
    ipv6: list[str] = field(default_factory=list)

    @property
    def disabled(self) -> bool:
        """Shut down, itself or with its device."""
        return bool(self.data.get("disabled") or self.device_data.get("disabled"))

    @property
    def mtu(self) -> int | None:
        """IP MTU in bytes, None when the intent leaves it to the platform."""
        value = self.device_data.get("mtu")
        return value if isinstance(value, int) else None

    @property
    def addresses(self) -> list[str]:
        """All addresses with prefix lengths, IPv4 first."""
        return [*self.ipv4, *self.ipv6]


@dataclass(slots=True)
class OspfInterface:
    """OSPF on one logical interface."""

    router: str
    name: str
    area: str
    data: Mapping[str, Any]
    key: Key

    @property
    def passive(self) -> bool:
        """Advertised, with no adjacency."""
        return bool(self.data.get("passive", False))


@dataclass(slots=True)
class Session:
    """One BGP neighbour, the group's settings already inherited (`settings`)."""

    router: str
    group: str
    address: str
    internal: bool
    peer_as: int | None
    settings: Mapping[str, Any]
    group_key: Key
    key: Key

    @property
    def family(self) -> str:
        """`ipv4` or `ipv6`."""
        return ip.family(self.address)


@dataclass(slots=True)
class Router:
    """One router of the fleet, or a host beside it (a carrier, a probe) when `managed` is false."""

    name: str
    platform: str
    intent: Intent
    managed: bool = True
    units: dict[str, Unit] = field(default_factory=dict)
    ospf: dict[str, OspfInterface] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)

    def section(self, key: str) -> Mapping[str, Any]:
        """A top-level key's value, empty when the intent does not have it."""
        value = self.intent.get(key)
        return value if isinstance(value, dict) else {}

    @property
    def asn(self) -> int | None:
        """The router's autonomous system; for a host beside the fleet, what the lab says about it."""
        value = self.section("router").get("asn", self.section("lab").get("asn"))
        return value if isinstance(value, int) else None

    @property
    def router_id(self) -> str | None:
        """OSPF and BGP router id."""
        value = self.section("router").get("router_id")
        return None if value is None else ip.canonical(str(value))


@dataclass(slots=True)
class Fleet:
    """All routers, the hosts beside them, and whose address is whose."""

    routers: dict[str, Router]
    others: dict[str, Router]
    hosts: frozenset[str]
    """Every host name of the inventory, with an intent or without."""
    complete: bool = True
    """False when a router had to be left out because its own intent has the wrong shape."""
    owners: dict[str, list[Unit]] = field(default_factory=dict)
    """Address (canonical, without prefix length) to the logical interfaces that have it."""

    def get(self, host: str) -> Router | None:
        """A router or a host beside the fleet."""
        return self.routers.get(host) or self.others.get(host)

    def peer_unit(self, unit: Unit) -> Unit | None:
        """The logical interface at the other end of the link, when the inventory has it."""
        peer = unit.data.get("peer")
        if not peer:
            return None
        other = self.get(str(peer["host"]))
        return None if other is None else other.units.get(str(peer["interface"]))


def build_fleet(
    intents: Mapping[str, Intent],
    others: Mapping[str, Intent] | None = None,
    hosts: Iterable[str] = (),
) -> Fleet:
    """The fleet of these routers. `others` are hosts beside it that links may lead to; `hosts` all inventory names."""
    routers = {name: build_router(name, intent) for name, intent in intents.items()}
    beside = {name: build_router(name, intent, managed=False) for name, intent in (others or {}).items()}
    fleet = Fleet(routers, beside, frozenset(hosts) | frozenset(routers) | frozenset(beside))
    owners: defaultdict[str, list[Unit]] = defaultdict(list)
    for router in (*routers.values(), *beside.values()):
        for unit in router.units.values():
            for text in unit.addresses:
                owners[ip.canonical(text).partition("/")[0]].append(unit)
    fleet.owners = dict(owners)
    return fleet


def build_router(name: str, intent: Intent, *, managed: bool = True) -> Router:
    """One host's model. A host beside the fleet without a platform is read as a Linux host."""
    platform = names.platform_of(intent.get("ansible_network_os")) or "frr"
    router = Router(name, platform, intent, managed)
    _add_units(router)
    if managed:
        _add_ospf(router)
        _add_sessions(router)
    return router


def _add_units(router: Router) -> None:
    for device, data in router.section("interfaces").items():
        for number_text, unit_data in (data.get("units") or {}).items():
            number = int(number_text)
            logical = names.logical_name(router.platform, device, number)
            unit = Unit(
                router.name, logical, device, number, unit_data, data, ("interfaces", device, "units", str(number_text))
            )
            unit.ipv4 = [ip.canonical(text) for text in unit_data.get("ipv4", ())]
            unit.ipv6 = [ip.canonical(text) for text in unit_data.get("ipv6", ())]
            router.units[logical] = unit


def _add_ospf(router: Router) -> None:
    for area, area_data in (router.section("ospf").get("areas") or {}).items():
        for name, data in area_data["interfaces"].items():
            key = ("ospf", "areas", area, "interfaces", name)
            router.ospf.setdefault(name, OspfInterface(router.name, name, area, data, key))


_INHERITED = (
    "import",
    "export",
    "max_prefixes",
    "hold_time",
    "authentication_key",
    "bfd",
    "disabled",
    "local_address",
    "multihop",
    "cluster",
)


def _add_sessions(router: Router) -> None:
    for group, data in (router.section("bgp").get("groups") or {}).items():
        inherited = {key: data[key] for key in _INHERITED if key in data}
        internal = data["type"] == "internal"
        group_key: Key = ("bgp", "groups", group)
        for address, neighbor in data["neighbors"].items():
            peer_as = router.asn if internal else neighbor.get("peer_as", data.get("peer_as"))
            router.sessions.append(
                Session(
                    router.name,
                    group,
                    ip.canonical(address),
                    internal,
                    peer_as,
                    {**inherited, **neighbor},
                    group_key,
                    (*group_key, "neighbors", address),
                )
            )
