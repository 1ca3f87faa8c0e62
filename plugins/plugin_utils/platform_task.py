# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions that work on a router have in common: arguments in, a router in hand, results as data."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils.change import Outcome
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault, open_router

# Ansible loads an action once and then forks a worker per host: what is imported here, no worker has to import.
# On a controller that only knows FRR routers there may be no PyEZ; open_router tells whoever needs it.
with contextlib.suppress(ImportError):
    from ansible_collections.fairway.backbone.plugins.plugin_utils import junos as _junos  # noqa: F401


class RouterAction(ActionBase):
    """Subclasses give `SPEC` (and `RULES`) and `act`. A router's fault becomes a failed result, never an exception:
    blocks and batch verdicts must see it, whatever it was."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    SPEC: ClassVar[dict[str, Any]] = {}
    RULES: ClassVar[dict[str, Any]] = {}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = _of_delegate(self._task.delegate_to, task_vars or {})
        if self._task.delegate_to and getattr(self._connection, "transport", "") == "fairway.backbone.junos":
            # Ansible tells a connection the name of the task's host: messages, and who asks for intent, want the other.
            self._connection.set_option("router", self._task.delegate_to)
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self.validate_argument_spec(argument_spec=self.SPEC, **self.RULES)[1]
        router: Router | None = None
        try:
            router = open_router(self, task_vars)
            result.update(self.act(router, args))
        except RouterFault as fault:
            result.update(self.on_fault(fault, args, str(task_vars.get("inventory_hostname", "?"))))
        finally:
            if router is not None:
                router.close()
        return result

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        """The action's own work. May raise RouterFault."""
        raise NotImplementedError

    def on_fault(self, fault: RouterFault, args: dict[str, Any], host: str) -> dict[str, Any]:
        """The result of a router's fault: a failed task."""
        return fault_result(fault)

    @property
    def check_mode(self) -> bool:
        return bool(self._task.check_mode)


def _of_delegate(delegate: str | None, task_vars: dict[str, Any]) -> dict[str, Any]:
    """The variables of the router that a task is delegated to: it may be of another platform than the task's host."""
    theirs = (task_vars.get("ansible_delegated_vars") or {}).get(delegate)
    return {**task_vars, **theirs, "inventory_hostname": delegate} if delegate and theirs else task_vars


def fault_result(fault: RouterFault) -> dict[str, Any]:
    """A fault as a task's result: nothing was changed by a task that ends this way."""
    return {
        "failed": True,
        "changed": False,
        "state": "failed",
        "kind": fault.kind,
        "msg": fault.message,
        "message": fault.message,
        "errors": [vars(error) for error in fault.errors],
    }


def finished(router: Router, done: Mapping[str, Any], ok: bool, step: str = "") -> dict[str, Any]:
    """A transaction's result: `diff` as Ansible shows it with --diff, `diff_text` for who wants the text."""
    result = dict(done)
    text = str(result.pop("diff", ""))
    result["diff_text"] = text
    if text:
        result["diff"] = {"prepared": text + "\n"}
    if not ok:
        result["failed"] = True
        at = f" at {step}" if step else ""
        result["msg"] = f"{router.name}: {result['state']}{at}: {result['message']}"
    elif result.get("message"):
        result["msg"] = f"{router.name}: {result['message']}"
    return result


def settled(router: Router, outcome: Outcome) -> dict[str, Any]:
    """The result of a confirm or a revert."""
    return finished(router, outcome.as_dict(), outcome.ok)
