#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: config_stage
short_description: Commit a configuration to a router under a timer
version_added: 0.1.0
description:
  - Loads a configuration, compares it with what runs, has the router check it, and commits it with a timer. Unless
    M(fairway.backbone.config_confirm) confirms the commit before the timer ends, the router takes it back by itself.
  - Refuses while a confirmed commit of somebody else is pending, while somebody else holds the lock, and while the
    candidate holds uncommitted changes. What others left there is never discarded.
  - When the session or a reply is lost, it connects again and reads the router's commit history. The result says what
    the router did, not what was hoped.
  - In check mode it loads, compares, checks and discards. The check is left out while a confirmed commit is pending,
    because on Junos it would confirm that commit.
options:
  src:
    description:
      - File with the configuration, as M(fairway.backbone.config_render) writes it. A relative path is looked up in
        the working directory, then beside the playbook.
    type: path
  text:
    description: The configuration itself, instead of O(src).
    type: str
  map:
    description:
      - JSON file with the template and line that each line of the configuration came from, for error messages.
      - Beside O(src), a file of the same name that ends in C(.map.json) is used by default.
    type: path
  format:
    description: Format of the configuration. FRR routers know V(text) only.
    type: str
    choices: [text, set, xml, json]
    default: text
  load:
    description:
      - How it is loaded. V(update) and V(override) replace the whole configuration (V(update) tells the router's
        daemons only what differs), V(replace) replaces what is tagged C(replace:), V(merge) adds, V(set) runs set
        commands.
    type: str
    choices: [update, override, replace, merge, set]
    default: update
  change_id:
    description:
      - Name of the change in the router's commit history. Confirming and reverting go by it.
      - One word, by convention C(fw-), the UTC time and six hexadecimal digits.
    type: str
    required: true
  confirm_minutes:
    description: Minutes until the router takes the change back, 1 to 65535.
    type: int
    default: 10
  snapshot:
    description:
      - Take the router's state in the same session, after it is known that there is a difference and before it is
        committed. It is returned as RV(before).
    type: bool
    default: false
  base:
    description:
      - The C(token) of M(fairway.backbone.steering_state) that the configuration was rendered upon. When the router has
        another newest commit by now, it is refused. V(unread) is always refused.
    type: str
    default: ""
  diff_dest:
    description:
      - File on the controller for RV(diff_text), in check mode too. It is for its owner alone, because a diff may hold
        keys and communities, and empty when there is no difference.
    type: path
    default: ""
extends_documentation_fragment:
  - fairway.backbone.router
  - fairway.backbone.router.check_mode
  - fairway.backbone.router.diff_mode
  - fairway.backbone.router.lock
  - fairway.backbone.router.timed
seealso:
  - module: fairway.backbone.config_confirm
  - module: fairway.backbone.config_revert
"""

EXAMPLES = r"""
- name: Stage what was rendered
  fairway.backbone.config_stage:
    src: build/config/{{ inventory_hostname }}.conf
    change_id: fw-20260102T030405-a1b2c3
    revision: 1f2e3d4
    confirm_minutes: 5
    snapshot: true
  register: stage

- name: Show what a merge would change, and change nothing
  fairway.backbone.config_stage:
    text: "protocols { ospf { area 0.0.0.0 { interface ge-0/0/0.0 { metric 65000; } } } }"
    load: merge
    change_id: fw-20260102T030405-a1b2c3
  check_mode: true
  diff: true
"""

RETURN = r"""
state:
  description:
    - V(unchanged), there is no difference. V(staged), committed, and the timer runs. V(checked), check mode, there is
      a difference that the router accepts. V(refused), somebody else is at work. V(failed), nothing is committed.
      V(unknown), the router was lost while it may have been committing; its timer takes the change back.
  returned: always
  type: str
  sample: staged
message:
  description: Why it is so, without the router's name. Complaints of the router stand on a line each.
  returned: always
  type: str
step:
  description: The step at which it was refused or failed.
  returned: always
  type: str
  sample: lock
change_id:
  description: As given.
  returned: when the router was asked
  type: str
diff_text:
  description: Difference from what ran, in the router's own format, with secrets hidden.
  returned: when the router was asked
  type: str
lines_added:
  description: Lines that the difference adds.
  returned: when the router was asked
  type: int
lines_removed:
  description: Lines that the difference removes.
  returned: when the router was asked
  type: int
errors:
  description: The router's complaints, traced to the lines of the configuration and of the template.
  returned: always
  type: list
  elements: dict
  sample:
    - message: syntax error
      severity: error
      path: "[edit protocols ospf]"
      bad_element: metrc
      config_line: 41
      template: templates/junos/ospf.j2
      template_line: 12
notes:
  description: Warnings, and what went wrong while cleaning up.
  returned: when the router was asked
  type: list
  elements: str
before:
  description: The router's state before the change.
  returned: when O(snapshot) is true and the change was committed
  type: dict
pending:
  description: The confirmed commit that is pending now, whoever's it is.
  returned: when the router was asked
  type: dict
deadline:
  description: When the timer ends, on the router's clock, in seconds since 1970.
  returned: when RV(state=staged)
  type: float
seconds:
  description: How long it took.
  returned: when the router was asked
  type: float
kind:
  description: Kind of fault when the router could not be asked, such as V(timeout), V(auth) or V(host_key).
  returned: on a fault
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import STAGE, STAGE_RULES


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=STAGE, supports_check_mode=True, **STAGE_RULES)
    module.fail_json(msg="config_stage runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
