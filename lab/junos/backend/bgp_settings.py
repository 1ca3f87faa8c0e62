"""BGP as configured, with what a neighbour inherits from its group and the protocol already resolved."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from lab.junos.backend.reading import Node, autonomous_system, entries, has, leaf, node, number, to_as, values

TABLE = {4: "inet.0", 6: "inet6.0"}
FAMILY = {4: "inet", 6: "inet6"}


@dataclass(frozen=True)
class BgpNeighbor:
    """A configured neighbour; `levels` are its own statements, its group's and the protocol's, nearest first."""

    address: str
    group: str
    internal: bool
    local_as: int
    peer_as: int
    levels: tuple[Node, Node, Node]

    @property
    def path(self) -> str:
        """The neighbour's hierarchy level, `protocols bgp group G neighbor A`."""
        return f"protocols bgp group {self.group} neighbor {self.address}"

    @property
    def version(self) -> int:
        """4 or 6: the version of the transport."""
        return ipaddress.ip_address(self.address).version

    def leaf(self, *path: str) -> str | None:
        """A leaf from the nearest level that has it."""
        return next((value for level in self.levels if (value := leaf(level, *path)) is not None), None)

    def number(self, *path: str) -> int | None:
        """A number from the nearest level that has it."""
        return next((value for level in self.levels if (value := number(level, *path)) is not None), None)

    def has(self, *path: str) -> bool:
        """Whether any level has a statement."""
        return any(has(level, *path) for level in self.levels)

    def node(self, *path: str) -> Node:
        """A container from the nearest level that has it."""
        return next((found for level in self.levels if (found := node(level, *path)) or has(level, *path)), {})

    def chain(self, direction: str) -> tuple[str, ...]:
        """The policies of `import` or `export`; the nearest level replaces the others."""
        return next((found for level in self.levels if (found := values(level, direction))), ())

    def families(self) -> dict[int, Node]:
        """{4: statements of `family inet unicast`, 6: ...}; without `family`, that of the address."""
        found: dict[int, Node] = {}
        for level in self.levels:
            configured = node(level, "family")
            for version, name in FAMILY.items():
                for kind in ("unicast", "any"):
                    if has(configured, name, kind):
                        found[version] = node(configured, name, kind)
            if configured:
                break
        return found or {self.version: {}}


def neighbors(data: Node) -> Iterator[BgpNeighbor]:
    """Every neighbour of every group; those without a usable AS number are left out (the commit check names them)."""
    bgp = node(data, "protocols", "bgp")
    own = autonomous_system(data)
    for group_name, group in entries(bgp, "group"):
        for address, statements in entries(group, "neighbor"):
            levels = (statements, group, bgp)
            made = _neighbor(address, group_name, levels, own)
            if made is not None:
                yield made


def _neighbor(address: str, group: str, levels: tuple[Node, Node, Node], own: int | None) -> BgpNeighbor | None:
    kind = next((value for level in levels if (value := leaf(level, "type"))), None)
    local = next((text for level in levels if (text := _local_as(level))), None)
    peer = next((text for level in levels if (text := leaf(level, "peer-as"))), None)
    local_as = to_as(local) if local else own
    if local_as is None:
        return None
    internal = kind == "internal" or (kind is None and peer is not None and to_as(peer) == local_as)
    peer_as = to_as(peer) if peer else (local_as if internal else None)
    if peer_as is None:
        return None
    return BgpNeighbor(address, group, internal, local_as, peer_as, levels)


def _local_as(level: Node) -> str | None:
    inner = node(level, "local-as")
    return leaf(inner, "as-number") or leaf(level, "local-as")
