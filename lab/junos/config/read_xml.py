"""Junos XML in, with its marks: inactive, delete, replace, insert, rename, operation, and comments."""

from __future__ import annotations

from typing import Any

from lab.junos.config.errors import SYNTAX_ERROR, BadValueError, LoadReport, edit_path
from lab.junos.config.lexer import annotation
from lab.junos.config.schema import Key, Kind, Schema
from lab.junos.config.statement import WILDCARD, put_leaf
from lab.junos.config.tree import Node, key_words, node_id

_TRUE = {"inactive", "active", "delete", "replace", "protect", "unprotect", "rename"}
_OPERATIONS = ("merge", "replace", "create", "delete", "remove")
_PLACES = ("first", "last", "before", "after")


def local_name(element: Any) -> str:
    """The name of an element without its namespace ("" for a comment or an instruction)."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class _Wrong(Exception):
    """A statement that is reported and left out."""


class XmlReader:
    """Reads a `<configuration>` element into a node."""

    def __init__(self, report: LoadReport) -> None:
        self._report = report

    def read(self, root: Node, element: Any) -> LoadReport:
        """Read the children of `element` into `root`; elements that are wrong are reported and left out."""
        wrong, operation = _wrong_mark(element), _operation(element)
        if wrong is not None or operation not in ("merge", "replace"):
            self._fail(SYNTAX_ERROR, wrong or operation, (), element)
            return self._report
        if operation == "replace":
            root.children = None
        self._children(root, element, (), wild=False, skip=())
        return self._report

    def _fail(self, message: str, word: str, path: tuple[str, ...], element: Any) -> None:
        self._report.error(message, word, edit_path(path) if path else None, element.sourceline)

    def _children(self, level: Node, element: Any, path: tuple[str, ...], *, wild: bool, skip: tuple[str, ...]) -> None:
        comment: str | None = None
        seen: dict[str, Node] = {}
        for child in element:
            name = local_name(child)
            if not name or name in skip:
                continue
            if name == "comment":
                comment = annotation(child.text or "")
                continue
            schema = level.schema.children.get(name)
            if schema is None:
                self._fail(SYNTAX_ERROR, name, path, child)
            else:
                node = self._statement(level, schema, child, path, wild, seen)
                if node is not None and comment is not None:
                    node.comment = comment or None
            comment = None

    def _statement(
        self, level: Node, schema: Schema, element: Any, path: tuple[str, ...], wild: bool, seen: dict[str, Node]
    ) -> Node | None:
        operation, wrong = _operation(element), _wrong_mark(element)
        if wrong is not None:
            self._fail(SYNTAX_ERROR, wrong, path, element)
            return None
        wild = wild or schema.name == "groups"
        key: tuple[str, ...] = ()
        if schema.kind is Kind.LIST:
            found = self._key(schema, element, path, wild, deleting=operation in ("delete", "remove"))
            if found is None:
                return None
            if not found:
                self._gone(level.drop_all(schema.name), operation, schema.name, path, element)
                return None
            key = found
        if operation in ("delete", "remove"):
            self._delete(level, schema, key, element, path, operation)
            return None
        if operation == "create" and level.children and node_id(schema, key) in level.children:
            self._fail("statement creation failed: it already exists", schema.name, path, element)
            return None
        if not schema.has_children:
            return self._leaf(level, schema, element, path, seen, operation)
        return self._level(level, schema, key, element, path, wild, operation)

    def _level(
        self,
        level: Node,
        schema: Schema,
        key: tuple[str, ...],
        element: Any,
        path: tuple[str, ...],
        wild: bool,
        operation: str,
    ) -> Node | None:
        if _renames(element) and not self._renamable(level, schema, key, element, path):
            return None
        try:
            text = self._text(schema, element, path)
        except _Wrong:
            return None
        node = level.ensure(schema, key)
        if operation == "replace":
            node.children, node.comment, node.inactive, node.protected = None, None, False, False
        self._marks(node, element, path)
        here = path + ((schema.word,) if schema.word else ()) + key_words(schema, key)
        skip = tuple(name for spec in schema.keys for name in ([spec.name] if spec.choice is None else _names(spec)))
        if text is not None:
            put_leaf(node, text[0], (text[1],))
        self._children(node, element, here, wild=wild, skip=skip)
        self._place(level, node, element, path)
        return node

    def _text(self, schema: Schema, element: Any, path: tuple[str, ...]) -> tuple[Schema, str] | None:
        """Text beside the children: the value that a level may begin with (`autonomous-system`); raises _Wrong."""
        text = (element.text or "").strip()
        given = {local_name(child) for child in element}
        free = [leaf for leaf in schema.positional if leaf.type is not None and leaf.name not in given]
        if not text or (text == "true" and not free) or _named_by_text(schema, element):
            return None
        value = None
        if schema.kind is Kind.LIST or len(free) != 1 or free[0].type is None:
            self._fail(SYNTAX_ERROR, text, path, element)
        else:
            value = self._value(free[0].type.normalise, text, path, element, free[0])
        if value is None:
            raise _Wrong
        return free[0], value

    def _leaf(
        self, level: Node, schema: Schema, element: Any, path: tuple[str, ...], seen: dict[str, Node], operation: str
    ) -> Node | None:
        values: tuple[str, ...] = ()
        inside = next((local_name(child) for child in element if local_name(child)), None)
        if inside is not None or _renames(element) or element.get("insert") is not None:
            self._fail(SYNTAX_ERROR, inside or schema.name, path, element)
            return None
        if schema.type is None and (element.text or "").strip() not in ("", "true"):
            self._fail(SYNTAX_ERROR, (element.text or "").strip(), path, element)
            return None
        if schema.type is not None and not element.text and _TRUE & set(element.attrib):
            return self._only_marked(level, schema, element, path)
        if schema.type is not None:
            value = self._value(schema.type.normalise, element.text or "", path, element, schema)
            if value is None:
                return None
            values = (value,)
        if operation == "replace" and schema.name not in seen:
            level.drop(schema.name)
        node = seen[schema.name] = put_leaf(level, schema, values)
        self._marks(node, element, path)
        return node

    def _only_marked(self, level: Node, schema: Schema, element: Any, path: tuple[str, ...]) -> Node | None:
        """A leaf without its value, but with a mark (`<host-name active="active"/>`): the value stays as it is.

        Where there is none, an empty value is meant, if the statement may have one.
        """
        node = level.get(schema.name)
        if node is None:
            try:
                empty = schema.type.normalise("") if schema.type is not None else ""
            except BadValueError:
                self._gone(False, "mark", schema.name, path, element)
                return None
            node = put_leaf(level, schema, (empty,))
        self._marks(node, element, path)
        return node

    def _value(self, check: Any, raw: str, path: tuple[str, ...], element: Any, schema: Schema) -> str | None:
        text = raw if schema.type is not None and schema.type.name == "string" else raw.strip()
        try:
            return str(check(text))
        except BadValueError as error:
            self._fail(str(error), text or local_name(element), path, element)
            return None

    def _key(
        self, schema: Schema, element: Any, path: tuple[str, ...], wild: bool, *, deleting: bool
    ) -> tuple[str, ...] | None:
        """The key of a list element; () when all entries are meant (a delete without a key); None when wrong."""
        named = {local_name(child): child for child in element if local_name(child)}
        if _named_by_text(schema, element):
            named[schema.keys[0].name] = element
        parts: list[str] = []
        for spec in schema.keys:
            found = _choice(spec, named) if spec.choice is not None else named.get(spec.name)
            if found is None:
                if deleting and not named:
                    return ()
                self._fail(f"missing mandatory element: {spec.name}", schema.name, path, element)
                return None
            part = self._part(spec, found, path, wild)
            if part is None:
                return None
            parts.extend(part)
        return tuple(parts)

    def _part(self, spec: Key, element: Any, path: tuple[str, ...], wild: bool) -> tuple[str, ...] | None:
        text = element.text or ""
        text = text if spec.type.name == "string" else text.strip()
        kind, name = spec.type, ""
        if spec.choice is not None:
            name = _alias(local_name(element))
            choice = spec.choice[name]
            if choice is None:
                return name, ""
            kind = choice
        if WILDCARD.match(text) and not wild:
            self._fail("wildcard is allowed in configuration groups only", text, path, element)
            return None
        if WILDCARD.match(text):
            value = text
        else:
            try:
                value = kind.normalise(text)
            except BadValueError as error:
                self._fail(str(error), text or local_name(element), path, element)
                return None
        return (name, value) if spec.choice is not None else (value,)

    def _delete(
        self, level: Node, schema: Schema, key: tuple[str, ...], element: Any, path: tuple[str, ...], operation: str
    ) -> None:
        text = (element.text or "").strip()
        if schema.kind is Kind.LEAF_LIST and text:
            node = level.get(schema.name)
            left = tuple(value for value in node.values if value != text) if node else ()
            done = node is not None and len(left) < len(node.values)
            if node is not None and left:
                node.values = left
            elif done:
                level.drop(schema.name)
        else:
            done = level.drop(node_id(schema, key))
        self._gone(done, operation, key_words(schema, key)[0] if key else schema.name, path, element)

    def _gone(self, done: bool, operation: str, name: str, path: tuple[str, ...], element: Any) -> None:
        if not done and operation != "remove":
            self._report.warning("statement not found", name, edit_path(path) if path else None, element.sourceline)

    def _marks(self, node: Node, element: Any, path: tuple[str, ...]) -> None:
        on = {name for name in _TRUE if element.get(name) in (name, "true")}
        if on & {"inactive", "protect"} and (node.schema.merge or node.schema.is_positional):
            self._fail(SYNTAX_ERROR, node.schema.name, path, element)
            return
        if "inactive" in on:
            node.inactive = True
        if "active" in on:
            node.inactive = False
        if "protect" in on:
            node.protected = True
        if "unprotect" in on:
            node.protected = False

    def _renamable(
        self, level: Node, schema: Schema, key: tuple[str, ...], element: Any, path: tuple[str, ...]
    ) -> bool:
        """Whether `rename="rename" name=NEW` can be carried out; reports why not."""
        new = element.get("name") or ""
        there = level.children or {}
        if node_id(schema, key) not in there:
            self._gone(False, "rename", key[0] if key else schema.name, path, element)
        elif len(key) != 1 or not new:
            self._fail(SYNTAX_ERROR, "rename", path, element)
        elif self._value(schema.keys[0].type.normalise, new, path, element, schema) is None:
            return False
        elif (schema.name, new) in there:
            self._fail("target of rename already exists", new, path, element)
        else:
            return True
        return False

    def _place(self, level: Node, node: Node, element: Any, path: tuple[str, ...]) -> None:
        """Carry out `insert="before|after|first|last" name=...` and `rename="rename" name=...`."""
        where, name = element.get("insert"), element.get("name") or ""
        if where in ("first", "last"):
            level.move(node.id, None, before=where == "first")
        elif where is not None and (node.schema.name, name) not in (level.children or {}):
            self._gone(False, "insert", name or "insert", path, element)
        elif where is not None:
            level.move(node.id, (node.schema.name, name), before=where == "before")
        if _renames(element):
            twin = node.copy()
            twin.key = (name,)
            level.put(twin)
            level.move(twin.id, node.id, before=False)
            level.drop(node.id)


def _named_by_text(schema: Schema, element: Any) -> bool:
    """Whether the text of a list entry is its name: `<source-address>192.0.2.0/24</source-address>`."""
    if schema.kind is not Kind.LIST or len(schema.keys) != 1 or schema.keys[0].choice is not None:
        return False
    name = schema.keys[0].name
    return bool((element.text or "").strip()) and all(local_name(child) != name for child in element)


def _renames(element: Any) -> bool:
    return element.get("rename") in ("rename", "true")


def _wrong_mark(element: Any) -> str | None:
    """A value that an attribute with a meaning here cannot have: ignored, it would do something else than asked for."""
    for attribute, value in element.attrib.items():
        name = attribute.rpartition("}")[2]
        if name == "operation" and value not in _OPERATIONS:
            return str(value)
        if attribute == "insert" and value not in _PLACES:
            return str(value)
        if attribute in _TRUE and value not in (name, "true", "false"):
            return str(value)
    return None


def _operation(element: Any) -> str:
    """The edit operation an element asks for: "delete", "remove", "replace", "create" or "merge"."""
    for attribute, value in element.attrib.items():
        name = attribute.rpartition("}")[2]
        if name == "operation":
            return str(value)
        if name in ("delete", "replace") and value in (name, "true"):
            return str(name)
    return "merge"


def _names(spec: Key) -> list[str]:
    assert spec.choice is not None
    return [*spec.choice, "choice-ident", "choice-value", "equal-literal"]


def _alias(name: str) -> str:
    return "=" if name == "equal-literal" else name


def _choice(spec: Key, named: dict[str, Any]) -> Any:
    assert spec.choice is not None
    return next((child for name, child in named.items() if _alias(name) in spec.choice), None)
