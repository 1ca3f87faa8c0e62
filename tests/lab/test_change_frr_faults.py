"""Step × fault on an FRR router: the program on it dies, the controller dies, replies are lost, the router reboots.

Afterwards it runs the old or the new configuration, never a mix, and the result of the operation says which; no lock,
no process and no file is left but the history.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from ansible_collections.fairway.backbone.plugins.module_utils.change_history import Standing, classify_history
from tests.lab.change_frr import (
    NEW,
    OLD,
    BareRouter,
    Pool,
    config,
    is_old_and_clean,
    killed_at,
    missing,
    reply_lost,
    silent,
    stage,
    wait_for,
    works_again,
)

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hostile,
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
]

STAGE_STEPS = ["locked", "prepared", "armed", "applying", "applied", "staged"]
CONFIRM_STEPS = ["locked", "confirming", "renamed", "done"]
REVERT_STEPS = ["locked", "reverting", "restored", "reverted", "done"]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with contextlib.closing(Pool(lambda: tmp_path_factory.mktemp("router"))) as routers:
        yield routers


@pytest.fixture
def bare(pool: Pool) -> BareRouter:
    """A router that runs, and boots, the old configuration: the last test's when that left it so, else another."""
    return pool.settled(150)


# -- the program on the router dies, the controller asks again -------------------------------------------------


@pytest.mark.parametrize("step", STAGE_STEPS)
def test_killed_while_staging(bare: BareRouter, step: str) -> None:
    result = stage(bare.router(killed_at(bare, step)))
    if step == "staged":
        assert result.state == "staged", result
        assert bare.costs() == NEW
        assert any("reply was lost" in note for note in result.notes)
        assert bare.router().revert("fw-2").state == "reverted"
    else:
        assert (result.state, result.changed) == ("failed", False), result
        assert "did not commit it" in result.message
        assert classify_history(bare.router().history(), "fw-2") is Standing.ABSENT
    is_old_and_clean(bare)


@pytest.mark.parametrize("step", CONFIRM_STEPS)
def test_killed_while_confirming(bare: BareRouter, step: str) -> None:
    stage(bare.router())
    result = bare.router(killed_at(bare, step)).confirm("fw-2")
    assert (result.state, result.changed) == ("confirmed", True), result
    assert bare.costs() == NEW
    assert bare.startup() == config(250)
    assert bare.leftovers() == []
    assert classify_history(bare.router().history(), "fw-2") is Standing.CONFIRMED


@pytest.mark.parametrize("step", REVERT_STEPS)
def test_killed_while_reverting(bare: BareRouter, step: str) -> None:
    stage(bare.router())
    result = bare.router(killed_at(bare, step)).revert("fw-2")
    assert (result.state, result.changed) == ("reverted", True), result
    is_old_and_clean(bare)
    assert classify_history(bare.router().history(), "fw-2") is Standing.REVERTED


SLOW_RELOAD = """
import os, pathlib, signal, sys, time
done = pathlib.Path("/run/slow.done")
if not done.exists():
    done.touch()
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(1.0)
os.execv(sys.executable, [sys.executable, "/usr/lib/frr/frr-reload.py", *sys.argv[1:]])
"""


def test_killed_in_the_middle_of_applying(bare: BareRouter) -> None:
    """frr-reload.py outlives the program that called it: nobody may repair while it still works."""
    assert bare.run("sh", "-c", "cat > /run/slow.py", stdin=SLOW_RELOAD.encode()).returncode == 0
    # A cost alone would not need frr-reload.py.
    text = f"{config(250)}ip prefix-list extra seq 5 permit 198.51.100.0/24\n"
    result = bare.router(paths={"reload": "/run/slow.py"}).stage(StageRequest(text, "fw-2", lock_wait_s=0.2))
    assert bare.run("test", "-e", "/run/slow.done").returncode == 0
    assert result.state in ("refused", "failed", "unknown"), result
    wait_for("the timer's process repairs", lambda: bare.leftovers() == [])
    is_old_and_clean(bare)
    works_again(bare)


# -- the program on the router dies, and so does the controller ------------------------------------------------


@pytest.mark.parametrize("step", STAGE_STEPS)
def test_killed_with_the_controller_while_staging(bare: BareRouter, step: str) -> None:
    result = stage(bare.router(silent(killed_at(bare, step)), minute_s=3.0))
    assert result.state == "unknown", result
    if step in ("locked", "prepared"):
        # Nothing was touched and no timer runs yet: the next operation clears it away.
        assert bare.costs() == OLD
        works_again(bare)
        return
    wait_for("the router heals itself", lambda: bare.costs() == OLD and bare.leftovers() == [])
    is_old_and_clean(bare)


