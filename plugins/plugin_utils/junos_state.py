# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Junos router's operational state in the normal form of module_utils/state.py.

Asked by RPC, read through jxmlease; a router's answer is taken with its namespaces off, as JunosSession gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import jxmlease
from lxml import etree

from ansible_collections.fairway.backbone.plugins.module_utils.reply_tree import every, text
from ansible_collections.fairway.backbone.plugins.module_utils.state import (
    SUBJECTS,
    State,
    add_family,
    neighbor,
)
from ansible_collections.fairway.backbone.plugins.module_utils.state_more import number
from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_requests, junos_state_more
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

_FAMILIES = {"inet.0": "inet", "inet6.0": "inet6"}
# What a router without the protocol says: an error on some releases, a line of output on others.
_OPTIONAL = (
    "get-ospf",
    "get-bgp",
    "get-alarm",
    "get-system-alarm",
    "get-system-core-dumps",
    "request-package-checks-pending-install",
    "get-package-backup-information",
)


class Session(Protocol):
    """As plugin_utils/junos_session.py's: one RPC, its reply's tree without namespaces; raises RouterFault."""

    def get(self, request: Any) -> Any: ...


def collect(session: Session, gather: Sequence[str] = ()) -> State:
    """The router's state; `gather` names the subjects, empty for all. Raises RouterFault."""
    chosen = tuple(gather) or SUBJECTS
    ask = _asker(session)
    state = {subject: _COLLECT[subject](ask) for subject in _COLLECT if subject in chosen}
    if "ntp" in chosen:
        state["ntp"] = junos_state_more.ntp(lambda command: _output(session, command))
    return state


def _output(session: Session, command: str) -> str:
    """The text of an operational command; empty when the router refuses it."""
    try:
        return "".join(session.get(junos_requests.command(command)).itertext())
    except RouterFault as fault:
        if fault.kind == "rejected":
            return ""
        raise


Ask = Callable[..., Any]


def _asker(session: Session) -> Ask:
    def ask(name: str, *flags: str) -> Any:
        request = etree.Element(name)
        for flag in flags:
            etree.SubElement(request, flag)
        try:
            root = session.get(request)
        except RouterFault as fault:
            if fault.kind == "rejected" and name.startswith(_OPTIONAL):
                return {}
            raise
        reply = jxmlease.parse_etree(root)
        return reply.get("rpc-reply", {}) if isinstance(reply, dict) else {}

    return ask


def _seconds(node: Any, name: str) -> int | None:
    """The `junos:seconds` of an element: Junos prints a length of time for people and this beside it."""
    found = next(iter(every(node, name)), None)
    return number(found.get_xml_attr("seconds", None)) if found is not None else None


def _bgp(ask: Ask) -> State:
    peers: dict[str, Any] = {}
    for told in every(ask("get-bgp-summary-information"), "bgp-information", "bgp-peer"):
        up = text(told, "peer-state").startswith("Establ")
        state = "Established" if up else text(told, "peer-state") or "Idle"
        elapsed = _seconds(told, "elapsed-time")
        peer = neighbor(state, number(text(told, "peer-as")), float(elapsed) if up and elapsed is not None else None)
        peers[text(told, "peer-address").partition("+")[0]] = peer
    for told in every(ask("get-bgp-neighbor-information"), "bgp-information", "bgp-peer"):
        known = peers.get(text(told, "peer-address").partition("+")[0])
        if known is None or known["state"] != "Established":
            continue
        for rib in every(told, "bgp-rib"):
            counts = (number(text(rib, f"{what}-prefix-count")) for what in ("received", "accepted", "advertised"))
            table = text(rib, "name")
            add_family(known, _FAMILIES.get(table, table), *counts)
    return {"neighbors": peers}


