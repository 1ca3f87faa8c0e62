# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draining and intent: which policy terms take a router out of service, and what Git says of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import told
from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Intent, Router, Session, build_router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view import used_policies
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import DRAIN_TERM
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Key, PatchError


def drain_terms(router: Router) -> dict[Key, bool]:
    """Every term out-of-service of the policies in use, and whether Git has it active."""
    policies = router.section("policies").get("route_policies") or {}
    return {
        ("policy", name, DRAIN_TERM): bool(term.get("active", True))
        for name in used_policies(router)
        for term in policies[name]["terms"]
        if term["name"] == DRAIN_TERM
    }


def overloaded(router: Router) -> bool:
    """Whether Git sends transit traffic around the router."""
    return bool(router.section("ospf").get("overload"))


def drained_in_git(router: Router) -> bool:
    """Whether Git itself takes the router out of service: what it says then is what a deploy is for."""
    return overloaded(router) or any(drain_terms(router).values())


def _policies(session: Session) -> set[str]:
    return {*session.settings.get("import", ()), *session.settings.get("export", ())}


def scope(router: Router, neighbors: Sequence[str]) -> tuple[Key, ...]:
    """The terms that draining these neighbours switches on; all when none is named.

    Raises PatchError when a neighbour is unknown, has no such term, or shares its policy with one that is to stay.
    """
    terms = tuple(drain_terms(router))
    if not neighbors:
        return terms
    wanted = [ip.canonical(address) for address in neighbors]
    sessions = {session.address: session for session in router.sessions}
    if unknown := [address for address in wanted if address not in sessions]:
        known = ", ".join(sorted(sessions, key=ip.order)) or "none"
        raise PatchError(f"the intent has no neighbour {', '.join(unknown)}: it has {known}")
    wrong = []
    chosen: dict[Key, None] = {}
    for address in wanted:
        mine = [key for key in terms if key[1] in _policies(sessions[address])]
        if not mine:
            wrong.append(f"{address} has no policy with a term {DRAIN_TERM}")
        chosen.update(dict.fromkeys(mine))
    for key in chosen:
        others = sorted(
            (one for one in sessions if one not in wanted and key[1] in _policies(sessions[one])), key=ip.order
        )
        if others:
            wrong.append(
                f"policy {key[1]} is also that of {', '.join(others)}: drain these too, or give the neighbour a policy "
                "of its own"
            )
    if wrong:
        raise PatchError("; ".join(wrong))
    return tuple(chosen)


def kept_terms(router: Router, neighbors: Iterable[str]) -> tuple[Key, ...]:
    """The terms of a drain that is there already, whatever became of the intent meanwhile."""
    wanted = {ip.canonical(address) for address in neighbors}
    if not wanted:
        return tuple(drain_terms(router))
    used = {name for session in router.sessions if session.address in wanted for name in _policies(session)}
    return tuple(key for key in drain_terms(router) if key[1] in used)


def left_alone(live: LiveRouter, intent: Intent) -> str:
    """Why a deploy leaves this router alone, in words; empty when it does not.

    A router that Git itself takes out of service is not left alone: Git is what a deploy brings.
    """
    way_on = "left alone; -e deploy_drained=true includes it"
    if live.drain is not None:
        return f"{live.name} is {told(live.drain)}: {way_on}"
    if not live.drained or drained_in_git(build_router(live.name, intent)):
        return ""
    return f"{live.name} is drained by hand, without a marker: {way_on}"
