"""Imports go one way: the shell calls the hands, the hands call the pure core, and nobody calls the lab."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath

import pytest

from tools.stage import ROOT, project_files

OURS = "ansible_collections.fairway.backbone.plugins"
# What each part may import of the others. Parts are directories; everything outside plugins/ and lab/ is free.
MAY_IMPORT = {
    "plugins/module_utils": {"plugins/module_utils"},
    "plugins/plugin_utils": {"plugins/module_utils", "plugins/plugin_utils"},
    "lab": {"lab"},
}
SHELL = {"plugins/module_utils", "plugins/plugin_utils"}


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of every import, also of those inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def part_of(name: str) -> str:
    """The part of Fairway that a dotted name belongs to, "" for everybody else's."""
    if name.startswith(f"{OURS}."):
        return f"plugins/{name.removeprefix(f'{OURS}.').split('.')[0]}"
    first = name.split(".")[0]
    return first if first in {"lab", "tools", "bench", "tests"} else ""


def sources(*parts: str) -> list[str]:
    """Python files of these directories."""
    return [n for n in project_files() if n.endswith(".py") and any(PurePosixPath(n).is_relative_to(p) for p in parts)]


@pytest.mark.parametrize("part", ["plugins", "lab"])
def test_the_part_has_sources(part: str) -> None:
    """Guards the tests below: a renamed directory must not make them vacuous."""
    assert sources(part)


def test_imports_go_one_way() -> None:
    found = []
    for name in sources("plugins", "lab"):
        home = name.split("/")[0] if name.startswith("lab/") else "/".join(name.split("/")[:2])
        allowed = MAY_IMPORT.get(home, SHELL | {home, "plugins/doc_fragments"})
        found += [
            f"{name}:{line}: {home} imports {imported}"
            for line, imported in imports((ROOT / name).read_text())
            if part_of(imported) not in allowed | {""}
        ]
    assert found == []


def test_the_pure_core_needs_the_standard_library_only() -> None:
    found = [
        f"{name}:{line}: imports {imported}"
        for name in sources("plugins/module_utils")
        for line, imported in imports((ROOT / name).read_text())
        if imported.split(".")[0] not in sys.stdlib_module_names and not part_of(imported)
    ]
    assert found == []


def test_plugins_import_each_other_by_their_full_name() -> None:
    """A relative import or a bare `plugins.x` would load a second copy beside the collection's."""
    found = []
    for name in sources("plugins"):
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            relative = isinstance(node, ast.ImportFrom) and node.level > 0
            bare = isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "plugins"
            if relative or bare:
                found.append(f"{name}:{getattr(node, 'lineno', 0)}")
    assert found == []


def required(file: str) -> set[str]:
    """Distributions that a requirements*.in asks for, with those of the files it includes."""
    found: set[str] = set()
    for line in (ROOT / file).read_text().splitlines():
        if included := re.match(r"-r (\S+)", line):
            found |= required(included[1])
        elif named := re.match(r"[A-Za-z0-9._-]+", line):
            found.add(canonical(named[0]))
    return found


def canonical(distribution: str) -> str:
    """One spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


@pytest.mark.parametrize("part, file", [("plugins", "requirements.in"), ("lab", "requirements-lab.in")])
def test_what_is_imported_is_required(part: str, file: str) -> None:
    """What happens to be installed here, or comes with something else today, is missing somewhere else tomorrow."""
    distributions = packages_distributions()
    found = []
    for name in sources(part):
        for line, imported in imports((ROOT / name).read_text()):
            package = imported.split(".")[0]
            if package in sys.stdlib_module_names or part_of(imported) or package == "__main__":
                continue
            if not required(file) & {canonical(one) for one in distributions.get(package, [package])}:
                found.append(f"{name}:{line}: imports {imported}, which {file} does not name")
    assert found == []
