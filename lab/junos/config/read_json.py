"""Junos JSON in: the `ietf` and the `verbose` shape. It becomes XML first, so that there is one reader of structure."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree

from lab.junos.config.write_xml import JUNOS_NS, xml_text

_SCALARS = (str, int, float, bool)


class JsonError(ValueError):
    """The text is not JSON, or not a configuration; `word` is the offending part."""

    def __init__(self, message: str, word: str, line: int | None = None) -> None:
        super().__init__(message)
        self.word = word
        self.line = line


def json_element(text: str) -> Any:
    """Return the `<configuration>` element that a JSON document says. Raises JsonError."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        near = text[error.pos : error.pos + 20].split("\n")[0] or "end of input"
        raise JsonError("syntax error", near, error.lineno) from None
    body = document.get("configuration", document) if isinstance(document, dict) else None
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, dict):
        raise JsonError("syntax error", "configuration")
    root = etree.Element("configuration", nsmap={"junos": JUNOS_NS})
    _object(root, body)
    return root


def _object(element: Any, members: dict[str, Any]) -> None:
    if "choice-ident" in members:
        ident = str(members["choice-ident"])
        choice = etree.SubElement(element, "equal-literal" if ident == "=" else _name(ident))
        choice.text = xml_text(str(members.get("choice-value") or "")) or None
    for name, value in members.items():
        if name == "@":
            _attributes(element, value)
        elif not name.startswith("@") and name not in ("choice-ident", "choice-value"):
            _member(element, name, value, members.get(f"@{name}"))


def _member(parent: Any, name: str, value: Any, attributes: Any) -> None:
    items = value if isinstance(value, list) else [value]
    marks = attributes if isinstance(attributes, list) else [attributes] * len(items)
    for index, item in enumerate(items):
        child = etree.SubElement(parent, _name(name))
        if isinstance(item, dict):
            if set(item) - {"attributes"} == {"data"}:
                data = item["data"]
                child.text = None if data in (None, [None]) else xml_text(_scalar(data, name))
            else:
                _object(child, {key: value for key, value in item.items() if key != "attributes"})
            if "attributes" in item:
                _attributes(child, item["attributes"])
        elif item is not None:
            child.text = xml_text(_scalar(item, name))
        if index < len(marks) and marks[index]:
            _attributes(child, marks[index])


def _scalar(value: Any, name: str) -> str:
    if not isinstance(value, _SCALARS):
        raise JsonError("syntax error", name)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _name(name: str) -> str:
    try:
        etree.Element(name)
    except ValueError:
        raise JsonError("syntax error", name) from None
    return name


def _attributes(element: Any, marks: Any) -> None:
    if not isinstance(marks, dict):
        raise JsonError("syntax error", "@")
    for name, value in marks.items():
        if name in ("comment", "junos:comment"):
            comment = etree.Element(f"{{{JUNOS_NS}}}comment")
            comment.text = xml_text(str(value))
            element.addprevious(comment)
        elif name == "inactive" or name == "active":
            if value is True or value == name:
                element.set(name, name)
        elif ":" not in name:
            element.set(_name(name), xml_text(_scalar(value, name)))
