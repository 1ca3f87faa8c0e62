"""Starts `python -m lab.junos` for tests, on free loopback ports, and reads its control socket."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import ncclient.transport.session
from jnpr.junos import Device

ncclient.transport.session.TICK = 0.005  # its poll would otherwise add 0.1 s to every request of these tests

ROOT = Path(__file__).resolve().parents[2]
USER, PASSWORD = "lab", "lab-password"
BASE_CONFIG = """
system {
    host-name r1;
    root-authentication {
        encrypted-password "*"; ## SECRET-DATA
    }
    services {
        ssh;
        netconf {
            ssh;
        }
    }
}
interfaces {
    ge-0/0/0 {
        description north;
        unit 0 {
            family inet {
                address 192.0.2.1/31;
            }
        }
    }
    lo0 {
        unit 0 {
            family inet {
                address 198.51.100.1/32;
            }
        }
    }
}
protocols {
    ospf {
        area 0.0.0.0 {
            interface ge-0/0/0.0 {
                interface-type p2p;
                metric 10;
            }
            interface lo0.0 {
                passive;
            }
        }
    }
}
"""
"""One interface, OSPF, and what a router needs at least."""


def eventually(condition: Callable[[], Any], *, within: float = 30.0, what: str) -> Any:
    """Poll until `condition()` is true and return it; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"after {within} s still not: {what}"
        time.sleep(0.02)


class Emulator:
    """One emulator process; `ports[0]` is the first router's."""

    def __init__(self, *arguments: str, login: bool = True) -> None:
        self.directory = tempfile.TemporaryDirectory(prefix="junos-test-")
        self.socket = Path(self.directory.name) / "control"
        own = ["--user", USER, "--password", PASSWORD] if login else []
        command = [sys.executable, "-m", "lab.junos", "--listen", "127.0.0.1:0", "--control", str(self.socket)]
        self.process = subprocess.Popen(
            [*command, *own, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        self._output = b""
        count = int(arguments[arguments.index("--count") + 1]) if "--count" in arguments else 1
        self.ports = [self._ready() for _ in range(count)]

    def _ready(self) -> int:
        """Wait for one `ready HOST:PORT` line."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + 30
        while b"\n" not in self._output and time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 1)[0]:
                data = os.read(self.process.stdout.fileno(), 65536)
                self._output += data
                if not data:
                    break
        line, _, self._output = self._output.partition(b"\n")
        if not line.startswith(b"ready "):
            self.process.kill()
            _, errors = self.process.communicate()
            raise AssertionError(f"the emulator did not become ready: {line!r} {errors.decode()}")
        return int(line.rpartition(b":")[2])

    @property
    def port(self) -> int:
        """The first router's port."""
        return self.ports[0]

    def device(self, **options: Any) -> Device:
        """A PyEZ device for the first router (not opened)."""
        login = {"user": USER, "passwd": PASSWORD, "allow_agent": False, "look_for_keys": False}
        return Device(host="127.0.0.1", **{"port": self.port, "gather_facts": False, **login, **options})

    def control(self, op: str, **fields: Any) -> list[Any]:
        """One request over the control socket; the emulator's own view."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(15)
            client.connect(str(self.socket))
            client.sendall(json.dumps({"op": op, **fields}).encode() + b"\n")
            with client.makefile() as answer:
                reply = json.loads(answer.readline())
        assert reply["ok"], reply["error"]
        return list(reply["routers"])

    def status(self) -> dict[str, Any]:
        """What the first router says about itself, bypassing NETCONF."""
        return dict(self.control("status")[0])

    def faults(self, *specs: str) -> None:
        """Replace the faults of all routers."""
        self.control("faults", set=list(specs))

    def running(self) -> str:
        """The first router's running configuration as set lines."""
        return str(self.control("config", database="running", format="set")[0]["config"])

    def requests(self) -> list[str]:
        """`rpc/variant` of all requests since the last `clear-requests`."""
        return [f"{r['rpc']}/{r['variant']}" for r in self.control("requests")[0]["requests"]]

    def close(self) -> None:
        """End the process and report what it complained about."""
        self.process.terminate()
        try:
            _, errors = self.process.communicate(timeout=30)
        finally:
            self.process.kill()
            self.directory.cleanup()
        assert b"Traceback" not in errors, errors.decode()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()
