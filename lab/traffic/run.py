"""Measure traffic between pairs of hosts, from when it is asked for until it is enough."""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

from lab import control
from lab.errors import LabError
from lab.net.enter import clean_environment
from lab.report import address_of
from lab.state import CHECKOUT, LabState
from lab.traffic.endpoint import HEADER
from lab.traffic.result import Direction, Measurement, ordered

ANSWER_S = 60.0
"""How long an endpoint may take to answer, beside what it was asked to wait; only a machine that is stuck needs it."""
MAX_SIZE = 8900
GRACE_S = 4.0
"""How long packets may still be under way when the last was sent. Nobody waits when all have arrived."""


@dataclass(frozen=True)
class Wanted:
    """``rate`` is packets per second of each direction and family, shared by its ``flows``; ``size`` is the UDP payload
    in bytes; ``seconds`` None: until a signal."""

    pairs: tuple[tuple[str, str], ...]
    families: tuple[int, ...] = (4, 6)
    rate: float = 50.0
    seconds: float | None = None
    size: int = 100
    flows: int = 4

    def check(self) -> None:
        """Raise LabError for what cannot be measured."""
        if not 0 < self.rate <= 2000:
            raise LabError(f"--rate {self.rate:g}: expected more than 0 and up to 2000 packets per second")
        if not HEADER.size <= self.size <= MAX_SIZE:
            raise LabError(f"--size {self.size}: expected {HEADER.size} to {MAX_SIZE} bytes")
        if not 1 <= self.flows <= 64:
            raise LabError(f"--flows {self.flows}: expected 1 to 64")
        if self.seconds is not None and self.seconds <= 0:
            raise LabError(f"--seconds {self.seconds:g}: expected more than 0")
        for one, other in self.pairs:
            if one == other:
                raise LabError(f"{one}: traffic needs two different hosts")


@dataclass(frozen=True)
class Flow:
    """One end of a conversation: what ``source`` sends to ``target``; ``name`` is its end, ``other`` its peer's."""

    name: str
    other: str
    source: str
    target: str
    family: int


