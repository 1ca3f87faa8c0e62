"""Steering through ansible-playbook on the lab: all actions on both platforms, and deploys in the middle of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.network import FRR, JUNOS, ROUTERS, Change, Network
from tests.lab.conftest import booted
from tests.lab.lab_harness import CHECKOUT, poll

# A dozen playbooks, and two deploys.
pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

SINCE = 1795255200
PATHS = """\
    exit/jkt:
      action: policy_term
      members:
        - {router: jkt-r1, policy: to-carrier, term: out-of-service}
        - {router: jkt-r2, policy: to-carrier, term: out-of-service}
      alternates: [jkt-sby/south]
    static/sby:
      action: static_route
      value: 192.0.2.68
      members:
        - {router: sby-r1, prefix: 192.0.2.0/24}
        - {router: sby-r2, prefix: 192.0.2.0/24}
      alternates: [jkt-sby/south]
"""
ENDS = {
    "jkt-sby/north": ("jkt-r1", "sby-r1"),
    "jkt-sby/south": ("jkt-r2", "sby-r2"),
    "exit/jkt": ("jkt-r1", "jkt-r2"),
    "static/sby": ("sby-r1", "sby-r2"),
}
DEED = """
- hosts: HOSTS
  gather_facts: false
  vars: {named: NAMED}
  tasks:
    - fairway.backbone.steering_state: {}
      register: steering_now
    - fairway.backbone.steering_stage:
        action: "{{ deed }}"
        path: PATH
        change_id: "{{ named }}"
        since: 1795255200
        base: "{{ steering_now.live.token }}"
      register: change_stage
    - fairway.backbone.config_confirm: {change_id: "{{ named }}"}
"""
READ = """
- hosts: all
  gather_facts: false
  tasks:
    - fairway.backbone.steering_state: {tolerate: true, timeout: "{{ patience | default(30) }}"}
      register: steering_now
    - ansible.builtin.copy:
        content: "{{ steering_now | to_json }}"
        dest: "{{ out }}/{{ inventory_hostname }}.json"
        mode: "0600"
      delegate_to: localhost
      connection: local
"""
# A colleague deploys what was rendered before a reroute came in between.
BETWEEN = """
- hosts: all
  gather_facts: false
  vars: {path: "{{ 'jkt-sby/north' if ansible_network_os == 'junos' else 'jkt-sby/south' }}"}
  tasks:
    - ansible.builtin.include_role: {name: fairway.backbone.render}
    - fairway.backbone.steering_stage: {action: steer, path: "{{ path }}", change_id: fw-between, since: 1795255200}
    - fairway.backbone.config_confirm: {change_id: fw-between}
    - block:
        - ansible.builtin.include_role: {name: fairway.backbone.compare}
      rescue:
        - ansible.builtin.debug: {msg: "told: {{ compare_result.message }}"}
"""


class World:
    """A lab with deployed routers, and paths of every action in its intent."""

    def __init__(self, network: Network) -> None:
        self.network, self.changes = network, 0
        self.change = self.rendered()

    def rendered(self, *, change: bool = False) -> Change:
        """The intent as it is deployed, or with a new description on every router."""
        made = self.network.change()
        made.edit("group_vars/routers/steering.yml", "  paths:\n", f"  paths:\n{PATHS}")
        if not change and self.changes:
            for router in ROUTERS:
                made.edit(f"host_vars/{router}.yml", f"round {made.number} probe", f"round {self.change.number} probe")
        made.options = {"change_deadline": 60, "change_lock_wait": 30}
        return made

    def deploy(self) -> None:
        """Push the intent and confirm it on every router."""
        with self.network.deploying(self.change) as deploy:
            run = deploy.wait(240)
        assert run.status == 0, run.output
        assert {row["result"] for row in run.rows.values()} == {"confirmed"}, run.output

    def play(self, text: str, *limit: str, on: Change | None = None, **variables: Any) -> str:
        """Run a playbook on the lab's controller; it must succeed. Returns its words."""
        change = on or self.change
        self.changes += 1
        file = change.directory / f"play-{self.changes}.yml"
        file.write_text(text)
        done = self._ansible(change, str(file), *limit, **variables)
        assert done.returncode == 0, done.stdout
        return " ".join(done.stdout.split())

    def _ansible(
        self, change: Change, playbook: str, *limit: str, **variables: Any
    ) -> subprocess.CompletedProcess[str]:
        argv = ["ansible-playbook", "-i", str(change.inventory), playbook, "-e", json.dumps(variables)]
        argv += ["--limit", ",".join(limit or ROUTERS)]
        environment = {**self.network.environment(change), "ANSIBLE_STDOUT_CALLBACK": "default"}
        return subprocess.run(
            self.network.lab.command("exec", "ctl", "--", *argv), cwd=CHECKOUT, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
            check=False,
        )  # fmt: skip

    def do(self, deed: str, *paths: str) -> dict[str, str]:
        """Steer or restore paths at all their ends; returns the changes' names."""
        named = {path: f"fw-{deed}-{self.changes}-{number}" for number, path in enumerate(paths)}
        plays = [
            DEED.replace("HOSTS", ",".join(ENDS[path])).replace("NAMED", named[path]).replace("PATH", path)
            for path in paths
        ]
        self.play("".join(plays), deed=deed)
        return named

    def read(self, *limit: str, **variables: Any) -> dict[str, dict[str, Any]]:
        """What steering_state tells of each router."""
        self.play(READ, *limit, out=str(self.change.directory), **variables)
        told = {}
        for router in limit or ROUTERS:
            told[router] = json.loads((self.change.directory / f"{router}.json").read_text())
        return told

    def drifted(self) -> dict[str, str]:
        """The routers that are not what Git says, with the difference."""
        done = self._ansible(self.change, str(CHECKOUT / "playbooks" / "drift.yml"))
        files = (Path(self.network.environment(self.change)["FAIRWAY_BUILD"]) / "plan").glob("*.diff")
        found = {file.stem: text for file in files if (text := file.read_text())}
        assert (done.returncode == 0) is (not found), done.stdout
        return found

    def configured(self, router: str) -> str:
        """The committed configuration, asked past our own code."""
        if router in FRR:
            return self.network.lab.ask(router, "cat", "/etc/frr/frr.conf").stdout
        answer = self.network.lab.junos(router, op="config", database="running", format="set")["routers"][0]
        return str(answer["config"])

    def costs(self, router: str, interface: str) -> set[int]:
        """OSPF costs of an interface, both versions, as the daemons of an FRR router have them."""
        found = set()
        for version in ("ip ospf", "ipv6 ospf6"):
            # While it boots, a daemon does not answer yet, or does not know the interface.
            asked = ("vtysh", "-c", f"show {version} interface {interface} json")
            text = self.network.lab.ask(router, *asked, check=False).stdout
            told = json.loads(text) if text.lstrip().startswith("{") else {}
            known = (told.get("interfaces") or told).get(interface) or {}
            found.add(known.get("cost", -1))
        return found


