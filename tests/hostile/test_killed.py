"""The controller loses its power at each step of a change: every process of it dies at once (SIGKILL).

Two routers, one of each platform, are stopped at the same moment of the change. Afterwards each takes the change back
by its own timer, or has confirmed it; nothing stays behind, and the next deploy gets as far as its own moment.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.hostile.faults import emulator, go_on, paused, wire
from tests.hostile.network import MINUTE_S, SHORT, Change, Network
from tests.hostile.table import COMMIT, CONFIRM, HISTORY, LOAD, LOCK

pytestmark = [pytest.mark.lab, pytest.mark.hostile]

ONE, OTHER = "jkt-r1", "jkt-r2"
HOLD_S = 40


@dataclass(frozen=True)
class Moment:
    """When the power fails: the Junos router is busy with `fault`'s request, the FRR router stands at `step`."""

    name: str
    fault: str
    step: str
    operation: str
    minutes: int = SHORT
    may_be_new: bool = False


MOMENTS = [
    Moment("before the lock", f"delay-after@{HISTORY}:{HOLD_S}", "", ""),
    Moment("after the lock", f"delay-after@{LOCK}:{HOLD_S}", "locked", "stage"),
    Moment("after the load", f"delay-after@{LOAD}:{HOLD_S}", "applying", "stage"),
    Moment("after the stage", f"delay-after@{COMMIT}:{HOLD_S}", "staged", "stage"),
    Moment("during the proof", "", "", "", minutes=4),
    Moment("at the confirmation", f"delay@{CONFIRM}:{HOLD_S}", "confirming", "confirm", 6, may_be_new=True),
]


def arrived(network: Network, moment: Moment, change: Change) -> Callable[[], bool]:
    """Whether both routers are where the moment wants them."""

    def there() -> bool:
        if not moment.fault:
            # Both run the change and wait for its confirmation; the proof takes its time.
            return all(network.look(router).runs == change.number for router in (ONE, OTHER))
        kind, _, variant = moment.fault.partition("@")[2].rpartition(":")[0].partition("/")
        asked: list[dict[str, Any]] = network.lab.junos(ONE, op="requests")["routers"][0]["requests"]
        busy = any(one["rpc"] == kind and variant in ("", one["variant"]) for one in asked)
        return busy and (not moment.step or paused(network, OTHER, moment.step))

    return there


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name.replace(" ", "_"))
def test_the_controller_is_killed(network: Network, moment: Moment) -> None:
    change = network.change(ONE, OTHER, minutes=moment.minutes)
    if not moment.fault:
        change.options = {"change_soak": 9}
    with ExitStack() as faults:
        if moment.fault:
            faults.enter_context(emulator(moment.fault)(network, change, ONE))
        if moment.step:
            faults.enter_context(wire(f"pause={moment.step}@{moment.operation}")(network, change, OTHER))
        with network.deploying(change) as deploy:
            deploy.until(f"the deploy is there: {moment.name}", arrived(network, moment, change))
            deploy.kill()
        if moment.step:
            go_on(network, OTHER, moment.step)
    network.heal()

    before = dict(network.confirmed)
    held = network.settle_all(change, moment.minutes * MINUTE_S + 30.0)
    if not moment.may_be_new:
        assert held == before, "what nobody confirmed was taken back"


def test_the_next_deploy_works(network: Network) -> None:
    """Each moment's deploy came after the one that was killed before; this one comes after the last."""
    following = network.change(ONE, OTHER)
    run = network.deploy(following)
    assert run.status == 0, run.output
    assert {router: run.rows[router]["result"] for router in run.rows} == {ONE: "confirmed", OTHER: "confirmed"}
    assert [network.look(router).settled for router in (ONE, OTHER)] == [following.number] * 2
