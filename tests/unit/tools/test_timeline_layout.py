"""Labels keep clear of each other and stay near what they name."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from tools.timeline_layout import clusters, shortened, spread

relaxed = settings(deadline=None)
PLACES = st.lists(st.floats(0, 1), max_size=12).map(sorted)


@relaxed
@given(PLACES, st.floats(0.01, 0.2))
def test_no_label_lies_on_another_or_outside(wanted: list[float], size: float) -> None:
    found = spread(wanted, [size] * len(wanted))
    room = min(size, 1.0 / len(wanted)) if wanted else 0.0
    for left, right in itertools.pairwise(found):
        assert right - left >= room - 1e-9
    assert all(room / 2 - 1e-9 <= place <= 1 - room / 2 + 1e-9 for place in found)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([0.2, 0.5, 0.8], [0.1] * 3) == [0.2, 0.5, 0.8]


def test_labels_that_collide_share_the_way() -> None:
    assert [round(place, 6) for place in spread([0.5, 0.5], [0.1, 0.1])] == [0.45, 0.55]


@relaxed
@given(PLACES, st.floats(0, 0.3))
def test_clusters_hold_everything_once_and_in_order(places: list[float], gap: float) -> None:
    found = clusters(places, gap)
    assert [index for group in found for index in group] == list(range(len(places)))
    for before, after in itertools.pairwise(found):
        assert places[after[0]] - places[before[-1]] >= gap


def test_a_long_text_is_cut_at_a_word() -> None:
    assert shortened("PathLoss since 2.1 s; jkt-sby/south is healthy", 30) == "PathLoss since 2.1 s; …"
    assert shortened("", 30) == ""
