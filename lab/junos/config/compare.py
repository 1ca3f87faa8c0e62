"""`show | compare`: what changes between two configurations, in the form a router shows and `load patch` takes.

`[edit path]` banners; `-` and `+` lines; `!` lines for activate, deactivate, protect and unprotect; and, before what is
added to a list whose order matters, the unchanged entry that it follows (`name { ... }`).
Layout as seen on routers: children of a list entry or container are indented one space deeper than their parent's
banner, entries of a list one more, and what is inside an added statement by four.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from lab.junos.config.errors import edit_path
from lab.junos.config.schema import Kind, Schema
from lab.junos.config.tree import Node, NodeId, Tree
from lab.junos.config.write_text import (
    annotation_lines,
    entry_lines,
    head,
    inline_words,
    node_lines,
    positional,
    sibling_lines,
    statement_lines,
)


def compare(old: Tree, new: Tree) -> str:
    """Return the changes from `old` to `new`; "" when there are none."""
    writer = _Writer()
    writer.level(old.root, new.root, (), 1)
    return "".join(f"{line}\n" for line in writer.lines)


class _Writer:
    """Collects the lines; a banner is written when the level changes."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._banner: tuple[str, ...] | None = None

    def _emit(self, path: tuple[str, ...], sign: str, lines: Iterator[str] | list[str]) -> None:
        for line in lines:
            if self._banner != path:
                self.lines.append(edit_path(path))
                self._banner = path
            self.lines.append(f"{sign}{line}")

    def level(self, old: Node, new: Node, path: tuple[str, ...], depth: int) -> None:
        """Compare what is inside two nodes that are both there."""
        for name in _names(old, new):
            before = [node for node in old.ordered() if node.schema.name == name]
            after = [node for node in new.ordered() if node.schema.name == name]
            schema = (before or after)[0].schema
            if schema.is_positional:
                continue
            if schema.kind is Kind.LIST:
                self._list(schema, before, after, path, depth)
            else:
                self._single(before, after, path, depth)

    def _single(self, before: list[Node], after: list[Node], path: tuple[str, ...], depth: int) -> None:
        indent = " " * max(depth, 2)
        if before and after:
            self._both(before[0], after[0], path, depth, indent)
        elif before:
            self._emit(path, "-", node_lines(before[0], indent))
        else:
            self._emit(path, "+", node_lines(after[0], indent))

    def _both(self, old: Node, new: Node, path: tuple[str, ...], depth: int, indent: str) -> None:
        if old.same(new):
            return
        schema = old.schema
        if schema.merge:
            self._merged(old, new, path, depth)
            return
        if not schema.has_children and old.values != new.values:
            self._emit(path, "-", node_lines(old, indent))
            self._emit(path, "+", node_lines(new, indent))
            return
        if schema.has_children and _atomic(old, new):
            self._emit(path, "-", node_lines(old, indent))
            self._emit(path, "+", node_lines(new, indent))
            return
        self._marks(old, new, path, indent)
        if schema.has_children:
            self.level(old, new, path + new.words(), depth + 1)

    def _merged(self, old: Node, new: Node, path: tuple[str, ...], depth: int) -> None:
        """`family inet { ... }` is one statement: its two words are never shown apart."""
        indent, word = " " * max(depth, 2), f"{old.schema.word} "
        for name in _names(old, new):
            was, now = old.get(name), new.get(name)
            if was is not None and now is not None:
                self._marks(was, now, path, indent, lead=word)
                self.level(was, now, (*path, old.schema.word, *now.words()), depth + 2)
            elif was is not None:
                self._emit(path, "-", statement_lines(was, indent, word))
            elif now is not None:
                self._emit(path, "+", statement_lines(now, indent, word))

    def _marks(
        self, old: Node, new: Node, path: tuple[str, ...], indent: str, *, keyword: bool = True, lead: str = ""
    ) -> None:
        if old.comment != new.comment:
            for sign, node in (("-", old), ("+", new)):
                if node.comment:
                    self._emit(path, sign, annotation_lines(node.comment, indent))
            self._emit(path, " ", [f"{indent}{lead}{_short(new, keyword)}"])
        for was, now, word in (
            (old.inactive, new.inactive, ("active:", "inactive:")),
            (old.protected, new.protected, ("unprotect:", "protect:")),
        ):
            if was != now:
                self._emit(path, "!", [f"{indent}{word[now]} {lead}{_short(new, keyword)}"])

    def _list(self, schema: Schema, before: list[Node], after: list[Node], path: tuple[str, ...], depth: int) -> None:
        indent = " " * max(depth + 1, 2)
        if schema.is_block and not (before and after):
            lines = list(sibling_lines(before or after, indent))
            self._emit(path, "-" if before else "+", lines)
            return
        keyword = not schema.is_block
        if schema.is_block:
            path, depth, indent = (*path, schema.word), depth + 1, " " * (depth + 2)
        old, new = {node.id: node for node in before}, {node.id: node for node in after}
        common = [node.id for node in after if node.id in old]
        kept = set(common) if schema.sort != "user" else _in_order([node.id for node in before], common)
        kept = {ident for ident in kept if not _atomic(old[ident], new[ident]) or old[ident].same(new[ident])}
        for node in before:
            if node.id not in kept:
                self._emit(path, "-", _entry(node, indent, keyword))
        self._added(schema, after, old, kept, path, depth, indent)

    def _added(
        self,
        schema: Schema,
        after: list[Node],
        old: dict[NodeId, Node],
        kept: set[NodeId],
        path: tuple[str, ...],
        depth: int,
        indent: str,
    ) -> None:
        """Write the new entries where they stand, and what changed inside the old ones."""
        keyword, shown = not schema.is_block, False
        for at, node in enumerate(after):
            if node.id in kept:
                shown = False
                self._marks(old[node.id], node, path, indent, keyword=keyword)
                below = (node.words() if keyword else node.words()[1:]) if schema.is_block else node.words()
                self.level(old[node.id], node, path + below, depth + 1)
                continue
            if schema.sort == "user" and not shown and at:
                self._emit(path, " ", [f"{indent}{_short(after[at - 1], keyword)}"])
            self._emit(path, "+", _entry(node, indent, keyword))
            shown = True
            following = after[at + 1] if at + 1 < len(after) else None
            leads = all(other.id not in kept for other in after[:at])
            if schema.sort == "user" and leads and following is not None and following.id in kept:
                self._emit(path, " ", [f"{indent}{_short(following, keyword)}"])


