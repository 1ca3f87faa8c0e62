"""Chains of policy statements as one route-map.

Junos: terms are asked in order; `accept` and `reject` end the evaluation, everything else goes on to the next term with
what has been changed so far; `next policy` goes on with the next policy of the chain; at the end stands the default of
the protocol. A route-map has the same, once every jump is written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.junos.backend.frr.actions import outcome, sets
from lab.junos.backend.frr.context import Translation
from lab.junos.backend.frr.lines import Kind, Section
from lab.junos.backend.frr.match import Scope, matches, source_set
from lab.junos.backend.frr.words import safe_name
from lab.junos.backend.reading import Node, entries, node

STEP = 10


@dataclass
class Entry:
    """One route-map entry; `goto` is the label it continues at (None: it ends the evaluation)."""

    permit: bool
    matches: list[str]
    sets: list[str] = field(default_factory=list)
    goto: str | None = None
    labels: tuple[str, ...] = ()


def terms(data: Node, policy: str) -> Iterator[tuple[str, Node]]:
    """The terms of a policy (path, term) with the unnamed one last."""
    statement = node(data, "policy-options", "policy-statement", policy)
    path = f"policy-options policy-statement {policy}"
    for name, term in entries(statement, "term"):
        yield f"{path} term {name}", term
    if "then" in statement or "from" in statement:
        yield path, statement


def exported_sources(data: Node, chain: tuple[str, ...]) -> set[str]:
    """Which sources a chain might accept (an estimate from above)."""
    found: set[str] = set()
    for policy in chain:
        for _, term in terms(data, policy):
            if outcome(node(term, "then")) == "accept":
                found |= source_set(node(term, "from"))
    return found


def chain_entries(
    t: Translation, chain: tuple[str, ...], scope: Scope, *, export: bool, default: list[Entry], accepted: list[str]
) -> list[Entry]:
    """The entries of a chain. `accepted` are set lines of every accepting entry; `default` stands at the end."""
    out: list[Entry] = []
    for index, policy in enumerate(chain):
        after = f"policy{index + 1}"
        first = len(out)
        for number, (path, term) in enumerate(terms(t.data, policy)):
            here, onward = f"term{index}.{number}", f"term{index}.{number + 1}"
            if "to" in term:
                t.refuse(path, "to is not supported by this data plane", "to")
            made = _term(t, path, term, scope, export=export, accepted=accepted, onward=onward, after=after)
            _label(out, made, here)
        if len(out) > first:
            out[first].labels += (f"policy{index}",)
        else:
            out.append(Entry(True, [], goto=after, labels=(f"policy{index}",)))
    default[0].labels += (f"policy{len(chain)}",)
    return [*out, *default]


def _label(out: list[Entry], made: list[Entry], label: str) -> None:
    """Append a term's entries; a term without any passes its label on to whatever follows (see `_resolve`)."""
    if made:
        made[0].labels += (label,)
        out += made
    else:
        out.append(Entry(True, ["never"], labels=(label,)))


def _term(
    t: Translation, path: str, term: Node, scope: Scope, *, export: bool, accepted: list[str], onward: str, after: str
) -> list[Entry]:  # fmt: skip
    alternatives = matches(t, path, node(term, "from"), scope)
    then = node(term, "then")
    changes = sets(t, path, then, scope, export=export)
    if alternatives is None:
        return []
    result = outcome(then)
    if result == "reject":
        return [Entry(False, found) for found in alternatives]
    if result == "accept":
        return [Entry(True, found, [*changes, *accepted]) for found in alternatives]
    if result == "next-policy":
        return [Entry(True, found, changes, goto=after) for found in alternatives]
    return [Entry(True, found, changes, goto=onward) for found in alternatives] if changes else []


def add_route_map(t: Translation, name: str, made: list[Entry]) -> str:
    """Write a route-map; returns its name."""
    name = safe_name(name)
    kept, place = _resolve(made)
    for position, entry in enumerate(kept, 1):
        sequence = STEP * position
        header = f"route-map {name} {'permit' if entry.permit else 'deny'} {sequence}"
        section = Section(
            ("route-map", name, str(sequence)), (header,), ("exit",), f"no {header}", Kind.DEFINITION, atomic=True
        )
        for line in [*entry.matches, *entry.sets]:
            section.add(line)
        if entry.goto is not None:
            section.add(f"on-match goto {STEP * place[entry.goto]}")
        t.config.add(section)
    return name


def _resolve(made: list[Entry]) -> tuple[list[Entry], dict[str, int]]:
    """Drop placeholders, and say at which position every label is. A label that nothing carries is the next one's."""
    kept: list[Entry] = []
    place: dict[str, int] = {}
    for entry in made:
        for label in entry.labels:
            place[label] = len(kept) + 1
        if entry.matches != ["never"]:
            kept.append(entry)
    for entry in kept:
        if entry.goto is not None and entry.goto not in place:
            index = entry.goto.removeprefix("term").partition(".")[0]
            place[entry.goto] = place[f"policy{int(index) + 1}"]
    return kept, place
