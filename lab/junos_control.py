"""Talk to a running Junos emulator's control socket: faults, and an independent look at its state."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from typing import Any

from lab.errors import LabError
from lab.state import LabState

SOCKET = "junos.sock"
MAX_ANSWER = 64 << 20


def request(state: LabState, host: str, message: dict[str, Any], timeout: float = 10.0) -> dict[str, Any]:
    """Send one request to a Junos host's emulator and return its answer.

    Raises LabError when the host is no Junos router, is off, or refuses the request.
    """
    if not state.topology().host(host).is_junos:
        raise LabError(f"{host}: not a Junos router; only those have an emulator")
    directory = os.open(state.host(host), os.O_PATH | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(f"/proc/self/fd/{directory}/{SOCKET}")
            connection.sendall(json.dumps(message).encode() + b"\n")
            with connection.makefile("rb") as reader:
                line = reader.readline(MAX_ANSWER)
    except OSError as error:
        raise LabError(f"{host}: its emulator does not answer ({error}); is the host off?") from None
    finally:
        os.close(directory)
    answer: dict[str, Any] = json.loads(line or b'{"error": "the emulator closed the connection"}')
    if answer.get("error"):
        raise LabError(f"{host}: {answer['error']}")
    return answer


def set_faults(state: LabState, host: str, specs: Sequence[str]) -> dict[str, Any]:
    """Replace the faults of a Junos router; ``["none"]`` removes all. Raises LabError for one it does not know."""
    wanted = [] if list(specs) == ["none"] else list(specs)
    return request(state, host, {"op": "faults", "set": wanted})
