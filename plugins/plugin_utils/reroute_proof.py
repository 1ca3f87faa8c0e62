# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at the probes of the new way until they have been healthy for long enough, or can no longer be in time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import health, health_soak, reroute_proof
from ansible_collections.fairway.backbone.plugins.plugin_utils.prometheus import look
from ansible_collections.fairway.backbone.plugins.plugin_utils.reroute_run import bounds, server


def prove(args: Mapping[str, Any]) -> dict[str, Any]:
    """The result of steering_prove. Raises ValueError for arguments that make no sense."""
    try:
        before = reroute_proof.sites_of(args["sites_before"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("sites_before: expected source, peer and loss of each pair, as in steering_decide") from error
    told = args["prometheus"]
    if not told["url"]:
        return _result(health_soak.Judgement("good" if args["blind"] else "bad", "no Prometheus to ask"), [], 0, 0.0)
    prometheus, limits = server("Prometheus", told), bounds(told)
    started = time.monotonic()
    samples: list[health_soak.Sample] = []
    while True:
        now = look(prometheus, limits, float(told["timeout"]))
        found = reroute_proof.findings(
            now, args["way"], before, args["loss"], limits, through=args["through"], blind=args["blind"]
        )
        why = health.complaints(found)
        samples.append(health_soak.Sample(time.monotonic(), not why, why))
        judged = health_soak.judge(samples, started, args["soak"], args["deadline"])
        if judged.verdict != "continue":
            return _result(judged, found, len(samples), time.monotonic() - started)
        time.sleep(health_soak.pause(samples, started, args["soak"], args["deadline"], args["interval"]))


def _result(judged: health_soak.Judgement, found: list[health.Finding], looks: int, seconds: float) -> dict[str, Any]:
    good = judged.verdict == "good"
    result: dict[str, Any] = {
        "changed": False,
        "healthy": good,
        "message": judged.reason,
        "findings": [finding.as_dict() for finding in found],
        "table": health.rows_table(found).splitlines(),
        "looks": looks,
        "seconds": round(seconds, 3),
    }
    if not good:
        result.update(failed=True, msg=f"the new way is not healthy: {judged.reason}")
    return result
