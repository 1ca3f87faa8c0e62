# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route policies as FRR route-maps, with the meaning they have on Junos.

What differs between the platforms, and what is done about it:

- Junos chains several policies; FRR takes one route-map: the chain's terms are joined in order.
- A Junos prefix list holds both families; FRR's are apart: one route-map per family. A term whose list has nothing of
  the family cannot match there and is left out.
- Junos exports from the routing table; FRR announces what is in BGP: static, connected and OSPF routes that an export
  policy may accept are redistributed, marked with a tag, and `from protocol` matches the tag.
- `from protocol bgp` is "no such tag": for every tag an entry before the term jumps over it.
- An inactive term is not rendered, but its sequence number stays free: switching it on renumbers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import aspath, names, view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Router

SEQUENCE_STEP = 10
"""Distance between two terms; the entries that jump over a term sit just below it."""
ORIGIN_TAGS = {"static": 4294900001, "direct": 4294900002, "ospf": 4294900003}
"""Tags that mark redistributed routes inside this router's BGP; they never leave the router."""
_ORDER = ("direct", "static", "ospf")
"""As FRR prints redistributions."""
_REDISTRIBUTE = {
    ("static", "ipv4"): "static",
    ("static", "ipv6"): "static",
    ("direct", "ipv4"): "connected",
    ("direct", "ipv6"): "connected",
    ("ospf", "ipv4"): "ospf",
    ("ospf", "ipv6"): "ospf6",
}
_WELL_KNOWN = {
    "65535:0": "graceful-shutdown",
    "65535:1": "accept-own",
    "65535:6": "llgr-stale",
    "65535:7": "no-llgr",
    "65535:8": "accept-own-nexthop",
    "65535:666": "blackhole",
    "65535:65281": "no-export",
    "65535:65282": "no-advertise",
    "65535:65283": "local-AS",
    "65535:65284": "no-peer",
    "no-export-subconfed": "local-AS",
}
"""Communities that FRR prints by name."""


def route_map_name(chain: Sequence[str], family: str) -> str | None:
    """The route-map of a chain of policies: `a+b:ipv4`. Neither sign can be in a policy's name."""
    return f"{'+'.join(chain)}:{family}" if chain else None


def policy_view(router: Router) -> view.View:
    """Prefix lists, as-path and community lists, route-maps and redistributions of the router's sessions."""
    chains = _chains(router)
    redistribute = _redistribute(router, chains)
    origins = {family: [item["protocol"] for item in redistribute if item["family"] == family] for family in _FAMILIES}
    maps = [
        {
            "name": route_map_name(chain, family),
            "entries": _entries(router, chain, family, origins[family] if exported else []),
        }
        for chain, family, exported in sorted(chains, key=lambda item: names.natural(f"{'+'.join(item[0])}:{item[1]}"))
    ]
    maps += [{"name": item["route_map"], "entries": item["entries"]} for item in redistribute]
    _prefix_lists, communities, as_paths = view.used_names(router)
    policies = router.section("policies")
    return {
        "prefix_lists": {family: _prefix_lists_of(router, family) for family in _FAMILIES},
        "as_paths": [
            {"name": name, "regex": aspath.to_posix(policies["as_paths"][name])}
            for name in sorted(as_paths, key=names.natural)
        ],
        "communities": _community_lists(router, communities),
        "route_maps": maps,
        "redistribute": redistribute,
    }


_FAMILIES = ("ipv4", "ipv6")
_Chain = tuple[tuple[str, ...], str, bool]


def _chains(router: Router) -> list[_Chain]:
    """Every (policies, family, whether exported) that a session uses, once."""
    found: dict[_Chain, None] = {}
    for session in router.sessions:
        for direction in ("import", "export"):
            chain = tuple(session.settings.get(direction, ()))
            if chain:
                found[chain, session.family, direction == "export"] = None
    return list(found)


def _terms(router: Router, chain: Iterable[str]) -> list[Mapping[str, Any]]:
    policies = router.section("policies")["route_policies"]
    return [term for name in chain for term in policies[name]["terms"]]


def _entries(router: Router, chain: Iterable[str], family: str, origins: Sequence[str]) -> list[view.View]:
    entries: list[view.View] = []
    for position, term in enumerate(_terms(router, chain), start=1):
        sequence = position * SEQUENCE_STEP
        if term.get("active", True) and _can_match(router, term, family, origins):
            entries += _jumps(term, sequence, origins)
            entries.append(_entry(router, term, sequence, family))
    return entries


def _can_match(router: Router, term: Mapping[str, Any], family: str, origins: Sequence[str]) -> bool:
    conditions = term.get("from") or {}
    protocol = conditions.get("protocol", "bgp")
    if protocol != "bgp" and protocol not in origins:
        return False
    if conditions.get("route_type") == "internal":
        return False  # the checks allow route_type only where no internal route can be
    lists = [conditions[key] for key in ("prefix_list", "prefix_list_orlonger") if key in conditions]
    return all(view.prefixes_of(router, name, family) for name in lists)


def _jumps(term: Mapping[str, Any], sequence: int, origins: Sequence[str]) -> list[view.View]:
    """Entries that carry routes of other origins past a term for BGP routes."""
    conditions = term.get("from") or {}
    if conditions.get("protocol") != "bgp" and "route_type" not in conditions:
        return []
    first = sequence - len(origins)
    return [
        {**_EMPTY_ENTRY, "sequence": first + offset, "tag": ORIGIN_TAGS[origin], "on_match": f"goto {sequence + 1}"}
        for offset, origin in enumerate(origins)
    ]


