"""The configuration tree: nodes, and the `Tree` that owns a root."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from lab.junos.config.schema import Key, Kind, Schema, root_schema

NodeId = str | tuple[str, ...]


def node_id(schema: Schema, key: tuple[str, ...] = ()) -> NodeId:
    """Return what identifies a statement among its siblings: its name, and its key when it is a list entry."""
    return (schema.name, *key) if schema.kind is Kind.LIST else schema.name


class Node:
    """One statement. List entries have a `key`, leaves `values`; `origin` is the group it was inherited from."""

    __slots__ = ("children", "comment", "inactive", "key", "origin", "protected", "schema", "values")

    def __init__(self, schema: Schema, key: tuple[str, ...] = (), values: tuple[str, ...] = ()) -> None:
        self.schema = schema
        self.key = key
        self.values = values
        self.children: dict[NodeId, Node] | None = None
        self.inactive = False
        self.protected = False
        self.comment: str | None = None
        self.origin: str | None = None

    @property
    def id(self) -> NodeId:
        """What identifies the node among its siblings."""
        return node_id(self.schema, self.key)

    @property
    def value(self) -> str:
        """The value of a leaf ("" for a flag)."""
        return self.values[0] if self.values else ""

    @property
    def plain(self) -> bool:
        """Whether the node carries no mark of its own."""
        return not (self.inactive or self.protected or self.comment)

    def get(self, name: str, *key: str) -> Node | None:
        """Return a child by XML name and key."""
        return self.children.get((name, *key) if key else name) if self.children else None

    def put(self, node: Node) -> Node:
        """Add a child, or replace the one with the same id, which keeps its place. Returns the child."""
        if self.children is None:
            self.children = {}
        for other in self.schema.choices.get(node.schema.name, ()):
            if other != node.schema.name:
                self.drop_all(other)
        self.children[node.id] = node
        return node

    def ensure(self, schema: Schema, key: tuple[str, ...] = ()) -> Node:
        """Return the child, made when it is missing."""
        ident = node_id(schema, key)
        found = self.children.get(ident) if self.children else None
        return found if found is not None else self.put(Node(schema, key))

    def drop(self, ident: NodeId) -> bool:
        """Remove a child; False when there is none."""
        return self.children is not None and self.children.pop(ident, None) is not None

    def drop_all(self, name: str) -> bool:
        """Remove a child, or every entry of a list, by XML name; False when there was none."""
        gone = [ident for ident in self.children or () if (ident if isinstance(ident, str) else ident[0]) == name]
        for ident in gone:
            self.drop(ident)
        return bool(gone)

    def entries(self, name: str) -> list[Node]:
        """The entries of a list, in order of entry."""
        return [node for ident, node in (self.children or {}).items() if isinstance(ident, tuple) and ident[0] == name]

    def ordered(self) -> list[Node]:
        """The children in the order in which a router shows them."""
        if not self.children:
            return []
        nodes = list(self.children.values())
        if len(nodes) > 1:
            nodes.sort(key=_display_order)
        return nodes

    def move(self, ident: NodeId, anchor: NodeId | None, *, before: bool) -> None:
        """Put a child directly before or after another; without an anchor: first or last of all."""
        children = self.children or {}
        moved = children.pop(ident)
        result: dict[NodeId, Node] = {}
        if anchor is None and before:
            result[ident] = moved
        for other, node in children.items():
            if other == anchor and before:
                result[ident] = moved
            result[other] = node
            if other == anchor and not before:
                result[ident] = moved
        result.setdefault(ident, moved)
        self.children = result

    def copy(self) -> Node:
        """A deep copy."""
        twin = Node(self.schema, self.key, self.values)
        twin.inactive, twin.protected = self.inactive, self.protected
        twin.comment, twin.origin = self.comment, self.origin
        if self.children is not None:
            twin.children = {ident: child.copy() for ident, child in self.children.items()}
        return twin

    def same(self, other: Node) -> bool:
        """Whether two nodes mean and show the same (order counts where the router keeps it)."""
        if self.schema is not other.schema or self.key != other.key or self.values != other.values:
            return False
        if (self.inactive, self.protected, self.comment) != (other.inactive, other.protected, other.comment):
            return False
        mine, theirs = self.ordered(), other.ordered()
        return len(mine) == len(theirs) and all(a.same(b) for a, b in zip(mine, theirs, strict=True))

    def words(self) -> tuple[str, ...]:
        """The words that name the node in a path: keyword and key."""
        head = (self.schema.word,) if self.schema.word else ()
        return head + key_words(self.schema, self.key)

    def prune(self) -> None:
        """Drop containers that mean nothing when empty and are."""
        for ident, child in list((self.children or {}).items()):
            if not child.schema.has_children:
                continue
            child.prune()
            if child.schema.kind is Kind.CONTAINER and not child.schema.presence and not child.children:
                self.drop(ident)
        if not self.children:
            self.children = None


class Tree:
    """One configuration. Mutated by `load` only; `copy` is deep; `==` compares what a router would show."""

    __slots__ = ("root",)

    def __init__(self, root: Node | None = None) -> None:
        self.root = root if root is not None else Node(root_schema())

    @classmethod
    def empty(cls) -> Tree:
        """A configuration with nothing in it."""
        return cls()

    def copy(self) -> Tree:
        """An independent copy."""
        return Tree(self.root.copy())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self.root.same(other.root)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self.root.children)


def key_words(schema: Schema, key: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a list key: of a choice its name, then its value when it has one."""
    words: list[str] = []
    for spec, parts in key_parts(schema, key):
        words.append(parts[0])
        if spec.choice is not None and spec.choice.get(parts[0]) is not None:
            words.append(parts[1])
    return tuple(words)


def key_parts(schema: Schema, key: tuple[str, ...]) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Yield (key spec, its parts of the key tuple)."""
    at = 0
    for spec in schema.keys:
        width = 2 if spec.choice is not None else 1
        yield spec, key[at : at + width]
        at += width


@lru_cache(maxsize=8192)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that orders ge-0/0/2 before ge-0/0/10 and addresses by their numbers."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", text))


def _display_order(node: Node) -> tuple[int, tuple[tuple[tuple[int, int, str], ...], ...]]:
    if node.schema.sort == "natural" and node.key:
        return node.schema.index, tuple(natural(part) for part in node.key)
    return node.schema.index, ()


def visit(node: Node, action: Callable[[Node, tuple[str, ...]], None], path: tuple[str, ...] = ()) -> None:
    """Call `action(node, path words)` for every node below `node`, in display order."""
    for child in node.ordered():
        here = path + child.words()
        action(child, here)
        visit(child, action, here)
