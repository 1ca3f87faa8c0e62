# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task's result says, in the words that are worth showing."""

from __future__ import annotations

import re
from typing import Any

PREFIX = "fairway.backbone."
# Tasks that fail on purpose.
WORDS_ONLY = ("ansible.builtin.fail", "ansible.builtin.assert")
# Steering's steps, and draining's, are told, and counted, as those of a change.
ALSO = {
    "steering_stage": "config_stage",
    "drain_stage": "config_stage",
    "drain_costs": "config_stage",
    "steering_prove": "router_state",
}

# What Ansible says of a setting of the wrong type, with the names of its own classes behind it.
_WRONG_TYPE = re.compile(r"argument '(\w+)' is of type (\w+) and we were unable to convert to (\w+).*")


def action_of(task: Any) -> str:
    """The whole name of a task's action, which a playbook may well call by its short one."""
    return str(getattr(task, "resolved_action", None) or task.action)


def step_of(task: Any) -> str:
    """The step of a change that a task is, or the short name of another action of ours; "" for everybody else's."""
    action = action_of(task)
    name = action.removeprefix(PREFIX)
    return ALSO.get(name, name) if action.startswith(PREFIX) else ""


def failure_words(result: Any) -> str:
    """All there is to say of a failure: what a task that fails on purpose says, and what an action of ours does, whose
    words name router, place and remedy. Ansible would print them three times. Empty for everybody else's failures."""
    action, said = action_of(result.task), str(result.result.get("msg") or "")
    if action == "ansible.builtin.validate_argument_spec":
        return _unfit(result)
    if action.startswith(PREFIX) and "results" not in result.result:
        about_it = not result.task.run_once and result.host.name not in said
        return f"{result.host.name}: {said}" if about_it else said
    return said if action in WORDS_ONLY else ""


def _unfit(result: Any) -> str:
    """A setting of the wrong kind, without the whole list of settings that Ansible shows for it."""
    role = (result.result.get("validate_args_context") or {}).get("name", "")
    found = [
        _WRONG_TYPE.sub(r"\1: expected \3, got \2", str(one)) for one in result.result.get("argument_errors") or ()
    ]
    where = f"role {role}: {'; '.join(found)}. `ansible-doc -t role {PREFIX}{role}` tells what each setting is."
    return f"{result.host.name}: {where}" if found else ""
