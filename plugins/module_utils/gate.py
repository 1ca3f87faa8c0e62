# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate of a runbook: what is asked, what an answer means, and which approval fits. Pure: time is an argument.

An approval is an identifier, `RUNBOOK-ROUTER-GATE-TIME-DIGEST`. The digest is of what was asked and of the time, so
that it opens the same question only, and only for a while. It is no secret: who may give it may say approval=auto.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.table import plain

GO_ON, ABORT, WAIT = "continue", "abort", "wait"
ANSWERS = {"c": GO_ON, "continue": GO_ON, "a": ABORT, "abort": ABORT}
# An approval is asked for on one controller and may be given to another one, whose clock is a little behind.
CLOCKS_APART_S = 300.0
_ID = re.compile(r"(?P<head>.+)-(?P<time>\d{8}T\d{6}Z)-(?P<digest>[0-9a-f]{16})")
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Gate:
    """What is asked. `subject`: what an approval is for; the found lines and the next step when it is empty."""

    runbook: str
    router: str
    name: str
    found: tuple[str, ...] = ()
    passed: bool = False
    next: str = ""
    abort: str = ""
    subject: Any = ""

    def head(self) -> str:
        """The first part of an approval's identifier: what it is for, as far as names tell."""
        return "-".join(re.sub(r"[^A-Za-z0-9._]+", "-", part).strip("-") for part in self._names())

    def identifier(self, asked: float) -> str:
        """The approval that would open this gate, asked for at `asked` (seconds since 1970)."""
        return self._identifier(datetime.fromtimestamp(asked, UTC).strftime(_TIME))

    def _identifier(self, stamp: str) -> str:
        subject = self.subject or [list(self.found), self.next]
        asked = json.dumps([*self._names(), self.passed, subject, stamp], sort_keys=True, default=str)
        return f"{self.head()}-{stamp}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"

    def _names(self) -> tuple[str, str, str]:
        return self.runbook, self.router, self.name


@dataclass(frozen=True)
class Approval:
    """What became of the approvals that a run was given: the one that opens the gate, or why those for it do not."""

    identifier: str = ""
    complaints: tuple[str, ...] = ()


def approval(gate: Gate, given: Sequence[str], now: float, valid_s: float) -> Approval:
    """The first of `given` that opens the gate now. Approvals for other gates are none of its business."""
    complaints = []
    for identifier in (one.strip() for one in given):
        match = _ID.fullmatch(identifier)
        if match is None:
            complaints.append(f"'{identifier}' is no approval: expected {gate.head()}-TIME-DIGEST, as a run names it")
        elif match["head"] == gate.head():
            complaint = _complaint(gate, match, now, valid_s)
            if not complaint:
                return Approval(identifier)
            complaints.append(f"{identifier}: {complaint}")
    return Approval(complaints=tuple(complaints))


def _complaint(gate: Gate, given: re.Match[str], now: float, valid_s: float) -> str:
    """Why an approval with this gate's names does not open it; empty when it does."""
    try:
        age = now - datetime.strptime(given["time"], _TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return "its time is none"
    if gate._identifier(given["time"]) != given[0]:
        return "it is for something else: what was found then, or what would have come next, was not the same"
    if age > valid_s:
        return f"it was asked for {spell(age)} ago, and holds for {spell(valid_s)}"
    if age < -CLOCKS_APART_S:
        return f"it was asked for {spell(-age)} from now: the clocks of the controllers differ"
    return ""


def understand(typed: str) -> str:
    """GO_ON, ABORT, or empty for everything that is neither: only a whole word counts."""
    return ANSWERS.get(typed.strip().lower(), "")


def question(gate: Gate, notes: Sequence[str] = ()) -> list[str]:
    """What a person is shown, without the prompt itself. `notes` come before what comes next."""
    verdict = "All as it should be." if gate.passed else "NOT all is as it should be."
    lines = [f"{gate.router}: {gate.runbook}, gate '{gate.name}'"]
    lines += [f"    {plain(line)}" for text in gate.found for line in text.splitlines()]
    lines += [f"  {verdict}", *(f"  {note}" for note in notes)]
    return [*lines, f"  Next: {gate.next}"] if gate.next else lines


def refusal(gate: Gate, why: str) -> str:
    """What a router fails with when its gate stays shut."""
    where = f"gate '{gate.name}'" if gate.name else gate.runbook
    return " ".join(part for part in (f"{gate.router}: {where}: {why}", gate.abort.strip()) if part)


def nobody(gate: Gate, why: str) -> str:
    """What a router fails with when nobody can be asked."""
    return refusal(
        gate,
        f"a person must answer, and {why}. Run it in a terminal, or say -e approval=auto (goes on by itself where all "
        "is as it should be) or -e approval=external (stops at each gate until a run with its approval goes on).",
    )


def how_to_approve(identifier: str, valid_s: float) -> str:
    """What opens the gate later."""
    given = json.dumps({"approval": "external", "approved": [identifier]})
    return f"To approve, within {spell(valid_s)}: the same command with -e '{given}'"


def spell(seconds: float) -> str:
    """A duration in its largest fitting unit: 90 -> 90 s, 7200 -> 2 h, 86400 -> 24 h, 259200 -> 3 days."""
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
