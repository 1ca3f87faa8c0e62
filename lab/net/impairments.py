"""What can be wrong with a wire, and the nftables rules that make it so."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lab.errors import LabError
from lab.topology import Link

RESOLUTION = 10_000
"""Loss is drawn from 0..9999 per packet: steps of 0.01 %."""


@dataclass(frozen=True)
class Impairment:
    """``loss`` is the fraction of packets lost per direction (0..1), ``delay`` seconds added per direction.

    ``senders`` names the ends ("a", "b") whose packets suffer; ``down`` cuts the wire.
    """

    loss: float = 0.0
    delay: float = 0.0
    senders: tuple[str, ...] = ("a", "b")
    down: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Impairment:
        """Read what to_json() wrote."""
        return cls(float(data["loss"]), float(data["delay"]), tuple(data["senders"]), bool(data["down"]))

    def to_json(self) -> dict[str, Any]:
        """Plain data for the control socket."""
        return asdict(self)

    def describe(self, link: Link) -> str:
        """One phrase for the status table, such as ``loss 30% delay 20ms``."""
        words = ["cut"] if self.down else []
        if self.loss:
            words.append(f"loss {self.loss * 100:g}%")
        if self.delay:
            words.append(f"delay {self.delay * 1000:g}ms")
        if len(self.senders) == 1 and not self.down:
            words.append(f"from {(link.a if self.senders == ('a',) else link.b)[0]}")
        return " ".join(words)


def ruleset(impaired: Mapping[int, Impairment], links: Mapping[int, Link]) -> str:
    """The whole table for the lab's namespace, as input for ``nft -f -``; replaces the one before in one step."""
    lines = ["table netdev lab {}", "delete table netdev lab", "table netdev lab {"]
    for number, impairment in sorted(impaired.items()):
        threshold = round(impairment.loss * RESOLUTION)
        if threshold <= 0:
            continue
        # numgen draws 0..9999, and nft refuses to compare it with more.
        chance = f"numgen random mod {RESOLUTION} < {threshold} " if threshold < RESOLUTION else ""
        for side in impairment.senders:
            port = links[number].port(side)
            lines.append(f'  chain {port} {{ type filter hook ingress device "{port}" priority 0; policy accept;')
            lines.append(f"    {chance}counter drop")
            lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def apply_ruleset(text: str) -> None:
    """Hand a ruleset to nft. Raises LabError with nft's words."""
    done = subprocess.run(["nft", "-f", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"nft: {done.stderr.strip()}\n{text}")


def parse_loss(text: str) -> float:
    """Return the fraction of "30%", "0.5%" or "0.3". Raises LabError outside 0..100 %."""
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise LabError(f"loss {text!r}: expected a percentage such as 30% or a fraction such as 0.3") from None
    if not 0 <= value <= 1:
        raise LabError(f"loss {text!r}: expected between 0% and 100%")
    return value


def parse_delay(text: str) -> float:
    """Return the seconds of "20ms", "0.5s" or "20" (milliseconds). Raises LabError outside 0..10 s."""
    number, factor = text, 0.001
    for suffix, scale in (("ms", 0.001), ("s", 1.0)):
        if text.endswith(suffix):
            number, factor = text.removesuffix(suffix), scale
            break
    try:
        value = float(number) * factor
    except ValueError:
        raise LabError(f"delay {text!r}: expected a time such as 20ms or 0.1s") from None
    if not 0 <= value <= 10:
        raise LabError(f"delay {text!r}: expected between 0 and 10 s")
    return value
