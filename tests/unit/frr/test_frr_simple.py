"""Differences that go to the daemons as a few lines, and those left to frr-reload.py; several questions at once."""

from __future__ import annotations

import pytest

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_daemons import (
    simple_commands,
    split_echoed,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_text import difference

OLD = """\
interface eth1
 description south
 ip ospf cost 150
 ipv6 ospf6 cost 150
exit
ip route 192.0.2.0/24 blackhole
router ospf
 ospf router-id 192.0.2.1
exit
"""


@pytest.mark.parametrize(
    "old, new, commands",
    [
        (" ip ospf cost 150", " ip ospf cost 1000", ["interface eth1", "ip ospf cost 1000", "exit"]),
        (" ipv6 ospf6 cost 150\n", "", ["interface eth1", "no ipv6 ospf6 cost", "exit"]),
        (" description south", " description north: r2", ["interface eth1", "description north: r2", "exit"]),
        (
            "ip route 192.0.2.0/24 blackhole",
            "ip route 192.0.2.0/24 192.0.2.9 tag 5 20",
            ["no ip route 192.0.2.0/24 blackhole", "ip route 192.0.2.0/24 192.0.2.9 tag 5 20"],
        ),
        ("192.0.2.1", "192.0.2.2", []),
        (" description south", " description south | include x", []),
        (" ip ospf cost 150", " ip ospf cost 150 192.0.2.1", []),
        (" ip ospf cost 150", " ip ospf cost high", []),
        (" description south\n", " description north\n ip ospf passive\n", []),
        ("blackhole", "blackhole vrf red", []),
    ],
)
def test_what_is_simple(old: str, new: str, commands: list[str]) -> None:
    assert old in OLD
    assert simple_commands(difference(OLD, OLD.replace(old, new, 1))) == commands


def test_no_difference_needs_no_command() -> None:
    assert simple_commands(difference(OLD, OLD)) == []


SAID = """\
jkt-r2# show bgp summary json
{
  "ipv4Unicast":{"note":"jkt-r2# show ip ospf neighbor json"}
}
jkt-r2# show ip ospf neighbor json
{}
jkt-r2# show version
"""


def test_what_one_vtysh_was_asked_is_told_apart() -> None:
    commands = ["show bgp summary json", "show ip ospf neighbor json", "show version", "show daemons"]
    told = split_echoed(SAID.replace('json"}', 'json "}'), commands)
    assert list(told) == commands[:3]
    assert told[commands[0]].startswith('{\n  "ipv4Unicast"')
    assert told[commands[0]].endswith("}\n")
    assert (told[commands[1]], told[commands[2]]) == ("{}\n", "")
    assert split_echoed("", commands) == {}
