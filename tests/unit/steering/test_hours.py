"""Hours on a simulated clock: alerts, measurements, persons, freezes and broken routers come and go, in any order.

After every run of automation the invariants are checked by their own book-keeping, not by the decision's.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Alert,
    Decision,
    LivePlace,
    NetworkLimits,
)

from .world import BACKBONES, NORTH, ROUTERS, TRANSITS, World, normal_value

pytestmark = pytest.mark.timeout(300)
"""Many examples; on a busy machine they take their time."""
PATHS = st.sampled_from([*BACKBONES, *TRANSITS])
DONE = ("steer", "restore")
HOUR = 3600.0


class Hours(RuleBasedStateMachine):
    """The network's operation. `healthy_since` is the prober's memory: None while a path is sick or not measured."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(network=NetworkLimits(changes_per_hour=8, paths_at_once=2))
        self.healthy_since: dict[str, float | None] = dict.fromkeys(self.world.paths, -1e6)
        self.made: list[tuple[float, str]] = []
        """Changes of automation that were no repairs: when and of which path."""
        self.last: dict[str, float] = {}
        """When a path was changed last, by whomever."""

    # What happens.

    @rule(seconds=st.sampled_from([1.0, 20.0, 60.0, 61.0, 299.0, 301.0, 1200.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.now += seconds
        for name, since in self.healthy_since.items():
            healthy_s = 0.0 if since is None else self.world.now - since
            self.world.health[name] = replace(self.world.health[name], healthy_s=healthy_s)

    @rule(name=PATHS, alert=st.booleans())
    def a_path_falls_sick(self, name: str, alert: bool) -> None:
        self.world.health[name] = replace(self.world.health[name], fresh=True, sick=True, healthy_s=0.0, loss=0.3)
        self.healthy_since[name] = None
        if alert:
            self.an_alert_fires(name)

    @rule(name=PATHS)
    def an_incident(self, name: str) -> None:
        self.a_path_falls_sick(name, alert=True)
        self.automation_runs("done")

    @rule(name=PATHS)
    def an_incident_is_over(self, name: str) -> None:
        self.a_path_heals(name, alert_too=True)
        self.time_passes(301.0)
        self.automation_runs("done")

    @rule(name=PATHS)
    def an_alert_fires(self, name: str) -> None:
        assert self.world.alerts is not None
        self.world.alerts.append(Alert(name, "PathLoss", "critical"))

    @rule(name=PATHS)
    def an_alert_goes_quiet(self, name: str) -> None:
        self.world.alerts = [alert for alert in self.world.alerts or () if alert.path != name]

    @rule(name=PATHS, alert_too=st.booleans())
    def a_path_heals(self, name: str, alert_too: bool) -> None:
        health = self.world.health[name]
        if self.healthy_since[name] is None:
            self.healthy_since[name] = self.world.now
        healthy_s = self.world.now - (self.healthy_since[name] or 0.0)
        self.world.health[name] = replace(health, fresh=True, sick=False, healthy_s=healthy_s)
        if alert_too:
            self.an_alert_goes_quiet(name)

    @rule(name=PATHS)
    def a_probe_dies(self, name: str) -> None:
        self.world.health[name] = replace(self.world.health[name], fresh=False)
        self.healthy_since[name] = None

    @rule(name=st.sampled_from(ROUTERS), fault=st.sampled_from(["", "is locked by netops", "no route to host"]))
    def a_router_is_busy_or_free(self, name: str, fault: str) -> None:
        self.world.router(name, fault=fault)

    @rule(name=st.sampled_from(ROUTERS), drained=st.booleans())
    def a_router_is_drained_or_not(self, name: str, drained: bool) -> None:
        self.world.router(name, drained=drained)

    @rule(name=st.sampled_from(ROUTERS), minutes=st.sampled_from([None, 10.0]))
    def somebody_freezes(self, name: str, minutes: float | None) -> None:
        self.world.freeze(name, until=None if minutes is None else self.world.now + 60.0 * minutes)

    @rule()
    def the_freezes_are_lifted(self) -> None:
        for name in ROUTERS:
            self.world.router(name, freeze=None)

    @rule(name=PATHS)
    def one_router_is_restored_from_before(self, name: str) -> None:
        """Of a steered path, one end forgets that it is; its history remembers."""
        place = self.world.paths[name].places[-1]
        self.world.set_place(LivePlace(place, False, None, normal_value(self.world.paths[name])))

    # Who acts.

    @rule(name=PATHS, want=st.sampled_from([STEERED, NORMAL]))
    def a_person_wants(self, name: str, want: str) -> None:
        self.world.wants = {name: want}
        decision = self.world.decide()[name]
        self.world.wants = {}
        if decision.verdict in DONE:
            self.do(decision)

    @rule(fate=st.sampled_from(["done", "done", "done", "dies half-way", "reverted"]))
    def automation_runs(self, fate: str) -> None:
        before = self.world.decide()
        for decision in before.values():
            if decision.verdict in DONE:
                self.check(decision)
                self.do(decision, fate)
        if fate == "done":
            again = self.world.decide()
            freed = any(decision.verdict == "restore" for decision in before.values())
            assert freed or not [d for d in again.values() if d.verdict in DONE]

    def do(self, decision: Decision, fate: str = "done") -> None:
        """Apply it, or only on its first router, or apply it and take it back since the new way was no better."""
        places = decision.places[:1] if fate == "dies half-way" else decision.places
        self.world.put(decision.path, decision.want, places, decision.by)
        if fate == "reverted":
            back = NORMAL if decision.want == STEERED else STEERED
            self.world.put(decision.path, back, places, decision.by)
        self.last[decision.path] = self.world.now

    def check(self, decision: Decision) -> None:
        """What must be true of a change that automation makes."""
        world, name = self.world, decision.path
        path, health = world.paths[name], world.health[name]
        assert not any(r.freeze and (r.freeze.until is None or r.freeze.until > world.now) for r in world.live.values())
        assert not [p for p in path.places if world.live[p.router].fault or world.live[p.router].drained]
        if decision.want == STEERED:
            assert [n for n in path.alternates if self.can_carry(n)], "steered away from the last path"
        if decision.evidence["repair"]:
            return
        assert health.fresh
        assert world.now - self.last.get(name, -1e9) >= path.limits.cooldown_s
        flips = {flip.change_id: flip for r in world.live.values() for flip in r.flips if flip.path == name}
        penalty = sum(1000.0 * 2.0 ** ((flip.when - world.now) / 900.0) for flip in flips.values())
        assert penalty < (3000.0 if decision.want == STEERED else 2000.0)
        if decision.want == STEERED:
            assert health.sick
        else:
            since = self.healthy_since[name]
            assert since is not None
            assert world.now - since >= path.limits.hold_down_s
        self.made.append((world.now, name))

    def can_carry(self, name: str) -> bool:
        health = self.world.health[name]
        return health.fresh and not health.sick and self.world.state(name) == {NORMAL}

    # What is always so.

    @invariant()
    def no_hour_has_more_changes_than_are_allowed(self) -> None:
        recent = [name for when, name in self.made if self.world.now - when < HOUR]
        assert len(recent) <= self.world.network.changes_per_hour
        for name, path in self.world.paths.items():
            assert recent.count(name) <= path.limits.changes_per_hour

    @precondition(lambda self: not any(r.fault or r.drained or r.freeze for r in self.world.live.values()))
    @invariant()
    def what_is_half_done_is_asked_about(self) -> None:
        """Either it will be made alike, or a person reads why not."""
        decisions = self.world.decide()
        for name in self.world.paths:
            if len(self.world.state(name)) > 1:
                decision = decisions[name]
                assert decision.verdict in ("steer", "restore", "refuse"), decision.reason

    def teardown(self) -> None:
        """Everything heals, time passes: the network comes back to normal by itself, but for what persons steered."""
        world = self.world
        for name in ROUTERS:
            world.router(name, fault="", drained=False, freeze=None)
        for name in world.paths:
            self.a_path_heals(name, alert_too=True)
        for _step in range(40):
            self.time_passes(301.0)
            world.apply(world.decide())
        for name in world.paths:
            held = world.decide()[name].reason
            assert world.state(name) == {NORMAL} or "by hand" in held, held


Hours.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestHours = Hours.TestCase


@pytest.mark.parametrize("allowed", [6, 1000], ids=["budget", "damping alone"])
@pytest.mark.parametrize("period", [40.0, 90.0, 200.0, 420.0, 900.0])
def test_a_path_that_flaps_for_an_hour_is_changed_a_few_times_and_comes_to_rest_steered(
    period: float, allowed: int
) -> None:
    """Sick and healthy in turns, seen every ten seconds; the hold-down is short, to make it as bad as it can be."""
    world = World(network=NetworkLimits(changes_per_hour=1000))
    world.limit(NORTH, hold_down_s=15.0, cooldown_s=10.0, changes_per_hour=allowed)
    changes: list[tuple[float, str]] = []
    sick_on_path = 0
    healthy_since = world.now
    for step in range(360):
        sick = (step * 10.0) % (2 * period) < period
        if sick:
            healthy_since = world.now
            world.heal(NORTH)
            world.sicken(NORTH)
        else:
            world.heal(NORTH, healthy_s=world.now - healthy_since)
        decision = world.decide()[NORTH]
        if decision.verdict in DONE:
            changes.append((world.now, decision.want))
            world.apply({NORTH: decision})
        sick_on_path += sick and world.state(NORTH) == {NORMAL}
        world.now += 10.0
    assert 0 < len(changes) <= min(allowed, 10)
    assert sick_on_path <= 3, "a flapping path must rest steered, with traffic off it"
    world.heal(NORTH, healthy_s=20.0)
    for _minute in range(120):
        world.now += 60.0
        world.heal(NORTH, healthy_s=world.health[NORTH].healthy_s + 60.0)
        world.apply(world.decide())
    assert world.state(NORTH) == {NORMAL}, world.decide()[NORTH].reason
