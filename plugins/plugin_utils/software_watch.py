# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a router with somebody watching: a deadline, and a line every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

_LINE_EVERY_S = 10.0
"""A person sees a line that often, and at once when there is something new."""


class Watch:
    """One wait. `pause` sleeps for an interval; RouterFault `timeout` when the time is over."""

    def __init__(self, router: str, seconds: float, interval: float, display: Callable[[str], object]) -> None:
        self.router = router
        self.interval = interval
        self.seconds = seconds
        self._began = time.monotonic()
        self._display = display
        self._said = ("", 0.0)

    @property
    def passed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def left(self) -> float:
        """Seconds that are left, never less than one interval."""
        return max(self.interval, self.seconds - self.passed)

    def tell(self, text: str) -> None:
        """Show a line."""
        self._display(f"{self.router}: {text}")

    def say(self, doing: str) -> None:
        """Show what goes on, unless that was shown a moment ago."""
        last, when = self._said
        if doing != last or time.monotonic() - when >= _LINE_EVERY_S:
            self._said = (doing, time.monotonic())
            self.tell(f"{doing}, {self.passed:.0f} of at most {self.seconds:.0f} s")

    def pause(self, doing: str, before: Callable[[], object] | None = None) -> None:
        """Show what is waited for, do what has to be done before the next look, and sleep."""
        if self.passed >= self.seconds:
            raise RouterFault("timeout", f"{self.router}: not within {self.seconds:.0f} s: {doing}")
        self.say(doing)
        if before is not None:
            before()
        time.sleep(min(self.interval, max(0.05, self.seconds - self.passed)))
