"""What the datastore hands out: sessions, results, the pending commit, and its refusals."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from lab.junos.config import ConfigError, Tree

NOT_OPEN = "Configuration database is not open"
ALREADY_OPEN = "Configuration database is already open"
MODIFIED = "configuration database modified"
NO_CONFIRMED_PRIVATE = "commit confirmed not supported for private configuration"
NO_RESCUE = "No rescue configuration is set."


class StoreError(Exception):
    """A refusal, in the router's own words."""


@dataclass(slots=True, eq=False)
class SessionHandle:
    """One management session. `pid` is its session id; times are epoch seconds of the router's clock."""

    pid: int
    user: str
    client: str
    since: float
    idle_since: float
    closed: bool = False
    private: Tree | None = None
    private_base: Tree | None = None


@dataclass(slots=True)
class CommitResult:
    """What a commit did. `errors` may hold warnings when `ok`; `empty` is a private commit that had nothing to do."""

    ok: bool
    errors: list[ConfigError] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A confirmed commit that waits: when it is undone (epoch seconds), whose it is, and what comes back then."""

    deadline: float
    pid: int
    user: str
    revert: bytes
    """The configuration before the first unconfirmed commit, as `archive.pack` makes it."""


def locked_message(holder: SessionHandle, now: float) -> str:
    """Return the text with which a router refuses a lock that is held; three lines."""
    since = utc(holder.since)
    idle = max(0, int(now - holder.idle_since))
    clock = f"{idle // 3600:02}:{idle // 60 % 60:02}:{idle % 60:02}"
    return (
        f"configuration database locked by:\n  {holder.user} terminal (pid {holder.pid}) on since {since}, idle {clock}"
        "\n      exclusive"
    )


def utc(seconds: float) -> str:
    """A time as a router in UTC prints it."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
