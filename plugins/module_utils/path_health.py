# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How healthy each path has been, out of Prometheus' answers. Pure.

Two questions, whatever the number of paths: what is measured now (`now_query`), and what was in the last minutes
(`history_query`). Whatever cannot be trusted is `fresh=False`: an answer that is missing, older than `stale_s`, from
the future, or of another clock. Blind is neither sickness nor health.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import PathHealth

_BOUND = ("fresh", "sick", "loss", "latency", "rate", "at", "now", "site")
_SERIES = {
    "fresh": "path:fresh:bool",
    "sick": "path:sick:bool",
    "loss": "path:loss:ratio5s",
    "latency": "path:latency_seconds:p50",
    "rate": "path:traffic_mbit",
    "site": "site:loss:ratio5s",
}
WHAT = "fairway_what"
POINTS = 240
"""How many points the past is asked in, at most."""


@dataclass(frozen=True)
class Bounds:
    """`stale_s`: an older sample is none. `skew_s`: how far Prometheus' clock may be from ours. `gap_s`: a longer time
    without a sample ends a path's health."""

    stale_s: float = 10.0
    skew_s: float = 30.0
    gap_s: float = 10.0


@dataclass(frozen=True)
class Now:
    """What is measured now. `values`: path to what ("fresh", "sick", …) to number. `clock`: Prometheus' own time.

    `sites`: (source, peer) to loss (0..1). `fault`: why nothing of it can be trusted; empty when it can.
    """

    clock: float | None = None
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    sites: Mapping[tuple[str, str], float] = field(default_factory=dict)
    fault: str = ""


def now_query() -> str:
    """PromQL for everything that is measured now, and when."""
    parts = [_named(series, what) for what, series in _SERIES.items()]
    parts.append(_named(f"timestamp({_SERIES['fresh']})", "at"))
    parts.append(_named("vector(time())", "now"))
    return " or ".join(parts)


def history_query(horizon_s: float, bounds: Bounds) -> str:
    """PromQL for sickness and freshness of the last `horizon_s` seconds before now, asked as of `history_end`."""
    step = step_of(horizon_s)
    sick = _named(f"max_over_time({_SERIES['sick']}[{step}s])", "sick")
    fresh = _named(f"min_over_time({_SERIES['fresh']}[{step}s])", "fresh")
    return f"({sick} or {fresh})[{math.ceil(horizon_s + 2 * bounds.skew_s) + 2 * step}s:{step}s]"


def history_end(clock: float, horizon_s: float, bounds: Bounds) -> int:
    """As of when to ask about the past: the end of the step that now is in, also when Prometheus' clock is ahead.

    Asked as of now, the newest point would be the last whole step's, and what was since then in none.
    """
    step = step_of(horizon_s)
    return math.ceil((clock + bounds.skew_s) / step) * step


def step_of(horizon_s: float) -> int:
    """Seconds between two points of the past."""
    return max(5, math.ceil(horizon_s / POINTS))


def _named(expression: str, what: str) -> str:
    return f'label_replace({expression}, "{WHAT}", "{what}", "", "")'


def read_now(document: Any, clock: float, bounds: Bounds) -> Now:
    """Prometheus' answer to `now_query`. `clock` is ours. Never raises: what cannot be read becomes the fault."""
    values: dict[str, dict[str, float]] = {}
    sites: dict[tuple[str, str], float] = {}
    theirs: float | None = None
    for labels, (_when, number) in ((labels, points[-1]) for labels, points in _series(document, "value") if points):
        what = labels.get(WHAT)
        if what == "now":
            theirs = number
        elif what == "site":
            sites[labels.get("source", ""), labels.get("peer", "")] = number
        elif what in _BOUND and (name := _path(labels)):
            values.setdefault(name, {})[what] = number
    if theirs is None:
        return Now(fault=_complaint(document) or "Prometheus did not tell the time")
    if abs(theirs - clock) > bounds.skew_s:
        words = "behind" if theirs < clock else "ahead of"
        told = (
            f"Prometheus answers with a time {abs(theirs - clock):.0f} s {words} this host's: an old answer, or a clock"
        )
        return Now(fault=told)
    return Now(theirs, values, sites)


