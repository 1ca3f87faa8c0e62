"""Watches the alerts of a lab from its controller: `python -m bench.live_side URL`; a line of JSON for each change.

{"at": seconds since 1970, "alerts": {"jkt-sby/north": since when PathLoss fires there}, "healthy": ["jkt-sby/south"]}

One process and one connection: a process per question would take from Prometheus the processor that is measured here.
"""

from __future__ import annotations

import http.client
import itertools
import json
import sys
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

EVERY_S = 0.075
HEALTH_EVERY = 10
"""Health is asked for at each so many looks at the alerts: nothing is timed by it."""
HEALTHY = "path:fresh:bool == 1 and path:sick:bool == 0"


def ask(connection: http.client.HTTPConnection, path: str, **parameters: str) -> Any:
    """The data of an answer of Prometheus."""
    connection.request("GET", f"{path}?{urllib.parse.urlencode(parameters)}")
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != http.client.OK:
        raise SystemExit(f"{path}: {answer.status}: {text[:200]!r}")
    return json.loads(text)["data"]


def firing(alerts: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Paths with a firing PathLoss, and the time of the evaluation that began it: of its detectors, the first."""
    found: dict[str, float] = {}
    for alert in alerts:
        labels = alert["labels"]
        if (labels["alertname"], alert["state"]) == ("PathLoss", "firing"):
            since = datetime.fromisoformat(alert["activeAt"]).timestamp()
            name = full_name(labels)
            found[name] = min(since, found.get(name, since))
    return found


def full_name(labels: Mapping[str, str]) -> str:
    """The path as the intent calls it."""
    return f"{labels['backbone']}/{labels['path']}"


def main() -> None:
    """Look until somebody ends it."""
    server = urllib.parse.urlsplit(sys.argv[1])
    connection = http.client.HTTPConnection(server.hostname or "", server.port, timeout=10)
    told: tuple[dict[str, float], list[str]] | None = None
    healthy: list[str] = []
    for turn in itertools.count():
        if turn % HEALTH_EVERY == 0:
            vector = ask(connection, "/api/v1/query", query=HEALTHY)["result"]
            healthy = sorted(full_name(one["metric"]) for one in vector)
        now = firing(ask(connection, "/api/v1/alerts")["alerts"]), healthy
        if now != told:
            print(json.dumps({"at": time.time(), "alerts": now[0], "healthy": now[1]}), flush=True)
            told = now
        time.sleep(EVERY_S)


if __name__ == "__main__":
    main()
