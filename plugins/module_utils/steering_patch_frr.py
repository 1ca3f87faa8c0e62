# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steering in an FRR configuration: read from its text, changed as text. Pure.

Costs and static routes are lines. A policy's term is entries of route-maps, and one that is switched off is not in the
text at all, so what to put there comes from the intent (`Term`), and fits only where the rest of the route-map is what
the intent says too. Markers are comments at the top of the text.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.fairway.backbone.plugins.module_utils import steering_marks as marks
from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import read_drain, unreadable
from ansible_collections.fairway.backbone.plugins.module_utils.drain_patch_frr import frr_overloads
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import (
    ACTIVE,
    DISCARD,
    DRAIN_TERM,
    INACTIVE,
    MarkError,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Drain, Freeze, Marker
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import (
    Edit,
    Key,
    PatchError,
    Reading,
    Spot,
)

_PARTS = {"ospf": "ip ospf", "ospf3": "ipv6 ospf6"}
_PLACE = {"ospf": "ospf", "ospf3": "ospf6", "policy": "policy", "static": "static"}
_ROUTE = re.compile(r"^(?:ip|ipv6) route (\S+) (\S+)((?: .*)?)$")
_ENTRY = re.compile(r"^route-map (\S+) (?:permit|deny) (\d+)$")
_DROPS = ("blackhole", "Null0", "null0")


@dataclass(frozen=True)
class Entry:
    """One entry of a route-map as text: its header, and all its lines with the closing ones."""

    header: str
    lines: tuple[str, ...]

    @property
    def map_name(self) -> str:
        return self.header.split()[1]

    @property
    def sequence(self) -> int:
        return int(self.header.split()[3])

    @property
    def meaning(self) -> frozenset[str]:
        return frozenset(line.strip() for line in self.lines if line.strip() not in ("", "!", "exit"))


@dataclass(frozen=True)
class Term:
    """A policy's term as the intent renders it: the entries that it adds, and all others of its route-maps.

    `after`: the header that the first entry of a route-map follows when nothing else of that route-map is there.
    """

    added: tuple[Entry, ...]
    rest: tuple[Entry, ...]
    after: Mapping[str, str] = field(default_factory=dict)


def term_of(without: str, with_it: str) -> Term:
    """A term out of the router's route-maps rendered without and with it."""
    before, after = entries(without), entries(with_it)
    known = {entry.header for entry in before}
    added = tuple(entry for entry in after if entry.header not in known)
    names = {entry.map_name for entry in added}
    follows = {entry.map_name: earlier.header for earlier, entry in itertools.pairwise(after)
               if entry.map_name in names and earlier.map_name != entry.map_name}  # fmt: skip
    return Term(added, tuple(entry for entry in before if entry.map_name in names), follows)


def entries(text: str) -> tuple[Entry, ...]:
    """The route-map entries of a text, in its order; each ends before the next statement at the left edge."""
    found: list[Entry] = []
    header, lines = "", []  # type: str, list[str]
    for line in [*text.splitlines(), "end"]:
        if header and line[:1] not in ("", " ", "!") and line != "exit":
            found.append(Entry(header, tuple(lines)))
            header, lines = "", []
        if _ENTRY.match(line.rstrip()):
            header = line.rstrip()
        if header:
            lines.append(line)
    return tuple(found)


# -- reading --------------------------------------------------------------------------------------------------------


def read_frr(text: str, router: str, terms: Mapping[Key, Term] | None = None) -> Reading:
    """Every spot of a configuration. `terms`: those that steering or draining switches, by key (policy, POLICY, TERM).

    `where` of a spot is the number of its line, from 0, or the block that it belongs to.
    """
    lines = text.splitlines()
    notes, freeze, drain, complaints = _notes(lines, router)
    spots = [*_interfaces(lines), *_routes(lines), *_terms(text, terms or {})]
    known = {(spot.part, spot.key): spot for spot in spots}
    for at, (marker, complaint) in notes.items():
        spot = known.get(at)
        if spot is None:
            complaint = complaint or "it has a marker, but it is not in the configuration"
            known[at] = Spot(at[0], at[1], "", marker, complaint)
        else:
            known[at] = Spot(spot.part, spot.key, spot.value, marker, complaint or spot.complaint, spot.where)
    overloads = tuple(frr_overloads(lines))
    drained = (
        drain is not None
        or any(one.on for one in overloads)
        or any(
            spot.part == "policy" and spot.key[2] == DRAIN_TERM and spot.value == ACTIVE and spot.marker is None
            for spot in known.values()
        )
    )
    return Reading(tuple(known.values()), freeze, drained, tuple(complaints), drain, overloads)


def _notes(
    lines: Sequence[str], router: str
) -> tuple[dict[tuple[str, Key], tuple[Marker | None, str]], Freeze | None, Drain | None, list[str]]:
    notes: dict[tuple[str, Key], tuple[Marker | None, str]] = {}
    freeze, drain, complaints = None, None, []  # type: Freeze | None, Drain | None, list[str]
    for line in lines:
        try:
            said = marks.frr_words(line)
        except MarkError as error:
            complaints.append(f"broken comment '{line[:60]}': {error}: delete it by a deploy")
            if line.startswith(f"! {marks.FREEZE}"):
                freeze = freeze or Freeze(router, 0.0, None, "somebody", "a freeze that cannot be read")
            if line.startswith(f"! {marks.DRAIN}"):
                drain = drain or unreadable(router)
            continue
        if said is None:
            continue
        name, words = said
        if name == marks.FREEZE:
            freeze, wrong = marks.read_freeze(words, router)
            complaints += [f"freeze: {wrong}"] if wrong else []
            continue
        if name == marks.DRAIN:
            drain, wrong = read_drain(words, router)
            complaints += [f"drain: {wrong}"] if wrong else []
            continue
        at = _place(words.pop("place", ""))
        if at is None:
            complaints.append(f"broken marker '{line[:60]}': it does not say a place: deploy to be rid of it")
            continue
        try:
            marker, wrong = marks.read_marker(words, at[1][0]), ""
        except MarkError as error:
            marker, wrong = None, f"broken marker: {error}: deploy to be rid of it"
        twice = at in notes
        notes[at] = (None, "it has two markers: deploy to be rid of them") if twice else (marker, wrong)
    return notes, freeze, drain, complaints


def _place(text: str) -> tuple[str, Key] | None:
    """The part and key that a comment's place means."""
    word, _colon, rest = text.partition(":")
    part = next((part for part, name in _PLACE.items() if name == word), None)
    if part is None or not rest:
        return None
    if part == "policy":
        policy, _colon, term = rest.partition(":")
        return (part, ("policy", policy, term)) if policy and term else None
    return part, ("static" if part == "static" else "ospf", rest)


def place_word(part: str, key: Key) -> str:
    """A place as a comment says it."""
    return ":".join((_PLACE[part], *key[1:]))


def _interfaces(lines: Sequence[str]) -> Iterator[Spot]:
    for name, block in _blocks(lines):
        for part, command in _PARTS.items():
            mine = [number for number in block if lines[number].strip().startswith(f"{command} ")]
            if not mine:
                continue
            costs = [number for number in mine if re.fullmatch(rf"{command} cost \d+", lines[number].strip())]
            value = lines[costs[0]].split()[-1] if costs else ""
            complaint = "it has several costs" if len(costs) > 1 else ""
            # Without a cost, the place for one is after the area, or before the first of its lines.
            area = [number + 1 for number in mine if lines[number].strip().startswith(f"{command} area ")]
            where = f"={costs[0]}" if costs else f"+{(area or [mine[0]])[0]}"
            yield Spot(part, ("ospf", name), value, None, complaint, (where,))


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Interfaces and the numbers of their lines."""
    name, inside = "", []  # type: str, list[int]
    for number, line in enumerate([*lines, "end"]):
        if line[:1] == " " and name:
            inside.append(number)
        elif line[:1] not in ("", "!"):
            if name:
                yield name, inside
            found = re.match(r"^interface (\S+)", line)
            name, inside = (found[1] if found else ""), []


def _routes(lines: Sequence[str]) -> Iterator[Spot]:
    found: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        if route := _ROUTE.match(line.rstrip()):
            found.setdefault(_canonical(route[1]), []).append(number)
    for prefix, numbers in found.items():
        route = _ROUTE.match(lines[numbers[0]].rstrip())
        hop = route[2] if route else ""
        complaint = "it has several next hops" if len(numbers) > 1 else ""
        value = DISCARD if hop in _DROPS else _canonical(hop)
        yield Spot("static", ("static", prefix), value, None, complaint, (f"={numbers[0]}",))


def _canonical(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text) if "/" in text else ipaddress.ip_address(text))
    except ValueError:
        return text


def _terms(text: str, terms: Mapping[Key, Term]) -> Iterator[Spot]:
    live = {entry.header: entry.meaning for entry in entries(text)}
    for key, term in terms.items():
        there = [entry.header in live for entry in term.added]
        same = all(live.get(entry.header) == entry.meaning for entry in term.added)
        complaint = "" if term.added else "the term has no effect on this router: none of its sessions can meet it"
        if any(there) and not same:
            complaint = "the route-map is not what the intent says: deploy first"
        elif any(live.get(entry.header) != entry.meaning for entry in term.rest):
            complaint = complaint or "the route-map is not what the intent says: deploy first"
        # An entry of the same number that means something else is another term, of an intent that is not deployed.
        yield Spot("policy", key, ACTIVE if there and same else INACTIVE, None, complaint)


def drained_terms(text: str, terms: Mapping[Key, Term]) -> list[Key]:
    """The terms out-of-service whose entries are in the text, whatever else of their route-maps is."""
    live = {entry.header: entry.meaning for entry in entries(text)}
    return [
        key
        for key, term in terms.items()
        if key[2] == DRAIN_TERM and term.added and all(live.get(one.header) == one.meaning for one in term.added)
    ]


# -- writing --------------------------------------------------------------------------------------------------------


def patch_frr(text: str, edits: Iterable[Edit], terms: Mapping[Key, Term] | None = None) -> str:
    """The text with the edits made. `edits` were made upon a reading of this very text."""
    edits = tuple(edits)
    lines: list[str | None] = list(text.splitlines())
    after: dict[int, list[str]] = {}
    for edit in edits:
        if edit.value is not None and edit.spot.part != "policy":
            _edit_line(lines, after, edit)
    text = "".join(f"{line}\n" for line in _joined(lines, after))
    for edit in edits:
        if edit.value is not None and edit.spot.part == "policy":
            text = _switch(text, (terms or {})[edit.spot.key], edit.value == ACTIVE)
    return with_notes(text, _new_notes(text, edits))


def _joined(lines: Sequence[str | None], after: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for number in range(len(lines) + 1):
        yield from after.get(number, ())
        if number < len(lines) and (line := lines[number]) is not None:
            yield line


def _edit_line(lines: list[str | None], after: dict[int, list[str]], edit: Edit) -> None:
    value = marks.check_value(edit.spot.key[0], str(edit.value))
    kind, number = edit.spot.where[0][0], int(edit.spot.where[0][1:])
    if edit.spot.part == "static":
        route = _ROUTE.match(str(lines[number]).rstrip())
        if route is None:
            raise PatchError(f"{edit.spot.key[1]} is not where it was read")
        hop = "blackhole" if value == DISCARD else value
        lines[number] = f"{'ipv6' if ':' in route[1] else 'ip'} route {route[1]} {hop}{route[3]}"
        return
    new = f" {_PARTS[edit.spot.part]} cost {value}"
    if kind == "+":
        after.setdefault(number, []).append(new)
    else:
        lines[number] = new if value else None


def _switch(text: str, term: Term, on: bool) -> str:
    lines = text.splitlines()
    if not on:
        gone = {entry.header for entry in term.added}
        for entry in entries(text):
            if entry.header in gone:
                start = lines.index(entry.lines[0])
                del lines[start : start + len(entry.lines)]
        return "".join(f"{line}\n" for line in lines)
    for entry in term.added:
        at = _spot_for(lines, entry, term)
        lines[at:at] = entry.lines
    return "".join(f"{line}\n" for line in lines)


def _spot_for(lines: Sequence[str], entry: Entry, term: Term) -> int:
    """The line before which an entry belongs: by number in its route-map, else after the map that precedes it."""
    there = entries("".join(f"{line}\n" for line in lines))
    mine = [one for one in there if one.map_name == entry.map_name]
    for one in mine:
        if one.sequence > entry.sequence:
            return lines.index(one.lines[0])
    before = mine[-1:] or [one for one in there if one.header == term.after.get(entry.map_name)] or list(there[-1:])
    return lines.index(before[0].lines[0]) + len(before[0].lines) if before else len(lines)


def _new_notes(text: str, edits: Iterable[Edit]) -> list[str]:
    notes = note_lines(text)
    for edit in edits:
        place = place_word(edit.spot.part, edit.spot.key)
        notes = [line for line in notes if _said_place(line) != place]
        if edit.marker is not None:
            notes.append(marks.frr_marker_line(place, edit.marker, edit.spot.key[0]))
    return notes


def _said_place(line: str) -> str:
    try:
        said = marks.frr_words(line)
    except MarkError:
        return ""
    return said[1].get("place", "") if said else ""


def note_lines(text: str) -> list[str]:
    """The comments of ours in a text."""
    return [line.rstrip() for line in text.splitlines() if marks.is_note(line)]


def with_notes(text: str, notes: Iterable[str]) -> str:
    """The text with these comments of ours, sorted, at its top, and no other."""
    rest = [line for line in text.splitlines() if not marks.is_note(line)]
    return "".join(f"{line}\n" for line in [*sorted(dict.fromkeys(notes)), *rest])


def frr_freeze(text: str, freeze: Freeze | None) -> str:
    """The text with this freeze, or with none."""
    notes = [line for line in note_lines(text) if not line.startswith(f"! {marks.FREEZE}")]
    return with_notes(text, [*notes, *([marks.frr_freeze_line(freeze)] if freeze else [])])


def splices(old: str, new: str) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """What turns the lines of one text into the other's: first line, line after the last, new lines; from 0, ascending.

    The ends are kept, so that a text of many thousand lines costs nothing; the middle is taken piece by piece.
    """
    import difflib

    before, after = old.splitlines(), new.splitlines()
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle = difflib.SequenceMatcher(
        None, before[head : len(before) - tail], after[head : len(after) - tail], autojunk=False
    )
    return tuple(
        (head + one, head + two, tuple(after[head + three : head + four]))
        for tag, one, two, three, four in middle.get_opcodes()
        if tag != "equal"
    )
