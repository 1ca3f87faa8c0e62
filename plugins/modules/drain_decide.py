#!/usr/bin/python
# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: drain_decide
short_description: Say what speaks against taking a router out of service
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - Reads the intent of all routers, and tells which other routers the site has, who sees the router's paths, and in
    which steps its OSPF costs rise so that no packet goes round while the others recompute their ways.
  - With what the routers of the site said, decides whether the site keeps a healthy router. Asks no router itself.
options:
  router:
    description: The router that is to be drained.
    type: str
    required: true
  group:
    description: Inventory group of all routers.
    type: str
    default: routers
  live:
    description:
      - What M(fairway.backbone.steering_state) returned as C(live) for the routers of the site. Nothing is decided
        without it.
    type: list
    elements: dict
  states:
    description:
      - Router to what M(fairway.backbone.router_state) returned as C(state), of the other routers of the site.
    type: dict
    default: {}
  neighbors:
    description: Addresses of the BGP neighbours, when only these are to be drained. The site keeps the router then.
    type: list
    elements: str
    default: []
  alone:
    description: A site may lose its only router.
    type: bool
    default: false
attributes:
  check_mode:
    description: Reads only, so it does the same in check mode.
    support: full
seealso:
  - module: fairway.backbone.drain_stage
  - module: fairway.backbone.drain_costs
  - module: fairway.backbone.drain_watch
"""

EXAMPLES = r"""
- name: Know what the intent says of it
  fairway.backbone.drain_decide:
    router: jkt-r1
  register: drain_plan
"""

RETURN = r"""
refusals:
  description: What speaks against it, in words. Empty when nothing does, and without O(live).
  returned: always
  type: list
  elements: str
site:
  description: The router's site.
  returned: always
  type: str
partners:
  description: The other routers of the site.
  returned: always
  type: list
  elements: str
witnesses:
  description: Routers with a BGP session to it, those of its site first.
  returned: always
  type: list
  elements: str
addresses:
  description: BGP next hops that stand for the router.
  returned: always
  type: list
  elements: str
interfaces:
  description: Where it carries traffic; with O(neighbors), where these are.
  returned: always
  type: list
  elements: str
steps:
  description:
    - What to add to its OSPF costs, one after the other, before it is taken out of service; backwards when it comes
      back. Null when nothing helps.
  returned: always
  type: list
  elements: int
words:
  description: The steps in words.
  returned: always
  type: str
expect:
  description: What the router should be like, as M(fairway.backbone.config_render) writes it.
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fairway.backbone.plugins.module_utils.drain_specs import DECIDE


def main() -> None:
    """The work is done on the controller, by the action plugin of the same name."""
    module = AnsibleModule(argument_spec=DECIDE, supports_check_mode=True)
    module.fail_json(msg="drain_decide runs on the controller, as an action plugin")


if __name__ == "__main__":
    main()
