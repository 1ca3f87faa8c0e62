"""The collection's artifact: what galaxy.yml allows to ship, computed without ansible-galaxy.

`tools.gate_artifact` builds the tarball and compares; `make build` leaves it in build/.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import yaml

from tools.stage import ROOT, project_files


def galaxy() -> dict[str, Any]:
    """galaxy.yml as data."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    return loaded


def pattern(glob: str) -> re.Pattern[str]:
    """A manifest glob as an expression: `*` stays inside a directory, `**` does not."""
    parts = (".*" if part == "**" else "[^/]*" if part == "*" else re.escape(part) for part in split_glob(glob))
    return re.compile("".join(parts))


def split_glob(glob: str) -> list[str]:
    """Cut a glob into wildcards and literal text: `**.py` → [`**`, `.py`]."""
    return [part for part in re.split(r"(\*\*|\*)", glob) if part]


def allows(directive: str, name: str) -> bool:
    """Whether one directive lets a file ship. Only the two kinds that an allow-list needs are understood."""
    verb, *words = directive.split()
    if verb == "include":
        return any(pattern(word).fullmatch(name) for word in words)
    if verb == "recursive-include":
        base, *globs = words
        path = PurePosixPath(name)
        if not path.is_relative_to(base):
            return False
        inside = str(path.relative_to(base))
        return any(pattern(glob).fullmatch(inside) for glob in globs)
    raise ValueError(f"galaxy.yml: manifest directive {verb!r} is not part of an allow-list; use include")


def allowed_files() -> list[str]:
    """The checkout's files that ship, galaxy.yml itself included (a build reads it, the tarball omits it)."""
    directives = galaxy()["manifest"]["directives"]
    return [name for name in project_files() if name == "galaxy.yml" or any(allows(line, name) for line in directives)]
