# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils.render_spec import RENDER
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter
from ansible_collections.fairway.backbone.plugins.module_utils.steering_record import live_router
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import Inventory, read_hostvars
from ansible_collections.fairway.backbone.plugins.plugin_utils.render import Renderer
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_files import write_config
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import (
    FleetConfigs,
    explain_readings,
    render_fleet,
)


class ActionModule(ActionBase):
    """config_render: the intent of a whole group to configuration files, once per play."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        _rest, args = self.validate_argument_spec(argument_spec=RENDER)
        if args["group"] not in task_vars["groups"]:
            msg = f"config_render: the inventory has no group {args['group']}: name the routers' group in `group`"
            return {**result, "failed": True, "changed": False, "errors": [], "msg": msg}
        templates = None if args["templates"] is None else Path(args["templates"])
        if templates is not None and not templates.is_dir():
            msg = f"config_render: templates: {templates} is not a directory: give one laid out like templates/"
            return {**result, "failed": True, "changed": False, "errors": [], "msg": msg}
        inventory = read_hostvars(task_vars["hostvars"], task_vars["groups"], args["group"])
        wanted = args["hosts"] or task_vars.get("ansible_play_hosts_all") or list(inventory.intents)
        if unknown := sorted(set(args["hosts"] or ()) - set(inventory.intents)):
            msg = f"config_render: hosts: {', '.join(unknown)}: not in group {args['group']}"
            return {**result, "failed": True, "changed": False, "errors": [], "msg": msg}
        try:
            live = [live_router(one) for one in args["live"].values()]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = f"config_render: live: {error!r}: give what fairway.backbone.steering_state returned, by host"
            return {**result, "failed": True, "changed": False, "errors": [], "msg": msg}
        fleet = render_inventory(inventory, wanted, templates, live)
        warnings = [str(error) for error in fleet.errors if error.severity != "error"]
        warnings += [f"{one.name}: its live steering is not known: {one.fault}" for one in live if not one.token]
        errors: list[dict[str, Any]] = [error.as_dict() for error in fleet.errors if error.severity == "error"]
        errors += [
            {
                "template": fault.template,
                "line": fault.line,
                "message": fault.message,
                "hint": fault.hint,
                "routers": hosts,
            }
            for fault, hosts in fleet.faults.items()
        ]
        if not fleet.ok:
            msg = fleet.report()
            return {**result, "failed": True, "changed": False, "errors": errors, "warnings": warnings, "msg": msg}
        try:
            written = {host: write_config(Path(args["dest"]), host, config) for host, config in fleet.configs.items()}
        except OSError as error:
            msg = f"config_render: {error.filename or args['dest']} cannot be written ({error.strerror})"
            return {**result, "failed": True, "changed": False, "errors": [], "msg": msg}
        changed = sorted(host for host, entry in written.items() if entry["changed"])
        count = f"{len(written)} configuration{'s' * (len(written) != 1)}"
        return {
            **result,
            "changed": bool(changed),
            "routers": written,
            "errors": [],
            "warnings": warnings,
            "msg": f"{count} in {args['dest']}, {len(changed)} of them new or changed",
        }


def render_inventory(
    inventory: Inventory, wanted: list[str], templates: Path | None, live: Iterable[LiveRouter] = ()
) -> FleetConfigs:
    """Check everything, render the wanted routers; errors carry the file and line they come from."""
    fleet = render_fleet(
        inventory.intents,
        others=inventory.others,
        hosts=inventory.hosts,
        only=wanted,
        renderer=Renderer(templates),
        live=live,
    )
    return explain_readings(fleet, inventory)
