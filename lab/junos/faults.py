"""Faults that the emulator plays on request: dropped sessions, lost replies, late timers, unreachable routers.

Grammar (also `docs/lab-junos.md`)::

    SPEC = [host=NAME,] KIND [@RPC[/VARIANT]] [:ARGUMENT ...]

RPC is an element name of the protocol (`commit-configuration`); VARIANT tells its forms apart (`confirmed`, `check`,
`plain`). COUNT is `N` (the Nth such request only; the default is 1), `N+` (that one and all after it) or `*` (all).
Conditions (`install-seconds:20`, `boot-old`, `alarm:Fan Failure`) hold for as long as they are set.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

AT_REQUEST = ("drop", "drop-after", "lose-reply", "omit-result")
"""Kinds that need an RPC: close before executing, execute and close, execute and never answer, leave the result out."""
REACHABILITY = ("refuse-connect", "blackhole")
"""Kinds that hold as long as they are set; with an RPC they begin there (`-after`: once it was executed)."""
DELAYS = ("delay", "delay-after")
CONDITIONS = {
    "install-seconds": "seconds", "validate-seconds": "seconds", "reboot-seconds": "seconds",
    "install-failure": "percent", "validation-failure": "words",
    "disk-free": "size", "disk-junk": "size",
    "alarm": "text", "core": "text", "boot-alarm": "text", "boot-core": "text", "boot-without": "text",
    "boot-old": "nothing", "no-boot": "nothing", "ntp-unsynchronized": "nothing",
}  # fmt: skip
"""What holds as long as it is set, and what follows its colon (`percent` and `words` may be left out)."""
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class FaultError(ValueError):
    """A fault specification that cannot be understood; the text says what was expected."""


@dataclass
class Fault:
    """One fault: what (`kind`), where (`rpc`, `variant`), when (`first` to `last`, counted from 1), how (arguments)."""

    spec: str
    kind: str
    host: str | None = None
    rpc: str | None = None
    variant: str | None = None
    first: int = 1
    last: int | None = 1
    seconds: float = 0.0
    message: str = ""
    seen: int = field(default=0, compare=False)

    def hits(self, rpc: str, variant: str) -> bool:
        """Count this request when it is of the named kind, and say whether the fault plays on it."""
        if self.rpc is None or self.rpc != rpc or self.variant not in (None, variant):
            return False
        self.seen += 1
        return self.seen >= self.first and (self.last is None or self.seen <= self.last)


def parse(spec: str) -> Fault:
    """Read one specification; raises FaultError naming the part that is wrong."""
    host = None
    rest = spec.strip()
    if rest.startswith("host="):
        selector, comma, rest = rest.partition(",")
        host = selector.removeprefix("host=")
        if not comma or not host:
            raise FaultError(f"fault {spec!r}: after host=NAME a comma and the fault are expected")
    where, *arguments = rest.split(":")
    kind, at, target = where.partition("@")
    rpc, _, variant = target.partition("/")
    if at and not rpc:
        raise FaultError(f"fault {spec!r}: the name of an RPC is expected after '@'")
    fault = Fault(spec.strip(), kind, host, rpc or None, variant or None)
    _read_arguments(fault, arguments)
    return fault


def _read_arguments(fault: Fault, arguments: list[str]) -> None:
    """Fill in what follows the colons; every kind has its own."""
    kind, rest = fault.kind, list(arguments)
    if kind in CONDITIONS:
        rest = _read_condition(fault, rest)
        if rest:
            raise FaultError(f"fault {fault.spec!r}: nothing is expected after ':{rest[0]}'")
    elif kind == "late-timer":
        fault.seconds = _seconds(fault, rest)
    elif kind == "drop-during":
        _need_rpc(fault)
        fault.seconds = _seconds(fault, rest)
    elif kind in DELAYS:
        _need_rpc(fault)
        fault.seconds = _seconds(fault, rest)
        fault.first, fault.last = 1, None
    elif kind in ("error", "warning"):
        _need_rpc(fault)
        if len(rest) < 2:
            raise FaultError(f"fault {fault.spec!r}: expected {kind}@RPC:COUNT:MESSAGE")
        fault.message = ":".join(rest[1:])
        rest = rest[:1]
    elif kind in AT_REQUEST:
        _need_rpc(fault)
    elif kind.removesuffix("-after") not in REACHABILITY:
        known = ", ".join(
            [*AT_REQUEST, "drop-during", *DELAYS, "error", "warning", *REACHABILITY, "late-timer", *CONDITIONS]
        )
        raise FaultError(f"fault {fault.spec!r}: unknown kind {kind!r}; known are {known}")
    if rest:
        fault.first, fault.last = _count(fault, rest.pop(0))
    if rest:
        raise FaultError(f"fault {fault.spec!r}: nothing is expected after ':{rest[0]}'")


def _read_condition(fault: Fault, rest: list[str]) -> list[str]:
    """Fill in a condition's argument; returns what is left over."""
    form, text = CONDITIONS[fault.kind], ":".join(rest)
    if fault.rpc is not None:
        raise FaultError(f"fault {fault.spec!r}: {fault.kind} holds at any time, not at a request")
    if form in ("text", "words"):
        if form == "text" and not text:
            raise FaultError(f"fault {fault.spec!r}: {fault.kind} needs a text after ':'")
        fault.message = text
        return []
    if form == "size":
        fault.seconds = float(_size(fault, rest.pop(0) if rest else ""))
    elif form == "percent":
        fault.seconds = float(rest.pop(0)) if rest and rest[0].isdigit() else 50.0
        if fault.seconds > 100:
            raise FaultError(f"fault {fault.spec!r}: 0 to 100 per cent are expected")
    elif form == "seconds":
        fault.seconds = _seconds(fault, rest)
    return rest


