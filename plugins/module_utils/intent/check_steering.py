# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of steering and probes: everything they name exists, both ends of a path move together, damping damps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, Key, shown
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Router, Unit
from ansible_collections.fairway.backbone.plugins.module_utils.intent.probe_plan import path_probes, site_hosts
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import network_limits_of

_MEMBER_KEYS = {"ospf_cost": {"interface"}, "policy_term": {"policy", "term"}, "static_route": {"prefix"}}


def check_paths(fleet: Fleet, teller: Router) -> Iterator[IntentError]:
    """All paths; `teller` is the router whose intent has them and that errors are told of."""
    paths = teller.section("steering").get("paths") or {}
    yield from _check_places(teller, paths)
    for name, path in paths.items():
        key: Key = ("steering", "paths", name)
        for index, alternate in enumerate(path["alternates"]):
            if alternate == name or alternate not in paths:
                write = names.choice_text(alternate, [other for other in paths if other != name])
                there = "the path itself" if alternate == name else shown(alternate)
                yield IntentError(
                    teller.name, (*key, "alternates", index), there, "another path of steering.paths", write
                )
        yield from _check_value(teller, key, path)
        for index, member in enumerate(path["members"]):
            yield from _check_member(fleet, teller, (*key, "members", index), path, member)
        if path["action"] == "ospf_cost":
            yield from _check_ends(fleet, teller, key, path)


def _check_places(teller: Router, paths: Mapping[str, Any]) -> Iterator[IntentError]:
    """A place has one marker: were it steered for one path, another's would look as if somebody else had changed it."""
    owners: dict[tuple[str, ...], str] = {}
    for name, path in paths.items():
        for index, member in enumerate(path["members"]):
            words = (str(member[word]) for word in ("interface", "policy", "term", "prefix") if word in member)
            place = (member["router"], *map(ip.canonical, words))
            owner = owners.setdefault(place, name)
            if owner != name:
                there = f"{' '.join(place)}, which is a member of {owner}"
                wanted = "a place of its own: a router tells of one path that it is steered for"
                key: Key = ("steering", "paths", name, "members", index)
                yield IntentError(teller.name, key, there, wanted, "another place, or one path")


def _check_value(teller: Router, key: Key, path: Mapping[str, Any]) -> Iterator[IntentError]:
    value, action = path.get("value"), path["action"]
    if action == "ospf_cost" and not isinstance(value, int):
        there = "nothing" if value is None else shown(value)
        yield IntentError(teller.name, (*key, "value"), there, "the OSPF cost while steered, 1 to 65535", "value: 1000")
    if action == "static_route" and (not isinstance(value, str) or ip.address(value) is None):
        there = "nothing" if value is None else shown(value)
        yield IntentError(teller.name, (*key, "value"), there, "the next hop while steered", "value: ADDRESS")
    if action == "policy_term" and value is not None:
        yield IntentError(
            teller.name,
            (*key, "value"),
            shown(value),
            "no value: the term says what happens",
            "nothing: remove value",
        )


def _check_member(
    fleet: Fleet, teller: Router, key: Key, path: Mapping[str, Any], member: Mapping[str, Any]
) -> Iterator[IntentError]:
    wanted = _MEMBER_KEYS[path["action"]]
    present = set(member) - {"router"}
    for name in sorted(wanted - present):
        yield IntentError(
            teller.name, (*key, name), "nothing", f"{name} for every member of an {path['action']} path", f"{name}:"
        )
    for name in sorted(present - wanted):
        yield IntentError(
            teller.name,
            (*key, name),
            f"{name} in an {path['action']} path",
            f"router and {' and '.join(sorted(wanted))}",
            f"nothing: remove {name}",
        )
    host = member["router"]
    if host not in fleet.hosts:
        write = names.choice_text(host, fleet.routers)
        yield IntentError(teller.name, (*key, "router"), shown(host), "a router of the fleet", write)
    router = fleet.routers.get(host)
    if router is None or wanted - present:
        return
    if path["action"] == "ospf_cost":
        yield from _check_interface(teller, key, router, member["interface"], path)
    elif path["action"] == "policy_term":
        yield from _check_term(teller, key, router, member)
    else:
        yield from _check_route(teller, key, router, member["prefix"], path)


