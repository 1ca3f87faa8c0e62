# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch does next, from what its routers reported. Pure: the role's tasks carry the decisions out.

A router's report is what the role registered for it: `change_stage` (config_stage), `change_probed` (steering_prove,
when there are probes), `change_proof` (router_state), `change_confirm` (config_confirm). One that is missing counts
against the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change import RouterProof, Verdict, verdict

Report = Mapping[str, Any]
PHASES = ("staged", "proven", "confirmed")


def _reason(result: Mapping[str, Any]) -> str:
    return str(result.get("message") or result.get("msg") or "")


def proof_of(router: str, report: Report) -> RouterProof:
    """What one router's report says of staging and proving."""
    stage = report.get("change_stage")
    if not stage:
        return RouterProof(router, "missing", reason="no report of staging: the router dropped out of the run")
    state = str(stage.get("state") or "unknown")
    if state not in ("staged", "unchanged", "checked"):
        return RouterProof(router, state, reason=_reason(stage))
    probed = report.get("change_probed")
    if probed and not probed.get("skipped") and not probed.get("healthy"):
        return RouterProof(router, state, False, _reason(probed) or "the new way is not healthy")
    proof = report.get("change_proof")
    if not proof or proof.get("skipped"):
        return RouterProof(router, state)
    healthy = bool(proof.get("healthy")) and not proof.get("failed")
    return RouterProof(router, state, healthy, "" if healthy else _reason(proof) or "not as healthy as before")


def _after_staging(proofs: Sequence[RouterProof]) -> Verdict:
    """Everything staged so far may be proven; one refusal takes the batch back before anybody waits for a proof."""
    decided = verdict([RouterProof(p.router, p.state, True, p.reason) for p in proofs])
    return Verdict("prove") if decided.action == "confirm" else decided


def _after_confirming(proofs: Sequence[RouterProof], reports: Mapping[str, Report]) -> Verdict:
    """A router that was told to confirm and did not takes the whole batch back, the confirmed ones too."""
    staged = [p.router for p in proofs if p.state == "staged"]
    reasons = []
    for router in staged:
        result = reports.get(router, {}).get("change_confirm") or {}
        if result.get("state") not in ("confirmed", "unchanged"):
            reasons.append((router, _reason(result) or "no report of confirming: the router dropped out of the run"))
    return Verdict("revert", revert=tuple(staged), reasons=tuple(reasons)) if reasons else Verdict("nothing")


def batch_verdict(phase: str, batch: Sequence[str], reports: Mapping[str, Report]) -> Verdict:
    """What the batch does after a phase.

    `phase`: "staged" (-> prove, nothing, revert), "proven" (-> confirm, nothing, revert), "confirmed" (-> nothing,
    revert). Raises ValueError for another phase.
    """
    proofs = [proof_of(router, reports.get(router, {})) for router in batch]
    if phase == "staged":
        return _after_staging(proofs)
    if phase == "proven":
        return verdict(proofs)
    if phase == "confirmed":
        return _after_confirming(proofs, reports)
    raise ValueError(f"phase '{phase}': expected one of {', '.join(PHASES)}")


def epitaph(decided: Mapping[str, Any], router: str) -> str:
    """Why this router's change was not kept, in words for the person who pushed it."""
    reasons: Mapping[str, str] = decided.get("reasons") or {}
    own = reasons.get(router)
    if own:
        return f"{router}: {own}"
    others = "; ".join(f"{name}: {why}" for name, why in reasons.items())
    return f"{router}: taken back with its batch, because of {others}"