_EMPTY_ENTRY: view.View = {
    "permit": True,
    "as_path": None,
    "community": None,
    "prefix_list": None,
    "prefix_list_orlonger": None,
    "family": "ip",
    "tag": None,
    "on_match": None,
    "set_as_path": None,
    "set_comm_list_delete": None,
    "set_community": None,
    "set_next_hop": False,
    "set_local_preference": None,
    "set_metric": None,
    "set_tag": None,
}


def _entry(router: Router, term: Mapping[str, Any], sequence: int, family: str) -> view.View:
    conditions, then = term.get("from") or {}, term["then"]
    entry = {**_EMPTY_ENTRY, **_matches(conditions, family), "sequence": sequence}
    if then["action"] == "reject":
        return {**entry, "permit": False}
    return {
        **entry,
        "on_match": "next" if then["action"] == "next_term" else None,
        "set_as_path": " ".join(map(str, then.get("as_path_prepend", ()))) or None,
        "set_comm_list_delete": next((f"{name}:delete" for name in then.get("community_delete", ())), None),
        "set_community": _set_community(router, then),
        "set_next_hop": then.get("next_hop") == "self",
        "set_local_preference": then.get("local_preference"),
        "set_metric": then.get("metric"),
    }


def _set_community(router: Router, then: Mapping[str, Any]) -> str | None:
    """What follows `set community`; FRR has one such line, so the checks refuse set and add in one term."""
    used = then.get("community_set") or then.get("community_add")
    if not used:
        return None
    communities = router.section("policies")["communities"]
    words = community_words(member for name in used for member in communities[name])
    return words if "community_set" in then else f"{words} additive"


def _matches(conditions: Mapping[str, Any], family: str) -> view.View:
    orlonger = conditions.get("prefix_list_orlonger")
    return {
        "family": "ip" if family == "ipv4" else "ipv6",
        "as_path": conditions.get("as_path"),
        "community": conditions.get("community"),
        "prefix_list": conditions.get("prefix_list"),
        "prefix_list_orlonger": None if orlonger is None else f"{orlonger}:orlonger",
        "tag": ORIGIN_TAGS.get(conditions.get("protocol", "")),
    }


def community_words(members: Iterable[str]) -> str:
    """Communities in FRR's own order and spelling."""
    parsed = sorted(set(members), key=_community_number)
    return " ".join(_WELL_KNOWN.get(member, member) for member in parsed)


def _community_lists(router: Router, used: Iterable[str]) -> list[view.View]:
    """A list per community: one entry, all members must be there. For deletion a second one: an entry per member."""
    table = router.section("policies").get("communities") or {}
    deleted = {name for term in view.used_terms(router) for name in term["then"].get("community_delete", ())}
    lists = {name: [community_words(table[name])] for name in used}
    lists.update({f"{name}:delete": sorted({community_words([item]) for item in table[name]}) for name in deleted})
    return [{"name": name, "entries": lists[name]} for name in sorted(lists, key=names.natural)]


_NUMBERS = {"no-export": 0xFFFFFF01, "no-advertise": 0xFFFFFF02, "no-export-subconfed": 0xFFFFFF03}


def _community_number(member: str) -> int:
    if member in _NUMBERS:
        return _NUMBERS[member]
    high, _rest, low = member.partition(":")
    return int(high) * 65536 + int(low)


def _prefix_lists_of(router: Router, family: str) -> list[view.View]:
    found = {}
    longest = 32 if family == "ipv4" else 128
    for term in view.used_terms(router):
        conditions = term.get("from") or {}
        for key, suffix in (("prefix_list", ""), ("prefix_list_orlonger", ":orlonger")):
            name = conditions.get(key)
            prefixes = view.prefixes_of(router, name, family) if name else []
            if name and prefixes:
                found[f"{name}{suffix}"] = [
                    {"prefix": text, "le": longest if suffix and int(text.rpartition("/")[2]) < longest else None}
                    for text in prefixes
                ]
    return [{"name": name, "prefixes": found[name]} for name in sorted(found, key=names.natural)]


def _redistribute(router: Router, chains: Iterable[_Chain]) -> list[view.View]:
    """What BGP must be given so that the export policies find it, with a route-map that lets only that in."""
    found: dict[tuple[str, str], list[view.View]] = {}
    for chain, family, exported in chains:
        if not exported:
            continue
        given = False  # whether a local route may have been given communities on its way through the chain
        for term in _terms(router, chain):
            conditions, then = term.get("from") or {}, term["then"]
            given = given or "community_add" in then or "community_set" in then
            if then["action"] != "accept" or not _may_be_local(conditions, given):
                continue
            for protocol, tag in ORIGIN_TAGS.items():
                if conditions.get("protocol", protocol) == protocol and _can_match(router, term, family, [protocol]):
                    # The prefix is all that is certain here: what earlier terms change is not changed yet.
                    match = {**_matches(conditions, family), "as_path": None, "community": None, "tag": None}
                    found.setdefault((protocol, family), []).append({**_EMPTY_ENTRY, **match, "set_tag": tag})
    return [
        {
            "protocol": protocol,
            "family": family,
            "source": _REDISTRIBUTE[protocol, family],
            "route_map": f"redistribute:{protocol}:{family}",
            "entries": _numbered(entries),
        }
        for (protocol, family), entries in sorted(found.items(), key=lambda item: _ORDER.index(item[0][0]))
    ]


def _may_be_local(conditions: Mapping[str, Any], given: bool) -> bool:
    """Whether a route that is not BGP's can meet the conditions. It has no community but what the chain gave it."""
    if conditions.get("protocol") == "bgp" or "route_type" in conditions:
        return False
    return given or "community" not in conditions


def _numbered(entries: list[view.View]) -> list[view.View]:
    unique = []
    for entry in entries:
        if entry not in unique:
            unique.append(entry)
    return [{**entry, "sequence": position * SEQUENCE_STEP} for position, entry in enumerate(unique, start=1)]
