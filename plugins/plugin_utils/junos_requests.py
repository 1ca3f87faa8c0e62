# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration RPCs of Junos, as elements."""

from __future__ import annotations

from typing import Any

from lxml import etree

from ansible_collections.fairway.backbone.plugins.module_utils.change import RouterError
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

_CHILD = {"text": "configuration-text", "set": "configuration-set", "json": "configuration-json"}
_ACTIONS = ("update", "override", "replace", "merge", "set")
FORMATS = ("text", "set", "xml", "json")


def load_text(text: str, fmt: str, action: str) -> Any:
    """<load-configuration> of a text. Raises RouterFault `rejected` when XML does not parse, with its line."""
    if fmt not in FORMATS or action not in _ACTIONS:
        raise RouterFault("unsupported", f"cannot load format '{fmt}' with '{action}'")
    if fmt == "set" or action == "set":
        element = etree.Element("load-configuration", action="set", format="text")
        fmt = "set"
    else:
        element = etree.Element("load-configuration", format=fmt)
        if action != "merge":
            element.set("action", action)
    if fmt == "xml":
        element.append(_configuration(text))
    else:
        try:
            etree.SubElement(element, _CHILD[fmt]).text = text
        except ValueError as error:
            raise RouterFault(
                "rejected", f"the configuration holds a character that XML cannot carry: {error}"
            ) from error
    return element


def _configuration(text: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        complaint = RouterError(f"the configuration is not XML: {error.msg}", config_line=error.lineno)
        raise RouterFault("rejected", str(complaint), [complaint]) from error
    if etree.QName(root).localname != "configuration":
        raise RouterFault("rejected", f"the XML's root is <{etree.QName(root).localname}>, expected <configuration>")
    return root


def load_rollback(entry: int) -> Any:
    """<load-configuration> of an entry of the history; 0 discards the candidate's changes."""
    return etree.Element("load-configuration", compare="rollback", rollback=str(entry))


def compare() -> Any:
    """<get-configuration> for the candidate's difference from what runs."""
    return etree.Element("get-configuration", compare="rollback", rollback="0", format="text")


def commit(log: str, confirm_minutes: int | None) -> Any:
    """<commit-configuration> with a log; with the dead-man timer when minutes are given."""
    element = etree.Element("commit-configuration")
    if confirm_minutes is not None:
        etree.SubElement(element, "confirmed")
        etree.SubElement(element, "confirm-timeout").text = str(confirm_minutes)
    etree.SubElement(element, "log").text = log
    return element


def commit_check() -> Any:
    element = etree.Element("commit-configuration")
    etree.SubElement(element, "check")
    return element


def get_configuration(fmt: str, database: str) -> Any:
    return etree.Element("get-configuration", format=fmt, database=database)


_STEERING = (
    ("system", "apply-macro"),
    ("protocols", "ospf"),
    ("protocols", "ospf3"),
    ("policy-options", "policy-statement"),
    ("routing-options", "static"),
    ("routing-options", "rib"),
)


def get_steering() -> Any:
    """<get-configuration> of what steering reads: no secret is among it, but for keys of OSPF."""
    element = get_configuration("xml", "committed")
    wanted = etree.SubElement(element, "configuration")
    for section, part in _STEERING:
        parent = wanted.find(section)
        etree.SubElement(etree.SubElement(wanted, section) if parent is None else parent, part)
    return element


def get_rollback(entry: int, fmt: str) -> Any:
    """<get-rollback-information> of one entry."""
    element = etree.Element("get-rollback-information")
    etree.SubElement(element, "rollback").text = str(entry)
    etree.SubElement(element, "format").text = fmt
    return element


def command(text: str) -> Any:
    """A CLI command, answered as text."""
    element = etree.Element("command", format="text")
    element.text = text
    return element


def kill_session(session_id: str) -> Any:
    """End another session. If a confirmed commit of that session is pending, the router rolls it back at once."""
    element = etree.Element("kill-session")
    etree.SubElement(element, "session-id").text = session_id
    return element
