# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intents out of an Ansible inventory: templated, per host, with what could not be templated as errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import KEYS, Intent
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_files import InventoryFiles
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_schema import normal

_ROUTER_KEYS = ("ansible_network_os", *KEYS)
_OTHER_KEYS = ("ansible_network_os", "interfaces", "lab")


@dataclass(slots=True)
class Inventory:
    """What an inventory says: the routers' intents, hosts beside the fleet, all names, and where it is written."""

    intents: dict[str, Intent] = field(default_factory=dict)
    others: dict[str, Intent] = field(default_factory=dict)
    hosts: list[str] = field(default_factory=list)
    errors: list[IntentError] = field(default_factory=list)
    """Values that Ansible could not template."""
    files: InventoryFiles = field(default_factory=lambda: InventoryFiles([], {}))


def read_hostvars(
    hostvars: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Sequence[str]], group: str
) -> Inventory:
    """The intents of the group's hosts, and of all others what links may need. Values are templated by Ansible.

    Raises KeyError when the inventory has no such group.
    """
    routers = set(groups[group])
    inventory = Inventory(hosts=sorted(set(groups["all"])))
    sources: dict[Path, None] = {}
    for host in inventory.hosts:
        # One look per host: every look at hostvars[host] merges all its variables anew.
        variables = hostvars[host]
        for path in _sources(variables):
            sources[path] = None
        if host in routers:
            inventory.intents[host] = _intent(host, variables, _ROUTER_KEYS, inventory.errors)
        else:
            ignored: list[IntentError] = []
            other = _intent(host, variables, _OTHER_KEYS, ignored)
            if other.get("interfaces"):
                inventory.others[host] = other
    inventory.files = InventoryFiles(sources, _groups_of(groups, inventory.hosts))
    return inventory


def read_host(hostvars: Mapping[str, Mapping[str, Any]], host: str) -> tuple[Intent, list[IntentError]]:
    """One host's own intent, unchecked, and what could not be templated of it."""
    errors: list[IntentError] = []
    return _intent(host, hostvars[host], _ROUTER_KEYS, errors), errors


def _intent(host: str, variables: Mapping[str, Any], keys: Iterable[str], errors: list[IntentError]) -> Intent:
    intent: Intent = {}
    for key in keys:
        if key not in variables:
            continue
        try:
            intent[key] = normal(variables[key])
        except AnsibleError as error:
            errors.append(
                IntentError(
                    host,
                    (key,),
                    " ".join(str(error).split()),
                    "a value that Ansible can template",
                    "the missing variable, in host_vars or group_vars",
                )
            )
    return intent


def _sources(variables: Mapping[str, Any]) -> Iterable[Path]:
    for name in ("inventory_dir", "playbook_dir"):
        text = variables.get(name)
        if text:
            yield Path(str(text))


def _groups_of(groups: Mapping[str, Sequence[str]], hosts: Iterable[str]) -> dict[str, list[str]]:
    """Groups of every host, nearest first: a child group wins over its parent and has no more hosts than it."""
    by_size = sorted(groups, key=lambda name: (name == "all", len(groups[name]), name))
    found: dict[str, list[str]] = {host: [] for host in hosts}
    for name in by_size:
        for host in groups[name]:
            found.setdefault(host, []).append(name)
    return found


def read_inventory(source: Path, group: str = "routers") -> Inventory:
    """The same from an inventory's path, for tools and tests that run without a playbook.

    Raises AnsibleError when the inventory cannot be read and KeyError when it has no such group.
    """
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import init_plugin_loader
    from ansible.utils.collection_loader import AnsibleCollectionConfig
    from ansible.vars.hostvars import HostVars
    from ansible.vars.manager import VariableManager

    if AnsibleCollectionConfig.collection_finder is None:
        init_plugin_loader([])
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(source)])
    variables = VariableManager(loader=loader, inventory=manager)
    hostvars = HostVars(inventory=manager, variable_manager=variables, loader=loader)
    return read_hostvars(hostvars, manager.get_groups_dict(), group)
