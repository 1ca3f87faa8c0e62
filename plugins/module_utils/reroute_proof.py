# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Are the probes on the new way healthy, and do users feel no more loss than before: one look at Prometheus. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.health import Finding
from ansible_collections.fairway.backbone.plugins.module_utils.path_health import Bounds, Now, healths
from ansible_collections.fairway.backbone.plugins.module_utils.reroute import measured
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import PathHealth

Sites = Mapping[tuple[str, str], float]


def sites_of(told: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """What steering_decide saw between the sites before the change. Raises KeyError, TypeError or ValueError."""
    return {(str(pair["source"]), str(pair["peer"])): float(pair["loss"]) for pair in told}


def findings(
    now: Now, way: Sequence[str], before: Sites, loss: float, bounds: Bounds, *,
    through: Sequence[str] = (), blind: bool = False,
) -> list[Finding]:  # fmt: skip
    """What one look says. One path of `way` must be measured and not sick, and none of `through` may be sick; between
    sites that lost no more than `loss` (0..1) before, no more may be lost now. `blind`: what is not measured does not
    count against the change."""
    health = healths(way, now, None, bounds, 0.0)
    return [*_ways(health, now.fault, through, blind=blind), *_sites(now, before, loss, blind=blind)]


def _ways(health: Mapping[str, PathHealth], fault: str, through: Sequence[str], *, blind: bool) -> list[Finding]:
    """A finding for each path; when one is well, the others count only when they are sick and in `through`."""
    good = any(path.fresh and not path.sick for path in health.values())
    unseen = not any(path.fresh for path in health.values())
    found = []
    for name, path in health.items():
        well = path.fresh and not path.sick
        why = "" if well else fault or ("not measured" if not path.fresh else "sick")
        ok = well or (good and not (path.sick and name in through)) or (unseen and blind)
        found.append(Finding(f"path {name}", "", "well", "well" if well else measured(path), ok, "" if ok else why))
    return found


def _sites(now: Now, before: Sites, loss: float, *, blind: bool) -> list[Finding]:
    found = []
    for pair, was in sorted(before.items()):
        told = now.sites.get(pair)
        name = f"site {pair[0]} to {pair[1]}"
        if told is None:
            # A probe that fell silent with the change may have lost its way: that is no proof.
            ok = blind or was > loss
            found.append(Finding(name, _percent(was), _most(loss), "not measured", ok, "" if ok else "not measured"))
            continue
        ok = told <= loss or was > loss
        why = "" if ok else "loses more than before"
        found.append(Finding(name, _percent(was), _most(loss), _percent(told), ok, why))
    return found


def _percent(loss: float) -> str:
    return f"{loss * 100:.1f} % lost"


def _most(loss: float) -> str:
    return f"at most {loss * 100:g} % lost"
