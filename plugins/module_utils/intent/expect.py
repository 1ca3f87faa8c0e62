# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a healthy router looks like, derived from the intent: HOST.expect.json, read by the health checks.

Shape (names as the platform shows them):

    {"hostname": "jkt-r1",
     "interfaces": {"ge-0/0/0.0": {"admin": "up", "oper": "up", "mtu": 9000}},     mtu: IP MTU in bytes or null
     "ospf": {"v2": {"ge-0/0/0.0": ["192.0.2.3"]}, "v3": {...}},                  router ids that must be Full
     "bgp": {"neighbors": {"192.0.2.2": {"asn": 64496, "family": "ipv4", "group": "ibgp", "max_prefixes": null}}}}

An OSPF interface with an empty list takes part in OSPF, and who must be there is not known (a host beside the fleet).
Passive interfaces and whatever is disabled are not expected to have neighbours and do not appear.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent import names, view
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Router, Unit


def expectations(fleet: Fleet, router: Router) -> dict[str, Any]:
    """What the health checks should find on the router once its configuration is in force."""
    return {
        "hostname": router.section("router")["hostname"],
        "interfaces": {
            unit.name: {
                "admin": "down" if unit.disabled else "up",
                "oper": "down" if unit.disabled else "up",
                "mtu": unit.mtu,
            }
            for unit in sorted(router.units.values(), key=lambda unit: names.natural(unit.name))
        },
        "ospf": {"v2": _ospf(fleet, router, "ipv4"), "v3": _ospf(fleet, router, "ipv6")},
        "bgp": {
            "neighbors": {
                session.address: {
                    "asn": session.peer_as,
                    "family": session.family,
                    "group": session.group,
                    "max_prefixes": session.settings.get("max_prefixes"),
                }
                for session in sorted(router.sessions, key=lambda session: ip.order(session.address))
                if not session.settings.get("disabled")
            }
        },
    }


def _ospf(fleet: Fleet, router: Router, family: str) -> dict[str, list[str]]:
    return {
        interface.name: _neighbors(fleet, unit)
        for interface, unit in view.ospf_interfaces(router, family)
        if not interface.passive and not unit.disabled
    }


def _neighbors(fleet: Fleet, unit: Unit) -> list[str]:
    other = fleet.peer_unit(unit)
    peer = None if other is None else fleet.routers.get(other.router)
    if peer is None or other is None or other.name not in peer.ospf or other.disabled:
        return []
    return [peer.router_id] if peer.router_id else []
