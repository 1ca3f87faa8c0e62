# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.utils.display import Display

from ansible_collections.fairway.backbone.plugins.module_utils import drain_specs
from ansible_collections.fairway.backbone.plugins.plugin_utils.drain_run import watch
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction

display = Display()


class ActionModule(RouterAction):
    """drain_watch: has the traffic gone from a router, or have another router's best paths left it."""

    SPEC = drain_specs.WATCH

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        if complaint := drain_specs.watch_complaint(args):
            raise RouterFault("input", f"{router.name}: drain_watch: {complaint}")
        return watch(router, args, display.display)
