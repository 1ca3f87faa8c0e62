# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch does next."""

from __future__ import annotations

DOCUMENTATION = """
name: change_verdict
short_description: Decides for a whole batch of routers
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Reads what the C(change) role registered for each router (C(change_stage), C(change_probed), C(change_proof),
    C(change_confirm)), and says what the batch does next. A router without a report speaks against the batch.
positional: _input, hostvars, phase
options:
  _input:
    description: Names of the batch's routers.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts.
    type: dict
    required: true
  phase:
    description: What has just happened on every router of the batch.
    type: str
    choices: [staged, proven, confirmed]
    required: true
"""

EXAMPLES = """
- name: Decide for the whole batch
  ansible.builtin.set_fact:
    change_verdict: "{{ ansible_play_batch | fairway.backbone.change_verdict(hostvars, 'proven') }}"
  run_once: true
"""

RETURN = """
_value:
  description:
    - C(action) is V(prove), V(confirm), V(revert) or V(nothing); C(confirm) and C(revert) name the routers to do it to,
      C(reasons) says why, by router.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.batch import batch_verdict

REPORTS = ("change_stage", "change_probed", "change_proof", "change_confirm")


def change_verdict(batch: Sequence[str], hostvars: Mapping[str, Any], phase: str) -> dict[str, Any]:
    """The verdict on a batch (names of its routers) after a phase."""
    reports = {}
    for router in batch:
        known = hostvars.get(router, {})
        reports[router] = {name: known[name] for name in REPORTS if name in known}
    return batch_verdict(phase, batch, reports).as_dict()


class FilterModule:
    """One filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"change_verdict": change_verdict}
