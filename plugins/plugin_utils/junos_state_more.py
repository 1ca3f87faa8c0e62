# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subjects of a Junos router's state that are read only when they are named: traffic, next_hops, software,
storage, ntp. module_utils/state.py says what they look like; `commit` is plugin_utils/junos.py's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.reply_tree import every, text
from ansible_collections.fairway.backbone.plugins.module_utils.router_file import block_size
from ansible_collections.fairway.backbone.plugins.module_utils.state import State
from ansible_collections.fairway.backbone.plugins.module_utils.state_more import junos_ntp, number

Ask = Callable[..., Any]
"""Sends an RPC (its name, flags, arguments) and returns the reply's tree; {} from a router that does not know it."""

_FAMILIES = {"inet.0": "inet", "inet6.0": "inet6"}
# 24.4R1.9, 21.2X14-D10, 22.3R2-S1.4
_VERSION = re.compile(r"\d+\.\d+[A-Z]\d+[\w.-]*\d")


def traffic(ask: Ask) -> State:
    """The router's own rates. Those of a unit are of transit traffic, where the router tells them at all."""
    found: State = {}
    for port in every(ask("get-interface-information", "detail"), "interface-information", "physical-interface"):
        for told in (port, *every(port, "logical-interface")):
            totals: Any = next(iter(every(told, "traffic-statistics")), {})
            rates: Any = next(iter(every(told, "transit-traffic-statistics")), totals)
            found[text(told, "name")] = {
                "in_bps": number(text(rates, "input-bps")),
                "out_bps": number(text(rates, "output-bps")),
                "in_pps": number(text(rates, "input-pps")),
                "out_pps": number(text(rates, "output-pps")),
                "in_octets": number(text(totals, "input-bytes")),
                "out_octets": number(text(totals, "output-bytes")),
            }
    return found


def next_hops(ask: Ask) -> State:
    """Active prefixes by the neighbour they were learned from: to ask for next hops would be to ask for the table."""
    found: State = {"inet": {}, "inet6": {}}
    for peer in every(ask("get-bgp-summary-information"), "bgp-information", "bgp-peer"):
        address = text(peer, "peer-address").partition("+")[0]
        for rib in every(peer, "bgp-rib"):
            family, active = _FAMILIES.get(text(rib, "name")), number(text(rib, "active-prefix-count"))
            if family is not None and active:
                found[family][address] = found[family].get(address, 0) + active
    return found


def software(ask: Ask) -> State:
    """What runs, what waits for the reboot, what a rollback brings."""
    told: Any = next(iter(_inside(ask("get-software-information"), "software-information")), {})
    return {
        "version": text(told, "junos-version"),
        "model": text(told, "product-model"),
        "package": "",
        "pending": text(told, "pending-version")
        or _listed(told)
        or _pending(ask("request-package-checks-pending-install")),
        "previous": text(told, "previous-version") or _previous(ask("get-package-backup-information")),
    }


def _listed(told: Any) -> str:
    """What MX routers list among their packages while it waits: `JUNOS Installation Software [24.4R2.7]`."""
    comments = [text(package, "comment") for package in every(told, "package-information")]
    found = [_VERSION.search(comment) for comment in comments if "Installation Software" in comment]
    return next((version[0] for version in found if version), "")


def _pending(reply: Any) -> str:
    """The router says in words that an install waits, and 1 as its result; the version is somewhere in the words."""
    said = " ".join(_texts(reply, "output")) or " ".join(_texts(reply, "result"))
    if not said.strip() or "1" not in [one.strip() for one in _texts(reply, "package-result")]:
        return ""
    found = _VERSION.search(said)
    return found[0] if found else said.strip()


def _previous(reply: Any) -> str:
    found = _VERSION.search(str(reply)) if reply else None
    return found[0] if found else ""


def storage(ask: Ask) -> State:
    """File systems by where they are mounted; newer releases mount the old places below /.mount."""
    found: State = {}
    for told in _inside(ask("get-system-storage"), "system-storage-information", "filesystem"):
        place = "/" + text(told, "mounted-on").removeprefix("/.mount").lstrip("/")
        free, total = number(text(told, "available-blocks")), number(text(told, "total-blocks"))
        if free is not None and total is not None:
            shown = next(iter(every(told, "total-blocks"))).get_xml_attr("format", None)
            size = block_size(total, str(shown or ""))
            found[place] = {"free_bytes": max(0, free) * size, "total_bytes": total * size}
    return found


def ntp(run: Callable[[str], str]) -> State:
    """`run` answers an operational command with its text; empty when the router does not take it."""
    status = run("show ntp status")
    return junos_ntp(status, run("show ntp associations no-resolve") if status else "")


def _inside(reply: Any, *path: str) -> Iterator[Any]:
    """Elements of a reply that some routers wrap per routing engine."""
    yield from every(reply, *path)
    yield from every(reply, "multi-routing-engine-results", "multi-routing-engine-item", *path)


def _texts(reply: Any, name: str) -> list[str]:
    """The texts of all elements of a name, at any depth."""
    if isinstance(reply, list):
        return [one for node in reply for one in _texts(node, name)]
    if not isinstance(reply, dict):
        return []
    found = [str(one) for one in every(reply, name) if isinstance(one, str)]
    return found + [one for key, child in reply.items() if key != name for one in _texts(child, name)]


MORE: dict[str, Callable[[Ask], State]] = {
    "traffic": traffic,
    "next_hops": next_hops,
    "software": software,
    "storage": storage,
}
