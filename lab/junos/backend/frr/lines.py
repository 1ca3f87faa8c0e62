"""FRR configuration as data, and the commands that lead from one configuration to another.

`frr-reload.py` does the same for any configuration and takes a second or two. Here every line is one that the
translation wrote, so that its key and its undo are known, and the difference is applied in one vtysh run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """When a section's lines come and go."""

    DEFINITION = "definition"
    """What others refer to (route-maps and lists): made before the protocols change, removed after."""
    PROTOCOL = "protocol"
    """Routers and interfaces: what goes, goes first."""
    LATE = "late"
    """Static routes: what goes, goes last, so that a route with another next hop is not missing in between."""


@dataclass(frozen=True)
class Line:
    """One configuration line.

    `key` identifies it among the versions of itself (default: the text); a `replace` line takes the place of its older
    version, another one is undone first. `owner` is the key of a line whose removal takes this one along.
    """

    text: str
    key: str = ""
    undo: str = ""
    replace: bool = False
    owner: str | None = None

    @property
    def identity(self) -> str:
        return self.key or self.text

    @property
    def removal(self) -> str:
        if self.undo:
            return self.undo
        return self.text[3:] if self.text.startswith("no ") else f"no {self.text}"


@dataclass
class Section:
    """Lines in one context. `header` are the lines that enter it, outermost first; `undo` removes it as a whole.

    An `atomic` section is made anew when anything in it changed. `exits` leave the context.
    """

    key: tuple[str, ...]
    header: tuple[str, ...] = ()
    exits: tuple[str, ...] = ()
    undo: str | None = None
    kind: Kind = Kind.PROTOCOL
    atomic: bool = False
    parent: tuple[str, ...] | None = None
    lines: dict[str, Line] = field(default_factory=dict)

    def add(self, text: str, **details: str | bool | None) -> None:
        """Append a line; keywords as for Line."""
        line = Line(text, **details)  # type: ignore[arg-type]
        self.lines[line.identity] = line

    def enter(self, commands: Iterable[str]) -> list[str]:
        """Commands within the context; nothing when there are none."""
        inside = list(commands)
        return [*self.header, *inside, *self.exits] if inside else []

    def text(self) -> list[str]:
        """The whole section as commands; an empty context is entered all the same."""
        return [*self.header, *(line.text for line in self.lines.values()), *self.exits]

    def same(self, other: Section) -> bool:
        """Whether nothing would have to change."""
        return self.header == other.header and self.lines == other.lines


class FrrConfig:
    """Sections in the order in which they are to be made."""

    def __init__(self) -> None:
        self.sections: dict[tuple[str, ...], Section] = {}

    def add(self, section: Section) -> Section:
        """Add a section, or return the one that has the same key."""
        return self.sections.setdefault(section.key, section)

    def text(self) -> str:
        """The configuration as a file, for people and golden tests."""
        return "\n".join(line for section in self.sections.values() for line in section.text()) + "\n"


def delta(old: FrrConfig, new: FrrConfig) -> list[str]:
    """The commands that turn `old` into `new`; empty when there is nothing to do."""
    change = _Change(old, new)
    return [
        *change.new_definitions(),
        *change.protocol_removals(),
        *change.additions(),
        *change.late_removals(),
        *change.old_definitions(),
    ]


