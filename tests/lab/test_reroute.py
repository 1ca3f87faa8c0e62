"""reroute on real routers: it moves traffic when it should, refuses when it should not, and says why."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import booted
from .lab_harness import CHECKOUT
from .reroute_lab import HOLD_DOWN_S, NORMAL, STEERED, Run, Scene, Steered, alert

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

DECIDED = {"path", "live", "alert", "measured", "decision", "guard", "reason"}


@pytest.fixture(scope="module")
def steered(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    """Four deployed routers, and servers that say what a test wants them to."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "steer", "--minute", "5"):
        made = Steered(lab, tmp_path_factory.mktemp("scenes"))
        made.deploy()
        with made.serving():
            yield made


@pytest.fixture
def scene(steered: Steered) -> Iterator[Scene]:
    with steered.scene() as made:
        yield made


def refused(run: Run, path: str, guard: str, verdicts: tuple[str, ...] = ("refuse", "hold")) -> dict[str, Any]:
    """The run ended well, changed nothing, and wrote down which guard spoke."""
    assert run.status == 0, run.output
    assert run.changes() == []
    told = run.decision(path)
    assert told["verdict"] in verdicts, told
    assert told["guard"] == guard, told
    assert told["reason"]
    assert told["reason"] in run.words
    return told


def test_it_steers_on_an_alert_does_nothing_twice_and_restores_after_measured_health(scene: Scene) -> None:
    scene.sick("north")
    first = scene.run()
    assert first.status == 0, first.output
    assert first.changes("north") == [("steer", "staged"), ("steer", "proven"), ("steer", "confirmed")]
    assert (scene.costs("north"), scene.costs("south")) == (STEERED, NORMAL["south"])
    assert set(first.output.split()) >= DECIDED

    second = scene.run()
    assert refused(second, "north", "hold_down")["reason"] == "steered; still measured sick"
    assert "changed=0" in second.output
    assert scene.word.read_text() == "", "only an event can end it"

    scene.healed("north", HOLD_DOWN_S / 2)
    asked = time.time()
    assert f"of {HOLD_DOWN_S // 60} min" in refused(scene.run(), "north", "hold_down")["reason"]
    again = float(scene.word.read_text())
    assert asked + HOLD_DOWN_S / 2 - 5 <= again <= time.time() + HOLD_DOWN_S / 2 + 7, "when the hold-down has ended"

    scene.healed("north", HOLD_DOWN_S + 30)
    back = scene.run()
    assert back.status == 0, back.output
    assert back.changes("north") == [("restore", "staged"), ("restore", "proven"), ("restore", "confirmed")]
    assert scene.costs("north") == NORMAL["north"]
    assert scene.at_rest()


def test_shadow_mode_decides_the_same_and_changes_nothing(scene: Scene) -> None:
    scene.sick("north")
    run = scene.run("--check")
    assert run.status == 0, run.output
    told = run.decision("north")
    assert (told["verdict"], told["mode"]) == ("steer", "shadow")
    assert run.changes() == []
    assert scene.costs("north") == NORMAL["north"]


def test_a_person_steers_and_restores_an_frr_path_also_when_nothing_is_measured(scene: Scene) -> None:
    scene.state["prometheus"] = "down"
    scene.write()
    there = scene.by_hand("south", "steered")
    assert there.status == 0, there.output
    assert there.changes("south")[-1] == ("steer", "confirmed")
    assert scene.costs("south") == STEERED
    assert {event["by"] for event in there.events} == {"hand"}

    again = scene.by_hand("south", "steered")
    assert (again.status, again.changes()) == (0, []), again.output

    scene.calm()
    assert scene.run().changes() == [], "what a person steered, a person brings back"
    # Also onto a path that is sick: the person knows.
    scene.sick("south")
    scene.state["then"], scene.state["after"] = {"sites": {"jkt>sby": 0.3, "sby>jkt": 0.3}}, 1
    scene.write()
    back = scene.by_hand("south", "normal")
    assert back.status == 0, back.output
    assert scene.costs("south") == NORMAL["south"]


@pytest.mark.parametrize(
    "options, says",
    [
        (["-e", "path=nowhere/north", "-e", "want=steered"], "path=nowhere/north is none of steering.paths, which has"),
        (["-e", "path=SCENE/north"], "path=SCENE/north without want: say -e want=steered to move traffic off the path"),
        (["--limit", "jkt-r1"], "Run it without --limit"),
        (["-e", "reroute_payload=/nonexistent.json"], "the payload /nonexistent.json cannot be read"),
        (["-e", "reroute_alertmanager_url="], "nobody can be asked which alerts fire: set reroute_alertmanager_url"),
    ],
)
def test_a_question_that_makes_no_sense_is_an_error(scene: Scene, options: list[str], says: str) -> None:
    run = scene.run(*[option.replace("SCENE", scene.name) for option in options])
    assert run.status != 0, run.output
    assert says.replace("SCENE", scene.name) in run.words
    assert run.events == []


def test_what_is_frozen_stays_and_a_thaw_lets_it_go_on(scene: Scene) -> None:
    scene.sick("north")
    why = ["-e", "freeze=true", "-e", json.dumps({"reason": "south is being spliced", "minutes": 60})]
    began = time.time()
    assert scene.run(*why, playbook="freeze.yml").status == 0
    told = refused(scene.run(), "north", "frozen")
    assert "south is being spliced" in told["reason"]
    assert began + 3595 <= told["evidence"]["until"] <= time.time() + 3600, "an hour, whatever the time zone"
    assert scene.run("-e", "freeze=false", playbook="freeze.yml").status == 0
    run = scene.run()
    assert run.changes("north")[-1] == ("steer", "confirmed"), run.output


