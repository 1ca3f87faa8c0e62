"""What `status` and `ping` print."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab import control
from lab.errors import LabError
from lab.hosts.frrconf import announced, answering
from lab.net.enter import finish, start
from lab.sessions import NOTHING, read_sessions
from lab.state import LabState
from lab.topology import Host, bare


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return columns aligned with two spaces between them."""
    everything = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in everything) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in everything
    ]
    return "\n".join(lines)


def status(state: LabState, *, sessions: bool = True) -> dict[str, Any]:
    """Collect hosts, links and sessions of a running lab as plain data."""
    topology = state.topology()
    reply = control.call(state, "status")
    ready = [host for host in topology.hosts if reply.data["hosts"][host.name]["state"] == "ready"]
    found = read_sessions(state, ready) if sessions else {}
    hosts = []
    for host in topology.hosts:
        live, seen = reply.data["hosts"][host.name], found.get(host.name, NOTHING)
        facts = {"role": host.role, "platform": host.platform if host.role == "router" else ""}
        facts["management"] = host.management_address or ""
        hosts.append({"name": host.name, **facts, **live, "bgp": seen.bgp, "ospf": seen.ospf, "ospf3": seen.ospf3})
    links = [
        {"a": ":".join(link.a), "b": ":".join(link.b), "description": link.description, **live}
        for link, live in zip(topology.links, reply.data["links"], strict=True)
    ]
    return {"name": state.name, "pid": reply.pid, "hosts": hosts, "links": links}


def format_status(data: dict[str, Any]) -> str:
    """The status as two tables for a person."""
    hosts = [
        [
            *(one[key] for key in ("name", "role", "platform", "management", "state")),
            *(f"{up}/{total}" if total else "-" for up, total in (one["ospf"], one["ospf3"], one["bgp"])),
            one["reason"],
        ]
        for one in data["hosts"]
    ]  # fmt: skip
    links = [
        [one["a"], one["b"], "up" if one["up"] else "down", one["impairment"] or "-", one["description"]]
        for one in data["links"]
    ]
    head = f"lab {data['name']}, supervisor pid {data['pid']}"
    first = table(["host", "role", "platform", "management", "state", "ospf", "ospf3", "bgp", "note"], hosts)
    return f"{head}\n\n{first}\n\n{table(['from', 'to', 'carrier', 'impairment', 'description'], links)}"


@dataclass(frozen=True)
class PingResult:
    """``loss`` is a fraction (0..1); round-trip times are in milliseconds and None when nothing came back."""

    source: str
    target: str
    sent: int
    received: int
    loss: float
    rtt_min: float | None
    rtt_avg: float | None
    rtt_max: float | None

    def __str__(self) -> str:
        times = "no answer" if self.rtt_avg is None else (
            f"rtt min/avg/max {self.rtt_min:.1f}/{self.rtt_avg:.1f}/{self.rtt_max:.1f} ms"
        )  # fmt: skip
        return (
            f"{self.source} -> {self.target}: {self.received}/{self.sent} received, {self.loss * 100:g}% loss, {times}"
        )


def address_of(host: Host, version: int) -> str:
    """The address a host answers on: its loopback; a carrier's first announced address.

    Raises LabError when the host has none of that family.
    """
    if host.role == "carrier":
        for number, item in enumerate(host.options.get("announce", [])):
            first = announced(host, number, item)[0][0]
            if first.version == version:
                return str(answering(first)[-1].ip)
    loopback = host.loopback_ipv4 if version == 4 else host.loopback_ipv6
    if loopback:
        return bare(loopback)
    raise LabError(f"{host.name}: no IPv{version} loopback to ping; name an address instead")


def ping(
    state: LabState, source: str, target: str, *, count: int = 10, interval: float = 0.1, version: int = 4
) -> PingResult:
    """Ping from one host's loopback to another host's; to an address, from the interface towards it.

    Raises LabError when ping cannot run.
    """
    topology = state.topology()
    here = topology.host(source)
    version = 6 if ":" in target else version
    is_address = re.search(r"[.:]", target) is not None
    there = target if is_address else address_of(topology.host(target), version)
    argv = ["ping", f"-{version}", "-n", "-q", "-c", str(count), "-i", f"{interval:g}", "-W", "1", there]
    if here.role != "controller" and not is_address:
        argv[1:1] = ["-I", address_of(here, version)]
    spaces = control.namespaces(state, source)
    try:
        text = finish(start(spaces, argv), timeout=count * (interval + 1) + 10)
    except subprocess.TimeoutExpired:
        raise LabError(f"ping {source} -> {target}: did not end in time") from None
    finally:
        spaces.close()
    return _parse(text, source, target)


def _parse(text: str, source: str, target: str) -> PingResult:
    counts = re.search(r"(\d+) packets transmitted, (\d+) received", text)
    if counts is None:
        raise LabError(f"ping {source} -> {target}: {text.strip()}")
    sent, received = int(counts[1]), int(counts[2])
    times = re.search(r"= ([\d.]+)/([\d.]+)/([\d.]+)", text)
    low, mean, high = (float(times[n]) for n in (1, 2, 3)) if times else (None, None, None)
    return PingResult(source, target, sent, received, 1 - received / sent if sent else 0.0, low, mean, high)
