# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The intent of one router as the FRR templates want it, in the order and spelling of FRR's own output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names, steer, view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import OspfInterface, Router, Session
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view_frr_policy import policy_view, route_map_name
from ansible_collections.fairway.backbone.plugins.module_utils.spf import INFINITE_METRIC

_BFD_DEFAULT_INTERVAL = 300
_SPF_DEFAULT = (0, 50, 5000)
"""Milliseconds that FRR does not print."""


def frr_view(router: Router) -> view.View:
    """Everything the templates of templates/frr use, by feature."""
    me = router.section("router")
    policy = policy_view(router)
    return {
        "notes": steer.frr_notes(router),
        "base": {"hostname": me["hostname"], "defaults": me.get("frr_defaults", "traditional")},
        "static": _static(router),
        "interfaces": _interfaces(router),
        "bgp": _bgp(router, policy),
        "ospf": _ospf(router, "ipv4"),
        "ospf6": _ospf(router, "ipv6"),
        "policy": policy,
        "bfd_profiles": _bfd_profiles(router),
    }


def _static(router: Router) -> dict[str, list[view.View]]:
    static: dict[str, list[view.View]] = {"ipv4": [], "ipv6": []}
    for prefix, route in sorted(router.section("static_routes").items(), key=lambda item: ip.order(item[0])):
        static[ip.family(prefix)].append(
            {
                "prefix": ip.canonical(prefix),
                "to": "blackhole" if route.get("discard") else ip.canonical(route["next_hop"]),
                "tag": route.get("tag"),
                # Distance 1 is FRR's default, which it does not print.
                "distance": route["preference"] if route.get("preference", 1) != 1 else None,
            }
        )
    return static


def _interfaces(router: Router) -> list[view.View]:
    ospf = {name: interface for name, interface in router.ospf.items() if name in router.units}
    found = []
    for name in sorted(router.units, key=names.natural):
        unit = router.units[name]
        own = unit.data.get("description")
        interface = ospf.get(name)
        found.append(
            {
                "name": name,
                "description": own if own or unit.number else unit.device_data.get("description"),
                "ipv4": unit.ipv4,
                "ipv6": unit.ipv6,
                "shutdown": unit.disabled,
                "ospf": _ospf_interface(router, interface, "ipv4") if interface and unit.ipv4 else None,
                "ospf6": _ospf_interface(router, interface, "ipv6") if interface and unit.ipv6 else None,
            }
        )
    # A device without unit 0 (a trunk, a LAG member) still has a description and can be shut.
    for device, data in router.section("interfaces").items():
        if device not in router.units and (data.get("description") or data.get("disabled")):
            found.append(
                {
                    **_BARE,
                    "name": device,
                    "description": data.get("description"),
                    "shutdown": bool(data.get("disabled")),
                }
            )
    return sorted(found, key=lambda item: names.natural(str(item["name"])))


_BARE: view.View = {"ipv4": [], "ipv6": [], "ospf": None, "ospf6": None}


def _ospf_interface(router: Router, interface: OspfInterface, family: str) -> view.View:
    data = interface.data
    loopback = interface.name == names.LOOPBACK["frr"]
    # ospf6d's own `stub-router` would take the router's routes too: RFC 6987 by the interfaces, see drain_patch_frr.
    transit = family == "ipv6" and not (loopback or interface.passive)
    around = transit and bool(router.section("ospf").get("overload"))
    return {
        "area": ip.canonical(interface.area),
        "passive": interface.passive,
        "cost": INFINITE_METRIC if around else data.get("cost"),
        # The loopback is of type loopback whatever one asks for.
        "network": {"point_to_point": "point-to-point", "broadcast": "broadcast"}.get(data.get("network", ""))
        if not loopback
        else None,
        "hello_interval": _unless(data.get("hello_interval"), 10),
        "dead_interval": _unless(data.get("dead_interval"), 40),
        "priority": _unless(data.get("priority"), 1),  # 1 is FRR's own
        "authentication": data.get("authentication") if family == "ipv4" else None,
        "bfd": _bfd(data.get("bfd")),
    }


