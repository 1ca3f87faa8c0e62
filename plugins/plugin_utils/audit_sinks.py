# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where audit events go: a file, syslog, Loki. A sink that fails is a warning, and the others still get the events."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.audit import Event, labels
from ansible_collections.fairway.backbone.plugins.plugin_utils.http_client import HttpFault, Server, fetch

TIMEOUT_S = 2.0
MAX_DATAGRAM = 60_000
_FACILITY_NAMES = (
    "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock "
    "local0 local1 local2 local3 local4 local5 local6 local7"
)
FACILITIES = {name: number for number, name in enumerate(str.split(_FACILITY_NAMES))}
KEYS = {
    "file": {"path"},
    "syslog": {"address", "protocol", "facility"},
    "loki": {"url", "token", "user", "password", "ca", "tenant", "labels"},
}
Sink = Mapping[str, Any]


def complaint(sinks: Sequence[Any]) -> str:
    """What is wrong with the settings of the sinks; empty when nothing is."""
    for sink in sinks:
        kind = sink.get("type") if isinstance(sink, Mapping) else None
        if not isinstance(sink, Mapping) or kind not in KEYS:
            return f"an audit sink is a dictionary with type {', '.join(KEYS)}; got type '{kind}'"
        if unknown := sorted(str(key) for key in set(sink) - KEYS[str(kind)] - {"type"}):
            return (
                f"audit sink {kind}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(KEYS[str(kind)]))}"
            )
        needed = {"file": "path", "loki": "url", "syslog": "address"}[str(kind)]
        if not sink.get(needed):
            return f"audit sink {kind}: {needed} is missing"
        if str(sink.get("facility", "local0")) not in FACILITIES:
            return f"audit sink syslog: unknown facility '{sink['facility']}'"
        if sink.get("protocol", "udp") not in ("udp", "tcp"):
            return f"audit sink syslog: protocol '{sink['protocol']}': expected udp or tcp"
    return ""


def is_prompt(sink: Sink) -> bool:
    """Whether a sink never makes anybody wait: it is written before a change, the others after."""
    if sink["type"] == "file":
        return True
    # A name may have to be asked for, and TCP may have to be waited for.
    literal = re.fullmatch(r"/.*|\[?[0-9a-fA-F.:]+\]?", str(sink.get("address", "")))
    return sink["type"] == "syslog" and sink.get("protocol", "udp") == "udp" and bool(literal)


def secrets_of(sinks: Sequence[Sink]) -> list[str]:
    """Every secret of the settings, for the redactor."""
    found = []
    for sink in sinks:
        found += [str(sink[key]) for key in ("token", "password") if sink.get(key)]
        if sink["type"] == "loki":
            found += _loki(sink).secrets
    return found


def write(sinks: Sequence[Sink], events: Sequence[Event], timeout_s: float = TIMEOUT_S) -> list[str]:
    """Every event to every sink, all sinks at once. Returns a warning for each sink that did not take them."""
    if not events or not sinks:
        return []
    with ThreadPoolExecutor(len(sinks)) as pool:
        done = pool.map(lambda sink: _attempt(sink, events, timeout_s), sinks)
    return [warning for warning in done if warning]


def _attempt(sink: Sink, events: Sequence[Event], timeout_s: float) -> str:
    writers: dict[str, Callable[[Sink, Sequence[Event], float], None]] = {
        "file": _write_file, "syslog": _write_syslog, "loki": _write_loki,
    }  # fmt: skip
    try:
        writers[sink["type"]](sink, events, timeout_s)
    except HttpFault as fault:
        return f"audit: {fault}"
    except (OSError, ValueError) as error:
        where = sink.get("path") or sink.get("address") or ""
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return f"audit: {sink['type']} {where}: {words}"
    return ""


def line(event: Event) -> str:
    """An event as one line."""
    return json.dumps(event, ensure_ascii=True, separators=(",", ":"))


