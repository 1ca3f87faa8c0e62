"""The log line, and what a commit history says of a change."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.change import (
    Commit,
    RouterProof,
    is_change_id,
    log_line,
    new_change_id,
    parse_log,
    pending_of,
    verdict,
)
from ansible_collections.fairway.backbone.plugins.module_utils.change_history import classify_history, own_entries

OURS = "fw-20260101T000000-aaaaaa"
CHANGE = f"fairway change={OURS} rev=abc"
CONFIRM = f"fairway confirm={OURS}"
REVERT = f"fairway revert={OURS}"
TIMED = "commit confirmed, rollback in 5mins"


def history(*entries: tuple[str, str, str, str, bool]) -> list[Commit]:
    """From (user, client, comment, log, pending), newest first, a minute apart."""
    return [Commit(i, 10_000.0 - 60 * i, *entry) for i, entry in enumerate(entries)]


def ours(log: str = CHANGE, pending: bool = False, comment: str = TIMED) -> tuple[str, str, str, str, bool]:
    return ("fairway", "netconf", comment, log, pending)


OTHER = ("alice", "cli", "", "their work", False)
AUTOMATIC = ("root", "other", "", "", False)


@pytest.mark.parametrize(
    "entries, standing, own",
    [
        ([], "absent", 0),
        ([OTHER], "absent", 0),
        ([ours(pending=True), OTHER], "pending", 1),
        ([ours(), OTHER], "confirmed", 1),
        ([ours(CONFIRM, comment=""), ours(), OTHER], "confirmed", 2),
        ([OTHER, ours(), OTHER], "superseded", 0),
        ([AUTOMATIC, ours(), OTHER], "rolled_back", 0),
        ([OTHER, AUTOMATIC, ours()], "rolled_back", 0),
        # Root's own commit on top of a confirmed change that has its confirmation on record is no rollback.
        ([AUTOMATIC, ours(CONFIRM, comment=""), ours(), OTHER], "superseded", 0),
        # The timer was faster than the confirmation.
        ([ours(CONFIRM, comment=""), AUTOMATIC, ours(), OTHER], "rolled_back", 1),
        ([ours(CONFIRM, comment=""), OTHER, ours()], "superseded", 1),
        ([ours(REVERT, comment=""), ours(), OTHER], "reverted", 0),
        ([OTHER, ours(REVERT, comment=""), ours()], "reverted", 0),
        # Staged again after it was taken back.
        ([ours(pending=True), ours(REVERT, comment=""), ours(), OTHER], "pending", 1),
    ],
)
def test_where_a_change_stands(entries: list[tuple[str, str, str, str, bool]], standing: str, own: int) -> None:
    assert classify_history(history(*entries), OURS).value == standing
    assert own_entries(history(*entries), OURS) == own


def test_a_pending_commit_tells_when_it_ends() -> None:
    pending = pending_of(history(ours(pending=True), OTHER))
    assert pending is not None
    assert (pending.change_id, pending.deadline) == (OURS, 10_000.0 + 300)
    assert str(pending) == (
        f"fairway via netconf, committed 1970-01-01 02:46:40 UTC, rolls back 1970-01-01 02:51:40 UTC, log '{CHANGE}'"
    )
    assert pending_of(history(ours(), OTHER)) is None


@given(st.floats(0, 4e9), st.binary(min_size=3, max_size=8), st.text(max_size=40))
def test_what_is_logged_is_read_back(now: float, entropy: bytes, revision: str) -> None:
    change_id = new_change_id(now, entropy)
    assert is_change_id(change_id)
    line = log_line("change", change_id, revision)
    assert re.fullmatch(r"fairway change=fw-\d{8}T\d{6}-[0-9a-f]{6}( rev=\S+)?", line)
    mark = parse_log(f"netops says: {line}")
    assert mark is not None
    assert (mark.verb, mark.change_id) == ("change", change_id)


@pytest.mark.parametrize("log", ["", "their work", "fairwaychange=x", "fairway changed=x", "confirm=x"])
def test_other_logs_are_not_ours(log: str) -> None:
    assert parse_log(log) is None


GOOD = RouterProof("a", "staged", True)


@pytest.mark.parametrize(
    "proofs, action, confirm, revert",
    [
        ([], "nothing", (), ()),
        ([RouterProof("a", "unchanged")], "nothing", (), ()),
        ([GOOD, RouterProof("b", "unchanged")], "confirm", ("a",), ()),
        ([GOOD, RouterProof("b", "staged", False)], "revert", (), ("a", "b")),
        ([GOOD, RouterProof("b", "staged")], "revert", (), ("a", "b")),
        ([GOOD, RouterProof("b", "failed")], "revert", (), ("a",)),
        ([GOOD, RouterProof("b", "unknown")], "revert", (), ("a", "b")),
        ([GOOD, RouterProof("b", "missing")], "revert", (), ("a", "b")),
        ([GOOD, RouterProof("b", "unchanged", False)], "revert", (), ("a",)),
    ],
)
def test_one_bad_router_takes_all_back(
    proofs: list[RouterProof], action: str, confirm: tuple[str, ...], revert: tuple[str, ...]
) -> None:
    decided = verdict(proofs)
    assert (decided.action, decided.confirm, decided.revert) == (action, confirm, revert)


@given(
    st.lists(
        st.builds(
            RouterProof,
            st.text("abc", min_size=1, max_size=3),
            st.sampled_from(["unchanged", "staged", "refused", "failed", "unknown", "missing"]),
            st.sampled_from([True, False, None]),
        )
    )
)
def test_a_batch_is_never_split(proofs: list[RouterProof]) -> None:
    decided = verdict(proofs)
    assert not (decided.confirm and decided.revert)
    staged = [p.router for p in proofs if p.state == "staged"]
    assert list(decided.confirm) == (staged if decided.action == "confirm" else [])
    if decided.action == "confirm":
        assert all(p.proven for p in proofs if p.state == "staged")
    if decided.action == "revert":
        assert decided.reasons
        assert set(staged) <= set(decided.revert)
