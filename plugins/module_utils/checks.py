# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks as data: what is looked at, what is expected, what was found. Pure: no I/O, no clock.

name      one word; a user's check of the same name takes the place of a built-in one
state     a path into router_state's state (checks_path.py), or
command   an operational command ({junos: "...", frr: "..."}, or one for all); `pick`: a regular expression whose
          first group (or whole match) is what counts of the answer
expect    what it has to be, see KINDS; {fact: NAME} in place of a value means that one of the run's facts
needs     facts, beside those in expect, without which the check has no meaning: it is left out, and says so
platforms, severity (error, or warning, which does not fail), unknown (fail or skip: a router that does not tell), why
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import checks_expect as expecting
from ansible_collections.fairway.backbone.plugins.module_utils import checks_path as paths
from ansible_collections.fairway.backbone.plugins.module_utils import health
from ansible_collections.fairway.backbone.plugins.module_utils.change_specs import reads_only

ERROR, WARNING = "error", "warning"
KEYS = ("name", "state", "command", "pick", "expect", "needs", "platforms", "severity", "unknown", "why", "compare")
COMPARED = ("bgp", "ospf", "interfaces", "routes")
"""What a check may `compare` with the snapshot and the intent, as a deploy's proof does."""


class CheckError(Exception):
    """A check that means nothing; the message names it and says what to write."""


@dataclass(frozen=True)
class Check:
    """One check. `compare`: a subject that is judged as after a deploy, in place of `state` and `expect`."""

    name: str
    state: str = ""
    command: Mapping[str, str] = field(default_factory=dict)
    pick: str = ""
    expect: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    severity: str = ERROR
    unknown: str = "fail"
    why: str = ""
    compare: str = ""

    def applies(self, platform: str) -> bool:
        return (not self.platforms or platform in self.platforms) and (not self.command or bool(self.asks(platform)))

    def asks(self, platform: str) -> str:
        """The command for a platform; empty when there is none."""
        return self.command.get(platform, self.command.get("*", ""))

    @property
    def subject(self) -> str:
        """What of the state it looks at; empty when it looks at a command's answer."""
        return self.compare or (paths.subject(self.state) if self.state else "")


@dataclass(frozen=True)
class Row:
    """What came of one check on one router. `mark`: good, bad, warning or skipped."""

    router: str
    check: str
    expect: str
    actual: str
    mark: str
    why: str = ""

    @property
    def ok(self) -> bool:
        return self.mark != "bad"

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "ok": self.ok}


@dataclass(frozen=True)
class Found:
    """What is known of a router. `outputs` the answers to commands; a command that was refused is in `refused`.

    `intent` is what the intent expects (HOST.expect.json); `snapshot` a state of before, with its own `commands`.
    """

    router: str
    platform: str
    state: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    snapshot: Mapping[str, Any] | None = None
    intent: Mapping[str, Any] | None = None
    tolerances: health.Tolerances = field(default_factory=health.Tolerances)
    outputs: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def read_checks(given: Sequence[Any]) -> tuple[Check, ...]:
    """Checks out of an inventory's data. Raises CheckError with everything that is wrong."""
    wrong: list[str] = []
    made = []
    for number, told in enumerate(given, start=1):
        try:
            made.append(_read(told))
        except CheckError as error:
            name = told.get("name") if isinstance(told, Mapping) else None
            wrong.append(f"check {name or number}: {error}")
    if wrong:
        raise CheckError("\n".join(wrong))
    return tuple(made)


