# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of `reroute`: what a person asked for, what is applied in which order, and what people read of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Decision,
    LiveRouter,
    Path,
    PathHealth,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_record import live_router
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import listed, shown_name, span
from ansible_collections.fairway.backbone.plugins.module_utils.table import table

HEADER = ("path", "live", "alert", "measured", "decision", "guard", "reason")
APPLIED = ("steer", "restore")
MAX_PATHS_NAMED = 10
HISTORY_MARGIN_S = 30.0
LOOK_AGAIN_MARGIN_S = 1.0
"""What was measured is told a scrape later."""


@dataclass(frozen=True)
class Apply:
    """A decision on its way to the routers: one transaction. `change_id` is its name in the commit logs."""

    decision: Decision
    path: Path
    change_id: str
    base: Mapping[str, str] = field(default_factory=dict)

    @property
    def routers(self) -> list[str]:
        """The routers it changes, in the order of the places."""
        return list(dict.fromkeys(place.router for place in self.decision.places))

    def as_dict(self, since: float) -> dict[str, Any]:
        """What the tasks need, as plain data. `since`: when it was decided, seconds since 1970."""
        return {
            "path": self.path.name,
            "action": self.decision.verdict,
            "by": self.decision.by,
            "reason": self.decision.reason,
            "change_id": self.change_id,
            "since": since,
            "routers": self.routers,
            "base": dict(self.base),
            "places": [{"router": place.router, "key": list(place.key)} for place in self.decision.places],
            "way": self.way,
            "through": list(self.decision.onto),
        }

    @property
    def way(self) -> list[str]:
        """The paths of which one must be healthy for the change to be proven: those that traffic may go to."""
        if self.decision.want != STEERED:
            return [self.path.name]
        return list(dict.fromkeys((*self.decision.onto, *self.path.alternates)))


def wants_of(path: str, want: str, paths: Iterable[str]) -> tuple[dict[str, str], str]:
    """What a person asked for, and what is wrong with it; both are empty when nobody asked."""
    known = sorted(paths)
    if not path and not want:
        return {}, ""
    more = [f"{len(known) - MAX_PATHS_NAMED} more"] if len(known) > MAX_PATHS_NAMED else []
    there = listed([*known[:MAX_PATHS_NAMED], *more])
    if not path:
        return {}, f"want={shown_name(want)} of which path? Say -e path=BACKBONE/PATH; steering.paths has {there}"
    if path not in known:
        return {}, f"path={shown_name(path)} is none of steering.paths, which has {there}"
    if want not in (STEERED, NORMAL):
        given = f"want={shown_name(want)}" if want else f"path={shown_name(path)} without want"
        return {}, f"{given}: say -e want={STEERED} to move traffic off the path, -e want={NORMAL} to let it come back"
    return {path: want}, ""


def horizon(paths: Mapping[str, Path]) -> float:
    """For how many seconds back health is asked: a path that may come back must be seen healthy for that long."""
    return max((path.limits.hold_down_s for path in paths.values()), default=0.0) + HISTORY_MARGIN_S


def appliable(
    decisions: Sequence[Decision],
    paths: Mapping[str, Path],
    live: Mapping[str, LiveRouter],
    new_id: Callable[[], str],
) -> tuple[list[Apply], list[Decision]]:
    """What this round applies, in order, and what has to wait for the next.

    A router is changed once in a round: after that it is no longer as it was when the others were decided.
    """
    now: list[Apply] = []
    later: list[Decision] = []
    taken: set[str] = set()
    for decision in decisions:
        if decision.verdict not in APPLIED or decision.path not in paths or not decision.places:
            continue
        routers = {place.router for place in decision.places}
        if routers & taken:
            later.append(decision)
            continue
        taken |= routers
        base = {name: live[name].token for name in sorted(routers) if name in live}
        now.append(Apply(decision, paths[decision.path], new_id(), base))
    return now, later


def look_again(decisions: Iterable[Decision]) -> float | None:
    """Seconds until it is worth deciding again although nobody knocks: a hold-down, a cooldown or a freeze ends then.

    None when time alone changes no verdict.
    """
    waits = [decision.wait_s for decision in decisions if decision.wait_s is not None]
    return max(min(waits), 0.0) + LOOK_AGAIN_MARGIN_S if waits else None


def decision_table(decisions: Sequence[Decision], health: Mapping[str, PathHealth], width: int = 0) -> str:
    """The decisions as people read them."""
    rows = [
        (
            decision.path,
            str(decision.evidence.get("standing", "")),
            _alert(decision),
            measured(health.get(decision.path)),
            decision.verdict,
            decision.guard or "-",
            decision.reason,
        )
        for decision in sorted(decisions, key=lambda one: one.path)
    ]
    return table(HEADER, rows, width=width)


def _alert(decision: Decision) -> str:
    alerts = decision.evidence.get("alerts") or []
    return "-" if not alerts else str(alerts[0]) + (f" +{len(alerts) - 1}" if len(alerts) > 1 else "")


def measured(health: PathHealth | None) -> str:
    """A path's health in few words."""
    if health is None or not health.fresh:
        return "nothing"
    loss = "" if health.loss is None else f", loss {health.loss * 100:.1f} %"
    return f"sick{loss}" if health.sick else f"well for {span(health.healthy_s)}{loss}"


def live_routers(names: Iterable[str], reports: Mapping[str, Mapping[str, Any]]) -> dict[str, LiveRouter]:
    """What steering_state registered for each router. A router that says nothing, or nonsense, has a fault."""
    found = {}
    for name in names:
        report = reports.get(name) or {}
        told = report.get("live")
        try:
            if not isinstance(told, Mapping):
                why = str(report.get("msg") or report.get("message") or "it dropped out of this run, see above")
                found[name] = LiveRouter(name, fault=why)
                continue
            found[name] = live_router({**told, "name": name})
        except (KeyError, TypeError, ValueError) as error:
            found[name] = LiveRouter(name, fault=f"what it said cannot be read ({type(error).__name__}: {error})")
    return found
