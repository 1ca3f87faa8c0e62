# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of router_state: one copy, for the action and the module."""

from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.state import MORE, SUBJECTS

SPEC: dict[str, Any] = {
    "gather": {"type": "list", "elements": "str", "choices": [*SUBJECTS, *MORE]},
    "compare_to": {"type": "dict"},
    "expect": {"type": "raw"},
    "tolerances": {"type": "dict"},
    "soak": {"type": "float", "default": 0.0},
    "deadline": {"type": "float", "default": 0.0},
    "interval": {"type": "float", "default": 2.0},
}


def complaint(args: dict[str, Any]) -> str:
    """What is wrong with the arguments beyond their types; empty when nothing is."""
    if args["soak"] < 0 or args["deadline"] < 0:
        return "soak and deadline are seconds, 0 or more"
    if args["deadline"] < args["soak"]:
        return f"deadline ({args['deadline']:g} s) is shorter than soak ({args['soak']:g} s): it could never be met"
    if args["interval"] < 0.1:
        return f"interval is {args['interval']:g} s: expected 0.1 s or more"
    return ""
