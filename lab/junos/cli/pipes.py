"""`command | pipe | pipe`: splitting a line, and the filters for text."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

DISPLAYS = ("set", "xml", "json", "text", "inheritance", "detail", "rpc", "relative")


class PipeError(Exception):
    """A pipe that does not exist, or lacks its argument."""


@dataclass
class Piped:
    """A line taken apart: the command, how to display it, what to compare it with, and the filters in order."""

    command: str
    display: list[str] = field(default_factory=list)
    compare: int | None = None
    save: str | None = None
    filters: list[list[str]] = field(default_factory=list)


def split_outside_quotes(line: str, separator: str) -> list[str]:
    """Split at a one-character separator, except inside double quotes."""
    parts, quoted = [""], False
    for character in line:
        if character == '"':
            quoted = not quoted
        if character == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def words(text: str) -> list[str]:
    """The words of a command; quotes group."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.replace('"', " ").split()


def parse(line: str) -> Piped:
    """Take a line apart; raises PipeError for a pipe that is not modelled."""
    command, *pipes = split_outside_quotes(line, "|")
    piped = Piped(command)
    for pipe in pipes:
        name, *rest = words(pipe) or [""]
        if name == "display":
            if not rest or any(word not in DISPLAYS for word in rest):
                raise PipeError(f"display {' '.join(rest)}".strip())
            for word, form in (("rpc", ["xml", "rpc"]), ("relative", ["set", "relative"])):
                if word in rest and rest != form:
                    raise PipeError(word)
            piped.display += rest
        elif name == "compare":
            number = rest[-1] if rest else "0"
            if not number.isdigit() or rest[:-1] not in ([], ["rollback"]):
                raise PipeError("compare")
            piped.compare = int(number)
        elif name == "save" and len(rest) == 1:
            piped.save = rest[0]
        elif name in ("no-more", "trim", "hold"):
            continue
        elif name == "count" or (name in ("match", "except", "find", "last") and rest):
            piped.filters.append([name, *rest])
        else:
            raise PipeError(name)
    return piped


def apply(text: str, filters: list[list[str]]) -> str:
    """Run the text filters; patterns are case-insensitive regular expressions, as on a router."""
    lines = text.splitlines()
    for name, *rest in filters:
        if name == "count":
            lines = [f"Count: {len(lines)} lines"]
        elif name == "last":
            lines = lines[-int(rest[0]) :] if rest[0].isdigit() else lines
        else:
            lines = _search(name, " ".join(rest), lines)
    return "".join(line + "\n" for line in lines)


def _search(name: str, pattern: str, lines: list[str]) -> list[str]:
    try:
        expression = re.compile(pattern, re.IGNORECASE)
    except re.error:
        raise PipeError(pattern) from None
    if name == "match":
        return [line for line in lines if expression.search(line)]
    if name == "except":
        return [line for line in lines if not expression.search(line)]
    start = next((number for number, line in enumerate(lines) if expression.search(line)), None)
    return ["Pattern not found"] if start is None else lines[start:]
