#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: config_confirm
short_description: Keep a staged change for good
version_added: 0.1.0
description:
  - Stops the timer of a change that M(fairway.backbone.config_stage) committed.
  - Only the change that is named is confirmed. It must be the newest entry of the router's commit history and still
    pending; anything else fails. Afterwards the history is read again, because the timer may have been faster.
  - A change that is confirmed already stays so, and nothing is changed.
options:
  change_id:
    description: Name of the change, as given to M(fairway.backbone.config_stage).
    type: str
    required: true
extends_documentation_fragment:
  - fairway.backbone.router
  - fairway.backbone.router.check_mode
  - fairway.backbone.router.lock
seealso:
  - module: fairway.backbone.config_stage
"""

EXAMPLES = r"""
- name: Keep the change
  fairway.backbone.config_confirm:
    change_id: fw-20260102T030405-a1b2c3
"""

RETURN = r"""
state:
  description: Where it ended. V(confirmed), V(unchanged) (it was), V(checked), V(refused), V(failed) or V(unknown).
  returned: always
  type: str
message:
  description: Why it is so, without the name of the router.
  returned: always
  type: str
change_id:
  description: The change.
  returned: when the router was asked
  type: str
diff_text:
  description: What the router changed, or would change, with secrets hidden.
  returned: when the router was asked
  type: str
errors:
  description: Complaints of the router.
  returned: always
  type: list
  elements: dict
notes:
  description: Warnings, and what went wrong while cleaning up.
  returned: when the router was asked
  type: list
  elements: str
history:
  description: The newest entries of the commit history of the router, as read last.
  returned: when the router was asked
  type: list
  elements: dict
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

from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import CONFIRM


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=CONFIRM, supports_check_mode=True)
    module.fail_json(msg="config_confirm runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
