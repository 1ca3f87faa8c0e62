"""The `then` of a policy term: route-map sets, and what happens next."""

from __future__ import annotations

from lab.junos.backend.frr import communities
from lab.junos.backend.frr.context import Translation
from lab.junos.backend.frr.match import Scope
from lab.junos.backend.reading import Node, keyed, leaf, node, number

_NOTHING = {"trace", "load-balance"}
"""Accepted without an effect on routes."""
_FLOW = {"accept", "reject", "next"}
_BGP = {
    "local-preference", "metric", "origin", "community", "as-path-prepend", "as-path-expand", "next-hop", "preference",
}  # fmt: skip
_OSPF = {"metric", "tag", "external"}


def outcome(then: Node) -> str:
    """`accept`, `reject`, `next-policy` or `next-term` (which is also what no action means)."""
    if "accept" in then:
        return "accept"
    if "reject" in then:
        return "reject"
    return "next-policy" if leaf(then, "next") == "policy" else "next-term"


def sets(t: Translation, path: str, then: Node, scope: Scope, *, export: bool) -> list[str]:
    """The set lines of a `then`."""
    here = f"{path} then"
    known = _FLOW | _NOTHING | (_BGP if scope.protocol == "bgp" else _OSPF)
    t.refuse_present(here, then, tuple(sorted(set(then) - known)))
    if scope.protocol != "bgp":
        return _ospf_sets(t, here, then)
    lines = [*_number(t, here, then, "local-preference"), *_number(t, here, then, "metric")]
    if origin := leaf(then, "origin"):
        lines.append(f"set origin {origin}")
    actions = [(words[0], words[-1]) for words, _ in keyed(then, "community")]
    lines += communities.set_lines(t, here, actions)
    lines += _as_path(then)
    lines += _next_hop(t, here, then, scope, export=export)
    if not export and (preference := number(then, "preference")) is not None:
        lines.append(f"set distance {min(max(preference, 1), 255)}")
    return lines


def _number(t: Translation, path: str, then: Node, name: str) -> list[str]:
    """`metric 5`, `metric add 5`, `local-preference subtract 10`."""
    if name not in then:
        return []
    for word, sign in (("add", "+"), ("subtract", "-")):
        if (amount := number(then, name, word)) is not None:
            return [f"set {name} {sign}{amount}"]
    value = number(then, name)
    if value is None:
        t.refuse(path, f"this form of {name} is not supported by this data plane", name)
        return []
    return [f"set {name} {value}"]


def _ospf_sets(t: Translation, path: str, then: Node) -> list[str]:
    lines = _number(t, path, then, "metric")
    if (tag := number(then, "tag")) is not None:
        lines.append(f"set tag {tag}")
    if (kind := number(then, "external", "type")) is not None:
        lines.append(f"set metric-type type-{kind}")
    return lines


def _as_path(then: Node) -> list[str]:
    numbers = (leaf(then, "as-path-prepend") or leaf(then, "as-path-expand", "aspath") or "").strip('"').split()
    lines = [f"set as-path prepend {' '.join(numbers)}"] if numbers else []
    if "last-as" in node(then, "as-path-expand"):
        lines.append(f"set as-path prepend last-as {number(then, 'as-path-expand', 'last-as', 'count') or 1}")
    return lines


def _next_hop(t: Translation, path: str, then: Node, scope: Scope, *, export: bool) -> list[str]:
    hop = node(then, "next-hop")
    word = "ip next-hop" if scope.version == 4 else "ipv6 next-hop"
    if "self" in hop and export:
        return [f"set {word} peer-address"]
    if "peer-address" in hop and not export:
        return [f"set {word} peer-address"]
    if address := leaf(hop, "address"):
        if (":" in address) != (scope.version == 6):
            return []
        return [f"set ip next-hop {address}" if scope.version == 4 else f"set ipv6 next-hop global {address}"]
    if hop:
        t.refuse(path, f"next-hop {next(iter(hop))} is not supported by this data plane", "next-hop")
    return []
