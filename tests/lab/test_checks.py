"""upgrade_check on a lab: a healthy network passes, and everything that is wrong is found, on both platforms.

Playbooks take most of the time, so what is wrong is wrong on all routers at once: two runs, and many questions to them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.network import IMPATIENCE
from tests.lab.conftest import booted
from tests.lab.lab_harness import CHECKOUT, Lab, poll

# A deploy and five playbooks that only read.
pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

DEPLOY = {"deploy_serial": ["100%"], "change_soak": 0.5, "change_deadline": 60, "change_confirm_minutes": 20}
CHRONYC = """#!/bin/sh
echo '{tracking}'
"""
SET = "C6336409,192.0.2.129,3,1.0,0.000012,0,0,1,2,3,4,5,64.0,Normal"
UNSET = "7F7F0101,,0,0.0,0,0,0,0,0,0,0,0,0.0,Not synchronised"
PENDING = """
- hosts: jkt-r1
  gather_facts: false
  tasks:
    - fairway.backbone.config_stage:
        text: 'interfaces { ge-0/0/2 { description "by hand"; } }'
        load: merge
        change_id: fw-waits
        confirm_minutes: 200
- hosts: sby-r2
  gather_facts: false
  tasks:
    - fairway.backbone.drain_stage:
        {action: drain, change_id: fw-drains, since: 1795255200, by: noc, reason: new optics, confirm_minutes: 200}
- hosts: sby-r1
  gather_facts: false
  tasks:
    - fairway.backbone.config_stage:
        text: 'interfaces { ge-0/0/2 { description "by hand"; } }'
        load: merge
        change_id: fw-drifts
        confirm_minutes: 200
    - fairway.backbone.config_confirm: {change_id: fw-drifts}
"""
MINE = [
    {
        "name": "uplink",
        "command": {"junos": "show interfaces terse ge-0/0/0", "frr": "show interface eth1"},
        "pick": r"(?:ge-0/0/0 +|line protocol is )(up|down)",
        "expect": {"equals": "up"},
        "why": "the uplink carries half of the site",
    },
    {
        "name": "prefixes",
        "state": "bgp.neighbors.*.accepted",
        "expect": {"within_percent": 5},
    },
    {"name": "old-release", "state": "software.version", "expect": {"matches": "^99"}, "severity": "warning"},
]


@dataclass
class Run:
    """A run of the playbook that ended, and the rows that it reported."""

    status: int
    output: str
    directory: Path

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / "checks" / "report.json").read_text(encoding="utf-8"))
        return found

    def rows(self, router: str, check: str) -> list[dict[str, Any]]:
        """The rows of a check, with those of the places where it failed."""
        rows = self.report["routers"][router]
        return [row for row in rows if row["check"] == check or row["check"].startswith(f"{check} ")]

    def marks(self, router: str) -> dict[str, str]:
        """What a router's checks came to."""
        return {row["check"]: row["mark"] for row in self.report["routers"][router]}

    @property
    def words(self) -> str:
        return " ".join(self.output.split())


class Checked:
    """A deployed lab that is checked."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab, self.directory, self.number = lab, directory, 0
        self.inventory = directory / "inventory"
        shutil.copytree(CHECKOUT / "inventory" / "lab", self.inventory)
        with (self.inventory / "group_vars" / "all.yml").open("a", encoding="utf-8") as file:
            file.writelines(f"{name}: {json.dumps(value)}\n" for name, value in IMPATIENCE.items())
            file.write('ansible_control_path: "%(directory)s/checks-%%h"\n')

    def run(self, playbook: str | Path, build: str, **variables: Any) -> Run:
        """Run a playbook on the controller to its end, without a terminal."""
        path = CHECKOUT / "playbooks" / playbook
        directory = self.directory / build
        argv = ["ansible-playbook", "-i", str(self.inventory), str(path), "-e", json.dumps(variables)]
        environment = {
            **self.lab.environment,
            "FAIRWAY_BUILD": str(directory),
            "FAIRWAY_REPORT_DIR": str(directory / "report"),
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "300",
        }
        done = subprocess.run(
            self.lab.command("exec", "ctl", "--", *argv), cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        return Run(done.returncode, done.stdout + done.stderr, directory)

    def check(self, build: str, **variables: Any) -> Run:
        return self.run("upgrade_check.yml", build, approval="auto", **variables)

    def shell(self, host: str, script: str) -> str:
        return self.lab.ask(host, "sh", "-c", script).stdout

    def clock(self, host: str, tracking: str) -> None:
        """What chrony says on an FRR router: the lab's have none of their own."""
        text = CHRONYC.format(tracking=tracking)
        self.shell(host, f"cat > /run/lab/bin/chronyc <<'END'\n{text}END\nchmod 0755 /run/lab/bin/chronyc")


