"""The schema: what may be configured where. Data files under hierarchy/ become one immutable graph of `Schema` nodes.

A hierarchy file is YAML: `configuration:` holds a part of the tree, `definitions:` holds parts used more than once.
A leaf is a string, "TYPE [list] [positional] [mandatory] [secret] [flag]"; anything else is a mapping whose own
properties begin with "$":

    $key       the name of the identifying element ("name ipv4-prefix"), or a list of such; a mapping is a choice
    $block     the entries stand together in one block after the keyword (`clients { a; b; }`)
    $hidden    the entries of the list have no keyword (`interfaces { ge-0/0/0 { ... } }`)
    $merge     the keyword is written together with its one child (`family inet { ... }`)
    $inline    "single": one plain child is written on the same line; "always": all children are
    $presence  the container means something when it is empty
    $sort      the router sorts the entries ("natural"); otherwise they stay in the order of entry
    $secret    a line that shows the entry is marked `## SECRET-DATA`
    $word      the keyword in text when it is not the XML name; $mandatory; $choice; $use
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from lab.junos.config.values import ValueType

HIERARCHY = Path(__file__).parent / "hierarchy"


class Kind(Enum):
    """What a statement is."""

    CONTAINER = "container"
    LIST = "list"
    LEAF = "leaf"
    LEAF_LIST = "leaf-list"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Key:
    """One identifying element of a list; a choice is one of several elements (`exact`, `upto /24`)."""

    name: str
    type: ValueType
    choice: Mapping[str, ValueType | None] | None = None


@dataclass(slots=True, eq=False)
class Schema:
    """One statement: its XML name, its word in text, and what may be below it."""

    name: str
    word: str
    kind: Kind
    index: int = 0
    type: ValueType | None = None
    keys: tuple[Key, ...] = ()
    children: dict[str, Schema] = field(default_factory=dict)
    words: dict[str, Schema] = field(default_factory=dict)
    positional: tuple[Schema, ...] = ()
    hidden: Schema | None = None
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mandatory: tuple[str, ...] = ()
    is_block: bool = False
    is_hidden: bool = False
    is_positional: bool = False
    is_secret: bool = False
    merge: bool = False
    presence: bool = False
    inline: str = "never"
    sort: str = "user"

    @property
    def has_children(self) -> bool:
        """Whether the statement is a container or a list entry."""
        return self.kind in (Kind.CONTAINER, Kind.LIST)

    @property
    def always_quoted(self) -> bool:
        """Whether the value stands in quotes even when it needs none."""
        return self.is_secret or (self.type is not None and self.type.name == "regex")

    @property
    def key_width(self) -> int:
        """How many parts a key tuple has (a choice takes two: which one, and its value)."""
        return sum(2 if key.choice is not None else 1 for key in self.keys)

    def find(self, path: tuple[str, ...]) -> Schema | None:
        """Return the schema at a path of XML names, for tests and documentation."""
        node: Schema | None = self
        for name in path:
            node = node.children.get(name) if node is not None else None
        return node

    def walk(self, limit: int = 40) -> Iterator[tuple[tuple[str, ...], Schema]]:
        """Yield every (path of XML names, schema) once; what every level has is not repeated."""
        for child in self.children.values():
            if child.name.startswith("apply-"):
                continue
            yield (child.name,), child
            if limit and child.name != "groups":
                for path, node in child.walk(limit - 1):
                    yield (child.name, *path), node


_FLAGS = ("list", "positional", "mandatory", "secret")


class _Builder:
    """Turns the mappings of the hierarchy files into Schema nodes."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions
        self.common = self._common()

    def _common(self) -> list[Schema]:
        name = ValueType.parse("name")
        data = Schema("data", "", Kind.LIST, keys=(Key("name", name),), is_hidden=True, inline="always")
        value = Schema("value", "", Kind.LEAF, type=ValueType.parse("string"), is_positional=True)
        data.children, data.positional = {"value": value}, (value,)
        macro = Schema("apply-macro", "apply-macro", Kind.LIST, index=-1, keys=(Key("name", name),))
        macro.children, macro.hidden = {"data": data}, data
        return [
            Schema("apply-groups", "apply-groups", Kind.LEAF_LIST, index=-3, type=name),
            Schema("apply-groups-except", "apply-groups-except", Kind.LEAF_LIST, index=-2, type=name),
            macro,
        ]

    def build(self, name: str, spec: Any, index: int = 0) -> Schema:
        if isinstance(spec, str):
            return self._leaf(name, spec, index)
        everything = self._used(spec)
        own = {key: value for key, value in everything.items() if key.startswith("$")}
        keys = tuple(_key(item) for item in _as_list(own.get("$key", [])))
        kind = Kind.LIST if keys else Kind.CONTAINER
        hidden = bool(own.get("$hidden"))
        node = Schema(
            name,
            "" if hidden else str(own.get("$word", name)),
            kind,
            index,
            keys=keys,
            is_hidden=hidden,
            is_block=bool(own.get("$block")),
            is_secret=bool(own.get("$secret")),
            merge=bool(own.get("$merge")),
            presence=bool(own.get("$presence")),
            inline=own.get("$inline", "never"),
            sort=own.get("$sort", "user"),
        )
        self._children(node, {key: value for key, value in everything.items() if not key.startswith("$")})
        for names in own.get("$choice", []):
            for member in names:
                node.choices[member] = tuple(names)
        return node

    def _used(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """A mapping with everything of the definitions it uses, in the place where it uses them."""
        merged: dict[str, Any] = {}
        for key, value in spec.items():
            if key == "$use":
                for used in _as_list(value):
                    merged |= self._used(self.definitions[used])
            else:
                merged[key] = value
        return merged

    def _children(self, node: Schema, children: Mapping[str, Any]) -> None:
        mandatory: list[str] = []
        for index, (name, spec) in enumerate(children.items(), start=1):
            child = self.build(str(name), spec, index)
            node.children[child.name] = child
            if child.is_hidden:
                node.hidden = child
            elif child.is_positional:
                node.positional += (child,)
            else:
                node.words[child.word] = child
            if (isinstance(spec, str) and "mandatory" in spec.split()) or (
                not isinstance(spec, str) and spec.get("$mandatory")
            ):
                mandatory.append(child.name)
        node.mandatory = tuple(mandatory)
        if not node.merge:
            for shared in self.common:
                node.children[shared.name] = node.words[shared.word] = shared

    def _leaf(self, name: str, spec: str, index: int) -> Schema:
        type_text, *flags = spec.split()
        unknown = [flag for flag in flags if flag not in _FLAGS]
        if unknown:
            raise ValueError(f"{name}: {unknown} is not one of {_FLAGS}")
        if type_text == "flag":
            return Schema(name, name, Kind.FLAG, index)
        positional = "positional" in flags
        return Schema(
            name,
            "" if positional else name,
            Kind.LEAF_LIST if "list" in flags else Kind.LEAF,
            index,
            type=ValueType.parse(type_text),
            is_positional=positional,
            is_secret="secret" in flags or type_text == "secret",
        )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _key(item: Any) -> Key:
    """A key is "name" or "name TYPE", or a mapping of alternatives to their type (null: no value)."""
    if isinstance(item, str):
        name, _, type_text = item.partition(" ")
        return Key(name, ValueType.parse(type_text or "name"))
    choice = {str(name): ValueType.parse(text) if text else None for name, text in item.items()}
    return Key("choice", ValueType("string"), choice)


_TOP = [
    "version",
    "groups",
    "system",
    "chassis",
    "services",
    "interfaces",
    "snmp",
    "event-options",
    "routing-options",
    "protocols",
]
_TOP += ["policy-options", "firewall"]


@lru_cache(maxsize=1)
def root_schema() -> Schema:
    """Return the schema of `configuration`, read once and shared by every tree of the process."""
    definitions: dict[str, Any] = {}
    tree: dict[str, Any] = {}
    for file in sorted(HIERARCHY.glob("*.yml")):
        part = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  (a safe loader)
        definitions |= part.get("definitions", {})
        for name, spec in part["configuration"].items():
            if name in tree:
                tree[name] = tree[name] | spec
            else:
                tree[name] = spec
    ordered = {name: tree[name] for name in _TOP if name in tree} | tree
    builder = _Builder(definitions)
    root = builder.build("configuration", ordered | {"groups": {"$key": "name", "$block": True}})
    groups = root.children["groups"]
    groups.index = 0
    root.children["version"].index = -10
    groups.index = -5
    groups.children |= {name: child for name, child in root.children.items() if name not in ("groups", "version")}
    groups.words |= {word: child for word, child in root.words.items() if word not in ("groups", "version")}
    return root


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
