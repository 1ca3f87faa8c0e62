# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intents out of an Ansible inventory: templated, per host, with what could not be templated as errors."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import (
    IntentError,
    is_secret,
    name_list,
    shown,
)
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
    hints: list[IntentError] = field(default_factory=list)
    """Variables that look like misspelt keys of the intent."""
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
    errors: dict[IntentError, str] = {}
    misspelt: dict[str, list[str]] = {}
    for host in inventory.hosts:
        # One look per host: every look at hostvars[host] merges all its variables anew.
        variables = hostvars[host]
        for path in _sources(variables):
            sources[path] = None
        if host in routers:
            inventory.intents[host] = _intent(host, variables, _ROUTER_KEYS, errors)
            # Not of its schema's shape, so that nobody compares the router with others: what it lacks is no mistake.
            misspelt.update({name: [*misspelt.get(name, []), host] for name in variables if _meant(name)})
            unread = {str(error.key[0]) for error in errors if error.router == host}
            inventory.intents[host].update(dict.fromkeys(unread))
        else:
            other = _intent(host, variables, _OTHER_KEYS, {})
            if other.get("interfaces"):
                inventory.others[host] = other
    inventory.files = InventoryFiles(sources, _groups_of(groups, inventory.hosts))
    inventory.errors = [_placed(error, template, inventory.files) for error, template in errors.items()]
    inventory.hints = [_hint(name, hosts, inventory.files) for name, hosts in misspelt.items()]
    return inventory


@functools.cache
def _meant(name: str) -> str:
    """The key of the intent that a variable's name is a slip of; empty when it is none."""
    close = () if name in _ROUTER_KEYS else difflib.get_close_matches(name, KEYS, n=1, cutoff=0.85)
    return close[0] if close else ""


def _hint(name: str, hosts: Sequence[str], files: InventoryFiles) -> IntentError:
    """Ansible has variables of any name, so that it may be meant; a key that is not read is a part of a router lost."""
    there, write = "a variable that no router reads", f"{_meant(name)}, if that is meant; another name, if not"
    hint = IntentError(name_list(hosts), (name,), there, "a key of the intent", write, severity="warning")
    return hint.at(*files.place(hosts[0], (name,)))


def _placed(error: IntentError, template: str, files: InventoryFiles) -> IntentError:
    """The same error at the very value, which it quotes: Ansible templates a top-level key as a whole."""
    if not template:
        return error
    key = files.innermost(error.router, error.key, template)
    return replace(error, key=key, there=error.there if is_secret(key) else f"{shown(template)}: {error.there}")


def read_host(hostvars: Mapping[str, Mapping[str, Any]], host: str) -> tuple[Intent, list[IntentError]]:
    """One host's own intent, unchecked, and what could not be templated of it."""
    errors: dict[IntentError, str] = {}
    return _intent(host, hostvars[host], _ROUTER_KEYS, errors), list(errors)


def _intent(host: str, variables: Mapping[str, Any], keys: Iterable[str], errors: dict[IntentError, str]) -> Intent:
    """A host's keys; `errors` gets what is wrong, with the template that Ansible blames for it."""
    intent: Intent = {}
    for key in keys:
        if key not in variables:
            continue
        try:
            intent[key] = normal(variables[key])
        except AnsibleError as error:
            said = " ".join(str(error).split())
            found = IntentError(host, (key,), said, "a value that Ansible can template", _remedy(said))
            errors[found] = str(getattr(error, "obj", None) or "")
    return intent


def _remedy(said: str) -> str:
    if "undefined" in said:
        return "the missing variable, in host_vars or group_vars"
    if "vault" in said:
        return "--vault-password-file FILE, or --ask-vault-pass, on the command line"
    return "an expression without that mistake"


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
