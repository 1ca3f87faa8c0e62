"""Where things stand in the picture of an incident: ranges of time, and labels that keep clear of each other. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from tools.timeline_model import Incident


def spread(wanted: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """Places (0..1, as near to the wanted ones as can be) for labels of these sizes, none on another.

    `wanted` ascends. More labels than there is room for stand evenly, closer than their sizes.
    """
    if not wanted:
        return []
    total = sum(sizes)
    scale = min(1.0, 1.0 / total) if total else 1.0
    half = [size * scale / 2 for size in sizes]
    # Neighbours that touch form a group around the middle of what its members want.
    groups: list[tuple[list[int], float]] = []
    for index, place in enumerate(wanted):
        members, middle = [index], _inside(place, half[index])
        while groups and groups[-1][1] + _half(groups[-1][0], half) > middle - _half(members, half) + 1e-12:
            before, _middle = groups.pop()
            members = before + members
            middle = _inside(_best(members, wanted, half), _half(members, half))
        groups.append((members, middle))
    found = [0.0] * len(wanted)
    for members, middle in groups:
        edge = middle - _half(members, half)
        for index in members:
            found[index] = edge + half[index]
            edge += 2 * half[index]
    return found


def _half(members: Sequence[int], half: Sequence[float]) -> float:
    return sum(half[index] for index in members)


def _inside(place: float, half: float) -> float:
    return min(max(place, half), 1.0 - half)


def _best(members: Sequence[int], wanted: Sequence[float], half: Sequence[float]) -> float:
    """The middle of a group that lies, on average, where its members want to be."""
    offset, total = -_half(members, half), 0.0
    for index in members:
        total += wanted[index] - (offset + half[index])
        offset += 2 * half[index]
    return total / len(members)


def clusters(places: Sequence[float], gap: float) -> list[list[int]]:
    """The indexes of ascending places, those that follow each other within `gap` together."""
    found: list[list[int]] = []
    for index, place in enumerate(places):
        if found and place - places[found[-1][-1]] < gap:
            found[-1].append(index)
        else:
            found.append([index])
    return found


WINDOW_S = 5.0
"""What is drawn is a loss over this long: after that, a loss that ended has left the picture."""

REACTION = ("onset", "first_bad_sample", "alert_firing", "hook", "decision", "committed", "converged", "users_healthy")


def column_range(incident: Incident) -> tuple[float, float]:
    """The seconds since onset that show the reaction: from a little before to a little after the users are healthy."""
    times = [event.time - incident.onset for event in incident.events if event.kind in REACTION]
    last = max([0.0, *times])
    return -max(1.0, 0.15 * last), last * 1.1 + WINDOW_S


def whole_range(incident: Incident) -> tuple[float, float]:
    """The seconds since onset of everything that was measured or happened."""
    times = [point[0] for group in incident.series.values() for one in group for point in one.points]
    times += [event.time for event in incident.events]
    low, high = min(times) - incident.onset, max(times) - incident.onset
    return low - 0.01 * (high - low) - 0.5, high + 0.01 * (high - low) + 0.5


def shortened(text: str, width: int) -> str:
    """A text on one line, cut at a word's end."""
    return textwrap.shorten(text, width, placeholder=" …", break_on_hyphens=False)
