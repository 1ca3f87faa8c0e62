# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the modules that read and change configurations: one copy, for the actions and the modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LOCK_WAIT: dict[str, Any] = {"type": "float", "default": 30.0}

TIMED: dict[str, Any] = {
    "change_id": {"type": "str", "required": True},
    "revision": {"type": "str", "default": "unknown"},
    "confirm_minutes": {"type": "int", "default": 5},
    "lock_wait": LOCK_WAIT,
    "snapshot": {"type": "bool", "default": False},
    "gather": {"type": "list", "elements": "str"},
}
"""What every change under a timer takes, documented in doc_fragments/router.py."""

STAGE: dict[str, Any] = {
    "src": {"type": "path"},
    # Not no_log: Ansible would blank every word of the text out of the result. The result hides secrets itself.
    "text": {"type": "str"},
    "map": {"type": "path"},
    "format": {"type": "str", "choices": ["text", "set", "xml", "json"], "default": "text"},
    "load": {"type": "str", "choices": ["update", "override", "replace", "merge", "set"], "default": "update"},
    **TIMED,
    "confirm_minutes": {"type": "int", "default": 10},
    "base": {"type": "str", "default": ""},
    "diff_dest": {"type": "path", "default": ""},
}
STAGE_RULES: dict[str, Any] = {"mutually_exclusive": [["src", "text"]], "required_one_of": [["src", "text"]]}

CONFIRM: dict[str, Any] = {"change_id": {"type": "str", "required": True}, "lock_wait": LOCK_WAIT}

REVERT: dict[str, Any] = {"change_id": {"type": "str"}, "rollback": {"type": "int"}, "lock_wait": LOCK_WAIT}
REVERT_RULES: dict[str, Any] = {"required_one_of": [["change_id", "rollback"]]}

GET: dict[str, Any] = {
    "source": {"type": "str", "default": "running"},
    "format": {"type": "str", "choices": ["text", "set", "xml", "json"], "default": "text"},
    "dest": {"type": "path"},
    "hide_secrets": {"type": "bool", "default": True, "no_log": False},
}

COMMAND: dict[str, Any] = {"commands": {"type": "list", "elements": "str", "required": True}}

MAX_CONFIRM_MINUTES = 65535
_READS = frozenset({"show", "ping", "ping6", "traceroute", "traceroute6", "mtr", "test", "file"})


def timed_complaint(args: Mapping[str, Any]) -> str:
    """What is wrong with what every change under a timer takes, beyond its types; empty when nothing is."""
    if not 1 <= args["confirm_minutes"] <= MAX_CONFIRM_MINUTES:
        return f"confirm_minutes is {args['confirm_minutes']}: expected 1 to {MAX_CONFIRM_MINUTES} minutes"
    if not args["change_id"].strip() or any(c.isspace() for c in args["change_id"]):
        return f"change_id is '{args['change_id']}': expected one word, such as fw-20260102T030405-a1b2c3"
    return ""


def stage_complaint(args: Mapping[str, Any]) -> str:
    """What is wrong with config_stage's arguments beyond their types; empty when nothing is."""
    if complaint := timed_complaint(args):
        return complaint
    if args["format"] == "set" and args["load"] not in ("set", "merge"):
        return f"format set cannot be loaded with '{args['load']}': use load: set"
    if args["load"] == "set" and args["format"] not in ("set", "text"):
        return f"load set cannot read format '{args['format']}': use format: set"
    return ""


def reads_only(command: str) -> bool:
    """Whether a CLI command only looks."""
    return command.split(maxsplit=1)[0].lower() in _READS if command.strip() else False


def is_configuration(command: str) -> bool:
    """Whether a command enters configuration mode, which belongs to config_stage."""
    first = command.split(maxsplit=1)[0].lower() if command.strip() else ""
    return bool(first) and (first == "edit" or (len(first) >= 4 and "configure".startswith(first)))
