# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of a freeze or a thaw, and what came of it on the routers. Pure.

One router that has a freeze freezes the whole network: one that was missed does not undo a freeze, but does undo a
thaw. A router's report is what the role registered for it: `reroute_stage` (steering_stage) and `reroute_confirm`
(config_confirm).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Report = Mapping[str, Any]
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_SAY = (
    'Say -e freeze=true -e reason="why" [-e minutes=N] to keep automation from moving traffic, or -e freeze=false to '
    "let it go on."
)


def freeze_complaint(freeze: Any, minutes: Any) -> str:
    """What is wrong with the arguments, each None or empty when it was not given; empty when nothing is."""
    if freeze is None or str(freeze) == "":
        return f"freeze is not given. {_SAY}"
    if str(freeze).lower() not in _WORDS:
        return f"freeze is '{freeze}': expected true or false. {_SAY}"
    if minutes not in (None, "") and not re.fullmatch(r"[1-9][0-9]{0,5}", str(minutes)):
        return f"minutes is '{minutes}': expected a whole number, 1 to 999999. {_SAY}"
    return ""


def freeze_missed(routers: Sequence[str], reports: Mapping[str, Report], freezing: bool) -> str:
    """Which routers do not have it, and what that means for the network; empty when all have it."""
    missed = {router: why for router in routers if (why := _why(reports.get(router) or {}))}
    if not missed:
        return ""
    listed = "; ".join(f"{router} ({why})" for router, why in missed.items())
    if not freezing:
        kept = "Steering stays frozen as long as one router that can be asked says so. Run it again."
        return f"not thawed: {listed}. {kept}"
    if len(missed) < len(routers):
        return f"not frozen: {listed}. Steering is frozen all the same, by the others."
    return f"not frozen: {listed}. Nothing is frozen: automation goes on."


def _why(report: Report) -> str:
    """Why a router does not have it, empty when it has it."""
    stage, confirm = report.get("reroute_stage") or {}, report.get("reroute_confirm") or {}
    if stage.get("state") in ("unchanged", "checked"):
        return ""
    if stage.get("state") != "staged":
        return _said(stage) or "not reached"
    if confirm.get("state") in ("confirmed", "unchanged"):
        return ""
    return _said(confirm) or "staged and not confirmed: it takes it back by itself"


def _said(result: Report) -> str:
    lines = str(result.get("message") or result.get("msg") or "").strip().splitlines()
    return lines[0].rstrip(".:") if lines else ""
