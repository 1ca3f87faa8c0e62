# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that Fairway runs on an FRR router: one request in, one JSON line out.

frr_transport.py sends it over the host's connection together with the modules it imports; nothing is installed.
Standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_change import Router
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_state import command, gather
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store import Fault
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_timer import watch
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_txn import Txn

MARK = "fairway-reply "


def main(program: dict[str, Any]) -> None:
    """Do what program["request"] asks and print the reply."""
    # The deed must not depend on whether anybody is still listening.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    router = Router(program)
    if router.request["op"] == "watch":
        _watch(router)
        return
    try:
        reply = _answer(router)
        reply = {"ok": True, **reply}
    except Fault as fault:
        reply = {"ok": False, "kind": fault.kind, "message": fault.message, "errors": fault.errors}
    reply["notes"] = router.notes
    # Nobody listens any more: the journal on the disk tells the next session.
    with contextlib.suppress(BrokenPipeError):
        print(MARK + json.dumps(reply), flush=True)


def _answer(router: Router) -> dict[str, Any]:
    request = router.request
    operations: dict[str, Callable[[], dict[str, Any]]] = {
        "stage": router.stage,
        "confirm": router.confirm,
        "revert": router.revert,
        "pending": router.pending,
        "history": router.history,
        "steering": router.steering,
        "get_config": router.get_config,
        "state": lambda: {"raw": gather(router.daemons, request.get("gather", ()))},
        "command": lambda: {"answers": command(router.daemons, request["commands"])},
    }
    operation = operations.get(request["op"])
    if operation is None:
        raise Fault("unsupported", f"unknown operation {request['op']!r}")
    return operation()


def _watch(router: Router) -> None:
    """What the dead-man timer's process does."""
    mine = router.request["change_id"]

    def remaining() -> float | None:
        txn = Txn.open(router.paths)
        return txn.remaining() if txn is not None and txn.change_id == mine else None

    def repair() -> None:
        router.request["lock_wait_s"] = 0
        with router.locked("taking back an unconfirmed change"):
            pass

    watch(remaining, repair)
    sys.exit(0)
