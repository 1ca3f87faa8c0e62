"""From the command line to routers that accept sessions."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from lab.junos import clock, config, control
from lab.junos.auth import Credentials
from lab.junos.backend import Backend, BackendError, NullBackend
from lab.junos.config import Tree
from lab.junos.faults import Fault, FaultError
from lab.junos.oper import OperContext
from lab.junos.oper.context import DEFAULT_VERSION
from lab.junos.router import Router
from lab.junos.scp import Files
from lab.junos.server import Port, follow_reachability, make_port, ssh_options
from lab.junos.software import Software
from lab.junos.store import Datastore, StoreError

DEFAULT_HOSTNAME = "junos"
FACTORY = """
set system services ssh
set system services netconf ssh
"""


class BootError(Exception):
    """Why the emulator cannot begin."""


@dataclass
class Boot:
    """Everything that the command line says; see `__main__.arguments`."""

    listen: tuple[str, int]
    credentials: Credentials
    also_listen: list[tuple[str, int]] = field(default_factory=list)
    count: int = 1
    hostname: str | None = None
    config: Path | None = None
    commit_delay: float = 0.0
    minute: float = 60.0
    backend: str = "null"
    faults: list[Fault] = field(default_factory=list)
    state_dir: Path | None = None
    host_key: Path | None = None
    print_host_key: Path | None = None
    control: Path | None = None


def guess_format(text: str) -> str:
    """The format of a configuration file, by its first characters."""
    start = text.lstrip()
    if start.startswith("<"):
        return "xml"
    if start.startswith("{"):
        return "json"
    lines = [line for line in start.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    first = lines[0].split(None, 1)[0] if lines else ""
    return "set" if first in ("set", "deactivate", "annotate", "delete") else "text"


def initial_tree(boot: Boot) -> Tree:
    """The configuration to begin with; raises BootError with all that is wrong with it."""
    tree = Tree.empty()
    if boot.config is None:
        text, name = FACTORY, "the factory configuration"
    else:
        name = str(boot.config)
        try:
            text = boot.config.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise BootError(f"--config {name}: {error}") from None
    fmt = guess_format(text)
    report = config.load(tree, text, fmt, "set" if fmt == "set" else "override")
    if not report.ok:
        lines = [f"  {e.path or ''} {e.message}: {e.bad_element or ''}".rstrip(": ") for e in report.errors]
        raise BootError(f"--config {name} is not a configuration:\n" + "\n".join(lines))
    return tree


def host_names(boot: Boot, tree: Tree) -> list[str]:
    """One name per router: --hostname (numbered when there are several), else the configuration's."""
    base = boot.hostname
    if base is None:
        system = config.active_data(tree).get("system")
        configured = system.get("host-name") if isinstance(system, dict) else None
        base = configured if isinstance(configured, str) else DEFAULT_HOSTNAME
    if boot.count == 1:
        return [base]
    return [f"{base}{number}" for number in range(1, boot.count + 1)]


def host_key(path: Path | None) -> asyncssh.SSHKey:
    """Read the host key, or make one (and keep it when a path is given)."""
    if path is not None and path.exists():
        try:
            return asyncssh.read_private_key(path)
        except (OSError, asyncssh.KeyImportError) as error:
            raise BootError(f"--host-key {path}: {error}") from None
    key = asyncssh.generate_private_key("ssh-ed25519")
    if path is not None:
        path.touch(mode=0o600)
        path.write_bytes(key.export_private_key("openssh"))
    return key


def make_backend(name: str) -> Backend:
    """What stands behind a router's configuration."""
    if name == "null":
        return NullBackend()
    from lab.junos.backend.frr import FrrBackend

    return FrrBackend()


def make_router(boot: Boot, hostname: str, tree: Tree) -> Router:
    """Build one router; its state directory, if any, may hold a newer configuration than the given one."""
    initial = tree.copy()
    if boot.hostname is not None or "host-name" not in config.to_set(initial, ("system",)):
        config.load(initial, f"set system host-name {hostname}", "set", "set")
    backend = make_backend(boot.backend)
    state = boot.state_dir / hostname if boot.state_dir is not None else None
    try:
        store = Datastore(
            hostname, clock.now, minute=boot.minute, initial=initial, on_activate=backend.apply,
            rollback_dir=state / "config" if state is not None else None,
        )  # fmt: skip
    except (BackendError, StoreError) as error:
        raise BootError(f"{hostname}: the configuration cannot be activated: {error}") from None
    try:
        software = Software(DEFAULT_VERSION, state / "software.json" if state is not None else None)
    except ValueError as error:
        raise BootError(str(error)) from None
    software.boot("power")
    context = OperContext(
        store=store, backend=backend, hostname=hostname, now=clock.now, started=clock.now(), minute=boot.minute,
        software=software,
    )  # fmt: skip
    router = Router(
        hostname, store, context, boot.credentials, Files(state / "files" if state is not None else None),
        minute=boot.minute, commit_delay=boot.commit_delay,
    )  # fmt: skip
    context.sessions = router.logged_in
    context.free_octets = lambda: router.files.disk.free
    router.faults.replace(control.faults_for(boot.faults, router))
    router.conditions.follow()
    return router


def follower(router: Router, ports: list[Port]) -> Callable[[], Any]:
    """What a router calls when its reachability changed."""

    async def follow() -> None:
        await follow_reachability(router, ports)

    return follow


async def serve(boot: Boot, stop: asyncio.Event) -> None:
    """Start all routers, say `ready HOST:PORT` for each, and serve until `stop` is set."""
    tree = initial_tree(boot)
    key = host_key(boot.host_key)
    if boot.print_host_key is not None:
        boot.print_host_key.write_bytes(key.export_public_key("openssh"))
    options = ssh_options(key)
    names = host_names(boot, tree)
    try:
        control.check_faults(boot.faults, names)
    except FaultError as error:
        raise BootError(f"--fault: {error}") from None
    routers: list[Router] = []
    ports: list[Port] = []
    try:
        for number, hostname in enumerate(names):
            router = make_router(boot, hostname, tree)
            routers.append(router)
            if not router.authenticator.anybody():
                raise BootError("nobody could log in: give --user and --password, --authorized-keys, or login users")
            ports += await _open_ports(boot, router, number, options)
            router.timer.arm()
        server = await control.listen(routers, boot.control) if boot.control is not None else None
        for router in routers:
            print("ready", router.addresses[0], flush=False)
        sys.stdout.flush()
        await stop.wait()
        if server is not None:
            server.close()
    except OSError as error:
        raise BootError(str(error)) from None
    finally:
        for port in ports:
            await port.close()
        for router in routers:
            router.close()


async def _open_ports(
    boot: Boot, router: Router, number: int, options: asyncssh.SSHServerConnectionOptions
) -> list[Port]:
    """Listen for one router: the numbered port and, for a single router, the additional ones."""
    address, first = boot.listen
    wanted = [(address, first + number if first else 0), *boot.also_listen]
    ports = [make_port(router, host, port, options) for host, port in wanted]
    try:
        await follow_reachability(router, ports)
    except OSError as error:
        for opened in ports:
            await opened.close()
        raise BootError(f"{router.initial_hostname}: cannot listen: {error}") from None
    for port in ports:
        host = f"[{port.address}]" if ":" in port.address else port.address
        router.addresses.append(f"{host}:{port.port}")
    router.on_reachability = follower(router, ports)
    return ports
