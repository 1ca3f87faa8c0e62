"""What `lab wait` waits for beyond sessions: exactly the routes that adjacencies promise, and no others."""

from __future__ import annotations

from typing import Any

from lab import routes
from lab.topology import Host, Interface, Link, Topology

A, B, C, P = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"
AREA = "0.0.0.0"


def host(name: str, loopback: str, *peers: str, role: str = "router") -> Host:
    interfaces = tuple(Interface(f"to-{peer}", f"to-{peer}", peer=(peer, f"to-{name}")) for peer in peers)
    return Host(name, role, "frr", "eth0", None, loopback, None, interfaces, {})


def chain() -> Topology:
    """a - b - c, with a probe p on b and on c."""
    hosts = (
        host("a", A, "b"),
        host("b", B, "a", "c", "p"),
        host("c", C, "b", "p"),
        host("p", P, "b", "c", role="probe"),
    )
    pairs = (("a", "b"), ("b", "c"), ("b", "p"), ("c", "p"))
    links = tuple(Link(number, (x, f"to-{y}"), (y, f"to-{x}"), "") for number, (x, y) in enumerate(pairs))
    return Topology(hosts, links)


def speaks(*peers: str, area: str = AREA, loopback: bool = True) -> dict[str, Any]:
    """A host with full neighbours on its links to these peers."""
    devices = [*(f"to-{peer}" for peer in peers), *(["lo"] * loopback)]
    interfaces = {name: {"ospfEnabled": True, "area": area, "nbrAdjacentCount": int(name != "lo")} for name in devices}
    return {routes.OSPF_INTERFACES: {"interfaces": interfaces}}


EVERYBODY = {"a": speaks("b"), "b": speaks("a", "c", "p"), "c": speaks("b", "p"), "p": speaks("b", "c")}


def missing(
    answers: dict[str, dict[str, Any]], kernel: dict[str, set[str]], wanted: tuple[str, ...] = ("a", "b", "c", "p")
) -> list[str]:
    topology = chain()
    tables = {name: dict.fromkeys(kernel.get(name, ()), "ospf") for name in wanted}
    return routes.missing_ospf(topology, answers, tables, [topology.host(name) for name in wanted])


FULL = {"a": {B, C, P}, "b": {A, C, P}, "c": {A, B, P}, "p": {A, B, C}}


def test_nothing_is_missing_when_every_loopback_is_routed() -> None:
    assert missing(EVERYBODY, FULL) == []


def test_a_loopback_beyond_the_neighbour_is_owed_and_named() -> None:
    assert missing(EVERYBODY, {**FULL, "a": {B, P}}) == ["a: no route to 192.0.2.3 (c)"]


def test_the_way_may_lead_through_hosts_that_are_not_waited_for() -> None:
    assert missing(EVERYBODY, {"a": set(), "c": {A}}, ("a", "c")) == ["a: no route to 192.0.2.3 (c)"]


def test_an_adjacency_that_only_one_end_sees_promises_nothing() -> None:
    answers = {**EVERYBODY, "b": speaks("c", "p")}
    assert missing(answers, {**FULL, "a": set(), "b": {C, P}, "c": {B, P}, "p": {B, C}}) == []


def test_nothing_transits_a_probe() -> None:
    answers = {"a": speaks("b"), "b": speaks("a", "p"), "c": speaks("p"), "p": speaks("b", "c")}
    assert missing(answers, {"a": {B, P}, "b": {A, P}, "c": {P}, "p": {A, B, C}}) == []


def test_half_a_network_owes_half_the_routes() -> None:
    assert missing({"a": speaks("b"), "b": speaks("a")}, {"a": {B}, "b": {A}}) == []
    assert missing({}, {}) == []


def test_a_loopback_that_is_not_in_ospf_or_in_another_area_is_not_owed() -> None:
    assert (
        missing({**EVERYBODY, "a": speaks("b", loopback=False)}, {**FULL, "b": {C, P}, "c": {B, P}, "p": {B, C}}) == []
    )
    apart = {**EVERYBODY, "a": speaks("b", area="0.0.0.1")}
    assert missing(apart, {**FULL, "a": set(), "b": {C, P}, "c": {B, P}, "p": {B, C}}) == []


def test_a_hidden_router_is_no_goal_and_no_way() -> None:
    topology = chain()
    found: dict[str, dict[str, Any]] = {}
    for name, peers in {"a": "b", "b": "acp", "c": "bp", "p": "bc"}.items():
        found[name] = {
            routes.OSPF6_INTERFACES: {
                device: {"attachedToArea": True, "areaId": AREA} for device in ("lo", *(f"to-{one}" for one in peers))
            },
            routes.OSPF6_NEIGHBOURS: {"neighbors": [{"interfaceName": f"to-{one}", "state": "Full"} for one in peers]},
            routes.OSPF6: {"routerIsStubRouter": name == "b"},
        }
    speakers = {name: routes.ospf_speaker(answers, 6) for name, answers in found.items()}
    graph = routes.adjacencies(topology, speakers, AREA)
    assert routes.reached(topology, speakers, graph, "a") == set()
    assert routes.reached(topology, speakers, graph, "c") == {"p"}


def test_bgp_is_expected_to_bring_something_from_every_peer() -> None:
    summary = {"ipv4Unicast": {"peers": {"192.0.2.9": {"state": "Established", "pfxRcd": 0}}}}
    assert routes.missing_bgp(chain(), {"a": {routes.BGP: summary}}, {"a": {}}) == [
        "a: nothing received from BGP 192.0.2.9"
    ]
    summary["ipv4Unicast"]["peers"]["192.0.2.9"]["pfxRcd"] = 3
    assert routes.missing_bgp(chain(), {"a": {routes.BGP: summary}}, {"a": {}}) == []
