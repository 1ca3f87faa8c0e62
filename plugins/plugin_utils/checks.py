# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What checks need to know of a router, asked in one session. module_utils/checks.py judges it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import checks as core
from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest, new_change_id
from ansible_collections.fairway.backbone.plugins.module_utils.drain import unfit
from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import told
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Intent
from ansible_collections.fairway.backbone.plugins.module_utils.state import MORE, SUBJECTS
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils import steering_live
from ansible_collections.fairway.backbone.plugins.plugin_utils.file_digest import local_sha256
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault

FITNESS = ("bgp", "ospf", "interfaces")
"""What a router's fitness to carry its site is judged by."""

_HOPELESS = ("input", "unsupported")
_WAIT_S = 5.0


@dataclass
class Asked:
    """What one look at a router brought. `fault`: why there is nothing."""

    state: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    unfit: list[str] = field(default_factory=list)


def ask(
    router: Router, checks: Sequence[core.Check], inquiry: Mapping[str, Any], intent: Callable[[], Intent]
) -> Asked:
    """Everything that the checks look at. Only a mistake in the task itself is raised; a router's fault is told.

    `inquiry` has the task's arguments; `intent` is asked only when it is needed.
    """
    asked = Asked()
    wanted = core.subjects(checks, router.platform)
    gather = [name for name in (*SUBJECTS, *MORE) if name in wanted or (inquiry["fitness"] and name in FITNESS)]
    try:
        asked.state = dict(router.state(gather)) if gather else {}
        if "drain" in wanted or inquiry["fitness"]:
            _look(router, asked, intent(), inquiry)
        if "drift" in wanted and inquiry.get("config"):
            asked.state["drift"] = _drift(router, Path(inquiry["config"]))
        if "package" in wanted:
            asked.state["package"] = _package(router, inquiry["facts"])
        _run(router, core.commands(checks, router.platform), asked)
    except RouterFault as fault:
        if fault.kind in _HOPELESS:
            raise
        asked.fault = fault.message.removeprefix(f"{router.name}: ")
        asked.unfit = [f"it does not answer: {asked.fault}"] if inquiry["fitness"] else []
    asked.state["redundancy"] = dict(inquiry["partners"])
    return asked


def _look(router: Router, asked: Asked, intent: Intent, inquiry: Mapping[str, Any]) -> None:
    """Whether it is drained, and whether it could carry its site alone."""
    found = steering_live.look(router, intent, [], locks=bool(inquiry["fitness"]))
    live: LiveRouter = steering_live.report(router.name, found, {})[0]
    by_hand = "drained by hand, without a marker" if live.drained else ""
    asked.state["drain"] = told(live.drain) if live.drain is not None else by_hand
    if inquiry["fitness"]:
        state = {name: asked.state[name] for name in FITNESS}
        asked.unfit = unfit(live, state, inquiry.get("expect") or None)


def _drift(router: Router, config: Path) -> int | str:
    """How many lines the router has more or less than its rendered configuration; a complaint when it was not told."""
    try:
        text = config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RouterFault(
            "input", f"router_check: {config} cannot be read ({error}): run config_render first"
        ) from error
    change_id = new_change_id(time.time(), os.urandom(3))
    done = router.stage(StageRequest(text, change_id, check_mode=True, lock_wait_s=_WAIT_S))
    if not done.ok:
        return f"not compared: {done.message.splitlines()[0] if done.message else done.state}"
    return done.lines_added + done.lines_removed


def _package(router: Router, facts: Mapping[str, Any]) -> dict[str, str | None]:
    """Checksums of the package: of the controller's file (None for a URL: it is fetched when it is wanted), and of the
    router's."""
    source, path = str(facts.get("package") or ""), str(facts.get("package_path") or "")
    found: dict[str, str | None] = {"local": None if "://" in source else _local(Path(source)) if source else "absent"}
    if path:
        found["router"] = _sha(_checksum(router, path))
    return found


def _local(path: Path) -> str:
    try:
        return _sha(local_sha256(path))
    except OSError as error:
        return f"absent ({error.strerror or error})"


def _sha(digest: str | None) -> str:
    return f"sha256:{digest}" if digest else "absent"


def _checksum(router: Any, path: str) -> str | None:
    if router.platform == "junos":
        from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_files

        return junos_files.file_checksum(router, path)
    from ansible_collections.fairway.backbone.plugins.plugin_utils import frr_files

    return frr_files.file_checksum(router, path)


def _run(router: Router, commands: Sequence[str], asked: Asked) -> None:
    for command in commands:
        try:
            asked.outputs[command] = router.command([command])[0]
        except RouterFault as fault:
            if fault.kind != "rejected":
                raise
            asked.refused[command] = fault.message.removeprefix(f"{router.name}: ")
    if asked.outputs:
        asked.state["commands"] = dict(asked.outputs)
