#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: gate_ask
short_description: Ask whether a runbook goes on for a router
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Shows what was found and what comes next, and returns who says go on, and whether. The role C(gate) acts on it.
  - Without a terminal it never waits. Nothing typed, half a word and a time that ran out are no consent.
  - Routers of a run are asked one after another, those of a play with many routers too.
options:
  name:
    description: One word for what is asked.
    type: str
    required: true
  runbook:
    description: The runbook that asks.
    type: str
    required: true
  found:
    description: What was found, line by line.
    type: list
    elements: str
    default: []
  passed:
    description: Whether that is all as it should be.
    type: bool
    default: false
  next:
    description: What comes next, in a sentence.
    type: str
    default: ""
  abort:
    description: What the router is left like when it does not come, and what to do then. Part of RV(message).
    type: str
    default: ""
  subject:
    description:
      - What an approval is for, any data. The lines of O(found) and O(next) when it is empty.
      - Name it when those hold numbers that differ from run to run.
    type: raw
    default: ""
  approval:
    description: Who says go on, the person at the terminal, O(passed) alone, or a later run that is given RV(id).
    type: str
    choices: [prompt, auto, external]
    default: prompt
  approved:
    description: Approvals that were given. One that fits opens the gate, whatever O(approval) says.
    type: list
    elements: str
    default: []
  valid_hours:
    description: Hours that an approval holds after it was asked for.
    type: float
    default: 24
  timeout:
    description: Seconds that a person has to answer.
    type: int
    default: 3600
  dest:
    description: Directory for the record, C(ID.json).
    type: path
    default: ""
  only_ready:
    description: Only find out whether somebody could answer; for the beginning of a runbook.
    type: bool
    default: false
attributes:
  check_mode:
    description: Shows what would be asked and goes on, because nothing is changed.
    support: full
"""

EXAMPLES = r"""
- name: Ask before the router is drained
  fairway.backbone.gate_ask:
    name: drain
    runbook: upgrade
    found: ["running 24.2R1, wanted 24.4R1", "all 14 checks passed"]
    passed: true
    next: jkt-r1 is drained.
    abort: Nothing was changed.
    subject: {version: 24.4R1, failed: []}
  register: asked
"""

RETURN = r"""
answer:
  description: V(continue), V(abort), or V(wait) when an approval is needed first.
  returned: always
  type: str
by:
  description: The person's login, V(checks), V(approval), or V(nobody yet); empty when nobody was asked.
  returned: always
  type: str
id:
  description: The approval that opens this gate, or has opened it.
  returned: always
  type: str
message:
  description: Why it does not go on, and what the router is left like.
  returned: always
  type: str
record:
  description: Path of the record.
  returned: always
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.gate_spec import ASK


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=ASK, supports_check_mode=True)
    module.fail_json(msg="gate_ask runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
