"""Which probes there are: every path on its own links from all who can, sites both ways, one name per measurement."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible_collections.fairway.backbone.plugins.filter.probe_plan import plan
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, build_fleet
from ansible_collections.fairway.backbone.plugins.module_utils.intent.probe_plan import (
    Probe,
    ProbeSettings,
    probe_plan,
    probe_settings,
    teller_of,
)
from tests.golden.inventories import Intents, intents, inventory

NORTH, SOUTH = "jkt-sby/north", "jkt-sby/south"


def fleet_of(name: str, changed: Intents | None = None) -> Fleet:
    read = inventory(name)
    return build_fleet(changed or read.intents, read.others, read.hosts)


def probes(name: str, changed: Intents | None = None) -> tuple[Probe, ...]:
    fleet = fleet_of(name, changed)
    teller = teller_of(fleet)
    assert teller is not None
    return probe_plan(fleet, teller)


def everywhere(fleet: Intents, section: str, **values: Any) -> Intents:
    for intent in fleet.values():
        intent[section] = {**intent.get(section, {}), **values}
    return fleet


def ways(found: tuple[Probe, ...], path: str) -> set[tuple[str, str, str]]:
    return {(one.source, one.prober, one.target) for one in found if one.path == path}


def test_a_path_is_measured_by_both_ends_of_its_own_link() -> None:
    found = probes("lab")
    assert ways(found, NORTH) == {
        ("jkt-r1", "rpm", "192.0.2.65"),
        ("sby-r1", "rpm", "192.0.2.64"),
    }
    assert ways(found, SOUTH) == {
        ("jkt-r2", "smokeping", "192.0.2.67"),
        ("sby-r2", "smokeping", "192.0.2.66"),
    }


def test_a_router_sends_from_its_own_end_of_the_link() -> None:
    (one,) = [one for one in probes("lab") if one.source == "jkt-r1"]
    assert one == Probe("jkt-r1", "192.0.2.65", "path", "rpm", NORTH, "sby-r1", "192.0.2.64", "ge-0/0/0.0")


def test_sites_measure_each_other_in_both_families() -> None:
    sites = {(one.source, one.target, one.peer) for one in probes("lab") if one.kind == "site"}
    assert sites == {
        ("jkt-probe", "192.0.2.12", "sby"),
        ("jkt-probe", "2001:db8::12", "sby"),
        ("sby-probe", "192.0.2.11", "jkt"),
        ("sby-probe", "2001:db8::11", "jkt"),
    }


def test_paths_without_a_link_are_measured_as_the_intent_says() -> None:
    found = probes("example")
    assert ways(found, "transit/a") == {("fra-pe1", "rpm", "203.0.113.0")}
    assert {one.peer for one in found if one.path == "transit/a"} == {"203.0.113.0"}
    targets = {(one.source, one.target, one.peer) for one in found if one.kind == "target"}
    assert ("ams-probe", "203.0.113.0", "transit-a") in targets


def test_an_address_of_the_inventory_is_named_by_its_host() -> None:
    told = {NORTH: {"targets": [{"from": "jkt-probe", "to": "192.0.2.3"}]}}
    found = probes("lab", everywhere(intents("lab"), "probes", paths=told))
    assert [one.peer for one in found if one.target == "192.0.2.3"] == ["sby-r1"]


def test_one_host_measures_one_address_once_and_the_path_has_the_name() -> None:
    told = {"far": {"address": "192.0.2.11"}, "site": {"address": "2001:DB8:0::12"}}
    found = probes("lab", everywhere(intents("lab"), "probes", targets=told))
    pairs = [(one.source, one.target) for one in found]
    assert len(pairs) == len(set(pairs))
    assert [one.kind for one in found if one.source == "sby-probe" and one.target == "192.0.2.11"] == ["site"]
    assert [one.kind for one in found if one.source == "jkt-probe" and one.target == "2001:db8::12"] == ["site"]


def test_links_that_cannot_be_up_are_not_measured() -> None:
    fleet = intents("lab")
    fleet["jkt-r1"]["interfaces"]["ge-0/0/0"]["disabled"] = True
    assert ways(probes("lab", fleet), NORTH) == set()
    assert ways(probes("lab", fleet), SOUTH)


def test_a_link_without_ipv4_is_measured_over_ipv6() -> None:
    fleet = intents("lab")
    for host in ("jkt-r1", "sby-r1"):
        del fleet[host]["interfaces"]["ge-0/0/0"]["units"]["0"]["ipv4"]
    assert {(source, target) for source, _prober, target in ways(probes("lab", fleet), NORTH)} == {
        ("jkt-r1", "2001:db8:0:64::1"),
        ("sby-r1", "2001:db8:0:64::"),
    }


def test_settings_have_the_schemas_defaults() -> None:
    fleet = everywhere(intents("lab"), "probes", interval=0.02, rpm={"count": 3, "tests": 2})
    teller = teller_of(fleet_of("lab", fleet))
    assert teller is not None
    assert probe_settings(teller) == ProbeSettings(interval_s=0.02, rpm_interval_s=1, rpm_count=3, rpm_tests=2)
    del fleet["jkt-r1"]["probes"]
    teller = teller_of(fleet_of("lab", fleet))
    assert teller is not None
    assert teller.name == "jkt-r1", "it still tells of steering"
    assert probe_settings(teller) == ProbeSettings()


def test_a_fleet_that_measures_nothing_has_no_teller() -> None:
    fleet = intents("lab")
    for intent in fleet.values():
        del intent["steering"], intent["probes"]
    assert teller_of(fleet_of("lab", fleet)) is None


def test_the_filter_gives_roles_the_same_plan_with_backbone_and_path_apart() -> None:
    read = inventory("lab")
    variables: dict[str, dict[str, Any]] = {**read.others, **read.intents, "ctl": {}}
    groups = {"all": list(variables), "routers": list(read.intents)}
    found = plan(variables, groups)
    assert len(found) == len(probes("lab"))
    (rpm,) = [one for one in found if one["source"] == "jkt-r1"]
    assert rpm == {
        **dataclasses.asdict(Probe("jkt-r1", "192.0.2.65", "path", "rpm", NORTH, "sby-r1", "192.0.2.64", "ge-0/0/0.0")),
        "backbone": "jkt-sby",
        "path": "north",
        "interval": 0.1,
    }
