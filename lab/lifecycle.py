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


def up(state: LabState, inventory: Path, options: Options) -> float:
    """Boot a lab; returns the seconds it took until every host answered.

    Raises LabError when a lab of that name is up, the inventory makes no network, a tool is missing, or hosts fail to
    boot: then nothing is left running, and the log is part of the text.
    """
    started = time.monotonic()
    if control.is_alive(state):
        raise LabError(f"lab {state.name!r} is up already; `python -m lab down` first, or choose another --name")
    check_machine()
    topology = load_topology(inventory)
    for host in options.faults:
        if not topology.host(host).is_junos:
            raise LabError(f"--fault {host}: faults are the Junos emulator's; {host} is no Junos router")
    state.remove()  # what a killed lab of that name left
    try:
        _write_state(state, topology, options)
        _start_supervisor(state)
    except BaseException:
        log = state.log.read_text(encoding="utf-8", errors="replace") if state.log.exists() else ""
        down(state)
        if log.strip():
            print(log.rstrip(), file=sys.stderr)
        raise
    return time.monotonic() - started


def _write_state(state: LabState, topology: Topology, options: Options) -> None:
    state.directory.mkdir(parents=True, mode=0o700)
    topology.save(state.topology_file)
    options.save(state.directory / "options.json")
    write_host_files(state, topology)
    for host in topology.hosts:
        if host.is_junos:
            (state.host(host.name) / "bootstrap.conf").write_text(bootstrap_config(host, state), encoding="utf-8")


def _start_supervisor(state: LabState) -> None:
    reader, writer = os.pipe()
    log = os.open(state.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    subprocess.run(
        [sys.executable, "-m", "lab.supervisor", str(state.directory), str(writer)],
        pass_fds=[writer],
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
