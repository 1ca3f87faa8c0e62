# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is watched on every path, and from which numbers on it is an alert."""

from __future__ import annotations

DOCUMENTATION = """
name: path_detectors
short_description: The detectors of every steering path, as the alert rules need them
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Puts the probe plan, the scrape intervals and the settings of the role P(fairway.backbone.prometheus#role) together.
  - Computes from how many lost packets on loss is no accident, for every path, prober and window; docs/alerts.md
    says how.
positional: _input, names
options:
  _input:
    description: The probes, as P(fairway.backbone.probe_plan#filter) gives them.
    type: list
    elements: dict
    required: true
  names:
    description: Full names of all steering paths, C(backbone/path).
    type: list
    elements: str
    required: true
  defaults:
    description: Settings of all paths.
    type: dict
    default: {}
  paths:
    description: Settings of single paths by full name.
    type: dict
    default: {}
  intervals:
    description: Seconds between two scrapes, by prober (C(smokeping), C(rpm)).
    type: dict
    required: true
"""

EXAMPLES = """
- name: Show from how many lost packets on a path is sick
  ansible.builtin.debug:
    msg: "{{ plan | fairway.backbone.path_detectors(names, intervals=every) }}"
  vars:
    plan: "{{ hostvars | fairway.backbone.probe_plan(groups) }}"
    names: [jkt-sby/north, jkt-sby/south]
    every: {smokeping: 0.5, rpm: 5}
"""

RETURN = """
_value:
  description: A dictionary for each path, with its settings and its loss detectors by window.
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.fairway.backbone.plugins.module_utils import path_detectors as core


def path_detectors(plan: Any, names: Any, defaults: Any = None, paths: Any = None, intervals: Any = None) -> list[Any]:
    """What is wrong with the settings ends the task, with every mistake named."""
    try:
        return core.path_detectors(names, plan, defaults or {}, paths or {}, intervals or {})
    except (core.DetectorError, KeyError) as error:
        raise AnsibleFilterError(f"path_detectors: the settings are wrong:\n{error}") from error


class FilterModule:
    """One filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"path_detectors": path_detectors}
