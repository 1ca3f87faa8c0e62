# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of router_check and check_report: one copy, for the actions and the modules."""

from __future__ import annotations

from typing import Any

CHECK: dict[str, Any] = {
    "profile": {"type": "list", "elements": "str", "default": ["all"]},
    "extra": {"type": "list", "elements": "dict", "default": []},
    # Not no_log: a fact is a version or a checksum, and the result shows it.
    "facts": {"type": "dict", "default": {}},
    "snapshot": {"type": "raw"},
    "expect": {"type": "raw"},
    "tolerances": {"type": "dict"},
    "config": {"type": "path"},
    "partners": {"type": "dict", "default": {}},
    "fitness": {"type": "bool", "default": False},
}

REPORT: dict[str, Any] = {
    "results": {"type": "dict", "required": True},
    "dest": {"type": "path", "required": True},
    "title": {"type": "str", "default": "Checks"},
}