def _read(told: Any) -> Check:
    if not isinstance(told, Mapping) or not str(told.get("name") or "").strip():
        raise CheckError("expected a mapping with a name")
    if unknown := sorted(set(map(str, told)) - set(KEYS)):
        raise CheckError(f"unknown key '{unknown[0]}'; known are {', '.join(KEYS)}")
    sources = [key for key in ("state", "command", "compare") if told.get(key)]
    if len(sources) != 1:
        raise CheckError(f"say one of state, command and compare, not {' and '.join(sources) or 'none'}")
    command = told.get("command") or {}
    check = Check(
        name=str(told["name"]),
        state=str(told.get("state") or ""),
        command=dict(command) if isinstance(command, Mapping) else {"*": str(command)},
        pick=str(told.get("pick") or ""),
        expect=_expectation(told.get("expect"), bool(told.get("compare"))),
        needs=tuple(dict.fromkeys([*_words(told, "needs"), *_facts(told.get("expect"))])),
        platforms=_words(told, "platforms"),
        severity=_one_of(told, "severity", (ERROR, WARNING)),
        unknown=_one_of(told, "unknown", ("fail", "skip")),
        why=str(told.get("why") or ""),
        compare=str(told.get("compare") or ""),
    )
    if check.compare and check.compare not in (*COMPARED, "redundancy"):
        raise CheckError(f"compare is '{check.compare}'; known are {', '.join(COMPARED)}")
    for command in check.command.values():
        if not reads_only(command):
            raise CheckError(f"'{command}' may do more than look: a check only looks")
    try:
        expecting.check_pattern(check.pick, "pick")
    except ValueError as error:
        raise CheckError(str(error)) from None
    return check


def _expectation(told: Any, compares: bool) -> dict[str, Any]:
    if compares and told is None:
        return {}
    if not isinstance(told, Mapping) or not told:
        raise CheckError(f"expect is {told!r}; expected one or more of {', '.join(expecting.KINDS)}")
    try:
        for kind, wanted in told.items():
            expecting.check_kind(str(kind), wanted)
    except ValueError as error:
        raise CheckError(f"expect: {error}") from None
    return {str(kind): wanted for kind, wanted in told.items()}


def _facts(expect: Any) -> list[str]:
    """The facts that an expectation names: without them it expects nothing."""
    values = expect.values() if isinstance(expect, Mapping) else ()
    return [str(value["fact"]) for value in values if isinstance(value, Mapping) and "fact" in value]


