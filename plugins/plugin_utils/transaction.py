# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives a hand through the transaction's steps, and words the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from ansible_collections.fairway.backbone.plugins.module_utils.change import (
    Outcome,
    RouterError,
    StageRequest,
    StageResult,
    pending_of,
)
from ansible_collections.fairway.backbone.plugins.module_utils.change_goals import Goal
from ansible_collections.fairway.backbone.plugins.module_utils.change_machine import (
    Done,
    Event,
    Lost,
    Refused,
    Step,
    Transaction,
)
from ansible_collections.fairway.backbone.plugins.module_utils.change_text import count_lines, hide_secrets, place
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

LOST_KINDS = frozenset({"lost", "timeout", "unreachable", "refused", "auth", "host_key"})
MAX_HISTORY = 10


class Hand(Protocol):
    """Does one step on a router and returns what the step asks for; raises RouterFault."""

    def perform(self, step: Step, transaction: Transaction) -> Any: ...


def drive(hand: Hand, transaction: Transaction, clock: Callable[[], float] = time.monotonic) -> None:
    """Carry the transaction to its end. A router's fault never gets out of here."""
    while transaction.step is not Step.DONE:
        event: Event
        try:
            event = Done(hand.perform(transaction.step, transaction))
        except RouterFault as fault:
            if fault.kind in LOST_KINDS:
                event = Lost(fault.message, reached=fault.kind == "lost")
            else:
                event = Refused(fault.kind, fault.message, tuple(fault.errors))
        transaction.feed(event, clock())


def begin(goal: Goal, lock_wait_s: float, *, snapshot: bool = False) -> Transaction:
    """A transaction that begins now."""
    return Transaction(goal, time.monotonic() + lock_wait_s, snapshot)


def _discreet(error: RouterError) -> RouterError:
    """The complaint without the secret that it may quote."""
    bad_element = hide_secrets(error.bad_element) if error.bad_element else error.bad_element
    return replace(error, message=hide_secrets(error.message), bad_element=bad_element)


def stage_result(transaction: Transaction, request: StageRequest, before: Any, seconds: float) -> StageResult:
    """The result of a stage: complaints placed in the templates, secrets taken out of what people will see."""
    added, removed = count_lines(transaction.diff)
    pending = pending_of(transaction.history)
    placed = (place(error, request.text, request.format, request.template_map) for error in transaction.errors)
    errors = [_discreet(error) for error in placed]
    message = "\n".join(str(error) for error in errors) or transaction.message
    return StageResult(
        changed=transaction.changed or (request.check_mode and transaction.state == "checked"),
        state=transaction.state,
        message=hide_secrets(message),
        step=transaction.failed_step,
        diff=hide_secrets(transaction.diff),
        lines_added=added,
        lines_removed=removed,
        errors=errors,
        notes=[hide_secrets(note) for note in transaction.notes],
        before=before,
        pending=pending,
        deadline=pending.deadline if pending and transaction.state == "staged" else None,
        seconds=seconds,
    )


def outcome(transaction: Transaction, change_id: str | None, seconds: float) -> Outcome:
    """The result of a confirm or a revert."""
    return Outcome(
        state=transaction.state,
        changed=transaction.changed or (transaction.goal.check_mode and transaction.state == "checked"),
        message=hide_secrets(transaction.message),
        change_id=change_id,
        diff=hide_secrets(transaction.diff),
        errors=[_discreet(error) for error in transaction.errors],
        notes=[hide_secrets(note) for note in transaction.notes],
        history=transaction.history[:MAX_HISTORY],
        seconds=seconds,
    )
