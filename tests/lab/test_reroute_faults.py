"""reroute when things go wrong in the middle: the new way is sick, the controller dies, two controllers act at once.

Whatever happens, both ends of a path end alike, nothing is left pending, and the next run works.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import booted
from .lab_harness import poll
from .reroute_lab import MINUTE_S, NORMAL, STEERED, Scene, Steered

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

# Requests of a Junos router that can be made to wait: the last moment of staging, and the confirmation.
COMMIT, CONFIRM = "commit-configuration/confirmed", "commit-configuration/plain"
# What is asked before anything is staged: while reading what is steered, and when the change begins.
READ, LOCK = "get-commit-information", "lock-configuration"
HOLD_S = 120
SHORT = ["-e", "reroute_confirm_minutes=3", "-e", "reroute_deadline=8"]
TIMER_S = 3 * MINUTE_S + 60.0


@pytest.fixture(scope="module")
def steered(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    """Four deployed routers, and servers that say what a test wants them to."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "steerf", "--minute", str(MINUTE_S)):
        made = Steered(lab, tmp_path_factory.mktemp("scenes"))
        made.deploy()
        with made.serving():
            yield made


@pytest.fixture
def scene(steered: Steered) -> Iterator[Scene]:
    with steered.scene() as made:
        yield made


def pending(scene: Scene, router: str) -> bool:
    return bool(scene.lab.junos(router, op="status")["routers"][0]["pending"])


def next_run_works(scene: Scene) -> None:
    """The loop goes on without help: the path is steered on both ends, by this run or already."""
    run = scene.run()
    assert run.status == 0, run.output
    assert scene.costs("north") == STEERED, run.output
    assert scene.at_rest()


def test_a_new_way_that_turns_sick_is_left_again_on_both_ends(scene: Scene) -> None:
    scene.sick("north")
    paths = {name: dict(path) for name, path in scene.state["paths"].items()}
    paths[f"{scene.name}/south"].update(sick=1, loss=0.2, healthy_s=0)
    # Decided upon the first answer; what is asked after that is asked for the proof.
    scene.state.update(after=1, then={"paths": paths})
    scene.write()
    run = scene.run("-e", "reroute_deadline=4")
    assert run.status != 0, run.output
    assert run.changes("north") == [("steer", "staged"), ("steer", "reverted")]
    assert "path" in run.words
    assert "south" in next(e for e in run.events if e.get("state") == "reverted")["results"][0]["message"]
    assert scene.costs("north") == NORMAL["north"]
    assert scene.at_rest()


def test_users_who_lose_more_than_before_take_the_change_back(scene: Scene) -> None:
    scene.sick("north")
    scene.state.update(after=1, then={"sites": {"jkt>sby": 0.5, "sby>jkt": 0.0}})
    scene.write()
    run = scene.run("-e", "reroute_deadline=4")
    assert run.status != 0, run.output
    assert run.changes("north")[-1] == ("steer", "reverted")
    assert "site jkt to sby" in run.words
    assert scene.costs("north") == NORMAL["north"]


def asked(scene: Scene, router: str, request: str) -> bool:
    """Whether a router was asked that, since its requests were last forgotten."""
    told = scene.lab.junos(router, op="requests")["routers"][0]["requests"]
    return request in [one["rpc"] for one in told]


@pytest.mark.parametrize("request_name", [READ, LOCK])
def test_killed_before_anything_is_staged(scene: Scene, request_name: str) -> None:
    scene.sick("north")
    scene.lab.junos("jkt-r1", op="faults", set=[f"delay@{request_name}:{HOLD_S}"])
    scene.lab.junos("jkt-r1", op="clear-requests")
    running = scene.start("-e", f"reroute_read_timeout={HOLD_S}", "-e", f"ansible_command_timeout={HOLD_S}")
    running.until("jkt-r1 is asked", lambda: asked(scene, "jkt-r1", request_name))
    running.kill()
    assert scene.costs("north") == NORMAL["north"]
    scene.lab.junos("jkt-r1", op="faults", set=[])
    scene.settled("north", NORMAL["north"])
    next_run_works(scene)


