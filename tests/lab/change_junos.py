"""For the tests of the change transaction on Junos: routers in hand, other people at work, an independent witness."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jnpr.junos import Device
from jnpr.junos.utils.config import Config

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos import JunosRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_session import JunosSession
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import SshOptions

from .junos_emulator import PASSWORD, USER, Emulator, eventually

BASE = """\
system {
    host-name r1;
    root-authentication {
        encrypted-password "$6$salt$Hash";
    }
    services {
        netconf {
            ssh;
        }
        ssh;
    }
}
interfaces {
    ge-0/0/0 {
        unit 0 {
            family inet {
                address 192.0.2.1/31;
            }
        }
    }
}
protocols {
    ospf {
        area 0.0.0.0 {
            interface ge-0/0/0.0 {
                metric METRIC;
            }
        }
    }
}
"""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Witness:
    """What the emulator says of itself, past NETCONF."""

    metric: str
    pending: bool
    locked: bool
    dirty: bool
    newest_log: str
    sessions: int


class World:
    """One emulated router and those who reach for it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def router(self, recover_s: float = 10.0, **options: Any) -> JunosRouter:
        defaults: dict[str, Any] = {
            "router": "r1",
            "host": "127.0.0.1",
            "port": self.emulator.port,
            "user": USER,
            "password": PASSWORD,
            "connect_timeout": 10.0,
            "command_timeout": 20.0,
            "check_host_key": False,
            "ssh_config": "",
        }
        return JunosRouter(JunosSession(SshOptions(**(defaults | options))), recover_s=recover_s)

    @contextmanager
    def in_hand(self, **options: Any) -> Iterator[JunosRouter]:
        router = self.router(**options)
        try:
            yield router
        finally:
            router.close()

    def witness(self) -> Witness:
        status = self.emulator.status()
        lines = [line for line in self.emulator.running().splitlines() if " metric " in line]
        return Witness(
            metric=lines[0].rsplit(" ", 1)[1] if lines else "",
            pending=bool(status["pending"]),
            locked=bool(status["lock"]),
            dirty=bool(status["dirty"]),
            newest_log=str(status["history"][0].get("log") or ""),
            sessions=len(status["sessions"]),
        )

    def after_lost_sessions(self) -> Witness:
        """The same, once the router too has seen the end of sessions that the client has given up."""
        eventually(lambda: not self.witness().locked, what="the lock of a session that is gone is free")
        return self.witness()

    @contextmanager
    def somebody(self) -> Iterator[Config]:
        """Another person's session: a plain PyEZ one."""
        with self.emulator.device() as device:
            yield Config(device)

    def clean_up(self) -> None:
        """Before the next test: no fault, nobody left, nothing pending, nothing uncommitted, the base configuration."""
        self.emulator.faults()
        for session in self.emulator.status()["sessions"]:
            self.emulator.control("kill", pid=session["pid"])
        with self.somebody() as config:
            config.rollback(0)
            config.load(BASE.replace("METRIC", "10"), format="text", overwrite=True)
            config.commit()
        self.emulator.control("clear-requests")


def new_request(metric: int = 77, **options: Any) -> StageRequest:
    """A change of one metric, under a change id of its own."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "text": BASE.replace("METRIC", str(metric)),
        "change_id": f"fw-20260101T000000-{number:06x}",
        "revision": "abc123",
        "lock_wait_s": 0.3,
    }
    return StageRequest(**(defaults | options))


def host_key_line(path: Path, port: int) -> str:
    """A known_hosts line from a public host key file."""
    kind, key, *_ = path.read_text().split()
    return f"[127.0.0.1]:{port} {kind} {key}\n"


__all__ = ["BASE", "PASSWORD", "USER", "Device", "Emulator", "Witness", "World", "host_key_line", "new_request"]
