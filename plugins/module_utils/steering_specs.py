# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of steering_state, steering_stage and drain_stage: one copy, for the actions and the modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import LOCK_WAIT, MAX_CONFIRM_MINUTES

STATE: dict[str, Any] = {
    "tolerate": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 10.0},
    "check_lock": {"type": "bool", "default": True},
}

ACTIONS = ("steer", "restore", "freeze", "thaw")

STAGE: dict[str, Any] = {
    "action": {"type": "str", "choices": list(ACTIONS), "required": True},
    "change_id": {"type": "str", "required": True},
    "revision": {"type": "str", "default": "unknown"},
    "path": {"type": "str"},
    "places": {"type": "list", "elements": "dict"},
    "by": {"type": "str", "default": "auto"},
    "since": {"type": "float", "required": True},
    "until": {"type": "float"},
    "reason": {"type": "str", "default": ""},
    "base": {"type": "str", "default": ""},
    "confirm_minutes": {"type": "int", "default": 5},
    "lock_wait": LOCK_WAIT,
    "snapshot": {"type": "bool", "default": False},
    "gather": {"type": "list", "elements": "str"},
}
STAGE_RULES: dict[str, Any] = {"required_if": [["action", "steer", ["path"]], ["action", "restore", ["path"]]]}

DRAIN_ACTIONS = ("drain", "undrain")

DRAIN: dict[str, Any] = {
    "action": {"type": "str", "choices": list(DRAIN_ACTIONS), "required": True},
    "change_id": {"type": "str", "required": True},
    "revision": {"type": "str", "default": "unknown"},
    "by": {"type": "str", "default": "somebody"},
    "since": {"type": "float", "required": True},
    "reason": {"type": "str", "default": ""},
    "neighbors": {"type": "list", "elements": "str", "default": []},
    "base": {"type": "str", "default": ""},
    "confirm_minutes": {"type": "int", "default": 5},
    "lock_wait": LOCK_WAIT,
    "snapshot": {"type": "bool", "default": False},
    "gather": {"type": "list", "elements": "str"},
}


def drain_complaint(args: Mapping[str, Any]) -> str:
    """What is wrong with drain_stage's arguments beyond their types; empty when nothing is."""
    if not 1 <= args["confirm_minutes"] <= MAX_CONFIRM_MINUTES:
        return f"confirm_minutes is {args['confirm_minutes']}: expected 1 to {MAX_CONFIRM_MINUTES} minutes"
    if not args["change_id"].strip() or any(c.isspace() for c in args["change_id"]):
        return f"change_id is '{args['change_id']}': expected one word, such as fw-20260102T030405-a1b2c3"
    if args["action"] == "undrain" and args["neighbors"]:
        return "neighbors are for draining: a router is undrained whole"
    return ""


def stage_complaint(args: Mapping[str, Any]) -> str:
    """What is wrong with steering_stage's arguments beyond their types; empty when nothing is."""
    if not 1 <= args["confirm_minutes"] <= MAX_CONFIRM_MINUTES:
        return f"confirm_minutes is {args['confirm_minutes']}: expected 1 to {MAX_CONFIRM_MINUTES} minutes"
    if args["action"] in ("steer", "restore") and args["by"] not in ("auto", "hand"):
        return f"by is '{args['by']}': expected auto or hand"
    if not args["change_id"].strip() or any(c.isspace() for c in args["change_id"]):
        return f"change_id is '{args['change_id']}': expected one word, such as fw-20260102T030405-a1b2c3"
    for place in args["places"] or ():
        key = place.get("key")
        if not isinstance(key, list) or len(key) < 2 or not all(isinstance(word, str) for word in key):
            return f"places: '{place}' has no key such as [ospf, ge-0/0/0.0]"
    return ""
