"""The control socket: one JSON object per line in, one out. Tests read the truth here and set faults at run time.

Operations: `{"op": "status"}`, `{"op": "faults", "set": [SPEC, ...]}`, `{"op": "config", "database": "running",
"format": "set"}`, `{"op": "requests"}`, `{"op": "clear-requests"}`, `{"op": "kill", "pid": N}`,
`{"op": "alarm", "description": TEXT}`, `{"op": "core", "path": TEXT}`, `{"op": "clear-chassis"}`, `{"op": "disk"}` with
`free`, `stall`, `cut` in octets. With several routers `"host": NAME` selects one; without it all are meant. An answer
has `ok` and either `routers` or `error`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lab.junos import config
from lab.junos.faults import Fault, FaultError, parse
from lab.junos.oper.registry import BY_RPC
from lab.junos.router import Router
from lab.junos.rpc.dispatch import VARIANTS
from lab.junos.rpc.registry import HANDLERS
from lab.junos.scp import Disk


class ControlError(Exception):
    """A request that cannot be served; the text goes back to the client."""


def faults_for(faults: Sequence[Fault], router: Router) -> list[Fault]:
    """Fresh copies of the faults that concern this router."""
    return [parse(fault.spec) for fault in faults if fault.host in (None, router.initial_hostname)]


def check_faults(faults: Sequence[Fault], names: Sequence[str]) -> None:
    """Raise FaultError for a fault that could never play: no such router, no such request, no such form of it."""
    known = {*HANDLERS, *BY_RPC, "hello"}
    for fault in faults:
        if fault.host is not None and fault.host not in names:
            raise FaultError(f"fault {fault.spec!r}: no router {fault.host!r}; there are {', '.join(names[:20])}")
        if fault.rpc is not None and fault.rpc not in known:
            near = get_close_matches(fault.rpc, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise FaultError(f"fault {fault.spec!r}: no request is called {fault.rpc!r}{hint}")
        if fault.variant is not None and fault.variant not in VARIANTS:
            forms = f"there is no form {fault.variant!r} of a request; known are {', '.join(VARIANTS)}"
            raise FaultError(f"fault {fault.spec!r}: {forms}")


async def status(router: Router) -> dict[str, Any]:
    """Everything a witness wants to know about one router."""
    snapshot: dict[str, Any] = await router.work(router.store.status)
    sessions = [
        {"pid": s.pid, "user": s.user, "client": s.client, "peer": s.peer, "since": s.since}
        for s in router.sessions.values()
    ]
    return {
        "hostname": router.initial_hostname,
        "addresses": router.addresses,
        "sessions": sessions,
        "faults": [fault.spec for fault in router.faults.active],
        "up": router.power.up,
        "reboots": router.power.reboots,
        "software": router.installer.status(),
        **snapshot,
    }


async def serve_one(routers: Sequence[Router], request: dict[str, Any]) -> list[Any]:
    """Carry out one request on the routers it selects."""
    name = request.get("host")
    chosen = [r for r in routers if name is None or r.initial_hostname == name]
    if not chosen:
        raise ControlError(f"no router {name!r}; there are {', '.join(r.initial_hostname for r in routers[:20])}")
    operation = request.get("op")
    if operation == "faults":
        await _set_faults(chosen, request.get("set", []), [router.initial_hostname for router in routers])
    elif operation == "requests":
        return [{"hostname": r.initial_hostname, "requests": [one._asdict() for one in r.requests]} for r in chosen]
    elif operation == "clear-requests":
        for router in chosen:
            router.requests.clear()
    elif operation == "config":
        return [{"hostname": r.initial_hostname, "config": await _config(r, request)} for r in chosen]
    elif operation == "kill":
        pid = int(request.get("pid", 0))
        if not any([await router.kill_session(pid) for router in chosen]):
            raise ControlError(f"no session {pid}")
    elif operation in ("alarm", "core", "clear-chassis", "disk"):
        for router in chosen:
            _chassis(router, request)
    elif operation != "status":
        raise ControlError(
            f"unknown op {operation!r}: status, faults, config, requests, clear-requests, kill, alarm, core, "
            "clear-chassis or disk"
        )
    return [await status(router) for router in chosen]


def _chassis(router: Router, request: dict[str, Any]) -> None:
    """Raise an alarm, drop a core file, or clear both; what the disk holds, and what becomes of copies to it."""
    chassis = router.context.chassis
    if request["op"] == "disk":
        router.files.disk = Disk(*(_octets(request, name) for name in ("free", "stall", "cut")))
    elif request["op"] == "alarm":
        chassis.raise_alarm(str(request.get("description", "Fan Tray Failure")))
    elif request["op"] == "core":
        chassis.drop_core(str(request.get("path", "/var/crash/core.rpd.0")))
    else:
        chassis.clear_alarms()
        chassis.cores.clear()


def _octets(request: dict[str, Any], name: str) -> int | None:
    value = request.get(name)
    if value is not None and (not isinstance(value, int) or value < 0):
        raise ControlError(f"{name!r} is a number of octets, not {value!r}")
    return value


async def _set_faults(routers: Sequence[Router], specs: Any, names: Sequence[str]) -> None:
    if not isinstance(specs, list):
        raise ControlError("'set' must be a list of fault specifications")
    faults = [parse(str(spec)) for spec in specs]
    check_faults(faults, names)
    for router in routers:
        router.faults.replace(faults_for(faults, router))
        await router.reachability_changed()


async def _config(router: Router, request: dict[str, Any]) -> str:
    database, fmt = request.get("database", "running"), request.get("format", "set")
    if database not in ("running", "candidate") or fmt not in ("set", "text"):
        raise ControlError("config needs database running or candidate, and format set or text")
    tree = router.store.running() if database == "running" else router.store.shared_candidate()
    return await router.work(config.to_set if fmt == "set" else config.to_text, tree)


async def listen(routers: Sequence[Router], path: Path) -> asyncio.Server:
    """Serve the socket at `path` (mode 0600; an old socket there is replaced)."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await _answer(routers, line)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            pass
        except asyncio.CancelledError:
            pass  # the emulator ends; asyncio of Python 3.11 would print a traceback about a client that is cut off
        finally:
            writer.close()

    try:
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(client, str(path), limit=1 << 20)
        path.chmod(0o600)
    except OSError as error:
        raise OSError(error.errno, f"--control {path}: {error.strerror}") from None
    return server


async def _answer(routers: Sequence[Router], line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise ControlError("a JSON object is expected")
        return {"ok": True, "routers": await serve_one(routers, request)}
    except (ControlError, FaultError, ValueError) as error:
        return {"ok": False, "error": str(error)}
