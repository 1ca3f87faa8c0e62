"""Curly text out, as `show configuration` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from lab.junos.config.lexer import quote
from lab.junos.config.schema import Kind
from lab.junos.config.tree import Node

INDENT = "    "


def text_lines(node: Node, indent: str = "") -> Iterator[str]:
    """Yield the lines of everything inside a node."""
    yield from sibling_lines(node.ordered(), indent)


def sibling_lines(nodes: list[Node], indent: str) -> Iterator[str]:
    """Yield the lines of statements that stand beside each other; entries of a block list share their block."""
    for schema, group in groupby(nodes, key=lambda node: node.schema):
        if schema.is_block:
            yield f"{indent}{schema.word} {{"
            for node in group:
                yield from entry_lines(node, indent + INDENT)
            yield f"{indent}}}"
        else:
            for node in group:
                yield from node_lines(node, indent)


def node_lines(node: Node, indent: str) -> Iterator[str]:
    """Yield the lines of one statement."""
    if node.schema.is_positional:
        return
    if node.schema.merge:
        for child in node.ordered():
            yield from statement_lines(child, indent, f"{node.schema.word} ")
        return
    yield from statement_lines(node, indent, "")


def entry_lines(node: Node, indent: str) -> Iterator[str]:
    """Yield the lines of an entry of a block list, which does not repeat the keyword."""
    yield from statement_lines(node, indent, "", keyword=False)


def head(node: Node, *, keyword: bool = True) -> str:
    """The words before `;` or `{`: keyword, key and the values that stand alone."""
    words = list(node.words() if keyword or not node.schema.word else node.words()[1:])
    parts = [quote(word) for word in words]
    if node.schema.word and keyword:
        parts[0] = words[0]
    parts += [value_text(child) for child in positional(node)]
    return " ".join(parts)


def positional(node: Node) -> list[Node]:
    """The children of a node that are written as bare values after it."""
    return [child for leaf in node.schema.positional if (child := node.get(leaf.name)) is not None]


def value_text(node: Node) -> str:
    """The value of a leaf as written: several stand in brackets."""
    if node.schema.kind is Kind.LEAF_LIST and len(node.values) > 1:
        return f"[ {' '.join(quote(value) for value in node.values)} ]"
    return quote(node.value, always=node.schema.always_quoted)


def marks(node: Node) -> str:
    """The tags before a statement."""
    return ("inactive: " if node.inactive else "") + ("protect: " if node.protected else "")


def comment_lines(node: Node, indent: str) -> Iterator[str]:
    """The annotation of a statement, and where it was inherited from."""
    if node.origin:
        name = quote(" ".join(node.words())).strip('"')
        yield from (f"{indent}##", f"{indent}## '{name}' was inherited from group '{node.origin}'", f"{indent}##")
    if node.comment:
        yield from annotation_lines(node.comment, indent)


def annotation_lines(comment: str, indent: str) -> list[str]:
    """An annotation as it stands before its statement."""
    return [f"{indent}{line}" for line in f"/* {comment} */".split("\n")]


def inline_children(node: Node) -> list[Node] | None:
    """The children to write on the line of their parent, or None when they need a block."""
    rest = [child for child in node.ordered() if not child.schema.is_positional]
    if not rest or any(not _may_inline(child) for child in rest):
        return None
    if node.schema.inline == "always":
        return rest
    single = node.schema.inline == "single" and len(rest) == 1 and not rest[0].schema.has_children
    return rest if single and not positional(node) else None


def _may_inline(node: Node) -> bool:
    if not node.plain or node.origin or node.schema.index < 0:
        return False
    if node.schema.kind is Kind.CONTAINER:
        return node.schema.inline == "always" and (not node.children or _all_inline(node))
    return node.schema.kind is not Kind.LIST


def _all_inline(node: Node) -> bool:
    return all(child.schema.is_positional or _may_inline(child) for child in node.ordered())


def inline_words(node: Node) -> str:
    """A statement on one line, without its end."""
    if node.schema.has_children:
        rest = [inline_words(child) for child in node.ordered() if not child.schema.is_positional]
        return " ".join([head(node), *rest])
    if node.schema.kind is Kind.FLAG:
        return node.schema.word
    return f"{node.schema.word} {value_text(node)}"


def statement_lines(node: Node, indent: str, prefix: str, *, keyword: bool = True) -> Iterator[str]:
    """Yield the lines of one statement after `prefix`, the word it is merged with."""
    yield from comment_lines(node, indent)
    lead = f"{indent}{marks(node)}{prefix}"
    if not node.schema.has_children:
        yield f"{lead}{inline_words(node)};{_secret([node])}"
        return
    start = lead + head(node, keyword=keyword)
    inline = inline_children(node)
    rest = [child for child in node.ordered() if not child.schema.is_positional]
    secret = _secret([node, *(inline or []), *positional(node)])
    if inline is not None:
        yield f"{start} {' '.join(inline_words(child) for child in inline)};{secret}"
    elif rest:
        yield f"{start} {{{secret}"
        yield from sibling_lines(rest, indent + INDENT)
        yield f"{indent}}}"
    else:
        yield f"{start};{secret}"


def _secret(shown: list[Node]) -> str:
    """The remark after a line that shows a secret."""
    return " ## SECRET-DATA" if any(node.schema.is_secret for node in shown) else ""
