"""The supervisor's control socket: one JSON object per connection and direction, namespaces as file descriptors.

A connection is the liveness test too: a socket file nobody listens on is what a killed lab leaves behind.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.net.enter import Namespaces
from lab.state import LabState

MAX_MESSAGE = 1 << 20
NAMESPACE_KINDS = ("user", "mnt", "uts", "net", "pid")


@dataclass(frozen=True)
class Reply:
    """What the supervisor answered; ``pid`` is the supervisor's process id as the caller sees it."""

    data: dict[str, Any]
    descriptors: list[int]
    pid: int


def socket_address(directory_fd: int) -> str:
    """The control socket's address through a directory descriptor: a deep path would not fit into sun_path."""
    return f"/proc/self/fd/{directory_fd}/control.sock"


def is_alive(state: LabState) -> bool:
    """Whether a supervisor answers for this lab."""
    try:
        with _connect(state):
            return True
    except OSError:
        return False


def call(state: LabState, operation: str, timeout: float = 60.0, **arguments: Any) -> Reply:
    """Ask the supervisor for an operation; waits up to ``timeout`` seconds.

    Raises LabError when no supervisor answers (the text tells a lab that was never started from one that was killed),
    when it does not answer in time, or when it reports a problem.
    """
    try:
        with _connect(state) as connection:
            connection.settimeout(timeout)
            connection.sendall(json.dumps({"op": operation, **arguments}).encode() + b"\n")
            pid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
            raw, descriptors = _receive(connection)
    except TimeoutError:
        raise LabError(
            f"lab {state.name!r}: no answer to {operation!r} within {timeout:.0f} s; see {state.log}"
        ) from None
    except OSError:
        raise LabError(_why_not_alive(state)) from None
    data = json.loads(raw or b'{"error": "the supervisor closed the connection"}')
    if "error" in data:
        for descriptor in descriptors:
            os.close(descriptor)
        raise LabError(str(data["error"]))
    return Reply(data, descriptors, pid)


def namespaces(state: LabState, host: str) -> Namespaces:
    """Return the namespaces of a running host. Raises LabError when the lab or the host is down."""
    reply = call(state, "enter", host=host)
    return Namespaces(dict(zip(reply.data["kinds"], reply.descriptors, strict=True)))


def _connect(state: LabState) -> socket.socket:
    directory = os.open(state.directory, os.O_PATH | os.O_DIRECTORY)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        connection.connect(socket_address(directory))
    except OSError:
        connection.close()
        raise
    finally:
        os.close(directory)
    return connection


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    raw, descriptors, _, _ = socket.recv_fds(connection, MAX_MESSAGE, len(NAMESPACE_KINDS))
    while raw and not raw.endswith(b"\n"):
        more = connection.recv(MAX_MESSAGE)
        if not more:
            break
        raw += more
    return raw, list(descriptors)


def _why_not_alive(state: LabState) -> str:
    if Path(state.directory).exists():
        return (
            f"lab {state.name!r} was killed or its boot failed ({state.log} says more); `python -m lab down` cleans up"
        )
    return f"lab {state.name!r} is not up; start it with `python -m lab up`"
