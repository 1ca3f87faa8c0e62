"""`display set` out: set lines, and a deactivate, protect or annotate line after the statement it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from lab.junos.config.lexer import quote
from lab.junos.config.schema import Kind
from lab.junos.config.tree import Node
from lab.junos.config.write_text import inline_children, inline_words, positional


def set_lines(node: Node, path: str = "") -> Iterator[str]:
    """Yield the commands that make everything inside a node; `path` is the node's own path as text."""
    for child in node.ordered():
        yield from statement_lines(child, path)


def statement_lines(node: Node, path: str) -> Iterator[str]:
    """Yield the commands that make one statement below the level `path`."""
    here = path + "".join(f" {quote(word)}" for word in node.words())
    if node.schema.has_children:
        yield from _level(node, here, path)
    elif node.schema.kind is Kind.FLAG:
        yield f"set{here}"
    else:
        for value in node.values:
            yield f"set{here} {quote(value, always=node.schema.always_quoted)}"
    if node.inactive:
        yield f"deactivate{here}"
    if node.protected:
        yield f"protect{here}"
    if node.comment:
        yield f"annotate{here} {quote(node.comment, always=True)}"


def _level(node: Node, here: str, path: str) -> Iterator[str]:
    shown = inline_children(node) if node.schema.inline == "always" else None
    if shown is not None or (node.children and len(positional(node)) == len(node.children)):
        yield f"set{path} {inline_words(node)}"
    elif not node.children:
        yield f"set{here}"
    else:
        yield from set_lines(node, here)
