"""Senders of knocks, well-behaved and not: payloads as documented, and what people and broken programs send instead."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any

from tests.hostile.hook_house import TOKEN

KEY = {"Authorization": f"Bearer {TOKEN}"}


def post(
    port: int,
    body: bytes = b"{}",
    headers: Mapping[str, str] = KEY,
    path: str = "/",
    context: ssl.SSLContext | None = None,
) -> int:
    """Send it; the HTTP status."""
    if context is None:
        line: http.client.HTTPConnection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    else:
        line = http.client.HTTPSConnection("localhost", port, timeout=60, context=context)
    try:
        line.request("POST", path, body, dict(headers))
        return line.getresponse().status
    finally:
        line.close()


def raw(port: int, data: bytes, more: bytes = b"") -> bytes:
    """Send bytes as they are; the first line of the reply, "" when there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(data)
        reply = b""
        while b"\r\n" not in reply and (part := line.recv(4096)):
            reply += part
        if more:
            line.sendall(more)
        return reply.split(b"\r\n")[0]


def alert(status: str = "firing", **labels: str) -> dict[str, Any]:
    """One alert as Alertmanager describes it."""
    return {
        "status": status, "labels": {"alertname": "PathLoss", "backbone": "jkt-sby", "path": "north", **labels},
        "annotations": {"summary": "loss on jkt-sby/north"}, "startsAt": "2026-11-21T10:00:00.000Z",
        "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://192.0.2.129:9090/graph",
        "fingerprint": "0011223344556677",
    }  # fmt: skip


def alertmanager(*alerts: Any, **more: Any) -> bytes:
    """A webhook of Alertmanager, version 4."""
    return json.dumps({
        "version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "status": "firing", "receiver": "fairway-reroute",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://192.0.2.129:9093",
        "notification_reason": "first", "alerts": list(alerts), **more,
    }).encode()  # fmt: skip


def grafana(*alerts: Any) -> bytes:
    """A webhook of Grafana, version 1: the same shape and more."""
    more = {
        "values": {"B": 0.3},
        "silenceURL": "",
        "dashboardURL": "",
        "panelURL": "",
        "startsAt": "2026-11-21T17:00:00+07:00",
    }
    return alertmanager(
        *({**one, **more} for one in alerts), version="1", orgId=1, title="x", state="alerting", message="x"
    )
