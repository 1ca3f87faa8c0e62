"""Routing sessions of a running lab, read from the hosts' own daemons."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import control
from lab.errors import LabError
from lab.hosts.frrconf import daemons
from lab.net.enter import finish, start
from lab.state import LabState
from lab.topology import Host

BGP = ("show bgp summary json",)
OSPF = ("show ip ospf interface json", "show ipv6 ospf6 interface json", "show ipv6 ospf6 neighbor json")


@dataclass(frozen=True)
class Sessions:
    """What one host's daemons are configured for and what is up; ``missing`` names each session that is not."""

    bgp: tuple[int, int]
    ospf: tuple[int, int]
    ospf3: tuple[int, int]
    missing: tuple[str, ...]


NOTHING = Sessions((0, 0), (0, 0), (0, 0), ())


def ask(state: LabState, questions: Mapping[str, Sequence[str]]) -> dict[str, list[Any]]:
    """Put vtysh commands to several hosts at once; returns each host's parsed JSON answers, {} for none.

    Raises LabError when a host is off or its vtysh does not answer.
    """
    running = {}
    for host, commands in questions.items():
        spaces = control.namespaces(state, host)
        argv = ["vtysh", *(word for command in commands for word in ("-c", command))]
        running[host] = start(spaces, argv)
        spaces.close()
    answers = {}
    for host, process in running.items():
        try:
            answers[host] = _objects(finish(process), len(questions[host]))
        except subprocess.TimeoutExpired:
            raise LabError(f"{host}: vtysh does not answer; is a daemon hanging?") from None
    return answers


def _objects(text: str, count: int) -> list[Any]:
    """Split concatenated JSON objects; vtysh prints one per command."""
    decoder, found, position = json.JSONDecoder(), [], text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            break
        found.append(value)
        position = text.find("{", end)
    return [*found, *[{}] * (count - len(found))]


def read_sessions(state: LabState, hosts: Sequence[Host]) -> dict[str, Sessions]:
    """Read the BGP, OSPFv2 and OSPFv3 sessions of hosts that are up."""
    questions = {}
    for host in hosts:
        running = daemons(host)
        commands = [*(OSPF if "ospfd" in running else ()), *(BGP if "bgpd" in running else ())]
        if commands:
            questions[host.name] = commands
    return {
        name: _sessions(name, dict(zip(questions[name], found, strict=True)))
        for name, found in ask(state, questions).items()
    }


def _sessions(host: str, answers: Mapping[str, Any]) -> Sessions:
    missing: list[str] = []
    bgp = _bgp(answers.get(BGP[0], {}), missing)
    ospf = _ospf(answers.get(OSPF[0], {}), missing)
    ospf3 = _ospf3(answers.get(OSPF[1], {}), answers.get(OSPF[2], {}), missing)
    return Sessions(bgp, ospf, ospf3, tuple(f"{host}: {text}" for text in missing))


def _bgp(data: dict[str, Any], missing: list[str]) -> tuple[int, int]:
    up = total = 0
    for family in ("ipv4Unicast", "ipv6Unicast"):
        for peer, body in data.get(family, {}).get("peers", {}).items():
            if "Admin" in body.get("state", ""):
                continue  # shut down on purpose
            total += 1
            if body.get("state") == "Established":
                up += 1
            else:
                missing.append(f"BGP {peer} is {body.get('state')}")
    return up, total


def _ospf(data: dict[str, Any], missing: list[str]) -> tuple[int, int]:
    """Count interfaces that should have a neighbour; every wire of the lab has one at its other end."""
    up = total = 0
    for name, body in data.get("interfaces", {}).items():
        if body.get("timerPassiveIface") or name == "lo" or body.get("networkType") == "LOOPBACK":
            continue
        total += 1
        if body.get("nbrAdjacentCount", 0) > 0:
            up += 1
        else:
            missing.append(f"OSPF on {name} has no full neighbour")
    return up, total


def _ospf3(interfaces: dict[str, Any], neighbours: dict[str, Any], missing: list[str]) -> tuple[int, int]:
    full = {
        str(item.get("interfaceName")) for item in neighbours.get("neighbors", []) if str(item.get("state")) == "Full"
    }
    wanted = [
        name
        for name, body in interfaces.items()
        if name != "lo" and body.get("attachedToArea") and not body.get("passive") and body.get("ospf6Enabled", True)
    ]
    missing += [f"OSPFv3 on {name} has no full neighbour" for name in wanted if name not in full]
    return len([name for name in wanted if name in full]), len(wanted)


def wait(state: LabState, hosts: Sequence[Host], deadline_s: float, interval_s: float = 0.5) -> float:
    """Poll until every configured session of the hosts is up; returns seconds.

    Raises LabError that lists the missing sessions when the deadline passes.
    """
    started = time.monotonic()
    everybody = pending = [host for host in hosts if daemons(host)]
    while True:
        missing = [text for found in read_sessions(state, pending).values() for text in found.missing]
        if missing:  # next time ask only those who miss something, and everybody again at the end
            pending = [host for host in pending if any(text.startswith(f"{host.name}: ") for text in missing)]
        elif len(pending) < len(everybody):
            pending = everybody
            continue
        seconds = time.monotonic() - started
        if not missing:
            return seconds
        if seconds > deadline_s:
            listed = "\n".join(f"  {text}" for text in missing)
            raise LabError(f"not converged after {seconds:.0f} s; still missing:\n{listed}")
        time.sleep(interval_s)
