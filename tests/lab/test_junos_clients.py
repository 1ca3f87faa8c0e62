"""What other people's clients send: ncclient as Ansible's junos modules and napalm use it, and Terraform's provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jnpr.junos.factory.factory_loader import FactoryLoader
from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError
from ncclient.xml_ import new_ele, sub_ele, to_ele

from tests.lab.junos_emulator import BASE_CONFIG, PASSWORD, USER, Emulator
from tests.lab.junos_wire import Wire

BGP = """
routing-options { autonomous-system 64496; }
protocols { bgp { group north { type external; peer-as 64497; neighbor 192.0.2.0; } } }
"""
METRIC = "set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 metric"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    path = tmp_path_factory.mktemp("junos") / "r1.conf"
    path.write_text(BASE_CONFIG + BGP)
    with Emulator("--config", str(path)) as running:
        yield running


@pytest.fixture
def session(emulator: Emulator) -> Iterator[Any]:
    with manager.connect(
        host="127.0.0.1", port=emulator.port, username=USER, password=PASSWORD, hostkey_verify=False,
        look_for_keys=False, allow_agent=False, device_params={"name": "junos"}, timeout=15,
    ) as opened:  # fmt: skip
        yield opened
        opened.discard_changes()


def difference(session: Any) -> str:
    """The output of compare_configuration, as Ansible's junos modules find it."""
    return str(to_ele(session.compare_configuration(rollback=0).data_xml).findtext(".//configuration-output"))


TEXT = "protocols { ospf { area 0.0.0.0 { interface ge-0/0/0.0 { metric 44; } } } }"
XML = (
    "<protocols><ospf><area><name>0.0.0.0</name><interface><name>ge-0/0/0.0</name><metric>44</metric></interface>"
    "</area></ospf></protocols>"
)
JSON = json.dumps(
    {"configuration": {"protocols": {"ospf": {"area": [
        {"name": "0.0.0.0", "interface": [{"name": "ge-0/0/0.0", "metric": 44}]}
    ]}}}}
)  # fmt: skip


@pytest.mark.parametrize(
    "fmt, action, source",
    [
        ("text", "merge", TEXT),
        ("text", "replace", TEXT),
        ("xml", "merge", to_ele(XML)),
        ("json", "merge", JSON),
        ("text", "set", f"{METRIC} 44"),
        ("text", "set", [f"{METRIC} 43", f"{METRIC} 44"]),
    ],
)
def test_load_configuration_in_every_form_that_ncclient_has(session: Any, fmt: str, action: str, source: Any) -> None:
    session.lock()
    reply = session.load_configuration(format=fmt, action=action, config=source)
    assert reply.xpath("//load-configuration-results/ok")
    assert "+     metric 44;" in difference(session)
    session.validate()
    session.discard_changes()
    assert difference(session).strip() == ""
    session.unlock()


def test_junos_config_of_ansible(emulator: Emulator, session: Any) -> None:
    session.lock()
    session.load_configuration(format="text", action="set", config=f"{METRIC} 45")
    session.validate()
    request = new_ele("commit-configuration")
    sub_ele(request, "confirmed")
    sub_ele(request, "log").text = "configured by junos_config"
    sub_ele(request, "confirm-timeout").text = "3"
    reply = session.rpc(request)
    assert "rolled back in 3 minutes" in reply.data_xml
    assert emulator.status()["history"][0]["comment"] == "commit confirmed, rollback in 3mins"
    session.commit()
    assert emulator.status()["pending"] is None
    session.rpc(to_ele('<load-configuration rollback="2"/>'))
    assert "+     metric 10;" in difference(session)
    session.commit(comment="back", confirmed=True, timeout="60")
    assert emulator.status()["history"][0]["comment"] == "commit confirmed, rollback in 1mins"
    session.commit()
    session.unlock()


def test_an_error_of_a_load_and_of_a_commit_is_raised_with_its_word(session: Any) -> None:
    with pytest.raises(RPCError) as caught:
        session.load_configuration(format="text", action="set", config="set protocols ospfx")
    assert "ospfx" in etree.tostring(caught.value.xml).decode()
    session.load_configuration(format="text", action="set", config="set protocols ospf export nope")
    with pytest.raises(RPCError, match="nope"):
        session.commit()


