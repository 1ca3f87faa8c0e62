"""Rebooting a router: when, what goes down in which order, and how it comes back.

The port refuses connections and the data plane is down from the moment the router goes until it has booted; sessions,
uncommitted changes and unfinished installations are lost. A confirmed commit that was pending is rolled back at boot.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.junos import clock

if TYPE_CHECKING:
    from lab.junos.router import Router

log = logging.getLogger(__name__)
REBOOT_SECONDS = 3.0
GRACE = 1.0
"""Seconds between the answer to `request system reboot` and the moment sessions end: the router still answers."""
NORMAL = "Router rebooted after a normal shutdown."
FELL_BACK = "Router rebooted after a failed boot of the new software."
_TICK = 0.05


@dataclass(frozen=True)
class Scheduled:
    """A reboot that was asked for: `at` epoch seconds, `kind` is `junos` or `vmhost`."""

    at: float
    kind: str
    user: str


class Power:
    """Whether one router is up, and what takes it down and up again."""

    def __init__(self, router: Router) -> None:
        self.up = True
        self.reboots = 0
        self.scheduled: Scheduled | None = None
        self._router = router
        self._task: asyncio.Task[None] | None = None

    def schedule(self, kind: str, user: str, seconds: float = 0.0) -> Scheduled:
        """Reboot in so many seconds; a reboot that was scheduled before is replaced."""
        self.cancel()
        self.scheduled = Scheduled(clock.now() + seconds, kind, user)
        self._task = asyncio.create_task(self._wait_and_reboot(kind, max(seconds, GRACE)))
        return self.scheduled

    def cancel(self) -> bool:
        """Forget a scheduled reboot; False when there is none (or it has begun)."""
        if self.scheduled is None:
            return False
        self.scheduled = None
        if self._task is not None:
            self._task.cancel()
            self._task = None
        return True

    def close(self) -> None:
        """The emulator ends."""
        if self._task is not None:
            self._task.cancel()

    async def _wait_and_reboot(self, kind: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.scheduled = None
        try:
            await self.reboot(kind)
        except Exception:
            log.exception("%s: reboot", self._router.initial_hostname)
            raise

    async def reboot(self, kind: str) -> None:
        """Go down, stay down for as long as `reboot-seconds` and `no-boot` say, and come back."""
        began = time.monotonic()
        await self._go_down()
        faults = self._router.faults
        while True:
            seconds = faults.number("reboot-seconds")
            left = began + (REBOOT_SECONDS if seconds is None else seconds) - time.monotonic()
            if left <= 0 and not faults.set("no-boot"):
                break
            await asyncio.sleep(min(_TICK, left) if left > 0 else _TICK)
        await self._come_up(kind)

    async def _go_down(self) -> None:
        router = self._router
        self.up = False
        router.timer.cancel()
        router.installer.abort()
        await router.reachability_changed()
        await router.drop_connections()
        await router.work(router.store.halt)
        await router.work(router.context.backend.go_down)

    async def _come_up(self, kind: str) -> None:
        router = self._router
        booted = router.installer.software.boot(kind, fall_back=router.faults.set("boot-old"))
        router.context.boot_reason = NORMAL if booted else FELL_BACK
        self.reboots += 1
        router.context.started = clock.now()
        await router.work(router.context.backend.come_up)
        router.conditions.boot()
        await router.work(router.conditions.hinder)
        await router.work(router.store.restart)
        self.up = True
        await router.reachability_changed()
