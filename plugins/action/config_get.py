# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import change_specs
from ansible_collections.fairway.backbone.plugins.module_utils.change import pending_of
from ansible_collections.fairway.backbone.plugins.module_utils.change_text import hide_secrets
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction


class ActionModule(RouterAction):
    """config_get: read a configuration, and the commit history with it."""

    SPEC = change_specs.GET

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        text = router.get_config(args["source"], args["format"])
        if args["hide_secrets"]:
            text = hide_secrets(text)
        history = router.history()
        pending = pending_of(history)
        result: dict[str, Any] = {
            "changed": False,
            "pending": vars(pending) if pending else None,
            "history": [vars(entry) | {"change_id": entry.change_id} for entry in history],
        }
        if not args["dest"]:
            result["config"] = text
        else:
            result["dest"] = args["dest"]
            result["changed"] = self._write(Path(args["dest"]), text)
        return result

    def _write(self, path: Path, text: str) -> bool:
        """Write the file, readable by its owner alone; False when it already holds this text."""
        try:
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                return False
            if self.check_mode:
                return True
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".partial")
            with os.fdopen(
                os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
            ) as out:
                out.write(text)
            partial.replace(path)
        except (OSError, UnicodeDecodeError) as error:
            raise RouterFault("input", f"config_get: {path} cannot be written: {error}") from error
        return True
