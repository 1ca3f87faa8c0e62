# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw answers for the subjects of an FRR router's state that are read only when they are named: traffic, next_hops,
software, storage, ntp. `frr_more` in module_utils/state_more.py brings them into the normal form.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_daemons import Daemons, run
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store import Fault

MEASURED_S = 1.0
"""How long the rates of `traffic` are measured, in seconds."""

_PLACES = ("/", "/var", "/tmp", "/var/lib/fairway")  # noqa: S108
_LOGS = ("/var/log/dpkg.log", "/var/log/dpkg.log.1")
_UPGRADED = re.compile(r" (?:upgrade|install) frr:\S+ (\S+) (\S+)$")
_CLOCKS = {
    "chrony": ["chronyc", "-n", "-c", "tracking"],
    "ntpq": ["ntpq", "-n", "-c", "rv"],
    "ntpq_peers": ["ntpq", "-n", "-p"],
    "systemd": ["timedatectl", "show", "--property=NTPSynchronized"],
}
_FAMILIES = {"inet": "ipv4", "inet6": "ipv6"}


def gather_more(daemons: Daemons, wanted: Iterable[str]) -> dict[str, Any]:
    """The answers of the router's own tools, by subject."""
    chosen = set(wanted)
    first = (time.monotonic(), _counters()) if "traffic" in chosen else None
    raw: dict[str, Any] = {}
    if "next_hops" in chosen:
        raw["next_hops"] = {family: _next_hops(daemons, name) for family, name in _FAMILIES.items()}
    if "software" in chosen:
        raw["software"] = _software(daemons)
    if "storage" in chosen:
        raw["storage"] = _storage()
    if "ntp" in chosen:
        raw["ntp"] = {name: _said(command) for name, command in _CLOCKS.items()}
    if first is not None:
        time.sleep(max(0.0, first[0] + MEASURED_S - time.monotonic()))
        raw["traffic"] = {"first": first[1], "seconds": time.monotonic() - first[0], "then": _counters()}
    return raw


def _said(command: list[str]) -> str:
    """What a tool prints; empty when the router has none, or it fails."""
    try:
        done = run(command, timeout=5.0)
    except Fault:
        return ""
    return done.stdout if done.returncode == 0 else ""


def _counters() -> dict[str, list[int]]:
    """{interface: [octets in, packets in, octets out, packets out]}."""
    found = {}
    for link in json.loads(run(["ip", "-json", "-stats", "link", "show"]).stdout or "[]"):
        stats = link.get("stats64") or {}
        rx, tx = stats.get("rx", {}), stats.get("tx", {})
        found[link["ifname"]] = [int(rx.get(name, 0)) for name in ("bytes", "packets")]
        found[link["ifname"]] += [int(tx.get(name, 0)) for name in ("bytes", "packets")]
    return found


def _next_hops(daemons: Daemons, family: str) -> dict[str, int]:
    """How many best BGP routes use a next hop. Counted here: a full table does not travel."""
    counts: dict[str, int] = {}
    for paths in routes(daemons.stream(f"show bgp {family} unicast json")):
        for path in paths if isinstance(paths, list) else ():
            if not (path.get("bestpath") or path.get("multipath")):
                continue
            hops = [hop for hop in path.get("nexthops", ()) if hop.get("scope") != "link-local"]
            address = str((hops or path.get("nexthops") or [{}])[0].get("ip", ""))
            if address not in ("", "0.0.0.0", "::"):
                counts[address] = counts.get(address, 0) + 1
    return counts


_ROUTES = re.compile(r'"routes"\s*:\s*\{')
_KEY = re.compile(r'[\s,]*"[^"]*"\s*:\s*')
_END = re.compile(r"\s*\}")


def routes(pieces: Iterable[str]) -> Iterator[Any]:
    """The values of "routes" in FRR's JSON, one after the other: a whole table at once would take a router's memory."""
    left, inside, decoder = "", False, json.JSONDecoder()
    for piece in pieces:
        left += piece
        if not inside:
            found = _ROUTES.search(left)
            if found is None:
                continue
            left, inside = left[found.end() :], True
        at = 0
        while (key := _KEY.match(left, at)) is not None:
            try:
                value, at = decoder.raw_decode(left, key.end())
            except ValueError:
                break
            yield value
        if _END.match(left, at):
            return
        left = left[at:]


def _software(daemons: Daemons) -> dict[str, str]:
    return {
        "banner": daemons.vtysh("show version").stdout.partition("\n")[0],
        "package": _said(["dpkg-query", "--show", "--showformat=${Version}", "frr"]).strip(),
        "previous": _previous(),
        "available": _said(["apt-cache", "madison", "frr"]),
    }


def _previous() -> str:
    """The version that the newest installation of the package replaced, as dpkg's log has it."""
    for log in _LOGS:
        with contextlib.suppress(OSError):
            lines = Path(log).read_text(encoding="utf-8", errors="replace").splitlines()
            for found in filter(None, map(_UPGRADED.search, reversed(lines))):
                return found[1] if found[1] != "<none>" else ""
    return ""


def _storage() -> dict[str, dict[str, int]]:
    found = {}
    for place in _PLACES:
        with contextlib.suppress(OSError):
            told = os.statvfs(place)
            found[place] = {"free_bytes": told.f_bavail * told.f_frsize, "total_bytes": told.f_blocks * told.f_frsize}
    return found
