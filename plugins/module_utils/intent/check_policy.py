# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of routing policies: names exist, chains come to a decision, and both platforms can say what is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import aspath, names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, Key, shown
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_junos_firewall import RESERVED_PREFIX

_REFERENCES = {
    "prefix_list": "prefix_lists",
    "prefix_list_orlonger": "prefix_lists",
    "community": "communities",
    "as_path": "as_paths",
}


def check_policies(router: Router) -> Iterator[IntentError]:
    """Every policy, whether a session uses it or not."""
    policies = router.section("policies")
    for name in policies.get("prefix_lists") or {}:
        if name.startswith(RESERVED_PREFIX):
            yield IntentError(
                router.name,
                ("policies", "prefix_lists", name),
                f'a name that starts with "{RESERVED_PREFIX}"',
                "names that the collection does not make itself",
                name.removeprefix(RESERVED_PREFIX) or "another name",
            )
    for name, members in (policies.get("communities") or {}).items():
        for index, member in enumerate(members):
            if any(int(part) > 65535 for part in member.split(":") if part.isdigit()):
                key: Key = ("policies", "communities", name, index)
                yield IntentError(router.name, key, shown(member), "two numbers up to 65535", "such as 64496:100")
    for name, regex in (policies.get("as_paths") or {}).items():
        fault = aspath.fault(regex)
        if fault is not None:
            yield IntentError(
                router.name,
                ("policies", "as_paths", name),
                f"{shown(regex)}: {fault}",
                "an expression over AS numbers, '.', [from-to], ( a | b ), * + ? {n,m}",
                'such as ".* 64500 .*"',
            )
    for name, policy in (policies.get("route_policies") or {}).items():
        seen: set[str] = set()
        for index, term in enumerate(policy["terms"]):
            key = ("policies", "route_policies", name, "terms", index)
            if term["name"] in seen:
                yield IntentError(
                    router.name,
                    (*key, "name"),
                    f"{shown(term['name'])}, which an earlier term has too",
                    "a name once per policy",
                    "another name",
                )
            seen.add(term["name"])
            yield from _check_term(router, key, term, policies)


def _check_term(
    router: Router, key: Key, term: Mapping[str, Any], policies: Mapping[str, Any]
) -> Iterator[IntentError]:
    conditions, then = term.get("from") or {}, term["then"]
    used = [((*key, "from", name), name, conditions[name]) for name in _REFERENCES if name in conditions]
    for name in ("community_set", "community_add", "community_delete"):
        used += [((*key, "then", name, index), "community", item) for index, item in enumerate(then.get(name, ()))]
    for place, kind, wanted in used:
        table = _REFERENCES[kind]
        known = policies.get(table) or {}
        if wanted not in known:
            write = names.choice_text(wanted, known)
            yield IntentError(router.name, place, shown(wanted), f"a name from policies.{table}", write)
    for first, second, holder, part in (
        ("prefix_list", "prefix_list_orlonger", conditions, "from"),
        ("community_set", "community_add", then, "then"),
    ):
        if first in holder and second in holder:
            yield IntentError(
                router.name,
                (*key, part),
                f"{first} and {second} in one term",
                "one of them (FRR has room for one)",
                "two terms" if part == "from" else f"all of them in {first}",
            )
    if then["action"] == "reject" and len(then) > 1:
        yield IntentError(
            router.name,
            (*key, "then"),
            "changes to a route that is rejected",
            "action: reject alone",
            "then: {action: reject}",
        )
    if "route_type" in conditions and conditions.get("protocol", "bgp") != "bgp":
        yield IntentError(
            router.name,
            (*key, "from", "route_type"),
            f"route_type with protocol {conditions['protocol']}",
            "route_type with BGP routes",
            "protocol: bgp",
        )


def check_policy_use(router: Router) -> Iterator[IntentError]:
    """The chains that sessions use: they exist, they end, they say what is exported."""
    known = router.section("policies").get("route_policies") or {}
    for group, data in (router.section("bgp").get("groups") or {}).items():
        base: Key = ("bgp", "groups", group)
        holders: list[tuple[Key, Mapping[str, Any]]] = [(base, data)]
        holders += [((*base, "neighbors", address), item) for address, item in data["neighbors"].items()]
        for key, holder in holders:
            for direction in ("import", "export"):
                chain = holder.get(direction, ())
                missing = [(index, name) for index, name in enumerate(chain) if name not in known]
                for index, name in missing:
                    write = names.choice_text(name, known)
                    place = (*key, direction, index)
                    yield IntentError(router.name, place, shown(name), "a name from policies.route_policies", write)
                if chain and not missing:
                    yield from _check_chain(router, (*key, direction), chain, direction, data)


