"""`load`: one entry for every format and action."""

from __future__ import annotations

import contextlib
from typing import Any

from lxml import etree

from lab.junos.config.errors import LoadReport, LoadStopped
from lab.junos.config.read_json import JsonError, json_element
from lab.junos.config.read_patch import PatchReader
from lab.junos.config.read_set import SetReader
from lab.junos.config.read_text import TextReader
from lab.junos.config.read_xml import XmlReader
from lab.junos.config.tree import Node, Tree

FORMATS = ("text", "set", "xml", "json")
ACTIONS = ("merge", "replace", "override", "update", "set", "patch")


def load(candidate: Tree, source: Any, fmt: str = "text", action: str = "replace", *, stop: bool = False) -> LoadReport:
    """Load a configuration into a candidate, which is changed; what is right of it stays, whatever else is wrong.

    `source` is a str, or for "xml" also a `<configuration>` element. "override" and "update" put the source in the
    place of the whole candidate. "replace" honours `replace:` tags, "merge" reads through them; `delete:` and the
    XML operations are honoured by both. With `stop` the first error ends the load, and what follows it is not read.
    Raises ValueError for a format or action that does not exist.
    """
    if fmt not in FORMATS or action not in ACTIONS:
        raise ValueError(f"load: format {fmt!r} with action {action!r}; have {FORMATS} and {ACTIONS}")
    report = LoadReport(stop=stop)
    whole = action in ("override", "update")
    root = Node(candidate.root.schema) if whole else candidate.root
    with contextlib.suppress(LoadStopped):
        _read(root, source, fmt, action, report)
    root.prune()
    candidate.root = root
    return report


def _read(root: Node, source: Any, fmt: str, action: str, report: LoadReport) -> None:
    if action == "patch":
        PatchReader(root, report).read(str(source))
    elif fmt == "set" or action == "set":
        SetReader(root, report).read(str(source))
    elif fmt == "text":
        TextReader(str(source), report, replacing=action == "replace").read(root)
    else:
        _load_element(root, source, fmt, report)


def _load_element(root: Node, source: Any, fmt: str, report: LoadReport) -> None:
    try:
        element = json_element(str(source)) if fmt == "json" else _element(source)
    except JsonError as error:
        report.error(str(error), error.word, None, error.line)
    except etree.XMLSyntaxError as error:
        report.error("syntax error", str(error.msg), None, error.lineno)
    else:
        XmlReader(report).read(root, element)


def _element(source: Any) -> Any:
    if not isinstance(source, (str, bytes)):
        return source
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    element = etree.fromstring(source.encode() if isinstance(source, str) else source, parser)
    inner = element.find("{*}configuration") if element.tag.rpartition("}")[2] != "configuration" else None
    return inner if inner is not None else element
