# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routers of an inventory as the exporter's configuration lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent.names import platform_of
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_config import PLATFORMS

Variables = Mapping[str, Any]


def metrics_targets(
    hosts: Iterable[str],
    hostvars: Mapping[str, Variables],
    login: Mapping[str, Any] | None = None,
    vtysh: str = "vtysh",
) -> list[dict[str, Any]]:
    """`routers` of the exporter's configuration, for the hosts in their order.

    `login` (user, password, private_key_file) goes before what the inventory says for changing routers. Raises
    ValueError for a host whose platform is not one of ours.
    """
    mine = {key: value for key, value in (login or {}).items() if value}
    return [_target(host, hostvars[host], mine, vtysh) for host in hosts]


def _target(host: str, variables: Variables, login: Mapping[str, Any], vtysh: str) -> dict[str, Any]:
    platform = platform_of(variables.get("ansible_network_os"))
    if platform is None:
        told = variables.get("ansible_network_os")
        raise ValueError(f"{host}: ansible_network_os is {told!r}; the exporter knows {' and '.join(PLATFORMS)}")
    password = variables.get("ansible_password", variables.get("ansible_ssh_pass"))
    theirs = {
        "user": variables.get("ansible_user"),
        "password": None if login.get("private_key_file") else password,
        "private_key_file": variables.get("ansible_ssh_private_key_file", variables.get("ansible_private_key_file")),
    }
    found: dict[str, Any] = {
        "name": str(host),
        "platform": platform,
        "address": str(variables.get("ansible_host", host)),
        "port": int(variables.get("ansible_port", PLATFORMS[platform])),
        **{key: str(value) for key, value in {**theirs, **login}.items() if value},
        "members": _members(host, variables.get("steering")),
    }
    return {**found, "vtysh": vtysh} if platform == "frr" else found


def _members(host: str, steering: Any) -> list[dict[str, Any]]:
    """The places of steering paths that are on this router."""
    paths = steering.get("paths") if isinstance(steering, Mapping) else None
    found: list[dict[str, Any]] = []
    for name, path in (paths or {}).items():
        backbone, _slash, own = str(name).partition("/")
        for member in path["members"]:
            if member["router"] != host:
                continue
            place: dict[str, Any] = {"backbone": backbone, "path": own, "action": str(path["action"])}
            if "interface" in member:
                place["interface"] = str(member["interface"])
            if path["action"] == "ospf_cost":
                place["value"] = int(path["value"])
            found.append(place)
    return found
