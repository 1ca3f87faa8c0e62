"""Junos XML out."""

from __future__ import annotations

from typing import Any

from lxml import etree

from lab.junos.config.schema import Kind
from lab.junos.config.tree import Node, key_parts

JUNOS_NS = "http://xml.juniper.net/junos/24.4R1/junos"
_COMMENT = f"{{{JUNOS_NS}}}comment"
_GROUP = f"{{{JUNOS_NS}}}group"


def add_children(parent: Any, node: Node) -> Any:
    """Append the elements of everything inside a node to an element; returns the element."""
    for child in node.ordered():
        add_node(parent, child)
    return parent


def add_node(parent: Any, node: Node) -> None:
    """Append the element (for a leaf-list: the elements) of one statement."""
    if node.comment:
        etree.SubElement(parent, _COMMENT).text = f"/* {xml_text(node.comment)} */"
    if node.schema.kind is Kind.LEAF_LIST:
        for value in node.values:
            _start(parent, node).text = xml_text(value)
        return
    element = _start(parent, node)
    if node.schema.kind is Kind.LEAF:
        element.text = xml_text(node.value)
    elif node.schema.has_children:
        add_keys(element, node)
        add_children(element, node)


def add_keys(element: Any, node: Node) -> None:
    """Append the identifying elements of a list entry."""
    for spec, parts in key_parts(node.schema, node.key):
        name = parts[0] if spec.choice is not None else spec.name
        child = etree.SubElement(element, "equal-literal" if name == "=" else name)
        if node.origin:
            child.set(_GROUP, node.origin)
        if spec.choice is None:
            child.text = xml_text(parts[0])
        elif parts[1]:
            child.text = xml_text(parts[1])


def start(parent: Any, node: Node) -> Any:
    """Append the empty element of one statement, with its marks and its key."""
    element = _start(parent, node)
    add_keys(element, node)
    return element


def _start(parent: Any, node: Node) -> Any:
    element = etree.SubElement(parent, node.schema.name)
    if node.inactive:
        element.set("inactive", "inactive")
    if node.protected:
        element.set("protect", "protect")
    if node.origin:
        element.set(_GROUP, node.origin)
    return element


def xml_text(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(char for char in text if char in "\t\n\r" or char >= " ")
