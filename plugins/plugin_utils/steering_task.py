# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions of steering have in common: the router's own intent beside the router."""

from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Intent
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import read_host
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction


class SteeringAction(RouterAction):
    """Subclasses ask for the intent of the task's host when they need it."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        self._hostvars = (task_vars or {}).get("hostvars") or {}
        return super().run(tmp, task_vars)

    def intent(self, host: str) -> Intent:
        """The host's intent as its variables say it, not validated. Raises RouterFault when it cannot be templated."""
        try:
            intent, errors = read_host(self._hostvars, host)
        except KeyError as error:
            raise RouterFault("input", f"{host}: the inventory does not know it: {error}") from error
        if errors:
            raise RouterFault("input", "\n".join(str(error) for error in errors))
        return intent