@pytest.fixture(scope="module")
def world(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """All four routers deployed and converged."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "checks", "--minute", "5"):
        made = Checked(lab, tmp_path_factory.mktemp("checks"))
        deployed = made.run("deploy.yml", "deploy", **DEPLOY)
        assert deployed.status == 0, deployed.output
        lab.run("wait", "--timeout", "120", timeout=150)
        made.clock("sby-r2", SET)
        yield made


@pytest.fixture(scope="module")
def healthy(world: Checked) -> Run:
    """A run upon the healthy network, with checks of the inventory's own."""
    (world.inventory / "group_vars" / "routers" / "checks.yml").write_text(json.dumps({"checks_extra": MINE}))
    running = dict.fromkeys(("jkt-r1", "sby-r1"), "24.4R1.9") | dict.fromkeys(("jkt-r2", "sby-r2"), _frr_version(world))
    facts = {"version": "{{ running[inventory_hostname] }}", "package": ""}
    return world.check("healthy", checks_facts=facts, running=running)


def _frr_version(world: Checked) -> str:
    """What FRR's daemons call themselves, from the machine's own vtysh."""
    return world.shell("jkt-r2", "vtysh -c 'show version'").split()[1]


@pytest.fixture(scope="module")
def broken(world: Checked, healthy: Run) -> Run:
    """A run upon a network in which everything is wrong, compared with the healthy run's snapshot."""
    file = world.directory / "package.tgz"
    file.write_text("not the vendor's")
    pending = world.directory / "pending.yml"
    pending.write_text(PENDING)
    lab = world.lab
    for link in ("sby-r1:ge-0/0/3.0", "sby-r2:eth4"):
        lab.run("impair", link, "--down")
    done = world.run(pending, "pending")
    assert done.status == 0, done.output
    lab.run(
        "fault",
        "jkt-r1",
        "alarm:PEM 0 Not Powered",
        "core:/var/crash/rpd.core.0",
        "disk-free:64M",
        "ntp-unsynchronized",
    )
    world.shell("jkt-r2", "mkdir -p /var/tmp/frr/bgpd.9 && touch /var/tmp/frr/bgpd.9/crashlog && pkill -9 bfdd")
    world.shell("jkt-r2", "vtysh -c 'configure terminal' -c 'interface eth3' -c 'description by hand'")
    world.clock("jkt-r2", UNSET)
    poll(lambda: _peer(lab, "sby-r1", "203.0.113.0") != "Established", "sby-r1 loses carrier-b", 60.0)
    poll(lambda: _peer(lab, "sby-r2", "198.51.100.2") != "Established", "sby-r2 loses carrier-a", 60.0)
    facts = {
        "jkt-r1": {"version": "22.4R3.1", "package": str(world.directory / "nothing.tgz")},
        "sby-r1": {"version": "24.4R1.9", "package": str(file)},
        "jkt-r2": {"version": "99.1-1", "target_version": "99.1-1"},
        "sby-r2": {"version": _frr_version(world)},
    }
    return world.check(
        "broken",
        checks_snapshot=str(healthy.directory / "checks"),
        of_router=facts,
        checks_facts="{{ of_router[inventory_hostname] | combine({'checksum': 'sha256:' ~ ('0' * 64)}) }}",
    )


def _peer(lab: Lab, router: str, peer: str) -> str:
    told = lab.vtysh(router, "show bgp ipv4 unicast summary json")
    return str(told["peers"].get(peer, {}).get("state"))


# -- a healthy network -------------------------------------------------------------------------------------------------


def test_a_healthy_network_passes_and_says_what_was_looked_at(healthy: Run) -> None:
    assert healthy.status == 0, healthy.output
    for router in ("jkt-r1", "jkt-r2", "sby-r1", "sby-r2"):
        marks = healthy.marks(router)
        assert {check for check, mark in marks.items() if mark == "bad"} == set(), healthy.output
        good = {check for check, mark in marks.items() if mark == "good"}
        assert good >= {
            "reachable", "version", "pending-software", "alarms", "cores", "storage", "bgp", "ospf", "interfaces",
            "commit-pending", "commit-uncommitted", "commit-lock", "drift", "drained", "redundancy", "uplink",
        }, healthy.output  # fmt: skip
        assert f"{router}:" in healthy.output.splitlines()
    assert healthy.marks("jkt-r1")["ntp"] == healthy.marks("sby-r2")["ntp"] == "good"
    assert healthy.marks("jkt-r2")["ntp"] == "skipped", "nothing on that router tells"
    assert "goes on: approval=auto" in healthy.words


def test_expect_and_actual_stand_side_by_side(healthy: Run) -> None:
    lines = [line.split(maxsplit=3) for line in healthy.output.splitlines()]
    assert ["✓", "version", "24.4R1.9", "24.4R1.9"] in lines, healthy.output
    assert any(line[:2] == ["✓", "jkt-r2"] for line in lines), "a row per router at the end"


def test_a_users_warning_is_seen_and_does_not_fail(healthy: Run) -> None:
    (row,) = healthy.rows("jkt-r2", "old-release")
    assert (row["mark"], row["expect"]) == ("warning", "like ^99")
    assert "! jkt-r2" not in healthy.output


def test_the_report_is_a_page_of_its_own_and_for_its_owner_only(healthy: Run) -> None:
    page = healthy.directory / "checks" / "report.html"
    text = page.read_text(encoding="utf-8")
    assert "jkt-r1" in text
    assert "<script" not in text
    assert page.stat().st_mode & 0o077 == 0
    state = json.loads((page.parent / "sby-r2.json").read_text(encoding="utf-8"))["state"]
    assert state["software"]["package"], "the next run's snapshot"


# -- a broken one ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "router, check, actual",
    [
        ("jkt-r1", "alarms", "major: PEM 0 Not Powered"),
        ("jkt-r2", "alarms", "major: routing daemon bfdd does not answer"),
        ("jkt-r1", "cores", "/var/crash/rpd.core.0"),
        ("jkt-r2", "cores", "/var/tmp/frr/bgpd.9/crashlog"),
        ("jkt-r1", "version", "24.4R1.9"),
        ("jkt-r2", "version", ""),
        ("jkt-r1", "storage", "0.1G"),
        ("jkt-r1", "package", "absent"),
        ("sby-r1", "package", "sha256:"),
        ("jkt-r2", "package", ""),
        ("sby-r1", "bgp 203.0.113.0", ""),
        ("sby-r2", "bgp 198.51.100.2", ""),
        ("sby-r1", "prefixes 203.0.113.0", "0"),
        ("jkt-r1", "commit-pending", "change_id fw-waits"),
        ("sby-r2", "commit-pending", "change_id fw-drains"),
        ("jkt-r2", "commit-uncommitted", "yes"),
        ("sby-r1", "drift", "2"),
        ("jkt-r2", "drift", "not compared: "),
        ("sby-r2", "drained", "drained since 2026-11-21T10:00:00Z by noc, change fw-drains (new optics)"),
        ("sby-r1", "redundancy", "sby-r2: a confirmed commit is pending"),
        ("jkt-r2", "redundancy", "jkt-r1: a confirmed commit is pending"),
        ("jkt-r1", "redundancy", "jkt-r2: "),
        ("jkt-r1", "ntp", "no"),
        ("jkt-r2", "ntp", "no"),
    ],
)
def test_what_is_wrong_is_found(broken: Run, router: str, check: str, actual: str) -> None:
    rows = broken.rows(router, check)
    assert rows, broken.output
    assert [row["mark"] for row in rows] == ["bad"] * len(rows), (rows, broken.output)
    assert rows[0]["actual"].startswith(actual), (rows, broken.output)


