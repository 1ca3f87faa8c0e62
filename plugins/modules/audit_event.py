#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: audit_event
short_description: Tell the audit log what became of a change
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Writes JSON events to files, syslog and Loki, all at once. C(schemas/audit_event.json) describes them.
  - A sink that does not take them is a warning, and the others still get them. It never fails a run.
options:
  change:
    description:
      - The change, with C(change_id), C(action) (V(steer), V(restore), V(freeze), V(thaw), V(deploy), V(drain) or
        V(undrain)), C(path), C(by), C(reason) and C(revision). What became of it is read from the variables that the
        C(change) role registered for O(routers).
    type: dict
  phase:
    description:
      - What has just happened on the routers. V(refused) means that nothing was begun, because of O(why).
    type: str
    choices: [refused, staged, ended]
    default: ended
  why:
    description: Why nothing was begun.
    type: str
    default: ""
  routers:
    description: Routers of the change.
    type: list
    elements: str
    default: []
  prefix:
    description: What the registered variables' names begin with; C(stage), C(proof), C(confirm) and so on follow.
    type: str
    default: change_
  events:
    description: Events that are ready, as RV(fairway.backbone.steering_decide#module:events).
    type: list
    elements: dict
    default: []
  run:
    description: Name of the run. Made from the time when it is empty.
    type: str
    default: ""
  sinks:
    description:
      - Dictionaries with C(type). V(file) has C(path). V(syslog) has C(address) (a socket's path, or C(HOST:PORT)),
        C(protocol) (V(udp) or V(tcp)) and C(facility). V(loki) has C(url), C(token) or C(user) and C(password),
        C(ca), C(tenant) and C(labels).
    type: list
    elements: dict
    default: []
  only:
    description: Only sinks that make nobody wait, only the others, or all.
    type: str
    choices: [all, prompt, slow]
    default: all
attributes:
  check_mode:
    description: Writes the events, marked as shadow; nothing else is changed.
    support: full
seealso:
  - module: fairway.backbone.steering_decide
"""

EXAMPLES = r"""
- name: Tell what was staged
  fairway.backbone.audit_event:
    change: {change_id: fw-20260102T030405-a1b2c3, action: steer, path: jkt-sby/north}
    phase: staged
    routers: [jkt-r1, sby-r1]
    sinks:
      - {type: file, path: /var/log/fairway/audit.jsonl}
      - {type: syslog, address: "192.0.2.10:514"}
      - {type: loki, url: "https://loki.example.net:3100", labels: {network: backbone}}
  run_once: true
"""

RETURN = r"""
events:
  description: What was written.
  returned: always
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.reroute_spec import AUDIT


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=AUDIT, supports_check_mode=True)
    module.fail_json(msg="audit_event runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
