"""What the live measurement of alerts makes of what Prometheus says, without a lab."""

from __future__ import annotations

from typing import Any

import pytest

from bench.live import CASES, Reaction, first_alert, parsed, table
from bench.live_side import firing

NORTH, SOUTH = CASES


def alert(path: str, since: str, name: str = "PathLoss", state: str = "firing") -> dict[str, Any]:
    labels = {"alertname": name, "backbone": "jkt-sby", "path": path, "detector": "loss-5s"}
    return {"labels": labels, "state": state, "activeAt": since}


def test_the_first_detector_of_a_path_says_when_the_alert_began() -> None:
    """Prometheus writes nanoseconds, and every detector is an alert of its own."""
    told = [
        alert("north", "2026-11-22T00:00:03.500000000Z"),
        alert("north", "2026-11-22T00:00:02.250000001Z"),
        alert("south", "2026-11-22T00:00:01Z", name="PathJitter"),
        alert("south", "2026-11-22T00:00:01Z", state="pending"),
    ]
    assert firing(told) == {"jkt-sby/north": pytest.approx(1795305602.25, abs=1e-3)}


def test_an_alert_from_before_the_onset_is_not_of_this_onset() -> None:
    looks = [
        {"at": 99.0, "alerts": {NORTH.path: 98.0}, "healthy": []},
        {"at": 100.2, "alerts": {NORTH.path: 98.0, SOUTH.path: 100.1}, "healthy": []},
        {"at": 103.1, "alerts": {NORTH.path: 103.0}, "healthy": []},
        {"at": 104.0, "alerts": {NORTH.path: 103.9}, "healthy": []},
    ]
    assert first_alert(looks[:2], NORTH.path, 100.0) is None
    found = first_alert(looks, NORTH.path, 100.0)
    assert found is not None
    assert (found.alert_s, found.told_s) == pytest.approx((3.0, 3.1))


def test_a_line_that_is_still_being_written_is_left_for_later() -> None:
    assert parsed('{"at": 1}\n{"at": 2}\n{"at"') == [{"at": 1}, {"at": 2}]
    assert parsed('{"at"') == parsed("") == []


def test_each_prober_is_held_against_its_own_bound() -> None:
    """2.9 s is within twice 1.5 s; 5.5 s is not within twice 1.0 + 1.5 s."""
    found = {NORTH: [Reaction(one, one + 0.1) for one in (5.4, 5.5, 9.0)], SOUTH: [Reaction(2.9, 3.0)]}
    _title, _head, north, south, *_footnotes = table(found)
    assert " ".join(north.split()) == "jkt-sby/north rpm 3 2.50 s 5.50 s 9.00 s 2.20 TOO SLOW"
    assert " ".join(south.split()) == "jkt-sby/south smokeping 1 1.50 s 2.90 s 2.90 s 1.93 ok"
