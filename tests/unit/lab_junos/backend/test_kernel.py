"""Links and addresses: the `ip` commands for what the kernel has and what the configuration wants."""

from __future__ import annotations

from typing import Any

from lab.junos.backend.frr.kernel import Present, bad_names, commands, present, wanted
from lab.junos.backend.frr.links import interfaces, neighbors

from .loading import data

PORT = "set interfaces ge-0/0/0"


def there(*addresses: str, up: bool = True, mtu: int = 1500) -> dict[str, Present]:
    return {"ge-0_0_0.0": Present(up, mtu, frozenset(addresses))}


def steps(have: dict[str, Present], *sets: str) -> list[str]:
    return commands(wanted(data("", *sets)), have)


def test_an_address_is_added_and_the_link_brought_up() -> None:
    found = steps(there(up=False), f"{PORT} unit 0 family inet address 192.0.2.64/31")
    assert found == ["link set dev ge-0_0_0.0 up", "addr add 192.0.2.64/31 dev ge-0_0_0.0"]


def test_what_is_right_is_left_alone() -> None:
    assert steps(there("192.0.2.64/31"), f"{PORT} unit 0 family inet address 192.0.2.64/31") == []


def test_a_changed_address_is_taken_before_the_new_one_is_given() -> None:
    found = steps(there("192.0.2.64/31"), f"{PORT} unit 0 family inet address 192.0.2.66/31")
    assert found == ["addr del 192.0.2.64/31 dev ge-0_0_0.0", "addr add 192.0.2.66/31 dev ge-0_0_0.0"]


def test_the_port_mtu_counts_the_ethernet_header_and_tags() -> None:
    assert steps(there(), f"{PORT} mtu 9014", f"{PORT} unit 0") == ["link set dev ge-0_0_0.0 mtu 9000"]
    tagged = {"ge-0_0_0.7": Present(True, 1500, frozenset())}
    unit = f"{PORT} unit 7 vlan-id 7"
    assert steps(tagged, f"{PORT} mtu 9018", f"{PORT} vlan-tagging", unit) == ["link set dev ge-0_0_0.7 mtu 9000"]
    assert steps(there(), f"{PORT} unit 0 family inet mtu 1400") == ["link set dev ge-0_0_0.0 mtu 1400"]


def test_disable_takes_a_port_or_a_unit_down() -> None:
    unit = f"{PORT} unit 0 family inet address 192.0.2.64/31"
    for statement in (f"{PORT} disable", f"{PORT} unit 0 disable"):
        assert steps(there("192.0.2.64/31"), unit, statement) == ["link set dev ge-0_0_0.0 down"]


def test_a_device_that_is_no_longer_configured_loses_everything() -> None:
    assert steps(there("192.0.2.64/31")) == ["addr del 192.0.2.64/31 dev ge-0_0_0.0", "link set dev ge-0_0_0.0 down"]


def test_the_loopback_never_goes_down_but_loses_its_addresses() -> None:
    have = {"lo": Present(True, 65536, frozenset({"192.0.2.1/32"}))}
    address = "set interfaces lo0 unit 0 family inet address 192.0.2.1/32"
    assert steps(have, address, "set interfaces lo0 disable") == ["addr del 192.0.2.1/32 dev lo"]


def test_devices_of_the_lab_are_not_touched() -> None:
    links = [
        {"ifname": "eth7", "flags": ["UP"], "mtu": 1500, "addr_info": [{"local": "198.51.100.1", "prefixlen": 24}]},
        {"ifname": "lo", "flags": ["UP"], "mtu": 65536, "addr_info": [{"local": "127.0.0.1", "prefixlen": 8}]},
    ]
    assert present(links) == {"lo": Present(True, 65536, frozenset())}


def test_a_name_no_device_can_have_is_said() -> None:
    names = bad_names(data("", "set interfaces ge-10/10/10 unit 16384 family inet"))
    assert [unit for unit, _ in names] == ["ge-10/10/10.16384"]
    assert "16 characters" in names[0][1] or "characters" in names[0][1]


LINK: dict[str, Any] = {
    "ifindex": 7,
    "ifname": "ge-0_0_0.0",
    "flags": ["UP", "LOWER_UP"],
    "mtu": 9000,
    "address": "02:00:00:00:00:07",
    "addr_info": [
        {"family": "inet", "local": "192.0.2.64", "prefixlen": 31, "scope": "global"},
        {"family": "inet6", "local": "fe80::7", "prefixlen": 64, "scope": "link"},
    ],
    "stats64": {"rx": {"bytes": 10, "packets": 2, "errors": 1, "dropped": 0}, "tx": {"bytes": 30, "packets": 4}},
}


def test_interfaces_as_the_kernel_has_them() -> None:
    config = data(
        "", f"{PORT} mtu 9014", f"{PORT} description north", f"{PORT} unit 0 family inet address 192.0.2.64/31"
    )
    (port,) = interfaces(config, [LINK], lambda device: True)
    (unit,) = port.units
    assert (port.name, port.oper_up, port.mtu, port.description) == ("ge-0/0/0", True, 9014, "north")
    assert (unit.name, unit.oper_up, unit.mtu) == ("ge-0/0/0.0", True, 9000)
    assert [a.local for a in unit.addresses] == ["192.0.2.64/31"], "family inet6 is not configured"
    assert (port.counters.input_bytes, port.counters.output_packets, port.counters.input_errors) == (10, 4, 1)


def test_a_link_without_carrier_is_up_and_down() -> None:
    config = data("", f"{PORT} unit 0 family inet")
    (port,) = interfaces(config, [{**LINK, "flags": ["UP"]}], lambda device: True)
    assert (port.admin_up, port.oper_up, port.units[0].oper_up) == (True, False, False)


def test_a_configured_port_without_hardware_is_not_shown() -> None:
    config = data("", "set interfaces ge-0/0/9 unit 0 family inet")
    assert [port.name for port in interfaces(config, [], lambda device: True)] == []


def test_neighbours_by_family_and_without_unresolved_ones() -> None:
    config = data("", f"{PORT} unit 0 family inet")
    found: list[dict[str, Any]] = [
        {"dst": "192.0.2.65", "dev": "ge-0_0_0.0", "lladdr": "02:00:00:00:00:08", "state": ["REACHABLE"]},
        {"dst": "192.0.2.99", "dev": "ge-0_0_0.0", "state": ["FAILED"]},
        {"dst": "fe80::8", "dev": "ge-0_0_0.0", "lladdr": "02:00:00:00:00:08", "state": ["STALE"], "router": None},
    ]
    assert [(n.address, n.interface) for n in neighbors(config, "inet", found)] == [("192.0.2.65", "ge-0/0/0.0")]
    assert [(n.address, n.state, n.router) for n in neighbors(config, "inet6", found)] == [("fe80::8", "stale", True)]
