# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade reads from a router and keeps on it: facts in, record out."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Intent
from ansible_collections.fairway.backbone.plugins.module_utils.upgrade import Facts
from ansible_collections.fairway.backbone.plugins.module_utils.upgrade_record import (
    PATHS,
    Holder,
    Record,
    contested,
    dumps,
    loads,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils import steering_live
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.router_files import file_hand
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_hand import software_hand
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_watch import Watch

_AWAY = ("lost", "unreachable", "refused", "timeout")


def read_facts(router: Router, intent: Intent, args: Mapping[str, Any]) -> Facts:
    """Everything that the next step is decided upon, from the router. Raises RouterFault."""
    record = read_record(router)
    wanted = record.goal if record is not None else args["version"]
    software = software_hand(router, wanted=wanted).look()
    reading = steering_live.look(router, intent, [], locks=False).reading
    whole = reading.drained and not (reading.drain is not None and reading.drain.neighbors)
    return Facts(
        version=software.version,
        pending=software.pending,
        previous=software.previous,
        busy=software.busy,
        drained=whole,
        package=_package(router, args),
        record=record,
    )


def _package(router: Router, args: Mapping[str, Any]) -> bool:
    if router.platform != "junos" or args["want"] != "upgraded":
        return True
    wanted = str(args["checksum"]).partition(":")[2].lower()
    return file_hand(router).checksum(args["package"]) == wanted


def awaited_facts(router: Router, intent: Intent, args: Mapping[str, Any], watch: Watch) -> Facts:
    """The facts, as soon as the router answers: it may be on its way up from the reboot of a run that was killed."""
    while True:
        try:
            return read_facts(router, intent, args)
        except RouterFault as fault:
            if fault.kind not in _AWAY:
                raise
            reason = fault.message.splitlines()[0].removeprefix(f"{router.name}: ")
            getattr(router, "fresh", router.close)()
            watch.pause(f"it does not answer ({reason[:100]}); it may be rebooting")


def read_record(router: Router) -> Record | None:
    """The record of an upgrade; None when there is none."""
    return loads(file_hand(router).read_text(PATHS[router.platform]))


def write_record(router: Router, record: Record | None) -> None:
    """Write the record, or remove it."""
    hand, path = file_hand(router), PATHS[router.platform]
    if record is None:
        hand.remove(path)
    else:
        hand.write_text(path, dumps(record))


def myself(run: str, by: str) -> Holder:
    """This run, as others will see it in the record. Ansible's workers are children of the one process that is it."""
    pid = os.getppid()
    return Holder(run, by, socket.gethostname(), f"{pid} {_started(pid)}", time.time())


def _started(pid: int) -> str:
    """When a process began, in ticks since boot, and the boot: a number that comes again is another process.

    Empty when there is none, or one that has ended and was not collected yet.
    """
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks = "" if told[0] in "ZX" else told[19]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except (OSError, IndexError):
        return ""
    return f"{ticks} {boot}" if ticks else ""


def alive(holder: Holder) -> bool | None:
    """Whether a run still goes on; None when it is another controller's."""
    if holder.controller != socket.gethostname():
        return None
    pid, _space, started = holder.process.partition(" ")
    return bool(started) and pid.isdigit() and _started(int(pid)) == started


def refuse_contested(router: str, record: Record | None, me: Holder, args: Mapping[str, Any]) -> None:
    """Two runs do not work on one router. Raises RouterFault `contested`."""
    if record is None or args["takeover"]:
        return
    if why := contested(record, me, alive(record.holder), args["lease"]):
        raise RouterFault("contested", f"{router}: {why}. Nothing was changed by this run")


def claim(router: Router, facts: Facts, me: Holder) -> Facts:
    """Say on the router that this run is at work on it, and since when it last did something."""
    if facts.record is None:
        return facts
    record = replace(facts.record, holder=me)
    write_record(router, record)
    return replace(facts, record=record)
