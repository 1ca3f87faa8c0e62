# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change is: its identifier, the line it leaves in a router's commit history, its results, the batch's verdict.

Pure data and pure decisions: no I/O, and no clock (time is an argument, in seconds since 1970).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

UNREAD = "unread"
"""A StageRequest's base that fits no router: what it was decided upon could not be read."""

_CHANGE_ID = re.compile(r"^fw-\d{8}T\d{6}-[0-9a-f]{6}$")
_LOG = re.compile(
    r"\bfairway (?P<verb>change|confirm|revert)=(?P<id>\S+)(?: rev=(?P<rev>\S+))?"
    r"(?: (?P<action>steer|restore|freeze|thaw|drain)=(?P<path>[^\s=]+))?(?: by=(?P<by>auto|hand))?(?=\s|$)"
)
_DEED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
_TIMER = re.compile(r"rollback in (?P<minutes>\d+) ?min")


@dataclass(frozen=True)
class RouterError:
    """One complaint of a router, placed in the configuration that was sent and in the template it came from.

    `config_line` and `template_line` count from 1; they are None when the place is not known.
    """

    message: str
    severity: str = "error"
    path: str | None = None
    bad_element: str | None = None
    config_line: int | None = None
    template: str | None = None
    template_line: int | None = None

    def __str__(self) -> str:
        where = [] if self.template is None else [f"{self.template}:{self.template_line}"]
        if self.config_line is not None:
            where.append(f"line {self.config_line}")
        if self.path:
            where.append(self.path)
        what = self.message if not self.bad_element else f"{self.message}: '{self.bad_element}'"
        return f"{', '.join(where)}: {what}" if where else what


@dataclass(frozen=True)
class Mark:
    """What Fairway wrote into a commit's log. `verb` is change, confirm or revert.

    A change by steering says more: `action` is steer or restore and `path` which path, or freeze or thaw; `by` is auto,
    or hand when a person wanted it.
    """

    verb: str
    change_id: str
    revision: str | None = None
    action: str = ""
    path: str = ""
    by: str = "auto"


@dataclass(frozen=True)
class Commit:
    """One entry of a router's commit history, 0 the newest. `when` is the router's own clock (None: not told)."""

    sequence: int
    when: float | None = None
    user: str = ""
    client: str = ""
    comment: str = ""
    log: str = ""
    pending: bool = False

    @property
    def mark(self) -> Mark | None:
        return parse_log(self.log)

    @property
    def change_id(self) -> str | None:
        return self.mark.change_id if self.mark else None

    @property
    def token(self) -> str:
        """What tells this commit from any other of the router, also when it is no longer the newest or pending."""
        when = "at an unknown time" if self.when is None else utc(self.when)
        return f"{when}, by {self.user or '?'} via {self.client or '?'}, {self.log or 'without a log'}"

    @property
    def timer_s(self) -> float | None:
        """Length of the confirmed commit's timer in seconds, as the comment tells it; None for a plain commit."""
        found = _TIMER.search(self.comment)
        return int(found["minutes"]) * 60.0 if found else None

    def __str__(self) -> str:
        when = "at an unknown time" if self.when is None else utc(self.when)
        words = f"entry {self.sequence}, {when}, by {self.user or '?'} via {self.client or '?'}"
        return f"{words}, log '{self.log}'" if self.log else words


@dataclass(frozen=True)
class Pending:
    """A confirmed commit whose timer runs. `deadline` is on the router's clock, None when it was not told."""

    change_id: str | None
    user: str
    client: str
    when: float | None
    deadline: float | None
    log: str

    def __str__(self) -> str:
        who = f"{self.user or '?'} via {self.client or '?'}"
        since = "" if self.when is None else f", committed {utc(self.when)}"
        until = "" if self.deadline is None else f", rolls back {utc(self.deadline)}"
        return f"{who}{since}{until}{', log ' + repr(self.log) if self.log else ''}"


@dataclass(frozen=True)
class StageRequest:
    """What to put on a router. `load`: update, override, replace, merge or set; `format`: text, set, xml or json.

    `confirm_minutes` is the dead-man timer; `lock_wait_s` how long to wait for somebody else's lock; `snapshot`
    asks for the router's state (`gather` as in router_state) from the same session, before anything is committed.
    `base` names the router's newest commit that the change was decided upon, as `token_of` does: the change is refused
    when that is no longer the newest. `action`, `path` and `by` are the log's words of a change by steering.
    `splices` (FRR) replace lines of the committed configuration instead of `text`: first line, line after the last, new
    lines; lines count from 0, of the text that `base` stands for.
    """

    text: str
    change_id: str
    revision: str = "unknown"
    format: str = "text"
    load: str = "update"
    confirm_minutes: int = 10
    lock_wait_s: float = 30.0
    check_mode: bool = False
    snapshot: bool = False
    gather: tuple[str, ...] = ()
    template_map: tuple[tuple[str, int], ...] = ()
    base: str = ""
    action: str = ""
    path: str = ""
    by: str = "auto"
    splices: tuple[tuple[int, int, tuple[str, ...]], ...] | None = None

    @property
    def log(self) -> str:
        return log_line("change", self.change_id, self.revision, self.action, self.path, self.by)


