#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: config_revert
short_description: Take a change back
version_added: 0.1.0
description:
  - Goes back to the configuration from before a change, at once. A pending change is cancelled, a confirmed one is
    undone when nothing was committed after it.
  - When others committed after it, it refuses and lists what they did, because going back would undo that as well.
  - When nothing of the change is on the router, or it was taken back already, nothing is changed.
  - With O(rollback) it goes back to an entry of the router's commit history, whoever made it.
options:
  change_id:
    description:
      - Name of the change, as given to M(fairway.backbone.config_stage).
      - Together with O(rollback), the change that must be the newest entry of the history.
    type: str
  rollback:
    description:
      - Number of the entry to go back to, 1 to 49. Entries are counted from the newest one, so running the task twice
        does not do the same twice.
    type: int
extends_documentation_fragment:
  - fairway.backbone.router
  - fairway.backbone.router.check_mode
  - fairway.backbone.router.diff_mode
  - fairway.backbone.router.lock
seealso:
  - module: fairway.backbone.config_stage
"""

EXAMPLES = r"""
- name: Take the change back, wherever it stands
  fairway.backbone.config_revert:
    change_id: fw-20260102T030405-a1b2c3

- name: Go back by two commits
  fairway.backbone.config_revert:
    rollback: 2
"""

RETURN = r"""
state:
  description: Where it ended. V(reverted), V(unchanged), V(checked), V(refused), V(failed) or V(unknown).
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

from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import REVERT, REVERT_RULES


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=REVERT, supports_check_mode=True, **REVERT_RULES)
    module.fail_json(msg="config_revert runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
