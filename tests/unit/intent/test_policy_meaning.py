"""One policy, two platforms: what Junos does with a route and what FRR does with it are the same.

Both evaluators below are written from the platforms' documentation and work on what the templates are given.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.intent.check_policy import (
    check_policies,
    check_policy_use,
)
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import build_router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_frr import frr_view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_frr_policy import ORIGIN_TAGS
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_junos import junos_view

LISTS = {
    "both": ["192.0.2.0/24", "198.51.100.0/25", "2001:db8::/32"],
    "four": ["192.0.2.0/25", "192.0.2.1/32"],
    "six": ["2001:db8:1::/48"],
    "all": ["0.0.0.0/0", "::/0"],
}
COMMUNITIES = {"one": ["64496:1"], "two": ["64496:1", "64496:2"], "known": ["no-export", "65535:0"]}
AS_PATHS = {"any": ".*", "transit": ".* 64500 .*", "own": "()", "private": ".* [64512-65534] .*"}
PREFIXES = {
    "ipv4": ["0.0.0.0/0", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.1/32", "198.51.100.0/26", "203.0.113.0/24"],
    "ipv6": ["::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:2::/64", "3fff::/20"],
}
FRR_NAMES = {"graceful-shutdown": "65535:0"}


@dataclass(frozen=True)
class Route:
    """A route on its way through a policy."""

    protocol: str
    prefix: str
    as_path: tuple[int, ...] = ()
    communities: frozenset[str] = frozenset()
    local_preference: int = 100
    metric: int | None = None
    own_next_hop: bool = False
    tag: int | None = field(default=None, compare=False)


def _maybe(**choices: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=choices)


LIST = st.sampled_from(sorted(LISTS))
COMMUNITY = st.sampled_from(sorted(COMMUNITIES))
CONDITIONS = st.one_of(
    _maybe(community=COMMUNITY, as_path=st.sampled_from(sorted(AS_PATHS)), prefix_list=LIST),
    _maybe(community=COMMUNITY, prefix_list_orlonger=LIST),
)
PROTOCOL = st.sampled_from(["bgp", "static", "direct", "ospf"])
CHANGES = st.one_of(
    _maybe(
        community_add=st.lists(COMMUNITY, min_size=1, max_size=2, unique=True),
        community_delete=st.lists(COMMUNITY, min_size=1, max_size=1),
    ),
    _maybe(community_set=st.lists(COMMUNITY, min_size=1, max_size=2, unique=True)),
    _maybe(
        local_preference=st.integers(0, 300),
        metric=st.integers(0, 50),
        as_path_prepend=st.lists(st.sampled_from([64496, 64511]), min_size=1, max_size=3),
        next_hop=st.just("self"),
    ),
)


@st.composite
def terms(draw: st.DrawFn, exported: bool) -> list[dict[str, Any]]:
    """A policy's terms; none accepts everything on export, because the checks refuse that."""
    made = []
    for index in range(draw(st.integers(1, 4))):
        conditions = draw(CONDITIONS)
        if exported and draw(st.booleans()):
            conditions["protocol"] = draw(PROTOCOL)
        action = draw(st.sampled_from(["accept", "reject", "next_term"]))
        if exported and action == "accept" and not conditions:
            conditions = {"protocol": "bgp"}
        then = {"action": action, **(draw(CHANGES) if action != "reject" else {})}
        term = {"name": f"t{index}", "then": then, **({"from": conditions} if conditions else {})}
        if draw(st.integers(0, 4)) == 0:
            term["active"] = False
        made.append(term)
    return made


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], str, str, Route]:
    """An intent, a direction, a family and a route."""
    direction = draw(st.sampled_from(["import", "export"]))
    family = draw(st.sampled_from(["ipv4", "ipv6"]))
    count = draw(st.integers(1, 2))
    policies = {f"p{index}": {"terms": draw(terms(direction == "export"))} for index in range(count)}
    last = policies[f"p{count - 1}"]["terms"]
    last.append({"name": "rest", "then": {"action": "reject"}})
    neighbor = "203.0.113.1" if family == "ipv4" else "2001:db8:f::1"
    intent = {
        "router": {"hostname": "r", "asn": 64496, "router_id": "192.0.2.1", "loopback": {"ipv4": "192.0.2.1"}},
        "bgp": {
            "groups": {
                "g": {"type": "external", "peer_as": 64500, direction: list(policies), "neighbors": {neighbor: {}}}
            }
        },
        "policies": {
            "prefix_lists": LISTS,
            "communities": COMMUNITIES,
            "as_paths": AS_PATHS,
            "route_policies": policies,
        },
    }
    protocol = draw(PROTOCOL) if direction == "export" else "bgp"
    route = Route(protocol, draw(st.sampled_from(PREFIXES[family])))
    if protocol == "bgp":
        path = draw(st.lists(st.sampled_from([64500, 64512, 65000, 64496]), max_size=3))
        carried = draw(st.sets(st.sampled_from(["64496:1", "64496:2", "64496:3", "no-export"])))
        route = replace(route, as_path=tuple(path), communities=frozenset(carried))
    return intent, direction, family, route


