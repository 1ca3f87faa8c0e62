"""What goes wrong with packages on request: `python -m lab fault HOST SPEC ...`, and `none` for nothing any more.

Grammar (also `docs/lab.md`): `KIND[:ARGUMENT][:COUNT]`. COUNT is `N` (the Nth time only; the default is 1), `N+` (that
time and all after it) or `*` (always).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.errors import LabError

PLAIN = (
    "download-error", "hash-mismatch", "disk-full", "unpack-error", "interrupt", "configure-error", "old-version",
    "lose-connection",
)  # fmt: skip
"""Kinds that play once per install, without an argument."""
WITH_ARGUMENT = ("daemon-lost",)
"""Kinds that play once per install, with one."""
SETTINGS = ("package-seconds", "offer", "withdraw", "locked")
"""Kinds that hold as long as they are set."""
KNOWN = (*PLAIN, *WITH_ARGUMENT, *SETTINGS)
MAX_SECONDS = 3600.0


@dataclass(frozen=True)
class Fault:
    """One fault; it plays on the installs ``first`` to ``last`` (counted from 1; None: all after)."""

    spec: str
    kind: str
    argument: str = ""
    first: int = 1
    last: int | None = 1

    def hits(self, time: int) -> bool:
        """Whether it plays the Nth time."""
        return time >= self.first and (self.last is None or time <= self.last)


def parse(spec: str) -> Fault:
    """Read one specification. Raises LabError naming what was expected."""
    kind, *rest = spec.strip().split(":", 1 if spec.startswith(("offer:", "withdraw:")) else -1)
    if kind not in KNOWN:
        raise LabError(f"fault {spec!r}: unknown kind {kind!r}; known of an FRR router are {', '.join(KNOWN)}")
    argument = ""
    if kind not in PLAIN:
        if not rest or not rest[0]:
            raise LabError(f"fault {spec!r}: {kind} needs {_argument_of(kind)} after ':'")
        argument = rest.pop(0)
    if kind in ("package-seconds", "locked"):
        _seconds(spec, argument)
    if rest and kind in SETTINGS:
        raise LabError(f"fault {spec!r}: nothing is expected after ':{argument}'")
    first, last = _count(spec, rest.pop(0)) if rest else (1, 1)
    if rest:
        raise LabError(f"fault {spec!r}: nothing is expected after ':{rest[0]}'")
    return Fault(spec.strip(), kind, argument, first, last)


def parse_all(specs: Sequence[str]) -> list[Fault]:
    """Read what a user gave; ``["none"]`` means none."""
    return [] if list(specs) == ["none"] else [parse(spec) for spec in specs]


def _argument_of(kind: str) -> str:
    return {"daemon-lost": "a daemon", "offer": "a version", "withdraw": "a version"}.get(kind, "a number of seconds")


def _seconds(spec: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MAX_SECONDS:
        raise LabError(f"fault {spec!r}: expected 0 to {MAX_SECONDS:g} seconds, not {text!r}")
    return value


def _count(spec: str, text: str) -> tuple[int, int | None]:
    digits = text.removesuffix("+")
    if text == "*":
        return 1, None
    if not digits.isdigit() or int(digits) < 1:
        raise LabError(f"fault {spec!r}: a count is N, N+ or *, not {text!r}")
    return int(digits), None if text.endswith("+") else int(digits)
