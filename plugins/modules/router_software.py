#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: router_software
short_description: What software a router runs, and another version of it
version_added: 0.1.0
description:
  - Reads, validates, installs, reboots into, and takes back the software of a router. Each state is one step; the
    playbook C(upgrade) puts them together, with draining, checks and gates in between.
  - What happened is read from the router, never guessed from a reply. A reply that does not come is followed by looking
    until the router says what became of it, and an answer without a result is no success.
  - It drains nothing and asks nobody. V(installed) on FRR, and V(rebooted), interrupt traffic.
options:
  state:
    description:
      - V(facts) only reads.
      - V(settled) waits until nothing is being installed.
      - V(validated), the package fits the router's configuration (Junos; a package of the host is validated while it is
        installed), or apt finds the version and could install it (FRR).
      - V(installed), O(version) is installed. On Junos it begins with the next reboot; on FRR the package restarts the
        daemons at once. An installation that was left half done is finished first.
      - V(rebooted), the router was rebooted (FRR, its daemons were restarted) and is back, with the software that was
        waiting for it.
      - V(reverted), what waits for a reboot is taken back, or, when nothing waits, the previous version does. On FRR
        O(version) is installed.
    type: str
    choices: [facts, settled, validated, installed, rebooted, reverted]
    default: facts
  version:
    description:
      - The version as the platform's package manager spells it, such as V(24.4R1.9), or V(10.2.1-0~deb12u1).
    type: str
    default: ""
  package:
    description: The package's path on a Junos router. See M(fairway.backbone.router_file) for how it gets there.
    type: str
    default: ""
  checksum:
    description: The package's checksum, V(sha256:HEX). When it is not that, nothing is done.
    type: str
    default: ""
  vmhost:
    description: The package is one of the host and Junos (C(request vmhost software add)).
    type: bool
    default: false
  validate:
    description: Let V(installed) validate too. Needless after V(validated).
    type: bool
    default: false
  no_copy:
    description: Keep no copy of the package on the Junos router.
    type: bool
    default: true
  timeout:
    description: Seconds within which it must be done.
    type: float
    default: 1800.0
  interval:
    description: Seconds between two looks.
    type: float
    default: 5.0
attributes:
  check_mode:
    description: Reads and validates, and says whether it would install, reboot or take back.
    support: full
extends_documentation_fragment:
  - fairway.backbone.router
notes:
  - On an FRR router the user must be able to run C(apt-get), C(dpkg --configure -a) and C(systemctl restart frr) with
    C(sudo -n); or use C(become).
seealso:
  - module: fairway.backbone.router_file
  - module: fairway.backbone.upgrade_step
"""

EXAMPLES = r"""
- name: What does it run?
  fairway.backbone.router_software:
  register: now

- name: Install, on a router that was drained
  fairway.backbone.router_software:
    state: installed
    version: 24.4R1.9
    package: /var/tmp/junos-install-mx-x86-64-24.4R1.9.tgz
    checksum: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""

RETURN = r"""
software:
  description: What the router has now. Versions are the package manager's.
  returned: when the router answered
  type: dict
  sample: {version: 23.4R1.9, pending: 24.4R1.9, previous: 22.4R3.2, model: mx204, busy: "", broken: ""}
before:
  description: What it had before.
  returned: when the router answered
  type: dict
words:
  description: The router's last words about it, or why nothing was to do.
  returned: when the router answered
  type: str
state:
  description: As asked for; V(failed) when it failed.
  returned: always
  type: str
seconds:
  description: How long it took.
  returned: when the router answered
  type: float
kind:
  description: What kind of fault, when it failed, such as C(rejected), C(timeout), C(checksum), C(busy).
  returned: on failure
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.software_specs import SOFTWARE


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=SOFTWARE, supports_check_mode=True)
    module.fail_json(msg="router_software runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
