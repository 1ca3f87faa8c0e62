#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: router_command
short_description: Run operational commands on a router
version_added: 0.1.0
description:
  - Runs commands of the router's own command line (Junos) or of vtysh (FRR), in order, and returns their text.
  - Stops at the first command that the router refuses. Configuration commands are not accepted here.
options:
  commands:
    description: The commands.
    type: list
    elements: str
    required: true
attributes:
  check_mode:
    description: Commands that only look (such as C(show) or C(ping)) run in check mode too, all others are skipped.
    support: partial
    details: The text of a skipped command is empty.
extends_documentation_fragment:
  - fairway.backbone.router
"""

EXAMPLES = r"""
- name: Look at the neighbours
  fairway.backbone.router_command:
    commands:
      - show ospf neighbor
      - show bgp summary
"""

RETURN = r"""
stdout:
  description: The text of each command.
  returned: success
  type: list
  elements: str
stdout_lines:
  description: The same, as lines.
  returned: success
  type: list
  elements: list
skipped_commands:
  description: Commands that were not run, because of check mode.
  returned: success
  type: list
  elements: str
kind:
  description: Kind of fault when the router could not be asked, or refused a command (V(rejected)).
  returned: on a fault
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import COMMAND


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=COMMAND, supports_check_mode=True)
    module.fail_json(msg="router_command runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
