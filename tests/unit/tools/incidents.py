"""A made-up incident in the shape of a real one: 30 % loss on one of two paths, steered away and back."""

from __future__ import annotations

from collections.abc import Callable

from tools.timeline_model import Event, Incident, Series

T = 1_795_260_000.0
PATH = "jkt-sby/north"
STORY = {
    "onset": 0.0, "first_bad_sample": 1.3, "alert_firing": 3.1, "hook": 3.4, "decision": 5.2, "committed": 6.4,
    "converged": 6.9, "users_healthy": 7.3, "confirmed": 10.8, "healed": 62.0, "alert_resolved": 66.2,
    "hold_down": 68.0, "restore_decision": 125.5, "restored": 127.2, "restore_confirmed": 131.0,
}  # fmt: skip

WORDS = {
    "decision": "<b>PathLoss since 2.1 s, and the alternate jkt-sby/south is healthy",
    "committed": "fw-20261121T112006-a1b2c3",
    "restored": "fw-20261121T112207-d4e5f6",
}


def line(name: str, value: Callable[[float], float | None]) -> Series:
    """A point for each second."""
    return Series(name, tuple((T + at, value(at)) for at in range(-20, 150)))


def sick(at: float) -> float:
    return 0.3 if 0 <= at < STORY["healed"] else 0.0


def steered(at: float) -> bool:
    return STORY["committed"] <= at < STORY["restored"]


def incident() -> Incident:
    """The whole story."""
    ends = [line(f"{router} ge-0/0/0.0", lambda at: 1000 if steered(at) else 100) for router in ("jkt-r1", "sby-r1")]
    series = {
        "site_loss": (line("jkt to sby", lambda at: 0.0 if steered(at) else sick(at)), line("sby to jkt", sick)),
        "path_loss": (line(PATH, sick), line("jkt-sby/south", lambda at: None if at < 0 else 0.0)),
        "cost": (*ends, line("jkt-r2 eth1", lambda _at: 150)),
    }
    events = tuple(Event(T + at, kind, WORDS.get(kind, "")) for kind, at in STORY.items())
    return Incident("30 % loss on <north>", PATH, series, events)