def _words(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = told.get(key) or ()
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _one_of(told: Mapping[str, Any], key: str, known: Sequence[str]) -> str:
    value = str(told.get(key) or known[0])
    if value not in known:
        raise CheckError(f"{key} is '{value}'; known are {', '.join(known)}")
    return value


def subjects(checks: Sequence[Check], platform: str) -> set[str]:
    """What has to be gathered of a router's state."""
    return {check.subject for check in checks if check.applies(platform) and check.subject}


def commands(checks: Sequence[Check], platform: str) -> list[str]:
    """The commands that have to be run, each once."""
    return list(dict.fromkeys(check.asks(platform) for check in checks if check.command and check.applies(platform)))


def evaluate(checks: Sequence[Check], found: Found) -> list[Row]:
    """A row for each check, and one more for every place where it fails."""
    return [row for check in checks if check.applies(found.platform) for row in _rows(check, found)]


def passed(rows: Sequence[Row]) -> bool:
    return all(row.ok for row in rows)


def reachable(router: str, fault: str) -> Row:
    """The first row: without an answer there are no others."""
    return Row(router, "reachable", "answers", fault or "answers", "bad" if fault else "good")


def _rows(check: Check, found: Found) -> Iterator[Row]:
    missing = [name for name in check.needs if found.facts.get(name) in (None, "")]
    if missing:
        yield Row(found.router, check.name, "-", "-", "skipped", f"not asked for: no {' and no '.join(missing)}")
    elif check.compare == "redundancy":
        yield _redundancy(check, found)
    elif check.compare:
        yield from _compared(check, found)
    else:
        yield from _expected(check, found)


def _bad(check: Check) -> str:
    return "bad" if check.severity == ERROR else "warning"


def _compared(check: Check, found: Found) -> Iterator[Row]:
    subject = check.compare
    if found.snapshot is None and found.intent is None:
        yield Row(found.router, check.name, "-", "-", "skipped", "neither a snapshot nor the intent to compare with")
        return
    if subject not in found.state:
        yield Row(found.router, check.name, "known", "unknown", _bad(check), "the router did not tell")
        return
    before = None if found.snapshot is None else {subject: found.snapshot.get(subject) or {}}
    if before is not None and subject not in (found.snapshot or {}):
        before = None
    told = health.compare(before, {subject: found.state[subject]}, found.intent, found.tolerances)
    if not told:
        yield Row(found.router, check.name, "-", "-", "skipped", "no snapshot to compare with")
        return
    faults = [one for one in told if not one.ok]
    source = " and ".join(
        name for name, there in (("intent", found.intent is not None), ("snapshot", before is not None)) if there
    )
    for one in faults:
        yield Row(found.router, one.check, one.expect, one.now, _bad(check), one.why)
    if not faults:
        yield Row(found.router, check.name, f"as in the {source}", f"all {len(told)} as expected", "good")


def _redundancy(check: Check, found: Found) -> Row:
    told: Mapping[str, Any] = found.state.get("redundancy") or {}
    healthy = [name for name, why in told.items() if not why]
    expect = "another healthy router at the site"
    if healthy:
        return Row(found.router, check.name, expect, f"{', '.join(healthy)} healthy", "good")
    actual = "; ".join(f"{name}: {why}" for name, why in told.items()) or "the site has no other router"
    return Row(found.router, check.name, expect, actual, _bad(check), check.why)


def _expected(check: Check, found: Found) -> Iterator[Row]:
    if check.command:
        yield from _of_command(check, found)
        return
    now = paths.find(found.state, check.state)
    was = paths.find(found.snapshot, check.state) if found.snapshot is not None else None
    compares = expecting.needs_snapshot(check.expect)
    if compares and was is None:
        yield Row(found.router, check.name, "-", "-", "skipped", "no snapshot to compare with")
        return
    places = list(dict.fromkeys([*now, *((was or {}) if compares else {})]))
    if not places:
        yield _nothing(check, found)
        return
    rows = [_row(check, found, where, now.get(where), (was or {}).get(where), where in now) for where in places]
    wrong = [row for row in rows if row.mark != "good"]
    yield from wrong
    if not wrong:
        first = rows[0]
        yield first if len(rows) == 1 else Row(found.router, check.name, first.expect, _together(rows), "good")


def _together(rows: Sequence[Row]) -> str:
    values = list(dict.fromkeys(row.actual for row in rows))
    return f"{len(rows)} x {values[0]}" if len(values) == 1 else f"all {len(rows)} as expected"


def _nothing(check: Check, found: Found) -> Row:
    """Nothing at the path. A pattern may match nothing, but what it stands in must be there: it may be misspelt."""
    stem = paths.before_pattern(check.state)
    if paths.has_pattern(check.state) and paths.find(found.state, stem):
        return Row(
            found.router, check.name, expecting.words(expecting.resolved(check.expect, found.facts)), "none", "good"
        )
    if check.unknown == "skip":
        return Row(found.router, check.name, "-", "-", "skipped", "the router does not tell")
    why = f"the router's state has no '{check.state}'"
    return Row(
        found.router,
        check.name,
        expecting.words(expecting.resolved(check.expect, found.facts)),
        "unknown",
        _bad(check),
        why,
    )


def _row(check: Check, found: Found, where: paths.Where, now: Any, was: Any, there: bool) -> Row:
    place = paths.label(where, check.state)
    name = f"{check.name} {place}".strip()
    if there and now is None and check.unknown == "skip":
        return Row(found.router, name, "-", "-", "skipped", "nothing on the router tells")
    wanted = expecting.resolved(check.expect, found.facts)
    expect = expecting.words(wanted, was)
    if not there:
        return Row(found.router, name, expect, "absent", _bad(check), check.why)
    good, note = expecting.judge(wanted, now, was)
    actual = expecting.shown(now, wanted)
    return Row(found.router, name, expect, actual, "good" if good else _bad(check), "" if good else note or check.why)


def _of_command(check: Check, found: Found) -> Iterator[Row]:
    command = check.asks(found.platform)
    expect = expecting.words(expecting.resolved(check.expect, found.facts))
    if command in found.refused:
        yield Row(found.router, check.name, expect, "refused", _bad(check), found.refused[command])
        return
    before: Any = None
    if expecting.needs_snapshot(check.expect):
        known = (found.snapshot or {}).get("commands") or {}
        if command not in known:
            yield Row(found.router, check.name, "-", "-", "skipped", "no snapshot of this command to compare with")
            return
        before = expecting.picked(str(known[command]), check.pick)
    now = expecting.picked(found.outputs.get(command, ""), check.pick)
    if now is None:
        why = f"'{command}' answers nothing that looks like {check.pick}"
        yield Row(found.router, check.name, expect, "not found", _bad(check), why)
        return
    yield _row(check, found, (), now, before, there=True)
