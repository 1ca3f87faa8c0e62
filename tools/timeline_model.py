"""An incident as data: what was measured, and what happened when. Pure.

    {"schema": 1, "title": "...", "path": "jkt-sby/north",
     "series": {"user_loss": [...], "path_loss": [{"name": "jkt-sby/north", "points": [[when, ratio], ...]}],
                "site_loss": [{"name": "jkt to sby", ...}], "cost": [{"name": "jkt-r1 ge-0/0/0.0", ...}]},
     "events": [{"time": when, "kind": "onset", "text": "..."}]}

Times are seconds since 1970, losses fractions. A point whose value is null is a gap.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

SCHEMA = 1

STAGES = {
    "onset": "Loss begins",
    "first_bad_sample": "First bad sample",
    "alert_firing": "Alert fires",
    "hook": "Hook is called",
    "decision": "Decision: steer",
    "committed": "Committed on both ends",
    "converged": "Traffic has moved",
    "users_healthy": "Users are healthy",
    "confirmed": "Proven, confirmed",
    "reverted": "Change taken back",
    "healed": "Path heals",
    "alert_resolved": "Alert resolves",
    "hold_down": "Hold-down begins",
    "restore_decision": "Decision: restore",
    "restored": "Restored on both ends",
    "restore_confirmed": "Restore confirmed",
}
"""The kinds of events, in the order in which a story usually tells them."""

GROUPS = ("user_loss", "site_loss", "path_loss", "cost")
"""What is drawn, from the top: what users see (a ping's losses, second by second), loss between sites and on paths as
the probes measure it, OSPF cost."""

BAD_LOSS = 0.02
"""The loss from which a sample counts as bad."""


class IncidentError(ValueError):
    """What is wrong with an incident's data, in words."""


@dataclass(frozen=True)
class Event:
    """Something that happened. `text` adds to what its kind says, "" when nothing does."""

    time: float
    kind: str
    text: str = ""

    @property
    def title(self) -> str:
        """What it is called in a picture."""
        return STAGES[self.kind]


@dataclass(frozen=True)
class Series:
    """One line of a picture; None is a gap."""

    name: str
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True)
class Incident:
    """Everything that a picture shows."""

    title: str
    path: str
    series: Mapping[str, tuple[Series, ...]]
    events: tuple[Event, ...]

    def when(self, kind: str) -> float | None:
        """The time of the first event of a kind."""
        return next((event.time for event in self.events if event.kind == kind), None)

    @property
    def onset(self) -> float:
        """Time zero: the onset, or else the first event."""
        found = self.when("onset")
        return self.events[0].time if found is None else found


@dataclass(frozen=True)
class Step:
    """A row of the timeline: an event, seconds since the onset and since the row before."""

    number: int
    event: Event
    since_onset: float
    since_last: float


def steps(incident: Incident) -> list[Step]:
    """The events in the order of time, numbered from 1."""
    rows: list[Step] = []
    last = incident.onset
    for number, event in enumerate(incident.events, 1):
        rows.append(Step(number, event, event.time - incident.onset, event.time - last if rows else 0.0))
        last = event.time
    return rows


def merge(*sources: Iterable[Event]) -> tuple[Event, ...]:
    """The events of several sources in the order of time: of each kind one, by the first source that has it, the
    earliest there. Of equal times, the one that the story tells first."""
    found: dict[str, Event] = {}
    for source in sources:
        first: dict[str, Event] = {}
        for event in source:
            if event.kind not in first or event.time < first[event.kind].time:
                first[event.kind] = event
        found = {**first, **found}
    order = list(STAGES)
    return tuple(sorted(found.values(), key=lambda event: (event.time, order.index(event.kind))))


_OF_CHANGE = {
    ("steer", "staged"): "committed",
    ("steer", "confirmed"): "confirmed",
    ("steer", "reverted"): "reverted",
    ("restore", "staged"): "restored",
    ("restore", "confirmed"): "restore_confirmed",
}


def audit_events(lines: Iterable[str], path: str, start: float, end: float) -> list[Event]:
    """What the audit log says about a path, between two times. Lines that are no events are passed over."""
    found: list[Event] = []
    for told in _objects(lines):
        when = seconds(told.get("time"))
        if told.get("path") != path or told.get("mode") == "shadow" or when is None or not start <= when <= end:
            continue
        kind = _audit_kind(told)
        if kind:
            found.append(Event(when, kind, str(told.get("reason") or told.get("change") or "")))
    return sorted(found, key=lambda event: event.time)


def _audit_kind(told: Mapping[str, Any]) -> str:
    if told.get("event") == "change":
        return _OF_CHANGE.get((str(told.get("action")), str(told.get("state"))), "")
    if told.get("event") != "decision":
        return ""
    if told.get("verdict") == "hold":
        # The guard also speaks while the path is still sick: only a healthy path has time to wait for.
        return "hold_down" if "hold_down_s" in (told.get("evidence") or {}) else ""
    return {"steer": "decision", "restore": "restore_decision"}.get(str(told.get("verdict")), "")