def _check_route(
    teller: Router, key: Key, router: Router, prefix: str, path: Mapping[str, Any]
) -> Iterator[IntentError]:
    """A value that is the route's next hop already would be a path that is steered for ever, by nobody."""
    routes = {ip.canonical(text): route for text, route in router.section("static_routes").items()}
    route, value = routes.get(ip.canonical(prefix)), path.get("value")
    if route is None:
        write = names.choice_text(prefix, router.section("static_routes"))
        wanted = f"a prefix from static_routes of {router.name}"
        yield IntentError(teller.name, (*key, "prefix"), shown(prefix), wanted, write)
    elif isinstance(value, str) and ip.canonical(value) == ip.canonical(route.get("next_hop", "")):
        there = f"{value}, which is the next hop of {prefix} on {router.name} without steering"
        wanted = "another next hop than every member's own: it is to move traffic"
        yield IntentError(teller.name, (*key[:3], "value"), there, wanted, "value: ADDRESS")


def _check_interface(
    teller: Router, key: Key, router: Router, name: str, path: Mapping[str, Any]
) -> Iterator[IntentError]:
    interface = router.ospf.get(name)
    if interface is None or interface.passive:
        active = [other.name for other in router.ospf.values() if not other.passive]
        write = names.choice_text(name, [other for other in active if other != name])
        yield IntentError(
            teller.name,
            (*key, "interface"),
            shown(name),
            f"an OSPF interface of {router.name} that is not passive",
            write,
        )
        return
    cost, value = interface.data.get("cost"), path.get("value")
    if cost is None:
        yield IntentError(
            teller.name,
            (*key, "interface"),
            f"{name}, which has no cost on {router.name}",
            "a cost to come back to",
            f"cost: under ospf of {router.name}",
        )
    elif isinstance(value, int) and value <= cost:
        yield IntentError(
            teller.name,
            (*key[:3], "value"),
            f"{value}, with cost {cost} on {router.name} {name}",
            "a value above the cost of every member: it is to push traffic away",
            f"value: {min(cost * 10, 65535)}",
        )


def _check_term(teller: Router, key: Key, router: Router, member: Mapping[str, Any]) -> Iterator[IntentError]:
    policies = router.section("policies").get("route_policies") or {}
    policy = policies.get(member["policy"])
    if policy is None:
        write = names.choice_text(member["policy"], policies)
        wanted = f"a policy of {router.name}"
        yield IntentError(teller.name, (*key, "policy"), shown(member["policy"]), wanted, write)
        return
    terms = {term["name"]: term for term in policy["terms"]}
    term = terms.get(member["term"])
    if term is None:
        write = names.choice_text(member["term"], terms)
        wanted = f"a term of {member['policy']}"
        yield IntentError(teller.name, (*key, "term"), shown(member["term"]), wanted, write)
    elif term.get("active", True):
        yield IntentError(
            teller.name,
            (*key, "term"),
            f"{shown(member['term'])}, which is active in the intent",
            "a term that steering can switch on",
            f"active: false in term {member['term']} of {member['policy']}",
        )


def _check_ends(fleet: Fleet, teller: Router, key: Key, path: Mapping[str, Any]) -> Iterator[IntentError]:
    """A link's cost is moved on both ends, or traffic would take the sick path one way."""
    members = {(member["router"], member.get("interface")) for member in path["members"]}
    for index, member in enumerate(path["members"]):
        router = fleet.routers.get(member["router"])
        unit: Unit | None = router.units.get(member.get("interface", "")) if router else None
        other = fleet.peer_unit(unit) if unit else None
        if other is not None and other.router in fleet.routers and (other.router, other.name) not in members:
            yield IntentError(
                teller.name,
                (*key, "members", index),
                f"one end of a link, without {other.router} {other.name}",
                "both ends of a link among the members",
                f"- {{router: {other.router}, interface: {other.name}}}",
            )


