"""Curly text in: `load merge`, `replace`, `override` and `update` of the format people read."""

from __future__ import annotations

from lab.junos.config.errors import RECOVERY, SYNTAX_ERROR, LoadReport, StatementError, edit_path
from lab.junos.config.lexer import Token, tokens
from lab.junos.config.schema import Kind, Schema
from lab.junos.config.statement import Plan, Word, apply, delete, find, resolve
from lab.junos.config.tree import Node

TAGS = ("inactive:", "active:", "replace:", "delete:", "protect:", "unprotect:")
_END = Token("end", "", 0)


class TextReader:
    """Reads statements into a node. With `replacing`, the tag `replace:` replaces; otherwise it merges."""

    def __init__(self, text: str | list[Token], report: LoadReport, *, replacing: bool = False) -> None:
        self._tokens = list(tokens(text)) if isinstance(text, str) else text
        self._at = 0
        self._report = report
        self._replacing = replacing
        self._comment: str | None = None
        self.made: list[Node] = []
        """The nodes that the statements of the outermost level reached, in order."""
        self.trailing: str | None = None
        """An annotation that no statement followed."""

    def read(
        self, level: Node, path: tuple[str, ...] = (), *, holder: Schema | None = None, wild: bool = False
    ) -> LoadReport:
        """Read everything into `level`; statements that are wrong are reported and left out."""
        self._block(level, path, holder, wild, top=True)
        self.trailing, self._comment = self._comment, None
        return self._report

    def _peek(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _next(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _fail(self, message: str, word: str, path: tuple[str, ...], line: int | None) -> None:
        self._report.error(message, word, edit_path(path) if path else None, line)

    def _block(self, level: Node, path: tuple[str, ...], holder: Schema | None, wild: bool, *, top: bool) -> None:
        while True:
            token = self._peek()
            if token.kind == "end":
                if not top:
                    last = self._tokens[-1]
                    self._fail(SYNTAX_ERROR, last.text, path, last.line)
                return
            if token.kind == "comment":
                self._comment = token.text if self._comment is None else f"{self._comment}\n{token.text}"
                self._at += 1
            elif token.text == "}" and token.kind == "mark":
                self._at += 1
                self._comment = None
                if not top:
                    return
                self._fail(SYNTAX_ERROR, "}", path, token.line)
            else:
                self._statement(level, path, holder, wild, top)

    def _statement(self, level: Node, path: tuple[str, ...], holder: Schema | None, wild: bool, top: bool) -> None:
        comment, self._comment = self._comment, None
        tags: set[str] = set()
        while self._peek().kind == "word" and self._peek().text in TAGS:
            tags.add(self._next().text)
        try:
            words = self._words()
            end = self._next()
            if end.text not in (";", "{") or not words:
                self._at -= end.text == "}"
                raise StatementError(SYNTAX_ERROR, end.text or (words[-1].text if words else ""), end.line or None)
            plan = self._plan(level.schema, words, holder, wild, end, lookup="delete:" in tags)
        except StatementError as error:
            self._fail(error.message, error.word, path, error.line)
            self._skip(path)
            return
        if "delete:" in tags:
            self._delete(level, plan, path, end)
        else:
            self._take(level, plan, path, wild, end, tags, comment, top)

    def _plan(
        self, schema: Schema, words: list[Word], holder: Schema | None, wild: bool, end: Token, *, lookup: bool
    ) -> Plan:
        plan = resolve(schema, words, holder=holder, wild=wild, lookup=lookup)
        opens_list = plan.holder is not None and plan.holder.is_block
        last = plan.steps[-1] if plan.steps else None
        down = last is not None and (last.down or last.schema.is_positional)  # also `autonomous-system 64496 {`
        opens_level = plan.holder is None and down and not plan.ranges
        if end.text == "{" and not (opens_list or opens_level):
            raise StatementError(SYNTAX_ERROR, "{", end.line)
        if end.text == ";" and plan.holder is not None and not lookup:
            raise StatementError(SYNTAX_ERROR, ";", end.line)
        return plan

    def _words(self) -> list[Word]:
        words: list[Word] = []
        while True:
            token = self._peek()
            if token.kind in ("word", "string"):
                words.append(Word(token.text, token.line, token.kind == "string"))
            elif token.kind == "mark" and token.text == "[":
                self._at += 1
                words.append(self._group(token.line))
                continue
            elif token.kind != "comment":
                return words
            self._at += 1

    def _group(self, line: int) -> Word:
        items: list[Word] = []
        while self._peek().kind in ("word", "string"):
            token = self._next()
            items.append(Word(token.text, token.line, token.kind == "string"))
        if self._peek().text != "]" or not items:
            raise StatementError(SYNTAX_ERROR, self._peek().text or "[", line)
        self._at += 1
        return Word("[", line, group=tuple(items))

    def _skip(self, path: tuple[str, ...]) -> None:
        """Leave out the rest of a statement that was not accepted: to its `;`, or to the end of its block."""
        before = self._tokens[self._at - 1] if 0 < self._at <= len(self._tokens) else _END
        if before.text == ";" and before.kind == "mark":
            return
        depth = 1 if before.text == "{" and before.kind == "mark" else 0
        while self._peek().kind != "end":
            token = self._peek()
            if token.kind == "mark":
                if token.text == "}" and depth == 0:
                    return
                depth += (token.text == "{") - (token.text == "}")
            self._at += 1
            if token.kind == "mark" and depth == 0 and token.text in ";}":
                if token.text == "}":
                    self._fail(RECOVERY, "}", path, token.line)
                return

    def _skip_block(self) -> None:
        depth = 1
        while depth and self._peek().kind != "end":
            token = self._next()
            if token.kind == "mark":
                depth += (token.text == "{") - (token.text == "}")

    def _delete(self, level: Node, plan: Plan, path: tuple[str, ...], end: Token) -> None:
        if not delete(level, plan):
            name = plan.steps[-1].words() if plan.steps else ()
            self._report.warning("statement not found", " ".join(name) or None, edit_path(path), end.line)
        if end.text == "{":
            self._skip_block()

    def _take(
        self,
        level: Node,
        plan: Plan,
        path: tuple[str, ...],
        wild: bool,
        end: Token,
        tags: set[str],
        comment: str | None,
        top: bool,
    ) -> None:
        if "replace:" in tags and self._replacing:
            _clear(level, plan)
        deepest, marked = apply(level, plan)
        _mark(marked, tags, comment)
        if top:
            self.made.append(marked)
        if end.text != "{":
            return
        here = path + plan.path() + ((plan.holder.word,) if plan.holder else ())
        wild = wild or any(step.schema.name == "groups" for step in plan.steps)
        wild = wild or (plan.holder is not None and plan.holder.name == "groups")
        kept = deepest.schema.presence or deepest.key or (plan.steps and plan.steps[-1].schema.is_positional)
        if plan.holder is None and self._peek().text == "}" and not kept:
            self._report.warning("statement has no contents; ignored", here[-1], edit_path(path), end.line)
        self._block(deepest, here, plan.holder, wild, top=False)


def _mark(node: Node, tags: set[str], comment: str | None) -> None:
    if "inactive:" in tags:
        node.inactive = True
    if "active:" in tags:
        node.inactive = False
    if "protect:" in tags:
        node.protected = True
    if "unprotect:" in tags:
        node.protected = False
    if comment is not None:
        node.comment = comment or None


def _clear(level: Node, plan: Plan) -> None:
    """Empty the statement that is about to be read, so that it is replaced where it stands."""
    if plan.holder is not None:
        delete(level, plan)
        return
    steps = plan.steps
    first = next((at for at, step in enumerate(steps) if not step.schema.merge), len(steps) - 1)
    last = first if len(steps) > first + 1 and not steps[-1].down else len(steps) - 1
    found = find(level, Plan(steps[: last + 1]))
    if found is None:
        return
    node = found[1]
    node.children, node.values, node.comment = None, (), None
    node.inactive = node.protected = False
    if node.schema.kind is Kind.FLAG:
        found[0].put(Node(node.schema))
