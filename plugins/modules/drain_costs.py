#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: drain_costs
short_description: One step of a router's OSPF costs on its way out of service, or back
version_added: 0.1.0
description:
  - Adds O(added) to the cost that the intent, or steering, gives every OSPF interface of the router. Interfaces that
    are passive stay as they are, and so does a cost that sends traffic around the router.
  - Commits with a timer, as M(fairway.backbone.config_stage) does. M(fairway.backbone.config_confirm) and
    M(fairway.backbone.config_revert) end it.
options:
  added:
    description: What to add. 0 is what the intent, or steering, says.
    type: int
    required: true
  way:
    description: V(up) lowers no cost, and V(down) raises none, so that whoever goes on does not go back.
    type: str
    choices: [up, down]
    required: true
extends_documentation_fragment:
  - fairway.backbone.router
  - fairway.backbone.router.check_mode
  - fairway.backbone.router.diff_mode
  - fairway.backbone.router.lock
  - fairway.backbone.router.timed
seealso:
  - module: fairway.backbone.drain_decide
  - module: fairway.backbone.drain_stage
"""

EXAMPLES = r"""
- name: Let some routers leave before the others do
  fairway.backbone.drain_costs:
    added: 41
    way: up
    change_id: fw-20260102T030405-a1b2c3
  register: change_stage
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
before:
  description: The router's state before the change, with O(snapshot).
  returned: when asked for
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.drain_specs import COSTS


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=COSTS, supports_check_mode=True)
    module.fail_json(msg="drain_costs runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
