"""A decision by hand on a path that automation steered writes the person's name on the router, and no new cost."""

from __future__ import annotations

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Marker
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Edit, Reading, Spot, Wish, edits

KEY = ("ospf", "wan")
AUTO = Marker("ab/north", "fw-1", 100.0, "auto", "150")


def edit(by: str, before: Marker) -> tuple[Edit, ...]:
    reading = Reading((Spot("ospf", KEY, "1000", before),))
    return edits(reading, "steer", Marker("ab/north", "fw-2", 200.0, by), [Wish(KEY, "1000", "100")])


def test_a_person_s_name_replaces_automation_s_and_what_was_there_before_stays() -> None:
    (found,) = edit("hand", AUTO)
    assert (found.value, found.marker) == (None, Marker("ab/north", "fw-2", 200.0, "hand", "150"))


def test_automation_writes_nothing_over_what_is_steered() -> None:
    assert edit("auto", AUTO) == ()
    assert edit("auto", Marker("ab/north", "fw-1", 100.0, "hand", "150")) == ()


def test_twice_by_hand_is_once() -> None:
    assert edit("hand", Marker("ab/north", "fw-1", 100.0, "hand", "150")) == ()