def test_controller_dies_between_stage_and_confirm(bare: BareRouter) -> None:
    stage(bare.router(minute_s=8.0))
    assert bare.costs() == NEW
    wait_for("the router heals itself", lambda: bare.costs() == OLD and bare.leftovers() == [])
    assert classify_history(bare.router().history(), "fw-2") is Standing.ROLLED_BACK


def test_a_timer_that_was_killed_is_armed_again_by_the_next_operation(bare: BareRouter) -> None:
    stage(bare.router(minute_s=15.0))
    (timer,) = bare.timers()
    bare.out("kill", "-KILL", timer)
    foreign = stage(bare.router(), "fw-3", lock_wait_s=0)
    assert foreign.state == "refused"
    # A refusal takes no lock; reading under the lock does.
    assert bare.router().confirm("fw-3", lock_wait_s=0).state == "refused"
    assert bare.timers() != []
    wait_for("the router heals itself", lambda: bare.costs() == OLD and bare.leftovers() == [])


def test_a_timer_that_was_killed_does_not_make_a_late_change_confirmable(bare: BareRouter) -> None:
    stage(bare.router(minute_s=6.0))
    for timer in bare.timers():
        bare.out("kill", "-KILL", timer)
    wait_for("the deadline passes", lambda: bare.router().pending() is None)
    assert bare.router().confirm("fw-2").state == "refused"
    is_old_and_clean(bare)
    assert classify_history(bare.router().history(), "fw-2") is Standing.ROLLED_BACK


# -- replies that do not come ----------------------------------------------------------------------------------


def test_lost_reply_of_a_stage(bare: BareRouter) -> None:
    result = stage(bare.router(reply_lost(bare)))
    assert (result.state, result.changed, result.lines_added) == ("staged", True, 1)
    assert "cost 250" in result.diff
    assert bare.costs() == NEW


def test_lost_reply_of_a_confirm(bare: BareRouter) -> None:
    stage(bare.router())
    result = bare.router(reply_lost(bare)).confirm("fw-2")
    assert (result.state, result.changed) == ("confirmed", True)
    assert bare.startup() == config(250)


@pytest.mark.parametrize("confirmed", [False, True])
def test_lost_reply_of_a_revert(bare: BareRouter, confirmed: bool) -> None:
    stage(bare.router())
    if confirmed:
        bare.router().confirm("fw-2")
    result = bare.router(reply_lost(bare)).revert("fw-2")
    assert (result.state, result.changed) == ("reverted", True)
    is_old_and_clean(bare)


def test_unreachable_after_the_connection_was_lost(bare: BareRouter) -> None:
    result = stage(bare.router(silent(reply_lost(bare)), minute_s=2.0))
    assert result.state == "unknown"
    assert "its own timer" in result.message
    wait_for("the router heals itself", lambda: bare.costs() == OLD and bare.leftovers() == [])


# -- reboots ---


def test_rebooted_while_pending(bare: BareRouter) -> None:
    stage(bare.router())
    bare.boot_anew()
    assert bare.costs() == OLD, "the startup configuration is the old one until the confirmation"
    assert bare.router().pending() is None
    assert bare.router().confirm("fw-2").state == "refused"
    is_old_and_clean(bare)
    assert classify_history(bare.router().history(), "fw-2") is Standing.ROLLED_BACK
    works_again(bare)


@pytest.mark.parametrize("step, costs", [("confirming", OLD), ("renamed", NEW)])
def test_rebooted_while_confirming(bare: BareRouter, step: str, costs: dict[str, int]) -> None:
    stage(bare.router())
    assert bare.router(silent(killed_at(bare, step))).confirm("fw-2").state == "unknown"
    bare.boot_anew()
    assert bare.costs() == costs
    told = bare.router().confirm("fw-2")
    assert told.state == ("confirmed" if costs == NEW else "refused")
    assert bare.costs() == costs
    assert bare.leftovers() == []


def test_frr_restarted_while_pending(bare: BareRouter) -> None:
    stage(bare.router())
    bare.restart_frr()
    refused = bare.router().confirm("fw-2")
    assert refused.state == "refused"
    assert "no longer what was staged" in refused.message
    assert bare.router().revert("fw-2").ok
    is_old_and_clean(bare)
