"""Statements as words: the one grammar behind curly text, set commands, patches and paths.

A statement is a sequence of words ("interfaces", "ge-0/0/0", "unit", "0", "description", "to jkt"). `resolve` turns
it into steps without touching any tree, so that a statement is either taken whole or not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lab.junos.config.errors import SYNTAX_ERROR, BadValueError, StatementError
from lab.junos.config.schema import Key, Kind, Schema
from lab.junos.config.tree import Node, key_words, node_id

WILDCARD = re.compile(r"^<.*>$")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a statement; quoted words are never keywords; `group` holds the values of `[ a b ]`."""

    text: str
    line: int | None = None
    quoted: bool = False
    group: tuple[Word, ...] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Go down into a container or list entry, or (for a leaf) put its values. `rest` marks "every entry"."""

    schema: Schema
    key: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    rest: bool = False

    @property
    def down(self) -> bool:
        """Whether the step changes the level."""
        return self.schema.has_children

    def words(self) -> tuple[str, ...]:
        """The step's words in a path."""
        head = (self.schema.word,) if self.schema.word else ()
        return head + key_words(self.schema, self.key)


@dataclass(slots=True)
class Plan:
    """What a statement says: its steps, and the list whose entries follow when it stops before a key."""

    steps: list[Step] = field(default_factory=list)
    holder: Schema | None = None
    ranges: list[Step] = field(default_factory=list)

    def path(self) -> tuple[str, ...]:
        """The path words of the level that the statement reaches."""
        return tuple(word for step in self.steps if step.down for word in step.words())


class Resolver:
    """Resolves the words of one statement below a schema level."""

    def __init__(self, words: list[Word], *, lookup: bool = False, wild: bool = False) -> None:
        self.words = words
        self.lookup = lookup  # values may be left out, as in `delete system host-name`
        self.wild = wild
        self.at = 0

    def resolve(self, schema: Schema, holder: Schema | None = None) -> Plan:
        """Return the plan, from `schema` down. Raises StatementError at the first word that does not fit."""
        plan = Plan()
        if holder is not None:
            schema = self._enter(plan, holder)
        while self.at < len(self.words):
            word = self.words[self.at]
            child = self._match(schema, word)
            alone = child is not None and child.is_positional and (not plan.steps or plan.steps[-1].schema is child)
            if child is None or alone:
                raise StatementError(SYNTAX_ERROR, word.text, word.line)
            if child.word:
                self.at += 1
            if child.name == "groups":
                self.wild = True
            if child.kind is Kind.CONTAINER:
                plan.steps.append(Step(child))
                schema = child
            elif child.kind is Kind.LIST:
                if self.at == len(self.words):
                    plan.holder = child
                    return plan
                schema = self._enter(plan, child)
            else:
                plan.steps.append(Step(child, values=self._values(child, word)))
        return plan

    def _match(self, schema: Schema, word: Word) -> Schema | None:
        """The statement a word begins: a keyword, an entry of a keyless list, or a value that stands alone."""
        if not word.quoted and word.group is None:
            found = schema.words.get(word.text)
            if found is not None:
                return found
        if schema.hidden is not None:
            return schema.hidden
        for leaf in schema.positional:
            if leaf.type is not None and word.group is None and len(schema.positional) == 1:
                return leaf
        return None

    def _enter(self, plan: Plan, schema: Schema) -> Schema:
        word = self.words[self.at]
        if word.group is not None:  # `source-address [ a b ]` stands for one entry each
            if len(schema.keys) > 1 or self.at + 1 < len(self.words):
                raise StatementError(SYNTAX_ERROR, "[", word.line)
            self.at += 1
            steps = [Step(schema, (self._checked(schema.keys[0], item),)) for item in word.group]
            plan.steps.append(steps[0])
            plan.ranges = steps[1:]
            return schema
        parts: list[str] = []
        for spec in schema.keys:
            parts.extend(self._key(spec))
        plan.steps.append(Step(schema, tuple(parts)))
        return schema

    def _key(self, spec: Key) -> tuple[str, ...]:
        if self.at >= len(self.words):
            last = self.words[-1]
            raise StatementError(SYNTAX_ERROR, last.text, last.line)
        word = self.words[self.at]
        self.at += 1
        if spec.choice is None:
            return (self._checked(spec, word),)
        if word.text not in spec.choice:
            raise StatementError(SYNTAX_ERROR, word.text, word.line)
        value_type = spec.choice[word.text]
        if value_type is None:
            return word.text, ""
        if self.at >= len(self.words):
            raise StatementError(SYNTAX_ERROR, word.text, word.line)
        value = self.words[self.at]
        self.at += 1
        return word.text, self._normal(Key(spec.name, value_type), value)

    def _checked(self, spec: Key, word: Word) -> str:
        if word.group is not None:
            raise StatementError(SYNTAX_ERROR, "[", word.line)
        if WILDCARD.match(word.text):
            if self.wild:
                return word.text
            raise StatementError("wildcard is allowed in configuration groups only", word.text, word.line)
        return self._normal(spec, word)

    def _normal(self, spec: Key, word: Word) -> str:
        try:
            return spec.type.normalise(word.text)
        except BadValueError as error:
            raise StatementError(str(error), word.text, word.line) from None

    def _values(self, child: Schema, keyword: Word) -> tuple[str, ...]:
        if child.kind is Kind.FLAG:
            return ()
        if self.at >= len(self.words):
            if self.lookup:
                return ()
            raise StatementError("missing argument", keyword.text, keyword.line)
        word = self.words[self.at]
        self.at += 1
        if word.group is None:
            return (self._value(child, word),)
        if child.kind is not Kind.LEAF_LIST:
            raise StatementError(SYNTAX_ERROR, "[", word.line)
        return tuple(dict.fromkeys(self._value(child, item) for item in word.group))

    def _value(self, child: Schema, word: Word) -> str:
        assert child.type is not None
        try:
            return child.type.normalise(word.text)
        except BadValueError as error:
            raise StatementError(str(error), word.text, word.line) from None


