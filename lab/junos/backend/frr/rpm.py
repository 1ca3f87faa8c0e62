"""Real-time performance monitoring: what of it is not executed is refused by name, never counted as a loss."""

from __future__ import annotations

from lab.junos.backend.frr.context import Translation
from lab.junos.backend.reading import leaf
from lab.junos.backend.rpm_settings import EXECUTED, configured, probe_limit

_ELSEWHERE = ("routing-instance", "destination-interface", "next-hop")
"""Statements that would send probes another way than the routing table does."""


def refuse_probes(t: Translation) -> None:
    """Note every test that `Prober` would not run as it is configured."""
    count = 0
    for owner, name, test in configured(t.data):
        count += 1
        path = f"services rpm probe {owner} test {name}"
        kind = leaf(test, "probe-type")
        if kind is not None and kind not in EXECUTED:
            t.refuse(path, f"probe-type {kind} is not supported by this data plane", kind)
        t.refuse_present(path, test, _ELSEWHERE)
    limit = probe_limit(t.data)
    if count > limit:
        t.refuse("services rpm", f"{count} tests are more than probe-limit {limit} allows at a time", "probe-limit")
