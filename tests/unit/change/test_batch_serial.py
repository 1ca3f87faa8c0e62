"""The batches of a deploy: what Ansible would answer with a traceback, once everything is rendered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.batch_serial import serial_complaint

SIZES = st.integers(1, 10_000).flatmap(lambda size: st.sampled_from([size, str(size), f"{size}%"]))


@given(SIZES | st.lists(SIZES, min_size=1))
def test_numbers_and_shares_are_batches(serial: Any) -> None:
    assert serial_complaint(serial) == ""


@pytest.mark.parametrize("serial", [0, "", "0%", "%", "[1,25%]", "all", -1, 1.5, True, None, {}, [], [1, "two"], [[1]]])
def test_everything_else_is_told_what_to_write(serial: Any) -> None:
    assert serial_complaint(serial) == (
        f"deploy_serial is {serial}: expected a number of routers, a share such as 25%, or a list of them: "
        """-e deploy_serial=2, or -e '{"deploy_serial": [1, "25%"]}'. Nothing was changed."""
    )


@given(st.text() | st.lists(st.text() | st.integers(max_value=0), min_size=1))
def test_no_words_end_in_a_traceback(serial: Any) -> None:
    assert isinstance(serial_complaint(serial), str)
