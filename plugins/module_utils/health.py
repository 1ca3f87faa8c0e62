# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a router as healthy as it was before a change, and as its intent says it should be? Pure: no I/O, no clock.

`compare` looks at two states (module_utils/state.py) and what the intent expects (HOST.expect.json); its findings are
the rows of the table people read. `judge` looks at the findings over time: soak and deadline.

What was good must stay good unless the intent says that it is gone. What the intent adds must come up. What was down
before the change and is still down is told, and does not count against the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.table import table

State = Mapping[str, Any]
UP = "Established"
FULL = "Full"


@dataclass(frozen=True)
class Finding:
    """One row: what was looked at, what it was, what it should be, what it is."""

    check: str
    before: str
    expect: str
    now: str
    ok: bool
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Tolerances:
    """What may differ without being a fault.

    A count may shrink by `*_lost_percent` percent or by `*_lost` in number, whichever allows more; a neighbour's
    prefixes, and what is announced to it, not to nothing (but with 100 percent they may). `prefixes_minimum`
    maps a neighbour's address to the prefixes that must be accepted from it. `require_new`: sessions that the intent
    adds must come up (false while the other end is not configured yet). `ignore`: shell patterns of checks.
    """

    prefixes_lost_percent: float = 10.0
    prefixes_lost: int = 5
    prefixes_minimum: Mapping[str, int] = field(default_factory=dict)
    routes_lost_percent: float = 10.0
    routes_lost: int = 10
    require_new: bool = True
    ignore: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> Tolerances:
        """Raises ValueError naming the key that is not one, or the value that is not a number."""
        known = {entry.name for entry in fields(cls)}
        wrong = sorted(set(given or {}) - known)
        if wrong:
            raise ValueError(f"tolerances: unknown key '{wrong[0]}'; known are {', '.join(sorted(known))}")
        values = dict(given or {})
        for name, make in _MAKE.items():
            if name in values:
                values[name] = _made(name, make, values[name])
        return cls(**values)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        raise ValueError(value)
    return word in ("true", "yes", "on", "1")


def _count(value: Any) -> int:
    number = int(value)
    if number < 0:
        raise ValueError(value)
    return number


def _percent(value: Any) -> float:
    number = float(value)
    if not 0.0 <= number <= 100.0:
        raise ValueError(value)
    return number


_MAKE: dict[str, Callable[[Any], Any]] = {
    "prefixes_lost_percent": _percent,
    "prefixes_lost": _count,
    "prefixes_minimum": lambda value: {str(address): _count(count) for address, count in dict(value).items()},
    "routes_lost_percent": _percent,
    "routes_lost": _count,
    "require_new": _flag,
    "ignore": lambda value: (value,) if isinstance(value, str) else tuple(str(one) for one in value),
}


def _made(name: str, make: Callable[[Any], Any], value: Any) -> Any:
    try:
        return make(value)
    except (TypeError, ValueError):
        raise ValueError(f"tolerances: {name}: {value!r} is not a value for it") from None


def compare(
    before: State | None,
    now: State,
    expect: Mapping[str, Any] | None = None,
    tolerances: Tolerances | None = None,
) -> list[Finding]:
    """All findings, good ones included, in the order people read them. `before` None: only the intent counts."""
    view = _View(before, now, expect or {}, tolerances or Tolerances())
    found = [*_subjects(view), *_interfaces(view), *_ospf(view), *_bgp(view), *_routes(view), *_faults(view)]
    return [_excused(finding, view.tolerances) for finding in found]


def healthy(findings: Sequence[Finding]) -> bool:
    return all(finding.ok for finding in findings)


def complaints(findings: Sequence[Finding], limit: int = 5) -> str:
    """What is wrong, in one line, alarms and core dumps first: they are causes, and the rest may be what follows."""
    wrong = sorted((f for f in findings if not f.ok), key=lambda f: not f.check.startswith(("alarm ", "core ")))
    bad = [f"{f.check} is {f.now}, expected {f.expect}{f' ({f.why})' if f.why else ''}" for f in wrong]
    more = [f"and {len(bad) - limit} more"] if len(bad) > limit else []
    return "; ".join([*bad[:limit], *more])


def rows_table(findings: Sequence[Finding], width: int = 0) -> str:
    """The findings as a table, faults first."""
    ordered = sorted(findings, key=lambda finding: finding.ok)
    rows = [(f.check, f.before, f.expect, f.now, "ok" if f.ok else "BAD", f.why) for f in ordered]
    return table(("Check", "Before", "Expect", "Actual", "", "Why"), rows, width=width)


