# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steering and intent: what a path means on one router, and active steering laid over what Git says. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import drain_words, frr_drain_line
from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.drain import kept_terms
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Intent, Router, build_router
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import (
    ACTIVE,
    DISCARD,
    INACTIVE,
    freeze_words,
    frr_freeze_line,
    frr_marker_line,
    marker_words,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    Drain,
    Freeze,
    LivePlace,
    LiveRouter,
    Marker,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Key, Wish, steered_value
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import place_word

LIVE = "fairway_live"
"""Where an intent carries its live steering: {"marks": {key: Marker}, "freeze": Freeze or None, "drain": Drain or
None}; never an inventory."""


def member_key(action: str, member: Mapping[str, Any]) -> Key:
    """A member of a path as Place.key."""
    if action == "ospf_cost":
        return ("ospf", str(member["interface"]))
    if action == "policy_term":
        return ("policy", str(member["policy"]), str(member["term"]))
    return ("static", ip.canonical(str(member["prefix"])))


def members_of(router: str, paths: Mapping[str, Any], path: str) -> Iterator[tuple[Key, str]]:
    """The places that a path has on a router, with their steered values."""
    told = paths[path]
    for member in told["members"]:
        if member["router"] == router:
            value = steered_value(told["action"], told.get("value"))
            yield member_key(told["action"], member), ip.canonical(value) if ":" in value else value


def wanted_values(router: str, paths: Mapping[str, Any]) -> dict[Key, str]:
    """Every place that the intent's paths have on a router, with its steered value."""
    return {key: value for path in paths for key, value in members_of(router, paths, path)}


def normal_value(router: Router, key: Key) -> str:
    """What Git says of a place, in words; "" when it says nothing."""
    if key[0] == "ospf":
        interface = router.ospf.get(key[1])
        return "" if interface is None else str(interface.data.get("cost") or "")
    if key[0] == "policy":
        term = _term(router.intent, key)
        return "" if term is None else (ACTIVE if term.get("active", True) else INACTIVE)
    routes = {ip.canonical(prefix): route for prefix, route in router.section("static_routes").items()}
    route = routes.get(key[1])
    if route is None:
        return ""
    return DISCARD if route.get("discard") else ip.canonical(route["next_hop"])


def wishes(router: str, intent: Intent, path: str, keys: Iterable[Key] | None = None) -> tuple[Wish, ...]:
    """What is wanted of a path's places on a router, or of those of `keys`.

    Raises KeyError, TypeError or ValueError when the intent has no such path or is not what the schemas allow.
    """
    paths = (intent.get("steering") or {}).get("paths") or {}
    model = build_router(router, intent)
    known = dict(members_of(router, paths, path))
    chosen = known if keys is None else {key: known[key] for key in keys}
    return tuple(Wish(key, value, normal_value(model, key)) for key, value in chosen.items())


# -- the overlay ----------------------------------------------------------------------------------------------------


def overlay(fleet: Fleet, live: Iterable[LiveRouter]) -> tuple[Fleet, list[IntentError]]:
    """The fleet with its active steering: steered values, and markers whose `was` is Git's value. Warnings too.

    A drain is kept as well: what is drained now stays drained, until somebody undrains it.

    Kept is what a marker names and the intent still knows: the path, with this place among its members. A marker of
    anything else is not: nothing would ever bring it back, so a deploy does.
    """
    routers = dict(fleet.routers)
    warnings: list[IntentError] = []
    for one in live:
        router = routers.get(one.name)
        if router is None:
            continue
        marks: dict[Key, Marker] = {}
        for place in one.places:
            if place.marker is None:
                continue
            warning = _unknown(router, place, place.marker)
            if warning is None:
                marks[place.place.key] = place.marker
            else:
                warnings.append(warning)
        if one.drain is not None:
            warnings += _gone(router, one.drain)
        if marks or one.freeze is not None or one.drain is not None:
            routers[one.name] = _steered(router, marks, one)
    return replace(fleet, routers=routers), warnings


def _unknown(router: Router, place: LivePlace, marker: Marker) -> IntentError | None:
    """Why a marker is not kept; None when it is."""
    paths = router.section("steering").get("paths") or {}
    said = f"{router.name} {' '.join(place.place.key[1:])} is steered for {marker.path} (change {marker.change_id})"
    if marker.path not in paths:
        near = names.choice_text(marker.path, paths)
        return IntentError(
            router.name, ("steering", "paths"), said, "a path that the intent knows",
            f"nothing, and the steering ends with this deploy; or bring the path back (there is: {near})", "warning",
        )  # fmt: skip
    if place.place.key not in dict(members_of(router.name, paths, marker.path)):
        return IntentError(
            router.name, ("steering", "paths", marker.path, "members"), said, "this place among the path's members",
            "nothing, and the steering of this place ends with this deploy; or bring the member back", "warning",
        )  # fmt: skip
    return None


def _gone(router: Router, drain: Drain) -> Iterator[IntentError]:
    """Neighbours that a drain names and the intent does not have any more."""
    known = {session.address for session in router.sessions}
    for address in drain.neighbors:
        if address not in known:
            yield IntentError(
                router.name, ("bgp", "groups"), f"{router.name} is drained towards {address}",
                "a neighbour that the intent knows", "nothing, and undrain the router when it is to be in service",
                "warning",
            )  # fmt: skip


def _steered(router: Router, marks: Mapping[Key, Marker], live: LiveRouter) -> Router:
    paths = router.section("steering").get("paths") or {}
    intent = {**router.intent}
    for name in ("ospf", "policies", "static_routes"):
        if name in intent:
            intent[name] = copy.deepcopy(intent[name])
    kept = {}
    for key, marker in marks.items():
        was = normal_value(router, key)
        kept[key] = replace(marker, was="" if key[0] == "policy" else was)
        _set(intent, key, dict(members_of(router.name, paths, marker.path))[key])
    if live.drain is not None:
        _drain(router, intent, live.drain)
    intent[LIVE] = {"marks": kept, "freeze": live.freeze, "drain": live.drain}
    return build_router(router.name, intent, managed=router.managed)


def _drain(router: Router, intent: Intent, drain: Drain) -> None:
    for key in kept_terms(router, drain.neighbors):
        if (term := _term(intent, key)) is not None:
            term["active"] = True
    if "ospf" in intent and not drain.neighbors:
        intent["ospf"]["overload"] = True


def _set(intent: Intent, key: Key, value: str) -> None:
    if key[0] == "ospf":
        for area in intent["ospf"]["areas"].values():
            if key[1] in area["interfaces"]:
                area["interfaces"][key[1]]["cost"] = int(value)
    elif key[0] == "policy":
        term = _term(intent, key)
        if term is not None:
            term["active"] = True
    else:
        for prefix, route in intent["static_routes"].items():
            if ip.canonical(prefix) == key[1]:
                route.pop("discard", None)
                route["next_hop"] = value


def _term(intent: Mapping[str, Any], key: Key) -> dict[str, Any] | None:
    policies = (intent.get("policies") or {}).get("route_policies") or {}
    terms = policies.get(key[1], {}).get("terms", ())
    return next((term for term in terms if term["name"] == key[2]), None)


def mark_of(router: Router, *key: str) -> list[tuple[str, str]]:
    """The words of a place's marker, when the router is rendered with its live steering; else none."""
    marker = (router.section(LIVE).get("marks") or {}).get(key)
    return list(marker_words(marker, key[0]).items()) if isinstance(marker, Marker) else []


def freeze_of(router: Router) -> list[tuple[str, str]]:
    """The words of a live freeze; none when there is none."""
    freeze = router.section(LIVE).get("freeze")
    return list(freeze_words(freeze).items()) if isinstance(freeze, Freeze) else []


def drain_of(router: Router) -> list[tuple[str, str]]:
    """The words of a live drain; none when there is none."""
    drain = router.section(LIVE).get("drain")
    return list(drain_words(drain).items()) if isinstance(drain, Drain) else []


def frr_notes(router: Router) -> list[str]:
    """Markers, freeze and drain as the comments of an FRR configuration, in the order in which they stand there."""
    notes = []
    for key, marker in (router.section(LIVE).get("marks") or {}).items():
        parts = _parts(router, key) if key[0] == "ospf" else [key[0]]
        notes += [frr_marker_line(place_word(part, key), marker, key[0]) for part in parts]
    freeze = router.section(LIVE).get("freeze")
    notes += [frr_freeze_line(freeze)] if isinstance(freeze, Freeze) else []
    drain = router.section(LIVE).get("drain")
    return sorted([*notes, *([frr_drain_line(drain)] if isinstance(drain, Drain) else [])])


def _parts(router: Router, key: Key) -> list[str]:
    """The protocols that an interface's cost is of."""
    unit = router.units[key[1]]
    return [part for part, addresses in (("ospf", unit.ipv4), ("ospf3", unit.ipv6)) if addresses]
