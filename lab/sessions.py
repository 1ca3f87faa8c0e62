"""Routing sessions of a running lab, read from the hosts' own daemons."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import control, routes
from lab.errors import LabError
from lab.hosts.frrconf import daemons
from lab.net.enter import finish, start
from lab.state import LabState
from lab.topology import Host, Topology

BGP = (routes.BGP,)
OSPF = (routes.OSPF_INTERFACES, routes.OSPF6_INTERFACES, routes.OSPF6_NEIGHBOURS, routes.OSPF6)


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


def read_answers(state: LabState, hosts: Sequence[Host]) -> dict[str, dict[str, Any]]:
    """What the BGP, OSPFv2 and OSPFv3 daemons of hosts that are up say, by command."""
    questions = {}
    for host in hosts:
        running = daemons(host)
        commands = [*(OSPF if "ospfd" in running else ()), *(BGP if "bgpd" in running else ())]
        if commands:
            questions[host.name] = commands
    return {name: dict(zip(questions[name], found, strict=True)) for name, found in ask(state, questions).items()}


def read_sessions(state: LabState, hosts: Sequence[Host]) -> dict[str, Sessions]:
    """Read the BGP, OSPFv2 and OSPFv3 sessions of hosts that are up."""
    return {name: _sessions(name, answers) for name, answers in read_answers(state, hosts).items()}


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


def wait(
    state: LabState, topology: Topology, hosts: Sequence[Host], deadline_s: float, interval_s: float = 0.5
) -> float:
    """Poll until every configured session of the hosts is up and what the sessions promise is routed; returns seconds.

    Raises LabError that lists what is missing when the deadline passes.
    """
    started = time.monotonic()
    pending = everybody = [host for host in hosts if daemons(host)]
    settling = Settling(state, topology, everybody)
    while True:
        if pending is everybody:
            missing = settling.missing()
        else:
            missing = [text for found in read_sessions(state, pending).values() for text in found.missing]
            if not missing:
                pending = everybody
                continue
        seconds = time.monotonic() - started
        if not missing:
            return seconds
        if seconds > deadline_s:
            listed = "\n".join(f"  {text}" for text in missing)
            raise LabError(f"not converged after {seconds:.0f} s; still missing:\n{listed}")
        # Next time ask only those who miss a session, and everybody again at the end.
        if not settling.sessions_up:
            pending = [host for host in pending if any(text.startswith(f"{host.name}: ") for text in missing)]
        time.sleep(interval_s)


class Settling:
    """Whether a network whose sessions were up a moment ago has become quiet."""

    def __init__(self, state: LabState, topology: Topology, hosts: Sequence[Host]) -> None:
        """``hosts``: those that are waited for. Others are asked too: the way between two may lead through them."""
        self.state, self.topology, self.hosts = state, topology, hosts
        self.picture: object = None
        self.since = 0.0
        self.sessions_up = False

    def missing(self) -> list[str]:
        """Sessions that are down, routes that OSPF owes, what BGP may still bring; empty when the network is ready."""
        answers = read_answers(self.state, self._up())
        mine = {host.name: answers[host.name] for host in self.hosts if host.name in answers}
        missing = [text for name, answer in mine.items() for text in _sessions(name, answer).missing]
        self.sessions_up = not missing
        if missing:
            return missing
        kernel = routes.read_kernel(self.state, self.hosts)
        return routes.missing_ospf(self.topology, answers, kernel, self.hosts) or self._moving(mine, kernel)

    def _up(self) -> list[Host]:
        states = control.call(self.state, "status").data["hosts"]
        wanted = {host.name for host in self.hosts}
        return [host for host in self.topology.hosts if host.name in wanted or states[host.name]["state"] == "ready"]

    def _moving(self, mine: routes.Answers, kernel: Mapping[str, Mapping[str, str]]) -> list[str]:
        if not any(routes.BGP in answer for answer in mine.values()):
            return []
        now, picture = time.monotonic(), routes.bgp_picture(mine, kernel)
        if self.picture != picture:
            self.picture, self.since = picture, now
        expected = routes.missing_bgp(self.topology, mine, kernel)
        if now - self.since >= (routes.PATIENCE_S if expected else routes.QUIET_S):
            return []
        return expected or ["BGP's tables were changing a moment ago"]
