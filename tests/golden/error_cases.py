"""Mistakes people make in an intent, one each. tests/golden/errors/NAME.txt has the report that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.golden.inventories import Intents, intents

_ABSENT = object()
Mistake = Callable[[Intents], None]


def put(host: str, *path: str | int, to: Any = _ABSENT) -> Mistake:
    """Set the value at a path of one host's intent, or take it away."""

    def change(fleet: Intents) -> None:
        node: Any = fleet[host]
        for part in path[:-1]:
            node = node[part]
        if to is _ABSENT:
            del node[path[-1]]
        else:
            node[path[-1]] = to

    return change


def everywhere(*path: str | int, to: Any) -> Mistake:
    """The same on every router, as a change of group_vars does."""

    def change(fleet: Intents) -> None:
        for host in fleet:
            put(host, *path, to=to)(fleet)

    return change


def both(*mistakes: Mistake) -> Mistake:
    """Several mistakes at once."""

    def change(fleet: Intents) -> None:
        for mistake in mistakes:
            mistake(fleet)

    return change


OSPF = ("ospf", "areas", "0.0.0.0", "interfaces")
NORTH = ("interfaces", "ge-0/0/0")
TERMS = ("policies", "route_policies", "to-carrier", "terms")
PATH = ("steering", "paths", "jkt-sby/north")
MEASURED = {"from": "jkt-probe", "to": "198.51.100.1"}