def _size(fault: Fault, text: str) -> int:
    digits = text.rstrip("KMG")
    unit = text[len(digits) :]
    if not digits.isdigit() or unit not in UNITS:
        raise FaultError(f"fault {fault.spec!r}: {fault.kind} needs octets after ':', such as 5000, 300K, 200M or 1G")
    return int(digits) * UNITS[unit]


def _need_rpc(fault: Fault) -> None:
    if fault.rpc is None:
        raise FaultError(f"fault {fault.spec!r}: {fault.kind} needs an RPC, such as {fault.kind}@commit-configuration")


def _seconds(fault: Fault, rest: list[str]) -> float:
    try:
        value = float(rest.pop(0))
    except (IndexError, ValueError):
        raise FaultError(f"fault {fault.spec!r}: {fault.kind} needs a number of seconds after ':'") from None
    if not 0 <= value <= 86400:
        raise FaultError(f"fault {fault.spec!r}: 0 to 86400 seconds are expected, not {value}")
    return value


def _count(fault: Fault, text: str) -> tuple[int, int | None]:
    digits = text.removesuffix("+")
    if text == "*":
        return 1, None
    if not digits.isdigit() or int(digits) < 1:
        raise FaultError(f"fault {fault.spec!r}: a count is N, N+ or *, not {text!r}")
    return int(digits), None if text.endswith("+") else int(digits)


class Faults:
    """The faults set on one router, and whether it can be reached."""

    def __init__(self, faults: list[Fault] | None = None) -> None:
        self.active: list[Fault] = list(faults or [])
        self._tripped: set[str] = set()
        self._replaced = asyncio.Event()

    def replace(self, faults: list[Fault]) -> None:
        """Set these faults in place of all earlier ones: counters begin anew, delays under way end, and the router is
        reachable again."""
        self.active = list(faults)
        self._tripped.clear()
        self._replaced.set()
        self._replaced = asyncio.Event()

    async def linger(self, seconds: float) -> None:
        """Let a delay's time pass, or less when the faults are replaced meanwhile."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._replaced.wait(), seconds)

    def trip(self, kind: str) -> None:
        """From now on refuse connections (`refuse-connect`) or stay silent (`blackhole`)."""
        self._tripped.add(kind.removesuffix("-after"))

    def holds(self, kind: str) -> bool:
        """Whether `refuse-connect` or `blackhole` is in force."""
        return kind in self._tripped or any(f.kind == kind and f.rpc is None for f in self.active)

    def number(self, kind: str) -> float | None:
        """The number of a condition (seconds, per cent, octets); None when it is not set, the last one counts."""
        found = self.last(kind)
        return None if found is None else found.seconds

    def last(self, kind: str) -> Fault | None:
        """The condition of a kind that was given last; None when there is none."""
        return next((f for f in reversed(self.active) if f.kind == kind), None)

    def set(self, kind: str) -> bool:
        """Whether a condition is set."""
        return self.last(kind) is not None

    def texts(self, kind: str) -> list[str]:
        """The texts of all conditions of a kind."""
        return [f.message for f in self.active if f.kind == kind]

    def text(self, kind: str) -> str | None:
        """The text of a condition; None when it is not set, and empty when it has none."""
        found = self.last(kind)
        return None if found is None else found.message

    def late_timer(self) -> float:
        """Seconds by which timers fire late."""
        return sum(f.seconds for f in self.active if f.kind == "late-timer")

    def on_request(self, rpc: str, variant: str) -> list[Fault]:
        """The faults that play on this request, in the order they were given."""
        return [fault for fault in self.active if fault.hits(rpc, variant)]
