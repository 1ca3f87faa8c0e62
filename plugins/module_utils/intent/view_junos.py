# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The intent of one router as the Junos templates want it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names, steer, view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_junos_firewall import firewall_view

ETHERNET_OVERHEAD = 14
"""Bytes that Junos counts into `mtu` beside the IP packet: two addresses and the type."""
VLAN_OVERHEAD = 4
"""One 802.1Q tag, counted as well with vlan-tagging."""
SPF_RAPID_RUNS = 3
"""Junos computes this often after `delay`, then waits for `holddown`; it is Junos's own default."""
_KEY_STATEMENT = {"ssh-rsa": "ssh-rsa", "ssh-ed25519": "ssh-ed25519"}
_FAMILY = {"ipv4": "inet", "ipv6": "inet6"}


def junos_view(router: Router, rpm: view.View | None = None) -> view.View:
    """Everything the templates of templates/junos use, by feature; `rpm` is one of `rpm_views`."""
    firewall = firewall_view(router)
    return {
        "system": _system(router),
        "snmp": _snmp(router),
        "rpm": rpm,
        "interfaces": _interfaces(router, firewall),
        "aggregates": _aggregates(router.section("interfaces")),
        "routing": _routing(router),
        "ospf": _ospf(router, "ipv4"),
        "ospf3": _ospf(router, "ipv6"),
        "bgp": _bgp(router),
        "policy": _policy(router, firewall),
        "firewall": firewall,
    }


def _aggregates(devices: Iterable[str]) -> int:
    """Junos's `device-count`: it makes ae0 up to one below the count, so the highest number decides, not how many."""
    return max((int(name[2:]) + 1 for name in devices if re.fullmatch(r"ae\d+", name)), default=0)


def media_mtu(ip_mtu: int | None, tagged: bool) -> int | None:
    """Junos's `mtu` in bytes for an IP MTU in bytes; None stays None."""
    if ip_mtu is None:
        return None
    return ip_mtu + ETHERNET_OVERHEAD + (VLAN_OVERHEAD if tagged else 0)


def _system(router: Router) -> view.View:
    me = router.section("router")
    users = [
        {
            "name": user["name"],
            "uid": user["uid"],
            "class": user["class"],
            "full_name": user.get("full_name"),
            "keys": [{"statement": _key_statement(text), "text": text} for text in user["ssh_keys"]],
        }
        for user in sorted(me.get("users", ()), key=lambda user: str(user["name"]))
    ]
    return {
        "freeze": steer.freeze_of(router),
        "drain": steer.drain_of(router),
        "host_name": me["hostname"],
        "domain_name": me.get("domain_name"),
        "root_password_hash": me.get("root_password_hash"),
        "users": users,
        "name_servers": [ip.canonical(text) for text in me.get("name_servers", ())],
        "time_zone": me.get("time_zone"),
        "syslog_hosts": [
            {**host, "address": ip.canonical(host["address"]), "port": host.get("port")}
            for host in me.get("syslog", {}).get("hosts", ())
        ],
        "ntp_servers": [ip.canonical(text) for text in me.get("ntp", {}).get("servers", ())],
        "netconf_port": me.get("netconf", {}).get("port"),
    }


def _key_statement(key: str) -> str:
    return _KEY_STATEMENT.get(key.partition(" ")[0], "ssh-ecdsa")


def _snmp(router: Router) -> view.View | None:
    snmp = router.section("router").get("snmp")
    if snmp is None:
        return None
    return {
        "location": snmp.get("location"),
        "contact": snmp.get("contact"),
        "communities": [
            {"name": item["name"], "clients": sorted(map(ip.canonical, item["clients"]), key=ip.order)}
            for item in snmp.get("communities", ())
        ],
    }


def _interfaces(router: Router, firewall: Mapping[str, Any]) -> list[view.View]:
    found = [_device(router, name, data, firewall) for name, data in router.section("interfaces").items()]
    management = router.section("router").get("management")
    if management is not None:
        families = {"inet": management.get("ipv4"), "inet6": management.get("ipv6")}
        unit: view.View = {"number": 0, "description": None, "vlan": None, "disabled": False, "families": []}
        unit["families"] = [
            {"name": name, "filter": None, "addresses": [ip.canonical(text)]} for name, text in families.items() if text
        ]
        found.append({**_EMPTY_DEVICE, "name": management["interface"], "units": [unit]})
    return sorted(found, key=lambda device: names.natural(str(device["name"])))


