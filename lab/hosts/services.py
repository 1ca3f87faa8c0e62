"""The programs a host runs: FRR's daemons, sshd, or the Junos emulator on top of FRR."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError
from lab.hosts import frrconf
from lab.hosts.files import HOME, LOGIN, LOGIN_ID, exported_environment
from lab.hosts.options import Options
from lab.state import CHECKOUT, LabState
from lab.topology import Host

FRR = Path("/usr/lib/frr")
DEADLINE = 45.0
"""Seconds a host's services may take until they answer; a busy two-core machine needs a few."""


def start_frr(host: Host) -> None:
    """Start the host's FRR daemons and load /etc/frr/frr.conf. Raises LabError with the daemon's words."""
    start_daemons(frrconf.daemons(host))


def start_daemons(names: Sequence[str]) -> None:
    """Start FRR daemons, the first (zebra) before the others, and load /etc/frr/frr.conf. Raises LabError."""
    if not names:
        return
    _finish(names[0], _start_daemon(names[0]))
    for name, process in [(name, _start_daemon(name)) for name in names[1:]]:
        _finish(name, process)
    _finish("vtysh -b", subprocess.Popen(["vtysh", "-b"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))


def _start_daemon(name: str) -> subprocess.Popen[str]:
    # -d returns when the daemon is up. FRR keeps root's identity: in a user namespace there is nobody else to become.
    command = [str(FRR / name), "-d", "-F", "traditional", "-A", "127.0.0.1", "-u", "root", "-g", "root"]
    command += ["--log", f"file:/var/log/frr/{name}.log", "--log-level", "informational"]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _finish(name: str, process: subprocess.Popen[str]) -> None:
    try:
        output = process.communicate(timeout=DEADLINE)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        raise LabError(f"{name}: not up within {DEADLINE:.0f} s; see /var/log/frr") from None
    if process.returncode != 0:
        raise LabError(f"{name}: exit {process.returncode}: {output.strip()[-800:]}")
    if output.strip():
        print(f"{name}: {output.strip()}", flush=True)


def start_sshd(host: Host, state: LabState) -> subprocess.Popen[bytes]:
    """Start sshd as the login user in a user namespace of its own, and wait until it answers.

    As root it would insist on setgroups(), which a single-user namespace does not have; as an ordinary user it asks for
    no privilege at all, and whoever logs in has none either.
    """
    log = Path("/var/log/sshd.log").open("ab")  # noqa: SIM115 - the child keeps it
    config = state.host(host.name) / "ssh" / "sshd_config"
    command = ["unshare", "--user", f"--map-user={LOGIN_ID}", f"--map-group={LOGIN_ID}"]
    command += ["/usr/sbin/sshd", "-D", "-e", "-f", str(config)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    log.close()
    assert host.management_address
    _await_port(process, host.management_address, 22, "/var/log/sshd.log")
    return process


def start_enabled_units(host: Host, state: LabState) -> None:
    """Start the units that the login user enabled before the power was cut, as his own systemd would."""
    home = Path(HOME, LOGIN)
    if not any((home / ".config/systemd/user").glob("*.wants/*")):
        return
    environment = exported_environment(state, host, dict(os.environ))
    environment |= {"HOME": str(home), "USER": LOGIN, "LOGNAME": LOGIN}
    user = ["unshare", "--user", f"--map-user={LOGIN_ID}", f"--map-group={LOGIN_ID}"]
    subprocess.run([*user, "systemctl", "--user", "start-enabled"], env=environment, check=False, timeout=DEADLINE)


def _await_port(process: subprocess.Popen[bytes], address: str, port: int, log: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError as error:
            if process.poll() is not None:
                raise LabError(
                    f"sshd: exit {process.returncode}: {Path(log).read_text(errors='replace')[-800:]}"
                ) from None
            if time.monotonic() > deadline:
                raise LabError(f"sshd: {address}:{port} does not answer within {DEADLINE:.0f} s: {error}") from None
            time.sleep(0.02)
        else:
            return


def junos_command(host: Host, state: LabState, options: Options) -> list[str]:
    """The command line of a host's Junos emulator; it runs in the host's state directory (socket paths stay short)."""
    directory = state.host(host.name)
    command = [sys.executable, "-m", "lab.junos", "--listen", f"{host.management_address}:830"]
    command += ["--also-listen", f"{host.management_address}:22", "--hostname", host.name]
    command += ["--config", str(directory / "bootstrap.conf"), "--backend", options.backend]
    command += ["--state-dir", str(directory / "junos"), "--host-key", str(directory / "ssh_host_ed25519_key")]
    command += ["--control", "junos.sock", "--minute", f"{options.minute:g}"]
    if options.commit_delay:
        command += ["--commit-delay", f"{options.commit_delay:g}"]
    for fault in options.faults.get(host.name, ()):
        command += ["--fault", fault]
    return command


def start_junos(host: Host, state: LabState, options: Options) -> subprocess.Popen[bytes]:
    """Start the emulator and wait for its `ready` line. Raises LabError with the end of its log."""
    log_path = Path("/var/log/junos.log")
    directory = state.host(host.name)
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            junos_command(host, state, options),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": path},
        )
    assert process.stdout
    deadline = time.monotonic() + DEADLINE
    seen = b""
    while b"ready " not in seen:
        if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            process.kill()
            raise LabError(f"lab.junos: not ready within {DEADLINE:.0f} s: {_tail(log_path)}")
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            raise LabError(f"lab.junos: exit {process.wait()}: {_tail(log_path)}")
        seen += piece
    return process


def _tail(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()[-1200:]


def bootstrap_config(host: Host, state: LabState) -> str:
    """What a Junos router holds before anybody pushed to it: enough to log in and push."""
    key = state.public_key()
    return f"""\
system {{
    host-name {host.name};
    root-authentication {{
        encrypted-password "*";
    }}
    login {{
        user fairway {{
            class super-user;
            authentication {{
                {key.split()[0]} "{key}";
            }}
        }}
    }}
    services {{
        ssh;
        netconf {{
            ssh;
        }}
    }}
}}
interfaces {{
    {host.management_device} {{
        unit 0 {{
            family inet {{
                address {host.management};
            }}
        }}
    }}
}}
"""