class _Change:
    """The phases of a change, in the order in which they have to happen."""

    def __init__(self, old: FrrConfig, new: FrrConfig) -> None:
        self.old, self.new = old.sections, new.sections
        self.rebuilt = _rebuilt(old, new)
        self.owners_gone = _owners_gone(old, new)
        self.gone = [section for key, section in self.old.items() if key not in self.new]

    def kept(self, key: tuple[str, ...]) -> Section | None:
        """The older version of a section that is changed line by line."""
        return None if key in self.rebuilt else self.old.get(key)

    def new_definitions(self) -> list[str]:
        commands: list[str] = []
        for key, section in self.new.items():
            if section.kind is Kind.DEFINITION:
                if key in self.rebuilt and key in self.old:
                    commands += _remove_all(self.old[key])
                commands += _removals(self.kept(key), section) + _additions(self.kept(key), section)
        return commands

    def protocol_removals(self) -> list[str]:
        """Lines of what stays, innermost contexts first; then what goes as a whole."""
        commands: list[str] = []
        gone = [section for section in self.gone if section.kind is Kind.PROTOCOL]
        for section in gone:
            if section.undo is None and self._parent_stays(section):
                commands += _remove_all(section, self.owners_gone)
        for key in reversed(self.new):
            section, before = self.new[key], self.old.get(key)
            if section.kind is not Kind.PROTOCOL or before is None:
                continue
            if key not in self.rebuilt:
                commands += _removals(before, section, self.owners_gone)
            elif section.parent not in self.rebuilt:
                commands += _remove_all(before)
        for section in gone:
            commands += _remove_all(section) if section.undo is not None else []
        return commands

    def _parent_stays(self, section: Section) -> bool:
        return section.parent is None or (section.parent in self.new and section.parent not in self.rebuilt)

    def additions(self) -> list[str]:
        commands: list[str] = []
        for key, section in self.new.items():
            if section.kind is not Kind.DEFINITION:
                commands += _additions(self.kept(key), section)
        return commands

    def late_removals(self) -> list[str]:
        commands: list[str] = []
        for key, section in self.new.items():
            if section.kind is Kind.LATE:
                before = self.old.get(key)
                lines = before.lines.values() if before is not None else ()
                commands += [line.removal for line in lines if line.identity not in section.lines]
        for section in self.gone:
            commands += _remove_all(section) if section.kind is Kind.LATE else []
        return commands

    def old_definitions(self) -> list[str]:
        gone = [section for section in self.gone if section.kind is Kind.DEFINITION]
        return [command for section in reversed(gone) for command in _remove_all(section)]


def _rebuilt(old: FrrConfig, new: FrrConfig) -> set[tuple[str, ...]]:
    """The sections that have to be made anew: another header, an atomic one that changed, and all inside such a one."""
    found: set[tuple[str, ...]] = set()
    for key, section in new.sections.items():
        before = old.sections.get(key)
        if section.parent in found or (
            before is not None
            and (before.header != section.header or (section.atomic and before.lines != section.lines))
        ):
            found.add(key)
    return found


def _owners_gone(old: FrrConfig, new: FrrConfig) -> set[str]:
    """Keys of lines that own others and are removed."""
    owners = {line.owner for section in old.sections.values() for line in section.lines.values() if line.owner}
    kept = {key for section in new.sections.values() for key in section.lines}
    return owners - kept


def _remove_all(section: Section, owners_gone: set[str] | None = None) -> list[str]:
    if section.undo is not None:
        return [section.undo]
    skip = owners_gone or set()
    lines = [line for line in section.lines.values() if line.owner is None or line.owner not in skip]
    return section.enter(line.removal for line in reversed(lines))


def _removals(before: Section | None, section: Section, owners_gone: set[str] | None = None) -> list[str]:
    if before is None:
        return []
    skip = owners_gone or set()
    commands = []
    for key, line in before.lines.items():
        now = section.lines.get(key)
        if now is not None and (now.text == line.text or now.replace):
            continue
        if line.owner is not None and line.owner in skip:
            continue
        commands.append(line.removal)
    return section.enter(reversed(commands))


def _additions(before: Section | None, section: Section) -> list[str]:
    if before is None:
        return section.text()
    commands: list[str] = []
    for key, line in section.lines.items():
        old = before.lines.get(key)
        if old is not None and old.text == line.text:
            continue
        if old is not None and section.kind is Kind.LATE and not line.replace:
            commands.append(old.removal)
        commands.append(line.text)
    return section.enter(commands)
