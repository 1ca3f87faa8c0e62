"""One router of four is unreachable at a step: all of the batch keep what they had, that one by its own timer."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.hostile.faults import Fault, emulator, silence, wire
from tests.hostile.network import ROUTERS, Network
from tests.hostile.table import COMMIT, CONFIRM, LOAD

pytestmark = [pytest.mark.lab, pytest.mark.hostile]

ROLLBACK, STATE = "load-configuration/rollback", "get-bgp-neighbor-information:2"
REFUSES = emulator(f"error@{COMMIT}:1:no such luck")


@dataclass(frozen=True)
class Absence:
    """Who is away from when on, and what the report says of it; `reason`: another router, which ends the batch."""

    step: str
    router: str
    fault: Fault
    result: str
    says: str
    reason: str = ""

    @property
    def name(self) -> str:
        return f"{'junos' if self.router.endswith('r1') else 'frr'}-{self.step}".replace(" ", "_")


TIMER = "left to its timer"
GONE = "timed out|not responding|Broken pipe"
AWAY = [
    Absence("before the commit", "jkt-r1", emulator(f"refuse-connect@{LOAD}"), "failed", "load-configuration"),
    Absence("before the stage", "jkt-r2", wire("cut@stage"), "refused", GONE),
    Absence("after the commit", "jkt-r1", emulator(f"refuse-connect-after@{COMMIT}"), TIMER, "connection refused"),
    Absence("in the middle of the stage", "jkt-r2", silence("applying", "stage"), TIMER, GONE),
    Absence("after the stage", "jkt-r2", wire("cut-after@stage"), TIMER, GONE),
    Absence("prove", "jkt-r1", emulator(f"refuse-connect@{STATE}"), TIMER, "connection refused"),
    Absence("prove", "jkt-r2", wire("cut@state"), TIMER, GONE),
    Absence(
        "confirm", "jkt-r1", emulator(f"refuse-connect@{CONFIRM}"), "unknown", "whether it was committed is not known"
    ),
    Absence("confirm", "jkt-r2", wire("cut@confirm"), TIMER, GONE),
    Absence("revert", "jkt-r1", emulator(f"refuse-connect@{ROLLBACK}"), TIMER, "load-configuration", reason="sby-r1"),
    Absence("revert", "jkt-r2", wire("cut@revert"), TIMER, GONE, reason="sby-r1"),
]


@pytest.mark.parametrize("away", AWAY, ids=lambda away: away.name)
def test_one_of_four_is_unreachable(network: Network, away: Absence) -> None:
    # The others are proven, and taken back, well before a timer of theirs ends.
    change = network.change(minutes=5)
    # Who is away while it is proven costs the whole deadline; who is away later must first have been proven.
    change.options = {"change_deadline": 10 if away.step == "confirm" else 7}
    before = dict(network.confirmed)
    with ExitStack() as faults:
        faults.enter_context(away.fault(network, change, away.router))
        if away.reason:
            faults.enter_context(REFUSES(network, change, away.reason))
        run = network.deploy(change)
    present = [router for router in ROUTERS if router != away.router]
    assert [network.look(router).settled for router in present] == [before[router] for router in present], run.output

    assert run.status != 0
    told = run.rows[away.router]
    assert told["result"] == away.result, run.output
    assert re.search(away.says, told["why"]), told
    for router in present:
        if router != away.reason:
            assert run.rows[router]["result"] == "reverted", run.output
            assert (away.reason or away.router) in run.rows[router]["why"], run.output
    # It heals without anybody: the network to it is still cut.
    assert network.settles(away.router, (before[away.router],), 60.0) == before[away.router]
