# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of BGP: sessions between our routers agree, others are reachable, and no group is open by accident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, Key, shown
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Router, Session, Unit


def check_groups(router: Router) -> Iterator[IntentError]:
    """Every group makes sense on its own."""
    for name, data in (router.section("bgp").get("groups") or {}).items():
        key: Key = ("bgp", "groups", name)
        families = {ip.family(text) for text in data["neighbors"]}
        if len(families) > 1:
            yield IntentError(
                router.name,
                (*key, "neighbors"),
                "IPv4 and IPv6 neighbours",
                "one address family per group",
                f"two groups, such as {name} and {name}-v6",
            )
        yield from _check_local_address(router, name, data, families)
        yield from _check_type(router, key, data)
        yield from _check_doubles(router, key, data)


def _check_doubles(router: Router, key: Key, data: Mapping[str, Any]) -> Iterator[IntentError]:
    here = {ip.canonical(text) for text in data["neighbors"]}
    for other, other_data in router.section("bgp")["groups"].items():
        if other <= str(key[-1]):
            continue
        for text in sorted(here & {ip.canonical(item) for item in other_data["neighbors"]}, key=ip.order):
            yield IntentError(
                router.name,
                (*key, "neighbors", text),
                f"{text}, which group {other} has too",
                "a neighbour in one group",
                "one of them",
            )


def _check_local_address(
    router: Router, name: str, data: Mapping[str, Any], families: set[str]
) -> Iterator[IntentError]:
    text = data.get("local_address")
    if text is None or ip.address(text) is None:
        return
    key: Key = ("bgp", "groups", name, "local_address")
    own = {item.partition("/")[0]: unit for unit in router.units.values() for item in unit.addresses}
    loopback = router.section("router")["loopback"].get(ip.family(text))
    if ip.canonical(text) not in own and text != loopback:
        write = loopback or names.choice_text(text, own)
        yield IntentError(router.name, key, shown(text), "an address of this router", write)
    if families and ip.family(text) not in families:
        family = min(families)
        yield IntentError(
            router.name,
            key,
            f"{shown(text)} for {family} neighbours",
            "a local address of the neighbours' family",
            router.section("router")["loopback"].get(family) or f"an {family} address of this router",
        )


def _check_type(router: Router, key: Key, data: Mapping[str, Any]) -> Iterator[IntentError]:
    if data["type"] == "internal":
        for name in ("peer_as", "multihop"):
            if name in data:
                yield IntentError(
                    router.name,
                    (*key, name),
                    f"{name} in an internal group",
                    f"{name} in external groups only",
                    f"nothing: remove {name}",
                )
        for address, neighbor in data["neighbors"].items():
            if "peer_as" in neighbor:
                yield IntentError(
                    router.name,
                    (*key, "neighbors", address, "peer_as"),
                    "peer_as in an internal group",
                    "peer_as in external groups only",
                    "nothing: remove peer_as",
                )
        return
    if "cluster" in data:
        yield IntentError(
            router.name,
            (*key, "cluster"),
            "a cluster in an external group",
            "route reflection in internal groups only",
            "nothing: remove cluster",
        )
    for address, neighbor in data["neighbors"].items():
        peer_as = neighbor.get("peer_as", data.get("peer_as"))
        place: Key = (*key, "peer_as") if "peer_as" not in neighbor else (*key, "neighbors", address, "peer_as")
        if peer_as is None:
            yield IntentError(router.name, place, "nothing", "the neighbours' autonomous system", "peer_as:")
        elif peer_as == router.asn:
            yield IntentError(
                router.name,
                place,
                f"{peer_as}, our own autonomous system, in an external group",
                "another autonomous system, or an internal group",
                "type: internal",
            )
        for direction in ("import", "export"):
            if direction not in neighbor and direction not in data:
                yield IntentError(
                    router.name,
                    (*key, direction),
                    "nothing",
                    "an import and an export policy for every external neighbour (RFC 8212)",
                    f"{direction}: [POLICY]",
                )


def check_sessions(fleet: Fleet) -> Iterator[IntentError]:
    """Sessions between routers of the fleet are configured on both; others lead to somebody reachable."""
    for router in fleet.routers.values():
        for session in router.sessions:
            if ip.address(session.address) is None:
                continue
            owners = fleet.owners.get(session.address, [])
            if any(unit.router == router.name for unit in owners):
                yield IntentError(
                    router.name,
                    session.key,
                    f"{session.address}, an address of this router",
                    "another router's address",
                    "the neighbour's address",
                )
            elif owners and owners[0].router in fleet.routers:
                yield from _check_pair(fleet, router, session, owners[0])
            elif session.internal and not fleet.complete:
                continue  # the address may be the one of a router whose own errors come first
            elif session.internal:
                fault = _nobody(fleet, router, session)
                if fault is not None:
                    yield fault
            else:
                yield from _check_external(fleet, router, session, owners)