def junos(view: dict[str, Any], chain: list[str], route: Route) -> Route | None:
    """The route as Junos lets it through, or None."""
    policies = {policy["name"]: policy for policy in view["policy"]["policies"]}
    lists = {item["name"]: item["prefixes"] for item in view["policy"]["prefix_lists"]}
    communities = {item["name"]: set(item["members"]) for item in view["policy"]["communities"]}
    for name in chain:
        for term in policies[name]["terms"]:
            if not term["active"] or not _junos_matches(term["from"], route, lists, communities):
                continue
            then = term["then"]
            if then["action"] == "reject":
                return None
            carried = set(route.communities)
            for item in then["community_delete"]:
                carried -= communities[item]
            for item in then["community_set"]:
                carried = set(communities[item])
            for item in then["community_add"]:
                carried |= communities[item]
            route = _changed(
                route, carried, then["as_path_prepend"], then["local_preference"], then["metric"], then["next_hop"]
            )
            if then["action"] == "accept":
                return route
    raise AssertionError("the chain came to no decision")


def _junos_matches(conditions: dict[str, Any] | None, route: Route, lists: Any, communities: Any) -> bool:
    if conditions is None:
        return True
    checks = [
        not conditions["protocols"] or route.protocol in conditions["protocols"],
        conditions["community"] is None or communities[conditions["community"]] <= route.communities,
        conditions["as_path"] is None or _junos_path(AS_PATHS[conditions["as_path"]], route.as_path),
        conditions["prefix_list"] is None or route.prefix in lists[conditions["prefix_list"]],
        conditions["prefix_list_orlonger"] is None
        or any(_inside(route.prefix, item) for item in lists[conditions["prefix_list_orlonger"]]),
    ]
    return all(checks)


def _junos_path(expression: str, path: tuple[int, ...]) -> bool:
    return {
        ".*": True,
        ".* 64500 .*": 64500 in path,
        "()": not path,
        ".* [64512-65534] .*": any(64512 <= number <= 65534 for number in path),
    }[expression]


def frr(view: dict[str, Any], direction: str, family: str, route: Route) -> Route | None:
    """The route as FRR lets it through, or None. A route that is not BGP's must first be redistributed into it."""
    (activation,) = [
        item for entry in view["bgp"]["families"] if entry["name"] == family for item in entry["neighbors"]
    ]
    maps = {item["name"]: item["entries"] for item in view["policy"]["route_maps"]}
    if route.protocol != "bgp":
        source = [
            item
            for entry in view["bgp"]["families"]
            for item in entry["redistribute"]
            if item["protocol"] == route.protocol and item["family"] == family
        ]
        if not source:
            return None
        redistributed = frr_map(view, maps[source[0]["route_map"]], family, route)
        if redistributed is None:
            return None
        assert redistributed.tag == ORIGIN_TAGS[route.protocol]
        route = redistributed
    return frr_map(view, maps[activation[direction]], family, route)


