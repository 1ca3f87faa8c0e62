"""The configuration that is in force, as plain dictionaries for those who translate it."""

from __future__ import annotations

from typing import Any

from lab.junos.config.groups import expand
from lab.junos.config.schema import Kind
from lab.junos.config.secret import decode_secret
from lab.junos.config.tree import Node, Tree, key_parts, key_words


def active_data(tree: Tree, *, expanded: bool = False) -> dict[str, Any]:
    """Return what is in force: groups inherited, inactive statements left out, names as in Junos XML.

    A container is a dict, a list a dict by key in display order ("192.0.2.0/24 orlonger" when the key has several
    words), a leaf a str, a leaf-list a list of str, a flag or an empty container with meaning True or {}. Entries
    whose key holds a choice carry its parts too ({"address": ..., "orlonger": True}). Secrets are in clear.
    `apply-macro` is left out: it has no effect. `expanded=True` says that `tree` has been through `expand`.
    """
    return _level((tree if expanded else expand(tree)).root)


def _level(node: Node) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for child in node.ordered():
        name = child.schema.name
        if child.inactive or name == "apply-macro":
            continue
        if child.schema.kind is Kind.LIST:
            entry = {**_parts(child), **_level(child)} if len(child.schema.keys) > 1 else _level(child)
            out.setdefault(name, {})[" ".join(key_words(child.schema, child.key))] = entry
        elif child.schema.kind is Kind.CONTAINER:
            out[name] = _level(child)
        elif child.schema.kind is Kind.FLAG:
            out[name] = True
        elif child.schema.kind is Kind.LEAF_LIST:
            out[name] = list(child.values)
        else:
            out[name] = _plain(child)
    return out


def _plain(leaf: Node) -> str:
    if leaf.schema.type is not None and leaf.schema.type.name == "secret":
        try:
            return decode_secret(leaf.value)
        except ValueError:
            return leaf.value
    return leaf.value


def _parts(entry: Node) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for spec, parts in key_parts(entry.schema, entry.key):
        if spec.choice is None:
            out[spec.name] = parts[0]
        else:
            out[parts[0]] = parts[1] or True
    return out