def _write_file(sink: Sink, events: Sequence[Event], timeout_s: float) -> None:
    """Whole lines at the end of the file, on disk when this returns. Writers take turns."""
    path = os.path.expanduser(str(sink["path"]))  # noqa: PTH111
    os.makedirs(os.path.dirname(path) or ".", mode=0o750, exist_ok=True)  # noqa: PTH103, PTH120
    # Non-blocking: a named pipe that nobody reads is an error and not a wait.
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o640)
    try:
        end = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError("somebody else holds its lock") from None
                time.sleep(0.02)
        data = "".join(f"{line(event)}\n" for event in events).encode()
        if _half_a_line(handle):
            data = b"\n" + data
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _half_a_line(handle: int) -> bool:
    """Whether the last writer died, or found the disk full, in the middle of a line."""
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"


def _write_syslog(sink: Sink, events: Sequence[Event], timeout_s: float) -> None:
    """RFC 5424 messages: to a local socket (an address with a slash), or to HOST:PORT over UDP, or TCP (RFC 6587,
    with counted octets)."""
    address = str(sink["address"])
    messages = [_message(sink, event) for event in events]
    if address.startswith("/"):
        _send_local(address, messages, timeout_s)
        return
    host, _rest, port = address.rpartition(":") if re.search(r":\d+$", address) else (address, "", "514")
    host = host.strip("[]")
    if sink.get("protocol", "udp") == "tcp":
        with socket.create_connection((host, int(port)), timeout_s) as stream:
            stream.sendall(b"".join(b"%d %s" % (len(one), one) for one in messages))
            # A receiver that is gone is noticed here, at the latest: it may have reset the connection.
            stream.shutdown(socket.SHUT_WR)
        return
    family, kind, number, _name, target = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, number) as datagrams:
        for one in messages:
            datagrams.sendto(one[:MAX_DATAGRAM], target)


def _send_local(address: str, messages: Sequence[bytes], timeout_s: float) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(timeout_s)
        with contextlib.suppress(OSError):
            datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_DATAGRAM * 2)
        datagrams.connect(address)
        for one in messages:
            datagrams.send(one[:MAX_DATAGRAM])


def _message(sink: Sink, event: Event) -> bytes:
    """Severity notice for what was done, warning for what failed or was refused."""
    bad = event.get("state") in ("failed", "reverted") or event.get("verdict") == "refuse"
    priority = FACILITIES[str(sink.get("facility", "local0"))] * 8 + (4 if bad else 5)
    host = re.sub(r"[^\x21-\x7e]", "_", str(event.get("controller") or socket.gethostname()))[:255] or "-"
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"<{priority}>1 {when} {host} fairway {os.getpid()} {event['event']} - {line(event)}".encode()


def _loki(sink: Sink) -> Server:
    tenant = (("X-Scope-OrgID", str(sink["tenant"])),) if sink.get("tenant") else ()
    words = {key: str(sink.get(key) or "") for key in ("url", "token", "user", "password", "ca")}
    return Server("Loki", headers=tenant, **words)


def _write_loki(sink: Sink, events: Sequence[Event], timeout_s: float) -> None:
    """Loki's push API: streams by label, and in them pairs of strings: nanoseconds and line."""
    own = {str(name): str(value) for name, value in dict(sink.get("labels") or {}).items()}
    streams: dict[tuple[tuple[str, str], ...], list[list[str]]] = {}
    now = time.time_ns()
    for number, event in enumerate(events):
        key = tuple(sorted({**labels(event), **own}.items()))
        # Two lines of a stream with the same time and text would be one: the nanosecond tells them apart.
        streams.setdefault(key, []).append([str(now + number), line(event)])
    body = {"streams": [{"stream": dict(key), "values": values} for key, values in streams.items()]}
    status, answer = fetch(
        _loki(sink), "/loki/api/v1/push", body=json.dumps(body).encode(), timeout_s=timeout_s, max_bytes=65536
    )
    if not 200 <= status < 300:
        words = " ".join(answer[:200].decode("utf-8", "replace").split())
        raise HttpFault(f"Loki refused the events: HTTP {status} {words}".rstrip())
