"""The exporter of router metrics on a deployed lab: real FRR, the Junos emulator, real sessions with both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import LABELS
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_targets import metrics_targets
from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import read_inventory

from .conftest import booted
from .lab_harness import CHECKOUT, Lab, poll

# A deploy on a busy machine takes its time.
pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

ROUTERS = ("jkt-r1", "jkt-r2", "sby-r1", "sby-r2")
ADDRESS, PORT = "192.0.2.129", 9580
URL = f"http://{ADDRESS}:{PORT}/metrics"
FETCH = f"import urllib.request; print(urllib.request.urlopen('{URL}', timeout=30).read().decode())"
PROGRAM = (sys.executable, "-m", "ansible_collections.fairway.backbone.plugins.plugin_utils.metrics")
# Not there while all is well: nothing has failed yet.
WHEN_WELL = set(LABELS) - {"fairway_router_faults_total"}
DEADLINE_S = 60.0
EDIT = """
import sys
from ncclient import manager
METRIC = f'''
<config><configuration><protocols><ospf><area><name>0.0.0.0</name>
<interface><name>ge-0/0/0.0</name><metric>{sys.argv[1]}</metric></interface>
</area></ospf></protocols></configuration></config>'''
with manager.connect(host="192.0.2.131", port=830, username="fairway", device_params={"name": "junos"}) as router:
    with router.locked("candidate"):
        router.edit_config(target="candidate", config=METRIC)
        router.commit()
"""


class Scrape:
    """What the exporter told at one moment."""

    def __init__(self, text: str) -> None:
        families = text_string_to_metric_families(text)
        self.samples = [one for family in families for one in family.samples if one.name.startswith("fairway_")]
        self.names = {one.name for one in self.samples}

    def all(self, name: str, **labels: str) -> list[float]:
        """Values of a metric with these labels."""
        return [
            one.value
            for one in self.samples
            if one.name == name and all(one.labels[key] == value for key, value in labels.items())
        ]

    def one(self, name: str, **labels: str) -> float:
        """The value of a metric; -1 when it is not told."""
        found = self.all(name, **labels)
        assert len(found) <= 1, f"{name} {labels}: {found}"
        return found[0] if found else -1.0

    def routers(self, name: str) -> set[str]:
        """The routers of which a metric tells."""
        return {one.labels["router"] for one in self.samples if one.name == name}


class Exporter:
    """The exporter on the lab's controller."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab, self.directory, self.log = lab, directory, directory / "exporter.log"
        self.file = directory / "config.yml"
        self.environment = {**lab.environment, "PYTHONPATH": str(CHECKOUT / ".ansible" / "collections")}

    def configure(self, **changes: Any) -> Path:
        """Writes what the role would, faster, so that a test is."""
        intents = read_inventory(CHECKOUT / "inventory" / "lab").intents
        told = {
            name: {**intent, "ansible_host": ADDRESSES[name], "ansible_user": "fairway"}
            for name, intent in intents.items()
        }
        config = {"address": ADDRESS, "port": PORT, "interval": 0.5, "slow_interval": 2, "stale": 5}
        config["routers"] = metrics_targets(ROUTERS, told)
        self.file.write_text(yaml.safe_dump({**config, **changes}))
        return self.file

    def command(self, *options: str) -> list[str]:
        return self.lab.command("exec", "ctl", "--", *PROGRAM, "--config", str(self.file), *options)

    def scrape(self) -> Scrape | None:
        """None while it does not answer."""
        done = self.lab.exec("ctl", sys.executable, "-I", "-c", FETCH, check=False)
        return Scrape(done.stdout) if done.returncode == 0 else None

    def until(self, holds: Callable[[Scrape], Any], what: str) -> Scrape:
        """Scrape until something holds; the scrape that shows it."""

        def shown() -> Scrape | None:
            seen = self.scrape()
            return seen if seen and holds(seen) else None

        found = poll(
            shown,
            f"{what}; the exporter's log: {self.log.read_text()}",
            DEADLINE_S,
        )
        assert found
        return found


ADDRESSES = {"jkt-r1": "192.0.2.131", "jkt-r2": "192.0.2.132", "sby-r1": "192.0.2.133", "sby-r2": "192.0.2.134"}


