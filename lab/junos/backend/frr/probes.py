"""One probe: a raw socket of its own, from the request to the answer or to giving up.

The kernel stamps what arrives, so a thread that is late does not make a path look slow.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from dataclasses import dataclass

from lab.junos.backend.frr import icmp
from lab.junos.backend.rpm_results import INTERNAL, NO_ROUTE, RECEIVED, TIMED_OUT
from lab.junos.backend.rpm_settings import EXECUTED, RpmTest

_SOL_RAW, _ICMP_FILTER = 255, 1
_SOL_ICMPV6, _ICMP6_FILTER = 58, 1
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@qq")
_UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)


@dataclass(frozen=True)
class Outcome:
    """How a probe ended: epoch seconds, and microseconds of the round trip when there was an answer."""

    status: str
    sent: float
    decided: float
    rtt: int | None = None


class ProbeSocket:
    """An echo request on its way. `deadline` is on the monotonic clock; `failed` is set when it could not be sent."""

    def __init__(self, test: RpmTest, identifier: int, sequence: int) -> None:
        self.version = EXECUTED[test.kind]
        self._identifier, self._sequence = identifier, sequence & 0xFFFF
        self._data = icmp.filling(test.data_size, test.data_fill, int.from_bytes(os.urandom(8)))
        self.deadline = time.monotonic() + test.probe_interval
        self.failed: Outcome | None = None
        family = socket.AF_INET if self.version == 4 else socket.AF_INET6
        protocol = socket.IPPROTO_ICMP if self.version == 4 else socket.IPPROTO_ICMPV6
        self.socket = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
        self._sent = time.time_ns()
        try:
            self._options(test)
            _bind(self.socket, test.source)
            self.socket.connect((test.target, 0))
            self._sent = time.time_ns()
            self.socket.send(icmp.request(self.version, identifier, self._sequence, self._data))
        except OSError as error:
            self.failed = self._lost(NO_ROUTE if error.errno in _UNREACHABLE else INTERNAL)

    def _options(self, test: RpmTest) -> None:
        made = self.socket
        made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if self.version == 4:
            made.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("@I", 0xFFFFFFFF & ~(1 << icmp.REPLY[4])))
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, test.dscp << 2)
            if test.ttl is not None:
                made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, test.ttl)
            return
        blocked = [0xFFFFFFFF] * 8
        blocked[icmp.REPLY[6] // 32] &= ~(1 << icmp.REPLY[6] % 32)
        made.setsockopt(_SOL_ICMPV6, _ICMP6_FILTER, struct.pack("@8I", *blocked))
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, test.dscp << 2)
        if test.ttl is not None:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, test.ttl)

    def _lost(self, status: str) -> Outcome:
        return Outcome(status, self._sent / 1e9, time.time())

    def read(self) -> Outcome | None:
        """The outcome when the answer (or a refusal of the network) is there; None when it is still to come."""
        while True:
            try:
                packet, ancillary, _, _ = self.socket.recvmsg(65535, 64)
            except BlockingIOError:
                return None
            except OSError as error:
                return self._lost(NO_ROUTE if error.errno in _UNREACHABLE else INTERNAL)
            if icmp.is_reply(self.version, packet, self._identifier, self._sequence, self._data):
                received = _stamp(ancillary)
                rtt = max(1, round((received - self._sent) / 1000))
                return Outcome(RECEIVED, self._sent / 1e9, received / 1e9, rtt)

    def give_up(self) -> Outcome:
        """The outcome at the deadline: what has arrived by now counts, a last look is taken."""
        return self.read() or self._lost(TIMED_OUT)

    def close(self) -> None:
        """Forget the probe."""
        self.socket.close()


def _bind(made: socket.socket, source: str | None) -> None:
    """Send from an address; one that is not the router's own (any more) leaves the choice to the route, as on Junos."""
    if source is None:
        return
    try:
        made.bind((source, 0))
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            raise


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    """When the kernel received a packet, in nanoseconds of the epoch; now when it does not say."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return int(seconds) * 10**9 + int(nanoseconds)
    return time.time_ns()
