"""Write a synthetic fleet as an Ansible inventory: one file per router, as a real one has."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from bench.fleet import intent, name, shared

# The cost is a variable, so that one inventory serves every revision: `-e fleet_cost=101`.
COST = "{{ fleet_cost | int }}"


def dump(path: Path, data: Any) -> None:
    """Write one YAML file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    path.write_text(yaml.dump(data, Dumper=dumper, sort_keys=False, explicit_start=True))


def write_inventory(directory: Path, count: int, port: int, key: str, home: Path) -> Path:
    """Describe `count` emulated Junos routers on 127.0.0.1, ports from `port` upward; returns `directory`."""
    shutil.rmtree(directory, ignore_errors=True)
    ports = {name(i): {"ansible_port": port + i} for i in range(count)}
    dump(directory / "hosts.yml", {"all": {"children": {"routers": {"children": {"junos": {"hosts": ports}}}}}})
    connection = {
        "ansible_network_os": "junos",
        "ansible_connection": "fairway.backbone.junos",
        "ansible_host": "127.0.0.1",
        "ansible_user": "fairway",
        "ansible_ssh_private_key_file": str(home / ".ssh" / "id_ed25519"),
        "fleet_cost": 100,
    }
    dump(directory / "group_vars" / "junos.yml", connection)
    dump(directory / "group_vars" / "routers.yml", shared())
    for i in range(count):
        dump(directory / "host_vars" / f"{name(i)}.yml", intent(i, count, "junos", COST, key))
    return directory