def _excused(finding: Finding, tolerances: Tolerances) -> Finding:
    if finding.ok or not any(fnmatchcase(finding.check, pattern) for pattern in tolerances.ignore):
        return finding
    return Finding(finding.check, finding.before, finding.expect, finding.now, True, "ignored by the tolerances")


@dataclass(frozen=True)
class _View:
    before: State | None
    now: State
    expect: Mapping[str, Any]
    tolerances: Tolerances

    def was(self, subject: str) -> Any:
        return (self.before or {}).get(subject) or {}

    def isnow(self, subject: str) -> Any:
        return self.now.get(subject) or {}

    def both(self, subject: str) -> bool:
        return subject in self.now

    def some_of(self, was: int) -> int:
        """How many of `was` prefixes must at least be left: one, unless the tolerances allow for losing all of them."""
        return 1 if was and self.tolerances.prefixes_lost_percent < 100.0 else 0

    def session(self, check: str, good: str, was: str | None, now: str | None, wanted: bool | None) -> Finding:
        """A session (BGP, OSPF): `was` and `now` are its states (None: not there); `wanted` None: nobody says."""
        told = (check, was or "absent", good if wanted is not False else "any", now or "absent")
        if wanted is False:
            return Finding(*told, True, "no longer in the intent")
        if now == good:
            return Finding(*told, True)
        if was == good:
            return Finding(*told, False, f"was {good} before")
        if was is not None:
            return Finding(*told, True, "not up before either")
        if wanted is None and self.before is not None:
            return Finding(*told, True, "new, and not asked for by the intent")
        if self.before is not None and not self.tolerances.require_new:
            return Finding(*told, True, "new, not required to be up yet")
        return Finding(*told, False, "new, and does not come up")


def _subjects(view: _View) -> Iterator[Finding]:
    for subject in view.before or {}:
        if subject not in view.now:
            yield Finding(subject, "known", "known", "unknown", False, "the router did not tell")


def _natural(name: str) -> tuple[Any, ...]:
    parts: list[Any] = []
    word = ""
    for char in name:
        if word and word[-1].isdigit() != char.isdigit():
            parts.append(word)
            word = ""
        word += char
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in [*parts, word])


def _interfaces(view: _View) -> Iterator[Finding]:
    if not view.both("interfaces"):
        return
    was, now = view.was("interfaces"), view.isnow("interfaces")
    expected = view.expect.get("interfaces")
    for name in sorted({*was, *now, *(expected or {})}, key=_natural):
        wants = _wanted_interface(name, expected)
        before, after = was.get(name, {}), now.get(name, {})
        told = (f"interface {name}", before.get("oper", "absent"), wants or "any", after.get("oper", "absent"))
        if after.get("oper") == "up" or wants in (None, "down"):
            yield Finding(*told, True, "" if wants else "not in the intent")
        elif before.get("oper") == "up" or (not before and view.before is not None) or view.before is None:
            yield Finding(*told, False, "was up before" if before else "does not come up")
        else:
            yield Finding(*told, True, "down before as well")
        if expected is None or wants is not None:
            yield from _mtu(name, before, after, _wanted_mtu(name, expected))


def _wanted_interface(name: str, expected: Mapping[str, Any] | None) -> str | None:
    """up, down, or None when the intent has no opinion. A physical interface is wanted as its units are."""
    if expected is None:
        return "up"
    if name in expected:
        return str(expected[name].get("oper", "up"))
    units = [unit.get("oper", "up") for other, unit in expected.items() if other.startswith(f"{name}.")]
    return None if not units else "up" if "up" in units else "down"


def _wanted_mtu(name: str, expected: Mapping[str, Any] | None) -> int | None:
    """The IP MTU of the intent in bytes; a physical interface must carry its largest unit."""
    known = expected or {}
    units = [unit for other, unit in known.items() if other == name or other.startswith(f"{name}.")]
    return max((int(unit["mtu"]) for unit in units if unit.get("mtu")), default=None)


def _mtu(name: str, before: State, after: State, wanted: int | None) -> Iterator[Finding]:
    was, now = before.get("mtu"), after.get("mtu")
    if was is None or now is None or was == now:
        return
    ok = wanted is not None and now >= wanted
    yield Finding(f"interface {name} mtu", str(was), str(wanted or was), str(now), ok, "" if ok else "changed")


