"""The network and the paths, read from the inventories that this repository has."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, build_fleet
from ansible_collections.fairway.backbone.plugins.module_utils.steering import decide
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    Alert,
    DampingLimits,
    Decision,
    Limits,
    LivePlace,
    LiveRouter,
    NetworkLimits,
    PathHealth,
    Place,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import (
    Link,
    cost_of,
    paths_of,
    topology_of,
)
from tests.golden.inventories import intents

NORTH = "jkt-sby/north"


def fleet(name: str) -> Fleet:
    return build_fleet(intents(name))


def lab(**changes: Any) -> Fleet:
    """The lab's fleet with changed keys: `jkt_r1={"ospf": ...}`."""
    found = deepcopy(intents("lab"))
    for router, values in changes.items():
        found[router.replace("_", "-")].update(values)
    return build_fleet(found)


def when_sick(fleet: Fleet, name: str) -> Decision:
    """What is decided when one path is sick and everything else is well."""
    paths, network = paths_of(fleet)
    places = [LivePlace(place, False) for path in paths.values() for place in path.places]
    live = {
        router: LiveRouter(router, token="1", places=tuple(p for p in places if p.place.router == router))
        for router in fleet.routers
    }
    decisions = decide(
        paths=paths,
        network=network,
        topology=topology_of(fleet),
        alerts=[Alert(name, "PathLoss", "critical")],
        health={path: PathHealth(path, True, path == name, rate_mbit=100.0) for path in paths},
        live=live,
        now=0.0,
    )
    return next(decision for decision in decisions if decision.path == name)


def test_the_lab_has_two_backbones_and_a_link_in_each_site() -> None:
    topology = topology_of(fleet("lab"))
    assert dict(topology.sites) == {"jkt-r1": "jkt", "jkt-r2": "jkt", "sby-r1": "sby", "sby-r2": "sby"}
    assert topology.links == (
        Link(("jkt-r1", "ge-0/0/0.0"), ("sby-r1", "ge-0/0/0.0"), 100, 100),
        Link(("jkt-r1", "ge-0/0/1.100"), ("jkt-r2", "eth2.100"), 10, 10),
        Link(("jkt-r2", "eth1"), ("sby-r2", "eth1"), 150, 150),
        Link(("sby-r1", "ge-0/0/1.0"), ("sby-r2", "eth2"), 10, 10),
    )
    edge = topology.edge_at["sby-r2", "eth1"]
    assert (topology.router_of(edge), topology.router_of(edge ^ 1)) == ("sby-r2", "jkt-r2")


@pytest.mark.parametrize("name", ["lab", "example"])
def test_every_path_of_our_inventories_can_be_steered(name: str) -> None:
    """Its value is high enough, its alternates carry it: an inventory that fails here fails at night."""
    paths, _network = paths_of(fleet(name))
    assert paths
    for path in paths.values():
        decision = when_sick(fleet(name), path.name)
        assert decision.verdict == "steer", decision.reason
        assert decision.places == path.places


def test_what_the_intent_does_not_say_has_the_schema_s_default() -> None:
    data: dict[str, Any] = {"action": "static_route", "value": "192.0.2.9", "alternates": ["a/b"]}
    data["members"] = [{"router": "jkt-r1", "prefix": "2001:DB8:0::/32"}]
    paths, network = paths_of(lab(jkt_r1={"steering": {"paths": {"a/c": data}}}))
    assert network == NetworkLimits(20, 1, DampingLimits(900.0, 3000.0, 750.0, 3600.0))
    assert paths["a/c"].limits == Limits(300.0, 60.0, 6, None)
    assert paths["a/c"].places == (Place("jkt-r1", ("static", "2001:db8::/32")),)


def test_limits_of_the_intent_are_taken() -> None:
    paths, network = paths_of(fleet("example"))
    assert network.changes_per_hour == 12
    assert paths["fra-ams/north"].limits == Limits(600.0, 120.0, 4, 200000.0)
    damping = {"half_life": 60, "suppress": 5000, "reuse": 500, "max_suppress": 120}
    section = {"paths": {}, "limits": {"damping": damping}}
    assert paths_of(lab(jkt_r1={"steering": section}))[1].damping == DampingLimits(60.0, 5000.0, 500.0, 120.0)


def test_no_steering_is_no_paths() -> None:
    found = {name: {key: value for key, value in i.items() if key != "steering"} for name, i in intents("lab").items()}
    assert paths_of(build_fleet(found)) == ({}, NetworkLimits())


def change(found: dict[str, Any], interface: str, **values: Any) -> dict[str, Any]:
    """OSPF settings of jkt-r1 with one interface's changed."""
    ospf: dict[str, Any] = deepcopy(found["jkt-r1"]["ospf"])
    ospf["areas"]["0.0.0.0"]["interfaces"][interface].update(values)
    return ospf


def test_a_passive_interface_and_a_link_that_is_shut_are_no_links() -> None:
    passive = lab(jkt_r1={"ospf": change(intents("lab"), "ge-0/0/0.0", passive=True)})
    assert len(topology_of(passive).links) == 3
    interfaces = deepcopy(intents("lab")["jkt-r1"]["interfaces"])
    interfaces["ge-0/0/0"]["disabled"] = True
    shut = lab(jkt_r1={"interfaces": interfaces})
    assert len(topology_of(shut).links) == 3
    assert when_sick(shut, NORTH).reason == "the intent does not say which router jkt-r1 ge-0/0/0.0 leads to"


def test_an_overloaded_router_carries_nothing_through() -> None:
    ospf = {**intents("lab")["jkt-r2"]["ospf"], "overload": True}
    decision = when_sick(lab(jkt_r2={"ospf": ospf}), NORTH)
    assert decision.guard == "last_path"
    assert decision.reason.startswith("traffic would stay: from jkt-r1 to sby-r1 the other way costs 65555")


def test_an_interface_without_a_cost_counts_as_a_gigabit() -> None:
    found = fleet("lab")
    router = found.routers["jkt-r1"]
    interface = router.ospf["ge-0/0/0.0"]
    interface.data = {key: value for key, value in interface.data.items() if key != "cost"}
    assert cost_of(router, interface) == 100
