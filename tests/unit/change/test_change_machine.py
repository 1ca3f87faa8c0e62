"""The transaction against a model router, with faults at every step and other people at work in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.change import RouterError, pending_of
from ansible_collections.fairway.backbone.plugins.module_utils.change_goals import (
    ConfirmGoal,
    Goal,
    RevertGoal,
    RollbackGoal,
    StageGoal,
)
from ansible_collections.fairway.backbone.plugins.module_utils.change_history import Standing, classify_history
from ansible_collections.fairway.backbone.plugins.module_utils.change_machine import (
    Done,
    Event,
    Lost,
    Refused,
    Step,
    Transaction,
)

from .model import US, ModelRouter

OURS = "fw-20260101T000000-aaaaaa"
NEW = "new"
FATES = ["done"] * 8 + ["refused", "lost before", "lost after"]
OTHERS: list[Callable[[ModelRouter], None]] = [
    lambda router: router.they_commit(confirmed=False),
    lambda router: router.they_commit(confirmed=True),
    ModelRouter.they_edit,
    ModelRouter.they_lock,
    ModelRouter.they_leave,
    ModelRouter.timer_fires,
]


def goals(check_mode: bool) -> list[Goal]:
    return [
        StageGoal(OURS, "abc", check_mode),
        ConfirmGoal(OURS, check_mode),
        RevertGoal(OURS, check_mode),
        RollbackGoal(1, "fw-20260101T000001-bbbbbb", None, check_mode),
    ]


def staged_router(confirm_entry: bool = False) -> ModelRouter:
    router = ModelRouter(confirm_entry=confirm_entry)
    run(router, StageGoal(OURS, "abc"))
    assert router.pending
    return router


def run(router: ModelRouter, goal: Goal, draw: Callable[[Step], Event | None] | None = None) -> Transaction:
    """Drive a transaction to its end; `draw` may put an event in place of what the router would answer."""
    transaction = Transaction(goal, lock_until=3.0, snapshot=goal.timed)
    for tick in range(60):
        if transaction.step is Step.DONE:
            return transaction
        step = transaction.step
        answer = draw(step) if draw else None
        if answer is None:
            answer = perform(router, transaction, step)
        transaction.feed(answer, float(tick))
    raise AssertionError(f"no end: still at {transaction.step}")


def perform(router: ModelRouter, transaction: Transaction, step: Step) -> Event:
    if step is Step.RECOVER:
        router.session_ends()
        return Done(list(router.history))
    value = router.perform(step, transaction, NEW)
    return value if isinstance(value, Refused) else Done(value)


class Weather:
    """Draws what happens at each step: other people, a refusal, a lost session before or after the deed."""

    def __init__(self, data: st.DataObject, router: ModelRouter) -> None:
        self.data, self.router = data, router
        self.unreachable = False
        self.unlock_refused = False

    def __call__(self, transaction: Transaction) -> Event:
        step, router = transaction.step, self.router
        for deed in self.data.draw(st.lists(st.sampled_from(OTHERS), max_size=1), label=f"others before {step}"):
            deed(router)
        fate = self.data.draw(st.sampled_from(FATES), label=str(step))
        if fate == "lost after" and step is not Step.RECOVER:
            perform(router, transaction, step)
        if fate.startswith("lost"):
            # Whatever the reason, a router ends the session at last.
            router.session_ends()
            self.unreachable = step is Step.RECOVER
            return Lost(f"lost at {step}", self.data.draw(st.booleans(), label="reached"))
        if fate == "refused" and step not in (Step.RECOVER, Step.HISTORY, Step.GUARD, Step.VERIFY, Step.WAIT):
            self.unlock_refused = step is Step.UNLOCK
            return Refused("rejected", f"refused {step}", (RouterError("no"),))
        return perform(router, transaction, step)


@settings(max_examples=400, deadline=None)
@given(st.data(), st.booleans(), st.booleans(), st.integers(0, 3))
def test_every_path_ends_unlocked_and_tells_the_truth(
    data: st.DataObject, check_mode: bool, already_staged: bool, which: int
) -> None:
    router = staged_router() if already_staged else ModelRouter()
    goal = goals(check_mode)[which]
    commits = router.commits_of_ours
    weather = Weather(data, router)
    transaction = Transaction(goal, lock_until=3.0, snapshot=True)
    for tick in range(60):
        if transaction.step is Step.DONE:
            break
        transaction.feed(weather(transaction), float(tick))
    assert transaction.step is Step.DONE, "the transaction does not end"
    event(f"{type(goal).__name__}: {transaction.state}")

    assert router.trespasses == []
    assert router.lock != US or weather.unlock_refused, "the lock is left behind"
    committed = router.commits_of_ours - commits
    if check_mode:
        assert committed == 0
    if transaction.state in ("unchanged", "checked", "refused"):
        assert committed == 0
        assert not transaction.changed
    if transaction.state == "unknown":
        assert weather.unreachable or classify_history(router.history, OURS) is Standing.SUPERSEDED or router.pending
    if transaction.state == "failed":
        assert transaction.message, "a failure without words"
        assert transaction.failed_step


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_reported_is_what_the_router_holds(data: st.DataObject) -> None:
    """Nobody else interferes after the last word: then the report and the router agree exactly."""
    router = ModelRouter()
    weather = Weather(data, router)
    transaction = Transaction(StageGoal(OURS, "abc"), lock_until=3.0)
    truth: tuple[str, bool] = ("", False)
    while transaction.step is not Step.DONE:
        if transaction.step in (Step.VERIFY, Step.RECOVER):
            transaction.feed(perform(router, transaction, transaction.step), 0.0)
            truth = (router.running, pending_of(router.history) is not None)
        elif transaction.step in (Step.DISCARD, Step.UNLOCK):
            transaction.feed(perform(router, transaction, transaction.step), 0.0)
        else:
            transaction.feed(weather(transaction), 0.0)
    assert router.lock != US
    if transaction.state == "staged":
        assert truth == (NEW, True)
        assert transaction.changed
    else:
        assert transaction.state != "unknown" or truth[0] == NEW
        if router.commits_of_ours == 0:
            assert not transaction.changed


def test_a_stage_leaves_a_running_timer_and_says_so() -> None:
    router = ModelRouter()
    done = run(router, StageGoal(OURS, "abc"))
    assert (done.state, done.changed, done.diff) == ("staged", True, "+new")
    assert router.history[0].log == f"fairway change={OURS} rev=abc"
    assert router.lock is None


def test_no_difference_costs_no_check_and_no_commit() -> None:
    router = ModelRouter(configs=[NEW], candidate=NEW)
    seen: list[Step] = []

    def watch(step: Step) -> None:
        seen.append(step)

    done = run(router, StageGoal(OURS, "abc"), watch)
    assert (done.state, done.changed) == ("unchanged", False)
    assert Step.CHECK not in seen
    assert Step.COMMIT not in seen
    assert Step.UNLOCK in seen


def test_a_lost_commit_reply_is_looked_up() -> None:
    router = ModelRouter()

    def lose(step: Step) -> Event | None:
        if step is Step.COMMIT:
            router.perform(step, Transaction(StageGoal(OURS, "abc"), 0.0), NEW)
            router.session_ends()
            return Lost("no reply within 3 s")
        return None

    done = run(router, StageGoal(OURS, "abc"), lose)
    assert (done.state, done.changed) == ("staged", True)
    assert any("no reply within 3 s" in note for note in done.notes)


def test_a_commit_that_was_never_heard_of_is_not_claimed() -> None:
    router = ModelRouter()
    done = run(router, StageGoal(OURS, "abc"), lambda step: Lost("gone") if step is Step.COMMIT else None)
    assert (done.state, done.changed, done.failed_step) == ("failed", False, "commit")
    assert done.message == "gone; a fresh session shows: nothing was committed"


def test_unreachable_after_a_commit_was_sent_is_unknown() -> None:
    done = run(
        ModelRouter(), StageGoal(OURS, "abc"), lambda s: Lost("gone") if s in (Step.COMMIT, Step.RECOVER) else None
    )
    assert (done.state, done.changed) == ("unknown", True)


def test_the_first_error_is_told_and_the_clean_ups_are_notes() -> None:
    def refuse(step: Step) -> Event | None:
        answers = {
            Step.CHECK: Refused("rejected", "policy not defined", (RouterError("policy not defined"),)),
            Step.DISCARD: Refused("rejected", "discard failed"),
            Step.UNLOCK: Refused("rejected", "unlock failed"),
        }
        return answers.get(step)

    done = run(ModelRouter(), StageGoal(OURS, "abc"), refuse)
    assert (done.state, done.failed_step, done.message) == ("failed", "check", "policy not defined")
    assert done.notes == ["discard: discard failed", "unlock: unlock failed"]


def test_a_lock_is_waited_for_and_then_its_holder_is_named() -> None:
    router = ModelRouter()
    router.they_lock()
    done = run(router, StageGoal(OURS, "abc"))
    assert (done.state, done.failed_step) == ("refused", "lock")
    assert "them" in done.message

    waited = ModelRouter()
    waited.they_lock()

    def leave(step: Step) -> None:
        if step is Step.WAIT:
            waited.they_leave()

    assert run(waited, StageGoal(OURS, "abc"), leave).state == "staged"


def test_somebody_commits_confirmed_just_before_our_lock() -> None:
    router = ModelRouter()

    def race(step: Step) -> None:
        if step is Step.LOCK:
            router.they_commit(confirmed=True)

    done = run(router, StageGoal(OURS, "abc"), race)
    assert (done.state, done.failed_step) == ("refused", "guard")
    assert router.pending
    assert router.history[0].user == "them"


def test_check_mode_does_not_check_while_a_foreign_commit_is_pending() -> None:
    router = ModelRouter()
    router.they_commit(confirmed=True)
    done = run(router, StageGoal(OURS, "abc", check_mode=True))
    assert (done.state, router.trespasses, router.pending) == ("checked", [], True)
    assert "a confirmed commit is pending" in done.notes[0]


def test_staging_the_same_change_twice_changes_nothing() -> None:
    router = staged_router()
    done = run(router, StageGoal(OURS, "abc"))
    assert (done.state, done.changed, router.commits_of_ours) == ("staged", False, 1)
    assert router.trespasses == []


def test_confirm_then_confirm_again() -> None:
    router = staged_router()
    assert run(router, ConfirmGoal(OURS)).state == "confirmed"
    again = run(router, ConfirmGoal(OURS))
    assert (again.state, again.changed) == ("unchanged", False)


def test_nothing_but_our_own_pending_commit_is_confirmed() -> None:
    router = ModelRouter()
    router.they_commit(confirmed=True)
    done = run(router, ConfirmGoal(OURS))
    assert (done.state, router.pending) == ("refused", True)

    expired = staged_router()
    expired.timer_fires()
    late = run(expired, ConfirmGoal(OURS))
    assert late.state == "refused"
    assert "timer rolled" in late.message


def test_a_timer_that_fires_just_before_the_confirmation_is_not_a_confirmation() -> None:
    router = staged_router()

    def fire(step: Step) -> None:
        if step is Step.COMMIT:
            router.timer_fires()

    done = run(router, ConfirmGoal(OURS), fire)
    assert done.state == "failed"
    assert "timer rolled" in done.message


@pytest.mark.parametrize("confirm, confirm_entry", [(False, False), (True, False), (True, True)])
def test_revert_of_a_pending_and_of_a_confirmed_change(confirm: bool, confirm_entry: bool) -> None:
    router = staged_router(confirm_entry)
    if confirm:
        assert run(router, ConfirmGoal(OURS)).state == "confirmed"
    done = run(router, RevertGoal(OURS))
    assert (done.state, done.changed, router.running, router.pending) == ("reverted", True, "old", False)
    again = run(router, RevertGoal(OURS))
    assert (again.state, again.changed) == ("unchanged", False)


@pytest.mark.parametrize("moment", [Step.LOCK, Step.GUARD, Step.LOAD, Step.RECHECK, Step.DIFF, Step.COMMIT])
def test_a_timer_that_fires_during_a_revert_leaves_the_old_configuration(moment: Step) -> None:
    """Then rollback 1 is the very change that is being taken back."""
    router = staged_router()

    def fire(step: Step) -> None:
        if step is moment:
            router.timer_fires()

    done = run(router, RevertGoal(OURS), fire)
    assert (router.running, router.pending, router.lock) == ("old", False, None)
    assert done.state in ("unchanged", "reverted"), done.message
    assert router.candidate == router.running


def test_a_router_without_a_difference_tells_how_it_is_once_it_is_unlocked() -> None:
    """The rest of its batch is judged by it too, and what is down on it was down before."""
    router = ModelRouter(configs=[NEW], candidate=NEW)
    seen: list[tuple[Step, bool]] = []

    def watch(step: Step) -> None:
        seen.append((step, router.lock == US))

    assert run(router, StageGoal(OURS, "abc"), watch).state == "unchanged"
    assert seen[-1] == (Step.SNAPSHOT, False)


def test_a_state_that_cannot_be_told_does_not_make_an_unchanged_router_fail() -> None:
    router = ModelRouter(configs=[NEW], candidate=NEW)
    refuse = Refused("rejected", "no such instance")
    done = run(router, StageGoal(OURS, "abc"), lambda step: refuse if step is Step.SNAPSHOT else None)
    assert (done.state, done.notes) == ("unchanged", ["snapshot: no such instance"])


def test_revert_never_takes_back_later_work() -> None:
    router = staged_router()
    run(router, ConfirmGoal(OURS))
    router.they_commit(confirmed=False)
    done = run(router, RevertGoal(OURS))
    assert done.state == "refused"
    assert "their work" in done.message
    assert router.running.startswith("theirs")


def test_roll_back_by_number() -> None:
    router = staged_router()
    pending = run(router, RollbackGoal(1, "fw-20260101T000001-bbbbbb"))
    assert pending.state == "refused"
    run(router, ConfirmGoal(OURS))
    too_far = run(router, RollbackGoal(7, "fw-20260101T000001-bbbbbb"))
    assert too_far.message == "not rolled back: no entry 7 (the router keeps 1 to 1)"
    done = run(router, RollbackGoal(1, "fw-20260101T000001-bbbbbb"))
    assert (done.state, router.running) == ("reverted", "old")