def test_what_is_right_is_not_blamed(broken: Run) -> None:
    assert broken.marks("sby-r1")["version"] == "good"
    assert broken.marks("sby-r1")["alarms"] == "good"
    assert broken.marks("sby-r2")["commit-uncommitted"] == "good"
    assert broken.marks("sby-r2")["ntp"] == "good"


def test_a_router_that_is_not_as_expected_fails_the_run_and_says_what_to_do(broken: Run) -> None:
    assert broken.status != 0
    for router in ("jkt-r1", "jkt-r2", "sby-r1", "sby-r2"):
        assert f"{router} does not go on" in broken.words, broken.output
    assert "✗ alarms: expected none, found major: PEM 0 Not Powered (mend what it says first" in broken.words
    assert not broken.report["passed"]


def test_a_router_that_does_not_answer_is_a_failed_check(world: Checked, broken: Run) -> None:
    world.lab.run("fault", "sby-r1", "refuse-connect")
    try:
        run = world.check("gone", check_hosts="sby-r1", checks_profile=["alarms"])
    finally:
        world.lab.run("fault", "sby-r1", "none")
    assert run.status != 0
    assert run.marks("sby-r1") == {"reachable": "bad"}, run.output


# -- runs that mean nothing ------------------------------------------------------------------------------------------


def test_without_a_terminal_it_says_what_it_needs_and_asks_no_router(world: Checked) -> None:
    run = world.run("upgrade_check.yml", "nobody")
    assert run.status != 0
    assert "approval=auto" in run.words, run.output
    assert not (run.directory / "checks").exists()


def test_a_misspelt_check_is_told_with_what_to_write(world: Checked) -> None:
    wrong = [{"name": "optics", "state": "alarms", "expects": {"empty": True}}]
    run = world.check("misspelt", check_hosts="jkt-r2", checks_extra=wrong)
    assert run.status != 0
    assert "check optics: unknown key 'expects'; known are name, state, command," in run.words, run.output


def test_an_approval_fits_the_next_run_although_its_numbers_differ(world: Checked) -> None:
    """The load of a router and its free storage are in the lines that are shown, and never the same twice."""
    asked = world.run("upgrade_check.yml", "outside", approval="external", check_hosts="jkt-r1")
    assert asked.status == 0, asked.output
    (gate,) = (asked.directory / "gates").glob("*.json")
    world.shell("jkt-r1", "dd if=/dev/zero of=/var/tmp/more bs=1M count=3 2>/dev/null")
    given = world.run("upgrade_check.yml", "outside", approval="external", approved=[gate.stem], check_hosts="jkt-r1")
    assert given.status == 0, given.output
    record = json.loads(gate.read_text(encoding="utf-8"))
    assert (record["answer"], record["by"]) == ("continue", "approval"), given.output
