"""The inventories of the checkout, read once; every caller gets intents of its own to spoil."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import Inventory, read_inventory
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import FleetConfigs, render_fleet

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("lab", "example")

Intents = dict[str, dict[str, Any]]


@functools.cache
def inventory(name: str) -> Inventory:
    """One of the checkout's inventories."""
    return read_inventory(ROOT / "inventory" / name)


def intents(name: str) -> Intents:
    """A copy of its routers' intents."""
    return copy.deepcopy(inventory(name).intents)


def render(name: str, changed: Intents | None = None) -> FleetConfigs:
    """The inventory rendered, with its own intents or changed ones."""
    read = inventory(name)
    return render_fleet(read.intents if changed is None else changed, others=read.others, hosts=read.hosts)


@functools.cache
def rendered(name: str) -> FleetConfigs:
    """The inventory rendered as it stands."""
    return render(name)
