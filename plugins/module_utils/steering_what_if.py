# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guards that ask where the traffic would go: last_path and headroom.

Whether the traffic of *every* pair of routers leaves a path is one question per link end, not one per pair: when the
shortest way round the link from u to v is shorter than the link's steered cost, then any way that used the link would
be shorter with the way round in its place, so none does; and when it is not, the traffic from u to v itself still
does. In the same way every pair of sites that the link connected stays connected by the way round.

Automation moves traffic only to where it is better off: no link of the new way may be at fault. A person may do it in
steps (two of three backbones are sick, and the second is steered next): some way over sound links is enough.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.spf import Way
from ansible_collections.fairway.backbone.plugins.module_utils.steering_case import REFUSE, Case, Objection
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import STEERED
from ansible_collections.fairway.backbone.plugins.module_utils.steering_text import listed

ANY_METRIC = 1 << 31


def last_path(case: Case) -> Objection | None:
    """Never the last way: a fit alternate exists, and all traffic leaves the path, onto links that can be relied on."""
    if case.to != STEERED or not case.moves_traffic:
        return None
    unfit = {name: case.board.unfit(name, person=case.person) for name in case.path.alternates}
    if all(unfit.values()):
        why = listed([f"{name} {fault}" for name, fault in sorted(unfit.items())])
        return Objection(REFUSE, f"no alternate can take its traffic: {why}", {"alternates": unfit})
    if case.path.action != "ospf_cost":
        return None
    known = {place for place, _edge in case.board.edges_of(case.path)}
    for place in case.path.places:
        if place not in known:
            return Objection(REFUSE, f"the intent does not say which router {place} leads to", {"place": str(place)})
    for edge, way in case.ways:
        objection = _way_objection(case, edge, way)
        if objection is not None:
            return objection
    return None


def _way_objection(case: Case, edge: int, way: Way | None) -> Objection | None:
    topology = case.board.topology
    a, b = topology.router_of(edge), topology.router_of(edge ^ 1)
    evidence: dict[str, Any] = {"from": a, "to": b, "value": case.path.value}
    if way is None:
        longer = case.board.way_round(case.path, edge, ANY_METRIC)
        if longer is None:
            return Objection(REFUSE, f"there is no other way from {a} to {b}", evidence)
        reason = (
            f"traffic would stay: from {a} to {b} the other way costs {longer.metric}, and this one {case.path.value}"
        )
        return Objection(REFUSE, f"{reason} when steered; a higher value is needed", {**evidence, "way": longer.metric})
    evidence["way"] = way.metric
    for step in way.edges:
        if step not in case.board.faults:
            continue
        if case.person and case.board.way_round(case.path, edge, ANY_METRIC, sound=True) is not None:
            return None
        by = f"{topology.router_of(step)} to {topology.router_of(step ^ 1)}"
        reason = f"traffic from {a} to {b} would go by {by}, but {case.board.faults[step]}"
        at_fault = case.board.path_at.get(step) or case.board.path_at.get(step ^ 1)
        return Objection(REFUSE, reason, {**evidence, "by": by, "by_path": at_fault})
    return None


def headroom(case: Case) -> Objection | None:
    """Where a capacity is known, the traffic that is moved fits beside what is there already.

    A known capacity with a rate that is not known is an objection: nobody can say that it fits. A repair moves traffic
    that fitted when the steer was made.
    """
    if case.to != STEERED or case.repair or not case.moves_traffic:
        return None
    moved = case.board.rate(case.path.name)
    for name in case.onto:
        capacity = case.board.paths[name].limits.capacity_mbit
        if capacity is None:
            continue
        rate = case.board.rate(name)
        evidence = {"path": name, "capacity_mbit": capacity, "rate_mbit": rate, "moved_mbit": moved}
        if rate is None or moved is None:
            who = name if rate is None else case.path.name
            return Objection(
                REFUSE, f"{name} carries {capacity:g} Mbit/s, and the traffic of {who} is not known", evidence
            )
        if rate + moved > capacity:
            reason = f"{name} carries {rate:.0f} of {capacity:g} Mbit/s, and {moved:.0f} more would not fit"
            return Objection(REFUSE, reason, evidence)
    return None
