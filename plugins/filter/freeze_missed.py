# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers that a freeze or a thaw did not reach."""

from __future__ import annotations

DOCUMENTATION = """
name: freeze_missed
short_description: Says which routers a freeze or a thaw did not reach
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Reads what the C(reroute) role registered for each router (C(reroute_stage), C(reroute_confirm)), and says which do
    not have it, why, and what that means for the network.
positional: _input, hostvars, freezing
options:
  _input:
    description: Names of all routers.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts.
    type: dict
    required: true
  freezing:
    description: Whether it is a freeze; else it is a thaw.
    type: bool
    required: true
"""

EXAMPLES = """
- name: Tell which routers do not have it
  ansible.builtin.fail:
    msg: "{{ missed }}"
  when: missed | length > 0
  vars:
    missed: "{{ ansible_play_hosts_all | fairway.backbone.freeze_missed(hostvars, true) }}"
  run_once: true
"""

RETURN = """
_value:
  description: What to tell; empty when all routers have it.
  type: str
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import freeze

REPORTS = ("reroute_stage", "reroute_confirm")


def freeze_missed(routers: Sequence[str], hostvars: Mapping[str, Any], freezing: bool) -> str:
    """What to tell of routers that do not have it."""
    reports = {}
    for router in routers:
        known = hostvars.get(router, {})
        reports[router] = {name: known[name] for name in REPORTS if name in known}
    return freeze.freeze_missed(routers, reports, freezing)


class FilterModule:
    """One filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"freeze_missed": freeze_missed}