@pytest.mark.parametrize(
    "command, fmt, found",
    [
        ("show version", "text", "Hostname: r1"),
        ("show version", "xml", "<junos-version>"),
        ("show version | display xml rpc", "text", "<get-software-information/>"),
        ("show bgp neighbor 192.0.2.0 | display xml rpc", "xml", "<neighbor-address>192.0.2.0</neighbor-address>"),
        ("show system memory", "text", "System memory usage distribution:"),
        ("show configuration | display set", "text", "set system host-name r1"),
        ("show interfaces terse", "text", "ge-0/0/0.0"),
        ("show configuration system host-name", "text", "host-name r1;"),
    ],
)
def test_a_command_answers_in_its_form(session: Any, command: str, fmt: str, found: str) -> None:
    assert found in session.command(command=command, format=fmt).tostring.decode().replace("&lt;", "<")


@pytest.mark.parametrize(
    "rpc, path",
    [
        ("get-software-information", "software-information/junos-version"),
        ("get-chassis-inventory", "chassis-inventory/chassis/serial-number"),
        ("get-route-engine-information", "route-engine-information/route-engine/slot"),
        ("get-system-memory-information",
         "system-memory-information/system-memory-summary-information/system-memory-free"),
        ("get-system-storage", "system-storage-information/filesystem/filesystem-name"),
        ("get-interface-information", "interface-information/physical-interface/oper-status"),
        ("get-system-uptime-information", "system-uptime-information/system-booted-time/time-length"),
        ("get-alarm-information", "alarm-information/alarm-summary"),
    ],
)  # fmt: skip
def test_facts_of_ansible_and_napalm(session: Any, rpc: str, path: str) -> None:
    assert session.rpc(new_ele(rpc)).xpath(f"//{path}"), rpc


NAPALM = """
iface:
  rpc: get-interface-information
  args: {extensive: True}
  args_key: interface_name
  item: physical-interface
  view: iface_view
iface_view:
  fields:
    is_up: {oper-status: True=up}
    is_enabled: {admin-status: True=up}
    description: description
    last_flapped: {interface-flapped/@seconds: int}
    speed: speed
    mac_address: current-physical-address
counters:
  rpc: get-interface-information
  args: {extensive: True, interface_name: '[vmfgxe][mlet]*'}
  item: physical-interface
  view: counter_view
counter_view:
  groups: {ts: traffic-statistics, rxerrs: input-error-list}
  fields_ts: {rx_octets: {input-bytes: int}}
  fields_rxerrs: {rx_errors: {input-errors: int}}
bgp_uptime:
  rpc: get-bgp-summary-information
  args: {instance: ''}
  item: bgp-peer
  key: peer-address
  view: uptime_view
uptime_view:
  fields: {uptime: {elapsed-time/@seconds: int}}
bgp:
  rpc: get-bgp-neighbor-information
  args: {instance: ''}
  item: bgp-peer
  key: peer-address
  view: bgp_view
bgp_view:
  fields: {remote_as: {peer-as: int}, is_up: {peer-state: True=Established}}
ips:
  rpc: get-interface-information
  item: physical-interface/logical-interface/address-family/interface-address
  args: {terse: True}
  key: ifa-local
  view: ip_view
ip_view:
  fields: {family: ../address-family-name, interface: ../../name}
arp:
  rpc: get-arp-table-information
  args: {expiration-time: true, no-resolve: true}
  item: arp-table-entry
  key: interface-name
  view: arp_view
arp_view:
  fields: {ip: ip-address}
"""


@pytest.mark.parametrize(
    "table, keys",
    [
        ("iface", ["ge-0/0/0", "lo0"]),
        ("counters", ["ge-0/0/0"]),
        ("bgp_uptime", ["192.0.2.0"]),
        ("bgp", ["192.0.2.0"]),
        ("ips", ["192.0.2.1/31", "198.51.100.1"]),
        ("arp", []),
    ],
)
def test_tables_as_napalm_defines_them(emulator: Emulator, table: str, keys: list[str]) -> None:
    loaded = FactoryLoader().load(yaml.safe_load(NAPALM))
    with emulator.device() as device:
        assert [str(key).split("+")[0] for key in loaded[table](device).get().keys()] == keys  # noqa: SIM118