def resolve(
    schema: Schema, words: list[Word], *, holder: Schema | None = None, lookup: bool = False, wild: bool = False
) -> Plan:
    """Resolve a statement below a level; see `Resolver`."""
    return Resolver(words, lookup=lookup, wild=wild).resolve(schema, holder)


def put_leaf(parent: Node, schema: Schema, values: tuple[str, ...]) -> Node:
    """Set a leaf; the values of a leaf-list are added to those it has."""
    node = parent.ensure(schema)
    if schema.kind is Kind.LEAF_LIST:
        values = tuple(dict.fromkeys(node.values + values))
    node.values = values
    return node


def apply(parent: Node, plan: Plan) -> tuple[Node, Node]:
    """Carry a plan out below `parent`.

    Returns (the deepest level reached, the node that marks such as `inactive:` belong to: the first one that is a
    statement of its own, which `family` in `family inet` is not).
    """
    level, marked = parent, None
    for step in plan.steps:
        if step.down:
            node = level = level.ensure(step.schema, step.key)
        else:
            node = put_leaf(level, step.schema, step.values)
        if marked is None and not step.schema.merge:
            marked = node
    if plan.ranges:
        above = _parent_of(parent, plan)
        for step in plan.ranges:
            above.ensure(step.schema, step.key)
    return level, marked if marked is not None else level


def _parent_of(parent: Node, plan: Plan) -> Node:
    level = parent
    for step in [step for step in plan.steps if step.down][:-1]:
        level = level.ensure(step.schema, step.key)
    return level


def find(parent: Node, plan: Plan) -> tuple[Node, Node] | None:
    """Return (parent, node) of the last step of a plan in a tree, or None when it is not there."""
    above, node = parent, parent
    for step in plan.steps:
        ident = node_id(step.schema, step.key)
        child = node.children.get(ident) if node.children else None
        if child is None:
            return None
        above, node = node, child
    return above, node


def delete(parent: Node, plan: Plan) -> bool:
    """Delete what a plan names: an entry, a level, a leaf, one value of a list. False when it is not there."""
    if plan.holder is not None:
        found = find(parent, plan)
        level = found[1] if found else None
        return level is not None and level.drop_all(plan.holder.name)
    done = [_delete_one(parent, plan)]
    for step in plan.ranges:
        done.append(_delete_one(parent, Plan([*plan.steps[:-1], step])))
    return all(done)


def _delete_one(parent: Node, plan: Plan) -> bool:
    found = find(parent, plan)
    if found is None:
        return False
    above, node = found
    wanted = plan.steps[-1].values
    if wanted and node.schema.kind is Kind.LEAF_LIST:
        left = tuple(value for value in node.values if value not in wanted)
        if len(left) == len(node.values):
            return False
        if left:
            node.values = left
            return True
    elif wanted and node.values != wanted:
        return False
    return above.drop(node.id)
