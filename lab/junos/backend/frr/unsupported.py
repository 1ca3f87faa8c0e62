"""Statements that would lead packets or announcements elsewhere and that FRR is not told: refused, never ignored.

What other modules refuse while they translate (policies, timers of static routes, ...) is not repeated here.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.junos.backend.frr.context import Translation
from lab.junos.backend.reading import Node

_BGP = ("path-selection", "accept-remote-nexthop", "no-client-reflect", "rib-group")
_FAMILY = ("add-path", "rib-group", "local-ipv4-address")
_AREA = ("authentication-type",)
REFUSED: dict[str, tuple[str, ...]] = {
    "protocols bgp": _BGP,
    "protocols bgp group *": _BGP,
    "protocols bgp group * neighbor *": _BGP,
    "protocols ospf area *": _AREA,
    "protocols ospf3 area *": _AREA,
    "protocols ospf area * interface *": ("ldp-synchronization", "link-protection", "node-link-protection"),
    "protocols ospf3 area * interface *": ("ldp-synchronization", "link-protection", "node-link-protection"),
    "routing-options": ("interface-routes", "martians", "resolution", "instance-import", "instance-export"),
    "routing-options autonomous-system": ("loops", "independent-domain"),
    "routing-options forwarding-table": ("unicast-reverse-path",),
}
"""Level (`*`: every entry) -> statements that are refused there."""

CARRIED_FAMILIES = {"inet": ("unicast", "any"), "inet6": ("unicast", "any")}
CARRIED_RIBS = ("inet.0", "inet6.0")


def refuse_unsupported(t: Translation) -> None:
    """Note every statement of the tables above that is configured."""
    for level, names in REFUSED.items():
        for path, statements in _levels(t.data, level.split()):
            t.refuse_present(path, statements, names)
    for level in ("protocols bgp", "protocols bgp group *", "protocols bgp group * neighbor *"):
        for path, families in _levels(t.data, [*level.split(), "family"]):
            _refuse_families(t, path, families)
    for path, ribs in _levels(t.data, ["routing-options", "rib"]):
        t.refuse_present(path, ribs, tuple(name for name in ribs if name not in CARRIED_RIBS))


def _refuse_families(t: Translation, path: str, families: Node) -> None:
    for family, kinds in families.items():
        carried = CARRIED_FAMILIES.get(family)
        if carried is None or not isinstance(kinds, dict):
            t.refuse_present(path, families, (family,))
            continue
        t.refuse_present(f"{path} {family}", kinds, tuple(kind for kind in kinds if kind not in carried))
        for kind in carried:
            statements = kinds.get(kind)
            if isinstance(statements, dict):
                t.refuse_present(f"{path} {family} {kind}", statements, _FAMILY)
                for limit in ("prefix-limit", "accepted-prefix-limit"):
                    inside = statements.get(limit)
                    if isinstance(inside, dict):
                        t.refuse_present(f"{path} {family} {kind} {limit}", inside, ("drop-excess", "hide-excess"))


def _levels(data: Node, pattern: list[str], path: str = "") -> Iterator[tuple[str, Node]]:
    """Every level that a pattern names, with its path."""
    if not pattern:
        yield path, data
        return
    names = list(data) if pattern[0] == "*" else [pattern[0]]
    for name in names:
        below = data.get(name)
        if isinstance(below, dict):
            yield from _levels(below, pattern[1:], f"{path} {name}".strip())
