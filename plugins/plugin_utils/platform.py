# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One interface to a router, whatever it runs: `open_router` picks the hand by `ansible_network_os`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils.change import (
    Commit,
    Outcome,
    Pending,
    RouterError,
    StageRequest,
    StageResult,
)

__all__ = [
    "Commit",
    "Outcome",
    "Pending",
    "Router",
    "RouterError",
    "RouterFault",
    "StageRequest",
    "StageResult",
    "open_router",
    "platform_of",
]


class RouterFault(Exception):
    """A router could not be reached or would not do as told.

    `kind`: unreachable, refused, timeout, auth, host_key, lost (the session ended, or a reply did not come: the deed
    may have been done), locked, dirty, rejected (see `errors`), unsupported, input (the task's own arguments). Of
    files: space (the router's disk), checksum, source (a URL).
    """

    def __init__(self, kind: str, message: str, errors: Sequence[RouterError] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.errors = list(errors)


class Router(Protocol):
    """A router in hand. `stage`, `confirm` and `revert` report a router's fault in what they return and never raise
    it; the others raise RouterFault. `close` never raises."""

    name: str
    platform: str

    def stage(self, request: StageRequest, taken: Callable[[], None] = lambda: None) -> StageResult:
        """`taken` is called once nobody else can change the router, and it is what the change was decided upon."""

    def confirm(self, change_id: str, *, lock_wait_s: float = 30.0, check_mode: bool = False) -> Outcome: ...

    def revert(
        self,
        change_id: str | None,
        rollback: int | None = None,
        *,
        lock_wait_s: float = 30.0,
        check_mode: bool = False,
    ) -> Outcome: ...

    def pending(self) -> Pending | None: ...

    def history(self) -> list[Commit]: ...

    def get_config(self, source: str = "running", fmt: str = "text") -> str:
        """`source`: running, candidate, or rollback-N; `fmt`: text, set, xml or json."""

    def state(self, gather: Sequence[str]) -> dict[str, Any]:
        """The normal form of module_utils/state.py."""

    def command(self, commands: Sequence[str]) -> list[str]: ...

    def close(self) -> None: ...


def platform_of(task_vars: Mapping[str, Any]) -> str:
    """`junos` or `frr`, from `ansible_network_os` (short or fully qualified)."""
    value = str(task_vars.get("ansible_network_os") or "")
    platform = value.rsplit(".", 1)[-1]
    if platform not in ("junos", "frr"):
        host = task_vars.get("inventory_hostname", "?")
        raise RouterFault(
            "unsupported",
            f"{host}: ansible_network_os is '{value}'; fairway.backbone knows 'junos' and 'frr': "
            "set one of them in the inventory",
        )
    return platform


def open_router(action: ActionBase, task_vars: Mapping[str, Any]) -> Router:
    """The router of this task, by the task's own connection (`action._connection`), ready to use.

    The session is opened lazily or at once as the hand likes; raises RouterFault.
    """
    # Each hand is imported only where it is wanted: an FRR router needs no NETCONF library.
    if platform_of(task_vars) == "junos":
        try:
            from ansible_collections.fairway.backbone.plugins.plugin_utils.junos import open_junos
        except ImportError as error:
            host = task_vars.get("inventory_hostname", "?")
            raise RouterFault(
                "unsupported", f"{host}: the controller lacks what Junos routers need ({error}): pip install junos-eznc"
            ) from error
        return open_junos(action, task_vars)
    from ansible_collections.fairway.backbone.plugins.plugin_utils.frr import open_frr

    return open_frr(action, task_vars)
