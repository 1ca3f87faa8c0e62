"""From every state that a kill, a fault or a person can leave, the next run reaches the goal, and never the wrong way.

The model is a router that does what a step asks, or half of it, or something else. A run asks `next_step` and obeys.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ansible_collections.fairway.backbone.plugins.module_utils import upgrade
from ansible_collections.fairway.backbone.plugins.module_utils.upgrade import Facts, Next, Wish, next_step
from ansible_collections.fairway.backbone.plugins.module_utils.upgrade_record import Record

OLD, NEW, OTHER = "23.4R1", "24.4R1", "24.2R9"
LONGEST_RUN = 40


@dataclass
class Router:
    """The truth. `avoided`: the others were told that it is expensive. `frr`: an install takes effect at once."""

    frr: bool = False
    version: str = OLD
    pending: str = ""
    previous: str = ""
    busy: str = ""
    drained: bool = False
    avoided: bool = False
    package: bool = False
    healthy: bool = True
    record: Record | None = None
    boots_old: bool = False
    restart_fails: bool = False

    def facts(self) -> Facts:
        return Facts(
            self.version, self.pending, self.previous, self.busy, self.drained, self.package or self.frr, self.record
        )

    def installed(self, version: str) -> None:
        """The image is in place; what runs is another matter."""
        self.busy = ""
        if version == self.version:
            self.pending = ""
        elif self.frr and not self.restart_fails:
            self.version, self.previous, self.pending = version, self.version, ""
        else:
            self.pending = version

    def booted(self) -> None:
        if self.pending and not self.boots_old:
            self.version, self.previous = self.pending, self.version
        self.pending = ""


class Stopped(Exception):
    """The run ended before its goal: a fault that was met, or a person to decide."""


@dataclass
class Run:
    """One run of the runbook over the router."""

    router: Router
    wish: Wish
    done: list[str]

    def next(self) -> Next:
        return next_step(self.router.facts(), self.wish, self.done)

    def obey(self, told: Next, half: bool = False) -> None:
        """Do the step. `half`: the deed is done on the router, and the run hears nothing of it."""
        if told.step == upgrade.STOP:
            raise Stopped(told.why)
        if told.step == upgrade.VERIFY and not self.router.healthy:
            raise Stopped("unhealthy")
        deed = {
            upgrade.RECORD: self.record,
            upgrade.COPY: self.copy,
            upgrade.DRAIN: self.drain,
            upgrade.INSTALL: self.install,
            upgrade.REBOOT: self.reboot,
            upgrade.UNDRAIN: self.undrain,
            upgrade.FORGET: self.forget,
        }.get(told.step)
        if deed is not None:
            deed(told, half)
        if not half:
            if told.step in (upgrade.INSTALL, upgrade.SETTLE) and self.router.busy:
                self.router.installed(self.router.busy)
            self.done.append(told.step)

    def record(self, told: Next, half: bool) -> None:
        kept = self.router.record
        if told.fresh or kept is None:
            drained = self.router.drained
            self.router.record = Record(self.wish.want, told.goal, self.router.version, drained_before=drained)
        else:
            self.router.record = upgrade.renewed(kept, self.wish, told.goal)

    def copy(self, told: Next, half: bool) -> None:
        self.router.package = True

    def drain(self, told: Next, half: bool) -> None:
        """In steps: first the others avoid it, then it is out of service, and costs the same as ever."""
        self.router.avoided = half and not self.router.drained
        self.router.drained = self.router.drained or not half

    def install(self, told: Next, half: bool) -> None:
        assert self.router.drained, "installs on a router that carries traffic"
        assert {upgrade.DRAIN, upgrade.PARTNER_INSTALL} <= set(self.done), "nobody looked before"
        self.router.busy = told.goal

    def reboot(self, told: Next, half: bool) -> None:
        assert self.router.drained, "reboots a router that carries traffic"
        assert {upgrade.DRAIN, upgrade.PARTNER_REBOOT} <= set(self.done), "nobody looked before"
        self.router.booted()

    def undrain(self, told: Next, half: bool) -> None:
        if not self.router.healthy:
            raise Stopped("the drain role finds it not fit: it fell ill since it was verified")
        assert upgrade.VERIFY in self.done, "nobody looked before"
        assert self.router.version == told.goal, "goes back into service with the wrong version"
        assert self.router.record, "undrains what it did not drain"
        theirs = self.router.record.drained_before and self.router.drained
        assert not theirs, "undrains what others drained"
        self.router.avoided = half
        self.router.drained = False

    def forget(self, told: Next, half: bool) -> None:
        self.router.record = None

    def finish(self) -> None:
        """To the end, without faults."""
        for _step in range(LONGEST_RUN):
            told = self.next()
            if told.step == upgrade.DONE:
                return
            self.obey(told)
        raise AssertionError(f"no end after {LONGEST_RUN} steps: {self.done}")


class Upgrades(RuleBasedStateMachine):
    """Runs, kills, faults and people, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.router = Router()
        self.run: Run | None = None
        self.by_hand = False

    @initialize(frr=st.booleans(), drained=st.booleans())
    def begin(self, frr: bool, drained: bool) -> None:
        self.router = Router(frr=frr, drained=drained)
        self.by_hand = drained

    @rule(want=st.sampled_from([upgrade.UPGRADED, upgrade.REVERTED]), validate=st.booleans())
    def another_run_begins(self, want: str, validate: bool) -> None:
        """Also when the last one was killed: it is no more."""
        self.run = Run(self.router, Wish(NEW, want, validate), [])

    @precondition(lambda self: self.run is not None)
    @rule(steps=st.integers(1, 8))
    def it_goes_on(self, steps: int) -> None:
        assert self.run is not None
        for _step in range(steps):
            told = self.run.next()
            if told.step == upgrade.DONE:
                return
            try:
                self.run.obey(told)
            except Stopped:
                self.run = None
                return

    @precondition(lambda self: self.run is not None)
    @rule()
    def it_is_killed_in_the_middle_of_a_step(self) -> None:
        assert self.run is not None
        told = self.run.next()
        if told.step not in (upgrade.DONE, upgrade.STOP, upgrade.VERIFY):
            with suppress(Stopped):
                self.run.obey(told, half=True)
        self.run = None

    @precondition(lambda self: bool(self.router.busy))
    @rule(fails=st.booleans())
    def an_install_that_nobody_waits_for_ends(self, fails: bool) -> None:
        if fails:
            self.router.busy = ""
        else:
            self.router.installed(self.router.busy)

    @rule(boots_old=st.booleans(), restart_fails=st.booleans())
    def images_are_good_or_bad(self, boots_old: bool, restart_fails: bool) -> None:
        self.router.boots_old, self.router.restart_fails = boots_old, restart_fails

    @rule()
    def its_health_changes(self) -> None:
        self.router.healthy = not self.router.healthy

    @rule()
    def somebody_reboots_it(self) -> None:
        self.router.booted()

    @precondition(lambda self: self.router.healthy)
    @rule()
    def somebody_undrains_it(self) -> None:
        self.router.drained = self.by_hand = False

    @rule(want=st.sampled_from([upgrade.UPGRADED, upgrade.REVERTED]))
    def the_next_run_reaches_the_goal(self, want: str) -> None:
        """The point of it all: whatever happened before, once nothing goes wrong one run is enough."""
        router = self.router
        router.boots_old, router.restart_fails, router.healthy = False, False, True
        wish, self.run = Wish(NEW, want), None
        was_drained = router.drained
        recorded = router.record
        run = Run(router, wish, [])
        try:
            run.finish()
        except Stopped as stopped:
            # The one thing a run leaves to a person: something else is half installed, or there is nothing to go to.
            why = str(stopped)
        else:
            self.at_the_goal(wish, recorded, was_drained, run)
            return
        if "is installed and waits" not in why and "no previous version" not in why:
            raise AssertionError(why)

    def at_the_goal(self, wish: Wish, recorded: Record | None, was_drained: bool, run: Run) -> None:
        router, want = self.router, wish.want
        facts = router.facts()
        goal = NEW if want == upgrade.UPGRADED else facts.version
        assert (facts.version, facts.pending, facts.busy, facts.record) == (goal, "", "", None), run.done
        assert not router.avoided or router.drained, "the others still avoid it"
        mine = recorded is not None and not recorded.drained_before
        assert not (facts.drained and (mine or not was_drained)), "left out of service without a reason"
        if want == upgrade.REVERTED and recorded is not None and recorded.want == upgrade.UPGRADED:
            assert facts.version == recorded.was
        again = next_step(facts, wish)
        assert (again.step, Run(router, wish, []).next().step) == (upgrade.DONE, upgrade.DONE), "not idempotent"

    @invariant()
    def what_is_drained_by_an_upgrade_is_remembered_as_such(self) -> None:
        """Else a later run would take it for somebody else's drain, and leave it out of service for ever."""
        if self.router.drained and not self.by_hand:
            record = self.router.record
            assert record is not None
            assert not record.drained_before


