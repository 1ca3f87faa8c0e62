"""A stand-in for Prometheus and Alertmanager, for faults that the real ones cannot be made to show.

Run inside the lab's controller host: `python reroute_servers.py STATE_FILE PORT`. What it answers is in the state file,
which the test writes anew whenever it likes; see `State` in reroute_lab.py.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

STEP = 5
NESTED = '{"status":"success","data":' + "[" * 100_000
ODD = b'[{"labels": {"action": "reroute", "backbone": "\xff\xfe", "path": "x"}, "status": {"state": "active"}}]'


class Handler(BaseHTTPRequestHandler):
    """Answers both APIs."""

    state_file = Path("state.json")
    told: ClassVar[dict[int, int]] = {}

    def do_GET(self) -> None:
        """Alertmanager: active alerts."""
        self.answer("alertmanager")

    def do_POST(self) -> None:
        """Prometheus: instant queries, sent as a form."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.answer("prometheus", parse_qs(body).get("query", [""])[0])

    def answer(self, who: str, query: str = "") -> None:
        state = self.state(query)
        mode = state.get(who, "ok")
        if mode == "down":
            self.close_connection = True
            return
        if mode == "slow":
            time.sleep(20)
        if mode == "error":
            self.reply(503, b'{"status": "error", "error": "out of memory"}')
            return
        if mode == "nested":
            self.reply(200, NESTED.encode())
            return
        if mode == "bytes":
            self.reply(200, ODD)
            return
        told = state["alerts"] if who == "alertmanager" else prometheus(state, query, mode)
        self.reply(200, json.dumps(told).encode())

    def state(self, query: str) -> dict[str, Any]:
        """What the test wrote; `then` is what is so after `after` questions about the present."""
        state: dict[str, Any] = json.loads(self.state_file.read_text(encoding="utf-8"))
        if "then" in state and query and not query.endswith("s]"):
            written = self.state_file.stat().st_mtime_ns
            self.told[written] = self.told.get(written, 0) + 1
            if self.told[written] > state["after"]:
                return {**state, **state["then"]}
        return state

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""


def prometheus(state: dict[str, Any], query: str, mode: str) -> dict[str, Any]:
    """An instant query's answer: a matrix for the past, else a vector. `stale`: its rules stopped two minutes ago;
    `old`: a cache answers with what it was told ten minutes ago."""
    now = time.time() - (600 if mode == "old" else 0)
    found = past(state, now) if "[" in query and query.endswith("s]") else present(state, now, mode)
    kind = "matrix" if found and "values" in found[0] else "vector"
    return {"status": "success", "data": {"resultType": kind, "result": found}}


def present(state: dict[str, Any], now: float, mode: str) -> list[dict[str, Any]]:
    found = [sample({"fairway_what": "now"}, now, now)]
    for name, path in state["paths"].items():
        for what in ("fresh", "sick", "loss", "latency", "rate"):
            if what in path:
                found.append(sample({**labels(name), "fairway_what": what}, now, path[what]))
        found.append(sample({**labels(name), "fairway_what": "at"}, now, now - (120 if mode == "stale" else 0.4)))
    for pair, loss in state.get("sites", {}).items():
        source, peer = pair.split(">")
        found.append(sample({"fairway_what": "site", "source": source, "peer": peer}, now, loss))
    return found


def past(state: dict[str, Any], now: float) -> list[dict[str, Any]]:
    """As long ago as `healthy_s` says, every path was sick."""
    found: list[dict[str, Any]] = []
    points = [now - now % STEP - STEP * number for number in range(80)]
    for name, path in state["paths"].items():
        since = now - path.get("healthy_s", 0)
        series: dict[str, list[list[Any]]] = {"sick": [], "fresh": []}
        for when in reversed(points):
            series["sick"].append([when, "0" if when > since and not path["sick"] else "1"])
            series["fresh"].append([when, str(path["fresh"])])
        for what, values in series.items():
            found.append({"metric": {**labels(name), "fairway_what": what}, "values": values})
    return found


def labels(name: str) -> dict[str, str]:
    backbone, path = name.split("/")
    return {"backbone": backbone, "path": path}


def sample(metric: dict[str, str], when: float, value: float) -> dict[str, Any]:
    return {"metric": metric, "value": [when, str(value)]}


if __name__ == "__main__":
    Handler.state_file = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
    print("ready", flush=True)
    server.serve_forever()
