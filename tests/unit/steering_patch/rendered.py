"""The checkout's inventories under steering: rendered plainly, rendered with live steering, and patched."""

from __future__ import annotations

import copy
import functools
from typing import Any
from xml.etree import ElementTree

from lxml import etree

from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import build_router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.steer import members_of, wishes
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view import used_policies
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    LivePlace,
    LiveRouter,
    Marker,
    Place,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Key, edits
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import patch_frr, read_frr
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_junos import junos_commands, read_junos
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import render_fleet
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_terms import frr_terms
from lab.junos.config import Tree, load
from lab.junos.config.write_xml import add_node
from tests.golden.inventories import Intents, intents, inventory

SINCE = 1795255200.0
CHANGE = "fw-20261121T100000-0a0b0c"


def marker(path: str, by: str = "auto") -> Marker:
    return Marker(path, CHANGE, SINCE, by)


@functools.cache
def _with_more_paths(name: str) -> Intents:
    """The inventory with a path of every action on every router that can have one."""
    made = intents(name)
    paths: dict[str, Any] = {}
    for host, intent in made.items():
        alternates = list(intent["steering"]["paths"])[:1]
        static = next(iter(intent.get("static_routes") or ()), None)
        if static is not None:
            value = "2001:db8::99" if ":" in static else "192.0.2.99"
            members = [{"router": host, "prefix": static}]
            paths[f"static/{host}"] = {
                "action": "static_route", "value": value, "members": members, "alternates": alternates,
            }  # fmt: skip
        for policy in used_policies(build_router(host, intent)):
            for term in intent["policies"]["route_policies"][policy]["terms"]:
                if not term.get("active", True):
                    members = [{"router": host, "policy": policy, "term": term["name"]}]
                    paths[f"{policy}-{term['name']}/{host}"] = {
                        "action": "policy_term", "members": members, "alternates": alternates,
                    }  # fmt: skip
    for intent in made.values():
        known = {name: path for name, path in intent["steering"]["paths"].items() if path["action"] == "ospf_cost"}
        intent["steering"] = {"paths": {**known, **paths}}
        intent.get("probes", {}).pop("paths", None)
    return made


def fleet(name: str) -> Intents:
    return copy.deepcopy(_with_more_paths(name))


@functools.cache
def places(name: str) -> tuple[tuple[str, str, Key, str], ...]:
    """Every (path, router, key, steered value) of the inventory."""
    made = _with_more_paths(name)
    return tuple(
        (path, host, key, value)
        for host, intent in sorted(made.items())
        for path in intent["steering"]["paths"]
        for key, value in members_of(host, intent["steering"]["paths"], path)
    )


@functools.cache
def text(name: str, host: str, live: LiveRouter | None = None) -> str:
    """One router's configuration, with live steering or without."""
    read, made = inventory(name), _with_more_paths(name)
    done = render_fleet(made, others=read.others, hosts=read.hosts, only=[host], live=[live] if live else [])
    assert done.ok, done.report()
    return done.configs[host].text


def live(host: str, *steered: tuple[str, Key]) -> LiveRouter:
    """A router on which these paths are steered at these places."""
    found = tuple(LivePlace(Place(host, key), True, marker(path)) for path, key in steered)
    return LiveRouter(host, places=found, token="x")


def is_junos(name: str, host: str) -> bool:
    return bool(_with_more_paths(name)[host]["ansible_network_os"] == "junos")


def junos_xml(config: str) -> ElementTree.Element:
    """A Junos configuration as NETCONF shows it, without namespaces."""
    root = etree.Element("configuration")
    for node in _tree(config).root.ordered():
        add_node(root, node)
    return ElementTree.fromstring(etree.tostring(root))


def _tree(config: str, commands: str = "") -> Tree:
    tree = Tree.empty()
    assert load(tree, config, "text", "override").errors == []
    if commands:
        assert load(tree, commands, "set", "set").errors == []
    return tree


def junos_canonical(config: str, commands: str = "") -> str:
    """A Junos configuration in the emulator's own words, after these commands."""
    root = etree.Element("configuration")
    for node in _tree(config, commands).root.ordered():
        add_node(root, node)
    return etree.tostring(root, pretty_print=True).decode()


def patched(name: str, host: str, config: str, action: str, path: str, key: Key) -> str:
    """A configuration after a steer or a restore of one place: FRR as text, Junos as its commands."""
    intent = _with_more_paths(name)[host]
    wish = wishes(host, intent, path, [key])
    if is_junos(name, host):
        return junos_commands(edits(read_junos(junos_xml(config), host), action, marker(path), wish))
    marked = [spot.key for spot in read_frr(config, host).spots if spot.marker and spot.part == "policy"]
    terms = frr_terms(host, intent, [key, *marked], marked)
    return patch_frr(config, edits(read_frr(config, host, terms), action, marker(path), wish), terms)
