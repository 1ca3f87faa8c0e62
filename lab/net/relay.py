"""A wire in user space, for delay on kernels without netem: frames in at one end, out at the other, a while later.

It forwards some tens of thousands of frames per second. Frames travel with their offload metadata (virtio header),
because a veth leaves checksums and segmentation to whoever comes last.
"""

from __future__ import annotations

import os
import random
import selectors
import signal
import socket
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from lab.net.impairments import RESOLUTION, Impairment
from lab.topology import Link

SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
ETH_P_ALL = 0x0003
LARGEST_FRAME = 1 << 17
QUEUE = 10_000
"""Frames in flight per direction; more are lost, as on a long line whose buffers are full."""


@dataclass
class Direction:
    """One direction of a wire: where frames come in and go out, seconds of delay, losses in RESOLUTION."""

    source: socket.socket
    sink: socket.socket
    delay: float
    loss: int
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)

    def take(self, now: float) -> None:
        """Read every frame that is there."""
        with suppress(BlockingIOError):
            while True:
                frame = self.source.recv(LARGEST_FRAME)
                if random.randrange(RESOLUTION) >= self.loss and len(self.waiting) < QUEUE:
                    self.waiting.append((now + self.delay, frame))

    def release(self, now: float) -> None:
        """Send the frames whose time has come."""
        while self.waiting and self.waiting[0][0] <= now:
            frame = self.waiting.popleft()[1]
            with suppress(BlockingIOError, PermissionError):
                self.sink.send(frame)


def start(link: Link, impairment: Impairment) -> int:
    """Fork a relay for a link whose ports are off their bridge; returns its process id. It runs until killed."""
    child = os.fork()
    if child:
        return child
    try:
        os.closerange(3, 4096)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _run(link, impairment)
    finally:
        os._exit(1)


def _run(link: Link, impairment: Impairment) -> NoReturn:
    a, b = (_port(link.port(side)) for side in ("a", "b"))
    directions = []
    for side, source, sink in (("a", a, b), ("b", b, a)):
        suffers = side in impairment.senders
        delay, loss = (impairment.delay, round(impairment.loss * RESOLUTION)) if suffers else (0.0, 0)
        directions.append(Direction(source, sink, delay, loss))
    selector = selectors.DefaultSelector()
    for direction in directions:
        selector.register(direction.source, selectors.EVENT_READ, direction)
    while True:
        due = min((one.waiting[0][0] for one in directions if one.waiting), default=None)
        for key, _ in selector.select(None if due is None else max(0.0, due - time.monotonic())):
            key.data.take(time.monotonic())
        for direction in directions:
            direction.release(time.monotonic())


def _port(device: str) -> socket.socket:
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.htons(ETH_P_ALL))
    port.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    port.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    port.bind((device, ETH_P_ALL))
    port.setblocking(False)
    return port
