#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: steering_decide
short_description: Decide for every path whether traffic is moved
version_added: 0.1.0
description:
  - Asks Alertmanager which alerts fire and Prometheus how healthy every path is, takes what
    M(fairway.backbone.steering_state) said of every router, and decides for all paths at once. Changes nothing.
  - Every decision, refusals too, is an audit event.
  - Of an alert, three labels are used, C(action) (V(reroute)), C(backbone) and C(path). Nothing else of it reaches a
    variable or a template.
options:
  group:
    description: Inventory group of all routers. Every one of them must be in the play; a C(--limit) is refused.
    type: str
    default: routers
  live_from:
    description: Name of the variable that the results of M(fairway.backbone.steering_state) were registered in.
    type: str
    default: reroute_live
  payload:
    description: File with a webhook's payload, whose firing alerts count instead.
    type: path
    default: ""
  path:
    description: The path that a person wants to be O(want). Nothing is decided for the others then.
    type: str
    default: ""
  want:
    description: V(steered) or V(normal).
    type: str
    default: ""
  run:
    description: Name of the run in the audit events. Made from the time when it is empty.
    type: str
    default: ""
  look_again:
    description:
      - File to write RV(look_again) to, for whoever runs this again, such as the hook's runner. Emptied when time alone
        changes nothing.
    type: path
    default: ""
  audit:
    description:
      - Where events go, as in O(fairway.backbone.audit_event#module:sinks). When something is to be applied, those
        that may be slow are left to M(fairway.backbone.audit_event), with RV(events).
    type: list
    elements: dict
    default: []
extends_documentation_fragment:
  - fairway.backbone.observed
  - fairway.backbone.observed.alertmanager
attributes:
  check_mode:
    description: Decides the same, and marks its audit events as shadow.
    support: full
seealso:
  - module: fairway.backbone.steering_state
  - module: fairway.backbone.steering_stage
  - module: fairway.backbone.audit_event
"""

EXAMPLES = r"""
- name: Read what is steered on every router
  fairway.backbone.steering_state:
    tolerate: true
  register: reroute_live

- name: Decide for every path
  fairway.backbone.steering_decide:
    prometheus: {url: "http://prometheus.example.net:9090"}
    alertmanager: {url: "http://alertmanager.example.net:9093"}
    audit:
      - {type: file, path: /var/log/fairway/audit.jsonl}
  register: decided
  run_once: true
"""

RETURN = r"""
decisions:
  description: One for each path, in the order in which they are applied.
  returned: success
  type: list
  elements: dict
  sample:
    - path: jkt-sby/north
      verdict: steer
      want: steered
      reason: alert PathLoss fires and the path is sick
      guard: ""
      by: auto
apply:
  description: What is to be applied, each as a transaction, as the C(change) role takes it.
  returned: success
  type: list
  elements: dict
later:
  description: Paths whose change has to wait for the next round, because a router of theirs is changed in this one.
  returned: success
  type: list
  elements: str
events:
  description: Events that the slow sinks are still to be told.
  returned: success
  type: list
  elements: dict
sites:
  description: Loss (0..1) between every two sites now.
  returned: success
  type: list
  elements: dict
  sample:
    - {source: jkt, peer: sby, loss: 0.3}
ignored:
  description: Alerts that did not count, by reason.
  returned: success
  type: dict
  sample: {other action: 3}
look_again:
  description:
    - When it is worth deciding again although nobody knocks, in seconds since 1970. A hold-down, a cooldown, a damping
      or a freeze has ended then. None when time alone changes nothing.
  returned: success
  type: float
  sample: 1800000301.0
table:
  description: The decisions as the lines of a table.
  returned: success
  type: list
  elements: str
run:
  description: Name of the run.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.reroute_spec import DECIDE


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=DECIDE, supports_check_mode=True)
    module.fail_json(msg="steering_decide runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
