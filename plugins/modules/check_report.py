#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: check_report
short_description: Write down what the checks found, on all routers
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Writes, into one directory, a C(HOST.json) for each router (result, rows, and the state, which can be a later run's
    snapshot), C(report.json) with all rows, and C(report.html), a page that needs no other file and no network.
  - Files are written whole or not at all, readable by their owner only.
options:
  results:
    description: Results of M(fairway.backbone.router_check) by router.
    type: dict
    required: true
  dest:
    description: The directory. It is made when it is not there.
    type: path
    required: true
  title:
    description: Title of the page.
    type: str
    default: Checks
attributes:
  check_mode:
    description: Writes reports in check mode too; no router is touched.
    support: full
seealso:
  - module: fairway.backbone.router_check
"""

EXAMPLES = r"""
- name: Write the report
  fairway.backbone.check_report:
    results: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'checked'))) }}"
    dest: build/checks
  run_once: true
"""

RETURN = r"""
passed:
  description: Whether every router passed.
  returned: success
  type: bool
wrong:
  description: Routers that did not pass.
  returned: success
  type: list
  elements: str
table:
  description: A row per router, as the lines of a table.
  returned: success
  type: list
  elements: str
json:
  description: Path of all rows.
  returned: success
  type: str
html:
  description: Path of the page.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.checks_spec import REPORT


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=REPORT, supports_check_mode=True)
    module.fail_json(msg="check_report runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
