"""OSPF timers of the intent: the same wish on both platforms, and wishes that contradict themselves."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.intent import view
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_schema import load_schema
from tests.golden.inventories import intents, render


def changed(**timers: dict[str, int]) -> dict[str, dict[str, Any]]:
    """The lab's intents, with these keys below `ospf` on every router."""
    found = intents("lab")
    for intent in found.values():
        intent["ospf"] |= timers
    return found


def test_the_wish_is_rendered_for_both_platforms() -> None:
    configs = render("lab", changed(spf={"delay": 100, "max": 8000}, lsa={"min_interval": 700})).configs
    junos, frr = configs["jkt-r1"].text, configs["jkt-r2"].text
    assert junos.count("spf-options {\n            delay 100;\n            holddown 8000;") == 2, "OSPF and OSPF3"
    assert frr.count(" timers throttle spf 100 200 8000\n") == 2
    assert frr.count(" timers throttle lsa all 700\n") == 1
    assert frr.count(" timers lsa min-arrival 50\n") == 2


def test_what_frr_does_not_print_is_not_rendered() -> None:
    quiet = changed(spf={"delay": 50, "hold": 200, "max": 5000}, lsa={"min_interval": 5000, "min_arrival": 1000})
    text = render("lab", quiet).configs["jkt-r2"].text
    assert "lsa" not in text.partition("router ospf\n")[2].partition("ip prefix-list")[0]


@pytest.mark.parametrize(
    "timers, there, write",
    [
        ({"spf": {"hold": 3000, "max": 2000}}, "3000, with max 2000", "hold: 200"),
        ({"lsa": {"min_interval": 80, "min_arrival": 80}}, "80, with min_interval 80", "min_arrival: 40"),
    ],
)
def test_a_contradiction_is_refused_on_every_router(timers: dict[str, Any], there: str, write: str) -> None:
    errors = render("lab", changed(**timers)).errors
    assert [(error.router, error.there, error.write) for error in errors] == [
        (router, there, write) for router in ("jkt-r1", "jkt-r2", "sby-r1", "sby-r2")
    ]


def test_no_interval_at_all_is_no_contradiction() -> None:
    assert render("lab", changed(lsa={"min_interval": 0})).errors == []


def test_the_defaults_are_those_of_the_schema() -> None:
    told = load_schema("ospf")["properties"]
    for key, defaults in (("spf", view.SPF_DEFAULTS), ("lsa", view.LSA_DEFAULTS)):
        assert {name: value["default"] for name, value in told[key]["properties"].items()} == defaults
