# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.fairway.backbone.plugins.module_utils import router_file_spec
from ansible_collections.fairway.backbone.plugins.module_utils.router_file import parse_checksum
from ansible_collections.fairway.backbone.plugins.plugin_utils.file_delivery import Delivery, Order
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction
from ansible_collections.fairway.backbone.plugins.plugin_utils.router_files import file_hand


class ActionModule(RouterAction):
    """router_file: bring a file to a router, whole or not at all."""

    SPEC = router_file_spec.SPEC
    RULES = router_file_spec.RULES

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        delivery = Delivery(file_hand(router), self._order(args), self._display.display)
        return delivery.run(self.check_mode)

    def _order(self, args: dict[str, Any]) -> Order:
        try:
            sha256 = parse_checksum(args["checksum"]) if args["checksum"] else ""
        except ValueError as error:
            raise RouterFault("input", f"router_file: {error}") from error
        if args["margin"] < 0 or args["timeout"] <= 0:
            raise RouterFault("input", "router_file: margin is 0 or more megabytes, timeout more than 0 seconds")
        return Order(
            dest=args["dest"],
            local=self._local(args["src"]) if args["src"] else None,
            url=args["url"] or "",
            sha256=sha256,
            force=args["force"],
            margin=args["margin"] * 1_000_000,
            timeout=args["timeout"],
            cache=Path(args["cache"]).expanduser(),
        )

    def _local(self, src: str) -> Path:
        """The controller's file: from where one stands, as other paths of this collection, or where Ansible looks."""
        found = Path(src).expanduser()
        try:
            if not found.is_file():
                found = Path(self._find_needle("files", src))
        except AnsibleError as error:
            raise RouterFault("input", f"router_file: src: there is no file {src} on the controller") from error
        if not found.is_file():
            raise RouterFault("input", f"router_file: src: {src} is no file")
        return found
