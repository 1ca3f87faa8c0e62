"""What runs inside a host while traffic is measured: sends numbered UDP packets, and remembers which arrived.

Speaks with `lab.traffic.run` on its standard streams, one JSON object a line; ends with its standard input. Knows no
host names and no topology: it has ends (a socket on one of the host's addresses), each with a peer.
"""

from __future__ import annotations

import errno
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

HEADER = struct.Struct("!16sQ")
"""A token that only the two ends of this run know, and the number of the packet."""
SO_MEMINFO, MEMINFO = 55, struct.Struct("9I")
"""What the kernel tells about a socket's buffers; the last number counts packets for which there was no room."""
RECEIVE_BUFFER = 4 << 20
BURST = 512
"""Packets that are read from one socket before the others, and the clock, get their turn."""
LATE_S = 0.25
"""A sender that the machine kept waiting longer than this goes on from now, instead of sending the rest at once."""


class End:
    """One socket: what was sent from it and when, and what its peer sent that arrived."""

    def __init__(self, address: str) -> None:
        """Bind to a port of the kernel's choice. Raises OSError when the host does not have the address."""
        self.socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.bind((address, 0))
        self.socket.setblocking(False)
        self.peer: tuple[str, int] = ("", 0)
        self.token = b""
        self.padding = b""
        self.due = float("inf")
        self.times = array("d")
        self.refused: Counter[str] = Counter()
        self.seen = bytearray()
        self.highest = -1
        self.arrived = self.duplicates = self.reordered = 0

    @property
    def port(self) -> int:
        """The port it is bound to."""
        return int(self.socket.getsockname()[1])

    def send(self) -> bool:
        """Send the next packet; False when the socket would have to wait. A host without a route has sent it too."""
        packet = HEADER.pack(self.token, len(self.times)) + self.padding
        now = time.time()
        try:
            self.socket.sendto(packet, self.peer)
        except BlockingIOError:
            return False
        except OSError as error:
            self.refused[errno.errorcode.get(error.errno or 0, str(error))] += 1
        self.times.append(now)
        return True

    def receive(self) -> None:
        """Take what is there, up to a burst."""
        for _number in range(BURST):
            try:
                packet = self.socket.recv(65536)
            except BlockingIOError:
                return
            except OSError:  # what a router said about an earlier packet
                continue
            if len(packet) < HEADER.size:
                continue
            token, number = HEADER.unpack_from(packet)
            if token == self.token:
                self._count(number)

    def _count(self, number: int) -> None:
        if number >= len(self.seen):
            self.seen.extend(bytes(number + 1024 - len(self.seen)))
        if self.seen[number]:
            self.duplicates += 1
            return
        self.seen[number] = 1
        self.arrived += 1
        if number < self.highest:
            self.reordered += 1
        self.highest = max(self.highest, number)

    def missing(self, sent: int) -> list[int]:
        """The numbers below ``sent`` that never arrived."""
        here = self.seen[:sent]
        return [number for number in range(sent) if number >= len(here) or not here[number]]

    def overflowed(self) -> int:
        """Packets that arrived and that the kernel threw away because this process did not read in time."""
        memory = self.socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size)
        return int(MEMINFO.unpack(memory)[-1])


class Endpoint:
    """The ends of one host, and the loop that serves them."""

    def __init__(self) -> None:
        """Opens nothing."""
        self.ends: dict[str, End] = {}
        self.interval = 1.0
        self.selector = selectors.DefaultSelector()
        self.input = b""
        self.ended = False
        self.expected: dict[str, int] | None = None
        self.deadline = 0.0

    def run(self) -> None:
        """Serve until standard input ends."""
        self.selector.register(0, selectors.EVENT_READ)
        while not self.ended:
            wait = min([end.due for end in self.ends.values()] + [self._answer_due()], default=float("inf"))
            for key, _mask in self.selector.select(min(max(0.0, wait - time.monotonic()), 60.0)):
                if key.data is None:
                    self._read()
                else:
                    key.data.receive()
            self._send()
            self._answer_when_complete()

    def _send(self) -> None:
        now = time.monotonic()
        for end in self.ends.values():
            if end.due <= now and end.send():
                end.due = now + self.interval if now - end.due > LATE_S else end.due + self.interval

    def _read(self) -> None:
        piece = os.read(0, 1 << 20)
        self.ended = not piece
        *lines, self.input = (self.input + piece).split(b"\n")
        for line in lines:
            request = json.loads(line)
            operation = request.pop("op")
            try:
                getattr(self, f"do_{operation}")(**request)
            except OSError as error:
                say(error=str(error))

    def do_open(self, ends: dict[str, str]) -> None:
        """Open an end on each address; answers with their ports."""
        for name, address in ends.items():
            try:
                self.ends[name] = End(address)
            except OSError as error:
                raise OSError(f"{address}: {error.strerror}") from None
        say(ports={name: end.port for name, end in self.ends.items()})

    def do_go(self, peers: dict[str, Sequence[Any]], token: str, interval: float, size: int) -> None:
        """Begin to send, one packet per end and interval, the ends one after the other within it."""
        self.interval = interval
        now = time.monotonic()
        for number, (name, peer) in enumerate(peers.items()):
            end = self.ends[name]
            end.token = bytes.fromhex(token)
            end.peer = (str(peer[0]), int(peer[1]))
            end.padding = bytes(size - HEADER.size)
            end.due = now + interval * number / len(peers)
            self.selector.register(end.socket, selectors.EVENT_READ, end)
        say(going=True)

    def do_count(self) -> None:
        """How far it is, while it goes on."""
        say(counts={name: [len(end.times), end.arrived] for name, end in self.ends.items()})

    def do_stop(self) -> None:
        """Send no more; answers how many were sent."""
        for end in self.ends.values():
            end.due = float("inf")
        say(sent={name: len(end.times) for name, end in self.ends.items()})

    def do_expect(self, sent: dict[str, int], grace: float) -> None:
        """Wait for what is still under way, as long as ``grace``, and answer what is missing."""
        self.expected, self.deadline = sent, time.monotonic() + grace

    def do_times(self, numbers: dict[str, list[int]]) -> None:
        """When these packets were sent (seconds since the epoch), and what the kernel refused to send."""
        say(
            times={name: [self.ends[name].times[one] for one in wanted] for name, wanted in numbers.items()},
            refused={name: dict(end.refused) for name, end in self.ends.items() if end.refused},
        )

    def _answer_due(self) -> float:
        return float("inf") if self.expected is None else self.deadline

    def _answer_when_complete(self) -> None:
        if self.expected is None:
            return
        if time.monotonic() >= self.deadline:
            for end in self.ends.values():
                while select_readable(end):  # what lies in the socket has arrived, however late we look
                    end.receive()
        elif any(self.ends[name].arrived < sent for name, sent in self.expected.items()):
            return
        wanted, self.expected = self.expected, None
        say(
            ends={
                name: {
                    "missing": self.ends[name].missing(sent),
                    "duplicates": self.ends[name].duplicates,
                    "reordered": self.ends[name].reordered,
                    "overflowed": self.ends[name].overflowed(),
                }
                for name, sent in wanted.items()
            }
        )


def select_readable(end: End) -> bool:
    """Whether a packet lies in the socket."""
    with selectors.DefaultSelector() as one:
        one.register(end.socket, selectors.EVENT_READ)
        return bool(one.select(0))


def say(**message: Any) -> None:
    """One line to `lab.traffic.run`."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Endpoint().run()
