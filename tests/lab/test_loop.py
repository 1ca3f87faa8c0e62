"""The whole loop by itself: real probes, alerts, hook and runner move traffic off a sick path and back; nobody helps.

The tests stand on each other's lab, in this order. Costs are asked of the routing daemons, below NETCONF and our own
programs; what was decided and done comes from the audit log of the hook's runs.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import booted
from .lab_harness import CHECKOUT, Lab, poll

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

PATH = "jkt-sby/north"
NORTH = (("jkt-r1", "ge-0_0_0.0"), ("sby-r1", "ge-0_0_0.0"))
SOUTH = (("jkt-r2", "eth1"), ("sby-r2", "eth1"))
NORMAL, STEERED, SOUTH_NORMAL = [100, 100], [1000, 1000], [150, 150]
PROMETHEUS = "http://192.0.2.129:9090/api/v1/query"
WATCHED = "count(path:fresh:bool == 1 and path:sick:bool == 0)"
STOP = 'cd ~/.config/systemd/user && for unit in *.timer *.service; do systemctl --user stop "$unit"; done'
# The path is sick for TURN_S and well for TURN_S, TURNS times.
TURN_S, TURNS = 6, 6
# Limits of inventory/lab: a restore is never sooner than this after the steer before it.
HOLD_DOWN_S = 20
STEPS = ["staged", "proven", "confirmed"]


class Loop:
    """A deployed lab that is observed, and what is known of it."""

    def __init__(self, lab: Lab, build: Path) -> None:
        self.lab, self.build = lab, build

    @property
    def home(self) -> Path:
        """The home of the controller's user, as it is on the machine."""
        return self.lab.state.host("ctl") / "home" / "root"

    def play(self, playbook: str, *arguments: str) -> None:
        """Run a playbook on the controller; it must succeed."""
        programs = Path(sys.executable).parent
        environment = {"FAIRWAY_BUILD": str(self.build), "FAIRWAY_REPORT_DIR": str(self.build)}
        environment["PATH"] = f"{programs}:{os.environ['PATH']}"
        argv = (str(programs / "ansible-playbook"), "-i", "inventory/lab", f"playbooks/{playbook}.yml", *arguments)
        self.lab.exec("ctl", *argv, environment=environment, cwd=CHECKOUT, timeout=400)

    def watched(self) -> bool:
        """Whether both paths are measured, and healthy."""
        argv = ("curl", "-s", "--max-time", "10", PROMETHEUS, "--data-urlencode", f"query={WATCHED}")
        text = self.lab.exec("ctl", *argv, check=False).stdout
        result = json.loads(text)["data"]["result"] if text else []
        return bool(result) and float(result[0]["value"][1]) == 2

    def costs(self, ends: tuple[tuple[str, str], ...] = NORTH) -> list[int]:
        """What the routing daemons have as cost of both ends of a path."""
        asked = "show ip ospf interface json"
        return [int(self.lab.vtysh(host, asked)["interfaces"][interface]["cost"]) for host, interface in ends]

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """The audit log so far; a line that is being written is not read yet."""
        file = self.home / "state" / "build" / "audit.jsonl"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")][since:]

    def changes(self, since: int = 0) -> list[dict[str, Any]]:
        """Every event of a change."""
        return [event for event in self.events(since) if event["event"] == "change"]

    def at_rest(self) -> bool:
        """No unconfirmed commit on either end of the path."""
        return not any(self.lab.junos(host, op="status")["routers"][0]["pending"] for host, _interface in NORTH)

    def becomes(self, costs: list[int], action: str, since: int) -> None:
        """By itself the path comes to have these costs on both ends, staged, proven and confirmed in one change."""

        def there() -> bool:
            last = [event["state"] for event in self.changes(since) if event["action"] == action]
            return last[-1:] == ["confirmed"] and self.at_rest() and self.costs() == costs

        poll(there, f"{PATH} is at {costs} by {action}", 240.0, 0.5)
        made = self.changes(since)[-len(STEPS) :]
        assert [(event["action"], event["path"]) for event in made] == [(action, PATH)] * len(STEPS), made
        assert [event["state"] for event in made] == STEPS, made
        assert len({event["change"] for event in made}) == 1, made

    def users_lose_nothing(self) -> None:
        """Users' packets arrive, all of a series."""
        argv = ("ping", "-q", "-i", "0.1", "-c", "30", "-W", "1", "-I", "192.0.2.11", "192.0.2.12")

        def all_arrive() -> bool:
            return " 0% packet loss" in self.lab.ask("jkt-probe", *argv, check=False).stdout

        poll(all_arrive, "no packet is lost between the sites", 60.0, 0.1)


@pytest.fixture(scope="module")
def loop(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """inventory/lab, deployed and observed."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "loop"):
        made = Loop(lab, tmp_path_factory.mktemp("build"))
        made.play("deploy", "-e", json.dumps({"deploy_serial": ["100%"], "change_soak": 1}))
        lab.run("wait", "--timeout", "60")
        made.play("observe")
        poll(made.watched, "both paths are measured and healthy", 120.0, 0.5)
        yield made


def test_a_sick_path_is_left_and_a_new_controller_with_an_empty_disk_takes_it_back(loop: Loop) -> None:
    before = len(loop.events())
    loop.lab.run("impair", "north", "--loss", "30%")
    loop.becomes(STEERED, "steer", before)
    loop.users_lose_nothing()
    decided = [event for event in loop.events() if event["event"] == "decision" and event["verdict"] == "steer"]
    assert {event["path"] for event in decided} == {PATH}

    loop.lab.exec("ctl", "sh", "-c", STOP, timeout=180)
    for name in ("etc", "state", ".ansible", ".config/systemd"):
        shutil.rmtree(loop.home / name, ignore_errors=True)
    assert loop.events() == []
    loop.play("observe")
    assert loop.costs() == STEERED, "nobody but the routers knew"

    loop.lab.heal()
    loop.becomes(NORMAL, "restore", 0)
    assert loop.costs(SOUTH) == SOUTH_NORMAL
    assert "steer" not in {event["action"] for event in loop.changes()}


def flips(loop: Loop, since: int) -> list[dict[str, Any]]:
    """The changes that were made for good."""
    return [event for event in loop.changes(since) if event["state"] == "confirmed"]


def test_a_flapping_path_moves_seldom_and_comes_back_when_it_is_calm(loop: Loop) -> None:
    poll(loop.watched, "both paths are measured and healthy", 120.0, 0.5)
    began, start = len(loop.events()), time.monotonic()
    turns = 0
    # As often as is said, and on a busy machine until somebody had the time to notice.
    while turns < TURNS or (not flips(loop, began) and time.monotonic() - start < 240.0):
        turns += 1
        # The flapping is the stimulus: these two sleeps wait for nothing.
        loop.lab.run("impair", "north", "--loss", "30%")
        time.sleep(TURN_S)
        loop.lab.heal()
        time.sleep(TURN_S)
        assert loop.costs(SOUTH) == SOUTH_NORMAL, "the other way is never left"
    made = flips(loop, began)
    assert made, "a path that is sick half of the time is left"
    assert len(made) <= 2 + 2 * (time.monotonic() - start) // HOLD_DOWN_S, made
    assert [event["action"] for event in made] == [("steer", "restore")[i % 2] for i in range(len(made))], made

    def calm() -> bool:
        return loop.at_rest() and loop.costs() == NORMAL and loop.watched()

    poll(calm, f"{PATH} is normal again", 300.0, 0.5)
    loop.users_lose_nothing()
    assert {event["path"] for event in loop.changes(began)} == {PATH}
