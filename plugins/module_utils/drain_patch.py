# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What draining changes on a router, and undraining puts back, whatever the platform writes it like. Pure.

Draining switches on every policy term out-of-service, and lets OSPF send traffic around the router (RFC 6987), unless
it is limited to some neighbours. Undraining goes back to what Git says, and leaves alone what steering switched on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import (
    as_written,
    drain_words,
    frr_drain_line,
    told,
)
from ansible_collections.fairway.backbone.plugins.module_utils.drain_patch_frr import with_overload
from ansible_collections.fairway.backbone.plugins.module_utils.intent.drain import drain_terms, overloaded, scope
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Router
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import (
    ACTIVE,
    DRAIN,
    DRAIN_TERM,
    INACTIVE,
    junos_set,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Drain
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import (
    Edit,
    Key,
    Overload,
    PatchError,
    Reading,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import (
    Term,
    entries,
    note_lines,
    patch_frr,
    with_notes,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_junos import junos_commands

_OURS = re.compile(rf"^!\s*{DRAIN}(?=\s|$)")


@dataclass(frozen=True)
class Goal:
    """How the router is to be. `terms` on or off; `overload` None: as it is; `drain`: the marker, None without one."""

    terms: Mapping[Key, bool]
    overload: bool | None
    drain: Drain | None


@dataclass(frozen=True)
class DrainEdits:
    """What has to be changed for a goal. `marker` whether the marker has to be."""

    terms: tuple[Edit, ...]
    overloads: tuple[tuple[Overload, bool], ...]
    marker: bool
    drain: Drain | None

    def __bool__(self) -> bool:
        return bool(self.terms or self.overloads or self.marker)


def drain_goal(reading: Reading, router: Router, drain: Drain) -> Goal:
    """A drained router. A drain that is there stays as it is written, and grows by the neighbours that are named.

    Raises PatchError when the neighbours cannot be drained alone, or the router is drained whole already.
    """
    there = reading.drain
    drain = as_written(drain)
    if there is not None and drain.neighbors and not there.neighbors:
        raise PatchError(f"the whole router is {told(there)}: undrain it first to drain some neighbours only")
    if there is not None and drain.neighbors:
        drain = as_written(replace(drain, neighbors=(*there.neighbors, *drain.neighbors)))
    keys = scope(router, drain.neighbors)
    if not keys and not reading.overloads:
        raise PatchError(
            "nothing can take it out of service: no policy in use has a term out-of-service, and it has no OSPF"
        )
    same = there is not None and there.neighbors == drain.neighbors and there.since and there.change_id
    return Goal(dict.fromkeys(keys, True), None if drain.neighbors else True, there if same else drain)


def undrain_goal(reading: Reading, router: Router) -> Goal:
    """What Git says: terms that it has active stay so, and an overload too; what is not there is not made.

    A term of a policy that the intent does not use any more is switched off where the router names it.
    """
    said = drain_terms(router)
    named = [spot.key for spot in reading.spots if spot.part == "policy" and spot.key[2] == DRAIN_TERM]
    terms = {key: False for key in [*said, *named] if not said.get(key, False)}
    return Goal(terms, None if overloaded(router) else False, None)


def drain_edits(reading: Reading, goal: Goal, terms: Mapping[Key, Term] | None = None, text: str = "") -> DrainEdits:
    """What to change; nothing for what is so already. `terms` and `text` are an FRR router's.

    Raises PatchError, with everything that is in the way.
    """
    wrong: list[str] = []
    found: list[Edit] = []
    live = {entry.header: entry.meaning for entry in entries(text)}
    for key, on in goal.terms.items():
        term = (terms or {}).get(key)
        if term is not None and not term.added:
            continue  # none of the router's sessions can meet it
        complaint = _in_the_way(reading, key, on, term, live)
        if complaint:
            wrong.append(f"policy {key[1]}: {complaint}")
        found += _switches(reading, key, on)
    if wrong:
        raise PatchError("; ".join(wrong))
    overloads = tuple((one, goal.overload) for one in reading.overloads if goal.overload not in (None, one.on))
    if goal.overload is False:
        overloads += tuple((one, False) for one in reading.overloads if one.asleep)
    return DrainEdits(
        tuple(found),
        tuple((one, bool(on)) for one, on in overloads),
        marker=reading.drain != goal.drain,
        drain=goal.drain,
    )


def _switches(reading: Reading, key: Key, on: bool) -> Iterator[Edit]:
    for spot in reading.of(key):
        # A term that steering switched on is steering's: it stays when the router is undrained.
        if spot.value != (ACTIVE if on else INACTIVE) and (on or spot.marker is None):
            yield Edit(spot, ACTIVE if on else INACTIVE, spot.marker)


def _in_the_way(reading: Reading, key: Key, on: bool, term: Term | None, live: Mapping[str, frozenset[str]]) -> str:
    """Why the term cannot be switched; empty when it can, or need not."""
    spots = reading.of(key)
    if on and not spots:
        return f"the router has no term {key[2]}: deploy first"
    if term is None or not spots:
        return ""
    value = spots[0].value
    if on:
        return spots[0].complaint if value != ACTIVE else ""
    # Taking a term away needs nothing of the route-map but the term itself.
    there = [entry for entry in term.added if entry.header in live]
    same = all(live[entry.header] == entry.meaning for entry in there)
    if value == ACTIVE or not there or (reading.drain is None and not same):
        return ""
    return "its route-map is not what the intent says: deploy first, with -e deploy_drained=true"


# -- as the platforms write it --------------------------------------------------------------------------------------


def junos_drain(reading: Reading, edits: DrainEdits) -> str:
    """The commands that make the edits, a line each."""
    lines = []
    for one, on in edits.overloads:
        where = f"protocols {one.part} overload"
        lines.append(f"delete {where}" if not on else f"{'activate' if one.asleep else 'set'} {where}")
    if edits.marker:
        lines += ["delete system apply-macro " + DRAIN] if reading.drain is not None else []
        lines += junos_set("system", DRAIN, drain_words(edits.drain)) if edits.drain is not None else []
    return junos_commands(edits.terms) + "".join(f"{line}\n" for line in lines)


def frr_drain(text: str, edits: DrainEdits, terms: Mapping[Key, Term]) -> str:
    """The text with the edits made, which were found upon this very text."""
    lines = patch_frr(text, edits.terms, terms).splitlines()
    for one, on in edits.overloads:
        lines = with_overload(lines, one.part, on)
    made = "".join(f"{line}\n" for line in lines)
    if not edits.marker:
        return made
    notes = [line for line in note_lines(made) if not _OURS.match(line)]
    return with_notes(made, [*notes, *([frr_drain_line(edits.drain)] if edits.drain is not None else [])])