def read_history(document: Any) -> dict[str, dict[float, tuple[float | None, float | None]]]:
    """Prometheus' answer to `history_query`: path to time to (sick, fresh)."""
    found: dict[str, dict[float, tuple[float | None, float | None]]] = {}
    for labels, points in _series(document, "values"):
        name, what = _path(labels), labels.get(WHAT)
        if not name or what not in ("sick", "fresh"):
            continue
        path = found.setdefault(name, {})
        for when, number in points:
            sick, fresh = path.get(when, (None, None))
            path[when] = (number, fresh) if what == "sick" else (sick, number)
    return found


def healthy_for(points: Mapping[float, tuple[float | None, float | None]], clock: float, gap_s: float) -> float:
    """For how many seconds until `clock` a path was measured, without a gap, and not sick."""
    since = clock
    for when in sorted(points, reverse=True):
        sick, fresh = points[when]
        # On the border of two points the newest may be a little ahead of the clock.
        if since - when > gap_s or sick is None or sick > 0 or fresh is None or fresh < 1:
            break
        since = min(since, when)
    return max(0.0, clock - since)


def healths(paths: Iterable[str], now: Now, past: Any, bounds: Bounds, horizon_s: float) -> dict[str, PathHealth]:
    """Every path's health. `past`: Prometheus' answer to `history_query`, None when there is none."""
    history = {} if past is None else read_history(past)
    gap = max(bounds.gap_s, 2.0 * step_of(horizon_s))
    found = {}
    for path in paths:
        told = now.values.get(path, {})
        clock = now.clock
        at = told.get("at")
        age = None if clock is None or at is None else clock - at
        fresh = (
            bool(not now.fault and told.get("fresh", 0) >= 1 and age is not None and -1 <= age <= bounds.stale_s)
            and "sick" in told
        )
        healthy = healthy_for(history.get(path, {}), clock, gap) if fresh and clock is not None else 0.0
        sick = fresh and told.get("sick", 0) > 0
        found[path] = PathHealth(
            path=path,
            fresh=fresh,
            sick=sick,
            healthy_s=0.0 if sick else round(healthy, 1),
            loss=told.get("loss") if fresh else None,
            latency_s=told.get("latency") if fresh else None,
            rate_mbit=told.get("rate") if not now.fault else None,
        )
    return found


def _series(document: Any, key: str) -> list[tuple[dict[str, str], list[tuple[float, float]]]]:
    """Labels and points of every series that can be read; `key` is value (one point) or values."""
    data = document.get("data") if isinstance(document, dict) and document.get("status") == "success" else None
    result = data.get("result") if isinstance(data, dict) else None
    found = []
    for item in result if isinstance(result, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("metric"), dict):
            continue
        labels = {str(name): str(value) for name, value in item["metric"].items()}
        told = item.get(key)
        raw: Sequence[Any] = [told] if key == "value" else told if isinstance(told, list) else ()
        points = [point for point in map(_point, raw) if point is not None]
        found.append((labels, points))
    return found


def _point(raw: Any) -> tuple[float, float] | None:
    """Time and number of a sample; None for what is none, and for a number that is not finite."""
    try:
        when, text = raw
        point = float(when), float(text)
    except (TypeError, ValueError):
        return None
    return point if all(map(math.isfinite, point)) else None


def _path(labels: Mapping[str, str]) -> str:
    backbone, path = labels.get("backbone", ""), labels.get("path", "")
    return f"{backbone}/{path}" if backbone and path else ""


def _complaint(document: Any) -> str:
    """What Prometheus itself says is wrong, in plain characters."""
    if isinstance(document, dict) and document.get("status") == "error":
        return "Prometheus: " + re.sub(r"[^\x20-\x7e]", "?", str(document.get("error") or "error"))[:200]
    return ""
