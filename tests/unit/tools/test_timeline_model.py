"""Events of several sources become one timeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools import timeline
from tools.timeline_model import (
    STAGES,
    Event,
    Incident,
    IncidentError,
    Series,
    audit_events,
    from_data,
    loss_by_second,
    marked_series,
    marks,
    measured_events,
    merge,
    seconds,
    steps,
    text_table,
    to_data,
)

T = 1_795_260_000.0  # 2026-11-21T11:20:00Z
PATH = "jkt-sby/north"
relaxed = settings(deadline=None)


def decision(verdict: str, clock: str, **more: Any) -> str:
    told = {"event": "decision", "time": f"2026-11-21T{clock}Z", "path": PATH, "verdict": verdict, "mode": "live"}
    return json.dumps({**told, "guard": "", "reason": f"why {verdict}", **more})


def change(action: str, state: str, clock: str) -> str:
    told = {"event": "change", "time": f"2026-11-21T{clock}Z", "path": PATH, "mode": "live"}
    return json.dumps({**told, "action": action, "state": state, "reason": "", "change": "fw-1"})


LOG = [
    decision("hold", "11:19:00.000"),
    decision("steer", "11:20:05.250"),
    decision("steer", "11:20:05.100", path="jkt-sby/south"),
    decision("steer", "11:20:04.000", mode="shadow"),
    "half a li",
    change("steer", "staged", "11:20:06.500"),
    change("steer", "proven", "11:20:09.000"),
    change("steer", "confirmed", "11:20:09.500"),
    decision("refuse", "11:20:30.000", guard="cooldown"),
    decision("hold", "11:21:05.000", guard="hold_down"),  # still sick
    decision("hold", "11:21:10.000", guard="hold_down", evidence={"hold_down_s": 20}),
    decision("hold", "11:21:40.000", guard="hold_down", evidence={"hold_down_s": 20}),
    decision("restore", "11:22:10.000"),
    change("restore", "staged", "11:22:11.000"),
    change("restore", "confirmed", "11:22:14.000"),
    decision("steer", "12:30:00.000"),
]


def test_an_audit_log_becomes_the_events_of_one_path() -> None:
    found = [(event.kind, event.time - T, event.text) for event in audit_events(LOG, PATH, T, T + 600)]
    assert found == [
        ("decision", 5.25, "why steer"),
        ("committed", 6.5, "fw-1"),
        ("confirmed", 9.5, "fw-1"),
        ("hold_down", 70.0, "why hold"),
        ("hold_down", 100.0, "why hold"),
        ("restore_decision", 130.0, "why restore"),
        ("restored", 131.0, "fw-1"),
        ("restore_confirmed", 134.0, "fw-1"),
    ]


def test_of_each_kind_the_first_source_s_earliest_counts() -> None:
    first = [Event(T + 9, "decision", "late"), Event(T + 5, "decision", "marked")]
    second = [Event(T + 1, "decision", "logged"), Event(T, "onset")]
    assert merge(first, second) == (Event(T, "onset"), Event(T + 5, "decision", "marked"))


def test_events_of_one_moment_stand_as_the_story_tells_them() -> None:
    assert [one.kind for one in merge([Event(T, "committed"), Event(T, "onset"), Event(T, "decision")])] == [
        "onset", "decision", "committed",
    ]  # fmt: skip


def test_measurements_tell_the_first_bad_sample_and_the_alert() -> None:
    points = ((T - 2, 0.5), (T - 1, 0.0), (T + 1.0, 0.01), (T + 2.0, 0.08), (T + 3.0, 0.2), (T + 90.0, 0.0))
    lines = {"path_loss": (Series("jkt-sby/south", ((T + 0.5, 0.9),)), Series(PATH, points))}
    bare = Incident("", PATH, lines, (Event(T, "onset"), Event(T + 60, "healed")))
    found = [(one.kind, one.time - T) for one in measured_events(bare, [T - 50, T + 3, T + 4, T + 64])]
    assert found == [("first_bad_sample", 2.0), ("alert_firing", 3.0), ("alert_resolved", 64.0)]
    still = [one.kind for one in measured_events(bare, [T + 3, T + 90])]
    assert still == ["first_bad_sample", "alert_firing"], "it fires to the end of what is known: not resolved"


def test_marks_and_lines_that_somebody_wrote_down() -> None:
    lines = [
        '{"time": "2026-11-21T11:20:00.500Z", "kind": "onset", "text": "30 %"}',
        '{"time": 1795260001, "kind": "lunch"}',
        '{"series": "user_loss", "name": "jkt to sby", "points": [[2, 0.5], [1, null]]}',
        '{"series": "lunch", "name": "x", "points": 3}',
        "[]",
    ]
    assert marks(lines) == [Event(T + 0.5, "onset", "30 %")]
    assert marked_series(lines) == {"user_loss": (Series("jkt to sby", ((1.0, None), (2.0, 0.5))),)}


def test_packets_become_a_loss_for_each_second() -> None:
    sent = [(10.0 + n / 10, n in (3, 4, 15)) for n in range(20)]
    assert loss_by_second(sent) == [(10.5, 0.2), (11.5, 0.1)]


@relaxed
@given(st.lists(st.tuples(st.floats(0, 1000), st.booleans()), min_size=1))
def test_no_packet_is_counted_twice_or_not_at_all(packets: list[tuple[float, bool]]) -> None:
    points = loss_by_second(packets)
    assert [when for when, _loss in points] == sorted({when for when, _loss in points})
    assert all(loss is not None and 0 <= loss <= 1 for _when, loss in points)
    assert any(loss for _when, loss in points) == any(lost for _sent, lost in packets)


@relaxed
@given(st.lists(st.builds(Event, st.floats(0, 1e10), st.sampled_from(list(STAGES)), st.text()), min_size=1))
def test_a_timeline_goes_forwards_and_survives_being_written_down(events: list[Event]) -> None:
    merged = merge(events)
    incident = Incident("title", PATH, {"cost": (Series("a", ((1.0, 2.0), (2.0, None))),)}, merged)
    rows = steps(incident)
    assert [row.number for row in rows] == list(range(1, len({event.kind for event in events}) + 1))
    assert all(row.since_last >= 0 for row in rows)
    assert from_data(json.loads(json.dumps(to_data(incident)))) == incident
    assert len(text_table(incident).splitlines()) >= len(rows) + 1


@pytest.mark.parametrize(
    "value, expected",
    [
        ("2026-11-21T11:20:00.250Z", T + 0.25),
        ("2026-11-21T18:20:00+07:00", T),
        ("2026-11-21T11:20:00", None),
        (T, T),
        (float("nan"), None),
        (True, None),
        ("soon", None),
        (None, None),
    ],
)
def test_times(value: Any, expected: float | None) -> None:
    assert seconds(value) == expected


@pytest.mark.parametrize(
    "told, complaint",
    [
        ([], "no incident of schema 1"),
        ({"schema": 2}, "no incident of schema 1"),
        ({"schema": 1, "events": [], "series": {}, "title": "", "path": ""}, "nothing says when it began"),
        ({"schema": 1, "events": [{"time": 1, "kind": "lunch"}]}, "kind 'lunch' of an event is not one of onset"),
        ({"schema": 1, "events": [{"kind": "onset"}]}, "KeyError: 'time'"),
        ({"schema": 1, "events": [], "series": {"cost": [{"name": "a", "points": [3]}]}}, "TypeError"),
    ],
)
def test_what_is_no_incident_is_refused(tmp_path: Path, told: Any, complaint: str) -> None:
    with pytest.raises(IncidentError, match=complaint):
        from_data(told)
    file = tmp_path / "incident.json"
    file.write_text(json.dumps(told))
    assert timeline.main([str(file)]) == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert timeline.main([str(tmp_path / "none.json")]) == 1
    assert "No such file" in capsys.readouterr().err
