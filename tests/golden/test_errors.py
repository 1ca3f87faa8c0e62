"""Every mistake has its report, word for word."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import FleetConfigs
from tests.golden.error_cases import CASES, spoiled
from tests.golden.inventories import render

ERRORS = Path(__file__).parent / "errors"

pytestmark = pytest.mark.golden


@functools.cache
def outcome(name: str) -> FleetConfigs:
    """What becomes of a case."""
    return render(*spoiled(name))


@pytest.mark.parametrize("name", CASES)
def test_the_report_is_the_golden_one(name: str) -> None:
    assert outcome(name).report() + "\n" == (ERRORS / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", CASES)
def test_the_mistake_is_found_and_an_error_stops_the_rendering(name: str) -> None:
    fleet = outcome(name)
    assert fleet.errors
    stops = any(error.severity == "error" for error in fleet.errors)
    assert bool(fleet.configs) is not stops


def test_every_report_has_a_case() -> None:
    assert {path.stem for path in ERRORS.iterdir()} == set(CASES)
