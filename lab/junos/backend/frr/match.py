"""The `from` of a policy term as route-map matches.

A term may become several alternatives, each a list of `match` lines: FRR takes one match of a kind per entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from lab.junos.backend.frr import communities
from lab.junos.backend.frr.aspath import AsPathError, translate
from lab.junos.backend.frr.context import TAGS, Translation
from lab.junos.backend.frr.prefixes import FilterError, entries, of_version, route_filters
from lab.junos.backend.frr.words import safe_name
from lab.junos.backend.reading import Node, leaf, node, number, values

SOURCES = ("static", "direct", "ospf", "ospf3", "internal", "external")
_NAMES = {"ospf": "ospf", "ospf2": "ospf", "ospf3": "ospf3", "static": "static", "direct": "direct"}
_HANDLED = {
    "protocol", "prefix-list", "prefix-list-filter", "route-filter", "route-filter-list", "family", "rib", "community",
    "as-path", "as-path-group", "neighbor", "next-hop", "local-preference", "metric", "origin", "route-type", "tag",
    "interface", "state",
}  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """Where a policy is used: IP version, and which routes can come by (`sources`).

    `tagged`: FRR knows the source of a route by its tag only (export from BGP's table); otherwise there is one source.
    """

    version: int
    sources: tuple[str, ...]
    tagged: bool
    protocol: str

    @property
    def only(self) -> str | None:
        """The only source, if there is one."""
        return self.sources[0] if len(self.sources) == 1 else None


Alternatives = list[list[str]]


def matches(t: Translation, path: str, where: Node, scope: Scope) -> Alternatives | None:
    """The alternatives of a `from`: [[]] matches everything, None never matches."""
    here = f"{path} from"
    t.refuse_present(here, where, tuple(sorted(set(where) - _HANDLED)))
    if not _family_fits(where, scope):
        return None
    parts = [_sources(t, here, where, scope), _prefixes(t, here, where, scope)]
    parts += [_communities(t, here, where, scope), _as_paths(t, here, where, scope), _attributes(t, here, where, scope)]
    found: Alternatives = [[]]
    for part in parts:
        if part is None:
            return None
        found = [[*one, *two] for one, two in product(found, part)]
    return found


def _family_fits(where: Node, scope: Scope) -> bool:
    family, rib, state = leaf(where, "family"), leaf(where, "rib"), leaf(where, "state")
    name = "inet" if scope.version == 4 else "inet6"
    return family in (None, name) and rib in (None, f"{name}.0") and state in (None, "active")


def source_set(where: Node) -> set[str]:
    """Which sources a `from` can match."""
    protocols = values(where, "protocol")
    found = set(SOURCES)
    if protocols:
        found = {_NAMES[p] for p in protocols if p in _NAMES}
        if "bgp" in protocols:
            found |= {"internal", "external"}
    route_type = leaf(where, "route-type")
    return found & {route_type} if route_type else found


def _sources(t: Translation, path: str, where: Node, scope: Scope) -> Alternatives | None:
    wanted = [source for source in scope.sources if source in source_set(where)]
    if not wanted:
        return None
    if not scope.tagged or len(wanted) == len(scope.sources):
        return [[]]
    return [[f"match tag {TAGS[source]}"] for source in wanted]


def _prefixes(t: Translation, path: str, where: Node, scope: Scope) -> Alternatives | None:
    try:
        filters = route_filters(t.data, where)
    except FilterError as error:
        t.refuse(path, f"{error} is not supported by this data plane", str(error))
        return None
    if filters is None:
        return [[]]
    lines = entries(of_version(filters, scope.version))
    if not lines:
        return None
    family = "ip" if scope.version == 4 else "ipv6"
    name = safe_name(_list_name(where, path))
    texts = [f"{family} prefix-list {name} seq {5 * i} {line}" for i, line in enumerate(lines, 1)]
    t.lines(("prefix-list", family, name), texts)
    return [[f"match {family} address prefix-list {name}"]]


def _list_name(where: Node, path: str) -> str:
    """The name of the Junos prefix-list when a term asks for just that one, else one made from the term."""
    lists = values(where, "prefix-list")
    if len(lists) == 1 and not any(n in where for n in ("prefix-list-filter", "route-filter", "route-filter-list")):
        return lists[0]
    words = path.split()
    policy = words[words.index("policy-statement") + 1]
    term = words[words.index("term") + 1] if "term" in words else "then"
    return f"{policy}:{term}"


def _communities(t: Translation, path: str, where: Node, scope: Scope) -> Alternatives | None:
    names = values(where, "community")
    if not names:
        return [[]]
    if scope.protocol != "bgp":
        t.refuse(path, "community cannot be matched here by this data plane", "community")
        return None
    found: Alternatives = []
    for name in names:
        alternative = communities.match_lines(t, name)
        if alternative is not None:
            found.append(alternative)
    return found or None


def _as_paths(t: Translation, path: str, where: Node, scope: Scope) -> Alternatives | None:
    names, groups = values(where, "as-path"), values(where, "as-path-group")
    if not names and not groups:
        return [[]]
    if scope.protocol != "bgp":
        t.refuse(path, "as-path cannot be matched here by this data plane", "as-path")
        return None
    options = node(t.data, "policy-options")
    expressions = [(f"as-path {name}", leaf(options, "as-path", name, "path")) for name in names]
    for group in groups:
        for name in node(options, "as-path-group", group, "as-path"):
            expressions.append(
                (
                    f"as-path-group {group} as-path {name}",
                    leaf(options, "as-path-group", group, "as-path", name, "path"),
                )
            )
    lines: list[str] = []
    for place, expression in expressions:
        try:
            lines += translate(expression) if expression is not None else []
        except AsPathError as error:
            t.refuse(
                f"policy-options {place}",
                f"as-path expression: {error} is not supported by this data plane",
                expression,
            )
    title = safe_name("+".join((*names, *groups)))
    texts = [f"bgp as-path access-list {title} seq {5 * i} permit {line}" for i, line in enumerate(lines, 1)]
    t.lines(("as-path", title), texts)
    return [[f"match as-path {title}"]] if texts else None


def _attributes(t: Translation, path: str, where: Node, scope: Scope) -> Alternatives | None:
    single: list[str] = []
    bgp_only = ("local-preference", "origin", "neighbor", "next-hop")
    if scope.protocol != "bgp":
        t.refuse_present(path, where, bgp_only)
    for name in ("local-preference", "metric"):
        if (value := number(where, name)) is not None:
            single.append(f"match {name} {value}")
    if origin := leaf(where, "origin"):
        single.append(f"match origin {origin}")
    found: Alternatives = [single]
    if tags := values(where, "tag"):
        if scope.protocol == "bgp":
            t.refuse(path, "tag cannot be matched here by this data plane", "tag")
        found = [[*one, f"match tag {tag}"] for one in found for tag in tags]
    if peers := values(where, "neighbor"):
        if scope.tagged:
            t.refuse(path, "neighbor cannot be matched in an export policy by this data plane", "neighbor")
        found = [[*one, f"match peer {peer}"] for one in found for peer in peers]
    if hops := [hop for hop in values(where, "next-hop") if (":" in hop) == (scope.version == 6)]:
        word = "ip next-hop address" if scope.version == 4 else "ipv6 next-hop address"
        found = [[*one, f"match {word} {hop}"] for one in found for hop in hops]
    elif values(where, "next-hop"):
        return None
    return _interface(t, path, where, scope, found)


def _interface(t: Translation, path: str, where: Node, scope: Scope, found: Alternatives) -> Alternatives:
    from lab.names import linux_name

    names = values(where, "interface")
    if names and scope.only not in ("direct", "static"):
        t.refuse(path, "interface cannot be matched here by this data plane", "interface")
        return found
    if not names:
        return found
    return [[*one, f"match interface {linux_name(name)}"] for one in found for name in names]
