#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: config_get
short_description: Read a router's configuration and commit history
version_added: 0.1.0
description:
  - Reads a configuration, without taking any lock, and the commit history with it.
options:
  source:
    description:
      - Which configuration. V(running), V(candidate) (Junos), or V(rollback-N) for entry N of the commit history.
    type: str
    default: running
  format:
    description: Format of the configuration. FRR routers know V(text) only.
    type: str
    choices: [text, set, xml, json]
    default: text
  dest:
    description: File on the controller to write it to, readable by its owner alone.
    type: path
  hide_secrets:
    description:
      - Replace passwords, keys and hashes by C(<hidden>). Set C(no_log) on the task when this is switched off and
        there is no O(dest).
    type: bool
    default: true
extends_documentation_fragment:
  - fairway.backbone.router
  - fairway.backbone.router.check_mode
"""

EXAMPLES = r"""
- name: Keep a copy of what runs
  fairway.backbone.config_get:
    dest: build/running/{{ inventory_hostname }}.conf
    hide_secrets: false

- name: See what was configured two commits ago
  fairway.backbone.config_get:
    source: rollback-2
"""

RETURN = r"""
config:
  description: The configuration. With O(format=json) it is JSON text.
  returned: when O(dest) is not given
  type: str
history:
  description: The commit history, newest entry first.
  returned: success
  type: list
  elements: dict
pending:
  description: The confirmed commit that is pending, if there is one.
  returned: success
  type: dict
dest:
  description: As given.
  returned: when O(dest) is given
  type: str
kind:
  description: Kind of fault when the router could not be asked.
  returned: on a fault
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import GET


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=GET, supports_check_mode=True)
    module.fail_json(msg="config_get runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
