# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of gate_ask: one copy, for the action and the module."""

from __future__ import annotations

from typing import Any

ASK: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "runbook": {"type": "str", "required": True},
    "found": {"type": "list", "elements": "str", "default": []},
    "passed": {"type": "bool", "default": False},
    "next": {"type": "str", "default": ""},
    "abort": {"type": "str", "default": ""},
    "subject": {"type": "raw", "default": ""},
    "approval": {"type": "str", "choices": ["prompt", "auto", "external"], "default": "prompt"},
    "approved": {"type": "list", "elements": "str", "default": []},
    "valid_hours": {"type": "float", "default": 24.0},
    "timeout": {"type": "int", "default": 3600},
    "dest": {"type": "path", "default": ""},
    "only_ready": {"type": "bool", "default": False},
}
