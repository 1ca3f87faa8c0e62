# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import change_specs
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction, settled


class ActionModule(RouterAction):
    """config_revert: take a change back, or go back to an entry of the history."""

    SPEC = change_specs.REVERT
    RULES = change_specs.REVERT_RULES

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        return settled(
            router,
            router.revert(
                args["change_id"], args["rollback"], lock_wait_s=args["lock_wait"], check_mode=self.check_mode
            ),
        )
