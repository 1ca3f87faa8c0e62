# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which routers the exporter looks at, and how it reaches them."""

from __future__ import annotations

DOCUMENTATION = """
name: metrics_targets
short_description: The routers of an inventory as the router exporter's configuration lists them
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Takes platform, address, port, login and the members of steering paths out of the hosts' variables.
positional: _input, hostvars
options:
  _input:
    description: Inventory names of the routers.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts.
    type: dict
    required: true
  login:
    description:
      - A login of the exporter's own, with the keys C(user), C(password) and C(private_key_file). What is empty in it
        is taken from the inventory.
    type: dict
  vtysh:
    description: The command that runs vtysh on an FRR router.
    type: str
    default: vtysh
"""

EXAMPLES = """
- name: Show what the exporter would look at
  ansible.builtin.debug:
    msg: "{{ groups['routers'] | fairway.backbone.metrics_targets(hostvars, login={'user': 'metrics'}) }}"
"""

RETURN = """
_value:
  description: A dictionary for each router.
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.fairway.backbone.plugins.module_utils import metrics_targets as core


def metrics_targets(hosts: Any, hostvars: Any, login: Any = None, vtysh: str = "vtysh") -> list[dict[str, Any]]:
    """What is wrong with a host's variables ends the task, with the host's name."""
    try:
        return core.metrics_targets(hosts, hostvars, login, vtysh)
    except (KeyError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"metrics_targets: {error}") from error


class FilterModule:
    """One filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"metrics_targets": metrics_targets}