@pytest.fixture(scope="module")
def deployed(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """inventory/lab, deployed and converged."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "metrics", "--minute", "10"):
        build = tmp_path_factory.mktemp("build")
        settings = {"deploy_serial": ["100%"], "change_soak": 1, "change_deadline": 50, "change_confirm_minutes": 6}
        playbook = str(Path(sys.executable).with_name("ansible-playbook"))
        lab.exec(
            "ctl", playbook, "-i", "inventory/lab", "playbooks/deploy.yml", "-e", json.dumps(settings),
            environment={"FAIRWAY_BUILD": str(build), "FAIRWAY_REPORT_DIR": str(build), "PATH": os.environ["PATH"]},
            cwd=CHECKOUT, timeout=240,
        )  # fmt: skip
        lab.run("wait", "--timeout", "120", timeout=150)
        yield lab


@pytest.fixture(scope="module")
def exporter(deployed: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter that runs, and has seen every router."""
    made = Exporter(deployed, tmp_path_factory.mktemp("exporter"))
    made.configure()
    with made.log.open("wb") as out:
        process = subprocess.Popen(made.command(), cwd=CHECKOUT, env=made.environment, stdout=out, stderr=out)
    try:
        made.until(lambda seen: seen.all("fairway_router_up") == [1, 1, 1, 1], "four routers are up")
        yield made
    finally:
        process.terminate()
        assert process.wait(30) == 0, made.log.read_text()


def test_every_metric_of_four_routers(exporter: Exporter) -> None:
    everywhere = ("fairway_interface_up", "fairway_bgp_up", "fairway_ospf_up", "fairway_ospf_cost", "fairway_steered")

    def told(seen: Scrape) -> bool:
        whole = seen.names >= WHEN_WELL and all(seen.routers(name) == set(ROUTERS) for name in everywhere)
        measured = all(seen.one("fairway_rpm_sent_total", router=name) > 0 for name in ("jkt-r1", "sby-r1"))
        return whole and measured and set(seen.all("fairway_bgp_up")) == {1}

    seen = exporter.until(told, "every metric is told of every router that has it")
    assert seen.one("fairway_ospf_cost", router="jkt-r1", interface="ge-0/0/0.0") == 100
    assert seen.one("fairway_ospf_cost", router="sby-r2", interface="eth1") == 150
    assert set(seen.all("fairway_steered")) == {0}
    north = {"backbone": "jkt-sby", "path": "north"}
    assert seen.one("fairway_interface_path", router="jkt-r1", interface="ge-0/0/0.0", **north) == 1
    assert seen.one("fairway_rpm_sent_total", router="jkt-r1", peer="sby-r1", target="192.0.2.65", **north) > 0
    assert seen.one("fairway_rpm_sent_total", router="sby-r1", peer="jkt-r1", target="192.0.2.64", **north) > 0
    assert 0 < seen.one("fairway_rpm_rtt_seconds", router="jkt-r1", stat="avg") < 5


def test_counters_grow_with_traffic(exporter: Exporter) -> None:
    """From one site to the other, over the north backbone, as probes do."""
    labels = {"router": "jkt-r1", "interface": "ge-0/0/0.0", "direction": "out"}
    before = exporter.until(lambda seen: seen.one("fairway_interface_octets_total", **labels) > 0, "octets are told")
    octets, packets = (before.one(f"fairway_interface_{what}_total", **labels) for what in ("octets", "packets"))
    exporter.lab.exec(
        "jkt-probe", "ping", "-q", "-c", "100", "-i", "0.01", "-s", "1000", "-I", "192.0.2.11", "192.0.2.12"
    )
    exporter.until(
        lambda seen: (
            seen.one("fairway_interface_octets_total", **labels) >= octets + 100 * 1028
            and seen.one("fairway_interface_packets_total", **labels) >= packets + 100
        ),
        "100 packets of 1000 octets are counted",
    )
    sent = before.one("fairway_rpm_sent_total", router="jkt-r1")
    exporter.until(lambda seen: seen.one("fairway_rpm_sent_total", router="jkt-r1") > sent, "RPM goes on")


def test_a_path_that_loses_packets_shows_in_the_router_s_own_probes(exporter: Exporter) -> None:
    def lost(seen: Scrape) -> float:
        return seen.one("fairway_rpm_sent_total", router="jkt-r1") - seen.one(
            "fairway_rpm_received_total", router="jkt-r1"
        )

    before = exporter.until(lambda seen: seen.all("fairway_rpm_sent_total", router="jkt-r1"), "RPM is told")
    exporter.lab.run("impair", "north", "--loss", "60%")
    try:
        exporter.until(lambda seen: lost(seen) > lost(before), "a lost probe is told")
    finally:
        exporter.lab.run("heal")


def test_a_cost_that_changes_is_told_and_tells_that_the_path_is_steered(exporter: Exporter) -> None:
    def told(seen: Scrape, router: str, interface: str) -> tuple[float, float]:
        cost = seen.one("fairway_ospf_cost", router=router, interface=interface)
        return cost, seen.one("fairway_steered", router=router)

    lab = exporter.lab
    lab.exec("ctl", sys.executable, "-c", EDIT, "1000")
    lab.configure("jkt-r2", "interface eth1", "ip ospf cost 1000")
    exporter.until(lambda seen: told(seen, "jkt-r1", "ge-0/0/0.0") == (1000, 1), "jkt-r1 is steered")
    seen = exporter.until(
        lambda seen: told(seen, "jkt-r2", "eth1") == (1000, 1) and is_fresh(seen, "sby-r1"), "jkt-r2 is steered"
    )
    assert told(seen, "sby-r1", "ge-0/0/0.0") == (100, 0), "the other end is not"
    lab.exec("ctl", sys.executable, "-c", EDIT, "100")
    lab.configure("jkt-r2", "interface eth1", "ip ospf cost 150")
    exporter.until(lambda seen: told(seen, "jkt-r1", "ge-0/0/0.0") == (100, 0), "jkt-r1 is not steered any more")
    exporter.until(lambda seen: told(seen, "jkt-r2", "eth1") == (150, 0), "jkt-r2 is not steered any more")


def test_routers_that_die_take_nobody_with_them(exporter: Exporter) -> None:
    """Their metrics vanish, the others' stay fresh, and they are seen again when they are back."""
    dead, alive = ("sby-r1", "sby-r2"), ("jkt-r1", "jkt-r2")
    for name in dead:
        exporter.lab.run("crash", name)
    try:
        exporter.until(lambda seen: all(is_down(seen, name) for name in dead), f"{dead} are down, and no more is told")
        exporter.until(lambda seen: all(is_fresh(seen, name) for name in alive), "the others are fresh")
    finally:
        for name in dead:
            exporter.lab.run("boot", name)
    exporter.until(lambda seen: all(is_fresh(seen, name) for name in dead), f"{dead} are seen again")


def is_down(seen: Scrape, name: str) -> bool:
    """Told as down, with faults and an age, and without what was true before."""
    aged = seen.one("fairway_router_age_seconds", router=name, collector="fast") > 5
    faults = sum(seen.all("fairway_router_faults_total", router=name)) > 0
    gone = not seen.all("fairway_ospf_cost", router=name)
    return seen.one("fairway_router_up", router=name) == 0 and aged and faults and gone


def is_fresh(seen: Scrape, name: str) -> bool:
    """Seen lately, and told of."""
    age = seen.one("fairway_router_age_seconds", router=name, collector="fast")
    return (
        seen.one("fairway_router_up", router=name) == 1
        and 0 <= age < 5
        and len(seen.all("fairway_ospf_cost", router=name)) > 1
    )


def test_an_unknown_host_key_is_a_fault(exporter: Exporter, tmp_path: Path) -> None:
    """Nobody is talked to whose key is not known; --once says so and ends with 1."""
    empty = tmp_path / "known_hosts"
    empty.touch()
    other = Exporter(exporter.lab, tmp_path)
    other.configure(known_hosts=[str(empty)], ssh_config="")
    done = subprocess.run(
        other.command("--once"), cwd=CHECKOUT, env=other.environment, capture_output=True, text=True, timeout=90,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert Scrape(done.stdout).all("fairway_router_up") == [0, 0, 0, 0]
    for name in ROUTERS:
        assert f"{name} ({ADDRESSES[name]} port" in done.stderr
    assert done.stderr.count("host key unknown") == 4


ROLE = """
- hosts: controllers
  gather_facts: false
  connection: local
  roles: [fairway.backbone.router_metrics]
"""
ROLE_PORT = 9581


@pytest.mark.timeout(600)
def test_the_role_runs_it_once_and_changes_nothing_twice(deployed: Lab, tmp_path: Path) -> None:
    """From the inventory to a service that sees four routers, whose configuration nobody else can read."""
    (tmp_path / "play.yml").write_text(ROLE)
    settings = {"fairway_service_scope": "user", "fairway_install_packages": False, "router_metrics_port": ROLE_PORT}
    settings["fairway_etc"] = str(tmp_path / "etc")
    playbook = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [playbook, "-i", "inventory/lab", str(tmp_path / "play.yml"), "-e", json.dumps(settings)]

    def run() -> str:
        environment = {"ANSIBLE_STDOUT_CALLBACK": "default", "PATH": os.environ["PATH"]}
        return deployed.exec("ctl", *command, environment=environment, cwd=CHECKOUT, timeout=250).stdout

    assert "changed=0" not in run()
    again = run()
    assert "changed=0" in again, again
    config = tmp_path / "etc" / "router_metrics" / "config.yml"
    assert config.stat().st_mode & 0o777 == 0o600
    fetch = FETCH.replace(str(PORT), str(ROLE_PORT))

    def up() -> list[float]:
        done = deployed.exec("ctl", sys.executable, "-I", "-c", fetch, check=False)
        return Scrape(done.stdout).all("fairway_router_up") if done.returncode == 0 else []

    poll(lambda: up() == [1, 1, 1, 1], "the service sees four routers", DEADLINE_S)
    deployed.exec("ctl", "systemctl", "--user", "kill", "--signal=KILL", "fairway-router-metrics.service", check=False)
    poll(lambda: up() == [1, 1, 1, 1], "the service sees them again after it was killed", DEADLINE_S)
    deployed.exec("ctl", "systemctl", "--user", "stop", "fairway-router-metrics.service")
    assert up() == []
