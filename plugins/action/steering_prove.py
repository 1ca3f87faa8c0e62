# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils.reroute_spec import PROVE
from ansible_collections.fairway.backbone.plugins.plugin_utils.reroute_proof import prove


class ActionModule(ActionBase):
    """steering_prove: are the probes on the new way healthy, and do users lose no more than before."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self.validate_argument_spec(argument_spec=PROVE)[1]
        if not 0 <= args["soak"] <= args["deadline"]:
            msg = f"steering_prove: soak {args['soak']:g} s does not fit into deadline {args['deadline']:g} s"
            return {**result, "failed": True, "changed": False, "healthy": False, "msg": msg}
        try:
            return {**result, **prove(args)}
        except ValueError as error:
            return {**result, "failed": True, "changed": False, "healthy": False, "msg": f"steering_prove: {error}"}
