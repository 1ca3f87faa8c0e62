"""The clients on real sockets: bounded in time and size, quiet about secrets. A real Prometheus takes the queries."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.path_health import Bounds, history_query
from ansible_collections.fairway.backbone.plugins.plugin_utils import prometheus
from ansible_collections.fairway.backbone.plugins.plugin_utils.alertmanager import active_alerts, saved_alerts
from ansible_collections.fairway.backbone.plugins.plugin_utils.http_client import HttpFault, Server, fetch, fetch_json

TOKEN = "let-me-in-please"


@contextmanager
def serving(answer: Any, status: int = 200, **headers: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A server that answers every request alike; its URL, and the path and authorization of every request."""
    asked: list[tuple[str, str]] = []
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization", "")))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def dripping(first: bytes) -> Iterator[str]:
    """A server that sends this, and then a byte now and then, for ever."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _peer = listener.accept()
            with connection:
                connection.sendall(first)
                try:
                    while not stop.wait(0.05):
                        connection.sendall(b"[")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def test_alertmanager_and_grafana_are_asked_for_active_alerts_with_the_token() -> None:
    with serving([]) as (url, asked):
        assert active_alerts(Server("Alertmanager", url + "/", token=TOKEN)).seen == 0
        assert active_alerts(Server("Grafana", url, user="me", password="x"), grafana=True).seen == 0
    query = "/api/v2/alerts?active=true&silenced=false&inhibited=false"
    assert asked == [(query, f"Bearer {TOKEN}"), ("/api/alertmanager/grafana" + query, "Basic bWU6eA==")]


@pytest.mark.parametrize(
    "answer, status, says",
    [
        ({"alerts": []}, 200, "Alertmanager: expected a list of alerts, got a mapping"),
        (b"<html>", 200, "no JSON that can be read"),
        (b"[" * 200_000, 200, "no JSON that can be read"),
        (b"", 401, "HTTP 401 Unauthorized"),
        (b"", 302, "HTTP 302 Found"),
        (b"x" * 1_000_001, 200, "larger than 1000000 bytes"),
    ],
)
def test_an_answer_of_no_use_is_a_fault_that_names_the_server_and_no_secret(
    answer: Any, status: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ansible_collections.fairway.backbone.plugins.plugin_utils.alertmanager.MAX_BYTES", 1_000_000)
    with serving(answer, status, Location="http://192.0.2.1/") as (url, asked):
        server = Server("Alertmanager", url.replace("//", "//me:pass-word@"), token=TOKEN)
        with pytest.raises(HttpFault) as fault:
            active_alerts(server, 20.0)
    assert says in str(fault.value)
    assert "pass-word" not in str(fault.value) + repr(server).replace(server.url, "")
    assert TOKEN not in str(fault.value) + repr(server)
    assert len(asked) == 1, "no redirect is followed"


def test_bytes_that_are_no_text_are_replaced_and_the_rest_is_read() -> None:
    with serving(b'["\xff", 1]') as (url, _asked):
        assert fetch_json(Server("x", url), "/") == ["\ufffd", 1]


@pytest.mark.parametrize(
    "first",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["status", "head", "body"],
)
def test_a_server_that_drips_does_not_hold_anybody_up(first: bytes) -> None:
    with dripping(first) as url:
        began = time.monotonic()
        with pytest.raises(HttpFault, match=r"no answer within 0\.5 s"):
            fetch(Server("slow", url), "/", timeout_s=0.5)
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f"{TOKEN} ", f"\u201c{TOKEN}\u201d"])
def test_a_token_that_cannot_be_sent_is_told_of_and_not_told(token: str) -> None:
    with pytest.raises(HttpFault, match="its token has a space, a line break or another character") as fault:
        fetch(Server("my server", "http://127.0.0.1:1", token=token), "/")
    assert TOKEN not in str(fault.value)


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "ftp://x", "http://", "http://a b", "http://x:99999", "file:///etc/passwd", "http://127.0.0.1:1"],
)
def test_an_address_that_is_none_is_a_fault(url: str) -> None:
    with pytest.raises(HttpFault, match="my server"):
        fetch(Server("my server", url), "/")


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b"[" * 200_000, b'{"alerts": 1}'])
def test_a_payload_that_is_none_is_a_fault(text: bytes, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_bytes(text)
    with pytest.raises(HttpFault, match="payload"):
        saved_alerts(file)


@pytest.fixture(scope="module")
def real_prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prometheus itself, with rules that give a path its series."""
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not installed")
    directory = tmp_path_factory.mktemp("prometheus")
    labels = {"backbone": "jkt-sby", "path": "north"}
    series = {"path:fresh:bool": 1, "path:sick:bool": 0, "path:loss:ratio5s": 0.01, "path:traffic_mbit": 7}
    rules = [{"record": name, "expr": f"vector({value})", "labels": labels} for name, value in series.items()]
    site = {"record": "site:loss:ratio5s", "expr": "vector(0.25)", "labels": {"source": "jkt", "peer": "sby"}}
    group = {"groups": [{"name": "test", "interval": "1s", "rules": [*rules, site]}]}
    (directory / "rules.yml").write_text(json.dumps(group))
    (directory / "prometheus.yml").write_text(json.dumps({"rule_files": [str(directory / "rules.yml")]}))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    argv = [
        "prometheus", f"--config.file={directory / 'prometheus.yml'}", f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
    ]  # fmt: skip
    with subprocess.Popen(argv) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_the_real_prometheus_understands_both_questions(real_prometheus: str) -> None:
    server, bounds = Server("Prometheus", real_prometheus), Bounds()
    end = time.monotonic() + 90
    while True:
        health, now = prometheus.measure(server, ["jkt-sby/north", "jkt-sby/south"], 60, bounds, 10)
        if health["jkt-sby/north"].healthy_s > 5 or time.monotonic() > end:
            break
        time.sleep(0.3)
    north, south = health["jkt-sby/north"], health["jkt-sby/south"]
    assert now.fault == ""
    assert (north.fresh, north.sick, north.loss, north.rate_mbit) == (True, False, 0.01, 7.0)
    assert 5 < north.healthy_s < 120
    assert (south.fresh, south.healthy_s) == (False, 0.0)
    assert now.sites == {("jkt", "sby"): 0.25}
    assert prometheus.ask(server, history_query(86_400, Bounds()), 20, time.time() + 30)["status"] == "success"
