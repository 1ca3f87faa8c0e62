# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations and differences as text: counting, hiding secrets, finding the line a router complains about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ansible_collections.fairway.backbone.plugins.module_utils.change import RouterError

HIDDEN = "<hidden>"
MAX_CANDIDATES = 5

_CRYPT = re.compile(r"\$[0-9a-z]{1,3}\$[^\s\";]+")
_SECRET_WORD = re.compile(
    r"\b(authentication-key|encrypted-password|plain-text-password|simple-password|pre-shared-key \S+|secret"
    r"|shared-secret|password(?: \d(?= ))?|md5 \d+ key|message-digest-key \d+ md5|privacy-password|privacy-key"
    r"|key-string)"
    r" +(\"[^\"]*\"|[^\s;]+)"
)
# An SNMP community is a password; a community of policy-options, which looks alike, is not.
_SNMP = re.compile(
    r"^\[edit snmp\b.*?(?=^\[edit\b|\Z)|^([-+! ]*)snmp \{$.*?(?:^\1\}|\Z)|\bsnmp community [^\n]*", re.M | re.S
)
_COMMUNITY = re.compile(
    r"((?:^[-+! ]*(?:(?:inactive|protect|replace): )?|\bsnmp )community )(\"[^\"]*\"|[^\s;{\]\"]+)", re.M
)
_MARKED = re.compile(r"(\"[^\"]*\"|\S+);\s*## SECRET-DATA")
_TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|/\*.*?\*/|#[^\n]*|[{};\[\]]|\n|[^\s{};\[\]\"#]+", re.S)
_FLAGS = {"inactive:", "replace:", "delete:", "protect:", "unprotect:"}


def count_lines(diff: str) -> tuple[int, int]:
    """Lines added and removed by a `show | compare` or unified diff (file headers do not count)."""
    lines = [line for line in diff.splitlines() if not line.startswith(("+++ ", "--- "))]
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def hide_secrets(text: str) -> str:
    """The text with every password, key and hash replaced by `<hidden>`; which lines differ stays visible."""
    text = _MARKED.sub(f"{HIDDEN}; ## SECRET-DATA", text)
    text = _SECRET_WORD.sub(lambda found: f"{found[1]} {HIDDEN}", text)
    text = _SNMP.sub(lambda snmp: _COMMUNITY.sub(lambda found: f"{found[1]}{HIDDEN}", snmp[0]), text)
    return _CRYPT.sub(HIDDEN, text)


class Statement(NamedTuple):
    """One statement: its words with those of all that enclose it, and the line it begins on. `own` counts its words."""

    words: tuple[str, ...]
    own: int
    line: int


def _curly(text: str) -> Iterator[Statement]:
    stack: list[tuple[str, ...]] = []
    head: list[str] = []
    line = begun = 1
    for found in _TOKEN.finditer(text):
        lexeme = found[0]
        if lexeme in ("{", ";"):
            if head:
                own = tuple(word for word in head if word not in _FLAGS)
                yield Statement(tuple(word for part in stack for word in part) + own, len(own), begun)
                if lexeme == "{":
                    stack.append(own)
            head = []
        elif lexeme == "}":
            # Words before a closing brace are a statement whose semicolon is missing.
            if head:
                yield Statement(tuple(word for part in stack for word in part) + tuple(head), len(head), begun)
            head = []
            if stack:
                stack.pop()
        elif not lexeme.isspace() and lexeme not in ("[", "]") and not lexeme.startswith(("/*", "#")):
            if not head:
                begun = line
            head.append(lexeme.strip('"'))
        line += lexeme.count("\n")


def _set_lines(text: str) -> Iterator[Statement]:
    for number, line in enumerate(text.splitlines(), 1):
        words = tuple(token[0].strip('"') for token in _TOKEN.finditer(line) if token[0] not in "[];")
        if len(words) > 1:
            yield Statement(words[1:], len(words) - 1, number)


def _words(phrase: str | None) -> tuple[str, ...]:
    tokens = (found[0].strip('"') for found in _TOKEN.finditer(phrase or ""))
    return tuple(token for token in tokens if token.strip("[]{};\n"))


def _contains(words: Sequence[str], phrase: Sequence[str]) -> bool:
    size = len(phrase)
    return any(tuple(words[i : i + size]) == tuple(phrase) for i in range(len(words) - size + 1))


def _holds(statement: Statement, prefix: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """The statement lies at or below `prefix`, and `phrase` is among its own words."""
    return statement.words[: len(prefix)] == prefix and _contains(statement.words[-statement.own :], phrase)


def locate(text: str, fmt: str, path: str | None, element: str | None) -> list[int]:
    """Lines of `text` (from 1) that a complaint about `element` at `path` ("[edit protocols ospf]") can mean.

    Without a line number from the router this is a search: the element under its path; else the statement that opens
    the path, or the longest part of it that is there; the element anywhere when the router gave no path.
    """
    if fmt not in ("text", "set"):
        return []
    statements = list(_curly(text) if fmt == "text" else _set_lines(text))
    prefix, phrase = _words(path), _words(element)
    if prefix[:1] == ("edit",):
        prefix = prefix[1:]
    if phrase:
        for size in range(len(prefix), -1, -1):
            found = [s.line for s in statements if _holds(s, prefix[:size], phrase)]
            if found:
                return list(dict.fromkeys(found))
            if prefix and size == 1:
                break
    for size in range(len(prefix), 0, -1):
        # A shorter part must open a whole statement: half of "interface ge-0/0/0.0" would be any interface.
        found = [s.line for s in statements if (s.words[:size] if size == len(prefix) else s.words) == prefix[:size]]
        if found:
            return found[:1]
    return []


def place(error: RouterError, text: str, fmt: str, template_map: Sequence[tuple[str, int]]) -> RouterError:
    """The error with its configuration line and the template line behind it; candidates in the message if several."""
    lines = locate(text, fmt, error.path, error.bad_element)
    if not lines:
        return error

    def origin(line: int) -> tuple[str, int] | tuple[None, None]:
        return tuple(template_map[line - 1]) if line <= len(template_map) else (None, None)  # type: ignore[return-value]

    if len(lines) == 1:
        template, template_line = origin(lines[0])
        return replace(error, config_line=lines[0], template=template, template_line=template_line)
    shown = [f"line {n}" + ("" if not origin(n)[0] else " ({}:{})".format(*origin(n))) for n in lines[:MAX_CANDIDATES]]
    more = "" if len(lines) <= MAX_CANDIDATES else f" and {len(lines) - MAX_CANDIDATES} more"
    return replace(error, message=f"{error.message} [one of: {', '.join(shown)}{more}]")