def frr_map(view: dict[str, Any], entries: list[dict[str, Any]], family: str, route: Route) -> Route | None:
    """One route-map."""
    lists = {item["name"]: item["prefixes"] for item in view["policy"]["prefix_lists"][family]}
    communities = {item["name"]: [_words(text) for text in item["entries"]] for item in view["policy"]["communities"]}
    paths = {item["name"]: item["regex"] for item in view["policy"]["as_paths"]}
    at = 0
    assert [entry["sequence"] for entry in entries] == sorted({entry["sequence"] for entry in entries})
    for entry in entries:
        if entry["sequence"] < at or not _frr_matches(entry, route, lists, communities, paths):
            continue
        if not entry["permit"]:
            return None
        carried = set(route.communities)
        if entry["set_comm_list_delete"]:
            carried -= {
                item for item in carried for known in communities[entry["set_comm_list_delete"]] if known <= {item}
            }
        if entry["set_community"]:
            words = entry["set_community"].removesuffix(" additive")
            carried = _words(words) | (carried if words != entry["set_community"] else set())
        route = _changed(
            route,
            carried,
            entry["set_as_path"] or "",
            entry["set_local_preference"],
            entry["set_metric"],
            entry["set_next_hop"],
        )
        route = replace(route, tag=entry["set_tag"] or route.tag)
        if entry["on_match"] is None:
            return route
        at = int(entry["on_match"].removeprefix("goto ")) if entry["on_match"] != "next" else at
    return None


def _frr_matches(entry: dict[str, Any], route: Route, lists: Any, communities: Any, paths: Any) -> bool:
    text = " ".join(map(str, route.as_path))
    for key in ("prefix_list", "prefix_list_orlonger"):
        if entry[key] and not any(
            _inside(route.prefix, item["prefix"]) if item["le"] else route.prefix == item["prefix"]
            for item in lists[entry[key]]
        ):
            return False
    if entry["as_path"] and not re.search(paths[entry["as_path"]].replace("_", "(?:^|[,{}() ]|$)"), text):
        return False
    if entry["community"] and not any(known <= route.communities for known in communities[entry["community"]]):
        return False
    return not entry["tag"] or entry["tag"] == route.tag


def _words(text: str) -> set[str]:
    return {FRR_NAMES.get(word, word) for word in text.split()}


def _inside(prefix: str, other: str) -> bool:
    return ipaddress.ip_network(prefix).version == ipaddress.ip_network(other).version and ipaddress.ip_network(
        prefix
    ).subnet_of(ipaddress.ip_network(other))  # type: ignore[arg-type]


def _changed(route: Route, carried: set[str], prepend: str, preference: Any, metric: Any, next_hop: Any) -> Route:
    return replace(
        route,
        communities=frozenset(carried),
        as_path=(*map(int, prepend.split()), *route.as_path),
        local_preference=route.local_preference if preference is None else preference,
        metric=route.metric if metric is None else metric,
        own_next_hop=route.own_next_hop or bool(next_hop),
    )


@settings(deadline=None, max_examples=500)
@given(cases())
def test_both_platforms_do_the_same_with_a_route(case: tuple[dict[str, Any], str, str, Route]) -> None:
    intent, direction, family, route = case
    routers = {os: build_router("r", {"ansible_network_os": os, **intent}) for os in ("junos", "frr")}
    for router in routers.values():
        complaints = [*check_policies(router), *check_policy_use(router)]
        assert [str(item) for item in complaints if item.key[-1] not in ("import", "export")] == []
    chain = intent["bgp"]["groups"]["g"][direction]
    on_junos = junos(junos_view(routers["junos"]), chain, route)
    on_frr = frr(frr_view(routers["frr"]), direction, family, route)
    assert on_frr == on_junos
