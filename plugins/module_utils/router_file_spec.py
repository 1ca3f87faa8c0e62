# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of router_file: one copy, for the action and the module."""

from __future__ import annotations

from typing import Any

SPEC: dict[str, Any] = {
    "src": {"type": "str"},
    # A signed URL is a secret.
    "url": {"type": "str", "no_log": True},
    "dest": {"type": "str", "required": True},
    "checksum": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "margin": {"type": "int", "default": 64},
    "timeout": {"type": "float", "default": 60.0},
    "cache": {"type": "path", "default": "~/.cache/fairway"},
}

RULES: dict[str, Any] = {
    "mutually_exclusive": [("src", "url")],
    "required_one_of": [("src", "url")],
    "required_by": {"url": ["checksum"]},
}