class Remote:
    """An endpoint that runs in a host."""

    def __init__(self, state: LabState, host: str) -> None:
        """Start it. Raises LabError when the host is off."""
        self.host, self.buffer = host, b""
        spaces = control.namespaces(state, host)
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-m", "lab.traffic.endpoint"],
            preexec_fn=lambda: spaces.join(with_pid=False),  # noqa: PLW1509 - this program has one thread
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # the terminal's interrupt is for us
            env={**clean_environment(os.environ), "PYTHONPATH": str(CHECKOUT)},
        )
        spaces.close()
        assert self.process.stdout
        self.answers = self.process.stdout.fileno()

    def tell(self, **request: Any) -> None:
        """Send a request; the answer is read with hear()."""
        assert self.process.stdin
        with suppress(BrokenPipeError):  # hear() finds out why
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()

    def hear(self, seconds: float = ANSWER_S) -> dict[str, Any]:
        """The next answer. Raises LabError when there is none in time, or the endpoint has ended."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            if not select.select([self.answers], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise LabError(f"{self.host}: its end of the traffic does not answer within {seconds:.0f} s")
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                raise LabError(f"{self.host}: its end of the traffic has ended by itself")
            self.buffer += piece
        line, _newline, self.buffer = self.buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LabError(f"{self.host}: {answer['error']}")
        return answer

    def end(self) -> None:
        """End it: with its standard input, or by force."""
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(state: LabState, wanted: Wanted, under_way: Callable[[str], None]) -> Measurement:
    """Send until the time is over, or SIGINT, SIGTERM or SIGHUP; then say what arrived.

    ``under_way`` is told once when every end sends. Raises LabError when an end cannot be made, or was too slow to read
    what arrived: then nothing is known of what was lost.
    """
    wanted.check()
    flows, addresses = _flows(state, wanted)
    with _signals() as stop, _remotes(state, sorted({flow.source for flow in flows})) as remotes:
        began = time.time()
        _start(remotes, flows, addresses, wanted)
        under_way(f"measuring {len(wanted.pairs)} pairs, {len(flows)} flows")
        watched = {remote.answers: remote for remote in remotes.values()}
        for descriptor in select.select([stop, *watched], [], [], wanted.seconds)[0]:
            if remote := watched.get(descriptor):
                raise LabError(f"{remote.host}: its end of the traffic has ended by itself")
        sent = _stop(remotes)
        ended = time.time()
        found, told = _collect(remotes, flows, sent)
        return Measurement(began, ended, tuple(_directions(flows, sent, found, told)))


def _flows(state: LabState, wanted: Wanted) -> tuple[list[Flow], dict[str, str]]:
    """Both ends of every conversation, and the address of each end."""
    topology = state.topology()
    flows: list[Flow] = []
    addresses: dict[str, str] = {}
    for one, other in wanted.pairs:
        hosts = topology.host(one), topology.host(other)
        for family in wanted.families:
            ends = [address_of(host, family) for host in hosts]
            for _number in range(wanted.flows):
                here, there = str(len(flows)), str(len(flows) + 1)
                addresses |= {here: ends[0], there: ends[1]}
                flows += [Flow(here, there, one, other, family), Flow(there, here, other, one, family)]
    return flows, addresses


def _start(remotes: Mapping[str, Remote], flows: Sequence[Flow], addresses: Mapping[str, str], wanted: Wanted) -> None:
    """Open every end first, then let all send: nothing is sent to an end that is not there yet."""
    for host, remote in remotes.items():
        remote.tell(op="open", ends={flow.name: addresses[flow.name] for flow in flows if flow.source == host})
    ports: dict[str, int] = {}
    for remote in remotes.values():
        ports |= remote.hear()["ports"]
    token = secrets.token_hex(16)
    interval = wanted.flows / wanted.rate
    for host, remote in remotes.items():
        peers = {flow.name: [addresses[flow.other], ports[flow.other]] for flow in flows if flow.source == host}
        remote.tell(op="go", peers=peers, token=token, interval=interval, size=wanted.size)
    for remote in remotes.values():
        remote.hear()


Counts = dict[str, int]


def _stop(remotes: Mapping[str, Remote]) -> Counts:
    """Let all ends stop; how many packets each has sent."""
    for remote in remotes.values():
        remote.tell(op="stop")
    sent: Counts = {}
    for remote in remotes.values():
        sent |= remote.hear()["sent"]
    return sent


def _collect(
    remotes: Mapping[str, Remote], flows: Sequence[Flow], sent: Counts
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """What arrived of each end's packets (by the sender's name), and when those were sent that did not."""
    peer = {flow.name: flow.other for flow in flows}
    for host, remote in remotes.items():
        expected = {flow.name: sent[flow.other] for flow in flows if flow.source == host}
        remote.tell(op="expect", sent=expected, grace=GRACE_S)
    found: dict[str, dict[str, Any]] = {}
    for remote in remotes.values():
        for name, body in remote.hear(ANSWER_S + GRACE_S)["ends"].items():
            found[peer[name]] = body
    for host, remote in remotes.items():
        remote.tell(
            op="times", numbers={flow.name: found[flow.name]["missing"] for flow in flows if flow.source == host}
        )
    told: dict[str, dict[str, Any]] = {"times": {}, "refused": {}}
    for remote in remotes.values():
        answer = remote.hear()
        for key, body in told.items():
            body.update(answer[key])
    return found, told


def _directions(
    flows: Sequence[Flow], sent: Counts, found: Mapping[str, Mapping[str, Any]], told: Mapping[str, Mapping[str, Any]]
) -> Iterator[Direction]:
    for key in dict.fromkeys((flow.source, flow.target, flow.family) for flow in flows):
        mine = [flow.name for flow in flows if (flow.source, flow.target, flow.family) == key]
        overflowed = sum(found[name]["overflowed"] for name in mine)
        if overflowed:
            raise LabError(
                f"{key[1]}: the machine was too busy to read {overflowed} packets that arrived from {key[0]}: nothing "
                "is known of what was lost; measure with a lower --rate"
            )
        refused: dict[str, int] = {}
        for name in mine:
            for reason, count in told["refused"].get(name, {}).items():
                refused[reason] = refused.get(reason, 0) + count
        losses = ordered([told["times"][name] for name in mine])
        yield Direction(
            *key,
            sent=sum(sent[name] for name in mine),
            lost=len(losses),
            losses=losses,
            duplicates=sum(found[name]["duplicates"] for name in mine),
            reordered=sum(found[name]["reordered"] for name in mine),
            flows=len(mine),
            flows_hit=sum(bool(found[name]["missing"]) for name in mine),
            refused=refused,
        )


@contextmanager
def _remotes(state: LabState, hosts: Sequence[str]) -> Iterator[dict[str, Remote]]:
    started: dict[str, Remote] = {}
    try:
        for host in hosts:
            started[host] = Remote(state, host)
        yield started
    finally:
        for remote in started.values():
            remote.end()


@contextmanager
def _signals() -> Iterator[int]:
    """A descriptor that becomes readable when somebody asks for the end."""
    reader, writer = os.pipe()

    def note(_number: int, _frame: FrameType | None) -> None:
        os.write(writer, b"x")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield reader
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
