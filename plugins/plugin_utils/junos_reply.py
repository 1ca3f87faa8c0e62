# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Junos router's raw replies say.

Parsed here and not by ncclient: there a direct child <ok/> hides every error, errors under another default namespace
are missed, and several warnings together become an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from ansible_collections.fairway.backbone.plugins.module_utils.change import Commit, RouterError

_NOISE = ("error recovery ignores input until this point", "configuration check-out failed")


@dataclass
class Reply:
    """`root` is the <rpc-reply> with all namespaces taken off (attributes too: junos:seconds → seconds)."""

    root: Any
    errors: list[RouterError] = field(default_factory=list)
    warnings: list[RouterError] = field(default_factory=list)

    @property
    def message(self) -> str:
        """All errors in one text, each on its line."""
        return "\n".join(str(error) for error in self.errors)

    def text(self, name: str) -> str:
        """The text of the first element of this name, at any depth; empty when there is none."""
        return str(self.root.findtext(f".//{name}") or "")

    def has(self, name: str) -> bool:
        return self.root.find(f".//{name}") is not None


def squeeze(text: str | None) -> str:
    """One line, single spaces: Junos indents and wraps its messages."""
    return " ".join((text or "").split())


def _bare(root: Any) -> None:
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
        for name in [n for n in element.attrib if n.startswith("{")]:
            element.attrib[etree.QName(name).localname] = element.attrib.pop(name)


def _error(element: Any) -> RouterError:
    """From NETCONF's <rpc-error> or the Junos XML protocol's <error> and <warning>."""
    severity = squeeze(element.findtext("error-severity")) or ("warning" if element.tag == "warning" else "error")
    path = squeeze(element.findtext("error-path") or element.findtext("edit-path")) or None
    bad = squeeze(element.findtext(".//bad-element") or element.findtext("statement")) or None
    message = squeeze(element.findtext("error-message") or element.findtext("message"))
    return RouterError(message or squeeze(element.findtext("error-tag")) or "no reason given", severity, path, bad)


def without_noise(errors: Iterable[RouterError]) -> list[RouterError]:
    """Without doubles, and without the lines that only say that there was an error (unless nothing else is left)."""
    errors = list(dict.fromkeys(errors))
    return [error for error in errors if not error.message.startswith(_NOISE)] or errors


def parse_reply(raw: str | bytes) -> Reply:
    """The reply as a tree without namespaces, with every error and warning in it, wherever they hide."""
    data = raw.encode() if isinstance(raw, str) else raw
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True))
    _bare(root)
    found = [_error(e) for e in root.iter("rpc-error", "error", "warning") if _is_report(e)]
    errors = without_noise(e for e in found if e.severity != "warning")
    failed = root.findtext(".//load-error-count")
    if failed and not errors:
        errors = [RouterError(f"{failed.strip()} errors while loading, which the router does not name")]
    return Reply(root, errors, [e for e in found if e.severity == "warning"])


def _is_report(element: Any) -> bool:
    return element.tag == "rpc-error" or element.find("message") is not None


def _seconds(element: Any) -> float | None:
    if element is None:
        return None
    if (told := element.get("seconds")) is not None:
        return float(told)
    try:
        return datetime.strptime(squeeze(element.text), "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def parse_history(root: Any) -> list[Commit]:
    """<commit-information> as entries, newest first."""
    entries = [
        Commit(
            sequence=int(squeeze(entry.findtext("sequence-number")) or index),
            when=_seconds(entry.find("date-time")),
            user=squeeze(entry.findtext("user")),
            client=squeeze(entry.findtext("client")),
            comment=squeeze(entry.findtext("comment")),
            log=squeeze(entry.findtext("log")),
            pending=entry.find("commit-confirmed") is not None,
        )
        for index, entry in enumerate(root.iter("commit-history"))
    ]
    return sorted(entries, key=lambda entry: entry.sequence)


def refusal_kind(errors: Iterable[RouterError]) -> str:
    """locked (somebody holds the lock), dirty (uncommitted changes in the shared candidate), or rejected."""
    text = " ".join(error.message.lower() for error in errors)
    if says_dirty(text):
        return "dirty"
    return "locked" if "configuration database locked" in text else "rejected"


def says_dirty(message: str) -> bool:
    """Whether the router refuses its lock because somebody left changes in the shared candidate."""
    return "configuration database modified" in message.lower()
