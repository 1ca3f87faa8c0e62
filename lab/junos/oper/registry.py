"""Where operational commands register: the RPC, the arguments it takes, the CLI words that mean it, and its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from lab.junos.oper.context import OperContext, OperError
from lab.junos.oper.xml import Element

Args = Mapping[str, str]
"""The arguments of a request: {"interface-name": "ge-0/0/0", "terse": ""}."""

Build = Callable[[OperContext, Args], Element]
Render = Callable[[Element, Args], str]


@dataclass(frozen=True)
class Command:
    """One operational command."""

    rpc: str
    build: Build
    render: Render
    words: str
    """The CLI command without arguments: `show bgp neighbor`."""
    flags: tuple[str, ...] = ()
    """Arguments without a value."""
    named: tuple[str, ...] = ()
    """Arguments with a value, which the CLI writes as `name value`."""
    positional: tuple[str, ...] = ()
    """Arguments that the CLI writes without a name, in this order."""
    implied: Mapping[str, str] = field(default_factory=dict)
    """Arguments that the CLI words bring along (`show route summary`)."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """CLI words that mean another argument name (`table` in Junos takes `table`)."""


COMMANDS: list[Command] = []
BY_RPC: dict[str, Command] = {}


def register(command: Command, *other_rpcs: str) -> None:
    """Add a command; a later one for the same RPC adds CLI words only."""
    COMMANDS.append(command)
    for name in (command.rpc, *other_rpcs):
        BY_RPC.setdefault(name, command)


def arguments(command: Command, rpc: Element) -> dict[str, str]:
    """The arguments of an RPC; raises OperError for one that the command does not take."""
    taken = {*command.flags, *command.named, *command.positional, "normalize"}
    found: dict[str, str] = {}
    for child in rpc.iterchildren(etree.Element):
        name = etree.QName(child).localname
        if name not in taken:
            raise OperError("syntax error", name)
        text = (child.text or "").strip()
        if name in command.flags and text.lower() in ("false", "no"):
            continue
        found[name] = text
    return found


def parse(line: str) -> tuple[Command, dict[str, str]] | None:
    """The command and arguments of a CLI line; None when no command begins like it.

    Words may be shortened as long as the command is known by them (`show int terse`). Raises OperError for a word that
    the command does not take.
    """
    words = line.split()
    best: tuple[int, Command] | None = None
    for command in COMMANDS:
        own = command.words.split()
        if len(words) >= len(own) and all(o.startswith(w) for o, w in zip(own, words, strict=False)):
            exact = sum(o == w for o, w in zip(own, words, strict=False))
            if best is None or (len(own), exact) > (len(best[1].words.split()), best[0]):
                best = (exact, command)
    if best is None:
        return None
    command = best[1]
    return command, _arguments(command, words[len(command.words.split()) :])


def _arguments(command: Command, words: list[str]) -> dict[str, str]:
    found = dict(command.implied)
    free = [name for name in command.positional if name not in found]
    rest = iter(words)
    for word in rest:
        word = command.aliases.get(word, word)
        if word in command.flags:
            found[word] = ""
        elif word in command.named:
            value = next(rest, None)
            if value is None:
                raise OperError("missing argument.", word)
            found[word] = value
        elif free:
            found[free.pop(0)] = word
        else:
            raise OperError("syntax error", word)
    return found
