# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router's commit history says of a change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from ansible_collections.fairway.backbone.plugins.module_utils.change import Commit


class Standing(StrEnum):
    """Where a change stands, judged by a router's commit history."""

    ABSENT = "absent"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    SUPERSEDED = "superseded"
    REVERTED = "reverted"
    ROLLED_BACK = "rolled_back"


def own_entries(history: Sequence[Commit], change_id: str) -> int:
    """How many of the newest entries, counted from 0, belong to this change (its commit, its confirmation)."""
    count = 0
    for entry in history:
        if entry.mark is None or entry.change_id != change_id or entry.mark.verb == "revert":
            break
        count += 1
    return count


def landed(history: Sequence[Commit], before: Sequence[Commit]) -> bool:
    """Whether the newest entry is another one than it was (its number and its pending mark say nothing of that)."""
    if not history or not before:
        return bool(history)
    new, old = history[0], before[0]
    return (new.when, new.user, new.client, new.log) != (old.when, old.user, old.client, old.log)


def is_automatic_rollback(entry: Commit, victim: Commit) -> bool:
    """A router's own rollback: by root via other, without words, on top of a confirmed commit.

    When it came is not asked: how long a minute is, and how late a timer fires, is the router's affair.
    """
    if entry.user != "root" or entry.client != "other" or entry.comment or entry.log or victim.timer_s is None:
        return False
    if entry.when is None or victim.when is None:
        return True
    return entry.when >= victim.when


def classify_history(history: Sequence[Commit], change_id: str) -> Standing:
    """Where `change_id` stands on a router with this commit history (newest first)."""
    mine = next((i for i, entry in enumerate(history) if entry.change_id == change_id), None)
    if mine is None:
        return Standing.ABSENT
    newest = history[mine]
    verb = newest.mark.verb if newest.mark else ""
    if verb == "revert":
        return Standing.REVERTED
    if verb == "confirm":
        # A confirmation counts only directly on top of what it confirms: the timer may have fired just before it.
        below = history[mine + 1] if mine + 1 < len(history) else None
        origin = next((e for e in history[mine + 1 :] if e.change_id == change_id), None)
        if below is not None and below is not origin:
            rolled = origin is not None and is_automatic_rollback(below, origin)
            return Standing.ROLLED_BACK if rolled else Standing.SUPERSEDED
    if mine == 0:
        return Standing.PENDING if newest.pending else Standing.CONFIRMED
    if verb == "change" and is_automatic_rollback(history[mine - 1], newest):
        return Standing.ROLLED_BACK
    return Standing.SUPERSEDED