@pytest.fixture(scope="module")
def world(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    for lab in booted(tmp_path_factory.mktemp("lab"), "steering", "--minute", "20"):
        network = Network(lab, tmp_path_factory.mktemp("rounds"))
        world = World(network)
        world.deploy()
        yield world


def test_a_deploy_in_mid_incident_keeps_every_kind_of_steering(world: World) -> None:
    before = {router: world.configured(router) for router in ROUTERS}
    ids = world.do("steer", *ENDS)
    assert world.costs("jkt-r2", "eth1") == world.costs("sby-r2", "eth1") == {1000}
    told = world.read()
    for path, ends in ENDS.items():
        for router in ends:
            (place,) = (one for one in told[router]["live"]["places"] if (one["marker"] or {}).get("path") == path)
            assert (place["steered"], place["marker"]["change_id"]) == (True, ids[path])
            assert [flip["to"] for flip in told[router]["live"]["flips"] if flip["path"] == path] == ["steered"]
    assert {router: (one["live"]["fault"], one["live"]["drained"]) for router, one in told.items()} == dict.fromkeys(
        ROUTERS, ("", False)
    )
    assert world.drifted() == {}

    world.change = world.rendered(change=True)
    world.deploy()
    assert world.costs("jkt-r2", "eth1") == {1000}
    kept = world.read()
    for router in ROUTERS:
        assert kept[router]["live"]["places"] == told[router]["live"]["places"]
        assert kept[router]["live"]["token"] != told[router]["live"]["token"]

    world.do("restore", *ENDS)
    assert world.drifted() == {}
    old, new = f"round {world.change.number - 1} probe", f"round {world.change.number} probe"
    for router in ROUTERS:
        assert world.configured(router).replace(new, "") == before[router].replace(old, "").replace(new, "")


def test_a_reroute_between_rendering_and_staging_is_not_undone(world: World) -> None:
    said = world.play(BETWEEN)
    assert said.count("told: changed meanwhile") == len(ROUTERS), said
    world.do("restore", "jkt-sby/north", "jkt-sby/south")
    assert world.drifted() == {}


def answered(live: dict[str, Any]) -> dict[str, Any]:
    """What a router told; nothing when it could not be asked."""
    return live if live["token"] else {}


def test_a_router_that_lost_its_power_comes_back_steered(world: World) -> None:
    world.do("steer", "jkt-sby/south")
    world.network.lab.run("crash", "jkt-r2")
    unreachable = world.read("jkt-r2", patience=4)["jkt-r2"]
    assert unreachable["live"]["fault"] != ""
    assert (unreachable["live"]["token"], unreachable["live"]["places"]) == ("", [])
    world.network.lab.run("boot", "jkt-r2")
    told = poll(lambda: answered(world.read("jkt-r2")["jkt-r2"]["live"]), "jkt-r2 answers", 120)
    assert [place["marker"]["path"] for place in told["places"] if place["marker"]] == ["jkt-sby/south"]
    poll(lambda: world.costs("jkt-r2", "eth1") == {1000}, "the costs of the startup configuration", 60)
    world.do("restore", "jkt-sby/south")
    assert "fairway-steering" not in world.configured("jkt-r2")


def test_a_marker_that_the_intent_does_not_know_ends_with_a_deploy_and_a_warning(world: World) -> None:
    world.do("steer", "jkt-sby/north")
    forgotten = world.rendered()
    forgotten.edit("group_vars/routers/steering.yml", "jkt-sby/north:", "jkt-sby/middle:")
    forgotten.edit("group_vars/routers/steering.yml", "alternates: [jkt-sby/north]", "alternates: [jkt-sby/middle]")
    if "jkt-sby/north" in (text := (forgotten.inventory / "group_vars/routers/probes.yml").read_text()):
        (forgotten.inventory / "group_vars/routers/probes.yml").write_text(text.replace("/north", "/middle"))
    said = world.play("- import_playbook: " + str(CHECKOUT / "playbooks" / "plan.yml"), *JUNOS, on=forgotten)
    assert "jkt-r1 ge-0/0/0.0 is steered for jkt-sby/north" in said, said
    diff = (Path(world.network.environment(forgotten)["FAIRWAY_BUILD"]) / "plan" / "jkt-r1.diff").read_text()
    assert "apply-macro fairway-steering" in diff
    world.do("restore", "jkt-sby/north")
    assert world.drifted() == {}
