#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: router_state
short_description: Read a router's operational state, and prove that it is healthy
version_added: 0.1.0
description:
  - Reads BGP neighbours, OSPF neighbours, interfaces, route counts, alarms, crashes and the system's data in one form
    for all platforms.
  - With O(compare_to) or O(expect) it judges them. What was good must stay good unless the intent says that it is gone,
    what the intent adds must come up, prefix and route counts may shrink within O(tolerances), and there may be no
    new alarm, crash or reboot. What was down before and still is does not count.
  - It looks again until the router has been healthy for O(soak) seconds without a break, or O(deadline) is over. It
    begins with a fresh session, and a router that does not answer is unhealthy. The task fails when the verdict is bad.
options:
  gather:
    description:
      - Parts of the state to read. By default those up to V(system).
      - V(traffic) (rates, measured for about a second on FRR), V(next_hops) (how many best BGP routes use which next
        hop), V(software), V(storage), V(ntp) and V(commit) (what is pending, uncommitted or locked; to see that, the
        lock is taken for a moment on Junos) are read only when they are named. They are not judged.
    type: list
    elements: str
    choices: [bgp, ospf, interfaces, routes, alarms, cores, system, traffic, next_hops, software, storage, ntp, commit]
  compare_to:
    description:
      - The state before the change, as RV(state) of this module or C(before) of M(fairway.backbone.config_stage).
    type: dict
  expect:
    description:
      - What the intent expects, as a dictionary, or as the path of the C(.expect.json) file that
        M(fairway.backbone.config_render) writes.
    type: raw
  tolerances:
    description:
      - What may differ. A count may shrink by a percentage or by a number, whichever allows more.
      - C(prefixes_lost_percent) (10) and C(prefixes_lost) (5), of the prefixes accepted from a neighbour (the last one
        may not go, neither there nor in what is announced to it, unless C(prefixes_lost_percent) is 100);
        C(routes_lost_percent) (10) and C(routes_lost) (10), of the routes of a family; C(prefixes_minimum), a
        dictionary of neighbour addresses and the least number of prefixes to accept from them; C(require_new) (true),
        whether sessions that the intent adds must come up; C(ignore), a list of shell patterns of checks that do not
        count, such as C(interface eth9) or C(alarm *).
    type: dict
  soak:
    description: Seconds that the router must be healthy without a break.
    type: float
    default: 0.0
  deadline:
    description: Seconds within which it must have been. Not less than O(soak).
    type: float
    default: 0.0
  interval:
    description: Seconds between two looks.
    type: float
    default: 2.0
attributes:
  check_mode:
    description: Reads only, so it does the same in check mode.
    support: full
extends_documentation_fragment:
  - fairway.backbone.router
notes:
  - On an FRR router the user must be in group C(frrvty). For the other modules of this collection it must also be in
    group C(frr), own C(/var/lib/fairway), and be able to write C(/etc/frr); or use C(become).
seealso:
  - module: fairway.backbone.config_stage
"""

EXAMPLES = r"""
- name: Remember how it is
  fairway.backbone.router_state:
  register: earlier

- name: Prove that it is as good as earlier, for half a minute
  fairway.backbone.router_state:
    compare_to: "{{ earlier.state }}"
    expect: build/config/{{ inventory_hostname }}.expect.json
    tolerances:
      prefixes_lost_percent: 5
      ignore: ["interface eth9"]
    soak: 30
    deadline: 120
"""

RETURN = r"""
state:
  description: The router's state as last read. What was not gathered is missing.
  returned: when the router answered
  type: dict
  sample:
    bgp:
      neighbors:
        192.0.2.2: {state: Established, asn: 64496, received: 12, accepted: 12, advertised: 9, uptime_s: 86400}
    ospf:
      v2:
        eth1: {192.0.2.3: Full}
healthy:
  description: The verdict.
  returned: with O(compare_to) or O(expect)
  type: bool
message:
  description: The verdict's reason.
  returned: with O(compare_to) or O(expect)
  type: str
findings:
  description: What was compared at the last look.
  returned: with O(compare_to) or O(expect)
  type: list
  elements: dict
  sample:
    - check: bgp 192.0.2.2
      before: Established
      expect: Established
      now: Active
      ok: false
      why: was Established before
table:
  description: The findings as the lines of a table, faults first.
  returned: with O(compare_to) or O(expect)
  type: list
  elements: str
looks:
  description: How often it looked.
  returned: with O(compare_to) or O(expect)
  type: int
seconds:
  description: How long it took.
  returned: with O(compare_to) or O(expect)
  type: float
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.state_spec import SPEC


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="router_state runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
