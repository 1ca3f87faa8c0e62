"""Runs inside the namespaces of a router: applies configurations one after the other and says what FRR then runs.

In: JSON lines, each the text of a configuration. Out: one JSON line per configuration: seconds, FRR's configuration
after the change, and FRR's configuration when a new backend writes the same from scratch.
"""

from __future__ import annotations

import json
import sys
import time

from lab.junos.backend import BackendError
from lab.junos.backend.frr import FrrBackend
from lab.junos.backend.frr.run import vtysh
from tests.unit.lab_junos.backend.loading import tree


def running() -> str:
    return vtysh("show running-config").partition("frr defaults")[2]


def main() -> None:
    backend = FrrBackend()
    for line in sys.stdin:
        wanted = tree(json.loads(line))
        begin = time.monotonic()
        try:
            backend.apply(wanted)
        except BackendError as error:
            print(json.dumps({"error": error.message}), flush=True)
            continue
        seconds = time.monotonic() - begin
        changed = running()
        backend = FrrBackend()
        backend.apply(wanted)
        print(json.dumps({"seconds": seconds, "changed": changed, "fresh": running()}), flush=True)


if __name__ == "__main__":
    main()
