# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file of an inventory says something, and on which line: looked up only when there is a complaint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, Key

_SUFFIXES = ("", ".yml", ".yaml", ".json")


class InventoryFiles:
    """The variable files beside an inventory's sources, read on demand.

    `sources` are the inventory's files or directories; `groups` maps a host to its groups, nearest first.
    """

    def __init__(self, sources: Iterable[Path], groups: dict[str, list[str]]) -> None:
        self._folders = list(dict.fromkeys(path if path.is_dir() else path.parent for path in sources))
        self._groups = groups
        self._trees: dict[Path, yaml.Node | None] = {}

    def locate(self, errors: Iterable[IntentError]) -> list[IntentError]:
        """The same errors with file and line, where a file can be found."""
        return [error if error.file else error.at(*self.place(error.router, error.key)) for error in errors]

    def place(self, host: str, key: Key) -> tuple[str | None, int | None]:
        """File and line of a key of a host: the file that wins in Ansible, the deepest line there is."""
        for path in self._candidates(host):
            tree = self._tree(path)
            if tree is not None and key:
                line, depth = _find(tree, key)
                if depth:
                    return _short(path), line
        return None, None

    def innermost(self, host: str, above: Key, value: str) -> Key:
        """The key of a value, in quotes or not, at or below a key of a host; that key itself when no file has it."""
        for path in self._candidates(host):
            node = self._tree(path)
            for part in above:
                found = None if node is None else _child(node, part)
                node = found[1] if found else None
            if node is not None and (below := _holds(node, value)) is not None:
                return (*above, *below)
        return above

    def _candidates(self, host: str) -> Iterable[Path]:
        for folder in self._folders:
            yield from _files(folder / "host_vars", host)
        for group in self._groups.get(host, ["all"]):
            for folder in self._folders:
                yield from _files(folder / "group_vars", group)

    def _tree(self, path: Path) -> yaml.Node | None:
        if path not in self._trees:
            try:
                text = path.read_text(encoding="utf-8")
                # Vaulted files stay closed: a place in them would be a place in the cipher.
                vaulted = text.startswith("$ANSIBLE_VAULT")
                self._trees[path] = None if vaulted else yaml.compose(text, Loader=yaml.SafeLoader)
            except (OSError, UnicodeDecodeError, yaml.YAMLError):
                self._trees[path] = None
        return self._trees[path]


def unparsed(sources: Iterable[Path]) -> list[str]:
    """What is no YAML among the variable files beside an inventory's sources: `FILE:LINE: why`.

    For Ansible's own complaint names neither.
    """
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in sources if path.exists())
    return [
        f"{_short(path)}:{problem}"
        for folder in folders
        for kind in ("host_vars", "group_vars")
        for path in sorted((folder / kind).rglob("*"))
        if path.is_file() and path.suffix in _SUFFIXES and (problem := _problem(path))
    ]


def _problem(path: Path) -> str:
    """Line and reason when a file is no YAML; empty when it is, or cannot be told."""
    try:
        for _event in yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return f"{line}: {', '.join(filter(None, (error.context, error.problem)))}"
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""
    return ""


def _files(folder: Path, name: str) -> Sequence[Path]:
    """The files that Ansible reads for one host or group, the one that wins first."""
    found: list[Path] = []
    for suffix in _SUFFIXES:
        path = folder / f"{name}{suffix}"
        if path.is_file():
            found.append(path)
        elif path.is_dir():
            inside = (item for item in path.rglob("*") if item.is_file() and item.suffix in _SUFFIXES)
            found += sorted(inside, reverse=True)
    return found


def _find(tree: yaml.Node, key: Key) -> tuple[int | None, int]:
    """The line of the deepest part of the key that the tree has, and how many parts that is."""
    node, line, depth = tree, None, 0
    for part in key:
        child = _child(node, part)
        if child is None:
            break
        line, node, depth = child[0], child[1], depth + 1
    return line, depth


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == str(part):
                return name.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: yaml.Node = node.value[part]
        return item.start_mark.line + 1, item
    return None


def _holds(node: yaml.Node, text: str) -> Key | None:
    """Where at or below a node a scalar stands."""
    if isinstance(node, yaml.ScalarNode):
        return () if node.value == text else None
    parts: list[tuple[str | int, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        parts = [(name.value, value) for name, value in node.value if isinstance(name, yaml.ScalarNode)]
    elif isinstance(node, yaml.SequenceNode):
        parts = list(enumerate(node.value))
    for part, value in parts:
        if (found := _holds(value, text)) is not None:
            return (part, *found)
    return None


def _short(path: Path) -> str:
    """The path from the working directory when it is below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
