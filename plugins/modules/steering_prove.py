#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: steering_prove
short_description: Wait until the probes on the new way are healthy
version_added: 0.1.0
description:
  - Asks Prometheus again and again until one path of O(way) is measured and not sick, none of O(through) is sick, and
    no two sites lose more than before, for O(soak) seconds in a row; or until that cannot happen any more within
    O(deadline) seconds.
options:
  way:
    description: Paths that the traffic may go to, one of which must be healthy.
    type: list
    elements: str
    required: true
  through:
    description: Those of O(way) that it is known to go through, none of which may be sick.
    type: list
    elements: str
    default: []
  sites_before:
    description:
      - Loss between sites before the change, as RV(fairway.backbone.steering_decide#module:sites). Two sites that
        lost more than O(loss) already do not count.
    type: list
    elements: dict
    default: []
  loss:
    description: The share of packets (0..1) that may be lost between two sites.
    type: float
    default: 0.02
  blind:
    description: What is not measured does not count against the change. For a person who steers without telemetry.
    type: bool
    default: false
  soak:
    description: Seconds that it must be healthy without a break.
    type: float
    default: 5.0
  deadline:
    description: Seconds within which it must have been. Not less than O(soak).
    type: float
    default: 30.0
  interval:
    description: Seconds between two looks.
    type: float
    default: 1.0
extends_documentation_fragment:
  - fairway.backbone.observed
attributes:
  check_mode:
    description: Reads only, so it does the same in check mode.
    support: full
seealso:
  - module: fairway.backbone.steering_decide
  - module: fairway.backbone.router_state
"""

EXAMPLES = r"""
- name: Prove the new way
  fairway.backbone.steering_prove:
    way: [jkt-sby/south]
    sites_before: "{{ decided.sites }}"
    prometheus: {url: "http://prometheus.example.net:9090"}
"""

RETURN = r"""
healthy:
  description: The verdict.
  returned: always
  type: bool
message:
  description: The verdict's reason.
  returned: when it was looked at
  type: str
findings:
  description: What was seen at the last look, as in M(fairway.backbone.router_state).
  returned: when it was looked at
  type: list
  elements: dict
table:
  description: The findings as the lines of a table, faults first.
  returned: when it was looked at
  type: list
  elements: str
looks:
  description: How often it looked.
  returned: when it was looked at
  type: int
seconds:
  description: How long it took.
  returned: when it was looked at
  type: float
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.reroute_spec import PROVE


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=PROVE, supports_check_mode=True)
    module.fail_json(msg="steering_prove runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
