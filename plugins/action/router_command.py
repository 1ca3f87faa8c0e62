# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import change_specs
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction


class ActionModule(RouterAction):
    """router_command: operational commands, answered as text."""

    SPEC = change_specs.COMMAND

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        commands: list[str] = args["commands"]
        for command in commands:
            if change_specs.is_configuration(command) or not command.strip():
                raise RouterFault(
                    "input",
                    f"router_command: '{command}' is no operational command: configurations go through config_stage",
                )
        # What may change something is not run in check mode; its place in the answer stays empty.
        skipped = [c for c in commands if self.check_mode and not change_specs.reads_only(c)]
        answers = iter(router.command([c for c in commands if c not in skipped]))
        stdout = ["" if command in skipped else next(answers) for command in commands]
        return {
            "changed": not all(change_specs.reads_only(command) for command in commands),
            "stdout": stdout,
            "stdout_lines": [text.splitlines() for text in stdout],
            "skipped_commands": skipped,
        }