def check_damping(_fleet: Fleet, teller: Router) -> Iterator[IntentError]:
    """A path that flaps is held, and let go again. With `reuse` at or above `suppress`, or a `max_suppress` in which a
    penalty cannot decay from one to the other (RFC 2439, 4.2), damping would never hold any."""
    limits = teller.section("steering").get("limits") or {}
    if not limits.get("damping"):
        return
    damping = network_limits_of(limits).damping
    key: Key = ("steering", "limits", "damping")
    if damping.reuse >= damping.suppress:
        there = f"{damping.reuse:.0f}, with suppress {damping.suppress:.0f}"
        wanted = "less than suppress: a path that was held is let go below it"
        yield IntentError(teller.name, (*key, "reuse"), there, wanted, f"reuse: {damping.suppress / 4:.0f}")
        return
    needed = math.ceil(damping.half_life_s * math.log2(damping.suppress / damping.reuse))
    if damping.max_suppress_s < needed:
        there = f"{damping.max_suppress_s:.0f} s, with half_life {damping.half_life_s:.0f} s"
        wanted = f"as long as a penalty takes from suppress to reuse, {needed} s: with less it is cut before suppress"
        yield IntentError(teller.name, (*key, "max_suppress"), there, wanted, f"max_suppress: {needed}, or more")


def check_probes(fleet: Fleet, teller: Router) -> Iterator[IntentError]:
    """Probe hosts exist, have the addresses that are said of them, and every probed site is one."""
    sites = {str(router.section("router").get("site")) for router in fleet.routers.values()}
    for site, probe in (teller.section("probes").get("sites") or {}).items():
        key: Key = ("probes", "sites", site)
        if site not in sites and fleet.complete:
            yield IntentError(
                teller.name, key, shown(site), "a site that a router has (router.site)", names.choice_text(site, sites)
            )
        host = probe["host"]
        if host not in fleet.hosts:
            write = names.choice_text(host, fleet.hosts)
            yield IntentError(teller.name, (*key, "host"), shown(host), "a host of the inventory", write)
        other = fleet.get(host)
        for family in ("ipv4", "ipv6"):
            text = probe.get(family)
            if text is None or other is None:
                continue
            own = [item.partition("/")[0] for unit in other.units.values() for item in unit.addresses]
            if ip.canonical(text) not in own:
                write = names.choice_text(text, [item for item in own if ip.family(item) == family])
                yield IntentError(teller.name, (*key, family), shown(text), f"an address of {host}", write)
    for name, target in (teller.section("probes").get("targets") or {}).items():
        if ip.address(target["address"]) is None:
            key = ("probes", "targets", name, "address")
            yield IntentError(teller.name, key, shown(target["address"]), "an address", "such as 192.0.2.1")
    yield from _check_path_targets(fleet, teller)
    yield from _check_one_name(fleet, teller)


def _check_path_targets(fleet: Fleet, teller: Router) -> Iterator[IntentError]:
    """`probes.paths`: the path exists, a host that probes sends, and to an address."""
    paths = teller.section("steering").get("paths") or {}
    senders = set(fleet.routers) | set(site_hosts(teller).values())
    for name, path in (teller.section("probes").get("paths") or {}).items():
        key: Key = ("probes", "paths", name)
        if name not in paths:
            yield IntentError(teller.name, key, shown(name), "a path of steering.paths", names.choice_text(name, paths))
        for index, target in enumerate(path["targets"]):
            host, address = target["from"], target["to"]
            if host not in senders and (fleet.complete or host not in fleet.hosts):
                write = names.choice_text(host, senders)
                wanted = "a router of the fleet, or the probe host of a site"
                yield IntentError(teller.name, (*key, "targets", index, "from"), shown(host), wanted, write)
            if ip.address(address) is None:
                place = (*key, "targets", index, "to")
                yield IntentError(teller.name, place, shown(address), "an address", "such as 192.0.2.1")


def _check_one_name(fleet: Fleet, teller: Router) -> Iterator[IntentError]:
    """One host measures one address for one path: a prober knows addresses only, so two names would be one series."""
    seen: dict[tuple[str, str], str] = {}
    for probe in path_probes(fleet, teller):
        first = seen.setdefault((probe.source, probe.target), probe.path)
        if first != probe.path:
            there = f"{probe.source} to {probe.target}, which is measured for {first}"
            wanted = "another address for each path that a host measures"
            yield IntentError(teller.name, ("probes", "paths", probe.path), there, wanted, "another from or to")


def check_fleet_steering(fleet: Fleet) -> Iterator[IntentError]:
    """All checks of this file. What all routers share is told once, of the first router that says it."""
    for section, check in (("steering", check_paths), ("steering", check_damping), ("probes", check_probes)):
        said: list[Any] = []
        for name in sorted(fleet.routers):
            value = fleet.routers[name].section(section)
            if value and value not in said:
                said.append(value)
                yield from check(fleet, fleet.routers[name])
