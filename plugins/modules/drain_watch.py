#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: drain_watch
short_description: Measure whether traffic has gone from a router
version_added: 0.1.0
description:
  - Looks at the rates of the router's interfaces again and again, until none carries more than O(threshold_kbit) for
    O(hold) seconds, or the time is up. Or, with O(look=paths), at the best BGP paths of another router, until they do
    not lead to the drained one.
  - Says every five seconds how far it is. Traffic that has not gone is no failure of the task, see RV(gone).
options:
  look:
    description: What to look at.
    type: str
    choices: [traffic, paths]
    default: traffic
  threshold_kbit:
    description: Kilobits a second that an interface may carry in each direction, for the routing protocols.
    type: float
    default: 1000.0
  interfaces:
    description: The interfaces that count. All but loopbacks and management by default.
    type: list
    elements: str
    default: []
  addresses:
    description: The next hops that stand for the drained router, for O(look=paths).
    type: list
    elements: str
    default: []
  paths_left:
    description: Best paths that may go on leading there, because nobody else has them.
    type: int
    default: 0
  hold:
    description: Seconds that it must be so without a break.
    type: float
    default: 10.0
  deadline:
    description: Seconds within which the traffic must have gone.
    type: float
    default: 300.0
  interval:
    description: Seconds between two looks.
    type: float
    default: 2.0
extends_documentation_fragment:
  - fairway.backbone.router
attributes:
  check_mode:
    description: Reads only, so it does the same in check mode.
    support: full
seealso:
  - module: fairway.backbone.drain_stage
  - module: fairway.backbone.router_state
"""

EXAMPLES = r"""
- name: Measure the drain
  fairway.backbone.drain_watch:
    threshold_kbit: 200
    deadline: 60
  register: drain_traffic
"""

RETURN = r"""
gone:
  description: The verdict.
  returned: always
  type: bool
message:
  description: The verdict's reason, with what is still there.
  returned: always
  type: str
rates:
  description: Interface to C(in_bps) and C(out_bps), at the last look.
  returned: always
  type: dict
paths:
  description: Best paths that lead to the drained router, at the last look.
  returned: with O(look=paths)
  type: int
looks:
  description: How often it looked.
  returned: always
  type: int
seconds:
  description: How long it took.
  returned: always
  type: float
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.drain_specs import WATCH


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=WATCH, supports_check_mode=True)
    module.fail_json(msg="drain_watch runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
