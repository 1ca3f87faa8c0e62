"""`systemctl ... frr`: the unit that the package brings. The host starts the daemons, so no keeper holds them."""

from __future__ import annotations

import os
from collections.abc import Callable

from lab.errors import LabError
from lab.packages import daemons
from lab.packages.store import Store

NAME = "frr.service"
NOT_ACTIVE = 3


def active() -> str:
    """systemd's word for it: as long as one daemon lives, the unit does."""
    return "active" if daemons.running() else "inactive"


def stop(store: Store) -> int:
    """End the daemons."""
    daemons.stop()
    return 0


def start(store: Store) -> int:
    """Start the daemons that are missing, all when none runs, from what is installed. Raises LabError."""
    if not daemons.running():
        facts = store.read()
        facts.running = facts.packages["frr"].version
        store.write(facts)
        daemons.start()
    return 0


def restart(store: Store) -> int:
    """Both."""
    return stop(store) or start(store)


def show() -> dict[str, str]:
    """The properties that differ from those of no such unit."""
    here = active()
    return {
        "Id": NAME, "Names": NAME, "Description": "FRRouting", "LoadState": "loaded", "ActiveState": here,
        "SubState": "running" if here == "active" else "dead", "UnitFileState": "enabled", "Result": "success",
        "MainPID": str(daemons.running().get("zebra", 0)), "NeedDaemonReload": "no",
        "FragmentPath": "/lib/systemd/system/frr.service",
    }  # fmt: skip


CHANGES: dict[str, Callable[[Store], int]] = {
    "start": start, "stop": stop, "restart": restart, "reload-or-restart": restart,
}  # fmt: skip


def main(store: Store, verb: str, wanted: list[str], *, value: bool, quiet: bool) -> int:
    """Returns systemctl's exit status. Raises LabError for what the lab does not model."""
    if verb in CHANGES:
        if os.geteuid() != 0:
            raise LabError(f"Failed to {verb} {NAME}: Interactive authentication required.")
        return CHANGES[verb](store)
    if verb == "show":
        for key, said in show().items():
            if not wanted or key in wanted:
                print(said if value else f"{key}={said}")
        return 0
    if verb not in ("is-active", "is-enabled", "status", "daemon-reload"):
        raise LabError(f"the lab's systemctl does not model {verb} of {NAME}")
    if verb == "status":
        print(f"{NAME} - FRRouting\n     Active: {active()}\n  Processes: {' '.join(sorted(daemons.running()))}")
    elif not quiet and verb != "daemon-reload":
        print(active() if verb == "is-active" else "enabled")
    return NOT_ACTIVE if verb in ("is-active", "status") and active() != "active" else 0
