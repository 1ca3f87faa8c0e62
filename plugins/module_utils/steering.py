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
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.steering_board import HALF, Board, severity_rank
from ansible_collections.fairway.backbone.plugins.module_utils.steering_case import REFUSE, Case, Objection
from ansible_collections.fairway.backbone.plugins.module_utils.steering_guards import BIND_PERSONS, GUARDS, Guard
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
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import measure, shown_name
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import Topology
from ansible_collections.fairway.backbone.plugins.module_utils.steering_want import asked
from ansible_collections.fairway.backbone.plugins.module_utils.steering_what_if import last_path

STEER, RESTORE = "steer", "restore"
UNKNOWN_SHOWN = 100
"""So many unknown paths get a decision each; a storm of invented names must not become a storm of events."""


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
    decisions = [_decide(board, board.paths[name], guards) for name in sorted(paths, key=lambda n: _turn(board, n))]
    return (*decisions, *_unknown(board, guards))


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
        decision = _judge(case, guards)
        more = len(names) - UNKNOWN_SHOWN
        if more > 0 and name == names[UNKNOWN_SHOWN - 1]:
            decision = _replaced(decision, reason=f"{decision.reason}; and {more} more unknown names")
        yield decision


def _replaced(decision: Decision, reason: str) -> Decision:
    return Decision(
        decision.path, decision.verdict, decision.want, reason, decision.guard, decision.by, evidence=decision.evidence
    )


def _decide(board: Board, path: Path, guards: Sequence[Guard]) -> Decision:
    question = asked(board, path, lambda case: last_path(case) is None)
    if isinstance(question, Case):
        return _judge(question, guards)
    invalid = board.wants.get(path.name, STEERED) not in (STEERED, NORMAL)
    state = board.standing[path.name].state
    by = "hand" if path.name in board.wants else "auto"
    verdict = REFUSE if invalid else "hold"
    return Decision(path.name, verdict, state, question.reason, by=by, evidence=_evidence(board, path.name))


def _judge(case: Case, guards: Sequence[Guard]) -> Decision:
    """Ask the guards; when none objects that binds, the change is decided and noted for the decisions after it."""
    name, evidence = shown_name(case.path.name), _evidence(case.board, case.path.name)
    overridden: dict[str, Objection] = {}
    for guard in guards:
        objection = guard(case)
        if objection is None:
            continue
        guard_name = guard.__name__
        if case.person and guard_name not in BIND_PERSONS:
            overridden[guard_name] = objection
            continue
        verdict = REFUSE if case.person else objection.verdict
        state = case.standing.state
        evidence |= {"asked": case.to, **objection.evidence}
        return Decision(name, verdict, state, objection.reason, guard_name, case.by, evidence=evidence)
    verdict = STEER if case.to == STEERED else RESTORE
    evidence |= {"repair": case.repair}
    decision = Decision(name, verdict, case.to, _reason(case, overridden), "", case.by, case.places, evidence)
    if overridden:
        evidence["overridden"] = {guard: objection.reason for guard, objection in overridden.items()}
    _note(case)
    return decision


def _reason(case: Case, overridden: Mapping[str, Objection]) -> str:
    """Why the change is made, and what a person made it against."""
    if not case.person:
        return case.why
    against = [f"{guard} ({objection.reason})" for guard, objection in overridden.items()]
    text = f"{case.why}; against {', '.join(against)}" if against else case.why
    if case.to == NORMAL and case.alerts:
        text += "; while its alert fires automation will steer it again: freeze, or silence the alert"
    return text


def _note(case: Case) -> None:
    if case.to == STEERED:
        case.board.note_steer(case.path, case.onto if case.moves_traffic else ())
    else:
        case.board.note_restore()


def _evidence(board: Board, name: str) -> dict[str, Any]:
    """What a decision was made from, as plain data."""
    alerts, health, standing = board.alerts.get(name, []), board.health.get(name), board.standing.get(name)
    found: dict[str, Any] = {
        "alerts": [shown_name(alert.name) for alert in alerts[:5]],
        "severity": shown_name(alerts[0].severity) if alerts else "",
        "standing": standing.kind if standing is not None else "unknown",
        "changes_last_hour": board.changes(name),
    }
    if health is not None:
        found |= {
            "fresh": health.fresh,
            "sick": health.sick,
            "healthy_s": measure(health.healthy_s),
            "loss": measure(health.loss),
            "latency_s": measure(health.latency_s),
            "rate_mbit": measure(health.rate_mbit),
        }
    if standing is not None and standing.since:
        found["steered_since"] = standing.since
    return found


__all__ = ["GUARDS", "RESTORE", "STEER", "decide"]
