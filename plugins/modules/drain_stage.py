#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: drain_stage
short_description: Take one router out of service, or put it back, under a timer
version_added: 0.1.0
description:
  - Draining switches on every policy term C(out-of-service) of the policies in use, lets OSPF send traffic around the
    router (overload on Junos, C(max-metric router-lsa) and, for OSPFv3, the highest costs on FRR), and writes a marker
    that says since when, by which change, by whom and why.
  - Undraining goes back to what the intent says and removes the marker. What the intent itself has active stays, and
    so does what steering switched on. It ends a drain that somebody made by hand as well.
  - It changes nothing else, and never what is in Git and not deployed. It does not wait until traffic has moved.
  - Commits with a timer, as M(fairway.backbone.config_stage) does. M(fairway.backbone.config_confirm) and
    M(fairway.backbone.config_revert) finish it.
options:
  action:
    description: What to do.
    type: str
    choices: [drain, undrain]
    required: true
  by:
    description: Who wanted it, as one word.
    type: str
    default: somebody
  since:
    description: The time to write down, in seconds since 1970.
    type: float
    required: true
  reason:
    description: Why, for people; up to 160 characters.
    type: str
    default: ""
  neighbors:
    description:
      - Addresses of the BGP neighbours to drain. OSPF is left as it is then. Only policies that no other neighbour uses
        can be switched; what is in the way is told. By default the whole router is drained.
      - Neighbours that are drained already stay so. A router that is drained whole has to be undrained first.
    type: list
    elements: str
    default: []
  base:
    description:
      - The C(token) of M(fairway.backbone.steering_state) that this was decided upon. When the router has another
        newest commit by now, it is refused.
    type: str
    default: ""
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
- name: Take the router out of service
  fairway.backbone.drain_stage:
    action: drain
    reason: new software
    by: noc
    change_id: fw-20260102T030405-a1b2c3
    since: "{{ now(utc=true).timestamp() }}"
    base: "{{ steering_now.live.token }}"
  register: change_stage

- name: Put it back
  fairway.backbone.drain_stage:
    action: undrain
    change_id: fw-20260102T040506-a1b2c3
    since: "{{ now(utc=true).timestamp() }}"
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

from ansible_collections.fairway.backbone.plugins.module_utils.steering_specs import DRAIN


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=DRAIN, supports_check_mode=True)
    module.fail_json(msg="drain_stage runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
