"""Junos JSON out, in the default ("ietf") shape: `[null]` for a flag, arrays for lists, attributes under "@"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.junos.config.schema import Kind
from lab.junos.config.tree import Node, key_parts


def json_text(node: Node, attributes: Mapping[str, str] | None = None) -> str:
    """Return the document for a `configuration` node, which may have attributes of its own."""
    body = {"@": dict(attributes), **json_object(node)} if attributes else json_object(node)
    return json.dumps({"configuration": body}, indent=4, ensure_ascii=False) + "\n"


def json_object(node: Node) -> dict[str, Any]:
    """Return the object of everything inside a node, its own key first."""
    out: dict[str, Any] = _keys(node)
    for child in node.ordered():
        name, marks = child.schema.name, _marks(child)
        if child.schema.kind is Kind.LIST:
            entry = json_object(child)
            out.setdefault(name, []).append({"@": marks, **entry} if marks else entry)
        elif child.schema.kind is Kind.CONTAINER:
            entry = json_object(child)
            out[name] = {"@": marks, **entry} if marks else entry or ([None] if child.schema.presence else {})
        else:
            out[name] = _leaf(child)
            if marks:
                out[f"@{name}"] = [marks] * len(child.values) if child.schema.kind is Kind.LEAF_LIST else marks
    return out


def _keys(node: Node) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for spec, parts in key_parts(node.schema, node.key):
        if spec.choice is not None:
            out["choice-ident"], out["choice-value"] = parts
        else:
            out[spec.name] = int(parts[0]) if spec.type.numeric and parts[0].isdigit() else parts[0]
    return out


def _leaf(node: Node) -> Any:
    if node.schema.kind is Kind.FLAG:
        return [None]
    numeric = node.schema.type is not None and node.schema.type.numeric
    values = [int(value) if numeric and value.isdigit() else value for value in node.values]
    return values if node.schema.kind is Kind.LEAF_LIST else values[0]


def _marks(node: Node) -> dict[str, Any]:
    marks: dict[str, Any] = {}
    if node.comment:
        marks["comment"] = f"/* {node.comment} */"
    if node.inactive:
        marks["inactive"] = True
    if node.protected:
        marks["protect"] = "protect"
    if node.origin:
        marks["junos:group"] = node.origin
    return marks
