"""Configurations out: text, set, XML and JSON, whole or from one level down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from lab.junos.config.errors import StatementError
from lab.junos.config.groups import expand
from lab.junos.config.lexer import quote
from lab.junos.config.statement import Plan, Word, find, resolve
from lab.junos.config.tree import Node, Tree
from lab.junos.config.write_json import json_text
from lab.junos.config.write_set import set_lines, statement_lines
from lab.junos.config.write_text import entry_lines, node_lines, text_lines
from lab.junos.config.write_xml import JUNOS_NS, add_children


def to_text(tree: Tree, path: tuple[str, ...] = (), inherit: bool = False) -> str:
    """Return curly text; with a path (("interfaces", "ge-0/0/0")) what is inside that level, "" when it is not there.

    Raises StatementError when the path is no statement. `inherit` expands groups, with a remark at what they gave.
    """
    tree = expand(tree) if inherit else tree
    found, plan = _level(tree, path)
    if found is None:
        return ""
    if plan.holder is not None:
        lines = [line for node in found.entries(plan.holder.name) for line in _entry(node, plan.holder.is_block)]
    elif found.schema.has_children:
        lines = list(text_lines(found))
    else:
        lines = list(node_lines(found, ""))
    return "".join(f"{line}\n" for line in lines)


def _entry(node: Node, block: bool) -> list[str]:
    return list(entry_lines(node, "") if block else node_lines(node, ""))


def to_set(tree: Tree, path: tuple[str, ...] = (), inherit: bool = False, *, relative: bool = False) -> str:
    """Return set commands, those of the level `path` only when one is given: with their full path, or `relative`.

    `relative` commands make the level when they are typed inside it; a statement without a level is named in full.
    """
    tree = expand(tree) if inherit else tree
    found, plan = _level(tree, path)
    if found is None:
        return ""
    lead = "".join(f" {quote(word)}" for word in plan.path())
    if relative and plan.holder is None and found.schema.has_children:
        return "".join(f"{line}\n" for line in set_lines(found, ""))
    if plan.holder is not None:
        lines = [line for node in found.entries(plan.holder.name) for line in statement_lines(node, lead)]
    elif found.schema.has_children:
        lines = list(set_lines(found, lead)) or ([f"set{lead}"] if lead else [])
    else:
        lines = list(statement_lines(found, lead))
    return "".join(f"{line}\n" for line in lines)


def to_xml(tree: Tree, path: tuple[str, ...] = (), inherit: bool = False) -> Any:
    """Return a `<configuration>` element; with a path, that level inside its parents."""
    part = _part(expand(tree) if inherit else tree, path)
    return add_children(etree.Element("configuration", nsmap={"junos": JUNOS_NS}), part.root)


def to_json(
    tree: Tree, path: tuple[str, ...] = (), inherit: bool = False, attributes: Mapping[str, str] | None = None
) -> str:
    """Return the JSON document; with a path, that level inside its parents. `attributes` are the configuration's."""
    return json_text(_part(expand(tree) if inherit else tree, path).root, attributes)


def _level(tree: Tree, path: tuple[str, ...]) -> tuple[Node | None, Plan]:
    plan = _plan(tree, path)
    found = find(tree.root, plan)
    return (found[1] if found else None), plan


def _plan(tree: Tree, path: tuple[str, ...]) -> Plan:
    return resolve(tree.root.schema, [Word(word) for word in path], lookup=True) if path else Plan()


def _part(tree: Tree, path: tuple[str, ...]) -> Tree:
    """The tree with nothing but one level in it."""
    if not path:
        return tree
    found, plan = _level(tree, path)
    root = Node(tree.root.schema)
    if found is None:
        return Tree(root)
    source, target = tree.root, root
    for step in plan.steps[:-1]:
        source = source.ensure(step.schema, step.key)
        twin = Node(source.schema, source.key)
        twin.inactive, twin.origin = source.inactive, source.origin
        target = target.put(twin)
    if plan.holder is None:
        target.put(found.copy())
        return Tree(root)
    level = target.put(Node(found.schema, found.key)) if plan.steps else target
    for entry in found.entries(plan.holder.name):
        level.put(entry.copy())
    return Tree(root)


__all__ = ["StatementError", "to_json", "to_set", "to_text", "to_xml"]
