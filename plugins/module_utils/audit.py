# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit events: what was decided and why, and what became of a change. schemas/audit_event.json describes them. Pure.

An event is plain data. No key of it is anything that a sender of alerts chose; texts are passed through `Redactor`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.audit_redact import Redactor
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Decision

SCHEMA = 1
ACTIONS = ("steer", "restore", "freeze", "thaw", "deploy", "drain", "undrain")
VERDICTS = ("steer", "restore", "hold", "refuse")
Event = dict[str, Any]
Report = Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """Who says it. `run` names the run; `mode` is live or shadow."""

    run: str
    controller: str
    user: str
    mode: str = "live"

    def head(self, kind: str, now: float, redact: Redactor) -> Event:
        return {
            "schema": SCHEMA,
            "time": stamp(now),
            "event": kind,
            "mode": "shadow" if self.mode == "shadow" else "live",
            "run": redact.name(self.run)[:100],
            "controller": redact.name(self.controller),
            "user": redact.name(self.user),
        }


@dataclass(frozen=True)
class Change:
    """A change as the audit log tells of it. `path` is empty when it is of no path."""

    change_id: str
    action: str
    path: str = ""
    by: str = "auto"
    reason: str = ""
    revision: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Change:
        """From a task's arguments. Raises ValueError for what is no change."""
        change_id, action = str(told.get("change_id") or ""), str(told.get("action") or "")
        if not change_id or action not in ACTIONS:
            raise ValueError(f"change needs change_id, and action, one of {', '.join(ACTIONS)}; got '{action}'")
        words = {key: str(told.get(key) or "") for key in ("path", "reason", "revision")}
        return cls(change_id, action, by="hand" if told.get("by") == "hand" else "auto", **words)


def stamp(when: float) -> str:
    """Seconds since 1970 as 2026-11-21T10:00:00.123Z."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def decision_event(decision: Decision, origin: Origin, now: float, redact: Redactor, change_id: str = "") -> Event:
    """One decision. `change_id`: the change that will apply it, empty when none will."""
    routers = sorted({place.router for place in decision.places})
    guard = redact.name(decision.guard)
    guard = guard if re.fullmatch(r"[a-z_]{0,40}", guard) else "unknown"
    return {
        **origin.head("decision", now, redact),
        "path": redact.name(decision.path)[:200],
        "verdict": decision.verdict if decision.verdict in VERDICTS else "refuse",
        "want": decision.want if decision.want in ("steered", "normal") else "",
        "guard": guard,
        "reason": redact.text(decision.reason),
        "by": "hand" if decision.by == "hand" else "auto",
        "change": redact.name(change_id),
        "routers": [redact.name(name) for name in routers],
        "places": [redact.name(str(place)) for place in decision.places],
        "evidence": redact.data(dict(decision.evidence)),
    }


def change_events(
    phase: str, change: Change, reports: Mapping[str, Report], origin: Origin, now: float, redact: Redactor
) -> list[Event]:
    """What became of a change after a phase, by what the change role registered for each of its routers.

    `phase`: "staged" (-> staged or failed) or "ended" (-> proven, then confirmed, reverted or failed). Nothing is told
    of a change that no router needed, and nothing twice. Raises ValueError for another phase.
    """
    if phase not in ("staged", "ended"):
        raise ValueError(f"phase '{phase}': expected staged or ended")
    states = {router: _step(report, "change_stage") for router, report in reports.items()}
    if all(step["state"] in ("unchanged", "checked") for step in states.values()):
        return []
    if phase == "staged":
        good = all(step["state"] in ("staged", "unchanged") for step in states.values())
        return [_event(change, "staged" if good else "failed", states, origin, now, redact)]
    touched = {router: report for router, report in reports.items() if states[router]["state"] != "unchanged"}
    if not any(states[router]["state"] == "staged" or _ran(touched[router], "change_revert") for router in touched):
        return []  # refused everywhere: "staged" told it, as failed
    events = []
    if all(map(_proven, touched.values())) and not any(map(_disproved, reports.values())):
        proofs = {router: _step(report, "change_proof") for router, report in touched.items()}
        events.append(_event(change, "proven", proofs, origin, now, redact))
    return [*events, _event(change, *_end(touched), origin, now, redact)]


def not_begun(change: Change, routers: Sequence[str], why: str, origin: Origin, now: float, redact: Redactor) -> Event:
    """A change that was decided and failed before anything was staged: whatever routers reported is of another one."""
    steps = {router: {"state": "not begun", "message": why, "seconds": 0.0} for router in routers}
    return _event(change, "failed", steps, origin, now, redact)


def _end(reports: Mapping[str, Report]) -> tuple[str, dict[str, Report]]:
    """How a change ended, and each router's last word: the taking back, if it was taken back anywhere."""
    if any(_ran(report, "change_revert") for report in reports.values()):
        last: dict[str, Report] = {}
        for router, report in reports.items():
            step = "change_revert" if _ran(report, "change_revert") else "change_stage"
            last[router] = {**_step(report, step), "message": _why(report) or _step(report, step)["message"]}
        back = all(step["state"] in ("reverted", "unchanged", "failed", "refused") for step in last.values())
        stuck = any(_ran(r, "change_revert") and r["change_revert"].get("failed") for r in reports.values())
        return ("reverted" if back and not stuck else "failed"), last
    last = {router: _step(report, "change_confirm") for router, report in reports.items()}
    return ("confirmed" if all(s["state"] in ("confirmed", "unchanged") for s in last.values()) else "failed"), last


