"""Read an Ansible inventory with Ansible's own code, so that group vars, precedence and Jinja mean the same here.

Only this module imports ansible (about 0.3 s), and only ``up`` and ``export`` import this module: every other
command works from the resolved topology that ``up`` stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError

WANTED = (
    "ansible_host",
    "ansible_network_os",
    "interfaces",
    "lab",
    "lab_carrier_peer_as",
    "loopback_ipv4",
    "loopback_ipv6",
    "management_interface",
    "management_prefix_length",
)
"""The variables the lab understands; nothing else is templated: an unrelated undefined one cannot stop a boot."""


@dataclass(frozen=True)
class InventoryHost:
    """One inventory host: its name, its groups and the variables of WANTED that it has, templated to plain data."""

    name: str
    groups: frozenset[str]
    variables: Mapping[str, Any]


def read_inventory(source: Path) -> list[InventoryHost]:
    """Return every host of an inventory in inventory order.

    Raises LabError when the inventory does not exist, does not parse, holds no host, or a wanted value does not
    template; the text names the host and the key.
    """
    if not source.exists():
        raise LabError(f"inventory {source}: no such file or directory; name one with -i")
    from ansible.errors import AnsibleError

    try:
        hosts = _read(source)
    except AnsibleError as error:  # also what ansible says about itself, such as a home it cannot write to
        raise LabError(f"inventory {source}: {error}") from error
    if not hosts:
        raise LabError(f"inventory {source}: no hosts; is it an Ansible inventory (hosts.yml, group_vars, host_vars)?")
    return hosts


def _read(source: Path) -> list[InventoryHost]:
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import init_plugin_loader
    from ansible.utils.collection_loader import AnsibleCollectionConfig
    from ansible.vars.manager import VariableManager

    if AnsibleCollectionConfig.collection_finder is None:
        init_plugin_loader()
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(source)])
    variables = VariableManager(loader=loader, inventory=manager)
    hosts = []
    for host in manager.get_hosts():
        groups = frozenset(_plain(group.name) for group in host.get_groups())
        hosts.append(InventoryHost(_plain(host.name), groups, _resolve(host, variables, loader)))
    return hosts


def _resolve(host: Any, variables: Any, loader: Any) -> dict[str, Any]:
    """Template the wanted variables of one host."""
    from ansible.errors import AnsibleError
    from ansible.template import Templar

    found = variables.get_vars(host=host)
    templar = Templar(loader=loader, variables=found)
    resolved = {}
    for key in WANTED:
        if key not in found:
            continue
        try:
            resolved[key] = _plain(templar.template(found[key]))
        except AnsibleError as error:
            raise LabError(f"{host.name}: {key}: {error}") from error
    return resolved


def _plain(value: Any) -> Any:
    """Drop Ansible's tagged types: the topology is stored as JSON and read by code that has no ansible."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return str.__str__(value)  # str() of a tagged string is a tagged string
