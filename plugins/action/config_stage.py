# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import change_specs
from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform_task import RouterAction, finished
from ansible_collections.fairway.backbone.plugins.plugin_utils.private_file import write_private


class ActionModule(RouterAction):
    """config_stage: load, compare, check, and commit under a timer."""

    SPEC = change_specs.STAGE
    RULES = change_specs.STAGE_RULES

    def act(self, router: Router, args: dict[str, Any]) -> dict[str, Any]:
        if complaint := change_specs.stage_complaint(args):
            raise RouterFault("input", f"config_stage: {complaint}")
        text, template_map = self._text(args)
        request = StageRequest(
            text=text,
            change_id=args["change_id"],
            revision=args["revision"],
            format="set" if args["load"] == "set" else args["format"],
            load=args["load"],
            confirm_minutes=args["confirm_minutes"],
            lock_wait_s=args["lock_wait"],
            check_mode=self.check_mode,
            snapshot=args["snapshot"],
            gather=tuple(args["gather"] or ()),
            template_map=template_map,
            base=args["base"],
        )
        done = router.stage(request)
        result = {"change_id": request.change_id, **finished(router, done.as_dict(), done.ok, done.step)}
        if args["diff_dest"] and done.ok:
            _write_diff(Path(args["diff_dest"]), str(result["diff_text"]))
        return result

    def _text(self, args: dict[str, Any]) -> tuple[str, tuple[tuple[str, int], ...]]:
        """The configuration and its map to template lines (empty when there is none)."""
        if args["text"] is not None:
            return str(args["text"]), _read_map(args["map"], required=True) if args["map"] else ()
        path = Path(args["src"])
        if not path.is_file() and not path.is_absolute():
            path = Path(self._loader.path_dwim(args["src"]))
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RouterFault(
                "input", f"config_stage: {path} cannot be read ({error}): run config_render first"
            ) from error
        if args["map"]:
            return text, _read_map(args["map"], required=True)
        return text, _read_map(str(path.with_suffix(".map.json")), required=False)


def _write_diff(path: Path, text: str) -> None:
    """A diff may hold keys and communities: it is for the person who ran this, and nobody else."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, text)
    except OSError as error:
        raise RouterFault("input", f"config_stage: the diff cannot be written: {error}") from error


def _read_map(name: str, *, required: bool) -> tuple[tuple[str, int], ...]:
    path = Path(name)
    if not path.is_file() and not required:
        return ()
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))
        return tuple((str(template or ""), int(line or 0)) for template, line in (entry or ("", 0) for entry in lines))
    except (OSError, ValueError, TypeError) as error:
        raise RouterFault("input", f"config_stage: {path} is no map of template lines: {error}") from error
