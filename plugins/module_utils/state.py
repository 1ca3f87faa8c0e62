# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's operational state in one normal form, whatever platform it came from.

    bgp         {"neighbors": {address: {"state": "Established", "asn", "received", "accepted", "advertised",
                 "uptime_s", "families": {"inet": {"received", "accepted", "advertised"}, "inet6": ...}}}}
    ospf        {"v2": {interface: {neighbor id: "Full"}}, "v3": the same}; an interface without neighbours is {}
    interfaces  {name: {"admin": "up", "oper": "up", "mtu", "errors_in", "errors_out"}}
    routes      {"inet": {protocol: count, ..., "total"}, "inet6": the same}
    alarms      ["major: what it says", ...]
    cores       ["path of a core dump or crash log", ...]
    system      {"hostname", "version", "uptime_s"}

Only when asked for by name, because they cost more or belong to a runbook (state_more.py makes them):

    traffic     {interface: {"in_bps", "out_bps", "in_pps", "out_pps", "in_octets", "out_octets"}}; a rate is None when
                the router cannot tell it (a counter began anew)
    next_hops   {"inet": {next hop of BGP: number of best routes that use it}, "inet6": the same}; the router's own
                routes are not in it, and a Junos router counts by the neighbour it learned them from
    software    {"version", "model", "package", "pending", "previous", "available"}: what runs, on what, the installed
                package (FRR), what is installed and runs after the next reboot, what a rollback brings; "" when there
                is none; the versions that apt offers (a list, FRR only)
    storage     {place: {"free_bytes", "total_bytes"}}: "/", "/var", ...
    ntp         {"synchronized": True, False, or None when nothing on the router tells, "peer", "stratum", "offset_ms"}
    commit      {"pending": None or {"change_id", "user", "client", "deadline", "log"}, "uncommitted": bool,
                 "locked_by": "" or who holds the configuration}

A subject that was not gathered is missing. States are words with a capital first letter, as routers print them; numbers
that a platform does not tell are None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.state_more import frr_more, number

SUBJECTS = ("bgp", "ospf", "interfaces", "routes", "alarms", "cores", "system")
"""What router_state gathers unless it is told what."""

MORE = ("traffic", "next_hops", "software", "storage", "ntp", "commit")
"""What router_state gathers only when it is named."""

State = dict[str, Any]

_FAMILIES = {"ipv4Unicast": "inet", "ipv6Unicast": "inet6"}


def neighbor(state: str, asn: int | None, uptime_s: float | None) -> dict[str, Any]:
    """A BGP neighbour without families yet; `add_family` counts them in."""
    found: dict[str, Any] = {"state": state, "asn": asn, "uptime_s": uptime_s, "families": {}}
    return {**found, "received": 0, "accepted": 0, "advertised": None}


def add_family(
    peer: dict[str, Any], family: str, received: int | None, accepted: int | None, advertised: int | None
) -> None:
    """Record one address family of a neighbour and add it to the neighbour's totals."""
    counts = {"received": received, "accepted": accepted, "advertised": advertised}
    peer["families"][family] = counts
    for name, count in counts.items():
        if count is not None:
            peer[name] = (peer[name] or 0) + count


def frr_state(raw: Mapping[str, Any]) -> State:
    """The normal form of what frr_agent_state.gather collected.

    FRR counts the prefixes that passed the import policy; `received` is the same number.
    """
    gathered = set(raw.get("gathered", SUBJECTS))
    state: State = {}
    if "bgp" in gathered:
        state["bgp"] = {"neighbors": _frr_bgp(raw.get("bgp") or {})}
    if "ospf" in gathered:
        v2, v3 = raw.get("ospf_interfaces") or {}, raw.get("ospf6_interfaces") or {}
        state["ospf"] = {
            "v2": {**_silent(v2.get("interfaces", v2)), **_frr_ospf2(raw.get("ospf") or {})},
            "v3": {**_silent(v3), **_frr_ospf3(raw.get("ospf6") or {})},
        }
    if "interfaces" in gathered:
        state["interfaces"] = {link["ifname"]: _frr_link(link) for link in raw.get("links") or []}
    if "routes" in gathered:
        state["routes"] = {"inet": _frr_routes(raw.get("routes")), "inet6": _frr_routes(raw.get("routes6"))}
    if "alarms" in gathered:
        state["alarms"] = [f"major: routing daemon {name} does not answer" for name in raw.get("dead", [])]
    if "cores" in gathered:
        state["cores"] = list(raw.get("cores", []))
    if "system" in gathered:
        told = raw.get("system", {})
        state["system"] = {name: told.get(name) for name in ("hostname", "version", "uptime_s")}
    return {**state, **frr_more(raw)}


def _frr_bgp(raw: Mapping[str, Any]) -> dict[str, Any]:
    peers: dict[str, Any] = {}
    for key, family in _FAMILIES.items():
        for address, told in (raw.get(key) or {}).get("peers", {}).items():
            uptime = (number(told.get("peerUptimeMsec")) or 0) / 1000.0
            up = told.get("state") == "Established"
            peer = peers.setdefault(
                address, neighbor(str(told.get("state", "Idle")), number(told.get("remoteAs")), uptime if up else None)
            )
            got = number(told.get("pfxRcd"))
            add_family(peer, family, got, got, number(told.get("pfxSnt")))
    return peers


def _silent(interfaces: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Interfaces on which OSPF runs, without neighbours so far."""
    runs = ("ospfEnabled", "attachedToArea")
    return {
        name: {}
        for name, told in interfaces.items()
        if isinstance(told, Mapping) and any(told.get(key) is True for key in runs)
    }


def _frr_ospf2(raw: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Out of {"neighbors": {id: [{"state" (or "nbrState"): "Full/DR", "ifaceName": "eth1:a.b.c.d"}]}}."""
    found: dict[str, dict[str, str]] = {}
    for identity, sessions in (raw.get("neighbors") or {}).items():
        for told in sessions if isinstance(sessions, list) else [sessions]:
            interface = str(told.get("ifaceName", "?")).partition(":")[0]
            state = str(told.get("nbrState") or told.get("state") or "Down").partition("/")[0]
            found.setdefault(interface, {})[identity] = state
    return found


def _frr_ospf3(raw: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    neighbors: Iterable[Mapping[str, Any]] = raw.get("neighbors") or []
    for told in neighbors:
        interface = str(told.get("interfaceName", "?"))
        found.setdefault(interface, {})[str(told.get("neighborId", "?"))] = str(told.get("state", "Down"))
    return found


def _frr_link(link: Mapping[str, Any]) -> dict[str, Any]:
    flags = link.get("flags", [])
    stats = link.get("stats64") or {}
    carrier = "LOWER_UP" in flags and "NO-CARRIER" not in flags
    return {
        "admin": "up" if "UP" in flags else "down",
        "oper": "up" if "UP" in flags and carrier else "down",
        "mtu": number(link.get("mtu")),
        "errors_in": number(stats.get("rx", {}).get("errors")),
        "errors_out": number(stats.get("tx", {}).get("errors")),
    }


def _frr_routes(raw: Any) -> dict[str, int]:
    """Routes in the routing table per protocol; `total` counts them all."""
    told = raw or {}
    counts: dict[str, int] = {}
    for row in told.get("routes", []):
        protocol = {"ebgp": "bgp", "ibgp": "bgp", "ospf6": "ospf"}.get(row.get("type"), str(row.get("type")))
        counts[protocol] = counts.get(protocol, 0) + (number(row.get("rib")) or 0)
    return {**counts, "total": sum(counts.values())}
