"""Names that are used must be defined: policies, lists, communities, filters, policers, groups, login classes."""

from __future__ import annotations

import re

from lab.junos.config.checks.context import Context, Path, entries, walk
from lab.junos.config.schema import Kind
from lab.junos.config.tree import Node, Tree

_SYSTEM_CLASSES = {"operator", "read-only", "super-user", "superuser", "unauthorized"}
_POLICY_LEAVES = {"import", "export", "policy", "resolution-import"}
_POLICY_WORD = re.compile(r"[^\s()&|!]+")


def check_groups(context: Context, tree: Tree) -> None:
    """apply-groups names a group that exists (this looks at the configuration before expansion)."""
    defined = {node.key[0] for node in tree.root.entries("groups")}
    for path, _, node in walk(tree.root):
        if node.schema.name in ("apply-groups", "apply-groups-except"):
            for name in node.values:
                if name not in defined:
                    context.error(path, f"{node.schema.name} {name}", f"configuration group '{name}' is not defined")


def check_policies(context: Context) -> None:
    """import, export and policy statements name policies; policies name lists, communities and AS paths."""
    defined = {
        "policy": context.names("policy-options", "policy-statement"),
        "prefix-list": context.names("policy-options", "prefix-list"),
        "route-filter-list": context.names("policy-options", "route-filter-list"),
        "community": context.names("policy-options", "community"),
        "as-path": context.names("policy-options", "as-path"),
        "as-path-group": context.names("policy-options", "as-path-group"),
    }
    for path, parent, node in context.nodes:
        if path[:1] == ("policy-options",):
            _policy_match(context, path, parent, node, defined)
        elif path[:1] == ("firewall",):
            _firewall_match(context, path, node, defined["prefix-list"])
        if node.schema.kind is Kind.LEAF_LIST and node.schema.name in _POLICY_LEAVES and path[:1] != ("event-options",):
            for value in node.values:
                for name in _POLICY_WORD.findall(value):
                    if name not in defined["policy"]:
                        _undefined(context, path, f"{node.schema.word} {value}", "Policy", name)


def _undefined(context: Context, path: Path, bad_element: str, what: str, name: str) -> None:
    context.error(path, bad_element, f"Policy error: {what} {name} referenced but not defined")


def _policy_match(context: Context, path: Path, parent: Node, node: Node, defined: dict[str, set[str]]) -> None:
    """What a `from` or `then` of a policy refers to."""
    name, where = node.schema.name, parent.schema.name
    if where == "then" and name == "community" and node.key[2] not in defined["community"]:
        _undefined(context, path, " ".join(node.words()), "Community", node.key[2])
    if where not in ("from", "to"):
        return
    labels = {
        "community": "Community",
        "as-path": "AS path",
        "as-path-group": "AS path group",
    }
    if name in labels:
        for value in node.values:
            if value not in defined[name]:
                _undefined(context, path, f"{name} {value}", labels[name], value)
    lists = {
        "prefix-list": "prefix-list",
        "prefix-list-filter": "prefix-list",
        "route-filter-list": "route-filter-list",
    }
    if name in lists and node.key[0] not in defined[lists[name]]:
        what = "Prefix list" if lists[name] == "prefix-list" else "Route filter list"
        _undefined(context, path, " ".join(node.words()), what, node.key[0])


def _firewall_match(context: Context, path: Path, node: Node, lists: set[str]) -> None:
    if node.schema.name in ("prefix-list", "source-prefix-list", "destination-prefix-list"):
        name = node.key[0]
        if name not in lists:
            context.error(path, " ".join(node.words()), f"Referenced prefix-list '{name}' is not defined")


def check_filters(context: Context) -> None:
    """Interfaces name filters of their family that exist; terms name policers that exist."""
    policers = context.names("firewall", "policer")
    for path, parent, node in context.nodes:
        name = node.schema.name
        if path[:1] == ("interfaces",) and parent.schema.name in ("filter", "input", "output") and path[-2:-1] != ():
            _interface_filter(context, path, parent, node)
        if path[:1] == ("firewall",) and name == "policer" and node.value and node.value not in policers:
            context.error(path, f"policer {node.value}", f"Referenced policer '{node.value}' is not defined")


def _interface_filter(context: Context, path: Path, parent: Node, node: Node) -> None:
    if node.schema.name not in ("filter-name", "input-list", "output-list"):
        return
    family = path[path.index("family") + 1]
    defined = context.names("firewall", "family", family, "filter")
    for name in node.values:
        if name not in defined:
            at = path[:-1] if node.schema.name == "filter-name" else path
            word = parent.schema.word if node.schema.name == "filter-name" else node.schema.word
            context.error(at, word, f"Referenced filter '{name}' is not defined")


def check_login(context: Context) -> None:
    """A user's class is one of the router's own or is defined."""
    login = context.at("system", "login")
    classes = _SYSTEM_CLASSES | {node.key[0] for node in entries(login, "class")}
    for user in entries(login, "user"):
        found = user.get("class")
        if found is not None and not found.inactive and found.value not in classes:
            path = ("system", "login", *user.words())
            context.error(path, f"class {found.value}", f"undefined login class '{found.value}'")
