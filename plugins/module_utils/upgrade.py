# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade, one step at a time: what the router says now decides which step is next. Pure: no I/O, no clock.

A run remembers nothing that the next one would need. What an upgrade has to know for longer than a run (how the router
was before, what it is to become, who works on it) is a file on the router, the record. So a run that was killed
anywhere is followed by one that begins with the same question and goes on where the router is.

`done` are the steps of this run: what was measured or approved by an earlier run is measured and approved again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.upgrade_record import Record

UPGRADED, REVERTED = "upgraded", "reverted"

RECORD, CHECK, GATE_CHECK, COPY = "record", "check", "gate:check", "copy"
DRAIN, GATE_DRAIN, VALIDATE = "drain", "gate:drain", "validate"
PARTNER_INSTALL, INSTALL, PARTNER_REBOOT, REBOOT = "partner:install", "install", "partner:reboot", "reboot"
SETTLE, VERIFY, GATE_VERIFY, UNDRAIN, FORGET = "settle", "verify", "gate:verify", "undrain", "forget"
DONE, STOP = "done", "stop"


@dataclass(frozen=True)
class Facts:
    """What the router says. Versions are spelled as the package manager of the platform spells them."""

    version: str
    pending: str = ""
    """Installed, and active after the next reboot (FRR: restart)."""
    previous: str = ""
    """What a rollback would bring."""
    busy: str = ""
    """What it is installing right now, in words; empty when nothing."""
    drained: bool = False
    """The whole router is out of service, as its running configuration says."""
    package: bool = False
    """The wanted package is there, with the right checksum, or is not needed as a file."""
    record: Record | None = None


@dataclass(frozen=True)
class Wish:
    """What a run wants. `version` is the inventory's, also when the run takes it back. `validate`: ask the router
    whether the package fits its configuration, before it is installed."""

    version: str
    want: str = UPGRADED
    validate: bool = True


@dataclass(frozen=True)
class Next:
    """The step to do now, and why. `fresh`: what the record says of before is to be read anew."""

    step: str
    why: str
    goal: str = ""
    fresh: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"step": self.step, "why": self.why, "goal": self.goal, "fresh": self.fresh}


def goal_of(facts: Facts, wish: Wish) -> str:
    """The version that the router is to run in the end; empty when nobody can say."""
    record = facts.record
    if wish.want == UPGRADED:
        return wish.version
    if record is not None:
        return record.goal if record.want == REVERTED else record.was
    # Without an upgrade under way, reverting means to leave the inventory's version, and nothing else.
    return facts.previous if facts.version == wish.version else facts.version


def renewed(record: Record, wish: Wish, goal: str) -> Record:
    """The record of a router on which something else is wanted from now on; how it was in the beginning stays.

    Who gives up a revert may want it again: then what it was to go back to is what the upgrade is reverted to.
    """
    given_up = record.want == REVERTED and wish.want == UPGRADED
    return replace(record, want=wish.want, goal=goal, was=record.goal if given_up else record.was)


def next_step(facts: Facts, wish: Wish, done: Collection[str] = ()) -> Next:
    """The next step of this run. `stop` is a step too: `why` says what a person has to decide."""
    goal = goal_of(facts, wish)
    step = _next(facts, wish, goal, done)
    if step.step in done and step.step not in (DONE, STOP):
        step = Next(STOP, _again(step.step, facts, goal))
    return Next(step.step, step.why, goal, step.fresh)


def _next(facts: Facts, wish: Wish, goal: str, done: Collection[str]) -> Next:
    if facts.busy:
        return Next(SETTLE, f"it is installing: {facts.busy}")
    if not goal:
        return Next(STOP, f"it runs {facts.version} and has no previous version to go back to: install one by its name")
    if facts.version == goal and facts.pending in ("", goal):
        return _leave(facts, goal, done)
    if facts.pending not in ("", goal) and wish.want == UPGRADED:
        return Next(
            STOP,
            f"{facts.pending} is installed and waits for a reboot, and {goal} is wanted: take that back first "
            "(-e upgrade_want=reverted), or reboot into it",
        )
    if REBOOT in done or (INSTALL in done and not facts.pending):
        return Next(STOP, f"it runs {facts.version} after all, not {goal}")
    return _prepare(facts, wish, goal, done)


