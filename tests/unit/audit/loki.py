"""Receivers of audit events on loopback: a Loki that checks what it is pushed, and listeners for syslog."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def complaint(body: Any) -> str:
    """What Loki's push API would refuse in a body; empty when nothing."""
    if not isinstance(body, dict) or not isinstance(body.get("streams"), list):
        return "no streams"
    for stream in body["streams"]:
        labels = stream.get("stream")
        if not isinstance(labels, dict) or not labels:
            return "a stream without labels"
        for name, value in labels.items():
            if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) or not isinstance(value, str):
                return f"label {name}"
        for entry in stream.get("values") or [None]:
            if not isinstance(entry, list) or len(entry) != 2:
                return "an entry that is no pair"
            if not all(isinstance(part, str) for part in entry):
                return "a line or a time that is no string"
            if not re.fullmatch(r"[0-9]{19}", entry[0]):
                return "a time that is not in nanoseconds"
    return ""


class Loki:
    """What was pushed: `streams` in order; `headers` of the last push. `answer` overrides the status."""

    def __init__(self) -> None:
        self.streams: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.answer = 0
        self.port = 0

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for stream in self.streams for _when, line in stream["values"]]


@contextmanager
def loki() -> Iterator[Loki]:
    """A Loki on loopback."""
    told = Loki()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            wrong = complaint(body) if self.path == "/loki/api/v1/push" else "no such page"
            if wrong or told.answer:
                self.send_response(told.answer or 400)
                self.end_headers()
                self.wfile.write(f"error: {wrong or 'told to'}".encode())
                return
            told.streams += body["streams"]
            told.headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        told.port = server.server_address[1]
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def datagrams(family: int, address: Any) -> Iterator[socket.socket]:
    """A socket that hears datagrams."""
    with socket.socket(family, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(30)
        yield listener


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        yield listener.getsockname()[1]
