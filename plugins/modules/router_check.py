#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: router_check
short_description: Compare what a router is like with what it should be like
version_added: 0.1.0
description:
  - Makes checks, which are data, and tells for each what was expected and what was found.
  - A router that does not answer is a failed check, not a failed task. The task itself fails only when it cannot mean
    anything, for example because a check of the inventory is misspelt.
options:
  profile:
    description:
      - Names of the checks to make, as shell patterns. V(all) is all of them, a pattern after C(!) leaves out.
    type: list
    elements: str
    default: [all]
  extra:
    description:
      - Checks of your own. One with the name of a built-in check takes its place.
      - C(name); one of C(state) (a path into the state that M(fairway.backbone.router_state) returns, such as
        C(bgp.neighbors.*.state)), C(command) (an operational command, or a dictionary of one per platform) and
        C(compare) (V(bgp), V(ospf), V(interfaces) or V(routes), with the intent and the snapshot); C(pick), a regular
        expression whose first group counts of a command's answer; C(expect), a dictionary of one or more of C(equals),
        C(release), C(contains), C(matches), C(at_least), C(at_most), C(within_percent), C(empty) and C(unchanged);
        C(needs), names of O(facts) without which the check is left out; C(platforms); C(severity), V(error) or
        V(warning), which does not fail; C(unknown), V(fail) or V(skip), when the router does not tell; C(why).
      - "In place of a value, C({fact: NAME}) means that one of O(facts)."
    type: list
    elements: dict
    default: []
  facts:
    description:
      - What this run is about. The built-in checks use C(version) (that should run now), C(target_version), C(package)
        (file of the controller, or URL), C(package_path) (on the router), C(checksum) (C(sha256:HEX)), C(free) (octets
        or V(1G), on /var) and C(ntp_servers).
    type: dict
    default: {}
  snapshot:
    description:
      - An earlier state, as RV(state) of this module or of M(fairway.backbone.router_state); or the path of a file that
        M(fairway.backbone.check_report) wrote, or of the directory with one for each router.
    type: raw
  expect:
    description: What the intent expects, as a dictionary or as the path of a C(HOST.expect.json).
    type: raw
  tolerances:
    description: What may differ from the snapshot, as in M(fairway.backbone.router_state).
    type: dict
  config:
    description: The router's rendered configuration. Without it, drift is not looked for.
    type: path
  partners:
    description: The other routers of the site, each with why it could not carry the site alone; empty when it could.
    type: dict
    default: {}
  fitness:
    description: Also find out whether the router could carry its site alone, see RV(unfit).
    type: bool
    default: false
attributes:
  check_mode:
    description: Reads only, so it does the same in check mode.
    support: full
extends_documentation_fragment:
  - fairway.backbone.router
notes:
  - To see who holds the configuration, and to compare it with what was rendered, it takes the configuration lock for a
    moment. It never sends a commit check.
seealso:
  - module: fairway.backbone.router_state
  - module: fairway.backbone.check_report
"""

EXAMPLES = r"""
- name: Look at everything that could stand in the way of an upgrade
  fairway.backbone.router_check:
    expect: build/config/{{ inventory_hostname }}.expect.json
    facts:
      version: 22.4R3-S1.4
      free: 4G
    extra:
      - name: fabric
        command: {junos: show chassis fabric summary}
        pick: 'Plane state +(\w+)'
        expect: {equals: Online}
        platforms: [junos]
        why: a plane that is down halves the capacity
      - name: prefixes
        state: bgp.neighbors.*.accepted
        expect: {within_percent: 5}
  register: checked
"""

RETURN = r"""
passed:
  description: Whether every check is as expected, warnings aside.
  returned: always
  type: bool
rows:
  description:
    - A row for each check, and one more for each place where it fails. C(mark) is V(good), V(bad), V(warning) or
      V(skipped).
  returned: always
  type: list
  elements: dict
  sample:
    - router: jkt-r1
      check: alarms
      expect: none
      actual: "major: PEM 0 Not Powered"
      mark: bad
      ok: false
      why: mend what it says first
lines:
  description: What is not as expected, or one line that all is.
  returned: always
  type: list
  elements: str
table:
  description: All rows, as the lines of a table.
  returned: always
  type: list
  elements: str
state:
  description: What was read, to be a later run's O(snapshot).
  returned: always
  type: dict
unfit:
  description: Why the router could not carry its site alone; empty when it could.
  returned: with O(fitness=true)
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.checks_spec import CHECK


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=CHECK, supports_check_mode=True)
    module.fail_json(msg="router_check runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
