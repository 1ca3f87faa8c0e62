"""Probes measure each path on its own link, whatever the traffic does: what playbooks/observe.yml starts on the lab."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import booted
from .lab_harness import CHECKOUT, Lab, poll

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

PROBERS = {"jkt-probe": "192.0.2.141", "sby-probe": "192.0.2.142", "jkt-r2": "192.0.2.132", "sby-r2": "192.0.2.134"}
SOUTH = {("jkt-r2", "192.0.2.67"), ("sby-r2", "192.0.2.66")}
"""What FRR routers measure of the path between them. North's routers are Junos: theirs is RPM, read over NETCONF."""
SITES = {
    (host, address)
    for host, addresses in {
        "jkt-probe": ("192.0.2.12", "2001:db8::12"),
        "sby-probe": ("192.0.2.11", "2001:db8::11"),
    }.items()
    for address in addresses
}

BETWEEN_SITES = ("jkt-probe", "192.0.2.11", "192.0.2.12")

Counts = dict[tuple[str, str], tuple[int, int]]
"""(host that sends, address) to packets sent and answered."""


def play(lab: Lab, build: Path, playbook: str, *arguments: str) -> str:
    """Run one of our playbooks on the lab's controller."""
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    environment = {"FAIRWAY_BUILD": str(build), "FAIRWAY_REPORT_DIR": str(build), "PATH": os.environ["PATH"]}
    argv = (program, "-i", "inventory/lab", f"playbooks/{playbook}.yml", *arguments)
    return lab.exec("ctl", *argv, environment=environment, cwd=CHECKOUT, timeout=300).stdout


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("build")


@pytest.fixture(scope="module")
def deployed(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory, build: Path) -> Iterator[Lab]:
    """inventory/lab, deployed and converged."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "probes", "--minute", "10"):
        settings = {"deploy_serial": ["100%"], "change_soak": 1, "change_deadline": 50, "change_confirm_minutes": 6}
        play(lab, build, "deploy", "-e", json.dumps(settings))
        lab.run("wait", "--timeout", "120", timeout=150)
        yield lab


@pytest.fixture(scope="module")
def mesh(deployed: Lab, build: Path) -> Lab:
    """The same with its probes."""
    play(deployed, build, "observe", "--tags", "probe_mesh")
    return deployed


def counts(lab: Lab) -> Counts:
    """What all probers have counted so far."""
    found: Counts = {}
    script = "for one; do curl -sSf http://$one:9374/metrics; echo; echo end $one; done"
    texts = re.split(r"^end (\S+)$", lab.exec("ctl", "sh", "-c", script, "sh", *PROBERS.values()).stdout, flags=re.M)
    for text, address in zip(texts[::2], texts[1::2], strict=False):
        host = next(name for name, one in PROBERS.items() if one == address)
        sent = dict(re.findall(r'^smokeping_requests_total\{host="([^"]+)".*\} (\d+)', text, re.M))
        answered = dict(re.findall(r'^smokeping_response_duration_seconds_count\{host="([^"]+)".*\} (\d+)', text, re.M))
        found |= {(host, target): (int(count), int(answered.get(target, 0))) for target, count in sent.items()}
    return found


def losing(lab: Lab, packets: int = 20) -> set[tuple[str, str]]:
    """Who loses more than half of the packets that it sends from now on; each sends some first."""
    before = counts(lab)
    after: Counts = {}

    def enough() -> bool:
        nonlocal after
        after = counts(lab)
        return all(after[probe][0] >= sent + packets for probe, (sent, _answered) in before.items())

    poll(enough, f"{packets} more packets from every probe", 60)
    return {
        probe for probe, (sent, answered) in before.items() if after[probe][1] - answered < (after[probe][0] - sent) / 2
    }


def nobody_loses(lab: Lab) -> None:
    poll(lambda: losing(lab) == set() or None, "answers to everybody", 60)


def test_every_prober_measures_what_the_plan_says(mesh: Lab) -> None:
    # A prober tells of a target from its first packet on.
    poll(lambda: set(counts(mesh)) >= SOUTH | SITES, "a packet for every target")
    assert set(counts(mesh)) == SOUTH | SITES
    nobody_loses(mesh)


def test_a_second_run_changes_nothing_and_check_mode_agrees(mesh: Lab, build: Path) -> None:
    before = counts(mesh)
    for arguments in (("--check",), ()):
        said = play(mesh, build, "observe", "--tags", "probe_mesh", *arguments)
        recap = re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", said, re.M)
        assert {host: changed for host, changed in recap if host in PROBERS} == dict.fromkeys(PROBERS, "0"), said
    after = counts(mesh)
    assert all(after[probe][0] > sent for probe, (sent, _answered) in before.items()), "nobody was restarted"


def cost(lab: Lab, value: int) -> None:
    """Set north's OSPF cost, by hand, at both ends."""
    for router in ("jkt-r1", "sby-r1"):
        lab.configure(router, "interface ge-0_0_0.0", f"ip ospf cost {value}", f"ipv6 ospf6 cost {value}")


@pytest.fixture
def healed(mesh: Lab) -> Iterator[Lab]:
    """The mesh, everything put back afterwards."""
    yield mesh
    mesh.run("heal")
    cost(mesh, 100)
    nobody_loses(mesh)


def test_a_path_is_measured_while_traffic_is_elsewhere(healed: Lab) -> None:
    poll(lambda: "192.0.2.65" in healed.path(*BETWEEN_SITES), "north to carry the traffic", 60)
    nobody_loses(healed)
    healed.run("impair", "south", "--loss", "100%")
    poll(lambda: losing(healed) == SOUTH or None, "south's probes, and no others, to lose packets", 60)
    healed.run("heal", "south")
    nobody_loses(healed)
    poll(lambda: "192.0.2.65" in healed.path(*BETWEEN_SITES), "traffic to be where it was all the time")


def test_a_path_that_carries_traffic_is_seen_by_its_own_probes_when_traffic_has_left_it(healed: Lab) -> None:
    cost(healed, 1000)
    poll(lambda: "192.0.2.67" in healed.path(*BETWEEN_SITES), "the sites to use the south", 60)
    nobody_loses(healed)
    healed.run("impair", "south", "--loss", "100%")
    # OSPF takes the sites' traffic elsewhere after its dead interval; south's own probes stay on south.
    poll(lambda: losing(healed) == SOUTH or None, "south's probes, and no others, to lose packets", 60)
    healed.run("heal", "south")
    nobody_loses(healed)
