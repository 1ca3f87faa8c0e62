# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words for a change that was not kept."""

from __future__ import annotations

DOCUMENTATION = """
name: change_epitaph
short_description: Says why a router's change was not kept
version_added: 0.1.0
author: Fairway contributors (@fairway)
description: Names the router's own reason, or the routers of its batch because of which it was taken back.
positional: _input, router
options:
  _input:
    description: A verdict, as P(fairway.backbone.change_verdict#filter) returns it.
    type: dict
    required: true
  router:
    description: The router's name.
    type: str
    required: true
"""

EXAMPLES = """
- name: End the batch here when it was not good
  ansible.builtin.fail:
    msg: "{{ change_verdict | fairway.backbone.change_epitaph(inventory_hostname) }}"
"""

RETURN = """
_value:
  description: One line.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.batch import epitaph


class FilterModule:
    """One filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"change_epitaph": epitaph}
