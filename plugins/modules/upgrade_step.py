#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: upgrade_step
short_description: Ask a router which step of its upgrade is next
version_added: 0.1.0
description:
  - Reads what the router runs, what waits for a reboot, whether it is drained, whether the package is on it, and the
    record of an upgrade that was begun, and says which step is next. The role C(upgrade) does that step and asks again.
  - A run remembers nothing that the next one needs. From wherever a run ended, the next one goes on.
  - The record is a small file on the router (C(/var/tmp/fairway/upgrade.json) on Junos,
    C(/var/lib/fairway/upgrade.json) on FRR) with the router's state before, what was wanted, and who is at work on it.
    While one run is at work, another one fails.
options:
  version:
    description: The version that the inventory wants.
    type: str
    required: true
  want:
    description: V(upgraded) to that version, or V(reverted) to what ran before it.
    type: str
    choices: [upgraded, reverted]
    default: upgraded
  package:
    description: The package's path on a Junos router.
    type: str
    default: ""
  checksum:
    description: Its checksum, V(sha256:HEX).
    type: str
    default: ""
  validate:
    description: Whether the package is validated before it is installed.
    type: bool
    default: true
  done:
    description: The steps that this run has done.
    type: list
    elements: str
    default: []
  run:
    description: Names this run.
    type: str
    required: true
  by:
    description: Who began it.
    type: str
    default: somebody
  action:
    description:
      - V(decide) says that this run is at work, if there is a record. V(record) writes the record. V(release) says that
        nobody is at work any more. V(forget) removes the record. All of them then say what is next.
    type: str
    choices: [decide, record, release, forget]
    default: decide
  snapshot:
    description: The router's state, for V(record), as M(fairway.backbone.router_state) reads it.
    type: dict
  takeover:
    description: Go on although another run seems to be at work.
    type: bool
    default: false
  lease:
    description: Seconds of silence after which a run on another controller counts as dead.
    type: float
    default: 900.0
  wait:
    description: Seconds to wait for a router that does not answer. It may be rebooting.
    type: float
    default: 0.0
  interval:
    description: Seconds between two attempts.
    type: float
    default: 5.0
attributes:
  check_mode:
    description: Reads and decides; the record stays as it is.
    support: full
extends_documentation_fragment:
  - fairway.backbone.router
seealso:
  - module: fairway.backbone.router_software
"""

EXAMPLES = r"""
- name: What is next?
  fairway.backbone.upgrade_step:
    version: 24.4R1.9
    package: /var/tmp/junos-install-mx-x86-64-24.4R1.9.tgz
    checksum: "{{ upgrade.checksum }}"
    run: "{{ upgrade_run }}"
  register: upgrade_next
"""

RETURN = r"""
step:
  description: The next step; V(done) when there is none, V(stop) when a person has to decide.
  returned: when the router answered
  type: str
  sample: drain
why:
  description: Why that one.
  returned: when the router answered
  type: str
goal:
  description: The version that the router is to run in the end.
  returned: when the router answered
  type: str
fresh:
  description: With step V(record), whether the state before is to be read anew.
  returned: when the router answered
  type: bool
facts:
  description: What the router says.
  returned: when the router answered
  type: dict
  sample: {version: 23.4R1.9, pending: "", previous: "", busy: "", drained: true, package: true}
was:
  description: The version it ran when the upgrade began.
  returned: when the router answered
  type: str
drained_before:
  description: Whether it was drained when the upgrade began; then it is left so.
  returned: when the router answered
  type: bool
snapshot:
  description: Its state when the upgrade began.
  returned: when the router answered
  type: dict
situation:
  description: The router's state in a sentence.
  returned: always
  type: str
advice:
  description: What to do when the run ends here.
  returned: always
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.software_specs import STEP


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=STEP, supports_check_mode=True)
    module.fail_json(msg="upgrade_step runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
