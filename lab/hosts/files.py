"""The private files of the hosts: accounts, names, keys, SSH settings. Written before a lab boots."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError
from lab.hosts import frrconf
from lab.packages.store import Store, machines_version
from lab.state import CHECKOUT, LabState
from lab.topology import Host, Topology

HOME = "/run/home"
"""Homes are below /run, the one directory that is private in every host and short enough for SSH's control sockets."""

PROGRAMS = "/run/lab/bin"
"""Programs that the lab gives its hosts in place of the machine's; first on PATH."""

REAL_PROGRAMS = "/run/lab/real"
"""Where the machine's own stay reachable, of those that the lab covers."""

LOGIN = "fairway"
LOGIN_ID = 1000
DIRECTORIES = (
    *("home/root/.ssh", f"home/{LOGIN}/.ssh", "log/frr", "log/units", "frr", "fairway", "junos", "ssh", "bin"),
    *("systemd", "packages"),
)
"""What a host's directory holds."""
_OURS = {"root", "frr", "frrvty", LOGIN, "sshd", "tty"}

SSHD_CONFIG = """\
Port 22
HostKey "{key}"
PidFile none
# Runs as an ordinary user in its own user namespace: PAM and ownership checks would ask for what is not there.
UsePAM no
StrictModes no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile .ssh/authorized_keys
AllowUsers {login}
PrintMotd no
PrintLastLog no
MaxStartups 100
MaxSessions 100
SetEnv PATH={programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
Subsystem sftp internal-sftp
"""


def write_host_files(state: LabState, topology: Topology) -> None:
    """Write everything the hosts need into the state directory. Raises LabError when a key cannot be made."""
    _make_keys([state.key, *(state.host(host.name) / "ssh_host_ed25519_key" for host in topology.hosts)])
    names = _etc_hosts(topology)
    known = _known_hosts(state, topology)
    for host in topology.hosts:
        directory = state.host(host.name)
        for name in DIRECTORIES:
            (directory / name).mkdir(parents=True, mode=0o700)
        _write(directory / "passwd", _passwd(), 0o644)
        _write(directory / "group", _group(), 0o644)
        _write(directory / "hosts", names, 0o644)
        _write(directory / "hostname", f"{host.name}\n", 0o644)
        _write(directory / "bin" / "systemctl", _systemctl(directory), 0o755)
        if host.role == "router" and not host.is_junos:
            _write_packages(directory)
        _write_ssh(directory, state, known, controller=host.role == "controller")
        _write(directory / "frr" / "frr.conf", frrconf.configuration(host, topology), 0o640)
        _write(directory / "frr" / "vtysh.conf", "service integrated-vtysh-config\n", 0o640)
        _write(directory / "frr" / "daemons", frrconf.daemons_file(host), 0o640)


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    path.touch(mode=mode)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _systemctl(directory: Path) -> str:
    """The lab's `systemctl`: hosts have no systemd, and the machine's would manage the machine."""
    return _program("lab.units", LAB_UNIT_LOGS=directory / "log" / "units", LAB_PACKAGES=directory / "packages")


def _program(module: str, *arguments: str, **environment: Path) -> str:
    """A script that runs a module of the lab, on a Python that every host has."""
    python = next((path for path in ("/usr/bin/python3",) if Path(path).exists()), sys.executable)
    variables = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in environment.items())
    command = shlex.join([python, "-S", "-m", module, *arguments])
    return f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(CHECKOUT))} {variables} exec {command} "$@"\n'


VTYSH = """\
#!/bin/sh
# FRR's own vtysh, which tells of the version that this host has installed instead of the machine's.
real={real}/vtysh
[ -x $real ] || real=/usr/bin/vtysh
[ -s {told} ] || exec $real "$@"
case "$*" in
*ver* | *run* | *wr*) ;;
*) exec $real "$@" ;;
esac
read -r version <{told}
said=$($real "$@"; echo "$?")
code=${{said##*
}}
printf '%s' "${{said%"$code"}}" | sed -e "s/^FRRouting [0-9][^ ]* (/FRRouting $version (/" \
    -e "s/^frr version .*/frr version $version/"
exit "$code"
"""


def _write_packages(directory: Path) -> None:
    """The packages of an FRR router: what is installed, and the tools that tell and change it."""
    Store(directory / "packages").create(machines_version())
    for tool in ("apt-get", "apt-cache", "dpkg", "dpkg-query"):
        _write(directory / "bin" / tool, _program("lab.packages", tool, LAB_PACKAGES=directory / "packages"), 0o755)
    told = shlex.quote(str(directory / "packages" / "running"))
    _write(directory / "bin" / "vtysh", VTYSH.format(real=REAL_PROGRAMS, told=told), 0o755)
    _write(directory / "bin" / "sudo", _program("lab.hosts.sudo"), 0o755)


