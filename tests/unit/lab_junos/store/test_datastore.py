"""Locks, candidates, commits and their timers, as a router plays them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lab.junos.config import Tree, load, to_set, to_text
from lab.junos.store import MAX_ROLLBACKS, Datastore, SessionHandle, StoreError

INITIAL = 'system { host-name r1; root-authentication { encrypted-password "*"; } }'


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


def initial() -> Tree:
    """The configuration of every router here."""
    tree = Tree.empty()
    assert load(tree, INITIAL).errors == []
    return tree


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def activated() -> list[str]:
    return []


@pytest.fixture
def store(clock: Clock, activated: list[str]) -> Datastore:
    return Datastore("r1", clock, minute=1.0, initial=initial(), on_activate=lambda tree: activated.append(name(tree)))


def name(tree: Tree) -> str:
    """The host name a configuration has."""
    return to_text(tree, ("system", "host-name")).split()[-1].rstrip(";")


def rename(store: Datastore, handle: SessionHandle, host: str) -> None:
    """Put another host name into the candidate."""
    assert store.load(handle, f"set system host-name {host}", "set", "set").ok


def test_a_lock_is_exclusive_and_says_who_holds_it(store: Datastore, clock: Clock) -> None:
    first, second = store.open_session("ann", "netconf"), store.open_session("bob", "cli")
    store.lock(first)
    clock.now += 75
    for attempt in (store.lock, store.discard, store.commit, store.open_private):
        with pytest.raises(StoreError) as refusal:
            attempt(second)
        assert str(refusal.value) == (
            f"configuration database locked by:\n  ann terminal (pid {first.pid}) on since 2025-06-15 15:06:40 UTC, "
            "idle 00:01:15\n      exclusive"
        )
    with pytest.raises(StoreError, match="locked by"):
        rename(store, second, "r2")
    with pytest.raises(StoreError, match=r"^Configuration database is not open$"):
        store.unlock(second)


@pytest.mark.parametrize("end", ["unlock", "close_session"])
def test_the_end_of_a_lock_discards_what_was_not_committed(store: Datastore, end: str) -> None:
    handle = store.open_session("ann", "netconf")
    store.lock(handle)
    rename(store, handle, "r2")
    getattr(store, end)(handle)
    assert not store.dirty
    store.lock(store.open_session("bob", "netconf"))


def test_without_a_lock_the_candidate_stays_dirty_and_cannot_be_locked(store: Datastore) -> None:
    handle = store.open_session("ann", "netconf")
    rename(store, handle, "r2")
    store.close_session(handle)
    other = store.open_session("bob", "netconf")
    assert store.dirty
    for attempt in (store.lock, store.open_private):
        with pytest.raises(StoreError, match=r"^configuration database modified$"):
            attempt(other)
    assert name(store.candidate(other)) == "r2"
    rename(store, other, "r1")
    store.lock(other)  # a candidate that equals running is clean


def test_a_commit_is_activated_and_becomes_rollback_0(store: Datastore, activated: list[str]) -> None:
    handle = store.open_session("ann", "netconf")
    rename(store, handle, "r2")
    assert store.compare(handle, 0) == "[edit system]\n-  host-name r1;\n+  host-name r2;\n"
    result = store.commit(handle, log="why")
    assert (result.ok, result.errors, result.output) == (True, [], [])
    assert activated == ["r1", "r2"]
    newest = store.history()[0]
    assert (newest.user, newest.client, newest.log, newest.comment, newest.pending) == (
        "ann",
        "netconf",
        "why",
        None,
        False,
    )
    assert [name(store.rollback_tree(n)) for n in (0, 1)] == ["r2", "r1"]
    with pytest.raises(StoreError):
        store.rollback_tree(2)


def test_a_commit_that_fails_its_check_changes_nothing(store: Datastore, activated: list[str]) -> None:
    handle = store.open_session("ann", "netconf")
    store.load(handle, "delete system root-authentication", "set", "set")
    result = store.commit(handle)
    assert not result.ok
    assert [error.message for error in result.errors] == [
        "Missing mandatory statement: 'root-authentication'",
        "configuration check-out failed",
    ]
    assert (activated, len(store.history()), store.dirty) == (["r1"], 1, True)


def test_a_commit_that_cannot_be_activated_changes_nothing(clock: Clock) -> None:
    seen: list[str] = []

    def activate(tree: Tree) -> None:
        seen.append(name(tree))
        if seen[-1] == "bad":
            raise RuntimeError("no such interface")

    store = Datastore("r1", clock, initial=initial(), on_activate=activate)
    handle = store.open_session("ann", "netconf")
    rename(store, handle, "bad")
    result = store.commit(handle)
    assert not result.ok
    assert "no such interface" in result.errors[-1].message
    assert (name(store.running()), seen, len(store.history())) == ("r1", ["r1", "bad", "r1"], 1)


def test_a_confirmed_commit_rolls_back_in_time_and_not_before(store: Datastore, clock: Clock) -> None:
    handle = store.open_session("ann", "netconf")
    rename(store, handle, "r2")
    result = store.commit(handle, confirmed_minutes=5)
    assert result.output == ["commit confirmed will be automatically rolled back in 5 minutes unless confirmed"]
    newest = store.history()[0]
    assert (newest.comment, newest.pending) == ("commit confirmed, rollback in 5mins", True)
    assert store.next_deadline() == clock.now + 5
    store.close_session(handle)
    assert not store.tick(clock.now + 4.9)
    clock.now += 5
    assert store.tick(clock.now)
    assert name(store.running()) == "r1"
    assert store.next_deadline() is None
    after = store.history()
    assert (after[0].user, after[0].client, after[0].comment, after[0].log) == ("root", "other", None, None)
    assert (after[1].comment, after[1].pending) == ("commit confirmed, rollback in 5mins", False)


def test_the_timer_can_be_late(clock: Clock) -> None:
    store = Datastore("r1", clock, minute=1.0, initial=initial(), lateness=40)
    handle = store.open_session("ann", "netconf")
    rename(store, handle, "r2")
    store.commit(handle, confirmed_minutes=1)
    assert not store.tick(clock.now + 40)
    assert store.tick(clock.now + 41)


def test_a_second_confirmed_commit_restarts_the_timer_and_goes_back_to_what_was_confirmed(
    store: Datastore, clock: Clock
) -> None:
    handle = store.open_session("ann", "netconf")
    rename(store, handle, "r2")
    store.commit(handle, confirmed_minutes=2)
    clock.now += 1.5
    rename(store, handle, "r3")
    store.commit(handle, confirmed_minutes=2)
    clock.now += 1
    assert not store.tick(clock.now)
    clock.now += 1
    assert store.tick(clock.now)
    assert name(store.running()) == "r1"


@pytest.mark.parametrize("check, entries", [(False, 3), (True, 2)])
def test_a_plain_commit_confirms_and_so_does_a_check_without_an_entry(
    store: Datastore, clock: Clock, check: bool, entries: int
) -> None:
    handle = store.open_session("ann", "netconf")
    rename(store, handle, "r2")
    store.commit(handle, confirmed_minutes=1)
    assert store.commit(store.open_session("bob", "netconf"), check=check).ok
    assert store.next_deadline() is None
    assert not store.tick(clock.now + 1000)
    assert name(store.running()) == "r2"
    history = store.history()
    assert len(history) == entries
    assert [entry.pending for entry in history] == [False] * entries
    assert history[entries - 2].comment == "commit confirmed, rollback in 1mins", "the comment stays"


def test_killing_the_owner_of_a_pending_commit_reverts_at_once(store: Datastore) -> None:
    owner, other = store.open_session("ann", "netconf"), store.open_session("bob", "netconf")
    rename(store, owner, "r2")
    store.commit(owner, confirmed_minutes=10)
    store.kill_session(other.pid)
    assert name(store.running()) == "r2"
    store.kill_session(owner.pid)
    assert name(store.running()) == "r1"
    assert store.history()[0].user == "root"
    with pytest.raises(StoreError, match="not open"):
        rename(store, owner, "r4")


def test_private_copies(store: Datastore) -> None:
    first, second = store.open_session("ann", "netconf"), store.open_session("bob", "netconf")
    store.open_private(first)
    store.open_private(second)
    rename(store, first, "r2")
    store.load(second, "set system domain-name example.net", "set", "set")
    assert not store.dirty
    with pytest.raises(StoreError, match=r"^commit confirmed not supported for private configuration$"):
        store.commit(first, confirmed_minutes=1)
    assert store.commit(first).ok
    assert store.commit(first).empty, "nothing is left to commit"
    assert store.commit(second).ok
    assert to_set(store.running()).splitlines()[:2] == [
        "set system host-name r2",
        "set system domain-name example.net",
    ], "what the other committed in between is kept"
    shared = store.open_session("cat", "netconf")
    rename(store, shared, "r9")
    rename(store, first, "r3")
    with pytest.raises(StoreError, match=r"^configuration database modified$"):
        store.commit(first)
    store.close_private(first)
    assert name(store.candidate(first)) == "r9"


def test_fifty_rollbacks_and_loading_one(store: Datastore) -> None:
    handle = store.open_session("ann", "netconf")
    for number in range(60):
        rename(store, handle, f"n{number}")
        store.commit(handle)
    assert len(store.history()) == MAX_ROLLBACKS == 50
    store.load_rollback(handle, 49)
    assert name(store.candidate(handle)) == "n10"
    store.load_rollback(handle, 0)
    assert not store.dirty
    with pytest.raises(StoreError):
        store.load_rollback(handle, 50)


def test_rescue(store: Datastore) -> None:
    handle = store.open_session("ann", "netconf")
    with pytest.raises(StoreError, match=r"^No rescue configuration is set\.$"):
        store.load_rescue(handle)
    store.save_rescue()
    rename(store, handle, "r2")
    store.commit(handle)
    store.load_rescue(handle)
    assert name(store.candidate(handle)) == "r1"
    store.delete_rescue()
    assert store.rescue() is None


def test_a_restart_keeps_everything_and_rolls_a_pending_commit_back(clock: Clock, tmp_path: Path) -> None:
    store = Datastore("r1", clock, rollback_dir=tmp_path, initial=initial())
    handle = store.open_session("ann", "netconf")
    rename(store, handle, "r2")
    store.commit(handle, log="kept")
    store.save_rescue()
    again = Datastore("r1", clock, rollback_dir=tmp_path, initial=initial())
    assert again.history() == store.history()
    assert name(again.running()) == "r2"
    rename(again, again.open_session("bob", "cli"), "r3")
    again.commit(again.sessions()[0], confirmed_minutes=10)
    activated: list[str] = []
    third = Datastore("r1", clock, rollback_dir=tmp_path, on_activate=lambda tree: activated.append(name(tree)))
    assert (name(third.running()), activated) == ("r2", ["r2"])
    assert [entry.user for entry in third.history()] == ["root", "bob", "ann", "root"]
    rescue = third.rescue()
    assert rescue is not None
    assert name(rescue) == "r2"
    assert Datastore("r1", clock, rollback_dir=tmp_path).next_deadline() is None


def test_a_damaged_history_is_an_error_and_not_an_empty_router(clock: Clock, tmp_path: Path) -> None:
    Datastore("r1", clock, rollback_dir=tmp_path, initial=initial())
    (tmp_path / "history.json").write_text("{")
    with pytest.raises(StoreError, match=r"history\.json: not a commit history"):
        Datastore("r1", clock, rollback_dir=tmp_path)


class Machine(RuleBasedStateMachine):
    """Any order of operations: the router is always in a configuration that somebody committed."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.store = Datastore("r1", self.clock, minute=1.0, initial=initial())
        self.handle = self.store.open_session("ann", "netconf")
        self.confirmed = "r1"
        self.count = 0

    @rule()
    def edit(self) -> None:
        self.count += 1
        rename(self.store, self.handle, f"e{self.count}")

    @rule()
    def discard(self) -> None:
        self.store.discard(self.handle)

    @rule()
    def commit(self) -> None:
        self.store.commit(self.handle)
        self.confirmed = name(self.store.running())

    @rule(minutes=st.integers(1, 5))
    def commit_confirmed(self, minutes: int) -> None:
        self.store.commit(self.handle, confirmed_minutes=minutes)

    @precondition(lambda self: self.store.next_deadline() is not None)
    @rule()
    def check_confirms(self) -> None:
        self.store.commit(self.handle, check=True)
        self.confirmed = name(self.store.running())

    @rule(seconds=st.integers(1, 6))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds
        if self.store.tick(self.clock.now):
            assert name(self.store.running()) == self.confirmed

    @rule()
    def killed(self) -> None:
        self.store.kill_session(self.handle.pid)
        assert self.store.next_deadline() is None
        assert name(self.store.running()) == self.confirmed
        self.handle = self.store.open_session("ann", "netconf")

    @invariant()
    def truth(self) -> None:
        waits = self.store.next_deadline() is not None
        assert waits == self.store.history()[0].pending
        assert not any(entry.pending for entry in self.store.history()[1:])
        if not waits:
            assert name(self.store.running()) == self.confirmed
        assert to_text(self.store.rollback_tree(0)) == to_text(self.store.running())
        assert self.store.dirty == (self.store.compare(self.handle, 0) != "")


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
