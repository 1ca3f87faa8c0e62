# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Router replies as samples: Junos as nested mappings (jxmlease's), FRR as the JSON of `ip` and `vtysh`.

What is missing or odd in a reply is left out: a router of another release must not stop the exporter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import Sample, quantity, sample
from ansible_collections.fairway.backbone.plugins.module_utils.reply_tree import every, text

_US_PER_S = 1e6
_STATS = (("min", "min-delay"), ("avg", "avg-delay"), ("max", "max-delay"))
# Some releases put the running test's results directly below the test.
_NEWEST_FIRST = (("probe-test-current-results",), (), ("probe-last-test-results",), ("probe-test-global-results",))
_DIRECTIONS = (("in", "input"), ("out", "output"))
_MARKER = re.compile(r"^! fairway-steering (?:.* )?path=(\S+)", re.MULTILINE)


def rpm_samples(router: str, reply: Any) -> Iterable[Sample]:
    """Out of get-probe-results: tests that are named PATH@PEER belong to a steering path, their owner is the backbone.

    Sent and received count all tests since the probe was configured; the round-trip time is that of the running test,
    or of the last one while the running one has no reply yet. Tests side by side (PATH@PEER+2) are one measurement.
    """
    found: dict[tuple[str, tuple[str, ...]], list[Sample]] = {}
    for one in _rpm_tests(router, reply):
        found.setdefault((one.name, one.labels), []).append(one)
    for same in found.values():
        yield same[0]._replace(value=_together(same))


def _together(same: Sequence[Sample]) -> float:
    values = [one.value for one in same]
    if same[0].name != "fairway_rpm_rtt_seconds":
        return sum(values)
    stat = same[0].labels[-1]
    return min(values) if stat == "min" else max(values) if stat == "max" else sum(values) / len(values)


def _rpm_tests(router: str, reply: Any) -> Iterable[Sample]:
    for test in every(reply, "probe-results", "probe-test-results"):
        path, separator, peer = text(test, "test-name").partition("@")
        owner = text(test, "owner")
        if not (separator and path and peer and owner):
            continue
        labels = {"router": router, "backbone": owner, "path": path, "peer": peer.partition("+")[0]}
        labels["target"] = text(test, "target-address")
        for total in _first(test, "probe-test-global-results", "probe-test-generic-results"):
            sent, received = quantity(text(total, "probes-sent")), quantity(text(total, "probe-responses"))
            if sent is not None and received is not None:
                yield sample("fairway_rpm_sent_total", sent, **labels)
                yield sample("fairway_rpm_received_total", received, **labels)
        yield from _rtt(test, labels)


def _rtt(test: Any, labels: Mapping[str, str]) -> Iterable[Sample]:
    for way in _NEWEST_FIRST:
        for results in every(test, *way, "probe-test-generic-results", "probe-test-rtt", "probe-summary-results"):
            delays = [(stat, quantity(text(results, name))) for stat, name in _STATS]
            found = [(stat, delay) for stat, delay in delays if delay is not None]
            if found and quantity(text(results, "samples")) != 0:
                for stat, delay in found:
                    yield sample("fairway_rpm_rtt_seconds", delay / _US_PER_S, **labels, stat=stat)
                return


def _first(node: Any, *path: str) -> Iterable[Any]:
    for found in every(node, *path):
        yield found
        return


def junos_interface_samples(router: str, reply: Any) -> Iterable[Sample]:
    """Out of get-interface-information (extensive): ports and their units. Errors are counted per port."""
    for port in every(reply, "interface-information", "physical-interface"):
        name, up = text(port, "name"), text(port, "oper-status") == "up"
        yield from _junos_counters(router, name, port)
        for direction, word in _DIRECTIONS:
            errors = next(iter(every(port, f"{word}-error-list", f"{word}-errors")), None)
            yield from _counter("errors", router, name, direction, errors)
        if name:
            yield sample("fairway_interface_up", up, router=router, interface=name)
        for unit in every(port, "logical-interface"):
            yield from _junos_unit(router, unit, up)
    for unit in every(reply, "interface-information", "logical-interface"):
        yield from _junos_unit(router, unit, True)


