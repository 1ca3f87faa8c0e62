"""Time of an emulated router: when the confirmed-commit timer fires, and how late."""

from __future__ import annotations

import asyncio
import calendar
import time
from collections.abc import Awaitable, Callable


def now() -> float:
    """Seconds since the epoch: the routers' clock."""
    return time.time()


def utc_epoch(text: str, form: str) -> float:
    """The time that a text says in UTC; raises ValueError when it says none."""
    return float(calendar.timegm(time.strptime(text, form)))


class DeadlineTimer:
    """Calls `fire` once `deadline()` has passed by `lateness()` seconds; `arm()` after whatever may move either."""

    def __init__(
        self, deadline: Callable[[], float | None], lateness: Callable[[], float], fire: Callable[[], Awaitable[None]]
    ) -> None:
        self._deadline = deadline
        self._lateness = lateness
        self._fire = fire
        self._handle: asyncio.TimerHandle | None = None
        self._task: asyncio.Future[None] | None = None

    def arm(self) -> None:
        """(Re)start the timer for the deadline as it is now; without one the timer is idle."""
        self.cancel()
        deadline = self._deadline()
        if deadline is not None:
            wait = max(0.0, deadline + self._lateness() - now())
            self._handle = asyncio.get_running_loop().call_later(wait, self._expire)

    def cancel(self) -> None:
        """Stop waiting; a firing that has begun goes on."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _expire(self) -> None:
        self._handle = None
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        await self._fire()
        self.arm()
