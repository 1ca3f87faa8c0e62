# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of steering_state, steering_stage and drain_stage: one copy, for the actions and the modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import TIMED, timed_complaint

STATE: dict[str, Any] = {
    "tolerate": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 10.0},
    "check_lock": {"type": "bool", "default": True},
}

ACTIONS = ("steer", "restore", "freeze", "thaw")

STAGE: dict[str, Any] = {
    "action": {"type": "str", "choices": list(ACTIONS), "required": True},
    "path": {"type": "str"},
    "places": {"type": "list", "elements": "dict"},
    "by": {"type": "str", "default": "auto"},
    "since": {"type": "float", "required": True},
    "until": {"type": "float"},
    "reason": {"type": "str", "default": ""},
    "base": {"type": "str", "default": ""},
    "lock_order": {"type": "list", "elements": "str"},
    **TIMED,
}
STAGE_RULES: dict[str, Any] = {"required_if": [["action", "steer", ["path"]], ["action", "restore", ["path"]]]}

DRAIN_ACTIONS = ("drain", "undrain")

DRAIN: dict[str, Any] = {
    "action": {"type": "str", "choices": list(DRAIN_ACTIONS), "required": True},
    "by": {"type": "str", "default": "somebody"},
    "since": {"type": "float", "required": True},
    "reason": {"type": "str", "default": ""},
    "neighbors": {"type": "list", "elements": "str", "default": []},
    "base": {"type": "str", "default": ""},
    **TIMED,
}


def drain_complaint(args: Mapping[str, Any]) -> str:
    """What is wrong with drain_stage's arguments beyond their types; empty when nothing is."""
    if complaint := timed_complaint(args):
        return complaint
    if args["action"] == "undrain" and args["neighbors"]:
        return "neighbors are for draining: a router is undrained whole"
    return ""


def stage_complaint(args: Mapping[str, Any]) -> str:
    """What is wrong with steering_stage's arguments beyond their types; empty when nothing is."""
    if complaint := timed_complaint(args):
        return complaint
    if args["action"] in ("steer", "restore") and args["by"] not in ("auto", "hand"):
        return f"by is '{args['by']}': expected auto or hand"
    for place in args["places"] or ():
        key = place.get("key")
        if not isinstance(key, list) or len(key) < 2 or not all(isinstance(word, str) for word in key):
            return f"places: '{place}' has no key such as [ospf, ge-0/0/0.0]"
    return ""
