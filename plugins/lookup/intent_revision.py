# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Git revision of the intent."""

from __future__ import annotations

DOCUMENTATION = """
name: intent_revision
short_description: The Git revision of the intent
version_added: 0.1.0
author: Fairway contributors (@fairway)
description:
  - The revision, as C(git describe --always --dirty) tells it, of the repository that the inventory lies in; else of
    the directory that the command was started in; else of the playbook's. All three are the same in a checkout; a
    collection that is installed has none of its own.
  - V(unknown) when none of them is a repository.
  - Takes no terms.
"""

EXAMPLES = """
- name: Say what is about to be deployed
  ansible.builtin.debug:
    msg: "{{ lookup('fairway.backbone.intent_revision') }}"
"""

RETURN = """
_raw:
  description: One revision.
  type: list
  elements: str
"""

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.fairway.backbone.plugins.plugin_utils.revision import revision


class LookupModule(LookupBase):
    """One revision."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        if terms or kwargs:
            given = ", ".join([*map(repr, terms), *kwargs])
            raise AnsibleError(f"intent_revision takes nothing and finds the repository itself, but was given {given}")
        inventory = (variables or {}).get("inventory_dir")
        places = [inventory, Path.cwd(), self._loader.get_basedir() if self._loader else None]
        return [revision(str(place) for place in places if place)]
