# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.utils.display import Display

from ansible_collections.fairway.backbone.plugins.module_utils import software_specs
from ansible_collections.fairway.backbone.plugins.plugin_utils import software_hand
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_watch import Watch


class ActionModule(RouterAction):
    """router_software: what a router runs, and another version of it. What it did is read from the router."""

    SPEC = software_specs.SOFTWARE

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        if complaint := software_specs.software_complaint(args, router.platform):
            raise RouterFault("input", f"{router.name}: router_software: {complaint}")
        watch = Watch(router.name, args["timeout"], args["interval"], Display().display)
        done = software_hand.work(router, args, watch, self.check_mode)
        return {**done, "state": args["state"], "seconds": round(watch.passed, 1)}
