"""`load patch`: takes what `show | compare` prints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lab.junos.config.errors import SYNTAX_ERROR, LoadReport, StatementError
from lab.junos.config.lexer import tokens
from lab.junos.config.read_set import line_words
from lab.junos.config.read_text import TextReader
from lab.junos.config.schema import Schema
from lab.junos.config.statement import Plan, Word, find, resolve
from lab.junos.config.tree import Node, NodeId

_BANNER = re.compile(r"^\[edit(?: (.*))?\]\s*$")
_MARKS = {"inactive:": ("inactive", True), "active:": ("inactive", False)}
_MARKS |= {"protect:": ("protected", True), "unprotect:": ("protected", False)}


@dataclass(slots=True)
class _Section:
    path: str
    line: int
    runs: list[tuple[str, list[str]]] = field(default_factory=list)


class PatchReader:
    """Applies a patch; a section that does not fit is reported and the others are applied."""

    def __init__(self, root: Node, report: LoadReport) -> None:
        self._root = root
        self._report = report

    def read(self, text: str) -> LoadReport:
        """Apply every section, top to bottom."""
        for section in self._sections(text):
            try:
                self._apply(section)
            except StatementError as error:
                self._report.error(error.message, error.word, f"[edit{section.path}]", error.line or section.line)
        return self._report

    def _sections(self, text: str) -> list[_Section]:
        sections: list[_Section] = []
        for number, line in enumerate(text.splitlines(), start=1):
            banner = _BANNER.match(line)
            if banner:
                path = banner.group(1)
                sections.append(_Section(f" {path}" if path else "", number))
            elif line.strip():
                if not sections or line[0] not in "+-! ":
                    self._report.error(SYNTAX_ERROR, line.split()[0], None, number)
                    continue
                runs = sections[-1].runs
                if not runs or runs[-1][0] != line[0]:
                    runs.append((line[0], []))
                runs[-1][1].append(line[1:])
        return sections

    def _apply(self, section: _Section) -> None:
        words = [Word(token.text, section.line, token.kind == "string") for token in tokens(section.path)]
        plan = resolve(self._root.schema, words) if words else Plan()
        found = find(self._root, plan)
        if found is None and plan.steps:
            raise StatementError("statement not found", words[-1].text, section.line)
        level = found[1] if found else self._root
        wild = any(step.schema.name == "groups" for step in plan.steps)
        place = _Place(level, plan.holder, wild or (plan.holder is not None and plan.holder.name == "groups"))
        for sign, lines in section.runs:
            text = "\n".join(lines)
            if sign == "-":
                place.remove(text, self._report)
            elif sign == "+":
                place.add(text, self._report)
            elif sign == "!":
                place.mark(text)
            else:
                place.context(text)


@dataclass(slots=True)
class _Place:
    """The level a section is about, and the entry that the next addition follows."""

    level: Node
    holder: Schema | None
    wild: bool
    anchor: NodeId | None = None
    leading: list[NodeId] = field(default_factory=list)
    comment: str | None = None
    """The annotation that the statement of the next context line gets; "" takes its annotation away."""

    def _lookup(self, text: str) -> Node:
        words = line_words(re.sub(r"(\{ \.\.\. \}|;)\s*(?:##.*)?$", "", text.strip()), 1)
        plan = resolve(self.level.schema, words, holder=self.holder, lookup=True, wild=self.wild)
        # `a00000 "x";` names the statement; the value that stands beside its key carries no marks of its own.
        while plan.steps and plan.steps[-1].schema.is_positional:
            plan.steps.pop()
        found = find(self.level, plan)
        if found is None:
            raise StatementError("statement not found", words[-1].text if words else "")
        return found[1]

    def remove(self, text: str, report: LoadReport) -> None:
        """Take statements out."""
        scratch = Node(self.level.schema)
        reader = TextReader(text, report)
        reader.read(scratch, holder=self.holder, wild=self.wild)
        if reader.trailing is not None:
            self.comment = ""
        _subtract(self.level, scratch)

    def add(self, text: str, report: LoadReport) -> None:
        """Merge the statements and put new entries where they belong."""
        reader = TextReader(text, report)
        reader.read(self.level, holder=self.holder, wild=self.wild)
        if reader.trailing is not None:
            self.comment = reader.trailing
        for node in reader.made:
            if not node.key or node.id not in (self.level.children or {}):
                continue
            if self.anchor is not None and self.anchor != node.id:
                self.level.move(node.id, self.anchor, before=False)
            elif self.anchor is None:
                self.leading.append(node.id)
            if self.anchor is not None:
                self.anchor = node.id

    def mark(self, text: str) -> None:
        """Set or clear the mark of each statement named."""
        for line in text.splitlines():
            word, _, rest = line.strip().partition(" ")
            if word not in _MARKS:
                raise StatementError(SYNTAX_ERROR, word)
            name, on = _MARKS[word]
            setattr(self._lookup(rest), name, on)

    def context(self, text: str) -> None:
        """An unchanged entry: what was added without one before it goes in front of it."""
        for line in text.splitlines():
            if not line.strip():
                continue
            node = self._lookup(line)
            if self.comment is not None:
                node.comment, self.comment = self.comment or None, None
            for ident in self.leading:
                self.level.move(ident, node.id, before=True)
            self.leading = []
            self.anchor = node.id if node.key else None


def _subtract(level: Node, gone: Node) -> None:
    """Take the statements of `gone` out of `level`; each was shown whole."""
    for ident, node in (gone.children or {}).items():
        there = (level.children or {}).get(ident)
        leaf = not node.schema.has_children
        if there is None or (leaf and node.values != there.values and not node.schema.is_secret):
            raise StatementError("statement not found", node.words()[-1] if node.words() else node.value)
        if node.schema.merge:
            _subtract(there, node)
        else:
            level.drop(ident)
