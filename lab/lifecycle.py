"""Bring a lab up and take it down."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from lab import control
from lab.build import build_topology
from lab.errors import LabError
from lab.hosts.files import write_host_files
from lab.hosts.options import Options
from lab.hosts.services import bootstrap_config
from lab.net.enter import clean_environment
from lab.net.namespaces import user_namespace_problem
from lab.packages.faults import Fault, parse_all
from lab.packages.store import Store
from lab.state import CHECKOUT, LabState
from lab.topology import Topology

BOOT_DEADLINE = 90.0

TOOLS = {
    "ip": "iproute2",
    "nft": "nftables",
    "unshare": "util-linux",
    "vtysh": "frr",
    "sshd": "openssh-server",
    "ssh-keygen": "openssh-client",
    "ping": "iputils-ping",
}


def check_machine() -> None:
    """Raise LabError that names every missing package, or why the kernel refuses."""
    path = clean_environment(os.environ)["PATH"]
    missing = sorted({package for tool, package in TOOLS.items() if shutil.which(tool, path=path) is None})
    if not missing and not Path("/usr/lib/frr/zebra").exists():
        missing = ["frr"]
    if missing:
        raise LabError(f"the lab needs packages that are not installed: apt-get install {' '.join(missing)}")
    if os.geteuid() != 0 and (problem := user_namespace_problem()):
        raise LabError(problem)


def load_topology(inventory: Path) -> Topology:
    """Read and check an inventory (imports ansible)."""
    from lab.inventory import read_inventory

    return build_topology(read_inventory(inventory))


def up(state: LabState, inventory: Path, options: Options, until_pid: int | None = None) -> float:
    """Boot a lab; returns the seconds it took until every host answered.

    When process ``until_pid`` ends, so does the lab, and its files go: nobody else would take it down.

    Raises LabError when a lab of that name is up, the inventory makes no network, a tool is missing, or hosts fail to
    boot: then nothing is left running, and the log is part of the text.
    """
    started = time.monotonic()
    if control.is_alive(state):
        raise LabError(f"lab {state.name!r} is up already; `python -m lab down` first, or choose another --name")
    check_machine()
    topology = load_topology(inventory)
    packages = package_faults(topology, options)
    watched = _watch(until_pid)
    state.remove()  # what a killed lab of that name left
    try:
        _write_state(state, topology, options)
        for host, wanted in packages.items():
            Store(state.host(host) / "packages").set_faults(wanted)
        _start_supervisor(state, watched)
    except BaseException:
        log = state.log.read_text(encoding="utf-8", errors="replace") if state.log.exists() else ""
        down(state)
        if log.strip():
            print(log.rstrip(), file=sys.stderr)
        raise
    finally:
        if watched is not None:
            os.close(watched)
    return time.monotonic() - started


def package_faults(topology: Topology, options: Options) -> dict[str, list[Fault]]:
    """The faults of FRR routers, which are their packages'; Junos routers' are the emulator's to understand.

    Raises LabError for one that is not understood, and for a host that is no router.
    """
    found = {}
    for name, specs in options.faults.items():
        host = topology.host(name)
        if host.role != "router":
            raise LabError(f"--fault {name}: only routers have faults; {name} is a {host.role}")
        if not host.is_junos:
            found[name] = parse_all(specs)
    return found


def _watch(pid: int | None) -> int | None:
    """A descriptor that becomes readable when a process ends; it stands for that process, whoever gets its id later."""
    if pid is None:
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        raise LabError(f"--until-pid {pid}: no such process") from None


def _write_state(state: LabState, topology: Topology, options: Options) -> None:
    state.directory.mkdir(parents=True, mode=0o700)
    topology.save(state.topology_file)
    options.save(state.directory / "options.json")
    write_host_files(state, topology)
    for host in topology.hosts:
        if host.is_junos:
            (state.host(host.name) / "bootstrap.conf").write_text(bootstrap_config(host, state), encoding="utf-8")


def _start_supervisor(state: LabState, watched: int | None) -> None:
    reader, writer = os.pipe()
    passed = [writer] if watched is None else [writer, watched]
    log = os.open(state.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    subprocess.run(
        [sys.executable, "-m", "lab.supervisor", str(state.directory), *map(str, passed)],
        pass_fds=passed,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=state.directory,
        start_new_session=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
    )
    os.close(writer)
    os.close(log)
    try:
        if not select.select([reader], [], [], BOOT_DEADLINE)[0]:
            raise LabError(f"lab {state.name!r}: not up within {BOOT_DEADLINE:.0f} s")
        raw = os.read(reader, 1 << 16)  # one write of less than PIPE_BUF, or nothing when the supervisor died
    finally:
        os.close(reader)
    if not raw:
        raise LabError(f"lab {state.name!r}: its supervisor ended while booting")
    result = json.loads(raw)
    if "error" in result:
        raise LabError(f"lab {state.name!r}: cannot make its namespaces: {result['error']}")
    if result["failed"]:
        reasons = "\n".join(f"  {host}: {reason}" for host, reason in result["failed"].items())
        raise LabError(f"lab {state.name!r}: hosts failed to boot:\n{reasons}")


def down(state: LabState) -> bool:
    """End a lab and remove its files; returns whether there was anything. Works on a killed lab, and twice."""
    existed = state.directory.exists()
    if control.is_alive(state):
        pid = control.call(state, "status").pid
        if pid == 1:
            raise LabError("this shell runs inside the lab; leave it before `down`")
        pidfd = os.pidfd_open(pid)
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        if not select.select([pidfd], [], [], 30)[0]:
            raise LabError(f"lab {state.name!r}: supervisor {pid} does not end")
        os.close(pidfd)
    state.remove()
    return existed


def boot(state: LabState, host: str) -> float:
    """Boot one crashed host and wait until it is ready; returns seconds. Raises LabError with the reason."""
    control.call(state, "boot", host=host)
    deadline = time.monotonic() + BOOT_DEADLINE
    while time.monotonic() < deadline:
        found = control.call(state, "status").data["hosts"][host]
        if found["state"] == "ready":
            return float(found["seconds"])
        if found["state"] != "booting":
            raise LabError(f"{host}: {found['state']}: {found['reason']}")
        time.sleep(0.05)
    raise LabError(f"{host}: not ready within {BOOT_DEADLINE:.0f} s; see {state.host(host) / 'log'}")