_EMPTY_DEVICE: view.View = {
    "description": None,
    "disabled": False,
    "mtu": None,
    "vlan_tagging": False,
    "lag": None,
    "lacp": None,
    "minimum_links": None,
    "aggregated": False,
    "units": [],
}


def _device(router: Router, name: str, data: Mapping[str, Any], firewall: Mapping[str, Any]) -> view.View:
    lacp = data.get("lacp")
    units = []
    for number in sorted(data.get("units") or {}, key=int):
        unit = router.units[names.logical_name("junos", name, int(number))]
        families = [
            {
                "name": _FAMILY[family],
                "addresses": texts,
                "filter": firewall["filters"].get(_FAMILY[family], {}).get("name") if name == "lo0" else None,
            }
            for family, texts in (("ipv4", unit.ipv4), ("ipv6", unit.ipv6))
            if texts
        ]
        units.append(
            {
                "number": unit.number,
                "description": unit.data.get("description"),
                "vlan": unit.data.get("vlan"),
                "disabled": bool(unit.data.get("disabled")),
                "families": families,
            }
        )
    return {
        **_EMPTY_DEVICE,
        "name": name,
        "description": data.get("description"),
        "disabled": bool(data.get("disabled")),
        "mtu": media_mtu(data.get("mtu"), bool(data.get("vlan_tagging"))),
        "vlan_tagging": bool(data.get("vlan_tagging")),
        "lag": data.get("lag"),
        "lacp": None
        if lacp is None
        else {"mode": lacp.get("mode", "active"), "periodic": lacp.get("periodic", "fast")},
        "minimum_links": data.get("minimum_links"),
        "aggregated": lacp is not None or "minimum_links" in data,
        "units": units,
    }


def _routing(router: Router) -> view.View:
    static: dict[str, list[view.View]] = {"inet": [], "inet6": []}
    for prefix, route in sorted(router.section("static_routes").items(), key=lambda item: ip.order(item[0])):
        static[_FAMILY[ip.family(prefix)]].append(
            {
                "prefix": ip.canonical(prefix),
                "mark": steer.mark_of(router, "static", ip.canonical(prefix)),
                "discard": bool(route.get("discard")),
                "next_hop": ip.canonical(route["next_hop"]) if "next_hop" in route else None,
                "preference": route.get("preference"),
                "tag": route.get("tag"),
            }
        )
    return {"router_id": router.router_id, "asn": router.asn, "static": static}


def _ospf(router: Router, family: str) -> view.View | None:
    interfaces = view.ospf_interfaces(router, family)
    if not interfaces:
        return None
    areas: dict[str, list[view.View]] = {}
    for interface, _unit in interfaces:
        data = interface.data
        areas.setdefault(interface.area, []).append(
            {
                "name": interface.name,
                "mark": steer.mark_of(router, "ospf", interface.name),
                "passive": interface.passive,
                "cost": data.get("cost"),
                "point_to_point": data.get("network") == "point_to_point",
                "hello_interval": data.get("hello_interval"),
                "dead_interval": data.get("dead_interval"),
                "priority": data.get("priority"),
                # OSPFv3 has no MD5; docs/intent.md says why it stays unauthenticated.
                "authentication": data.get("authentication") if family == "ipv4" else None,
                "bfd": _bfd(data.get("bfd")),
            }
        )
    ospf = router.section("ospf")
    spf, _lsa = view.ospf_timers(router)
    return {
        "spf": {"delay": spf["delay"], "holddown": spf["max"], "rapid_runs": SPF_RAPID_RUNS},
        "reference_bandwidth": ospf.get("reference_bandwidth", 100000),
        "overload": bool(ospf.get("overload")),
        "areas": [{"id": area, "interfaces": members} for area, members in areas.items()],
    }


