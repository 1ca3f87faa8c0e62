# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a router's state that are read only when they are named; module_utils/state.py says what they look like.

The functions named frr_* make them of what frr_agent_state_more.gather collected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change import Pending

State = dict[str, Any]

_RUNS = re.compile(r"^FRRouting (\S+)")
_UPSTREAM = re.compile(r"^(?:\d+:)?(.+?)(?:-[^-]*)?$")
_NTP_STATUS = re.compile(r"(\w+)=(\"[^\"]*\"|[^,\s]+)")
_NTP_PEER = re.compile(r"^[*o](\S+)", re.MULTILINE)
# chronyc -c tracking: reference id, name, stratum, reference time, offset of the system's clock, ..., leap status.
_TRACKING_FIELDS = 14


def number(value: Any) -> int | None:
    """A count out of what a router printed; None when it is none."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def frr_more(raw: Mapping[str, Any]) -> State:
    """Those of the subjects that were gathered."""
    make = {
        "traffic": frr_traffic,
        "next_hops": lambda told: {family: dict(told.get(family) or {}) for family in ("inet", "inet6")},
        "software": frr_software,
        "storage": lambda told: {place: dict(sizes) for place, sizes in told.items()},
        "ntp": frr_ntp,
    }
    return {name: build(raw[name]) for name, build in make.items() if raw.get(name) is not None}


def commit_state(pending: Pending | None, uncommitted: bool, locked_by: str) -> State:
    """The subject `commit`."""
    waits = None
    if pending is not None:
        waits = {name: getattr(pending, name) for name in ("change_id", "user", "client", "deadline", "log")}
    return {"pending": waits, "uncommitted": uncommitted, "locked_by": locked_by}


# -- traffic ---------------------------------------------------------------------------------------------------------


def frr_traffic(told: Mapping[str, Any]) -> State:
    """Rates from two readings, each {interface: [octets in, packets in, octets out, packets out]}."""
    first, then, seconds = told.get("first") or {}, told.get("then") or {}, float(told.get("seconds") or 0)
    return {name: _rates(first.get(name), counts, seconds) for name, counts in then.items()}


def _rates(was: list[int] | None, now: list[int], seconds: float) -> dict[str, int | None]:
    rates = [_per_second(was[at] if was else None, now[at], seconds) for at in range(4)]
    bits = [None if rate is None else rate * 8 for rate in rates]
    names = ("in_bps", "in_pps", "out_bps", "out_pps")
    told = {name: (bits if name.endswith("bps") else rates)[at] for at, name in enumerate(names)}
    rounded = {name: None if rate is None else round(rate) for name, rate in told.items()}
    return {**rounded, "in_octets": now[0], "out_octets": now[2]}


def _per_second(was: int | None, now: int, seconds: float) -> float | None:
    return None if was is None or now < was or seconds <= 0 else (now - was) / seconds


# -- software --------------------------------------------------------------------------------------------------------


def frr_software(told: Mapping[str, Any]) -> State:
    """What runs is what the daemons say. What dpkg has and does not run yet is pending: a restart is FRR's reboot."""
    found = _RUNS.match(str(told.get("banner") or ""))
    runs, package = found[1] if found else "", str(told.get("package") or "")
    waits = package if package and runs and not runs_package(runs, package) else ""
    return {
        "version": runs,
        "model": "frr",
        "package": package,
        "pending": waits,
        "previous": str(told.get("previous") or ""),
        "available": _offered(str(told.get("available") or "")),
    }


def _offered(madison: str) -> list[str]:
    """The versions in `apt-cache madison`: `frr | 9.1-1 | http://... Packages`, each once."""
    cells = [line.split("|") for line in madison.splitlines()]
    return list(dict.fromkeys(row[1].strip() for row in cells if len(row) > 1))


def upstream(package: str) -> str:
    """The version that the daemons of a package call themselves: `9.1` of `1:9.1-0~deb12u1`."""
    found = _UPSTREAM.match(package)
    return found[1] if found else package


def runs_package(runs: str, package: str) -> bool:
    """Whether daemons that call themselves `runs` are those of a package (its whole version, or the upstream one)."""
    return runs in (package, upstream(package))


# -- the clock -------------------------------------------------------------------------------------------------------


def junos_ntp(status: str, associations: str) -> State:
    """Out of `show ntp status` and `show ntp associations`, which are ntpd's own words: Junos has no XML for them."""
    told = {name: value.strip('"') for name, value in _NTP_STATUS.findall(status)}
    stratum, peer = number(told.get("stratum")), _NTP_PEER.search(associations)
    synchronized = "sync_" in status and "sync_unspec" not in status and stratum is not None and 0 < stratum < 16
    return {
        "synchronized": synchronized if told else None,
        "peer": peer[1] if peer else "",
        "stratum": stratum,
        "offset_ms": _float(told.get("offset", told.get("phase"))),
    }


def frr_ntp(told: Mapping[str, Any]) -> State:
    """From chrony when it runs, else from ntpd, else from what systemd knows of the kernel's clock."""
    tracking = str(told.get("chrony") or "").strip().split(",")
    if len(tracking) >= _TRACKING_FIELDS:
        stratum, offset = number(tracking[2]), _float(tracking[4])
        good = tracking[-1].strip() != "Not synchronised" and stratum is not None and 0 < stratum < 16
        return {
            "synchronized": good,
            "peer": tracking[1] if good else "",
            "stratum": stratum,
            "offset_ms": None if offset is None else round(offset * 1000, 3),
        }
    if told.get("ntpq"):
        return junos_ntp(str(told["ntpq"]), str(told.get("ntpq_peers") or ""))
    word = str(told.get("systemd") or "").strip().partition("=")[2]
    return {"synchronized": {"yes": True, "no": False}.get(word), "peer": "", "stratum": None, "offset_ms": None}


def _float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
