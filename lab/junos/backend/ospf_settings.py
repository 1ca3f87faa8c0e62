"""OSPF and OSPF3 as configured, defaults resolved."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from lab.junos.backend import media
from lab.junos.backend.model import OspfInterface
from lab.junos.backend.reading import Node, addresses, entries, has, leaf, node, number, units

PROTOCOL = {2: "ospf", 3: "ospf3"}
_KIND = {"p2p": "P2P", "p2mp": "P2MP", "nbma": "NBMA"}


@dataclass(frozen=True)
class OspfSetting:
    """An interface of an area."""

    path: str
    name: str
    area: str
    cost: int
    kind: str
    passive: bool
    hello: int
    dead: int
    retransmit: int
    transit_delay: int
    priority: int
    bfd: Node | None
    md5: tuple[tuple[int, str], ...]
    simple: str | None
    address: str | None
    mtu: int | None
    statements: Node

    def as_interface(self, *, up: bool) -> OspfInterface:
        """How the interface looks while it has no neighbour."""
        state = "Down" if not up else ("PtToPt" if self.kind == "P2P" else "DRother")
        return OspfInterface(
            interface=self.name,
            area=self.area,
            state=state,
            cost=self.cost,
            neighbors=0,
            kind=self.kind,
            hello=self.hello,
            dead=self.dead,
            priority=self.priority,
            passive=self.passive,
            address=self.address,
            mtu=self.mtu,
            authentication="MD5" if self.md5 else "Password" if self.simple else "None",
        )


def area_id(text: str) -> str:
    """An area in dotted notation: `0` is `0.0.0.0`."""
    return text if "." in text else str(ipaddress.IPv4Address(int(text)))


def interfaces(data: Node, version: int) -> Iterator[OspfSetting]:
    """Every interface that OSPF (2) or OSPF3 (3) runs on; those disabled or absent are left out, `all` is resolved."""
    name = PROTOCOL[version]
    protocol = node(data, "protocols", name)
    if has(protocol, "disable"):
        return
    reference = number(protocol, "reference-bandwidth")
    configured = {unit_name: (port_name, port, unit) for port_name, port, unit_name, unit in units(data)}
    named = {
        _logical(key) for _, area in entries(protocol, "area") for key, _ in entries(area, "interface") if key != "all"
    }
    family = "inet" if version == 2 else "inet6"
    for area_name, area in entries(protocol, "area"):
        for key, statements in entries(area, "interface"):
            chosen = [unit for unit in configured if unit not in named] if key == "all" else [_logical(key)]
            if has(statements, "disable"):
                continue
            for unit_name in chosen:
                if unit_name not in configured:
                    continue
                port_name, port, unit = configured[unit_name]
                if family not in node(unit, "family") or (key == "all" and port_name in media.MANAGEMENT):
                    continue
                path = f"protocols {name} area {area_name} interface {key}"
                yield _setting(
                    path, unit_name, area_id(area_name), statements, port_name, port, unit, reference, family
                )


def _logical(name: str) -> str:
    return name if "." in name else f"{name}.0"


def _setting(
    path: str, name: str, area: str, statements: Node, port_name: str, port: Node, unit: Node,
    reference: int | None, family: str,
) -> OspfSetting:  # fmt: skip
    hello = number(statements, "hello-interval") or 10
    authentication = node(statements, "authentication")
    keys = tuple((int(key), leaf(entry, "key") or "") for key, entry in entries(authentication, "md5"))
    return OspfSetting(
        path=path,
        name=name,
        area=area,
        cost=media.ospf_cost(port_name, number(statements, "metric"), reference),
        kind=_KIND.get(leaf(statements, "interface-type") or "", "LAN"),
        passive=has(statements, "passive") or media.is_loopback(port_name),
        hello=hello,
        dead=number(statements, "dead-interval") or 4 * hello,
        retransmit=number(statements, "retransmit-interval") or 5,
        transit_delay=number(statements, "transit-delay") or 1,
        priority=128 if (priority := number(statements, "priority")) is None else priority,
        bfd=node(statements, "bfd-liveness-detection") if has(statements, "bfd-liveness-detection") else None,
        md5=keys,
        simple=leaf(authentication, "simple-password"),
        address=next(iter(addresses(unit, family)), None),
        mtu=None if media.is_loopback(port_name) else media.protocol_mtu(port, unit, family),
        statements=statements,
    )
