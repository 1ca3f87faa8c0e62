# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of router_software and upgrade_step: one copy, for the actions and the modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SOFTWARE: dict[str, Any] = {
    "state": {
        "type": "str",
        "choices": ["facts", "settled", "validated", "installed", "rebooted", "reverted"],
        "default": "facts",
    },
    "package": {"type": "str", "default": ""},
    "version": {"type": "str", "default": ""},
    "checksum": {"type": "str", "default": ""},
    "vmhost": {"type": "bool", "default": False},
    "validate": {"type": "bool", "default": False},
    "no_copy": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 1800.0},
    "interval": {"type": "float", "default": 5.0},
}

STEP: dict[str, Any] = {
    "version": {"type": "str", "required": True},
    "want": {"type": "str", "choices": ["upgraded", "reverted"], "default": "upgraded"},
    "package": {"type": "str", "default": ""},
    "checksum": {"type": "str", "default": ""},
    "validate": {"type": "bool", "default": True},
    "done": {"type": "list", "elements": "str", "default": []},
    "run": {"type": "str", "required": True},
    "by": {"type": "str", "default": "somebody"},
    "action": {"type": "str", "choices": ["decide", "record", "release", "forget"], "default": "decide"},
    "snapshot": {"type": "dict"},
    "takeover": {"type": "bool", "default": False},
    "lease": {"type": "float", "default": 900.0},
    "wait": {"type": "float", "default": 0.0},
    "interval": {"type": "float", "default": 5.0},
}


def software_complaint(args: Mapping[str, Any], platform: str) -> str:
    """What is wrong with router_software's arguments beyond their types; empty when nothing is."""
    state = args["state"]
    if args["timeout"] <= 0 or args["interval"] < 0.1:
        return "timeout is seconds, more than 0, and interval 0.1 s or more"
    if state == "installed" and not args["version"]:
        return "version is missing: the version that the router is to have in the end, as the package manager spells it"
    if state in ("validated", "installed") and platform == "junos" and not args["package"]:
        return "package is missing: the package's path on the router, such as /var/tmp/junos-install.tgz"
    if state == "reverted" and platform == "frr" and not args["version"]:
        return "version is missing: apt goes back to a version by its name"
    if args["checksum"] and not args["checksum"].startswith("sha256:"):
        return f"checksum is '{args['checksum']}': expected sha256: and 64 hexadecimal digits"
    return ""