def _junos_unit(router: str, unit: Any, port_up: bool) -> Iterable[Sample]:
    name = text(unit, "name")
    if not name:
        return
    yield from _junos_counters(router, name, unit)
    flags = next(iter(every(unit, "if-config-flags")), None)
    up = port_up and isinstance(flags, Mapping) and "iff-up" in flags
    yield sample("fairway_interface_up", up, router=router, interface=name)


def _junos_counters(router: str, name: str, node: Any) -> Iterable[Sample]:
    for counters in _first(node, "traffic-statistics"):
        for direction, word in _DIRECTIONS:
            yield from _counter("octets", router, name, direction, text(counters, f"{word}-bytes"))
            yield from _counter("packets", router, name, direction, text(counters, f"{word}-packets"))


def _counter(what: str, router: str, interface: str, direction: str, value: Any) -> Iterable[Sample]:
    count = quantity(value)
    if interface and count is not None:
        labels = {"router": router, "interface": interface, "direction": direction}
        yield sample(f"fairway_interface_{what}_total", count, **labels)


def junos_costs(reply: Any) -> dict[str, float]:
    """Interface to OSPF cost, out of get-ospf-interface-information (detail)."""
    found = {
        text(told, "interface-name"): quantity(text(told, "interface-cost"))
        for told in every(reply, "ospf-interface-information", "ospf-interface")
    }
    return {name: cost for name, cost in found.items() if name and cost is not None}


def junos_markers(reply: Any) -> frozenset[str]:
    """Names of the paths that a configuration marks as steered, wherever in it the marker stands."""
    found = {text(data, "value") for macro in _macros(reply) for data in every(macro, "data") if _is_path(data)}
    return frozenset(found - {""})


def _macros(node: Any) -> Iterable[Any]:
    children = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    if isinstance(node, Mapping):
        yield from (macro for macro in every(node, "apply-macro") if text(macro, "name") == "fairway-steering")
    for child in children:
        yield from _macros(child)


def _is_path(data: Any) -> bool:
    return text(data, "name") == "path"


def frr_interface_samples(router: str, links: Any) -> Iterable[Sample]:
    """Out of `ip -json -stats link`."""
    for link in links if isinstance(links, list) else ():
        name = link.get("ifname") if isinstance(link, Mapping) else None
        if not isinstance(name, str) or not name:
            continue
        for direction, key in (("in", "rx"), ("out", "tx")):
            for counters in every(link, "stats64", key):
                if isinstance(counters, Mapping):
                    yield from _counter("octets", router, name, direction, counters.get("bytes"))
                    yield from _counter("packets", router, name, direction, counters.get("packets"))
                    yield from _counter("errors", router, name, direction, counters.get("errors"))
        flags = link.get("flags")
        flags = flags if isinstance(flags, list) else []
        up = "UP" in flags and "LOWER_UP" in flags and "NO-CARRIER" not in flags
        yield sample("fairway_interface_up", up, router=router, interface=name)


def frr_costs(reply: Any) -> dict[str, float]:
    """Interface to OSPF cost, out of `show ip ospf interface json`. Older FRR has no level `interfaces`."""
    if not isinstance(reply, Mapping):
        return {}
    listed = reply.get("interfaces", reply)
    if not isinstance(listed, Mapping):
        return {}
    found = {
        name: quantity(told.get("cost"))
        for name, told in listed.items()
        if isinstance(name, str) and isinstance(told, Mapping)
    }
    return {name: cost for name, cost in found.items() if cost is not None}


def frr_markers(configuration: str) -> frozenset[str]:
    """Names of the paths that a committed configuration text marks as steered."""
    return frozenset(_MARKER.findall(configuration))


def cost_samples(router: str, costs: Mapping[str, float]) -> Iterable[Sample]:
    """OSPF costs as samples."""
    for interface, cost in costs.items():
        yield sample("fairway_ospf_cost", cost, router=router, interface=interface)