def _nobody(fleet: Fleet, router: Router, session: Session) -> IntentError | None:
    loopbacks = {
        other.section("router")["loopback"].get(session.family): other.name
        for other in fleet.routers.values()
        if other.name != router.name
    }
    if session.address in map(str, loopbacks):
        return None  # somebody's loopback address that is on no interface: that is told of the other router
    known = [text for text in loopbacks if text]
    described = str(session.settings.get("description", ""))
    named = [text for text in known if loopbacks[text] == described]
    return IntentError(
        router.name,
        session.key,
        f"{session.address}, which no router of the fleet has",
        "the address of a router of the fleet",
        named[0] if named else names.choice_text(session.address, known),
    )


def _check_external(fleet: Fleet, router: Router, session: Session, owners: list[Unit]) -> Iterator[IntentError]:
    target = ip.address(session.address)
    connected = any(
        target in parsed.network
        for unit in router.units.values()
        for text in unit.addresses
        if (parsed := ip.interface(text)) is not None
    )
    if not connected and "multihop" not in session.settings:
        yield IntentError(
            router.name,
            session.key,
            f"{session.address}, on no subnet of this router",
            "an external neighbour on a connected subnet",
            "the neighbour's address on the link, or multihop: HOPS in the group",
        )
    for unit in owners:
        asn = fleet.others[unit.router].asn
        if asn is not None and session.peer_as is not None and asn != session.peer_as:
            yield IntentError(
                router.name,
                (*session.group_key, "peer_as"),
                f"{session.peer_as}, and {unit.router} is AS {asn}",
                "the neighbour's autonomous system",
                f"peer_as: {asn}",
            )


def _check_pair(fleet: Fleet, router: Router, session: Session, owner: Unit) -> Iterator[IntentError]:
    other = fleet.routers[owner.router]
    source = _source(router, session)
    # An internal session has no peer_as to be wrong: the two routers disagree, and one of them says so.
    speaks = not session.internal or router.name < other.name
    if speaks and session.peer_as is not None and other.asn is not None and session.peer_as != other.asn:
        yield IntentError(
            router.name,
            session.key,
            f"peer AS {session.peer_as}, and {other.name} is AS {other.asn}",
            "the neighbour's autonomous system",
            "type: internal" if other.asn == router.asn else f"type: external with peer_as: {other.asn}",
        )
    if source is None:
        return
    back = [item for item in other.sessions if item.address == source]
    if not back:
        yield IntentError(
            router.name,
            session.key,
            f"a session from {source} to {other.name}, and {other.name} has no neighbour {source}",
            "both routers of a session with each other as neighbour",
            f'"{source}": {{description: {router.name}}} in a group of {other.name}',
        )
        return
    if router.name < other.name:
        yield from _compare(router, session, other, back[0])


def _compare(router: Router, here: Session, other: Router, there: Session) -> Iterator[IntentError]:
    far = f"{other.name} group {there.group}"
    back = _source(other, there)
    if back is not None and back != here.address:
        yield IntentError(
            router.name,
            here.key,
            f"neighbour {here.address}, and {far} speaks from {back}",
            "the address the other router speaks from",
            f'"{back}" here, or local_address: {here.address} on {far}',
        )
    for name in ("authentication_key", "hold_time", "bfd"):
        ours, theirs = here.settings.get(name), there.settings.get(name)
        if ours == theirs or (name == "bfd" and (ours is None) == (theirs is None)):
            continue
        severity = "warning" if name == "hold_time" else "error"
        texts = [_presence(name, value) for value in (ours, theirs)]
        if texts[0] == texts[1]:
            texts = ["a key", "another key"]
        yield IntentError(
            router.name,
            (*here.key, name),
            f"{texts[0]}, and {texts[1]} on {far}",
            f"the same {name} on both ends of a session",
            "the same on both ends",
            severity,
        )


def _presence(name: str, value: Any) -> str:
    if value is None:
        return f"no {name}"
    return str(value) if name == "hold_time" else f"{name} set"


def _source(router: Router, session: Session) -> str | None:
    """The address the router speaks from: local_address, else its own on the neighbour's subnet."""
    local = session.settings.get("local_address")
    if local is not None:
        return ip.canonical(local)
    target = ip.address(session.address)
    for unit in router.units.values():
        for text in unit.addresses:
            parsed = ip.interface(text)
            if parsed is not None and target in parsed.network:
                return str(parsed.ip)
    return None


def check_fleet_bgp(fleet: Fleet) -> Iterator[IntentError]:
    """All checks of this file."""
    for router in fleet.routers.values():
        yield from check_groups(router)
    yield from check_sessions(fleet)
