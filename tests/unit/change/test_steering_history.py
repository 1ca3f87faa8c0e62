"""Steering in the commit history: the words of the log, the flips that are read from it, and the name of the newest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.change import (
    Commit,
    Mark,
    StageRequest,
    log_line,
    parse_log,
    token_of,
)
from ansible_collections.fairway.backbone.plugins.module_utils.change_goals import StageGoal
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Flip,
    Freeze,
    LivePlace,
    LiveRouter,
    Marker,
    Place,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_record import (
    flips_of_history,
    live_router,
    plain,
)

TIMED = "commit confirmed, rollback in 5mins"


@pytest.mark.parametrize(
    "line, mark",
    [
        ("fairway change=fw-1", Mark("change", "fw-1")),
        ("fairway change=fw-1 rev=abc", Mark("change", "fw-1", "abc")),
        ("fairway change=fw-1 rev=abc and more words", Mark("change", "fw-1", "abc")),
        ("fairway confirm=fw-1", Mark("confirm", "fw-1")),
        ("fairway change=fw-1 rev=abc steer=a/b", Mark("change", "fw-1", "abc", "steer", "a/b")),
        ("fairway change=fw-1 restore=a/b by=hand", Mark("change", "fw-1", None, "restore", "a/b", "hand")),
        ("fairway change=fw-1 rev=x freeze=on by=hand", Mark("change", "fw-1", "x", "freeze", "on", "hand")),
        ("fairway change=fw-1 rev=x steal=a/b", Mark("change", "fw-1", "x")),
    ],
)
def test_old_lines_and_new_ones_are_read(line: str, mark: Mark) -> None:
    assert parse_log(line) == mark
    assert parse_log(f"somebody: {line}") == mark


@given(st.sampled_from(["steer", "restore"]), st.sampled_from(["auto", "hand"]), st.sampled_from(["a/b", "x-1/y.2"]))
def test_what_steering_logs_is_read_back(action: str, by: str, path: str) -> None:
    line = StageRequest("", "fw-1", "v1 dirty", action=action, path=path, by=by).log
    assert parse_log(line) == Mark("change", "fw-1", "v1_dirty", action, path, by)


@pytest.mark.parametrize("path", ["", "a b", "a/b\nfairway change=x", "a=b"])
def test_a_path_that_would_not_be_read_back_is_not_logged(path: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a commit's log"):
        log_line("change", "fw-1", None, "steer", path)


class Router:
    """A commit history as routers write it, and what happened in truth."""

    def __init__(self) -> None:
        self.now, self.entries, self.flips = 0.0, [], []  # type: float, list[Commit], list[Flip]
        self.pending: Flip | None = None

    def commit(self, log: str, comment: str = "", user: str = "fairway", client: str = "netconf") -> None:
        self.now += 1
        self.entries.insert(0, Commit(0, self.now, user, client, comment, log, bool(comment)))

    def change(self, number: int, to: str) -> None:
        if self.pending is not None:
            return
        action = "steer" if to == STEERED else "restore"
        self.commit(log_line("change", f"fw-{number}", "v1", action, "a/b"), TIMED)
        self.pending = Flip("a/b", to, self.now, f"fw-{number}")
        self.flips.append(self.pending)

    def confirm(self) -> None:
        if self.pending is not None:
            self.commit(log_line("confirm", self.pending.change_id))
            self.pending = None

    def back(self, by_timer: bool) -> None:
        if self.pending is None:
            return
        if by_timer:
            self.commit("", user="root", client="other")
        else:
            self.commit(log_line("revert", self.pending.change_id))
        to = NORMAL if self.pending.to == STEERED else STEERED
        self.flips.append(Flip("a/b", to, self.now, self.pending.change_id))
        self.pending = None


DEEDS = st.lists(st.sampled_from(["steer", "restore", "confirm", "revert", "timer", "person", "deploy"]), max_size=25)


@given(DEEDS)
def test_every_change_of_steering_is_told_once_and_in_order(deeds: list[str]) -> None:
    router = Router()
    for number, deed in enumerate(deeds):
        match deed:
            case "steer" | "restore":
                router.change(number, STEERED if deed == "steer" else NORMAL)
            case "confirm":
                router.confirm()
            case "revert" | "timer":
                router.back(by_timer=deed == "timer")
            case "person" if router.pending is None:
                router.commit("a person's words", user="netops", client="cli")
            case "deploy" if router.pending is None:
                router.commit(log_line("change", f"fw-d{number}", "v2"))
    assert flips_of_history(router.entries) == tuple(router.flips)


def test_a_confirmed_change_is_not_undone_by_somebody_elses_empty_commit() -> None:
    router = Router()
    router.change(1, STEERED)
    router.confirm()
    router.commit("", user="root", client="other")
    assert [flip.to for flip in flips_of_history(router.entries)] == [STEERED]


def test_the_newest_commit_has_a_name_that_stays_the_same_when_it_is_confirmed_or_overtaken() -> None:
    pending = Commit(0, 10.0, "fairway", "netconf", TIMED, "fairway change=fw-1", True)
    assert pending.token == Commit(3, 10.0, "fairway", "netconf", TIMED, "fairway change=fw-1").token
    assert token_of([pending]) == "1970-01-01 00:00:10 UTC, by fairway via netconf, fairway change=fw-1"
    assert token_of([]) == "no commit"


@pytest.mark.parametrize(
    "base, says",
    [
        ("", ""),
        ("1970-01-01 00:00:10 UTC, by netops via cli, without a log", ""),
        (
            "another",
            (
                "changed meanwhile: decided upon the commit 'another', and the newest is '1970-01-01 00:00:10 UTC, "
                "by netops via cli, without a log'. Look again, then decide"
            ),
        ),
        ("unread", "what is steered on it could not be read before, and a change might undo that: try again"),
    ],
)  # fmt: skip
def test_a_change_decided_upon_another_commit_is_refused(base: str, says: str) -> None:
    decided = StageGoal("fw-1", "v1", base=base).decide([Commit(0, 10.0, "netops", "cli")])
    assert (decided.go, decided.message) == (not says, says)
    assert decided.state == ("refused" if says else "")


def test_live_steering_survives_being_written_down() -> None:
    marker = Marker("a/b", "fw-1", 5.0, "hand", "100")
    live = LiveRouter(
        "r1", "busy", (LivePlace(Place("r1", ("ospf", "eth1")), True, marker, "1000"),),
        (Flip("a/b", STEERED, 5.0, "fw-1", "hand"),), True, Freeze("r1", 1.0, None, "noc", "why"), "token",
    )  # fmt: skip
    assert live_router(plain(live)) == live
    assert live_router(plain(LiveRouter("r2"))) == LiveRouter("r2")
