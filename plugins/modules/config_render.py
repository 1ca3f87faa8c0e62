#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: config_render
short_description: Check the intent of all routers and render their configurations
version_added: 0.1.0
description:
  - Reads the intent of every router of a group from the inventory's variables, validates it by the schemas and by
    cross-checks between routers, and renders the configurations. Runs on the controller and opens no connection.
  - Reports every error of every router at once, with the inventory's file and line, what is there, what was expected
    and what to write instead. Renders nothing when there is one.
  - Writes C(HOST.conf), C(HOST.map.json) (the template line of every output line) and C(HOST.expect.json) (what the
    health checks should find), readable by their owner alone.
  - Run it once for the whole play, with C(run_once).
options:
  group:
    description:
      - The inventory group whose hosts are the routers of the backbone. All of them are checked together, also when
        only some are rendered.
    type: str
    default: routers
  hosts:
    description: The routers to render. By default those of the play.
    type: list
    elements: str
  dest:
    description: Directory for the files; made when it is not there.
    type: path
    default: build/config
  templates:
    description:
      - A directory laid out like the collection's C(templates/) (with C(junos/) and C(frr/)). A file in it is used
        instead of the collection's of the same name; further templates are rendered after the collection's.
    type: path
  live:
    description:
      - What M(fairway.backbone.steering_state) returned as C(live), by host. What is steered is rendered as it is
        steered, with its marker, so that a deploy in the middle of an incident keeps it.
      - A marker of a path or place that the intent no longer has is not kept. A warning says so.
    type: dict
    default: {}
author:
  - Fairway contributors (@fairway)
attributes:
  check_mode:
    description: Renders and writes the files in check mode too, so that later tasks can compare them with the routers.
    support: full
  diff_mode:
    description: The difference that matters is the one with the router, which M(fairway.backbone.config_stage) shows.
    support: none
"""

EXAMPLES = r"""
- name: Render the routers of the play
  fairway.backbone.config_render:
    dest: build/config
  run_once: true

- name: Render one router with templates of our own
  fairway.backbone.config_render:
    hosts: [jkt-r1]
    templates: "{{ playbook_dir }}/templates"
  run_once: true
"""

RETURN = r"""
routers:
  description: What was rendered, by host.
  returned: success
  type: dict
  contains:
    path:
      description: The configuration's file.
      type: str
    sha256:
      description: Digest of the configuration.
      type: str
    lines:
      description: Number of lines.
      type: int
    changed:
      description: Whether a file was written.
      type: bool
errors:
  description:
    - Everything that is wrong. Errors in the intent have V(router), V(key), V(there), V(wanted), V(write), V(severity),
      V(file) and V(line); errors in templates have V(template), V(line), V(message), V(hint) and V(routers).
  returned: always
  type: list
  elements: dict
warnings:
  description: What is allowed and looks wrong, such as different OSPF costs at the two ends of a link.
  returned: when the intent was checked
  type: list
  elements: str
msg:
  description: The errors as text for people, or a summary.
  returned: always
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.render_spec import RENDER


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=RENDER, supports_check_mode=True)
    module.fail_json(msg="config_render runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
