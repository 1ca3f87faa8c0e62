# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a question to a decision: the guards are asked, and the answer is written down with its reason and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.steering_board import Board
from ansible_collections.fairway.backbone.plugins.module_utils.steering_case import REFUSE, Case, Objection
from ansible_collections.fairway.backbone.plugins.module_utils.steering_guards import BIND_PERSONS, Guard
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import NORMAL, STEERED, Decision
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import measure, shown_name

STEER, RESTORE = "steer", "restore"


def judge(case: Case, guards: Sequence[Guard]) -> Decision:
    """Ask the guards; when none objects that binds, the change is decided and noted for the decisions after it."""
    name, evidence = case.path.name, evidence_of(case.board, case.path.name)
    if name not in case.board.paths:
        name = shown_name(name)
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
        wait_s = objection.wait_s
        return Decision(name, verdict, state, objection.reason, guard_name, case.by, evidence=evidence, wait_s=wait_s)
    verdict = STEER if case.to == STEERED else RESTORE
    evidence |= {"repair": case.repair}
    reason, onto = _reason(case, overridden), _onto(case)
    decision = Decision(name, verdict, case.to, reason, "", case.by, case.places, evidence, onto=onto)
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


def _onto(case: Case) -> tuple[str, ...]:
    """Where automation moves the traffic, as far as the network says. A person may do it in steps, over a sick path."""
    known = case.to == STEERED and case.moves_traffic and any(way is not None for _edge, way in case.ways)
    return tuple(case.onto) if known and not case.person else ()


def _note(case: Case) -> None:
    if case.to == STEERED:
        case.board.note_steer(case.path, case.onto if case.moves_traffic else ())
    else:
        case.board.note_restore()


def evidence_of(board: Board, name: str) -> dict[str, Any]:
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
