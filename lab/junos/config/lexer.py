"""Tokens of curly text, and how words are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z))|(?P<hash>\#[^\n]*)|(?P<string>"(?:\\.|[^"\\])*"?)"""
    r"""|(?P<mark>[{}\[\];])|(?P<word>[^\s{}\[\];"]+)|(?P<newline>\n)""",
    re.DOTALL | re.VERBOSE,
)
_BARE = re.compile(r"[A-Za-z0-9_.:/@%,=+-]+")
_WILDCARD = re.compile(r"<[A-Za-z0-9_./:*?\[\]-]+>")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token: kind is "word", "string", "mark" or "comment"; line counts from 1."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of curly text; `#` comments are left out, `/* */` comments are kept without their marks."""
    line = 1
    for match in _TOKEN.finditer(text):
        kind, raw = match.lastgroup or "", match.group()
        if kind == "newline":
            line += 1
            continue
        if kind == "string":
            closed = raw.endswith('"') and len(raw) > 1
            yield Token(kind, unescape(raw[1:-1] if closed else raw[1:]), line)
        elif kind == "comment":
            yield Token(kind, annotation(raw), line)
        elif kind != "hash":
            yield Token(kind, raw, line)
        line += raw.count("\n")


def annotation(text: str) -> str:
    """The text of an annotation without its marks; how its lines are indented does not belong to it."""
    body = text.strip().removeprefix("/*").removesuffix("*/").replace("*/", "* /")
    return "\n".join(line.strip() for line in body.strip().splitlines())


def unescape(text: str) -> str:
    """Undo the escapes of a quoted string."""
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), text, flags=re.DOTALL)


def quote(text: str, *, always: bool = False) -> str:
    r"""Write a word so that it is read back as it is: bare when it can be, otherwise in double quotes."""
    if not always and (_BARE.fullmatch(text) or _WILDCARD.fullmatch(text)):
        return text
    body = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + body.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'
