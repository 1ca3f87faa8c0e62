# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a router until it is proven healthy, or can no longer be in time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import health, health_soak
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault

# A mistake of the caller does not heal by looking again.
_HOPELESS = ("input", "unsupported")


class Proof:
    """Looks at a router until it has been healthy for long enough, or cannot be any more."""

    def __init__(
        self,
        router: Router,
        gather: Sequence[str],
        before: dict[str, Any] | None,
        expect: dict[str, Any] | None,
        tolerances: health.Tolerances,
    ) -> None:
        self.router = router
        self.gather = gather
        # Only what is gathered now can be compared.
        self.before = {name: part for name, part in before.items() if not gather or name in gather} if before else None
        self.expect = expect
        self.tolerances = tolerances
        self.findings: list[health.Finding] = []
        self.state: dict[str, Any] = {}

    def look(self) -> str:
        """One look; what is wrong, empty when nothing is. A router that does not answer is unhealthy."""
        try:
            self.state = self.router.state(self.gather)
        except RouterFault as fault:
            if fault.kind in _HOPELESS:
                raise
            self.fresh()
            lost = f"{fault.kind}: {fault.message}"
            self.findings = [health.Finding("router", "reachable", "reachable", "unreachable", False, lost)]
            return lost
        self.findings = health.compare(self.before, self.state, self.expect, self.tolerances)
        return health.complaints(self.findings)

    def fresh(self) -> None:
        """What is asked next goes over a session of its own: an old one may live on where no new one can be had."""
        getattr(self.router, "fresh", self.router.close)()

    def prove(self, soak: float, deadline: float, interval: float) -> dict[str, Any]:
        self.fresh()
        started = time.monotonic()
        samples: list[health_soak.Sample] = []
        while True:
            why = self.look()
            samples.append(health_soak.Sample(time.monotonic(), not why, why))
            judged = health_soak.judge(samples, started, soak, deadline)
            if judged.verdict != "continue":
                return self.result(judged, len(samples), time.monotonic() - started)
            time.sleep(health_soak.pause(samples, started, soak, deadline, interval))

    def result(self, judged: health_soak.Judgement, looks: int, seconds: float) -> dict[str, Any]:
        good = judged.verdict == "good"
        result: dict[str, Any] = {
            "changed": False,
            "healthy": good,
            "message": judged.reason,
            "findings": [finding.as_dict() for finding in self.findings],
            "table": health.rows_table(self.findings).splitlines(),
            "state": self.state,
            "looks": looks,
            "seconds": round(seconds, 3),
        }
        if not good:
            result.update(failed=True, msg=f"{self.router.name}: {judged.reason}")
        return result
