"""The checkout's inventories under draining: what it writes on a router, and what a deploy renders for that."""

from __future__ import annotations

import difflib
import functools
from dataclasses import replace
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.drain_patch import (
    DrainEdits,
    drain_edits,
    drain_goal,
    frr_drain,
    junos_drain,
    undrain_goal,
)
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import build_router
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Drain, LiveRouter
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Key, Reading
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import Term, drained_terms, read_frr
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_junos import read_junos
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_terms import frr_terms
from tests.golden.inventories import NAMES
from tests.unit.steering_patch.rendered import CHANGE, SINCE, fleet, is_junos, junos_xml, text

ROUTERS = [(name, host) for name in NAMES for host in sorted(fleet(name))]


def drain(host: str, *neighbors: str) -> Drain:
    return Drain(host, SINCE, CHANGE, "noc", "new software", neighbors)


@functools.cache
def drained_text(name: str, host: str, *neighbors: str, base: LiveRouter | None = None) -> str:
    """What a deploy renders for a router that is drained, and perhaps steered too."""
    return text(name, host, replace(base or LiveRouter(host, token="x"), drained=True, drain=drain(host, *neighbors)))


def reading(host: str, intent: dict[str, Any], config: str) -> tuple[Reading, dict[Key, Term]]:
    """A router's configuration as it is read before it is drained."""
    if intent["ansible_network_os"] == "junos":
        return read_junos(junos_xml(config), host), {}
    marked = [spot.key for spot in read_frr(config, host).spots if spot.marker and spot.part == "policy"]
    terms = frr_terms(host, intent, marked, marked)
    if on := drained_terms(config, terms):
        terms = frr_terms(host, intent, marked, [*marked, *on])
    return read_frr(config, host, terms), terms


def edits(host: str, intent: dict[str, Any], config: str, wanted: Drain | None) -> tuple[DrainEdits, str]:
    """The edits of a drain (None: undrain), and what they make: FRR's text, Junos's commands."""
    found, terms = reading(host, intent, config)
    model = build_router(host, intent)
    goal = undrain_goal(found, model) if wanted is None else drain_goal(found, model, wanted)
    junos = intent["ansible_network_os"] == "junos"
    made = drain_edits(found, goal, terms, "" if junos else config)
    return made, junos_drain(found, made) if junos else frr_drain(config, made, terms)


def switched(name: str, host: str, config: str, wanted: Drain | None) -> str:
    """FRR's text after a drain or undrain, Junos's commands for it."""
    return edits(host, fleet(name)[host], config, wanted)[1]


@functools.cache
def drained_changes() -> dict[tuple[str, str], str]:
    """What draining changes on the lab's Jakarta routers: Junos's commands, FRR's difference."""
    before, after = text("lab", "jkt-r2"), switched("lab", "jkt-r2", text("lab", "jkt-r2"), drain("jkt-r2"))
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=1)
    carriers = drain("jkt-r1", "198.51.100.0", "2001:db8:a000::")
    return {
        ("jkt-r1", "set"): switched("lab", "jkt-r1", text("lab", "jkt-r1"), drain("jkt-r1")),
        ("jkt-r1", "carrier.set"): switched("lab", "jkt-r1", text("lab", "jkt-r1"), carriers),
        ("jkt-r2", "diff"): "".join(list(lines)[2:]),
    }


__all__ = ["ROUTERS", "drain", "drained_changes", "drained_text", "edits", "is_junos", "reading", "switched"]
