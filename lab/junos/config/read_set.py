"""Set commands in: set, delete, (de)activate, (un)protect, rename, copy, insert, annotate, edit, up, top."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from lab.junos.config.errors import SYNTAX_ERROR, LoadReport, StatementError, edit_path
from lab.junos.config.lexer import annotation, tokens
from lab.junos.config.schema import Kind
from lab.junos.config.statement import Plan, Word, apply, delete, find, resolve
from lab.junos.config.tree import Node


class SetReader:
    """Runs configuration mode commands against a root node; a command that is wrong changes nothing."""

    def __init__(self, root: Node, report: LoadReport) -> None:
        self._root = root
        self._report = report
        self.edit: list[list[Word]] = []
        """The words of each `edit` in force: the level that commands are relative to."""
        self._commands: dict[str, Callable[[list[Word]], None]] = {
            "set": self._set,
            "delete": self._delete,
            "activate": lambda words: self._mark(words, "inactive", on=False),
            "deactivate": lambda words: self._mark(words, "inactive", on=True),
            "protect": lambda words: self._mark(words, "protected", on=True),
            "unprotect": lambda words: self._mark(words, "protected", on=False),
            "rename": lambda words: self._transfer(words, keep=False),
            "copy": lambda words: self._transfer(words, keep=True),
            "insert": self._insert,
            "annotate": self._annotate,
            "edit": self._edit,
            "up": self._up,
            "top": self._top,
            "exit": self._up,
        }

    def read(self, text: str) -> LoadReport:
        """Run every line of a text."""
        for number, line in enumerate(text.splitlines(), start=1):
            self.run(line, number)
        return self._report

    def run(self, line: str, number: int = 1) -> None:
        """Run one command; what is wrong with it goes to the report."""
        try:
            words = line_words(line, number)
            if not words:
                return
            command = self._commands.get(words[0].text)
            if command is None:
                raise StatementError(SYNTAX_ERROR, words[0].text, number)
            command(words[1:])
        except StatementError as error:
            path = edit_path(tuple(word.text for words in self.edit for word in words)) if self.edit else None
            self._report.error(error.message, error.word, path, number)

    def _plan(self, words: list[Word], *, lookup: bool = False) -> Plan:
        level = [word for edit in self.edit for word in edit]
        if not level and not words:
            raise StatementError("missing argument", "set")
        return resolve(self._root.schema, [*level, *words], lookup=lookup)

    def _found(self, words: list[Word]) -> tuple[Node, Node] | None:
        plan = self._plan(words, lookup=True)
        if plan.holder is not None:
            raise StatementError("missing argument", plan.holder.word or words[-1].text)
        found = find(self._root, plan)
        if found is None:
            self._missing(words)
        return found

    def _missing(self, words: list[Word]) -> None:
        line = words[-1].line if words else None
        self._report.warning("statement not found", words[-1].text if words else None, None, line)

    def _set(self, words: list[Word]) -> None:
        plan = self._plan(words)
        if plan.holder is not None:
            raise StatementError("missing argument", words[-1].text, words[-1].line)
        apply(self._root, plan)

    def _delete(self, words: list[Word]) -> None:
        if not words and not self.edit:
            raise StatementError("missing argument", "delete")
        if not delete(self._root, self._plan(words, lookup=True)):
            self._missing(words)

    def _mark(self, words: list[Word], mark: str, *, on: bool) -> None:
        found = self._found(words)
        if found is None:
            return
        node = found[1]
        if node.schema.merge or node.schema.is_positional:
            raise StatementError(SYNTAX_ERROR, words[-1].text, words[-1].line)
        setattr(node, mark, on)

    def _annotate(self, words: list[Word]) -> None:
        if len(words) < 2:
            raise StatementError("missing argument", "annotate")
        found = self._found(words[:-1])
        if found is not None and not found[1].schema.merge and not found[1].schema.is_positional:
            found[1].comment = annotation(words[-1].text) or None

    def _split(self, words: list[Word], *at: str) -> tuple[list[Word], str, list[Word]]:
        for index, word in enumerate(words):
            if word.text in at and not word.quoted and 0 < index < len(words) - 1:
                return words[:index], word.text, words[index + 1 :]
        raise StatementError("missing argument", words[-1].text if words else at[0])

    def _other(self, words: list[Word], node: Node, other: list[Word]) -> tuple[str, ...]:
        """The key of the second entry of rename, copy or insert: its words with or without the keyword."""
        above = words[: len(words) - len(node.words())]
        level = self._plan(above, lookup=True) if above or self.edit else Plan()
        schema = level.steps[-1].schema if level.steps else self._root.schema
        texts = other if not node.schema.word or other[0].text == node.schema.word else [Word(node.schema.word), *other]
        plan = resolve(schema, texts, wild=True)
        if plan.holder is not None or len(plan.steps) != 1 or plan.steps[0].schema is not node.schema:
            raise StatementError(SYNTAX_ERROR, other[-1].text, other[-1].line)
        return plan.steps[0].key

    def _transfer(self, words: list[Word], *, keep: bool) -> None:
        source, _, target = self._split(words, "to")
        found = self._found(source)
        if found is None:
            return
        parent, node = found
        if node.schema.kind is not Kind.LIST:
            raise StatementError(SYNTAX_ERROR, source[-1].text, source[-1].line)
        key = self._other(source, node, target)
        if parent.children is not None and (node.schema.name, *key) in parent.children:
            raise StatementError("target of rename already exists", target[-1].text, target[-1].line)
        twin = node.copy()
        twin.key = key
        parent.put(twin)
        parent.move(twin.id, node.id, before=False)
        if not keep:
            parent.drop(node.id)

    def _insert(self, words: list[Word]) -> None:
        source, where, anchor = self._split(words, "before", "after")
        found = self._found(source)
        if found is None:
            return
        parent, node = found
        if node.schema.kind is not Kind.LIST:
            raise StatementError(SYNTAX_ERROR, source[-1].text, source[-1].line)
        other = (node.schema.name, *self._other(source, node, anchor))
        if other not in (parent.children or {}):
            self._missing(anchor)
        elif other != node.id:
            parent.move(node.id, other, before=where == "before")

    def _edit(self, words: list[Word]) -> None:
        plan = self._plan(words)
        if plan.holder is not None or not plan.steps or not plan.steps[-1].down:
            raise StatementError(SYNTAX_ERROR, words[-1].text if words else "edit")
        starts = [word for edit in self.edit for word in edit]
        done = sum(len(step.words()) for step in resolve(self._root.schema, starts).steps) if starts else 0
        sizes = [len(step.words()) for step in plan.steps]
        ends = [end for end in _sums(sizes) if end > done]
        for begin, end in pairwise([done, *ends]):
            self.edit.append(words[begin - done : end - done])

    def _up(self, words: list[Word]) -> None:
        count = int(words[0].text) if words and words[0].text.isdigit() else 1
        del self.edit[max(0, len(self.edit) - count) :]

    def _top(self, words: list[Word]) -> None:
        self.edit.clear()
        if words:
            self.run(" ".join(word.text for word in words))


def _sums(sizes: list[int]) -> list[int]:
    total, out = 0, []
    for size in sizes:
        total += size
        out.append(total)
    return out


def line_words(line: str, number: int) -> list[Word]:
    """The words of one line; `[ a b ]` is one word."""
    words: list[Word] = []
    group: list[Word] | None = None
    for token in tokens(line):
        if token.kind == "mark" and token.text == "[" and group is None:
            group = []
        elif token.kind == "mark" and token.text == "]" and group:
            words.append(Word("[", number, group=tuple(group)))
            group = None
        elif token.kind == "mark":
            if token.text == ";":  # a trailing semicolon is forgiven, as on a router
                continue
            raise StatementError(SYNTAX_ERROR, token.text, number)
        elif token.kind != "comment":
            (words if group is None else group).append(Word(token.text, number, token.kind == "string"))
    if group is not None:
        raise StatementError(SYNTAX_ERROR, "[", number)
    return words