def _bfd(data: Mapping[str, Any] | None) -> view.View | None:
    if data is None:
        return None
    return {
        "minimum_interval": data["minimum_interval"],
        "multiplier": data.get("multiplier", view.DEFAULT_BFD_MULTIPLIER),
    }


def _bgp(router: Router) -> list[view.View]:
    groups = router.section("bgp").get("groups") or {}
    found = []
    for name in sorted(groups, key=names.natural):
        data = groups[name]
        family = _FAMILY[ip.family(next(iter(data["neighbors"])))]
        neighbors = [
            {"address": ip.canonical(address), "peer_as": neighbor.get("peer_as"), **_session(neighbor, family)}
            for address, neighbor in sorted(data["neighbors"].items(), key=lambda item: ip.order(item[0]))
        ]
        found.append(
            {
                "name": name,
                "type": data["type"],
                "family": family,
                "peer_as": data.get("peer_as"),
                "local_address": ip.canonical(data["local_address"]) if "local_address" in data else None,
                "multihop": data.get("multihop"),
                "cluster": data.get("cluster"),
                "neighbors": neighbors,
                **_session(data, family),
            }
        )
    return found


def _session(data: Mapping[str, Any], family: str) -> view.View:
    return {
        "description": data.get("description"),
        "import": data.get("import", []),
        "export": data.get("export", []),
        "max_prefixes": data.get("max_prefixes"),
        "max_prefixes_family": family,
        "max_prefixes_warning": view.MAX_PREFIX_WARNING_PERCENT,
        "max_prefixes_idle": view.MAX_PREFIX_IDLE_MINUTES,
        "hold_time": data.get("hold_time"),
        "authentication_key": data.get("authentication_key"),
        "bfd": _bfd(data.get("bfd")),
        "disabled": bool(data.get("disabled")),
    }


def _policy(router: Router, firewall: Mapping[str, Any]) -> view.View:
    prefix_lists, communities, as_paths = view.used_names(router)
    policies = router.section("policies")
    lists = {name: view.prefixes_of(router, name) for name in prefix_lists}
    lists.update(firewall["prefix_lists"])
    return {
        "prefix_lists": [{"name": name, "prefixes": lists[name]} for name in sorted(lists, key=names.natural)],
        "policies": [
            {"name": name, "terms": [_term(router, name, term) for term in policies["route_policies"][name]["terms"]]}
            for name in view.used_policies(router)
        ],
        "communities": [
            {"name": name, "members": policies["communities"][name]} for name in sorted(communities, key=names.natural)
        ],
        "as_paths": [
            {"name": name, "regex": policies["as_paths"][name]} for name in sorted(as_paths, key=names.natural)
        ],
    }


_PROTOCOLS = {"bgp": ["bgp"], "static": ["static"], "direct": ["direct"], "ospf": ["ospf", "ospf3"]}


def _term(router: Router, policy: str, term: Mapping[str, Any]) -> view.View:
    conditions, then = term.get("from") or {}, term["then"]
    return {
        "name": term["name"],
        "mark": steer.mark_of(router, "policy", policy, term["name"]),
        "active": bool(term.get("active", True)),
        "from": None
        if not conditions
        else {
            "protocols": _PROTOCOLS.get(conditions.get("protocol", ""), []),
            "route_type": conditions.get("route_type"),
            "community": conditions.get("community"),
            "as_path": conditions.get("as_path"),
            "prefix_list": conditions.get("prefix_list"),
            "prefix_list_orlonger": conditions.get("prefix_list_orlonger"),
        },
        "then": {
            "metric": then.get("metric"),
            "local_preference": then.get("local_preference"),
            "as_path_prepend": " ".join(map(str, then.get("as_path_prepend", ()))),
            # Junos applies several `community set` in turn, so only the first may replace what is there.
            "community_set": then.get("community_set", [])[:1],
            "community_add": [*then.get("community_set", [])[1:], *then.get("community_add", [])],
            "community_delete": then.get("community_delete", []),
            "next_hop": then.get("next_hop"),
            "action": {"next_term": "next term"}.get(then["action"], then["action"]),
        },
    }
