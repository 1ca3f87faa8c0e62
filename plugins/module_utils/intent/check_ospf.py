# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of OSPF: interfaces that exist, and two ends that will form an adjacency."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.fairway.backbone.plugins.module_utils.intent import names, view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, Key, shown
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, OspfInterface, Router

DEFAULTS = {"network": "broadcast", "hello_interval": 10, "dead_interval": 40}
"""What both platforms do when the intent does not say; also in schemas/ospf.json."""


def check_router_ospf(router: Router) -> Iterator[IntentError]:
    """OSPF interfaces exist, have addresses, are in one area, and their timers make sense."""
    yield from _timers(router)
    seen: dict[str, str] = {}
    for area, area_data in (router.section("ospf").get("areas") or {}).items():
        for name, data in area_data["interfaces"].items():
            key: Key = ("ospf", "areas", area, "interfaces", name)
            unit = router.units.get(name)
            if unit is None:
                write = names.choice_text(name, router.units)
                yield IntentError(router.name, key, shown(name), "a logical interface of this router", write)
            elif not unit.addresses:
                yield IntentError(
                    router.name, key, f"{name} without addresses", "an address on every OSPF interface", "ipv4 or ipv6"
                )
            if name in seen:
                yield IntentError(
                    router.name,
                    key,
                    f"{name}, which area {seen[name]} has too",
                    "one area per interface",
                    "one of them",
                )
            seen.setdefault(name, area)
            hello = data.get("hello_interval", DEFAULTS["hello_interval"])
            dead = data.get("dead_interval", DEFAULTS["dead_interval"])
            if dead <= hello:
                yield IntentError(
                    router.name,
                    (*key, "dead_interval"),
                    f"{dead}, with hello_interval {hello}",
                    "a dead_interval longer than hello_interval",
                    f"dead_interval: {4 * hello}",
                )


def _timers(router: Router) -> Iterator[IntentError]:
    """Computations that wait at least as long as the one before; news that its own receivers would not drop."""
    if not router.section("ospf"):
        return
    spf, lsa = view.ospf_timers(router)
    if spf["hold"] > spf["max"]:
        yield IntentError(
            router.name, ("ospf", "spf", "hold"), f"{spf['hold']}, with max {spf['max']}", "a hold of at most max",
            f"hold: {min(view.SPF_DEFAULTS['hold'], spf['max'])}",
        )  # fmt: skip
    if lsa["min_arrival"] >= lsa["min_interval"] > 0:
        found = f"{lsa['min_arrival']}, with min_interval {lsa['min_interval']}"
        yield IntentError(
            router.name, ("ospf", "lsa", "min_arrival"), found, "a min_arrival below min_interval",
            f"min_arrival: {min(50, lsa['min_interval'] // 2)}",
        )  # fmt: skip


def check_adjacencies(fleet: Fleet) -> Iterator[IntentError]:
    """The two ends of a link agree on all that an adjacency needs. Each disagreement once."""
    for router in fleet.routers.values():
        for here in router.ospf.values():
            unit = router.units.get(here.name)
            other = None if unit is None else fleet.peer_unit(unit)
            if other is None or other.router not in fleet.routers:
                continue
            there = fleet.routers[other.router].ospf.get(other.name)
            if there is None:
                if not here.passive:
                    yield IntentError(
                        router.name,
                        here.key,
                        f"OSPF here, and none on {other.router} {other.name}",
                        "OSPF on both ends of a link, or passive: true",
                        f"{other.name} under ospf.areas of {other.router}",
                    )
            elif here.router < there.router:
                yield from _compare(here, there)


def _compare(here: OspfInterface, there: OspfInterface) -> Iterator[IntentError]:
    far = f"{there.router} {there.name}"
    if here.area != there.area:
        yield _differ(here, (), f"area {here.area}", f"area {there.area}", far, "the same area on both ends of a link")
    if here.passive != there.passive:
        words = {True: "passive", False: "active"}
        yield _differ(
            here, ("passive",), words[here.passive], words[there.passive], far, "passive on both ends or on neither"
        )
        return
    for name, default in DEFAULTS.items():
        ours, theirs = here.data.get(name, default), there.data.get(name, default)
        if ours != theirs:
            yield _differ(here, (name,), str(ours), str(theirs), far, f"the same {name} on both ends of a link")
    yield from _compare_authentication(here, there, far)
    if here.data.get("cost") != there.data.get("cost"):
        ours, theirs = here.data.get("cost", "no cost"), there.data.get("cost", "no cost")
        yield _differ(
            here,
            ("cost",),
            str(ours),
            str(theirs),
            far,
            "the same cost on both ends: traffic otherwise takes different ways there and back",
            severity="warning",
        )
    if ("bfd" in here.data) != ("bfd" in there.data):
        words = {True: "BFD", False: "no BFD"}
        yield _differ(
            here, ("bfd",), words["bfd" in here.data], words["bfd" in there.data], far, "BFD on both ends or on neither"
        )


def _compare_authentication(here: OspfInterface, there: OspfInterface, far: str) -> Iterator[IntentError]:
    ours, theirs = here.data.get("authentication"), there.data.get("authentication")
    if (ours is None) != (theirs is None):
        words = {True: "none", False: "authentication"}
        yield _differ(
            here,
            ("authentication",),
            words[ours is None],
            words[theirs is None],
            far,
            "authentication on both ends of a link or on neither",
        )
    elif ours is not None and theirs is not None:
        if ours["key_id"] != theirs["key_id"]:
            yield _differ(
                here,
                ("authentication", "key_id"),
                str(ours["key_id"]),
                str(theirs["key_id"]),
                far,
                "the same key_id on both ends of a link",
            )
        elif ours["key"] != theirs["key"]:
            yield IntentError(
                here.router,
                (*here.key, "authentication", "key"),
                f"a key that differs from the one of {far} (secrets are not shown)",
                "the same key on both ends of a link",
                "one variable for both",
            )


def _differ(
    here: OspfInterface, tail: Key, ours: str, theirs: str, far: str, wanted: str, severity: str = "error"
) -> IntentError:
    return IntentError(
        here.router,
        (*here.key, *tail),
        f"{ours}, and {theirs} on {far}",
        wanted,
        f"{theirs} here, or {ours} on {far}",
        severity,
    )


def check_fleet_ospf(fleet: Fleet) -> Iterator[IntentError]:
    """All checks of this file."""
    for router in fleet.routers.values():
        yield from check_router_ospf(router)
    yield from check_adjacencies(fleet)