def marks(lines: Iterable[str]) -> list[Event]:
    """Events that somebody wrote down as they happened: a JSON object a line, with time, kind and maybe text."""
    found: list[Event] = []
    for told in _objects(lines):
        when = seconds(told.get("time"))
        if when is not None and told.get("kind") in STAGES:
            found.append(Event(when, str(told["kind"]), str(told.get("text") or "")))
    return found


def marked_series(lines: Iterable[str]) -> dict[str, tuple[Series, ...]]:
    """Lines of a picture that somebody wrote down: a JSON object a line, with series (its group), name and points."""
    found: dict[str, Lines] = {}
    for told in _objects(lines):
        if told.get("series") in GROUPS:
            one = _series(told)
            found.setdefault(str(told["series"]), Lines()).add(one.name, one.points)
    return {group: gathered.series() for group, gathered in found.items()}


def loss_by_second(packets: Iterable[tuple[float, bool]], width_s: float = 1.0) -> list[tuple[float, float | None]]:
    """Points of a loss line out of single packets (when it was sent, whether it was lost): the share of each `width_s`,
    at its middle."""
    bins: dict[int, list[bool]] = {}
    for sent, lost in packets:
        bins.setdefault(math.floor(sent / width_s), []).append(lost)
    return [((number + 0.5) * width_s, sum(lost) / len(lost)) for number, lost in sorted(bins.items())]


def measured_events(incident: Incident, firing: Sequence[float]) -> list[Event]:
    """What the measurements say: the first bad sample after the onset, and the alert, out of the times at which it
    was firing."""
    found: list[Event] = []
    since = incident.onset
    for series in incident.series.get("path_loss", ()):
        bad = [
            t for t, value in series.points if series.name == incident.path and t >= since and (value or 0) >= BAD_LOSS
        ]
        if bad:
            found.append(Event(bad[0], "first_bad_sample"))
    fired = [when for when in firing if when >= since]
    if fired:
        found.append(Event(fired[0], "alert_firing"))
        healed = incident.when("healed")
        if healed is not None and fired[-1] < _end(incident):
            found.append(Event(max(fired[-1], healed), "alert_resolved"))
    return found


def _end(incident: Incident) -> float:
    """The time of the newest measurement."""
    return max(
        (s.points[-1][0] for group in incident.series.values() for s in group if s.points), default=incident.onset
    )


def _objects(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            yield told


def seconds(value: Any) -> float | None:
    """Seconds since 1970 out of a number or of a time like 2026-11-21T10:00:00.123Z; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def to_data(incident: Incident) -> dict[str, Any]:
    """As incident.json has it."""
    return {
        "schema": SCHEMA,
        "title": incident.title,
        "path": incident.path,
        "series": {
            group: [{"name": one.name, "points": [list(point) for point in one.points]} for one in lines]
            for group, lines in incident.series.items()
        },
        "events": [{"time": one.time, "kind": one.kind, "text": one.text} for one in incident.events],
    }


def from_data(told: Any) -> Incident:
    """Out of incident.json. Raises IncidentError, naming what is wrong."""
    if not isinstance(told, Mapping) or told.get("schema") != SCHEMA:
        raise IncidentError(f"no incident of schema {SCHEMA}")
    try:
        events = merge([_event(one) for one in told["events"]])
        groups = {str(group): tuple(_series(one) for one in lines) for group, lines in told["series"].items()}
        title, path = str(told["title"]), str(told["path"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise IncidentError(f"the incident's data are not as expected: {type(error).__name__}: {error}") from error
    if not events:
        raise IncidentError("the incident has no events: nothing says when it began")
    return Incident(title, path, groups, events)


def _event(told: Mapping[str, Any]) -> Event:
    if told["kind"] not in STAGES:
        raise ValueError(f"kind '{told['kind']}' of an event is not one of {', '.join(STAGES)}")
    return Event(float(told["time"]), str(told["kind"]), str(told.get("text") or ""))


def _series(told: Mapping[str, Any]) -> Series:
    points = [(float(t), None if value is None else float(value)) for t, value in told["points"]]
    return Series(str(told["name"]), tuple(sorted(points, key=lambda point: point[0])))


@dataclass
class Lines:
    """Gathers points by line name, for whoever builds series."""

    found: dict[str, list[tuple[float, float | None]]] = field(default_factory=dict)

    def add(self, name: str, points: Iterable[tuple[float, float | None]]) -> None:
        self.found.setdefault(name, []).extend(points)

    def series(self) -> tuple[Series, ...]:
        return tuple(Series(name, tuple(sorted(points))) for name, points in sorted(self.found.items()))


def text_table(incident: Incident) -> str:
    """The timeline for a terminal."""
    rows = [
        (
            str(step.number),
            f"{step.since_onset:+8.1f} s",
            f"{step.since_last:7.1f} s",
            step.event.title,
            step.event.text,
        )
        for step in steps(incident)
    ]
    head = ("", "since onset", "later by", "what", "")
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(4)]
    return "\n".join(
        f"{a:>{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d:<{widths[3]}}  {e}".rstrip()
        for a, b, c, d, e in [head, *rows]
    )
