# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the arguments of a freeze."""

from __future__ import annotations

DOCUMENTATION = """
name: freeze_complaint
short_description: Says what is wrong with the arguments of a freeze
version_added: 0.1.0
author: Fairway contributors (@fairway)
description: Reads what C(freeze.yml) was given, and says what to write instead.
positional: _input, minutes
options:
  _input:
    description: Whether to freeze, V(true) or V(false), or a word for it. Empty when it was not given.
    type: raw
    required: true
  minutes:
    description: Minutes that the freeze lasts. Empty when it was not given.
    type: raw
    default: ""
"""

EXAMPLES = """
- name: Know what to do
  ansible.builtin.fail:
    msg: "{{ complaint }}"
  when: complaint | length > 0
  vars:
    complaint: "{{ freeze | default('') | fairway.backbone.freeze_complaint(minutes | default('')) }}"
"""

RETURN = """
_value:
  description: What is wrong; empty when nothing is.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.freeze import freeze_complaint


class FilterModule:
    """One filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"freeze_complaint": freeze_complaint}
