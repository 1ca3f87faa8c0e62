# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What steering reads on a router and what it changes there, whatever the platform writes it like. Pure.

A *spot* is one statement with its marker. A place of the intent has one or several: an OSPF interface has a cost for
IPv4 and one for IPv6. steering_patch_junos.py and steering_patch_frr.py read spots and write edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import told
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import (
    ACTIVE,
    INACTIVE,
    MarkError,
    check_value,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    Drain,
    Freeze,
    LivePlace,
    Marker,
    Place,
)

Key = tuple[str, ...]

UNEVEN = "/"
"""Between the values of a place whose spots differ: `1000/100`."""


@dataclass(frozen=True)
class Spot:
    """`part`: ospf, ospf3, policy or static. `value`: "" when none is set. `where`: the platform's way to it.

    `complaint`: why it cannot be worked with: a broken marker, or something that steering does not understand.
    """

    part: str
    key: Key
    value: str
    marker: Marker | None = None
    complaint: str = ""
    where: Key = ()


@dataclass(frozen=True)
class Overload:
    """Whether an OSPF instance (`part`: ospf or ospf3) sends traffic around this router. `asleep`: it would, but is
    deactivated."""

    part: str
    on: bool
    asleep: bool = False


@dataclass(frozen=True)
class Reading:
    """All spots of a router that steering knows of or that have a marker; and whether, and how, it is drained."""

    spots: tuple[Spot, ...] = ()
    freeze: Freeze | None = None
    drained: bool = False
    complaints: tuple[str, ...] = ()
    drain: Drain | None = None
    overloads: tuple[Overload, ...] = ()

    def of(self, key: Key) -> tuple[Spot, ...]:
        return tuple(spot for spot in self.spots if spot.key == key)


@dataclass(frozen=True)
class Edit:
    """One spot's new value (None: as it is) and marker (None: without one)."""

    spot: Spot
    value: str | None
    marker: Marker | None


@dataclass(frozen=True)
class Wish:
    """What is wanted of one place. `value`: the steered value in words; `normal`: the value without steering, used
    where the router does not say it itself."""

    key: Key
    value: str = ""
    normal: str = ""


class PatchError(ValueError):
    """The router is not as the change needs it; the message says how it is."""


def words(key: Key) -> str:
    """A place's key as people read it."""
    return " ".join(key[1:])


def steered_value(action: str, value: int | str | None) -> str:
    """A path's value in words."""
    return ACTIVE if action == "policy_term" else str(value)


def live_places(router: str, reading: Reading, wanted: Mapping[Key, str]) -> tuple[LivePlace, ...]:
    """The places of the intent (`wanted`: their steered values), and those that have a marker all the same."""
    keys = [*wanted, *(spot.key for spot in reading.spots if spot.marker and spot.key not in wanted)]
    found = []
    for key in dict.fromkeys(keys):
        spots = reading.of(key)
        values = list(dict.fromkeys(spot.value for spot in spots))
        markers = [spot.marker for spot in spots if spot.marker is not None]
        steered = bool(spots) and all(spot.value == wanted.get(key, spot.value) for spot in spots)
        if key not in wanted:
            steered = any(spot.value != spot.marker.was for spot in spots if spot.marker)
        found.append(LivePlace(Place(router, key), steered, markers[0] if markers else None, UNEVEN.join(values)))
    return tuple(found)


def complaints(reading: Reading) -> tuple[str, ...]:
    """Everything that a person should look at, each with its place."""
    found = [f"{words(spot.key)} ({spot.part}): {spot.complaint}" for spot in reading.spots if spot.complaint]
    for key in dict.fromkeys(spot.key for spot in reading.spots if spot.marker):
        names = {spot.marker.path for spot in reading.of(key) if spot.marker}
        if len(names) > 1:
            found.append(f"{words(key)}: marked for {' and '.join(sorted(names))}")
    return (*reading.complaints, *dict.fromkeys(found))


def edits(reading: Reading, action: str, marker: Marker, wishes: Iterable[Wish]) -> tuple[Edit, ...]:
    """What to change for a steer or a restore of `marker.path`; nothing for spots that are as they should be.

    Raises PatchError, with everything that is in the way: a drain is, because it changes the same places.
    """
    if reading.drain is not None:
        raise PatchError(f"the router is {told(reading.drain)}: undrain it first")
    wrong: list[str] = []
    found: list[Edit] = []
    for wish in wishes:
        spots = reading.of(wish.key)
        if not spots:
            wrong.append(f"{words(wish.key)} is not configured on the router")
        for spot in spots:
            try:
                found += _steer(spot, marker, wish) if action == "steer" else _restore(spot, marker, wish)
            except (PatchError, MarkError) as error:
                wrong.append(f"{words(spot.key)}: {error}")
    if wrong:
        raise PatchError("; ".join(dict.fromkeys(wrong)))
    return tuple(found)


def _checked(spot: Spot, value: str) -> str:
    """The value as it may be written at the spot."""
    if spot.part == "policy":
        if value not in (ACTIVE, INACTIVE):
            raise MarkError(f"'{value}' is neither {ACTIVE} nor {INACTIVE}")
        return value
    kind = spot.key[0]
    if kind == "ospf" and not value:
        raise MarkError("no cost")
    return check_value(kind, value)


def _foreign(spot: Spot, path: str) -> None:
    if spot.complaint:
        raise PatchError(spot.complaint)
    if spot.marker is not None and spot.marker.path != path:
        raise PatchError(f"steered for {spot.marker.path} since change {spot.marker.change_id}")


def _steer(spot: Spot, marker: Marker, wish: Wish) -> list[Edit]:
    _foreign(spot, marker.path)
    value = _checked(spot, wish.value)
    if spot.marker is not None:
        # A person takes over what automation steered; automation never takes over what a person did.
        over = marker.by == "hand" and spot.marker.by != "hand"
        mine = replace(marker, was=spot.marker.was) if over else spot.marker
        set_already = spot.value == value
        return [] if set_already and not over else [Edit(spot, None if set_already else value, mine)]
    # Somebody put the steered value there by hand: what was before, only the intent can tell.
    was = spot.value if spot.value != value else wish.normal or spot.value
    if spot.part == "policy":
        was = ""
    mine = replace(marker, was=check_value(spot.key[0], was))
    return [Edit(spot, None if spot.value == value else value, mine)]


def _restore(spot: Spot, marker: Marker, wish: Wish) -> list[Edit]:
    _foreign(spot, marker.path)
    if spot.marker is None:
        if not wish.value or spot.value != _checked(spot, wish.value):
            return []
        if not wish.normal:
            raise PatchError(f"it is {spot.value} without a marker that says what was there before: deploy, or set it")
        back = _checked(spot, wish.normal)
    else:
        back = INACTIVE if spot.part == "policy" else spot.marker.was
    return [Edit(spot, None if spot.value == back else back, None)]


def without_secrets(lines: Sequence[str], hidden: str) -> None:
    """Refuse to write a line that was masked when it was read."""
    if any(hidden in line for line in lines):
        raise PatchError("a secret would be overwritten by its mask")
