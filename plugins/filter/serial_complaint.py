# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the batches of a deploy."""

from __future__ import annotations

DOCUMENTATION = """
name: serial_complaint
short_description: Says what is wrong with the batches of a deploy
version_added: 0.1.0
author: Fairway contributors (@fairway)
description: Reads what C(deploy.yml) was given as batches, and says what to write instead.
options:
  _input:
    description: A number of routers, a share such as V(25%), or a list of them.
    type: raw
    required: true
"""

EXAMPLES = """
- name: Know the batches
  ansible.builtin.fail:
    msg: "{{ complaint }}"
  when: complaint | length > 0
  vars:
    complaint: "{{ deploy_serial | default(1) | fairway.backbone.serial_complaint }}"
"""

RETURN = """
_value:
  description: What is wrong; empty when nothing is.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.batch_serial import serial_complaint


class FilterModule:
    """One filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"serial_complaint": serial_complaint}
