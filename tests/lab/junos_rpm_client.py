"""Run on the lab's controller: one request to jkt-r1, and to its neighbour where both are set up.

set        set commands for jkt-r1 from standard input, committed
prepare    configures both ends of the link, and prints jkt-r1's and sby-r1's configuration before as JSON
restore    puts back the configurations that `prepare` printed (standard input)
results    {test: {sent, received, status, rtt samples}} of all tests as JSON
cli LINE   what the CLI prints
load S     sends rapid pings to the neighbour for S seconds, then prints the counters of ge-0/0/0
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from jnpr.junos import Device
from jnpr.junos.utils.config import Config

HERE, THERE = "192.0.2.131", "192.0.2.133"
LINK = """
set interfaces ge-0/0/0 unit 0 family inet address {v4}/31
set interfaces ge-0/0/0 unit 0 family inet6 address {v6}/127
"""
ENDS = {HERE: ("192.0.2.64", "2001:db8:0:64::"), THERE: ("192.0.2.65", "2001:db8:0:64::1")}
ALL = "probe-test-global-results/probe-test-generic-results"


def device(address: str) -> Any:
    """An open session."""
    return Device(host=address, user="fairway", port=830, gather_facts=False).open()


def commit(router: Any, text: str, **options: Any) -> None:
    """Load and commit under the lock."""
    with Config(router, mode="exclusive") as config:
        config.load(text, **options)
        config.commit()


def prepare() -> dict[str, str]:
    """Addresses on both ends; the configurations before."""
    before = {}
    for address, (v4, v6) in ENDS.items():
        router = device(address)
        before[address] = router.rpc.get_config(options={"format": "text"}).text
        commit(router, LINK.format(v4=v4, v6=v6), format="set")
        router.close()
    return before


def restore(before: dict[str, str]) -> None:
    """Both ends as they were."""
    for address, text in before.items():
        router = device(address)
        commit(router, text, format="text", overwrite=True)
        router.close()


def results(router: Any) -> dict[str, dict[str, Any]]:
    """The totals of all tests since they were committed."""
    found = {}
    for test in router.rpc.get_probe_results().iterfind("probe-test-results"):
        totals = test.find(ALL)
        found[test.findtext("test-name")] = {
            "sent": int(totals.findtext("probes-sent")) if totals is not None else 0,
            "received": int(totals.findtext("probe-responses")) if totals is not None else 0,
            "status": test.findtext("probe-single-results/probe-status"),
        }
    return found


def load(router: Any, seconds: float) -> dict[str, int]:
    """Traffic for some seconds, and what the interface then counts."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        router.rpc.ping(host="192.0.2.65", count="50", rapid=True, size="1000")
    port = router.rpc.get_interface_information(interface_name="ge-0/0/0", extensive=True).find("physical-interface")
    blocks = {
        "port": port.find("traffic-statistics"),
        "unit": port.find("logical-interface/transit-traffic-statistics"),
    }
    return {f"{name} {child.tag}": int(child.text) for name, block in blocks.items() for child in block}


def main() -> int:
    """0; PyEZ's exceptions are the error messages."""
    verb, *rest = sys.argv[1:]
    if verb == "prepare":
        print(json.dumps(prepare()))
        return 0
    if verb == "restore":
        restore(json.load(sys.stdin))
        return 0
    router = device(HERE)
    if verb == "set":
        commit(router, sys.stdin.read(), format="set")
    elif verb == "results":
        print(json.dumps(results(router)))
    elif verb == "load":
        print(json.dumps(load(router, float(rest[0]))))
    else:
        print(router.cli(rest[0], warning=False))
    router.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
