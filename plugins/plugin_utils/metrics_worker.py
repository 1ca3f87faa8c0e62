# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at many routers at once: a thread for each collector of each router, so that none waits for another.

What was seen last is kept here; a scrape reads it and never waits for a router. The board also remembers when scrapes
came, so that fast looks end just before the next one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import Sample, sample
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_config import Settings, Target
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_memory import Memory, Standing, pause_s
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_schedule import (
    LOOKS_KEPT,
    SCRAPES_KEPT,
    Look,
    next_look,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.metrics_hands import COLLECTORS, Hand, hand
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

_log = logging.getLogger("fairway.metrics")


class Board:
    """What is known of every router now. Safe to use from any thread; every method is quick."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._standings = {(t.name, collector): Standing() for t in settings.targets for collector in COLLECTORS}
        self._heartbeat = 0.0
        self._scrapes: deque[float] = deque(maxlen=SCRAPES_KEPT)

    def good(self, router: str, collector: str, samples: list[Sample], took: float) -> bool:
        """A look that succeeded; returns whether the router is back from a fault."""
        with self._lock:
            self._heartbeat = time.time()
            return self._standings[router, collector].good(samples, time.monotonic(), took)

    def bad(self, router: str, collector: str, kind: str, message: str) -> bool:
        """A look that failed; returns whether that is news."""
        with self._lock:
            self._heartbeat = time.time()
            return self._standings[router, collector].bad(kind, message)

    def samples(self) -> list[Sample]:
        """Everything that may be said now. Where both collectors saw the same, the fast one's newer value counts."""
        now = time.monotonic()
        found: dict[tuple[str, tuple[str, ...]], Sample] = {}
        with self._lock:
            for (router, collector), standing in self._standings.items():
                for one in standing.tell(router, collector, now, self._settings.stale_after(collector)):
                    found.setdefault((one.name, one.labels), one)
            up = [
                sample("fairway_router_up", self._up(target.name, now), router=target.name) for target in self.targets
            ]
            heartbeat = [sample("fairway_exporter_heartbeat_seconds", self._heartbeat)] if self._heartbeat else []
        return [*found.values(), *up, *heartbeat]

    @property
    def targets(self) -> tuple[Target, ...]:
        return self._settings.targets

    def scraped(self) -> None:
        """Somebody scrapes now."""
        with self._lock:
            self._scrapes.append(time.monotonic())

    def scrapes(self) -> tuple[float, ...]:
        """When the last scrapes came, in monotonic seconds."""
        with self._lock:
            return tuple(self._scrapes)

    def _up(self, router: str, now: float) -> bool:
        standing = self._standings[router, "fast"]
        return not standing.fault and standing.fresh(now, self._settings.stale_after("fast"))

    def faults(self) -> list[str]:
        """What is wrong with which router, in words."""
        with self._lock:
            return [standing.fault for standing in self._standings.values() if standing.fault]


class Worker(threading.Thread):
    """Looks at one router again and again, until told to stop. `open_hand` makes its hand."""

    def __init__(
        self, target: Target, collector: str, settings: Settings, board: Board,
        open_hand: Callable[[Target, Settings, str], Hand] = hand,
    ) -> None:  # fmt: skip
        super().__init__(name=f"{target.name} {collector}", daemon=True)
        self._target, self._collector, self._board = target, collector, board
        self._interval = settings.interval if collector == "fast" else settings.slow_interval
        self._hand = open_hand(target, settings, collector)
        self._memory = Memory()
        self._looks: deque[Look] = deque(maxlen=LOOKS_KEPT)
        self._stop_event = threading.Event()

    def run(self) -> None:
        failed = 0
        while not self._stop_event.is_set():
            began = time.monotonic()
            failed = 0 if self.once() else failed + 1
            now = time.monotonic()
            self._stop_event.wait(max(0.0, self._next(began, failed, now) - now))
        self._hand.drop()

    def _next(self, began: float, failed: int, now: float) -> float:
        """When the look after the one from `began` to `now` begins, in monotonic seconds, after `failed` in a row."""
        if failed:
            self._looks.clear()
        if failed or self._collector != "fast":
            return began + pause_s(self._interval, failed)
        self._looks.append(Look(began, now - began))
        return next_look(self._board.scrapes(), self._looks, self._interval, now)

    def once(self) -> bool:
        """One look; what came of it goes to the board."""
        name, began = self._target.name, time.monotonic()
        try:
            samples = self._hand.look()
        except RouterFault as fault:
            self._fault(fault.kind, fault.message)
            return False
        except Exception as error:  # noqa: BLE001 - a bug or an unheard-of reply of one router is not the others' end
            _log.exception("%s: the exporter itself failed", name)
            self._fault("internal", f"{name}: {type(error).__name__}: {error}")
            return False
        ended = time.monotonic()
        if self._board.good(name, self._collector, self._memory.complete(samples, ended), ended - began):
            _log.info("%s: answers again (%s)", name, self._collector)
        return True

    def _fault(self, kind: str, message: str) -> None:
        if self._board.bad(self._target.name, self._collector, kind, message):
            _log.warning("%s (%s, %s)", message, self._collector, kind)
        self._hand.drop()

    def stop(self) -> None:
        """Ask the thread to end after what it is doing."""
        self._stop_event.set()


def workers(settings: Settings, board: Board) -> list[Worker]:
    """A worker for each collector of each router, not started yet."""
    return [Worker(target, collector, settings, board) for target in settings.targets for collector in COLLECTORS]


def stop_all(running: Iterable[Worker], within_s: float) -> None:
    """Stop the workers; those that are waiting for a router after `within_s` are left behind (they are daemons)."""
    running = list(running)
    for one in running:
        one.stop()
    end = time.monotonic() + within_s
    for one in running:
        one.join(max(0.0, end - time.monotonic()))