def _unless(value: int | None, default: int) -> int | None:
    """The value, or None when FRR would not print it because it is the default."""
    return None if value == default else value


def _ospf(router: Router, family: str) -> view.View | None:
    if not view.ospf_interfaces(router, family):
        return None
    ospf = router.section("ospf")
    spf, lsa = view.ospf_timers(router)
    timers = (spf["delay"], spf["hold"], spf["max"])
    return {
        "spf": None if timers == _SPF_DEFAULT else timers,
        "lsa_min_interval": _unless(lsa["min_interval"], 5000),
        "lsa_min_arrival": _unless(lsa["min_arrival"], 1000),
        "router_id": router.router_id,
        "overload": bool(ospf.get("overload")),
        "reference_bandwidth": _unless(ospf.get("reference_bandwidth"), 100000),
    }


def _bfd(data: Mapping[str, Any] | None) -> str | None:
    """The name of the BFD profile; FRR's own timers need none but get one, so that a change is one line."""
    if data is None:
        return None
    return f"bfd-{data['minimum_interval']}x{data.get('multiplier', view.DEFAULT_BFD_MULTIPLIER)}"


def _bfd_profiles(router: Router) -> list[view.View]:
    wanted = [interface.data.get("bfd") for interface in router.ospf.values()]
    wanted += [session.settings.get("bfd") for session in router.sessions]
    profiles = {}
    for data in wanted:
        name = _bfd(data)
        if data is not None and name is not None:
            profiles[name] = {
                "name": name,
                "multiplier": _unless(data.get("multiplier"), view.DEFAULT_BFD_MULTIPLIER),
                "interval": _unless(data["minimum_interval"], _BFD_DEFAULT_INTERVAL),
            }
    return [profiles[name] for name in sorted(profiles, key=names.natural)]


def _bgp(router: Router, policy: view.View) -> view.View | None:
    if not router.sessions:
        return None
    sessions = sorted(router.sessions, key=lambda session: ip.order(session.address))
    clusters = {data["cluster"] for data in router.section("bgp")["groups"].values() if "cluster" in data}
    return {
        "asn": router.asn,
        "router_id": router.router_id,
        "cluster_id": min(clusters, default=None),
        # The datacenter profile logs neighbour changes anyway and does not print the line.
        "log_changes": router.section("router").get("frr_defaults", "traditional") == "traditional",
        "neighbors": [_neighbor(session) for session in sessions],
        "families": [
            {
                "name": family,
                "redistribute": [item for item in policy["redistribute"] if item["family"] == family],
                "neighbors": [_activation(session) for session in sessions if session.family == family],
            }
            for family in ("ipv4", "ipv6")
            if any(session.family == family for session in sessions)
        ],
    }


def _neighbor(session: Session) -> view.View:
    settings = session.settings
    hold_time = settings.get("hold_time")
    return {
        "address": session.address,
        "peer_as": session.peer_as,
        "description": settings.get("description"),
        "bfd": _bfd(settings.get("bfd")),
        "multihop": settings.get("multihop"),
        "password": settings.get("authentication_key"),
        "shutdown": bool(settings.get("disabled")),
        "timers": None if hold_time is None else {"keepalive": view.keepalive(hold_time), "hold": hold_time},
        "source": ip.canonical(settings["local_address"]) if "local_address" in settings else None,
    }


def _activation(session: Session) -> view.View:
    settings = session.settings
    limit = settings.get("max_prefixes")
    return {
        "address": session.address,
        "client": session.internal and "cluster" in settings,
        "max_prefixes": None
        if limit is None
        else {
            "limit": limit,
            "warning": view.MAX_PREFIX_WARNING_PERCENT,
            "idle": view.MAX_PREFIX_IDLE_MINUTES,
        },
        "import": route_map_name(settings.get("import", ()), session.family),
        "export": route_map_name(settings.get("export", ()), session.family),
    }
