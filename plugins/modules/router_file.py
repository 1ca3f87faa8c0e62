#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: router_file
short_description: Bring a file to a router, whole or not at all
version_added: 0.1.0
description:
  - Copies a file of the controller, or one behind a URL, to a router. Nothing is copied when the router has a file of
    this name with the right SHA-256 checksum.
  - A copy is called C(DEST.part) until all of it is there and its checksum is right. O(dest) is always a whole file,
    or what was there before.
  - The next run goes on with a copy that was interrupted, on FRR routers always, on Junos routers where they offer SFTP
    (C(system services ssh sftp-server)). Without it the copy begins anew.
  - A URL may be of any length, and routers need not reach it. The file is fetched by the controller, verified, and kept
    there under its checksum, once for all routers.
options:
  src:
    description: File on the controller, from where one stands, or where Ansible looks for files.
    type: str
  url:
    description:
      - Where the controller fetches the file, with HTTP or HTTPS. What follows the path (the signature of a signed URL)
        is never shown. Proxies are those of the environment. O(checksum) is required.
    type: str
  dest:
    description:
      - Absolute path of the file on the router. The directory must exist. Names hold letters, digits and C(._+=@,-).
    type: str
    required: true
  checksum:
    description:
      - C(sha256:) and the SHA-256 of the file in hexadecimal. With O(src), a file that is another one is refused.
    type: str
  force:
    description: Copy even if the router has the right file.
    type: bool
    default: false
  margin:
    description: Megabytes that must be left free on the router's disk once the file is there.
    type: int
    default: 64
  timeout:
    description:
      - Seconds without progress after which a download, or a copy to a Junos router, is given up. On an FRR router the
        connection's own C(ServerAliveInterval) decides.
    type: float
    default: 60.0
  cache:
    description: Directory on the controller for files from URLs.
    type: path
    default: ~/.cache/fairway
attributes:
  check_mode:
    description:
      - Says whether and how much would be copied. The router and the URL are asked (but nothing is downloaded), and
        faults such as too little space are told.
    support: full
  diff_mode:
    description: Shows checksum and size before and after.
    support: full
extends_documentation_fragment:
  - fairway.backbone.router
notes:
  - On a Junos router the user's login class needs C(maintenance) and must not have C(no-scp-server). No shell is used.
seealso:
  - module: fairway.backbone.router_command
"""

EXAMPLES = r"""
- name: Bring the package
  fairway.backbone.router_file:
    src: packages/junos-vmhost-install.tgz
    dest: /var/tmp/junos-vmhost-install.tgz
    checksum: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

- name: Bring it from a signed URL that is longer than Junos allows
  fairway.backbone.router_file:
    url: "{{ lookup('env', 'PACKAGE_URL') }}"
    dest: /var/tmp/junos-vmhost-install.tgz
    checksum: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
"""

RETURN = r"""
dest:
  description: The file on the router.
  returned: success
  type: str
checksum:
  description: Its checksum, verified on the router (in check mode, what it would be).
  returned: success
  type: str
  sample: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
size:
  description: Its size in octets; null in check mode when a server does not tell it.
  returned: success
  type: int
copied_bytes:
  description: Octets that were copied to the router by this run.
  returned: success
  type: int
resumed_from:
  description: Octets of an interrupted copy that were kept.
  returned: success
  type: int
seconds:
  description: How long the copy to the router took.
  returned: success
  type: float
rate:
  description: Octets per second.
  returned: success
  type: float
kind:
  description:
    - Kind of fault. V(checksum) (the wrong file), V(space) (no room on the router), V(source) (the URL cannot be
      fetched), V(input), or a fault of the router.
  returned: on a fault
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.router_file_spec import RULES, SPEC


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True, **RULES)
    module.fail_json(msg="router_file runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