CASES: dict[str, tuple[str, Mistake]] = {
    # the shape of one intent
    "unknown_key": ("lab", put("jkt-r1", *NORTH, "desciption", to="typo")),
    "unknown_key_far_off": ("lab", put("jkt-r1", "bgp", "colour", to="red")),
    "missing_key": ("lab", put("jkt-r1", "router", "router_id")),
    "missing_section": ("lab", put("jkt-r1", "interfaces")),
    "platform": ("lab", put("jkt-r1", "ansible_network_os", to="ios")),
    "number_in_quotes": ("lab", put("jkt-r1", *NORTH, "mtu", to="9000")),
    "number_too_small": ("lab", put("jkt-r1", *NORTH, "mtu", to=576)),
    "number_too_large": ("lab", put("jkt-r1", *OSPF, "ge-0/0/0.0", "cost", to=70000)),
    "choice": ("lab", put("jkt-r1", *OSPF, "ge-0/0/0.0", "network", to="point-to-point")),
    "text_for_list": ("lab", put("jkt-r1", *NORTH, "units", "0", "ipv4", to="192.0.2.64/31")),
    "line_break_in_description": ("lab", put("jkt-r1", *NORTH, "description", to="north;\n}\nsystem {")),
    "bad_policy_name": ("lab", put("jkt-r1", "policies", "prefix_lists", "own list", to=["192.0.2.0/24"])),
    "discard_and_next_hop": (
        "lab",
        put("jkt-r1", "static_routes", "192.0.2.0/24", to={"discard": True, "next_hop": "192.0.2.65"}),
    ),
    "empty_prefix_list": ("lab", everywhere("policies", "prefix_lists", "own", to=[])),
    "secret_of_wrong_form": (
        "lab",
        put("jkt-r1", *OSPF, "ge-0/0/0.0", "authentication", to={"key_id": 1, "key": "hunter2 hunter2 hunter2"}),
    ),
    # addresses
    "host_bits": ("lab", everywhere("policies", "prefix_lists", "own", to=["192.0.2.1/24"])),
    "no_such_address": ("lab", put("jkt-r1", *NORTH, "units", "0", "ipv4", to=["192.0.2.300/31"])),
    "wrong_family": ("lab", put("jkt-r1", "router", "ntp", "servers", to=["192.0.2"])),
    "loopback_missing": ("lab", put("jkt-r1", "interfaces", "lo0", "units", "0", "ipv6")),
    "address_twice": (
        "lab",
        put("sby-r1", "interfaces", "lo0", "units", "0", "ipv4", to=["192.0.2.3/32", "192.0.2.2/32"]),
    ),
    "management_twice": ("lab", put("sby-r1", "router", "management", "ipv4", to="192.0.2.131/25")),
    "router_id_twice": ("lab", put("sby-r1", "router", "router_id", to="192.0.2.1")),
    # interfaces and links
    "junos_device_name": ("lab", put("jkt-r1", "interfaces", "eth7", to={"description": "a Linux name"})),
    "frr_device_name": ("lab", put("jkt-r2", "interfaces", "ge-0/0/7", to={"description": "a Junos name"})),
    "management_listed": (
        "lab",
        put("jkt-r1", "interfaces", "fxp0", to={"units": {"0": {"ipv4": ["198.51.100.9/31"]}}}),
    ),
    "peer_host": ("lab", put("jkt-r1", *NORTH, "units", "0", "peer", "host", to="sby-r11")),
    "peer_interface": ("lab", put("jkt-r1", *NORTH, "units", "0", "peer", "interface", to="ge-0/0/9.0")),
    "peer_elsewhere": ("lab", put("jkt-r1", *NORTH, "units", "0", "peer", "interface", to="ge-0/0/1.0")),
    "peer_self": ("lab", put("jkt-r1", *NORTH, "units", "0", "peer", "host", to="jkt-r1")),
    "mtu": ("lab", put("sby-r1", *NORTH, "mtu", to=1500)),
    "subnet": ("lab", put("sby-r1", *NORTH, "units", "0", "ipv4", to=["192.0.2.95/31"])),
    "prefix_length": ("lab", put("sby-r1", *NORTH, "units", "0", "ipv4", to=["192.0.2.65/30"])),
    "one_family": ("lab", put("sby-r1", *NORTH, "units", "0", "ipv6")),
    "disabled_end": ("lab", put("sby-r1", *NORTH, "disabled", to=True)),
    "vlan_missing": ("lab", put("jkt-r1", "interfaces", "ge-0/0/1", "units", "100", "vlan")),
    "vlan_untagged": ("lab", put("jkt-r1", "interfaces", "ge-0/0/1", "vlan_tagging")),
    "vlan_twice": ("lab", put("jkt-r1", "interfaces", "ge-0/0/1", "units", "101", to={"vlan": 100})),
    "frr_vlan_number": ("lab", put("jkt-r2", "interfaces", "eth2", "units", "100", "vlan", to=200)),
    "lag_unknown": ("example", put("fra-pe1", "interfaces", "et-0/0/0", "lag", to="ae7")),
    "lag_member_units": ("example", put("fra-pe1", "interfaces", "et-0/0/0", "units", to={"0": {}})),
    "lag_empty": ("example", put("fra-pe1", "interfaces", "ae5", to={"description": "nobody's"})),
    "lag_minimum": ("example", put("fra-pe1", "interfaces", "ae0", "minimum_links", to=3)),
    "lacp_on_port": ("example", put("fra-pe1", "interfaces", "xe-0/1/0", "lacp", to={"mode": "active"})),
    # OSPF
    "ospf_interface": ("lab", put("jkt-r1", *OSPF, "ge-0/0/5.0", to={"cost": 10})),
    "ospf_timers": ("lab", put("jkt-r1", *OSPF, "ge-0/0/2.0", "hello_interval", to=5)),
    "ospf_hello": ("lab", put("jkt-r1", *OSPF, "ge-0/0/0.0", "hello_interval", to=2)),
    "ospf_network": ("lab", put("jkt-r1", *OSPF, "ge-0/0/0.0", "network", to="broadcast")),
    "ospf_area": (
        "lab",
        both(
            put("jkt-r1", "ospf", "areas", "0.0.0.1", to={"interfaces": {"ge-0/0/0.0": {"cost": 100}}}),
            put("jkt-r1", *OSPF, "ge-0/0/0.0"),
        ),
    ),
    "ospf_two_areas": (
        "lab",
        put("jkt-r1", "ospf", "areas", "0.0.0.1", to={"interfaces": {"lo0.0": {"passive": True}}}),
    ),
    "ospf_one_end": ("lab", put("sby-r1", *OSPF, "ge-0/0/0.0")),
    "ospf_passive": ("lab", put("sby-r1", *OSPF, "ge-0/0/1.0", "passive", to=True)),
    "ospf_authentication": ("lab", put("sby-r1", *OSPF, "ge-0/0/0.0", "authentication")),
    "ospf_key": ("lab", put("sby-r1", *OSPF, "ge-0/0/0.0", "authentication", "key", to="another")),
    "ospf_key_id": ("lab", put("sby-r1", *OSPF, "ge-0/0/0.0", "authentication", "key_id", to=2)),
    "ospf_cost": ("lab", put("sby-r1", *OSPF, "ge-0/0/0.0", "cost", to=101)),
    "ospf_bfd": ("lab", put("sby-r1", *OSPF, "ge-0/0/0.0", "bfd", to={"minimum_interval": 300})),
    # BGP
    "bgp_one_side": ("lab", put("sby-r1", "bgp", "groups", "ibgp", "neighbors", "192.0.2.1")),
    "bgp_nobody": (
        "lab",
        put("jkt-r1", "bgp", "groups", "ibgp", "neighbors", "192.0.2.33", to={"description": "sby-r2"}),
    ),
    "bgp_self": ("lab", put("jkt-r1", "bgp", "groups", "ibgp", "neighbors", "192.0.2.1", to={})),
    "bgp_local_address": ("lab", put("jkt-r1", "bgp", "groups", "ibgp", "local_address", to="192.0.2.250")),
    "bgp_families": ("lab", put("jkt-r1", "bgp", "groups", "carrier-a", "neighbors", "2001:db8:a000::9", to={})),
    "bgp_peer_as": ("lab", put("jkt-r1", "bgp", "groups", "carrier-a", "peer_as", to=64511)),
    "bgp_own_as": ("lab", put("jkt-r1", "bgp", "groups", "carrier-a", "peer_as", to=64496)),
    "bgp_no_as": ("lab", put("jkt-r1", "bgp", "groups", "carrier-a", "peer_as")),
    "bgp_no_import": ("lab", put("jkt-r1", "bgp", "groups", "carrier-a", "import")),
    "bgp_far_neighbor": (
        "lab",
        put("jkt-r1", "bgp", "groups", "carrier-a", "neighbors", "203.0.113.200", to={"description": "far"}),
    ),
    "bgp_internal_peer_as": ("lab", put("jkt-r1", "bgp", "groups", "ibgp", "peer_as", to=64496)),
    "bgp_external_cluster": ("lab", put("jkt-r1", "bgp", "groups", "carrier-a", "cluster", to="192.0.2.1")),
    "bgp_key": (
        "lab",
        put("jkt-r1", "bgp", "groups", "ibgp", "neighbors", "192.0.2.2", "authentication_key", to="hunter2"),
    ),
    "bgp_hold_time": ("lab", put("jkt-r1", "bgp", "groups", "ibgp", "neighbors", "192.0.2.2", "hold_time", to=30)),
    "bgp_twice": (
        "lab",
        put(
            "jkt-r1",
            "bgp",
            "groups",
            "ibgp-2",
            to={"type": "internal", "neighbors": {"192.0.2.2": {}}, "local_address": "192.0.2.1"},
        ),
    ),
    "bgp_asn": ("lab", put("sby-r1", "router", "asn", to=64497)),
    # policies and static routes
    "policy_unknown": ("lab", put("jkt-r1", "bgp", "groups", "carrier-a", "export", to=["to-carier"])),
    "prefix_list_unknown": ("lab", everywhere(*TERMS, 1, "from", "prefix_list", to="owned")),
    "community_unknown": ("lab", everywhere(*TERMS, 0, "then", "community_add", to=["graceful"])),
    "community_number": ("lab", everywhere("policies", "communities", "from-carrier-a", to=["64496:70000"])),
    "as_path_syntax": ("lab", everywhere("policies", "as_paths", "private", to=".* [64512- .*")),
    "term_twice": ("lab", everywhere(*TERMS, 2, "name", to="own")),
    "term_lists": ("lab", everywhere(*TERMS, 1, "from", "prefix_list_orlonger", to="own")),
    "reject_with_changes": ("lab", everywhere(*TERMS, 2, "then", to={"action": "reject", "metric": 1})),
    "chain_without_end": ("lab", everywhere(*TERMS, 2, "from", to={"prefix_list": "own"})),
    "export_everything": ("lab", everywhere(*TERMS, 2, "then", to={"action": "accept"})),
    "reserved_name": ("lab", everywhere("policies", "prefix_lists", "fairway-mine", to=["192.0.2.0/24"])),
    "route_type_on_frr": ("lab", everywhere(*TERMS, 1, "from", to={"protocol": "bgp", "route_type": "internal"})),
    "route_type_static": ("lab", everywhere(*TERMS, 1, "from", "route_type", to="external")),
    "protocol_on_import": (
        "lab",
        everywhere("policies", "route_policies", "from-carrier-a", "terms", 0, "from", "protocol", to="static"),
    ),
    "next_hop_nowhere": ("lab", put("jkt-r1", "static_routes", "198.51.100.192/26", to={"next_hop": "203.0.113.99"})),
    "static_twice": (
        "lab",
        put("jkt-r1", "static_routes", "2001:DB8:0::/36", to={"discard": True}),
    ),
    # steering and probes
    "steering_alternate": ("lab", everywhere(*PATH, "alternates", to=["jkt-sby/sout"])),
    "steering_router": ("lab", everywhere(*PATH, "members", 0, "router", to="jkt-r9")),
    "steering_interface": ("lab", everywhere(*PATH, "members", 0, "interface", to="ge-0/0/3.0")),
    "steering_value": ("lab", everywhere(*PATH, "value", to=100)),
    "steering_no_value": ("lab", everywhere(*PATH, "value", to="192.0.2.1")),
    "steering_member_key": ("lab", everywhere(*PATH, "members", 0, to={"router": "jkt-r1", "prefix": "192.0.2.0/24"})),
    "steering_one_end": ("lab", everywhere(*PATH, "members", to=[{"router": "jkt-r1", "interface": "ge-0/0/0.0"}])),
    "steering_term": ("example", everywhere("steering", "paths", "transit/a", "members", 0, "term", to="steer")),
    "steering_active_term": (
        "example",
        everywhere("policies", "route_policies", "to-transit-a", "terms", 0, "active", to=True),
    ),
    "steering_policy": (
        "example",
        everywhere("steering", "paths", "transit/a", "members", 0, "policy", to="to-transit"),
    ),
    "steering_next_hop": (
        "lab",
        both(
            put("jkt-r1", "static_routes", "198.51.100.192/26", to={"next_hop": "192.0.2.65"}),
            everywhere(
                "steering",
                "paths",
                "transit/a",
                to={
                    "action": "static_route",
                    "value": "192.0.2.65",
                    "members": [{"router": "jkt-r1", "prefix": "198.51.100.192/26"}],
                    "alternates": ["jkt-sby/north"],
                },
            ),
        ),
    ),
    "steering_place_twice": (
        "example",
        everywhere(
            "steering",
            "paths",
            "transit/b",
            "members",
            0,
            to={"router": "fra-pe1", "policy": "to-transit-a", "term": "steered"},
        ),
    ),
    "steering_damping_reuse": ("lab", everywhere("steering", "limits", "damping", to={"reuse": 3000})),
    "steering_damping_time": ("lab", everywhere("steering", "limits", "damping", to={"max_suppress": 900})),
    "probe_host": ("lab", everywhere("probes", "sites", "jkt", "host", to="jkt-prob")),
    "probe_address": ("lab", everywhere("probes", "sites", "jkt", "ipv4", to="192.0.2.99")),
    "probe_site": ("lab", everywhere("probes", "sites", "jkkt", to={"host": "jkt-probe"})),
    "probe_path": ("lab", everywhere("probes", "paths", to={"jkt-sby/nort": {"targets": [MEASURED]}})),
    "probe_path_from": (
        "lab",
        everywhere("probes", "paths", to={"jkt-sby/north": {"targets": [MEASURED | {"from": "carrier-a"}]}}),
    ),
    "probe_path_to": (
        "lab",
        everywhere("probes", "paths", to={"jkt-sby/north": {"targets": [MEASURED | {"to": "198.51.100"}]}}),
    ),
    "probe_two_names": (
        "lab",
        everywhere("probes", "paths", to={"jkt-sby/north": {"targets": [{"from": "jkt-r2", "to": "192.0.2.67"}]}}),
    ),
    # all at once
    "several": (
        "lab",
        both(
            put("jkt-r1", *NORTH, "desciption", to="typo"),
            put("sby-r2", "router", "ntp", "servers", to=[]),
            put("sby-r1", "interfaces", "ge-0/0/1", "mtu", to=1500),
            put("jkt-r2", *OSPF, "eth9", to={"cost": 10}),
        ),
    ),
}


def spoiled(name: str) -> tuple[str, Intents]:
    """The inventory of a case and its intents with the mistake in."""
    inventory, mistake = CASES[name]
    fleet = intents(inventory)
    mistake(fleet)
    return inventory, fleet
