#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: steering_state
short_description: Read what a router says of steering
version_added: 0.1.0
description:
  - Reads, in one session, which places of C(steering.paths) are steered since when by which change, which changes of
    steering the commit history has, whether the router is drained or frozen, and whether somebody else is at work.
  - Do not register its result as C(steering), which is the name of the intent's own key.
  - Changes nothing. On Junos it takes the configuration lock for a moment to see whether it is free.
options:
  tolerate:
    description:
      - Report a router that cannot be asked as data too, in C(live.fault), and do not fail.
    type: bool
    default: false
  timeout:
    description: Seconds that all of it may take.
    type: float
    default: 10.0
  check_lock:
    description:
      - Also find out whether somebody holds the configuration lock or left uncommitted changes, and say so in
        C(live.fault). A pending confirmed commit is told in any case.
    type: bool
    default: true
attributes:
  check_mode:
    description: Reads only, so it does the same in check mode.
    support: full
extends_documentation_fragment:
  - fairway.backbone.router
seealso:
  - module: fairway.backbone.steering_stage
"""

EXAMPLES = r"""
- name: Read every router, those that do not answer too
  fairway.backbone.steering_state:
    tolerate: true
  register: steering_now
"""

RETURN = r"""
live:
  description:
    - C(name), the router; C(fault), why it could not be asked or is busy, empty when it is free; C(places), each with
      its C(place) (C(router), C(key)), its C(value) in words, whether it is C(steered), and its C(marker) (C(path),
      C(change_id), C(since), C(by), C(was)); C(flips), changes of steering in the commit history, oldest first;
      C(drained), by Fairway or by hand; C(drain) (C(since), C(change_id), C(by), C(reason), C(neighbors), empty for the
      whole router), the marker of M(fairway.backbone.drain_stage), null without one; C(freeze) (C(since), C(until),
      C(by), C(reason)); C(token), the newest commit's name.
  returned: always
  type: dict
marked:
  description: Whether anything is steered, frozen or drained on the router.
  returned: always
  type: bool
left_alone:
  description:
    - Why a deploy leaves the router alone, in words; empty when it does not. It leaves a drained one alone, unless the
      intent itself takes it out of service.
  returned: when the router was asked, or O(tolerate=true)
  type: str
complaints:
  description: What a person should look at, such as broken markers.
  returned: success
  type: list
  elements: str
kind:
  description: Kind of fault when the router could not be asked.
  returned: on a fault
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.steering_specs import STATE


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=STATE, supports_check_mode=True)
    module.fail_json(msg="steering_state runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
