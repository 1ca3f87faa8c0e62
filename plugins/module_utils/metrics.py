# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router exporter's metrics: every name with its kind, labels and meaning, and samples of them.

One copy: the exporter exposes what is listed here, docs/metrics.md is held to it by a test. Enumerations are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

COUNTER, GAUGE = "counter", "gauge"


class Family(NamedTuple):
    """One metric. `labels` are in the order in which a Sample carries their values."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


class Sample(NamedTuple):
    """One value of the metric `name`; `labels` are the values of its family's labels, in their order."""

    name: str
    labels: tuple[str, ...]
    value: float


_RPM = ("router", "backbone", "path", "peer", "target")
_PORT = ("router", "interface", "direction")
_BGP = ("router", "peer", "family")
_OSPF = ("router", "interface", "version", "neighbor")
_POLL = ("router", "collector")

FAMILIES = (
    Family("fairway_rpm_sent_total", COUNTER, _RPM, "RPM probes that the router sent"),
    Family("fairway_rpm_received_total", COUNTER, _RPM, "Replies to RPM probes that the router received"),
    Family("fairway_rpm_rtt_seconds", GAUGE, (*_RPM, "stat"), "Round-trip time of the router's newest RPM test"),
    Family("fairway_rpm_age_seconds", GAUGE, _RPM, "Seconds since the router was seen to send another RPM probe"),
    Family("fairway_interface_octets_total", COUNTER, _PORT, "Octets through the interface"),
    Family("fairway_interface_packets_total", COUNTER, _PORT, "Packets through the interface"),
    Family("fairway_interface_errors_total", COUNTER, _PORT, "Packets with errors at the interface"),
    Family("fairway_interface_up", GAUGE, ("router", "interface"), "1 when the interface carries packets, 0 otherwise"),
    Family(
        "fairway_interface_path",
        GAUGE,
        ("router", "interface", "backbone", "path"),
        "1 for each interface that a steering path names as a member",
    ),
    Family("fairway_bgp_up", GAUGE, _BGP, "1 when the BGP session is established, 0 otherwise"),
    Family(
        "fairway_bgp_state",
        GAUGE,
        _BGP,
        "State of the BGP session: 1 Idle, 2 Connect, 3 Active, 4 OpenSent, 5 OpenConfirm, 6 Established, 0 another",
    ),
    Family("fairway_bgp_prefixes", GAUGE, (*_BGP, "what"), "Prefixes of the BGP session"),
    Family("fairway_ospf_up", GAUGE, _OSPF, "1 when the OSPF neighbour is Full, else 0, for a day after it left too"),
    Family(
        "fairway_ospf_state",
        GAUGE,
        _OSPF,
        "State of the OSPF neighbour: 1 Down, 2 Attempt, 3 Init, 4 TwoWay, 5 ExStart, 6 Exchange, 7 Loading, 8 Full, "
        "0 another",
    ),
    Family("fairway_ospf_cost", GAUGE, ("router", "interface"), "OSPFv2 cost of the interface, as the router uses it"),
    Family(
        "fairway_steered",
        GAUGE,
        ("router", "backbone", "path"),
        "1 while the router holds the path's steered value or a steering marker of it, 0 otherwise",
    ),
    Family("fairway_router_up", GAUGE, ("router",), "1 when the exporter's newest look at the router succeeded"),
    Family("fairway_router_scrape_seconds", GAUGE, _POLL, "Seconds that the newest successful look at the router took"),
    Family("fairway_router_age_seconds", GAUGE, _POLL, "Seconds since the newest successful look at the router"),
    Family("fairway_router_faults_total", COUNTER, ("router", "collector", "kind"), "Looks at the router that failed"),
    Family("fairway_exporter_heartbeat_seconds", GAUGE, (), "Unix time of the exporter's newest look at any router"),
)
"""Everything the exporter exposes."""

LABELS = {family.name: family.labels for family in FAMILIES}

_BGP_STATES = {"Idle": 1, "Connect": 2, "Active": 3, "OpenSent": 4, "OpenConfirm": 5, "Established": 6}
_OSPF_STATES = {"Down": 1, "Attempt": 2, "Init": 3, "2Way": 4, "TwoWay": 4, "Twoway": 4, "ExStart": 5, "Exchange": 6}
_OSPF_STATES |= {"Loading": 7, "Full": 8}


def sample(name: str, value: float, **labels: str) -> Sample:
    """A sample with the labels of its family; a missing or unknown label is a KeyError."""
    wanted = LABELS[name]
    if len(labels) != len(wanted):
        raise KeyError(f"{name} has labels {', '.join(wanted)}, not {', '.join(labels)}")
    return Sample(name, tuple(labels[label] for label in wanted), float(value))


def quantity(value: Any) -> float | None:
    """A number out of a router's reply; None for what is none, is not finite or below zero."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def bgp_samples(router: str, bgp: Any) -> Iterable[Sample]:
    """Out of `bgp` in the normal form of module_utils/state.py.

    A session that is down may not tell its families: its address says which one it is for then.
    """
    for peer, told in _items(_inner(bgp, "neighbors")):
        state = str(_inner(told, "state"))
        families = dict(_items(_inner(told, "families"))) or {"inet6" if ":" in peer else "inet": {}}
        for family, counts in families.items():
            labels = {"router": router, "peer": peer, "family": family}
            yield sample("fairway_bgp_up", state == "Established", **labels)
            yield sample("fairway_bgp_state", _BGP_STATES.get(state, 0), **labels)
            for what in ("received", "accepted", "advertised"):
                count = quantity(_inner(counts, what))
                if count is not None:
                    yield sample("fairway_bgp_prefixes", count, **labels, what=what)


def ospf_samples(router: str, ospf: Any) -> Iterable[Sample]:
    """Out of `ospf` in the normal form of module_utils/state.py."""
    for version, interfaces in _items(ospf):
        for interface, neighbors in _items(interfaces):
            for neighbor, state in _items(neighbors):
                labels = {"router": router, "interface": interface, "version": version, "neighbor": neighbor}
                yield sample("fairway_ospf_up", state == "Full", **labels)
                yield sample("fairway_ospf_state", _OSPF_STATES.get(str(state), 0), **labels)


def _inner(node: Any, key: str) -> Any:
    return node.get(key) if isinstance(node, Mapping) else None


def _items(node: Any) -> Iterable[tuple[str, Any]]:
    """The entries of a mapping whose keys are words; of anything else none."""
    if isinstance(node, Mapping):
        yield from ((key, value) for key, value in node.items() if isinstance(key, str))
