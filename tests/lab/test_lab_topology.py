"""From an inventory to a network: names, links, and what is said about an inventory that makes none."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab import export
from lab.build import build_topology
from lab.errors import LabError
from lab.inventory import InventoryHost
from lab.lifecycle import load_topology
from lab.names import MAX_DEVICE_NAME, InterfaceNameError, linux_name
from lab.net.impairments import parse_delay, parse_loss
from lab.topology import Topology

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shipped() -> Topology:
    return load_topology(CHECKOUT / "inventory" / "lab")


def two_routers() -> dict[str, dict[str, Any]]:
    def end(address: str, peer: str) -> dict[str, Any]:
        unit = {"ipv4": [address], "peer": {"host": peer, "interface": "eth1"}}
        return {"eth1": {"description": "only: link", "mtu": 9000, "units": {0: unit}}}

    common = {"ansible_network_os": "frr", "management_prefix_length": 25}
    return {
        "r1": {**common, "ansible_host": "192.0.2.131", "interfaces": end("192.0.2.64/31", "r2")},
        "r2": {**common, "ansible_host": "192.0.2.132", "interfaces": end("192.0.2.65/31", "r1")},
    }


def build(hosts: dict[str, dict[str, Any]]) -> Topology:
    return build_topology([InventoryHost(name, frozenset({"all"}), body) for name, body in hosts.items()])


@pytest.mark.parametrize(
    "interface, device",
    [
        ("ge-0/0/0.0", "ge-0_0_0.0"),
        ("ge-0/0/1.100", "ge-0_0_1.100"),
        ("lo0.0", "lo"),
        ("lo0", "lo"),
        ("fxp0.0", "fxp0"),
        ("eth1", "eth1"),
        ("eth2.100", "eth2.100"),
        ("ae0.32767", "ae0.32767"),
    ],
)
def test_device_names(interface: str, device: str) -> None:
    assert linux_name(interface) == device


@given(st.text(max_size=40))
def test_a_device_name_is_one_linux_takes_or_an_error_that_names_the_interface(interface: str) -> None:
    try:
        device = linux_name(interface)
    except InterfaceNameError as error:
        said = str(error)
    else:
        assert 0 < len(device) <= MAX_DEVICE_NAME
        assert not set(device) & set("/ \t\n\0")
        return
    assert repr(interface) in said


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 99), st.integers(0, 999))
def test_different_interfaces_have_different_devices(slot: int, pic: int, port: int, unit: int) -> None:
    assert linux_name(f"ge-{slot}/{pic}/{port}.{unit}").replace("_", "/") == f"ge-{slot}/{pic}/{port}.{unit}"


def test_the_shipped_inventory(shipped: Topology) -> None:
    assert {str(link) for link in shipped.links} >= {
        "jkt-r1:ge-0/0/0.0 -- sby-r1:ge-0/0/0.0",
        "jkt-r1:ge-0/0/1.100 -- jkt-r2:eth2.100",
        "jkt-r2:eth1 -- sby-r2:eth1",
    }
    assert len(shipped.links) == 12
    roles = {host.name: (host.role, host.platform, host.management_device) for host in shipped.hosts}
    assert roles["jkt-r1"] == ("router", "junos", "fxp0")
    assert roles["jkt-r2"] == ("router", "frr", "eth0")
    assert shipped.host("ctl").management == "192.0.2.129/25"
    interface = shipped.host("jkt-r1").interface("ge-0/0/1.100")
    assert interface is not None
    assert (interface.device, interface.mtu, interface.peer) == ("ge-0_0_1.100", 9000, ("jkt-r2", "eth2.100"))


def test_a_topology_survives_its_file(shipped: Topology, tmp_path: Path) -> None:
    file = tmp_path / "topology.json"
    shipped.save(file)
    assert Topology.load(file) == shipped
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["north", "jkt-r1:ge-0/0/0.0", "sby-r1:ge-0_0_0.0", "jkt-r1--sby-r1", "sby-r1--jkt-r1", "north: sby"]
)
def test_ways_to_name_a_link(shipped: Topology, text: str) -> None:
    assert str(shipped.find_link(text)) == "jkt-r1:ge-0/0/0.0 -- sby-r1:ge-0/0/0.0"


@pytest.mark.parametrize(
    "path, value, message",
    [
        (
            ("r1", "interfaces", "eth1", "units", 0, "peer", "host"),
            "r9",
            "r1: interfaces: eth1: peer: no host 'r9' in the inventory",
        ),
        (
            ("r1", "interfaces", "eth1", "units", 0, "peer", "interface"),
            "eth7",
            "r1: interfaces: eth1: peer: r2 has no interface 'eth7'; add it there or correct this peer",
        ),
        (
            ("r2", "interfaces", "eth1", "units", 0, "peer"),
            None,
            "r1: interfaces: eth1: peer: r2 eth1 does not point back (it names no peer); both ends name each other",
        ),
        (("r1", "interfaces", "eth1", "units", 0, "ipv4"), ["192.0.2.300/31"], "r1: interfaces.eth1.units.0.ipv4: "),
        (("r1", "interfaces", "eth1", "units", 0, "ipv4"), ["2001:db8::1/64"], "not an IPv4 address"),
        (("r1", "interfaces", "eth1", "mtu"), 100, "r1: interfaces.eth1.mtu: 100: expected a number of bytes"),
        (("r1", "interfaces", "a-very-long-name"), {"units": {0: {}}}, "'a-very-long-name' has 16 characters"),
        (("r1", "ansible_host"), None, "r1: ansible_host: missing"),
        (("r1", "ansible_host"), "192.0.2.132", "r2: ansible_host: 192.0.2.132 is also r1's"),
        (("r1", "ansible_network_os"), "ios", "r1: ansible_network_os is 'ios' and lab.role is 'not set'"),
    ],
)
def test_an_inventory_that_makes_no_network(path: tuple[Any, ...], value: Any, message: str) -> None:
    hosts = copy.deepcopy(two_routers())
    target: Any = hosts
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(LabError) as caught:
        build(hosts)
    assert message in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    hosts = two_routers()
    hosts["r1"]["ansible_host"] = None
    hosts["r2"]["interfaces"]["eth1"]["mtu"] = "big"
    with pytest.raises(LabError) as caught:
        build(hosts)
    assert str(caught.value).splitlines() == [
        "the inventory does not make a network:",
        "  r1: ansible_host: missing; write the host's management address",
        "  r2: interfaces.eth1.mtu: 'big': expected a number of bytes from 1280 to 9500",
    ]


def test_jinja_values_and_their_mistakes(tmp_path: Path) -> None:
    hosts = {"all": {"hosts": {name: {**body, "link_mtu": 4000} for name, body in two_routers().items()}}}
    hosts["all"]["hosts"]["r1"]["interfaces"]["eth1"]["mtu"] = "{{ link_mtu }}"
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump(hosts), encoding="utf-8")
    interface = load_topology(inventory).host("r1").interface("eth1")
    assert interface is not None
    assert interface.mtu == 4000
    inventory.write_text(inventory.read_text(encoding="utf-8").replace("link_mtu }}", "no_such }}"), encoding="utf-8")
    with pytest.raises(LabError, match=r"^r1: interfaces: .*no_such"):
        load_topology(inventory)


def test_export_for_containerlab(shipped: Topology, tmp_path: Path) -> None:
    target = tmp_path / "lab.clab.yml"
    export.write_containerlab(shipped, export.Images("junos:1", "juniper_vjunosrouter", "frr:2"), target)
    data = yaml.safe_load(target.read_text(encoding="utf-8"))
    nodes = data["topology"]["nodes"]
    assert "ctl" not in nodes
    assert nodes["jkt-r1"] == {"kind": "juniper_vjunosrouter", "image": "junos:1", "mgmt-ipv4": "192.0.2.131"}
    assert {"endpoints": ["jkt-r1:ge-0/0/1", "jkt-r2:eth2"]} in data["topology"]["links"]
    source = nodes["carrier-a"]["binds"][0].partition(":")[0]
    assert "router bgp 64500" in (tmp_path / source).read_text(encoding="utf-8")


@pytest.mark.parametrize("text, loss", [("30%", 0.3), ("0.01%", 0.0001), ("0.5", 0.5), ("100%", 1.0)])
def test_loss(text: str, loss: float) -> None:
    assert parse_loss(text) == pytest.approx(loss)


@pytest.mark.parametrize("text, seconds", [("20ms", 0.02), ("0.1s", 0.1), ("5", 0.005)])
def test_delay(text: str, seconds: float) -> None:
    assert parse_delay(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["-1%", "150%", "x", "", "nan"])
def test_losses_that_are_none(text: str) -> None:
    with pytest.raises(LabError, match="loss"):
        parse_loss(text)
