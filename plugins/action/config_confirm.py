# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import change_specs
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction, settled


class ActionModule(RouterAction):
    """config_confirm: stop the timer of our own pending commit, or fail loudly."""

    SPEC = change_specs.CONFIRM

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        return settled(
            router, router.confirm(args["change_id"], lock_wait_s=args["lock_wait"], check_mode=self.check_mode)
        )
