# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of drain_decide, drain_costs and drain_watch: one copy, for the actions and the modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import TIMED, timed_complaint

DECIDE: dict[str, Any] = {
    "router": {"type": "str", "required": True},
    "group": {"type": "str", "default": "routers"},
    "live": {"type": "list", "elements": "dict"},
    "states": {"type": "dict", "default": {}},
    "neighbors": {"type": "list", "elements": "str", "default": []},
    "alone": {"type": "bool", "default": False},
}

COSTS: dict[str, Any] = {
    "added": {"type": "int", "required": True},
    "way": {"type": "str", "choices": ["up", "down"], "required": True},
    **TIMED,
}

WATCH: dict[str, Any] = {
    "look": {"type": "str", "choices": ["traffic", "paths"], "default": "traffic"},
    "threshold_kbit": {"type": "float", "default": 1000.0},
    "interfaces": {"type": "list", "elements": "str", "default": []},
    "addresses": {"type": "list", "elements": "str", "default": []},
    "paths_left": {"type": "int", "default": 0},
    "hold": {"type": "float", "default": 10.0},
    "deadline": {"type": "float", "default": 300.0},
    "interval": {"type": "float", "default": 2.0},
}


def costs_complaint(args: Mapping[str, Any]) -> str:
    """What is wrong with drain_costs's arguments beyond their types; empty when nothing is."""
    if complaint := timed_complaint(args):
        return complaint
    if not 0 <= args["added"] <= 65535:
        return f"added is {args['added']}: expected 0 to 65535"
    return ""


def watch_complaint(args: Mapping[str, Any]) -> str:
    """What is wrong with drain_watch's arguments beyond their types; empty when nothing is."""
    for name in ("threshold_kbit", "hold", "deadline", "paths_left"):
        if args[name] < 0:
            return f"{name} is {args[name]:g}: expected 0 or more"
    if args["interval"] < 0.1:
        return f"interval is {args['interval']:g} s: expected 0.1 s or more"
    if args["look"] == "paths" and not args["addresses"]:
        return "look: paths needs addresses, the next hops that stand for the drained router"
    return ""