def test_the_last_path_is_never_taken_and_of_two_sick_ones_neither(scene: Scene) -> None:
    scene.sick("north", "south")
    run = scene.run()
    refused(run, "north", "last_path")
    refused(run, "south", "last_path")
    assert (scene.costs("north"), scene.costs("south")) == (NORMAL["north"], NORMAL["south"])


@contextmanager
def unreachable(scene: Scene) -> Iterator[None]:
    rules = "add table inet hostile; add chain inet hostile out { type filter hook output priority 0; };"
    scene.lab.exec(
        "ctl", "nft", f"{rules} add rule inet hostile out ip daddr 192.0.2.133 tcp dport {{ 22, 830 }} reject"
    )
    yield


@contextmanager
def locked(scene: Scene) -> Iterator[None]:
    """Somebody else holds the lock of one end, over NETCONF."""
    program = str(CHECKOUT / "tests" / "hostile" / "other_person.py")
    with subprocess.Popen(
        scene.lab.command("exec", "ctl", "--", "python", program, "192.0.2.133", "lock"),
        cwd=CHECKOUT, env=scene.lab.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as person:  # fmt: skip
        assert person.stdout is not None
        assert person.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            person.communicate(timeout=30)


@pytest.mark.parametrize(
    "fault, says", [(unreachable, "sby-r1 no answer"), (locked, "sby-r1")], ids=["unreachable", "locked"]
)
def test_a_router_that_is_busy_refuses_the_path_and_both_ends_stay_alike(
    scene: Scene, fault: Callable[[Scene], AbstractContextManager[None]], says: str
) -> None:
    scene.sick("north")
    with fault(scene):
        told = refused(scene.run("-e", "reroute_read_timeout=10"), "north", "router_busy")
    assert says in told["reason"]
    assert scene.costs("north") == NORMAL["north"]


@pytest.mark.parametrize(
    "server, mode",
    [
        ("prometheus", "down"),
        ("prometheus", "slow"),
        ("prometheus", "error"),
        ("alertmanager", "slow"),
        ("alertmanager", "nested"),
        ("alertmanager", "bytes"),
    ],
)
def test_a_server_that_is_down_slow_or_out_of_its_mind_moves_nothing(scene: Scene, server: str, mode: str) -> None:
    scene.sick("north")
    scene.state[server] = mode
    scene.write()
    run = scene.run("-e", "reroute_timeout=2")
    assert run.status == 0, run.output
    assert run.changes() == []
    assert run.decision("north")["verdict"] == "hold"
    assert run.seconds < 60


@pytest.mark.parametrize("mode", ["stale", "old"])
def test_a_prometheus_that_answers_with_yesterdays_news_is_not_believed(scene: Scene, mode: str) -> None:
    """Its rules stopped two minutes ago; or something in between answers what it was told ten minutes ago."""
    scene.sick("north")
    scene.state["prometheus"] = mode
    scene.write()
    told = refused(scene.run(), "north", "stale_telemetry")
    assert told["evidence"]["fresh"] is False


def hostile_alerts(scene: Scene, mark: Path) -> list[Any]:
    """What somebody sends who may send alerts: commands, odd types, names nobody has; a thousand of them."""
    command = f"{{{{ lookup('pipe', 'touch {mark}') }}}}"
    odd: list[Any] = [
        None, 7, "text", [], {}, {"labels": None}, {"labels": {"action": ["reroute"]}},
        alert("../../etc", "passwd"), alert(command, command), alert(scene.name, "north\n"), alert("x" * 500, "y"),
        alert(scene.name, "north", alertname=command, severity=command),
        {**alert(scene.name, "north"), "annotations": {"summary": command}, "startsAt": command},
        {**alert(scene.name, "south"), "status": {"state": "suppressed", "silencedBy": ["me"], "inhibitedBy": []}},
        alert(scene.name, "south", alertname="DatasourceNoData"),
    ]  # fmt: skip
    return odd + [alert(f"nowhere-{number}", "north", alertname=command) for number in range(1000)]


def test_hostile_alerts_do_nothing_but_be_told_of(scene: Scene) -> None:
    mark = scene.directory / "executed"
    scene.sick("north")
    scene.state["alerts"] += hostile_alerts(scene, mark)
    scene.write()
    run = scene.run()
    assert run.status == 0, run.output
    assert not mark.exists()
    assert "lookup(" not in scene.audit.read_text(encoding="utf-8")
    assert run.changes("north")[-1] == ("steer", "confirmed")
    assert scene.costs("south") == NORMAL["south"]
    unknown = [event for event in run.events if event.get("guard") == "unknown_path"]
    assert len(unknown) == 100, "the storm is told of, and is not one itself"


def test_without_an_alertmanager_a_saved_payload_says_what_fires(scene: Scene, tmp_path: Path) -> None:
    scene.sick("north")
    scene.state["alerts"] = []
    scene.write()
    told = {**alert(scene.name, "north"), "status": "firing"}
    payload = tmp_path / "payload.json"
    payload.write_text(json.dumps({"version": "4", "status": "firing", "alerts": [told, None]}), encoding="utf-8")
    run = scene.run("-e", f"reroute_payload={payload}", "-e", "reroute_alertmanager_url=")
    assert run.changes("north")[-1] == ("steer", "confirmed"), run.output
