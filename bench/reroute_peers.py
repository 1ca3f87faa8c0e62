"""The same change of an OSPF cost, as others make it: `python -m bench.reroute_peers KIND HOST INTERFACE COST ...`.

naive   an interactive shell per router, one router after the other, a second for the prompt and half a second for each
        command: what a script of a running exchange does
vtysh   one vtysh command over SSH, both routers at once
pyez    one commit through PyEZ, both routers at once

None of them proves, locks, damps or takes anything back. Host keys and login are those of ~/.ssh. Runs on the
controller of a lab; ends when the last router has answered.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import paramiko
from jnpr.junos import Device
from jnpr.junos.utils.config import Config

PROMPT_S, COMMAND_S = 1.0, 0.5
USER = "fairway"


@dataclass(frozen=True)
class End:
    """One end of a link and the cost it is to have."""

    host: str
    interface: str
    cost: str


def connect(host: str) -> paramiko.SSHClient:
    """A session with the host key verified."""
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.connect(host, username=USER, look_for_keys=True, allow_agent=False)
    return client


def naive(ends: Sequence[End]) -> None:
    """Type and wait."""
    for end in ends:
        client = connect(end.host)
        shell = client.invoke_shell()
        time.sleep(PROMPT_S)
        for command in (
            "vtysh",
            "configure terminal",
            f"interface {end.interface}",
            f"ip ospf cost {end.cost}",
            "end",
            "write memory",
            "exit",
        ):
            shell.send(f"{command}\n".encode())
            time.sleep(COMMAND_S)
        client.close()


def vtysh(end: End) -> None:
    """One command line."""
    client = connect(end.host)
    lines = ("configure terminal", f"interface {end.interface}", f"ip ospf cost {end.cost}")
    words = " ".join(f"-c '{line}'" for line in lines)
    done = client.exec_command(f"vtysh {words}")[1]
    status = done.channel.recv_exit_status()
    client.close()
    if status:
        raise SystemExit(f"{end.host}: vtysh ended with {status}")


def pyez(end: End) -> None:
    """One commit."""
    key = str(Path("~/.ssh/id_ed25519").expanduser())
    with Device(host=end.host, port=830, user=USER, ssh_private_key_file=key, gather_facts=False) as device:
        config = Config(device, mode="exclusive")
        with config:
            config.load(f"set protocols ospf area 0.0.0.0 interface {end.interface} metric {end.cost}", format="set")
            config.commit()


def main() -> None:
    kind, *words = sys.argv[1:]
    ends = [End(*words[index : index + 3]) for index in range(0, len(words), 3)]
    if kind == "naive":
        naive(ends)
        return
    with ThreadPoolExecutor(len(ends)) as pool:
        list(pool.map({"vtysh": vtysh, "pyez": pyez}[kind], ends))


if __name__ == "__main__":
    main()