def _ospf(ask: Ask) -> State:
    found: State = {}
    for version, name in (("v2", "ospf"), ("v3", "ospf3")):
        areas: dict[str, dict[str, str]] = {}
        for told in every(
            ask(f"get-{name}-interface-information"), f"{name}-interface-information", f"{name}-interface"
        ):
            areas[text(told, "interface-name")] = {}
        for told in every(ask(f"get-{name}-neighbor-information"), f"{name}-neighbor-information", f"{name}-neighbor"):
            state = text(told, "ospf-neighbor-state") or text(told, f"{name}-neighbor-state") or "Down"
            areas.setdefault(text(told, "interface-name"), {})[text(told, "neighbor-id")] = state
        found[version] = areas
    return found


def _interfaces(ask: Ask) -> State:
    details = {
        text(told, "name"): told
        for port in every(ask("get-interface-information", "detail"), "interface-information", "physical-interface")
        for told in (port, *every(port, "logical-interface"))
    }
    found: State = {}
    for port in every(ask("get-interface-information", "terse"), "interface-information", "physical-interface"):
        for told in (port, *every(port, "logical-interface")):
            name = text(told, "name")
            more = details.get(name, {})
            mtus = (number(text(node, "mtu")) for node in (more, *every(more, "address-family")))
            found[name] = {
                "admin": text(told, "admin-status"),
                "oper": text(told, "oper-status"),
                "mtu": next((mtu for mtu in mtus if mtu is not None), None),
                "errors_in": _errors(more, "input"),
                "errors_out": _errors(more, "output"),
            }
    return found


def _errors(node: Any, way: str) -> int | None:
    listed = next(iter(every(node, f"{way}-error-list", f"{way}-errors")), None)
    return number(listed if listed is not None else text(node, f"{way}-error-count"))


def _routes(ask: Ask) -> State:
    found: State = {"inet": {"total": 0}, "inet6": {"total": 0}}
    for table in every(ask("get-route-summary-information"), "route-summary-information", "route-table"):
        family = _FAMILIES.get(text(table, "table-name"))
        if family is None:
            continue
        counts = {
            text(told, "protocol-name").lower(): number(text(told, "protocol-route-count")) or 0
            for told in every(table, "protocols")
        }
        found[family] = {**counts, "total": number(text(table, "total-route-count")) or 0}
    return found


def _alarms(ask: Ask) -> list[str]:
    return [
        f"{text(told, 'alarm-class').lower()}: {text(told, 'alarm-description')}"
        for name in ("get-alarm-information", "get-system-alarm-information")
        for told in every(ask(name), "alarm-information", "alarm-detail")
    ]


def _cores(ask: Ask) -> list[str]:
    reply = ask("get-system-core-dumps")
    # Routers with one routing engine answer plainly, others wrap the answer per engine.
    lists = [
        *every(reply, "directory-list"),
        *every(reply, "multi-routing-engine-results", "multi-routing-engine-item", "directory-list"),
    ]
    files = [told for one in lists for told in every(one, "directory", "file-information")]
    return sorted(name for name in (text(told, "file-name") for told in files) if name)


def _system(ask: Ask) -> State:
    software = ask("get-software-information")
    inside = (
        ("software-information",),
        (
            "multi-routing-engine-results",
            "multi-routing-engine-item",
            "software-information",
        ),
    )
    told: Any = next((node for path in inside for node in every(software, *path)), {})
    uptime_path = "system-uptime-information", "uptime-information"
    uptime: Any = next(iter(every(ask("get-system-uptime-information"), *uptime_path)), {})
    return {
        "hostname": text(told, "host-name"),
        "version": text(told, "junos-version"),
        "uptime_s": _seconds(uptime, "up-time"),
    }


_COLLECT: dict[str, Callable[[Ask], Any]] = {
    "bgp": _bgp,
    "ospf": _ospf,
    "interfaces": _interfaces,
    "routes": _routes,
    "alarms": _alarms,
    "cores": _cores,
    "system": _system,
    **junos_state_more.MORE,
}