def test_killed_while_one_end_is_staged(scene: Scene) -> None:
    scene.sick("north")
    scene.lab.junos("sby-r1", op="faults", set=[f"delay@{COMMIT}:{HOLD_S}"])
    running = scene.start(*SHORT)
    running.until("jkt-r1 is staged", lambda: pending(scene, "jkt-r1"))
    running.kill()
    scene.lab.junos("sby-r1", op="faults", set=[])
    scene.settled("north", NORMAL["north"], TIMER_S)
    next_run_works(scene)


def test_killed_after_both_ends_are_staged(scene: Scene) -> None:
    scene.sick("north")
    # The deadline leaves room: a first look that is late would be too late, and the change taken back at once.
    running = scene.start(*SHORT, "-e", "reroute_deadline=14", "-e", "reroute_soak=7")
    running.until("both are staged", lambda: pending(scene, "jkt-r1") and pending(scene, "sby-r1"))
    running.until("the log has it", lambda: "staged" in [event.get("state") for event in scene.events()])
    running.kill()
    scene.settled("north", NORMAL["north"], TIMER_S)
    next_run_works(scene)


def test_killed_while_confirming_the_ends_are_made_alike_by_the_next_run(scene: Scene) -> None:
    """One end has it for good, the other takes it back: nobody is left but the next run."""
    scene.sick("north")
    scene.lab.junos("sby-r1", op="faults", set=[f"delay@{CONFIRM}:{HOLD_S}"])
    running = scene.start()  # the timer must outlive the proof, also on a busy machine
    running.until("sby-r1 is staged", lambda: pending(scene, "sby-r1"))
    kept = STEERED[0]
    # In this order: a router that has the cost, and after that nothing pending, has confirmed it.
    running.until("jkt-r1 is confirmed", lambda: scene.costs("north")[0] == kept and not pending(scene, "jkt-r1"))
    running.kill()
    # The request waits longer than the timer runs: clearing the fault now would let it be confirmed after all.
    uneven = [STEERED[0], NORMAL["north"][1]]
    poll(lambda: scene.costs("north") == uneven, "sby-r1 takes its end back", 9 * MINUTE_S + 60.0, 0.5)
    scene.lab.junos("sby-r1", op="faults", set=[])
    poll(scene.at_rest, "every router is at rest", TIMER_S, 0.5)
    next_run_works(scene)


def test_an_end_that_cannot_be_taken_leaves_the_other_alone(scene: Scene) -> None:
    """The ends are taken in one order: whoever does not get the first moves no traffic there and back."""
    scene.sick("north")
    scene.lab.junos("sby-r1", op="clear-requests")
    # The first is the look for who holds it, before the decision.
    scene.lab.junos("jkt-r1", op="faults", set=[f"drop@{LOCK}:2+"])
    run = scene.run()
    assert run.status != 0, run.output
    assert "left alone, as jkt-r1, which comes before it, could not be taken" in run.words
    assert not asked(scene, "sby-r1", "commit-configuration"), run.output
    assert scene.costs("north") == NORMAL["north"]
    scene.lab.junos("jkt-r1", op="faults", set=[])
    next_run_works(scene)


def test_two_executors_at_once_make_one_change(scene: Scene) -> None:
    scene.sick("north")
    runs = [running.wait() for running in [scene.start(), scene.start()]]
    said = [run.output for run in runs]
    assert scene.costs("north") == STEERED, said
    assert scene.at_rest()
    # Whoever came second left both ends alone: nothing was put there and taken back.
    changes = [change for run in runs for change in run.changes("north")]
    assert ("steer", "reverted") not in changes, said
    next_run_works(scene)
    confirmed = [event for event in scene.events() if event.get("state") == "confirmed"]
    assert len({event["change"] for event in confirmed}) == 1, said
