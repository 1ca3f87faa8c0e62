# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that protects the routing engine: who may talk to the router, derived from the rest of the intent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Router

RESERVED_PREFIX = "fairway-"
"""Prefix lists with such names are made here; the intent may not use them."""

_FAMILIES = (("inet", "ipv4"), ("inet6", "ipv6"))


def firewall_view(router: Router) -> view.View:
    """`filters` by Junos family and the `prefix_lists` they use; both empty without router.control_plane."""
    if "control_plane" not in router.section("router"):
        return {"filters": {}, "prefix_lists": {}}
    sources = _sources(router)
    prefix_lists: dict[str, list[str]] = {}
    filters: dict[str, view.View] = {}
    for junos_family, family in _FAMILIES:
        for purpose, texts in sources.items():
            own = sorted({_as_prefix(text) for text in texts if ip.family(text) == family}, key=ip.order)
            if own:
                prefix_lists[_list_name(purpose, junos_family)] = own
        terms = [term for term in _terms(router, junos_family) if _usable(term, prefix_lists)]
        filters[junos_family] = {"name": f"protect-re-{junos_family}", "terms": terms}
    return {"filters": filters, "prefix_lists": prefix_lists}


def _sources(router: Router) -> Mapping[str, Iterable[str]]:
    me = router.section("router")
    snmp = me.get("snmp", {}).get("communities", ())
    return {
        "bgp": [session.address for session in router.sessions],
        "management": me["control_plane"]["management_prefixes"],
        "snmp": [client for community in snmp for client in community["clients"]],
        "ntp": me.get("ntp", {}).get("servers", ()),
        "dns": me.get("name_servers", ()),
    }


def _as_prefix(text: str) -> str:
    return ip.canonical(text if "/" in text else text + ("/128" if ":" in text else "/32"))


def _list_name(purpose: str, junos_family: str) -> str:
    return f"{RESERVED_PREFIX}{purpose}-{junos_family}"


def _usable(term: Mapping[str, Any], prefix_lists: Mapping[str, Any]) -> bool:
    name = term["source_prefix_list"]
    return name is None or name in prefix_lists


def _terms(router: Router, junos_family: str) -> list[view.View]:
    """All terms in order; those that name a prefix list without entries are dropped by the caller."""
    me = router.section("router")
    ports = ["22", str(me["netconf"].get("port", 830))] if "netconf" in me else ["22"]
    icmp = "icmp" if junos_family == "inet" else "icmp6"

    def term(name: str, protocol: str, purpose: str | None = None, **ports: list[str]) -> view.View:
        source = None if purpose is None else _list_name(purpose, junos_family)
        empty: view.View = {"destination_ports": [], "source_ports": []}
        answers = name.endswith("-answers")
        return {"name": name, "protocol": protocol, "source_prefix_list": source, "answers": answers, **empty, **ports}

    # Whoever may speak BGP must not reach SSH from port 179: what comes from there has to be an answer.
    terms = [
        term("bgp", "tcp", "bgp", destination_ports=["179"]),
        term("bgp-answers", "tcp", "bgp", source_ports=["179"]),
    ]
    if view.ospf_interfaces(router, "ipv4" if junos_family == "inet" else "ipv6"):
        terms.append(term("ospf", "ospf"))
    if _uses_bfd(router):
        terms.append(term("bfd", "udp", destination_ports=["3784", "3785", "4784"]))
    return [
        *terms,
        term("management", "tcp", "management", destination_ports=ports),
        term("snmp", "udp", "snmp", destination_ports=["161"]),
        term("ntp", "udp", "ntp", source_ports=["123"]),
        term("dns", "udp", "dns", source_ports=["53"], destination_ports=["1024-65535"]),
        # Ping, path MTU discovery, neighbour discovery.
        term("icmp", icmp),
        term("traceroute", "udp", destination_ports=["33434-33534"]),
    ]


def _uses_bfd(router: Router) -> bool:
    return any("bfd" in interface.data for interface in router.ospf.values()) or any(
        "bfd" in session.settings for session in router.sessions
    )
