# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request to a server of the management network, bounded in time and size.

No redirect is followed and no proxy is used: what goes along (a token) is for this server only. An error says what was
asked of whom and what came back, never the token or the password.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

MAX_BYTES = 16 * 1024 * 1024
_CHUNK = 65536
_HOST = re.compile(r"[^\x00-\x20\x7f]+")
_TOKEN = re.compile(r"[\x21-\x7e]*")


class HttpFault(Exception):
    """The server could not be asked, or its answer is of no use; the message names it."""


@dataclass(frozen=True)
class Server:
    """A server's address and how to log in. `ca`: file of certificates to trust instead of the system's."""

    name: str
    url: str
    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    cert: str = ""
    key: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        inside = unquote(urlsplit(self.url).password or "") if "@" in self.url else ""
        return tuple(filter(None, (self.token, self.password, inside)))


def fetch(
    server: Server, path: str, *, body: bytes | None = None, kind: str = "application/json",
    timeout_s: float = 3.0, max_bytes: int = MAX_BYTES,
) -> tuple[int, bytes]:  # fmt: skip
    """Status and body of a GET (a POST when there is a `body`). `timeout_s` is for all of it. Raises HttpFault."""
    parts = _parts(server)
    where = f"{server.name} at {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    end = time.monotonic() + timeout_s
    connection = _connection(server, parts, timeout_s, where)
    headers = _headers(server, parts, body, kind, where)
    said: list[tuple[int, bytes] | Exception] = []

    def ask() -> None:
        try:
            connection.request("GET" if body is None else "POST", parts.path.rstrip("/") + path, body, headers)
            _wait(connection, end)
            with connection.getresponse() as reply:
                said.append((reply.status, _read(connection, reply, end, max_bytes, where)))
        except Exception as error:  # noqa: BLE001 - raised below, where somebody waits for it
            said.append(error)
        finally:
            connection.close()

    # A socket's own time-out begins anew with every byte, and a name is looked up without any: neither may outlast it.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not said:
        _hang_up(connection)
        raise HttpFault(f"{where}: no answer within {timeout_s:g} s")
    return _answer(said[0], where, timeout_s)


def _answer(said: tuple[int, bytes] | Exception, where: str, timeout_s: float) -> tuple[int, bytes]:
    try:
        if isinstance(said, Exception):
            raise said
        return said
    except TimeoutError as error:
        raise HttpFault(f"{where}: no answer within {timeout_s:g} s") from error
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise HttpFault(f"{where}: {words[:200]}") from error


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """End what a thread is still waiting for on this connection."""
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def fetch_json(server: Server, path: str, **options: Any) -> Any:
    """The same when the answer must be 2xx and JSON. Bytes that are no UTF-8 are replaced. Raises HttpFault."""
    status, raw = fetch(server, path, **options)
    where = f"{server.name} at {_parts(server).netloc.rpartition('@')[2]}"
    if not 200 <= status < 300:
        raise HttpFault(f"{where}: HTTP {status} {http.client.responses.get(status, '')}".rstrip())
    try:
        return json.loads(raw.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise HttpFault(f"{where}: the answer is no JSON that can be read ({type(error).__name__})") from error


def _parts(server: Server) -> Any:
    try:
        parts = urlsplit(server.url)
        if parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "") and (parts.port or 1) > 0:
            return parts
    except ValueError:
        pass
    raise HttpFault(f"{server.name}: its URL must be http://HOST:PORT or https://…")


def _connection(server: Server, parts: Any, timeout_s: float, where: str) -> http.client.HTTPConnection:
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s)
    try:
        context = ssl.create_default_context(cafile=server.ca or None)
        if server.cert:
            context.load_cert_chain(server.cert, server.key or None)
    except (OSError, ssl.SSLError) as error:
        raise HttpFault(f"{where}: a certificate or key file cannot be read ({error.strerror or error})") from error
    return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout_s, context=context)


def _headers(server: Server, parts: Any, body: bytes | None, kind: str, where: str) -> dict[str, str]:
    found = {"Accept": "application/json", "User-Agent": "fairway", "Connection": "close", **dict(server.headers)}
    if body is not None:
        found["Content-Type"] = kind
    if not _TOKEN.fullmatch(server.token):
        # http.client would say so, and the token with it.
        raise HttpFault(f"{where}: its token has a space, a line break or another character that no token has")
    if server.token:
        found["Authorization"] = f"Bearer {server.token}"
    elif user := server.user or unquote(parts.username or ""):
        pair = f"{user}:{server.password or unquote(parts.password or '')}"
        found["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return found


def _wait(connection: http.client.HTTPConnection, end: float) -> None:
    """Let the socket wait no longer than there is time left: a server that sends a byte a second is slow, too."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if isinstance(connection.sock, socket.socket):
        connection.sock.settimeout(left)


def _read(
    connection: http.client.HTTPConnection, reply: http.client.HTTPResponse, end: float, max_bytes: int, where: str
) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        _wait(connection, end)
        part = reply.read1(_CHUNK)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise HttpFault(f"{where}: the answer is larger than {max_bytes} bytes")
