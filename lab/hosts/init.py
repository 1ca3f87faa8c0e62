"""The first process of a host: makes the host's view of the world, starts its services, and buries the dead.

It is the init of the host's pid namespace: when it ends, the kernel ends everything in the host.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from lab.errors import LabError
from lab.hosts import mounts, services, sudo
from lab.hosts.options import Options
from lab.net.namespaces import CLONE_NEWIPC, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUTS, setns, unshare
from lab.net.wires import host_devices_up, run_batch
from lab.packages.store import Store
from lab.state import LabState
from lab.topology import Host


def spawn(host: Host, state: LabState, options: Options, netns: Path) -> tuple[int, int]:
    """Start a host in the network namespace at ``netns``.

    Returns the init's process id and a descriptor from which its events (JSON lines: ready, failed, exited) are read.
    The controller shares the lab's pid namespace, so that `python -m lab` works inside it.
    """
    events, write_end = os.pipe()
    pids, pid_end = os.pipe()
    middle = os.fork()
    if middle == 0:
        os.close(events)
        os.close(pids)
        own_processes = host.role != "controller"
        with netns.open("rb") as namespace:
            setns(namespace.fileno())
        unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | (CLONE_NEWPID if own_processes else 0))
        # The pid namespace holds whoever is forked next: the init.
        child = os.fork()
        if child == 0:
            os.close(pid_end)
            _run(host, state, options, write_end, own_processes=own_processes)
        os.write(pid_end, str(child).encode())
        os._exit(0)
    os.close(write_end)
    os.close(pid_end)
    with os.fdopen(pids, "rb") as reader:
        text = reader.read()
    os.waitpid(middle, 0)
    if not text:
        raise LabError(f"{host.name}: cannot make its namespaces; see {state.log}")
    return int(text), events


def _run(host: Host, state: LabState, options: Options, events: int, *, own_processes: bool) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.closerange(3, events)  # the supervisor's descriptors: its socket, its pipes, other hosts' namespaces
        os.closerange(events + 1, 4096)
        mounts.claim(state.host(host.name))
        _own_streams(state.host(host.name) / "log" / "boot.log")
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        children: dict[int, str] = {}
        try:
            mounts.private_view(state.host(host.name), host.name, own_processes=own_processes)
            run_batch(host_devices_up(host))
            children = _start(host, state, options)
            _tell(events, event="ready")
        except (LabError, OSError) as error:
            _tell(events, event="failed", reason=str(error))
        _reap(events, children)
    except BaseException:  # noqa: BLE001 - the last frame of a process: say why, never return into the parent's code
        traceback.print_exc()
    finally:
        os._exit(code)


def _own_streams(log: Path) -> None:
    nothing = os.open("/dev/null", os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)


def _start(host: Host, state: LabState, options: Options) -> dict[int, str]:
    """Start the services of the host's role; returns the names of those that should live as long as the host."""
    if host.role == "controller":
        return {}
    packages = Store(state.host(host.name) / "packages")
    if packages.exists():
        packages.booted()
    services.start_frr(host)
    if host.is_junos:
        return {services.start_junos(host, state, options).pid: "lab.junos"}
    children: dict[int, str] = {}
    if packages.exists():
        children[sudo.serve_forked()] = "sudo"
    if host.management:
        children[services.start_sshd(host, state).pid] = "sshd"
        services.start_enabled_units(host, state)
    return children


def _tell(events: int, **message: Any) -> None:
    os.write(events, json.dumps(message).encode() + b"\n")


def _reap(events: int, children: dict[int, str]) -> NoReturn:
    """Collect every process that ends, and report a service that should not have."""
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            signal.sigwait({signal.SIGCHLD})
            continue
        name = children.pop(pid, None)
        if name is not None:
            _tell(events, event="exited", service=name, code=os.waitstatus_to_exitcode(status))