def _make_keys(paths: Sequence[Path]) -> None:
    """Make ed25519 keys side by side: each costs a process."""
    running = []
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{path.parent.name}", "-f", str(path)]
        running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
    for path, process in zip(paths, running, strict=True):
        errors = process.communicate()[1]
        if process.returncode != 0:
            raise LabError(f"ssh-keygen {path}: {errors.strip()}")


def _passwd() -> str:
    """Accounts of the machine, with root and the login user ours. frr is another name for root: FRR runs as uid 0."""
    ours = [
        f"root:x:0:0:root:{HOME}/root:/bin/bash",
        f"{LOGIN}:*:{LOGIN_ID}:{LOGIN_ID}:Fairway:{HOME}/{LOGIN}:/bin/bash",
        "frr:x:0:0:FRR:/run/frr:/usr/sbin/nologin",
        "sshd:x:65533:65533:sshd:/run/sshd:/usr/sbin/nologin",
    ]
    return "\n".join([*ours, *_others("/etc/passwd")]) + "\n"


def _group() -> str:
    """Groups of the machine; root is a member of frrvty, which FRR's daemons insist on."""
    ours = ["root:x:0:root", "frr:x:0:root", "frrvty:x:0:root", f"{LOGIN}:x:{LOGIN_ID}:"]
    # A terminal belongs to whoever opened it: sshd may not give it to a group that its user namespace does not have.
    ours.append(f"tty:x:{LOGIN_ID}:")
    return "\n".join([*ours, *_others("/etc/group")]) + "\n"


def _others(path: str) -> list[str]:
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if line and line.partition(":")[0] not in _OURS]


def _etc_hosts(topology: Topology) -> str:
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
    lines += [f"{host.management_address} {host.name}" for host in topology.hosts if host.management]
    return "\n".join(lines) + "\n"


def _known_hosts(state: LabState, topology: Topology) -> str:
    """Every host's key under its name and address, for SSH's port and for NETCONF's."""
    lines = []
    for host in topology.hosts:
        if host.management_address is None:
            continue
        public = (state.host(host.name) / "ssh_host_ed25519_key.pub").read_text(encoding="ascii").split()
        labels = [f"{one},[{one}]:830,[{one}]:22" for one in (host.name, host.management_address)]
        lines.append(f"{','.join(labels)} {public[0]} {public[1]}")
    return "\n".join(lines) + "\n"


def _write_ssh(directory: Path, state: LabState, known: str, *, controller: bool) -> None:
    config = f"Host *\n    User {LOGIN}\n    IdentityFile ~/.ssh/id_ed25519\n    StrictHostKeyChecking yes\n"
    _write(directory / "ssh" / "ssh_known_hosts", known, 0o644)
    _write(directory / "ssh" / "ssh_config", "Host *\n    SendEnv LANG LC_*\n", 0o644)
    _write(
        directory / "ssh" / "sshd_config",
        SSHD_CONFIG.format(key=directory / "ssh_host_ed25519_key", login=LOGIN, programs=PROGRAMS),
        0o644,
    )
    root = directory / "home" / "root" / ".ssh"
    if controller:
        _write(root / "id_ed25519", state.key.read_text(encoding="ascii"))
        _write(root / "id_ed25519.pub", state.public_key() + "\n", 0o644)
        _write(root / "known_hosts", known)
        _write(root / "config", config)
    _write(directory / "home" / LOGIN / ".ssh" / "authorized_keys", state.public_key() + "\n")


def exported_environment(state: LabState, host: Host, environment: dict[str, str]) -> dict[str, str]:
    """The environment of a program started inside a host: the caller's, with the host's home and the lab's name."""
    changed = {
        **environment,
        "HOME": f"{HOME}/root",
        "PATH": f"{PROGRAMS}:{environment.get('PATH', os.defpath)}",
        "USER": "root",
        "LOGNAME": "root",
        "FAIRWAY_LAB": state.name,
        "FAIRWAY_LAB_DIR": str(state.directory.parent),
        "FAIRWAY_LAB_HOST": host.name,
        "FAIRWAY_PUBLIC_KEY": state.public_key(),
    }
    for name in ("SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        changed.pop(name, None)
    return changed
