#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: steering_stage
short_description: Steer, restore or freeze on one router, under a timer
version_added: 0.1.0
description:
  - Changes a path's places on a router to their steered value, or back to what was there before, and writes a marker
    beside them (or removes it). It changes nothing else, and never what is in Git and not deployed.
  - Commits with a timer, as M(fairway.backbone.config_stage) does. M(fairway.backbone.config_confirm) and
    M(fairway.backbone.config_revert) finish it.
  - With O(action=freeze) it writes that nothing is to be steered automatically, with O(action=thaw) it lifts that.
options:
  action:
    description: What to do.
    type: str
    choices: [steer, restore, freeze, thaw]
    required: true
  path:
    description: The path, as in C(steering.paths). Needed to steer and to restore.
    type: str
  places:
    description:
      - Places to change, each with C(key) (such as C([ospf, ge-0/0/0.0])) and C(router); those of other routers are
        passed over. By default all that the path has on this router.
    type: list
    elements: dict
  by:
    description: V(auto), or V(hand) when a person wanted it. For O(action=freeze), who it was.
    type: str
    default: auto
  since:
    description: The time to write down, in seconds since 1970.
    type: float
    required: true
  until:
    description: When a freeze ends by itself, in seconds since 1970. By default it does not.
    type: float
  reason:
    description: Why everything is frozen, for people.
    type: str
    default: ""
  base:
    description:
      - The C(token) of M(fairway.backbone.steering_state) that this was decided upon. When the router has another
        newest commit by now, it is refused.
    type: str
    default: ""
  lock_order:
    description:
      - The routers that this task changes at the same time, each in a worker of its own. They are taken in the order of
        their names, and when one cannot be taken, those after it are left alone. So of two runs that want the same
        routers, one gets all of them, and the other changes nothing.
      - Give it only when Ansible has a fork for each of them. By default routers do not wait for each other.
    type: list
    elements: str
extends_documentation_fragment:
  - fairway.backbone.router
  - fairway.backbone.router.check_mode
  - fairway.backbone.router.diff_mode
  - fairway.backbone.router.lock
  - fairway.backbone.router.timed
seealso:
  - module: fairway.backbone.steering_state
  - module: fairway.backbone.config_confirm
  - module: fairway.backbone.config_revert
"""

EXAMPLES = r"""
- name: Move traffic away from a path
  fairway.backbone.steering_stage:
    action: steer
    path: jkt-sby/north
    change_id: fw-20260102T030405-a1b2c3
    since: "{{ now(utc=true).timestamp() }}"
    base: "{{ steering_now.live.token }}"
  register: change_stage

- name: Let nothing be steered automatically
  fairway.backbone.steering_stage:
    action: freeze
    change_id: fw-20260102T030405-a1b2c3
    since: "{{ now(utc=true).timestamp() }}"
    by: noc
    reason: maintenance of the south backbone
"""

RETURN = r"""
state:
  description: As in M(fairway.backbone.config_stage). V(unchanged), it is so already.
  returned: always
  type: str
  sample: staged
message:
  description: Why it is so.
  returned: always
  type: str
step:
  description: The step at which it was refused or failed; C(look) before anything was tried.
  returned: always
  type: str
change_id:
  description: As given.
  returned: when the router was asked
  type: str
diff_text:
  description: Difference from what ran, in the router's own format, with secrets hidden.
  returned: when the router was asked
  type: str
errors:
  description: The router's complaints.
  returned: always
  type: list
  elements: dict
notes:
  description: Warnings, and what went wrong while cleaning up.
  returned: when the router was asked
  type: list
  elements: str
before:
  description: The router's state before the change.
  returned: when O(snapshot) is true
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
  description: Kind of fault when the router could not be asked.
  returned: on a fault
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.steering_specs import STAGE, STAGE_RULES


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=STAGE, supports_check_mode=True, **STAGE_RULES)
    module.fail_json(msg="steering_stage runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