def _check_chain(
    router: Router, key: Key, chain: list[str], direction: str, group: Mapping[str, Any]
) -> Iterator[IntentError]:
    policies = router.section("policies")["route_policies"]
    last = policies[chain[-1]]["terms"][-1]
    if last.get("from") and not (set(last["from"]) <= {"protocol"} and last["from"]["protocol"] == "bgp"):
        ends = False
    else:
        ends = last.get("active", True) and last["then"]["action"] != "next_term"
    if not ends:
        yield IntentError(
            router.name,
            key,
            f"{chain[-1]}, whose last term ({last['name']}) does not decide about every route",
            "a chain that ends with a term without conditions that accepts or rejects",
            f"a term {{name: rest, then: {{action: reject}}}} at the end of {chain[-1]}",
        )
    for name in chain:
        for index, term in enumerate(policies[name]["terms"]):
            place: Key = ("policies", "route_policies", name, "terms", index)
            if direction == "export" and term["then"]["action"] != "reject":
                yield from _check_export_term(router, place, term)
            if direction == "import":
                yield from _check_import_term(router, place, term)
            if router.platform == "frr":
                yield from _check_frr_term(router, place, term, direction, group)


def _check_export_term(router: Router, key: Key, term: Mapping[str, Any]) -> Iterator[IntentError]:
    conditions = term.get("from") or {}
    bounded = {"protocol", "prefix_list", "prefix_list_orlonger", "community", "as_path", "route_type"} & set(
        conditions
    )
    if term["then"]["action"] == "accept" and not bounded:
        yield IntentError(
            router.name,
            (*key, "from"),
            "nothing, in a policy that is used for export: Junos would export static, connected and OSPF routes too",
            "a term that accepts for export says which routes",
            "from: {protocol: bgp}",
        )


def _check_frr_term(
    router: Router, key: Key, term: Mapping[str, Any], direction: str, group: Mapping[str, Any]
) -> Iterator[IntentError]:
    conditions = term.get("from") or {}
    if "route_type" in conditions and (direction == "import" or group["type"] == "external" or "cluster" in group):
        yield IntentError(
            router.name,
            (*key, "from", "route_type"),
            "route_type in a policy for external neighbours, clients or import, on FRR",
            "route_type in exports to internal neighbours that are not clients (FRR cannot tell elsewhere)",
            "a community set on import instead",
        )


def _check_import_term(router: Router, key: Key, term: Mapping[str, Any]) -> Iterator[IntentError]:
    conditions = term.get("from") or {}
    if conditions.get("protocol", "bgp") != "bgp":
        yield IntentError(
            router.name,
            (*key, "from", "protocol"),
            f"protocol {conditions['protocol']} in an import policy",
            "BGP routes on import: there are no others",
            "nothing: remove protocol",
        )


def check_static_routes(router: Router) -> Iterator[IntentError]:
    """Next hops are on connected subnets, and no prefix is there twice in two spellings."""
    seen: dict[str, str] = {}
    for text, route in router.section("static_routes").items():
        prefix = ip.canonical(text)
        if prefix in seen:
            yield IntentError(
                router.name, ("static_routes", text), f"{text}, also written {seen[prefix]}", "a prefix once", prefix
            )
        seen.setdefault(prefix, text)
        target = ip.address(route.get("next_hop", ""))
        if target is None:
            continue
        subnets = [
            parsed.network
            for unit in router.units.values()
            for item in unit.addresses
            if (parsed := ip.interface(item)) is not None
        ]
        if not any(target in subnet for subnet in subnets):
            yield IntentError(
                router.name,
                ("static_routes", text, "next_hop"),
                f"{target}, on no subnet of this router",
                "a next hop on a connected subnet",
                "an address at the other end of a link",
            )


def check_fleet_policies(fleet: Fleet) -> Iterator[IntentError]:
    """All checks of this file."""
    for router in fleet.routers.values():
        yield from check_policies(router)
        yield from check_policy_use(router)
        yield from check_static_routes(router)
