# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which probes an inventory asks for."""

from __future__ import annotations

DOCUMENTATION = """
name: probe_plan
short_description: The probes of an inventory
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Reads C(steering) and C(probes) of all routers and says which host measures which address for what.
  - The intent is checked first, as M(fairway.backbone.config_render) does; what is wrong with it ends the task.
positional: _input, groups
options:
  _input:
    description: The variables of all hosts (C(hostvars)).
    type: dict
    required: true
  groups:
    description: The groups of the inventory (C(groups)).
    type: dict
    required: true
  group:
    description: The group that holds the routers.
    type: str
    default: routers
"""

EXAMPLES = """
- name: Show who measures the paths
  ansible.builtin.debug:
    msg: "{{ hostvars | fairway.backbone.probe_plan(groups) | selectattr('kind', 'equalto', 'path') }}"
  run_once: true
"""

RETURN = """
_value:
  description:
    - A dictionary for each probe, sorted by sender.
    - C(source) is the host that sends and C(target) the address it sends to. C(kind) is V(path), V(site) or V(target).
      C(prober) is V(smokeping), or V(rpm) on Junos. C(backbone) and C(path) are the two halves of a path's name, empty
      for other kinds. C(peer) is the host, site or target that is measured. C(source_address) and C(interface) are the
      sender's end of the link, empty when it is not on it. C(interval) is the seconds between two packets,
      of all RPM tests of the path together.
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import report
from ansible_collections.fairway.backbone.plugins.module_utils.intent.probe_plan import (
    RPM,
    probe_plan,
    probe_settings,
    teller_of,
)


def plan(hostvars: Any, groups: Any, group: str = "routers") -> list[dict[str, Any]]:
    """Every probe as plain data. Raises AnsibleFilterError with everything that is wrong with the intent."""
    # Whoever only reads this filter's documentation needs no schema library.
    from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import read_hostvars
    from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import validate_fleet

    try:
        inventory = read_hostvars(hostvars, groups, group)
    except KeyError as error:
        raise AnsibleFilterError(f"probe_plan: the inventory has no group {group!r}") from error
    fleet, found = validate_fleet(inventory.intents, inventory.others, inventory.hosts)
    errors = [error for error in (*inventory.errors, *found) if error.severity == "error"]
    if errors:
        raise AnsibleFilterError(f"probe_plan: the intent is wrong:\n{report(inventory.files.locate(errors))}")
    teller = teller_of(fleet)
    if teller is None:
        return []
    settings = probe_settings(teller)
    return [
        {
            "source": probe.source,
            "target": probe.target,
            "kind": probe.kind,
            "prober": probe.prober,
            "backbone": probe.path.partition("/")[0],
            "path": probe.path.partition("/")[2],
            "peer": probe.peer,
            "source_address": probe.source_address,
            "interface": probe.interface,
            "interval": settings.rpm_interval_s / settings.rpm_tests if probe.prober == RPM else settings.interval_s,
        }
        for probe in probe_plan(fleet, teller)
    ]


class FilterModule:
    """One filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"probe_plan": plan}