def test_configuration_in_the_formats_of_ansible(session: Any, tmp_path: Path) -> None:
    assert "host-name r1;" in session.get_configuration(format="text").xpath("//configuration-text")[0].text
    assert "set system host-name r1" in session.get_configuration(format="set").xpath("//configuration-set")[0].text
    document = json.loads(session.get_configuration(format="json").xpath("string(/rpc-reply)").strip())
    assert document["configuration"]["system"]["host-name"] == "r1"
    wanted = new_ele("configuration")
    sub_ele(sub_ele(wanted, "system"), "services")
    got = session.get_configuration(format="xml", filter=wanted)
    assert got.xpath("//configuration/system/services/netconf/ssh")
    assert not got.xpath("//host-name")


def test_what_the_provider_of_terraform_sends(emulator: Emulator) -> None:
    wire = Wire(emulator)

    def shown(path: str) -> list[str]:
        """As the provider reads a level: the lines between the tags, none when nothing is configured."""
        reply = wire.text(f"<command format='text'>show configuration {path} | display set relative</command>")
        body = reply.partition("<configuration-output>\n")[2].partition("</configuration-output>")[0]
        return body.splitlines()

    assert wire.rpc("<get-system-information/>").findtext(".//{*}os-name") == "junos"
    assert wire.rpc("<lock><target><candidate/></target></lock>").find("{*}ok") is not None
    lines = "set policy-options prefix-list tf 203.0.113.0/24\nset policy-options prefix-list tf 198.51.100.0/24"
    load = f"<configuration-set>{lines}</configuration-set>"
    wire.rpc(f"<load-configuration action='set' format='text'>{load}</load-configuration>")
    assert shown("policy-options prefix-list tf") == []
    reply = wire.rpc("<commit-configuration><log>terraform</log></commit-configuration>")
    assert reply.find(".//{*}commit-success") is not None
    assert sorted(shown("policy-options prefix-list tf")) == ["set 198.51.100.0/24", "set 203.0.113.0/24"]
    assert wire.rpc("<delete-config><target><candidate/></target></delete-config>").find("{*}ok") is not None
    assert wire.rpc("<unlock><target><candidate/></target></unlock>").find("{*}ok") is not None
    assert not emulator.status()["dirty"], "the lock's end forgets what was deleted"
    absent = wire.text(
        "<get-interface-information><interface-name>ge-9/9/9</interface-name></get-interface-information>"
    )
    assert "device ge-9/9/9 not found</error-message>" in absent
    wire.ssh.close()


def test_resource_modules_of_ansible_name_entries_by_their_text(session: Any) -> None:
    prefix = 'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"'
    acl = (
        f"<nc:firewall {prefix}><nc:family><nc:inet><nc:filter><nc:name>in</nc:name><nc:term><nc:name>a</nc:name>"
        "<nc:from><nc:source-address>192.0.2.0/24</nc:source-address></nc:from><nc:then><nc:accept/></nc:then>"
        "</nc:term></nc:filter></nc:inet></nc:family></nc:firewall>"
    )
    number = f"<nc:routing-options {prefix}><nc:autonomous-system>64499</nc:autonomous-system></nc:routing-options>"
    system = '<system><host-name active="active"/><domain-name active="active">example.net</domain-name></system>'
    session.lock()
    for source in (acl, number, system):
        session.load_configuration(format="xml", action="merge", config=to_ele(source))
    made = difference(session)
    assert "192.0.2.0/24;" in made
    assert "64499" in made
    assert "domain-name example.net;" in made
    assert "host-name" not in made, "a mark without a value leaves the value alone"
    session.discard_changes()
    session.unlock()


def test_a_pending_commit_as_napalm_sees_it(emulator: Emulator, session: Any) -> None:
    session.load_configuration(format="text", action="set", config=f"{METRIC} 46")
    session.commit(confirmed=True, timeout="6000")
    detail = new_ele("get-commit-revision-information")
    sub_ele(detail, "detail")
    found = session.rpc(detail).xpath("//commit-revision-information")[0]
    assert found.findtext("revision").startswith("re0-")
    assert found.findtext("comment") == "commit confirmed, rollback in 100mins"
    assert int(found.find("date-time").get("seconds")) == int(emulator.status()["history"][0]["time"])
    session.commit()
    assert session.rpc(detail).xpath("//commit-revision-information/comment") == []
    instances = session.rpc(new_ele("get-instance-information")).xpath("//instance-core/instance-name")
    assert [node.text for node in instances] == ["master"]
