"""What every check gets: the configuration in force, ways to look things up, and a place for what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.junos.config.errors import ConfigError, edit_path
from lab.junos.config.tree import Node, Tree

Path = tuple[str, ...]


@dataclass(slots=True)
class Context:
    """`tree` is expanded; inactive statements are passed over by everything here."""

    tree: Tree
    errors: list[ConfigError] = field(default_factory=list)
    nodes: list[tuple[Path, Node, Node]] = field(default_factory=list)
    """(path of the parent, parent, node) of every active node."""

    def __post_init__(self) -> None:
        self.nodes = list(walk(self.tree.root))

    def error(self, path: Path, bad_element: str, message: str) -> None:
        """Report one error at a level."""
        self.errors.append(ConfigError("error", message, bad_element, edit_path(path)))

    def warning(self, path: Path, bad_element: str, message: str) -> None:
        """Report one warning at a level."""
        self.errors.append(ConfigError("warning", message, bad_element, edit_path(path)))

    def at(self, *names: str) -> Node | None:
        """The node at a path of container names, when all of it is active."""
        node: Node | None = self.tree.root
        for name in names:
            node = node.get(name) if node is not None else None
            if node is None or node.inactive:
                return None
        return node

    def names(self, *path: str) -> set[str]:
        """The (first) keys of an active list below a path of containers; the last word is the list."""
        parent = self.at(*path[:-1])
        return {node.key[0] for node in entries(parent, path[-1])}


def entries(parent: Node | None, name: str) -> list[Node]:
    """The active entries of a list, in display order."""
    return [node for node in children(parent) if node.schema.name == name and node.key]


def children(parent: Node | None) -> list[Node]:
    """The active children of a node, in display order."""
    return [node for node in parent.ordered() if not node.inactive] if parent is not None else []


def leaf(parent: Node | None, name: str) -> str | None:
    """The value of an active leaf ("" for a flag), or None."""
    node = parent.get(name) if parent is not None else None
    return node.value if node is not None and not node.inactive else None


def has(parent: Node | None, name: str) -> bool:
    """Whether an active statement of this name is below a node."""
    node = parent.get(name) if parent is not None else None
    return node is not None and not node.inactive


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node, Node]]:
    """Yield (path of the parent, parent, node) for every active node below."""
    for child in children(node):
        yield path, node, child
        if child.schema.has_children:
            yield from walk(child, path + child.words())
