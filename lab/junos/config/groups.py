"""Configuration groups: what `apply-groups` inherits, with wildcards and `apply-groups-except`.

What is configured wins over what is inherited; a group named earlier wins over a later one; a group applied deeper
wins over one applied above. A wildcard entry (`<ge-*>`) gives to entries that exist and makes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from lab.junos.config.schema import Kind
from lab.junos.config.statement import WILDCARD
from lab.junos.config.tree import Node, NodeId, Tree

_OWN = ("apply-groups", "apply-groups-except", "groups")


@dataclass(frozen=True, slots=True)
class _Source:
    """A part of a group that stands where the node it gives to stands."""

    group: str
    node: Node


def expand(tree: Tree, *, origins: bool = True) -> Tree:
    """Return the configuration with everything inherited; `groups` and `apply-groups` are gone.

    With `origins`, inherited nodes carry the group's name in `origin`. Inactive statements stay, marked, and inherit
    nothing.
    """
    groups = {node.key[0]: node for node in tree.root.entries("groups") if not node.inactive}
    if not groups and not _applies(tree.root):
        bare = tree.copy()
        for name in _OWN:
            bare.root.drop_all(name)
        return bare
    root = _Expander(groups).node(tree.root, [], (), frozenset())
    root.prune()
    if not origins:
        _forget_origins(root)
    return Tree(root)


def _forget_origins(node: Node) -> None:
    node.origin = None
    for child in (node.children or {}).values():
        _forget_origins(child)


def _applies(node: Node) -> bool:
    return any(child.schema.name in _OWN or _applies(child) for child in (node.children or {}).values())


class _Expander:
    def __init__(self, groups: dict[str, Node]) -> None:
        self._groups = groups

    def node(self, node: Node, inherited: list[_Source], above: tuple[Node, ...], barred: frozenset[str]) -> Node:
        """Return a copy of `node` with what it inherits. `above` are the nodes from the root down to its parent."""
        twin = Node(node.schema, node.key, node.values)
        twin.inactive, twin.protected, twin.comment, twin.origin = (
            node.inactive,
            node.protected,
            node.comment,
            node.origin,
        )
        barred |= frozenset(_names(node, "apply-groups-except"))
        here = (*above, node)
        sources = [source for source in self._applied(node, here) + inherited if source.group not in barred]
        if node.inactive:
            sources = []
        kept: dict[NodeId, Node] = {}
        for ident, child in (node.children or {}).items():
            if (ident if isinstance(ident, str) else ident[0]) not in _OWN:
                below = _matching(sources, child)
                grown = self.node(child, below, here, barred) if child.schema.has_children else _leaf(child, below)
                kept[ident] = grown
        twin.children = kept or None
        for source in sources:
            self._inherit(twin, source, sources, here, barred)
        return twin

    def _applied(self, node: Node, here: tuple[Node, ...]) -> list[_Source]:
        """The parts of the groups a node applies that stand where the node stands."""
        out: list[_Source] = []
        pending = list(_names(node, "apply-groups"))
        seen: set[str] = set()
        while pending:
            name = pending.pop(0)
            group = self._groups.get(name)
            if group is None or name in seen:
                continue
            seen.add(name)
            found = [group]
            for step in here[1:]:
                found = [match for part in found for match in _children_for(part, step)]
            out += [_Source(name, part) for part in found]
            pending += [nested for part in found for nested in _names(part, "apply-groups")]
        return out

    def _inherit(
        self, twin: Node, source: _Source, sources: list[_Source], here: tuple[Node, ...], barred: frozenset[str]
    ) -> None:
        """Add the statements of a source that the node does not have."""
        for ident, child in (source.node.children or {}).items():
            name = ident if isinstance(ident, str) else ident[0]
            wild = any(WILDCARD.match(part) for part in child.key)
            excluded = twin.schema.choices.get(name, ())
            if name in _OWN or child.inactive or wild or (twin.children and ident in twin.children):
                continue
            if any(twin.get(other) is not None for other in excluded if other != name):
                continue
            if child.schema.has_children:
                fresh = Node(child.schema, child.key)
                below = _matching(sources, fresh)
                fresh.origin = source.group
                twin.put(self.node(fresh, below, here, barred))
            else:
                leaf = child.copy()
                leaf.comment, leaf.origin = None, source.group
                twin.put(leaf)


def _names(node: Node, statement: str) -> tuple[str, ...]:
    leaf = node.get(statement)
    return leaf.values if leaf is not None and not leaf.inactive else ()


def _leaf(leaf: Node, sources: list[_Source]) -> Node:
    """A leaf keeps its value; the values of a leaf-list are followed by those it inherits."""
    twin = leaf.copy()
    if leaf.schema.kind is Kind.LEAF_LIST and not leaf.inactive:
        for source in sources:
            twin.values = tuple(dict.fromkeys(twin.values + source.node.values))
    return twin


def _matching(sources: list[_Source], child: Node) -> list[_Source]:
    return [_Source(source.group, match) for source in sources for match in _children_for(source.node, child)]


def _children_for(part: Node, child: Node) -> list[Node]:
    """The statements of a group that give to a child: the one of the same name, then wildcards that match it."""
    exact = (part.children or {}).get(child.id)
    found = [exact] if exact is not None and not exact.inactive else []
    for other in part.entries(child.schema.name) if child.key else ():
        if other is exact or other.inactive or not any(WILDCARD.match(text) for text in other.key):
            continue
        if all(_fits(pattern, text) for pattern, text in zip(other.key, child.key, strict=True)):
            found.append(other)
    return found


def _fits(pattern: str, text: str) -> bool:
    return fnmatchcase(text, pattern[1:-1]) if WILDCARD.match(pattern) else pattern == text
