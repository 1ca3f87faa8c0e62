"""Show commands over the daemons' own sockets: a few milliseconds each, where a vtysh process takes thirty.

The protocol is vtysh's: a command ends with a zero octet, its output with three of them and a status octet.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.junos.backend.base import BackendError

DIRECTORY = Path("/run/frr")
TIMEOUT = 20.0
DAEMONS = ("zebra", "staticd", "ospfd", "ospf6d", "bgpd", "bfdd")


def ask(daemon: str, commands: Sequence[str]) -> list[str]:
    """The outputs of show commands; empty ones for a daemon that is not there, dies, or refuses the command."""
    outputs: list[str] = []
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(str(DIRECTORY / f"{daemon}.vty"))
            _exchange(connection, "enable")
            outputs += [_exchange(connection, command) for command in commands]
    except OSError:
        pass
    return [*outputs, *[""] * (len(commands) - len(outputs))]


def wait_for_daemons(deadline: float = 15.0) -> None:
    """Wait until all daemons answer; raises BackendError naming the first that does not within `deadline` seconds."""
    end = time.monotonic() + deadline
    for daemon in DAEMONS:
        while not ask(daemon, ["show version"])[0]:
            if time.monotonic() > end:
                raise BackendError(f"data plane: {daemon} does not answer on {DIRECTORY}/{daemon}.vty")
            time.sleep(0.05)


def _exchange(connection: socket.socket, command: str) -> str:
    connection.sendall(command.encode() + b"\0")
    received = bytearray()
    while len(received) < 4 or received[-4:-1] != b"\0\0\0":
        chunk = connection.recv(1 << 16)
        if not chunk:
            raise ConnectionError(f"the daemon closed the connection at {command!r}")
        received += chunk
    return "" if received[-1] == 2 else received[:-4].decode(errors="replace")


def ask_json(daemon: str, *commands: str) -> list[dict[str, Any]]:
    """The outputs of `json` show commands as objects; empty ones where there was nothing, or words."""
    return [parse_json(text) for text in ask(daemon, commands)]


def parse_json(text: str) -> dict[str, Any]:
    """A JSON object; an empty mapping for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
