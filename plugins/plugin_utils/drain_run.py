# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hands of the drain runbook: OSPF costs step by step, and watching traffic go. For both platforms."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import drain, drain_plan
from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest, StageResult
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Intent, build_router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.steer import wanted_values
from ansible_collections.fairway.backbone.plugins.module_utils.spf import INFINITE_METRIC
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Edit, PatchError, Reading, Spot
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import patch_frr, splices
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_junos import junos_commands
from ansible_collections.fairway.backbone.plugins.plugin_utils import steering_live
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault

Say = Callable[[str], None]
_SAY_EVERY_S = 5.0


# -- costs ----------------------------------------------------------------------------------------------------------


def stage_costs(router: Router, intent: Intent, added: int, way: str, request: StageRequest) -> StageResult:
    """Stage costs that are `added` to what the intent, or steering, says. `way`: up never lowers one, down never raises
    one, so that a run which goes on where another was interrupted does not go back and forth."""

    def fill(found: steering_live.Look) -> StageRequest:
        edits = _edits(router.name, intent, found, added, way)
        base = request.base or found.token
        if router.platform == "frr":
            return replace(request, base=base, splices=splices(found.text, patch_frr(found.text, edits, found.terms)))
        return replace(request, base=base, text=junos_commands(edits), format="set", load="set")

    return steering_live.stage_upon(router, intent, [], request, fill)


def _edits(name: str, intent: Intent, found: steering_live.Look, added: int, way: str) -> list[Edit]:
    try:
        model = build_router(name, intent)
        wanted = wanted_values(name, (intent.get("steering") or {}).get("paths") or {})
        live = steering_live.report(name, found, wanted)[0]
        costs = drain_plan.raised(drain_plan.normal_costs(model, live), added)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RouterFault("input", f"{name}: the intent is not what its schemas allow ({error!r}): run plan") from error
    edits = []
    for spot in found.reading.spots:
        if spot.part not in ("ospf", "ospf3") or spot.key[1] not in costs or _around(spot, found.reading):
            continue
        if spot.complaint:
            raise PatchError(f"{spot.key[1]}: {spot.complaint}")
        if not spot.value.isdigit():
            raise PatchError(f"{spot.key[1]} has no cost on the router: deploy first")
        for cost in drain_plan.changes({"": int(spot.value)}, {"": costs[spot.key[1]]}, way).values():
            edits.append(Edit(spot, str(cost), spot.marker))
    return edits


def _around(spot: Spot, reading: Reading) -> bool:
    """Whether this cost is what sends traffic around the router: not ours to lower."""
    on = any(one.part == spot.part and one.on for one in reading.overloads)
    return on and spot.value == str(INFINITE_METRIC)


# -- traffic --------------------------------------------------------------------------------------------------------


def watch(router: Router, args: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Look at a router until the traffic, or the paths, have gone, or the time is up; `say` progress meanwhile."""
    limits = drain.Limits(
        args["threshold_kbit"] * 1000.0, args["hold"], args["deadline"], args["paths_left"], tuple(args["interfaces"])
    )
    look = _traffic if args["look"] == "traffic" else _paths
    started, said = time.monotonic(), 0.0
    looks: list[drain.Look] = []
    while True:
        seen = look(router, args, limits)
        looks.append(seen)
        judged = drain.drained(looks, started, limits)
        if judged.verdict != "continue":
            break
        if seen.at - said >= _SAY_EVERY_S:
            said = seen.at
            say(drain.progress(router.name, looks, started, limits))
        time.sleep(drain.pause(looks, started, limits, args["interval"]))
    say(drain.progress(router.name, looks, started, limits))
    last = looks[-1]
    return {
        "changed": False,
        "gone": judged.verdict == "good",
        "message": judged.reason,
        "rates": {name: {"in_bps": _plain(pair[0]), "out_bps": _plain(pair[1])} for name, pair in last.rates.items()},
        "paths": last.paths,
        "looks": len(looks),
        "seconds": round(time.monotonic() - started, 3),
    }


def _traffic(router: Router, args: Mapping[str, Any], limits: drain.Limits) -> drain.Look:
    try:
        state = router.state(["traffic"])
    except RouterFault as fault:
        return _failed(router, fault)
    return drain.Look(time.monotonic(), drain.rates_of(state.get("traffic") or {}, limits))


def _paths(router: Router, args: Mapping[str, Any], limits: drain.Limits) -> drain.Look:
    try:
        state = router.state(["next_hops"])
    except RouterFault as fault:
        return _failed(router, fault)
    return drain.Look(time.monotonic(), paths=drain.paths_to(state.get("next_hops") or {}, args["addresses"]))


def _failed(router: Router, fault: RouterFault) -> drain.Look:
    """A router that does not answer may answer again: the deadline decides. A mistake of ours does not heal."""
    if fault.kind in ("input", "unsupported"):
        raise fault
    router.close()
    return drain.Look(time.monotonic(), fault=f"{fault.kind}: {fault.message}")


def _plain(rate: float) -> int | None:
    return None if rate == float("inf") else round(rate)
