# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steering decision: for every path of the network at once, what to do now and why. Pure, level-triggered, total.

```python
paths, network = paths_of(fleet)  # steering_topology: from the intent's model
decisions = decide(
    paths=paths,
    network=network,
    topology=topology_of(fleet),
    alerts=alerts,  # firing ones that ask for a reroute; None when Alertmanager could not be asked
    health=health,  # by path; {} when Prometheus could not be asked
    live=live,  # by router, the ones that could not be read included
    wants={"jkt-sby/north": "steered"},  # what a person asks for now, {} in an automatic run
    now=now,
)
```
The same inputs give the same answer in any order. Decisions come in the order in which they are to be applied, and each
allows for the ones before it; `places` is what to change and is empty unless the verdict is `steer` or `restore`.
Applied and decided again, nothing more is to be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.steering_board import HALF, Board, severity_rank
from ansible_collections.fairway.backbone.plugins.module_utils.steering_case import HOLD, REFUSE, Case, Hold
from ansible_collections.fairway.backbone.plugins.module_utils.steering_guards import GUARDS, Guard
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Alert,
    Decision,
    LiveRouter,
    NetworkLimits,
    Path,
    PathHealth,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import listed, measure
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import Topology
from ansible_collections.fairway.backbone.plugins.module_utils.steering_verdict import (
    RESTORE,
    STEER,
    evidence_of,
    judge,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_want import asked
from ansible_collections.fairway.backbone.plugins.module_utils.steering_what_if import last_path

UNKNOWN_SHOWN = 100
"""So many unknown paths get a decision each; a storm of invented names must not become a storm of events."""
TOGETHER = 8
"""At most so many paths are tried as one."""


def decide(
    *,
    paths: Mapping[str, Path],
    network: NetworkLimits,
    topology: Topology,
    alerts: Iterable[Alert] | None,
    health: Mapping[str, PathHealth],
    live: Mapping[str, LiveRouter],
    now: float,
    wants: Mapping[str, str] | None = None,
    guards: Sequence[Guard] = GUARDS,
) -> tuple[Decision, ...]:
    """One decision for each path, and for each unknown path that an alert, a person or a router names.

    `now` is in seconds since 1970. `guards` is for tests: a change must be stopped by the guard that is meant to.
    """
    board = Board(
        paths=paths,
        network=network,
        topology=topology,
        alerts=alerts,
        health=health,
        live=live,
        wants=wants or {},
        now=now,
    )
    decided: dict[str, Decision] = {}
    for name in sorted(paths, key=lambda name: _turn(board, name)):
        if name not in decided:
            for decision in _decide(board, board.paths[name], guards, decided):
                decided[decision.path] = decision
    left = _left(board)
    known = (_telling(decision, left.get(decision.path, ())) for decision in decided.values())
    return (*known, *_unknown(board, guards))


def _left(board: Board) -> dict[str, list[str]]:
    """By path, the places that are steered for it and that the intent took from it: nobody restores those."""
    places = {place for path in board.paths.values() for place in path.places}
    found: dict[str, list[str]] = {}
    for live in board.places.values():
        if live.marker is not None and live.place not in places:
            found.setdefault(live.marker.path, []).append(str(live.place))
    return found


def _telling(decision: Decision, left: Sequence[str]) -> Decision:
    """The decision, with the places that are left behind."""
    if not left:
        return decision
    are = "is" if len(left) == 1 else "are"
    told = f"{listed(sorted(left))} {are} still steered for it, and no longer of any path: a deploy ends that"
    return replace(decision, reason=f"{decision.reason}; {told}")


def _turn(board: Board, name: str) -> tuple[Any, ...]:
    """Persons first, then what is half done, then the sick (worst alert, most loss), then what may come back."""
    standing, alerts = board.standing[name], board.alerts.get(name)
    health = board.health.get(name)
    loss = measure(health.loss) if health is not None and health.fresh else None
    if name in board.wants:
        turn = 0
    elif standing.kind == HALF:
        turn = 1
    else:
        turn = 3 if standing.state == STEERED else 2
    return turn, -severity_rank(alerts[0].severity) if alerts else 1, -(loss or 0.0), name


def _unknown(board: Board, guards: Sequence[Guard]) -> Iterable[Decision]:
    """Refusals for names that the intent does not have."""
    marked = {p.marker.path: p for p in board.places.values() if p.marker is not None}
    names = sorted({*board.alerts, *board.wants, *marked} - set(board.paths), key=str)
    for name in names[:UNKNOWN_SHOWN]:
        path = Path(name=name, action="", value=None, places=(), alternates=())
        case = Case(board, path, STEERED, "an alert names it")
        if name in board.wants:
            want = STEERED if board.wants[name] == STEERED else NORMAL
            case = Case(board, path, want, f"wanted {want} by hand", person=True, by="hand")
        elif name not in board.alerts:
            case.why = f"{marked[name].place} is marked as steered for it"
        decision = judge(case, guards)
        more = len(names) - UNKNOWN_SHOWN
        if more > 0 and name == names[UNKNOWN_SHOWN - 1]:
            decision = replace(decision, reason=f"{decision.reason}; and {more} more unknown names")
        yield decision


def _decide(board: Board, path: Path, guards: Sequence[Guard], decided: Mapping[str, Decision]) -> tuple[Decision, ...]:
    question = _asked(board, path)
    if isinstance(question, Case):
        decision = judge(question, guards)
        together = None if question.person else _together(board, decision, guards, decided)
        return together or (decision,)
    invalid = board.wants.get(path.name, STEERED) not in (STEERED, NORMAL)
    state = board.standing[path.name].state
    by = "hand" if path.name in board.wants else "auto"
    verdict = REFUSE if invalid else HOLD
    return (Decision(path.name, verdict, state, question.reason, by=by, evidence=evidence_of(board, path.name)),)


def _asked(board: Board, path: Path) -> Case | Hold:
    return asked(board, path, lambda case: last_path(case) is None)


def _together(
    board: Board, refused: Decision, guards: Sequence[Guard], decided: Mapping[str, Decision]
) -> tuple[Decision, ...] | None:
    """Two of three backbones are sick, and each is the other's way round: steered together, both lead to the third.

    A path whose way round was refused because of another that is also asked to be steered is tried with that one, as if
    both were steered already. All of them pass all guards, or none is steered.
    """
    group = [refused.path]
    before = board.state()
    while True:
        other = refused.evidence.get("by_path") if refused.guard == "last_path" else None
        if other is None or other in group or other in decided or len(group) >= TOGETHER:
            return None
        group.append(other)
        for name in group:
            board.raise_costs(board.paths[name])
        decisions: list[Decision] = []
        for name in group:
            question = _asked(board, board.paths[name])
            if not isinstance(question, Case) or question.to != STEERED or question.repair or question.person:
                board.reset(before)
                return None
            decisions.append(judge(question, guards))
            if decisions[-1].verdict != STEER:
                break
        else:
            return tuple(replace(one, evidence={**one.evidence, "together": list(group)}) for one in decisions)
        refused = decisions[-1]
        board.reset(before)


__all__ = ["GUARDS", "RESTORE", "STEER", "decide"]