def _names(old: Node, new: Node) -> list[str]:
    """The names of all statements of two nodes, in display order."""
    found: dict[str, int] = {}
    for node in (*old.ordered(), *new.ordered()):
        found.setdefault(node.schema.name, node.schema.index)
    return sorted(found, key=lambda name: found[name])


def _entry(node: Node, indent: str, keyword: bool) -> list[str]:
    return list(node_lines(node, indent) if keyword else entry_lines(node, indent))


def _short(node: Node, keyword: bool = True) -> str:
    """A statement that is only referred to: `name { ... }`, or the whole of what never has a block."""
    if any(not child.is_positional for child in node.schema.children.values()):
        return f"{head(node, keyword=keyword)} {{ ... }}"
    return f"{head(node, keyword=keyword) if node.schema.has_children else inline_words(node)};"


def _atomic(old: Node, new: Node) -> bool:
    """Whether two differing statements of one line are shown as one taken out and one put in."""
    return (old.schema.inline == "always" and _bare(old) != _bare(new)) or [n.values for n in positional(old)] != [
        n.values for n in positional(new)
    ]


def _bare(node: Node) -> str:
    return "\n".join(sibling_lines(node.ordered(), "")) + "|" + head(node)


def _in_order(before: list[NodeId], common: list[NodeId]) -> set[NodeId]:
    """The largest set of entries that need not move: the longest increasing run of their old places."""
    place = {ident: at for at, ident in enumerate(before)}
    tails: list[int] = []
    ends: list[int] = []
    previous: dict[int, int | None] = {}
    for at, ident in enumerate(common):
        length = bisect_left(tails, place[ident])
        if length == len(tails):
            tails.append(place[ident])
            ends.append(at)
        else:
            tails[length], ends[length] = place[ident], at
        previous[at] = ends[length - 1] if length else None
    kept: set[NodeId] = set()
    step = ends[-1] if ends else None
    while step is not None:
        kept.add(common[step])
        step = previous[step]
    return kept
