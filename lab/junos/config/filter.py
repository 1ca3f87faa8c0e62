"""Subtree filters of `get-configuration`: the elements a client names, with their keys."""

from __future__ import annotations

from typing import Any

from lxml import etree

from lab.junos.config.read_xml import local_name
from lab.junos.config.schema import Kind
from lab.junos.config.tree import Node, Tree, key_parts
from lab.junos.config.write_xml import JUNOS_NS, add_node


def filter_tree(tree: Tree, wanted: Any) -> Tree:
    """Return the part of a configuration that a filter element selects.

    Rules as in RFC 6241, section 6: an empty element selects all below it, an element with text is a condition, an
    element with elements is followed. A `<configuration/>` without children selects everything.
    """
    if not len(wanted):
        return tree
    root = Node(tree.root.schema)
    for child in tree.root.ordered():
        kept = _kept(child, [element for element in wanted if local_name(element) == child.schema.name])
        if kept is not None:
            root.put(kept)
    return Tree(root)


def filter_xml(tree: Tree, wanted: Any) -> Any:
    """Return `filter_tree` as a `<configuration>` element."""
    out = etree.Element("configuration", nsmap={"junos": JUNOS_NS})
    for child in filter_tree(tree, wanted).root.ordered():
        add_node(out, child)
    return out


def _kept(node: Node, wanted: list[Any]) -> Node | None:
    """The part of a node that any of several filter elements of its name selects."""
    result: Node | None = None
    for element in wanted:
        part = _selected(node, element)
        if part is None:
            continue
        if result is None:
            result = part
        else:
            for ident, child in (part.children or {}).items():
                if result.children is None or ident not in result.children:
                    result.put(child)
    return result


def _selected(node: Node, element: Any) -> Node | None:
    text = (element.text or "").strip()
    if not node.schema.has_children:
        return node.copy() if not text or text in node.values else None
    members = [child for child in element if local_name(child)]
    if not members:
        return node.copy()
    keys = dict(_key_texts(node))
    conditions = [child for child in members if not len(child) and (child.text or "").strip()]
    for condition in conditions:
        name, value = local_name(condition), (condition.text or "").strip()
        leaf = node.get(name)
        if keys.get(name) != value and (leaf is None or value not in leaf.values):
            return None
    selections = [child for child in members if child not in conditions]
    if not selections:
        return node.copy()
    return _part(node, selections, keys)


def _part(node: Node, selections: list[Any], keys: dict[str, str]) -> Node | None:
    result = Node(node.schema, node.key)
    result.inactive, result.protected, result.comment = node.inactive, node.protected, node.comment
    result.origin = node.origin
    for child in node.ordered():
        kept = _kept(child, [element for element in selections if local_name(element) == child.schema.name])
        if kept is not None:
            result.put(kept)
    names_key = any(local_name(element) in keys for element in selections)
    if result.children or names_key:
        return result
    return None if node.schema.kind is Kind.LIST or node.children else result


def _key_texts(node: Node) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for spec, parts in key_parts(node.schema, node.key):
        out.append((spec.name, parts[0]) if spec.choice is None else (parts[0], parts[1]))
    return out
