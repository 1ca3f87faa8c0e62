# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers of one change are taken in one order, the same for every run, although each has a worker of its own.

Two runs that each hold a router which the other needs would both have to give it back, and traffic would have moved
there and back for nothing. So whoever comes first in the order is taken first, and a run that does not get it leaves
the others alone. (Havender, Avoiding deadlock in multitasking systems, 1968: resources in a fixed order.)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

_POLL_S = 0.01
# A worker that ended without a word was killed; until then each tells how it fared.
_SILENCE_S = 60.0
_TAKEN, _GIVEN_UP = "taken", "given up"


class LockOrder:
    """One router's place among `routers` (sorted by name here; empty: it has none to wait for).

    Workers of one run tell each other by files in `directory`, which is the run's own. Leaving the `with` block
    without `taken` tells the next that this router was given up.
    """

    def __init__(self, directory: Path, change_id: str, routers: Sequence[str], name: str) -> None:
        order = sorted(routers)
        at = order.index(name) if name in order else 0
        self.before = order[at - 1] if at > 0 else ""
        self._mine = directory / f"order-{change_id}-{at}"
        self._theirs = directory / f"order-{change_id}-{at - 1}"
        self._told = len(order) < 2

    def wait(self, seconds: float) -> None:
        """Until the router before this one is taken. `seconds`: how long that one may wait for its lock.

        Raises RouterFault `locked` when it was given up, or its worker says nothing.
        """
        until = time.monotonic() + seconds + _SILENCE_S
        while self.before:
            word = self._theirs.read_text(encoding="utf-8") if self._theirs.exists() else ""
            if word == _TAKEN:
                return
            if word or time.monotonic() > until:
                why = "could not be taken" if word else "did not say whether it was taken"
                raise RouterFault("locked", f"left alone, as {self.before}, which comes before it, {why}")
            time.sleep(_POLL_S)

    def taken(self) -> None:
        """This router is ours: the next may be taken. Said twice, it is said once."""
        self._tell(_TAKEN)

    def _tell(self, word: str) -> None:
        if self._told:
            return
        self._told = True
        # Renamed into place: whoever reads it reads a whole word.
        partial = self._mine.with_suffix(".partial")
        partial.write_text(word, encoding="utf-8")
        partial.replace(self._mine)

    def __enter__(self) -> LockOrder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._tell(_GIVEN_UP)


ALONE = LockOrder(Path(), "", (), "")
"""For a router that no other router of its change waits for."""