def _prepare(facts: Facts, wish: Wish, goal: str, done: Collection[str]) -> Next:
    """Towards the install and the reboot: nothing of it happens unless drained in this run, and looked after."""
    record = facts.record
    if RECORD not in done:
        if record is None or not facts.drained:
            return Next(RECORD, "how it is now is what it must be like afterwards", fresh=True)
        if (record.want, record.goal) != (wish.want, goal):
            return Next(RECORD, f"from now on {goal} is wanted")
    waits = facts.pending == goal
    if CHECK not in done:
        return Next(CHECK, "is it, and are those beside it, fit for this?")
    if GATE_CHECK not in done:
        return Next(GATE_CHECK, "drain it")
    if not (facts.package or waits or wish.want == REVERTED) and COPY not in done:
        return Next(COPY, "the package is not on it, or is not the right one")
    if DRAIN not in done:
        return Next(DRAIN, "it is drained, is traffic gone?" if facts.drained else "traffic has to leave it")
    if not facts.drained:
        return Next(STOP, "somebody undrained it meanwhile")
    if GATE_DRAIN not in done:
        return Next(GATE_DRAIN, f"reboot it into {goal}" if waits else f"install {goal}")
    return _act(facts, wish, goal, done, waits)


def _act(facts: Facts, wish: Wish, goal: str, done: Collection[str], waits: bool) -> Next:
    if waits:
        if PARTNER_REBOOT not in done:
            return Next(PARTNER_REBOOT, "who carries its traffic must still be well")
        return Next(REBOOT, f"{goal} is installed and begins with a reboot")
    if wish.want == UPGRADED and wish.validate and VALIDATE not in done:
        return Next(VALIDATE, "does the package fit its configuration?")
    if PARTNER_INSTALL not in done:
        return Next(PARTNER_INSTALL, "who carries its traffic must still be well")
    return Next(INSTALL, f"it runs {facts.version}" + (f", {facts.pending} waits" if facts.pending else ""))


def _leave(facts: Facts, goal: str, done: Collection[str]) -> Next:
    """It runs what it should. Back into service only what is as healthy as it was, and only what we took out."""
    record = facts.record
    if record is None:
        left = ", and stays drained: no upgrade drained it" if facts.drained and FORGET not in done else ""
        return Next(DONE, f"it runs {goal}{left}")
    if VERIFY not in done:
        return Next(VERIFY, f"it runs {goal}: is it as healthy as before?")
    if GATE_VERIFY not in done:
        return Next(GATE_VERIFY, "leave it drained, as it was found" if record.drained_before else "undrain it")
    if not (record.drained_before and facts.drained) and UNDRAIN not in done:
        # Also when it is not drained: a run that was killed on its way back may have left the others avoiding it.
        return Next(UNDRAIN, "it is healthy")
    if facts.drained and not record.drained_before:
        return Next(STOP, "it is still drained, though it was undrained")
    return Next(FORGET, "the upgrade is over")


def _again(step: str, facts: Facts, goal: str) -> str:
    """Why a step that was done in this run, and would be next again, did not do what it should."""
    has = f"it runs {facts.version}" + (f", {facts.pending} waits for a reboot" if facts.pending else "")
    told = {
        SETTLE: f"it is still installing: {facts.busy}",
        COPY: "the package is still not on it as it should be",
        INSTALL: f"it was told to install {goal}, and did not: {has}",
        FORGET: "the record of the upgrade cannot be removed",
    }
    return told.get(step, f"step '{step}' did not change what it should: {has}")


def situation(router: str, facts: Facts | None) -> str:
    """The router's state in a sentence, for whoever has to decide at night."""
    if facts is None:
        return f"{router} does not answer."
    parts = [f"runs {facts.version or 'an unknown version'}"]
    if facts.pending:
        parts.append(f"has {facts.pending} installed, which begins with the next reboot")
    if facts.busy:
        parts.append(f"is installing ({facts.busy})")
    parts.append("is drained" if facts.drained else "is in service (not drained)")
    return f"{router} {', '.join(parts)}."


def advice(router: str, facts: Facts | None, wish: Wish, step: str) -> str:
    """What to do after a run ended at this step without reaching its goal."""
    want = "" if wish.want == UPGRADED else " -e upgrade_want=reverted"
    again = f"run it again (upgrade.yml -e target={router}{want})"
    if facts is None:
        return (
            f"Look at its console. Once it answers, {again}: it goes on from what the router is by then. "
            "It was drained before anything was installed or rebooted."
        )
    record = facts.record
    if not facts.drained:
        return f"Nothing was installed or rebooted by this run. Mend what is said above, then {again}."
    keep = "It stays drained until it is proven healthy. "
    if record is not None and facts.version == record.goal:
        back = "" if wish.want == REVERTED else f", or go back to {record.was} (-e upgrade_want=reverted)"
        return f"{keep}Mend what is said above, then {again}: it is verified anew and undrained{back}."
    mend = f"{keep}Mend what is said above, then {again}"
    if record is not None and facts.version == record.was and not facts.pending and not facts.busy:
        return f"{mend}; or give it up: undrain.yml -e target={router}."
    return f"{mend}; or go back: upgrade.yml -e target={router} -e upgrade_want=reverted."