def _why(report: Report) -> str:
    """Why a router spoke against the change, in its own words."""
    for name in ("change_stage", "change_probed", "change_proof", "change_confirm"):
        step = report.get(name) or {}
        if step.get("skipped"):
            continue
        if step.get("failed") or step.get("healthy") is False or step.get("state") in ("refused", "failed", "unknown"):
            return str(step.get("message") or step.get("msg") or "")
    return ""


def _ran(report: Report, name: str) -> bool:
    step = report.get(name)
    return bool(step) and not (step or {}).get("skipped")


def _proven(report: Report) -> bool:
    return _ran(report, "change_proof") and bool((report.get("change_proof") or {}).get("healthy"))


def _disproved(report: Report) -> bool:
    """Whether the probes spoke against it; they are looked at once for all routers."""
    return _ran(report, "change_probed") and not (report.get("change_probed") or {}).get("healthy")


def _step(report: Report, name: str) -> dict[str, Any]:
    """A router's step in three words."""
    step = report.get(name) or {}
    state = step.get("state")
    if not isinstance(state, str):
        state = "failed" if step.get("failed") else "healthy" if step.get("healthy") else "missing"
    return {
        "state": state,
        "message": str(step.get("message") or step.get("msg") or ""),
        "seconds": step.get("seconds") if isinstance(step.get("seconds"), int | float) else 0.0,
    }


def _event(
    change: Change, state: str, steps: Mapping[str, Report], origin: Origin, now: float, redact: Redactor
) -> Event:
    results = [
        {
            "router": redact.name(router),
            "state": redact.name(str(step["state"]))[:40],
            "message": redact.text(str(step["message"])),
            "seconds": round(float(step["seconds"]), 3),
        }
        for router, step in steps.items()
    ]
    return {
        **origin.head("change", now, redact),
        "change": redact.name(change.change_id),
        "action": change.action,
        "state": state,
        "path": redact.name(change.path)[:200],
        "by": "hand" if change.by == "hand" else "auto",
        "reason": redact.text(change.reason),
        "revision": redact.name(change.revision),
        "routers": [result["router"] for result in results],
        "results": results,
    }


def labels(event: Mapping[str, Any]) -> dict[str, str]:
    """Labels of a stream of events: few, and none whose values grow with the network (no path, router or address)."""
    found = {"job": "fairway", "event": str(event["event"]), "mode": str(event["mode"])}
    told: Sequence[str] = ("verdict",) if event["event"] == "decision" else ("action", "state")
    return {**found, **{name: str(event[name]) for name in told}}
