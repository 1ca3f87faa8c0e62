# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change on an FRR router stands on: what runs, what was committed, and what somebody did by hand.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import hashlib
import pwd
import time
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils import frr_agent_store as store
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_daemons import Daemons
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store import Commits, Fault, Paths
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_text import difference, spliced, with_notes
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_txn import Txn

# Forwarding is the kernel's setting; FRR shows it as if it were configuration.
_KERNEL = ("no ip forwarding", "no ipv6 forwarding")


class Ground:
    """One router as one operation finds it."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.paths = Paths.of(request.get("paths", {}))
        self.daemons = Daemons(self.paths)
        self.notes: list[str] = []
        self._running = ""

    def running(self) -> str:
        """The running configuration, read once: nothing changes it between two looks before it is applied."""
        self._running = self._running or self.daemons.running()
        return self._running

    def noted(self, running: str, txn: Txn | None) -> str:
        """What runs, with our own comments, which the daemons do not keep: the newest commit has them."""
        source = Commits(self.paths).text(0) if txn is None else store.read(txn.dir / "new" / "frr.conf")
        return with_notes(running, (store.read(self.paths.startup) or "") if source is None else source)

    def committed(self) -> str:
        """The configuration that a change by steering builds upon: as it was committed, or as somebody saved it."""
        running = self.running()
        last, startup = Commits(self.paths).text(0), store.read(self.paths.startup)
        if self.request.get("take_over"):
            candidates = [last, running]
        else:
            candidates = [last, startup, running if last is None else last]
        text = next((one for one in candidates if one is not None and not _by_hand(one, running)), None)
        text = next(one for one in (text, *reversed(candidates)) if one is not None)
        return text if text == last else self.noted(text, None)

    def token(self) -> str:
        """Names what a decision about this router was made upon: its newest commit, and its text if saved by hand."""
        commits = Commits(self.paths)
        newest = next(iter(commits.entries()), {})
        said = newest.get("log") or newest.get("comment") or f"by {newest.get('user', 'nobody')}"
        name = f"{commits.numbers[0]:06d} {said}" if commits.numbers else "none yet"
        return f"{name} #{hashlib.sha256(self.committed().encode(errors='surrogateescape')).hexdigest()[:8]}"

    def refuse_moved(self) -> None:
        """What was decided upon another commit than the newest is not done."""
        base = self.request.get("base")
        if base == "unread":
            raise Fault(
                "refused", "what is steered on it could not be read before, and a change might undo that: try again"
            )
        if base and base != (newest := self.token()):
            raise Fault(
                "refused",
                f"changed meanwhile: decided upon the commit '{base}', and the newest is '{newest}'. "
                "Look again, then decide",
            )
        if "splices" in self.request:
            try:
                self.request["text"] = spliced(self.committed(), self.request["splices"])
            except ValueError as error:
                raise Fault("refused", f"{error}; nothing was changed") from None

    def unsaved(self, running: str) -> list[str]:
        """Lines that somebody changed by hand and that neither a commit nor the startup configuration holds."""
        commits = Commits(self.paths)
        with store.told("reading the startup configuration"):
            startup = store.read(self.paths.startup)
        last = commits.text(0)
        from_startup = _by_hand(startup or "", running)
        if last is None:
            return from_startup
        from_last = _by_hand(last, running)
        if from_last and not from_startup:
            self.notes.append("the running configuration was saved by hand since the last commit")
            return []
        if from_last or startup in (None, last):
            return from_last
        return [f"{line} (only in {self.paths.startup})" for line in _by_hand(running, startup or "")]

    def refuse_unsaved(self, running: str) -> None:
        lines = self.unsaved(running)
        if not lines:
            return
        if self.request.get("take_over"):
            self.notes.append("took over changes made by hand: " + "; ".join(lines[:20]))
            return
        told = "; ".join(lines[:20]) + (f"; and {len(lines) - 20} more" if len(lines) > 20 else "")
        raise Fault(
            "dirty",
            f"changed by hand and not in the last commit: {told}: put it into the intent, or save it on the router "
            "(write memory), or let this change overwrite it (fairway_frr_take_over)",
        )

    def keep_found(self, running: str) -> None:
        """Before a first commit, or after somebody saved by hand: the history must be able to go back to what ran."""
        commits = Commits(self.paths)
        last = commits.text(0)
        if last is not None and not _by_hand(last, running):
            return
        comment = "as found" if last is None else "changed by hand"
        with store.told("recording the configuration found"):
            owner = _owner(self.paths)
            commits.add({"user": owner, "client": "vtysh", "comment": comment, "log": "", "when": time.time()}, running)


def _by_hand(base: str, running: str) -> list[str]:
    change = difference(base, running)
    return [line for line in change.lines() if line[2:] not in _KERNEL]


def _owner(paths: Paths) -> str:
    with contextlib.suppress(OSError, KeyError):
        return pwd.getpwuid(paths.startup.stat().st_uid).pw_name
    return "unknown"