TestUpgrades = Upgrades.TestCase
TestUpgrades.settings = settings(
    max_examples=500, derandomize=True, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_the_ordinary_way() -> None:
    """The order that the runbook promises."""
    router = Router()
    run = Run(router, Wish(NEW), [])
    run.finish()
    assert run.done == [
        "record", "check", "gate:check", "copy", "drain", "gate:drain", "validate", "partner:install", "install",
        "partner:reboot", "reboot", "verify", "gate:verify", "undrain", "forget",
    ]  # fmt: skip
    assert (router.version, router.previous, router.drained) == (NEW, OLD, False)


def test_a_package_that_restarts_its_daemons_needs_no_reboot() -> None:
    run = Run(Router(frr=True), Wish(NEW, validate=False), [])
    run.finish()
    assert run.done == [
        "record", "check", "gate:check", "drain", "gate:drain", "partner:install", "install", "verify", "gate:verify",
        "undrain", "forget",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "facts, done, why",
    [
        (Facts(OLD, pending=OTHER), (), "24.2R9 is installed and waits for a reboot, and 24.4R1 is wanted"),
        (Facts(OLD, drained=True), ("reboot",), "it runs 23.4R1 after all, not 24.4R1"),
        (Facts(OLD, busy="24.4R1"), ("settle",), "it is still installing: 24.4R1"),
        (
            Facts(OLD, record=Record("upgraded", NEW, OLD)),
            ("record", "check", "gate:check", "copy", "drain"),
            "somebody undrained it meanwhile",
        ),
        (
            Facts(NEW, drained=True, record=Record("upgraded", NEW, OLD)),
            ("verify", "gate:verify", "undrain"),
            "it is still drained, though it was undrained",
        ),
    ],
)
def test_what_a_person_has_to_decide_is_said(facts: Facts, done: tuple[str, ...], why: str) -> None:
    told = next_step(facts, Wish(NEW), done)
    assert told.step == "stop"
    assert why in told.why


def test_a_revert_goes_back_to_what_ran_before_the_upgrade_and_stays_there() -> None:
    router = Router()
    Run(router, Wish(NEW), []).finish()
    wish = Wish(NEW, upgrade.REVERTED)
    run = Run(router, wish, [])
    run.finish()
    assert not {"validate", "copy"} & set(run.done)
    assert (router.version, router.previous, router.drained) == (OLD, NEW, False)
    assert Run(router, wish, []).next().step == "done"


def test_there_is_nothing_to_go_back_to() -> None:
    assert "no previous version" in next_step(Facts(NEW), Wish(NEW, upgrade.REVERTED)).why


def test_what_others_drained_stays_drained() -> None:
    router = Router(drained=True)
    run = Run(router, Wish(NEW), [])
    run.finish()
    assert "undrain" not in run.done
    assert (router.version, router.drained) == (NEW, True)


@pytest.mark.parametrize(
    "facts, step, expected",
    [
        (None, "reboot", ("Look at its console", "run it again")),
        (Facts(OLD), "check", ("Nothing was installed or rebooted",)),
        (
            Facts(NEW, drained=True, record=Record("upgraded", NEW, OLD)),
            "verify",
            ("stays drained", "go back to 23.4R1", "verified anew"),
        ),
        (Facts(OLD, drained=True, record=Record("upgraded", NEW, OLD)), "install", ("stays drained", "undrain.yml")),
        (
            Facts(OLD, pending=NEW, drained=True, record=Record("upgraded", NEW, OLD)),
            "reboot",
            ("stays drained", "upgrade_want=reverted"),
        ),
    ],
)
def test_whoever_reads_the_failure_knows_what_to_do(facts: Facts | None, step: str, expected: tuple[str, ...]) -> None:
    told = upgrade.advice("r1", facts, Wish(NEW), step)
    assert [words for words in expected if words not in told] == [], told


def test_the_situation_is_a_sentence() -> None:
    assert upgrade.situation("r1", None) == "r1 does not answer."
    assert upgrade.situation("r1", Facts(OLD, pending=NEW, drained=True)) == (
        "r1 runs 23.4R1, has 24.4R1 installed, which begins with the next reboot, is drained."
    )