def _ospf(view: _View) -> Iterator[Finding]:
    if not view.both("ospf"):
        return
    for version in ("v2", "v3"):
        was, now = view.was("ospf").get(version, {}), view.isnow("ospf").get(version, {})
        expected = (view.expect.get("ospf") or {}).get(version) if "ospf" in view.expect else None
        for name in sorted({*was, *now, *(expected or {})}, key=_natural):
            wanted_ids = None if expected is None else expected.get(name)
            for identity in sorted({*was.get(name, {}), *now.get(name, {}), *(wanted_ids or ())}):
                state = was.get(name, {}).get(identity)
                # OSPF ran here without this neighbour: it was missing, and is not new.
                if state is None and name in was:
                    state = "missing"
                # Where the intent names the neighbours, another one was somebody's old router id.
                wanted = None if wanted_ids is None else not wanted_ids or identity in wanted_ids
                wanted = False if expected is not None and name not in expected else wanted
                check = f"ospf {version} {name} {identity}"
                yield view.session(check, FULL, state, now.get(name, {}).get(identity), wanted)


def _bgp(view: _View) -> Iterator[Finding]:
    if not view.both("bgp"):
        return
    was, now = view.was("bgp").get("neighbors", {}), view.isnow("bgp").get("neighbors", {})
    expected = (view.expect.get("bgp") or {}).get("neighbors") if "bgp" in view.expect else None
    for address in sorted({*was, *now, *(expected or {})}, key=_natural):
        before, after = was.get(address, {}), now.get(address, {})
        wanted = None if expected is None else address in expected
        yield view.session(f"bgp {address}", UP, before.get("state"), after.get("state"), wanted)
        if wanted is not False and after.get("state") == UP:
            yield from _prefixes(view, address, before, after)


def _prefixes(view: _View, address: str, before: State, after: State) -> Iterator[Finding]:
    now = int(after.get("accepted") or 0)
    floor = view.tolerances.prefixes_minimum.get(address, 0)
    was = int(before.get("accepted") or 0) if before.get("state") == UP else None
    least = floor
    if was is not None:
        kept = least_of(was, view.tolerances.prefixes_lost_percent, view.tolerances.prefixes_lost)
        least = max(floor, kept, view.some_of(was))
        yield from _announced(view, address, before, after)
    if was is None and not floor:
        return
    ok = now >= least
    told = ("" if was is None else str(was), f"at least {least}", str(now))
    yield Finding(f"bgp {address} prefixes", *told, ok, "" if ok else "too few prefixes accepted")


def _announced(view: _View, address: str, before: State, after: State) -> Iterator[Finding]:
    """A neighbour that heard something from us and hears nothing now: our sessions are up, and we are gone."""
    was, now = before.get("advertised"), after.get("advertised")
    if not was or now is None:
        return
    least = view.some_of(int(was))
    ok = int(now) >= least
    why = "" if ok else "nothing is announced any more"
    yield Finding(f"bgp {address} announced", str(was), f"at least {least}", str(now), ok, why)


def least_of(was: int, percent: float, number: int) -> int:
    """The smallest count that is still tolerated when there were `was`."""
    allowed = max(was * percent / 100.0, float(number))
    # Rounded so that a loss of exactly the tolerance passes whatever the floating point says.
    return max(0, was - int(allowed + 1e-9))


def _routes(view: _View) -> Iterator[Finding]:
    if not view.both("routes") or view.before is None:
        return
    for family in sorted({*view.was("routes"), *view.isnow("routes")}):
        was = int(view.was("routes").get(family, {}).get("total") or 0)
        now = int(view.isnow("routes").get(family, {}).get("total") or 0)
        least = least_of(was, view.tolerances.routes_lost_percent, view.tolerances.routes_lost)
        ok = now >= least
        yield Finding(
            f"routes {family}", str(was), f"at least {least}", str(now), ok, "" if ok else "too many routes lost"
        )


def _faults(view: _View) -> Iterator[Finding]:
    """New alarms, new core dumps, and a reboot that nobody asked for."""
    for subject, what in (("alarms", "alarm"), ("cores", "core")):
        known = set(view.was(subject) or ())
        for text in view.isnow(subject) or ():
            old = text in known
            if view.before is None:
                yield Finding(f"{what} {text}", "unknown", "any", "there", True, "nobody knows whether it is new")
            else:
                yield Finding(
                    f"{what} {text}", "there" if old else "absent", "absent", "there", old, "" if old else "new"
                )
    was, now = view.was("system").get("uptime_s"), view.isnow("system").get("uptime_s")
    if was is not None and now is not None:
        ok = float(now) >= float(was)
        yield Finding("system uptime", f"{was:.0f} s", "running on", f"{now:.0f} s", ok, "" if ok else "rebooted")