@dataclass
class StageResult:
    """What became of a StageRequest.

    `state`: unchanged (no difference), staged (committed, the timer runs), checked (check mode: a difference, and
    the router accepts it), refused (nothing was tried: see `message`), failed (nothing is committed), unknown (the
    router went away while it may have been committing; its own timer takes the change back).
    `deadline` is the router's clock, seconds since 1970. `notes` are warnings for people.
    """

    changed: bool = False
    state: str = "failed"
    message: str = ""
    step: str = ""
    diff: str = ""
    lines_added: int = 0
    lines_removed: int = 0
    errors: list[RouterError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    before: dict[str, Any] | None = None
    pending: Pending | None = None
    deadline: float | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.state in ("unchanged", "staged", "checked")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Outcome:
    """What became of a confirm or a revert. `state`: confirmed, reverted, unchanged, checked, refused, failed, unknown.

    `history` holds the newest entries as read after the deed, when they could be read.
    """

    state: str
    changed: bool = False
    message: str = ""
    change_id: str | None = None
    diff: str = ""
    errors: list[RouterError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    history: list[Commit] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.state in ("confirmed", "reverted", "unchanged", "checked")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def utc(when: float) -> str:
    """Seconds since 1970 as people read them: 2026-02-03 04:05:06 UTC."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def new_change_id(now: float, entropy: bytes) -> str:
    """`fw-<UTC yyyymmddThhmmss>-<6 hex>` out of a time (seconds since 1970) and at least three random bytes."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S")
    return f"fw-{stamp}-{entropy[:3].hex()}"


def named_at(change_id: str) -> float | None:
    """When a change got its name, by the clock of who named it, seconds since 1970; None for another name."""
    if not is_change_id(change_id):
        return None
    try:
        return datetime.fromisoformat(change_id[3:18]).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def is_change_id(text: str) -> bool:
    return bool(_CHANGE_ID.match(text))


def log_line(
    verb: str, change_id: str, revision: str | None = None, action: str = "", path: str = "", by: str = "auto"
) -> str:
    """The commit's log: `fairway change=<id> rev=<git revision>` (or confirm=, revert=).

    A change by steering adds `steer=<path>` or `restore=<path>` (`freeze=on`, `thaw=on`), and `by=hand` when a person
    wanted it. Raises ValueError when the path is none.
    """
    clean = re.sub(r"[^\w.@/+-]", "_", revision) if revision else ""
    line = f"fairway {verb}={change_id}" + (f" rev={clean}" if clean else "")
    if action:
        if not _DEED.match(path):
            raise ValueError(f"'{path}' cannot stand in a commit's log as what {action} was done to")
        line += f" {action}={path}" + (" by=hand" if by == "hand" else "")
    return line


def parse_log(text: str) -> Mark | None:
    """The mark in a commit's log, wherever it stands in it; None when the commit is not Fairway's."""
    found = _LOG.search(text)
    if not found:
        return None
    return Mark(
        found["verb"], found["id"], found["rev"], found["action"] or "", found["path"] or "", found["by"] or "auto"
    )


def token_of(history: Sequence[Commit]) -> str:
    """Names the newest commit; a router without a history has a name for that too."""
    return history[0].token if history else "no commit"


def pending_of(history: Sequence[Commit]) -> Pending | None:
    """The confirmed commit that waits, if any: only the newest entry can."""
    if not history or not history[0].pending:
        return None
    top = history[0]
    deadline = None if top.when is None or top.timer_s is None else top.when + top.timer_s
    return Pending(top.change_id, top.user, top.client, top.when, deadline, top.log)


@dataclass(frozen=True)
class RouterProof:
    """What is known of one router of a batch when the verdict falls.

    `state` as in StageResult (or "missing": no result at all); `proven`: the state after the change was judged good
    (True), bad (False), or never judged (None).
    """

    router: str
    state: str
    proven: bool | None = None
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """`action`: confirm, revert, or nothing (no router of the batch differs). Router names keep the batch's order."""

    action: str
    confirm: tuple[str, ...] = ()
    revert: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "confirm": list(self.confirm),
            "revert": list(self.revert),
            "reasons": dict(self.reasons),
        }


def _complaint(proof: RouterProof) -> str:
    """Why this router speaks against the batch; empty when it does not."""
    if proof.state in ("unchanged", "checked"):
        return "" if proof.proven is not False else proof.reason or "not healthy"
    if proof.state != "staged":
        return proof.reason or f"not staged ({proof.state})"
    if proof.proven is True:
        return ""
    return proof.reason or ("not healthy" if proof.proven is False else "never proven")


def verdict(outcomes: Sequence[RouterProof]) -> Verdict:
    """All routers of the batch good: confirm every staged one. One bad, unreachable or late: revert every one.

    A router whose fate is unknown is among those to revert: it may have committed.
    """
    reasons = tuple((p.router, why) for p in outcomes if (why := _complaint(p)))
    staged = tuple(p.router for p in outcomes if p.state == "staged")
    if reasons:
        doubtful = tuple(p.router for p in outcomes if p.state in ("staged", "unknown", "missing"))
        return Verdict("revert", revert=doubtful, reasons=reasons)
    return Verdict("confirm", confirm=staged) if staged else Verdict("nothing")


@dataclass(frozen=True)
class SummaryRow:
    """One line of the table at a deploy's end. `seconds` is the router's share of wall-clock time."""

    router: str
    added: int
    removed: int
    staged: str
    proven: str
    result: str
    why: str
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
