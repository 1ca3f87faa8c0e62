"""What a measurement found, as data and as text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

GAP_S = 1.0
"""Losses further apart than this are two outages."""


@dataclass(frozen=True)
class Direction:
    """One direction between two hosts in one address family, all of its flows together.

    ``losses`` are the times at which the lost packets were sent, seconds since the epoch, in order; ``refused`` says
    why the sending host's own kernel did not take some of them (ENETUNREACH: no route). ``flows_hit`` of ``flows`` lost
    something: paths of equal cost are shared by flow.
    """

    source: str
    target: str
    family: int
    sent: int
    lost: int
    losses: tuple[float, ...] = ()
    duplicates: int = 0
    reordered: int = 0
    flows: int = 1
    flows_hit: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    def outages(self) -> Iterator[tuple[float, float, int]]:
        """Runs of losses: first, last, how many."""
        first = 0
        for index in range(1, len(self.losses) + 1):
            if index == len(self.losses) or self.losses[index] - self.losses[index - 1] > GAP_S:
                yield self.losses[first], self.losses[index - 1], index - first
                first = index

    def __str__(self) -> str:
        text = f"{self.source} -> {self.target} IPv{self.family}: {self.sent} sent, {self.lost} lost"
        for key, value in (("duplicated", self.duplicates), ("reordered", self.reordered)):
            text += f", {value} {key}" if value else ""
        for reason, count in self.refused.items():
            text += f", {count} of them not sent ({reason})"
        for begin, end, count in self.outages():
            text += f"\n  {clock(begin)} to {clock(end)}, {end - begin:.2f} s: {count} lost"
        return text


@dataclass(frozen=True)
class Measurement:
    """All directions of a run; times are seconds since the epoch."""

    began: float
    ended: float
    directions: tuple[Direction, ...]

    @property
    def lost(self) -> int:
        """Packets lost in all directions."""
        return sum(one.lost for one in self.directions)

    @property
    def sent(self) -> int:
        """Packets sent in all directions."""
        return sum(one.sent for one in self.directions)

    def to_json(self) -> dict[str, Any]:
        """Plain data, with the outages beside the losses they are made of."""
        directions = [
            {
                **asdict(one),
                "outages": [{"from": begin, "to": end, "lost": count} for begin, end, count in one.outages()],
            }
            for one in self.directions
        ]
        return {
            "began": self.began,
            "ended": self.ended,
            "seconds": round(self.ended - self.began, 3),
            "sent": self.sent,
            "lost": self.lost,
            "directions": directions,
        }

    def __str__(self) -> str:
        return "\n".join(
            [*map(str, self.directions), f"{self.ended - self.began:.1f} s: {self.sent} sent, {self.lost} lost"]
        )


def clock(moment: float) -> str:
    """Time of day in UTC with hundredths."""
    hundredths = round(moment * 100)
    return f"{time.strftime('%H:%M:%S', time.gmtime(hundredths // 100))}.{hundredths % 100:02d}"


def ordered(losses: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The losses of several flows in the order of time."""
    return tuple(sorted(moment for flow in losses for moment in flow))
