"""What users notice, second by second: a ping that never stops, and the next hop a host uses. Both on a lab's hosts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_REPLY = re.compile(r"^\[(?P<when>\d+\.\d+)\] .*icmp_seq=(?P<seq>\d+) .*time=(?P<ms>[\d.]+) ms", re.MULTILINE)
_HOP = re.compile(r"^(?P<when>\d+\.\d+) (?P<hop>\S+)$", re.MULTILINE)


class Program(AbstractContextManager["Program"]):
    """A program on a host of the lab that writes what it sees to a file until the watch ends."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """`command` is a whole command line; nothing runs before `with`."""
        self.command, self.log = list(command), log
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Program:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()

    def text(self) -> str:
        """Everything seen so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True)
class Packet:
    """One packet of a user: when it was sent (seconds since 1970), and its round-trip time, None when it was lost."""

    sent: float
    rtt_s: float | None

    @property
    def lost(self) -> bool:
        """Nobody answered."""
        return self.rtt_s is None


def ping_command(source_address: str, target: str, interval_s: float) -> list[str]:
    """A ping that stamps every reply with the time."""
    return ["ping", "-D", "-n", "-i", f"{interval_s:g}", "-I", source_address, target]


def packets(text: str, interval_s: float) -> list[Packet]:
    """The packets of a ping's output, lost ones included, up to the newest reply.

    When a lost one was sent follows from its number: ping sends at a steady pace, and its neighbours say when.
    """
    replies = {int(m["seq"]): (float(m["when"]), float(m["ms"]) / 1000.0) for m in _REPLY.finditer(text)}
    found: list[Packet] = []
    previous = 0.0
    for seq in range(min(replies, default=1), max(replies, default=0) + 1):
        if seq in replies:
            came, rtt = replies[seq]
            found.append(Packet(came - rtt, rtt))
        else:
            found.append(Packet(previous + interval_s, None))
        previous = found[-1].sent
    return found


def healthy_since(seen: Sequence[Packet], calm_s: float) -> float | None:
    """When the last lost packet was over: the next one's time, once nothing was lost for `calm_s` seconds.

    None while it is not known yet: too little was seen since the last loss.
    """
    last_lost = max((index for index, packet in enumerate(seen) if packet.lost), default=-1)
    after = seen[last_lost + 1 :]
    return after[0].sent if after and after[-1].sent - after[0].sent >= calm_s else None


def loss_between(seen: Sequence[Packet], start: float, end: float) -> float | None:
    """The share of packets lost among those sent in [start, end); None when none was."""
    sent = [packet for packet in seen if start <= packet.sent < end]
    return sum(packet.lost for packet in sent) / len(sent) if sent else None


def next_hop_command(target: str, every_s: float = 0.05) -> list[str]:
    """A loop that prints the time and the next hop towards an address."""
    look = f"ip -o route get {target} | sed -n 's/.* via \\([^ ]*\\) .*/\\1/p'"
    return ["sh", "-c", f'while :; do echo "$(date +%s.%N) $({look})"; sleep {every_s:g}; done']


def first_hop_change(text: str, old: str, after: float) -> float | None:
    """When, after a time, the next hop was first another one than `old`; None while it is not."""
    return next(
        (float(m["when"]) for m in _HOP.finditer(text) if float(m["when"]) >= after and m["hop"] != old),
        None,
    )
