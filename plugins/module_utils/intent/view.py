# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both platforms need decided before a template sees it: which policies are used, which filters, in what order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import OspfInterface, Router, Unit

View = dict[str, Any]
"""What a template may use; complete, so that an undefined variable is always a mistake in the template."""

DEFAULT_BFD_MULTIPLIER = 3
SPF_DEFAULTS = {"delay": 50, "hold": 200, "max": 5000}
"""Milliseconds; also in schemas/ospf.json. The first news of a change moves traffic well within a second."""
LSA_DEFAULTS = {"min_interval": 1000, "min_arrival": 50}
"""Milliseconds; also in schemas/ospf.json. FRR's own (5000 and 1000) keep a second change waiting for seconds."""
MAX_PREFIX_WARNING_PERCENT = 90
"""Both platforms log a warning when a session has this share of max_prefixes."""
MAX_PREFIX_IDLE_MINUTES = 15
"""Both platforms leave a session down for this long after it exceeded max_prefixes."""


def used_policies(router: Router) -> list[str]:
    """Names of the route policies that a BGP group or neighbour of the router uses, sorted."""
    used: set[str] = set()
    for group in (router.section("bgp").get("groups") or {}).values():
        for holder in (group, *group["neighbors"].values()):
            used.update(holder.get("import", ()))
            used.update(holder.get("export", ()))
    return sorted(used, key=names.natural)


def used_terms(router: Router) -> Iterable[Mapping[str, Any]]:
    """Every term of every used policy, inactive ones too: draining and steering switch them on."""
    policies = router.section("policies").get("route_policies") or {}
    for name in used_policies(router):
        yield from policies[name]["terms"]


def used_names(router: Router) -> tuple[set[str], set[str], set[str]]:
    """Names of prefix lists, communities and as-paths that the used policies refer to."""
    prefix_lists: set[str] = set()
    communities: set[str] = set()
    as_paths: set[str] = set()
    for term in used_terms(router):
        conditions, then = term.get("from") or {}, term["then"]
        prefix_lists.update(conditions[key] for key in ("prefix_list", "prefix_list_orlonger") if key in conditions)
        if "community" in conditions:
            communities.add(conditions["community"])
        if "as_path" in conditions:
            as_paths.add(conditions["as_path"])
        for key in ("community_set", "community_add", "community_delete"):
            communities.update(then.get(key, ()))
    return prefix_lists, communities, as_paths


def prefixes_of(router: Router, name: str, family: str | None = None) -> list[str]:
    """A prefix list's prefixes in canonical spelling and order, of one family (`ipv4`, `ipv6`) or of both."""
    listed = {ip.canonical(text) for text in router.section("policies")["prefix_lists"][name]}
    return sorted((text for text in listed if family in (None, ip.family(text))), key=ip.order)


def ospf_interfaces(router: Router, family: str) -> list[tuple[OspfInterface, Unit]]:
    """OSPF interfaces that have an address of the family, by area and name."""
    found = []
    for interface in router.ospf.values():
        unit = router.units[interface.name]
        if unit.ipv4 if family == "ipv4" else unit.ipv6:
            found.append((interface, unit))
    return sorted(found, key=lambda pair: (ip.order(pair[0].area), names.natural(pair[0].name)))


def ospf_timers(router: Router) -> tuple[dict[str, int], dict[str, int]]:
    """SPF and LSA timers of a router in milliseconds, defaults filled in."""
    ospf = router.section("ospf")
    return {**SPF_DEFAULTS, **(ospf.get("spf") or {})}, {**LSA_DEFAULTS, **(ospf.get("lsa") or {})}


def keepalive(hold_time: int) -> int:
    """Seconds between keepalives: a third of the hold time, as RFC 4271 has it."""
    return max(hold_time // 3, 1)
