"""The upgrade runbook on an FRR router of the lab: whatever breaks off goes on, and nothing comes back unproven.

The test is a chain of runs on one router, because that is the promise: the next run goes on from where it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .lab_harness import Lab
from .reroute_lab import Scene, Steered
from .test_drain import drained, in_service, traffic
from .upgrade_lab import (
    FRR,
    FRR_NEW,
    JUNOS,
    PARTNERS_BACKBONE,
    deployed,
    killed_at,
    outages,
    package,
    record,
    stopped,
    upgrade,
)

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def steered(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    yield from deployed(tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("scenes"), "upgradef")


@pytest.fixture
def scene(steered: Steered) -> Scene:
    return steered.make({})


def test_an_frr_router_through_everything_that_can_go_wrong(scene: Scene) -> None:
    lab, old = scene.lab, package(scene.lab)
    # The partner has lost its backbone: the site would be without a healthy router.
    lab.run("impair", PARTNERS_BACKBONE, "--down")
    stopped(upgrade(scene, FRR), "redundancy", f"{JUNOS}: ", "is in service (not drained)", "Nothing was installed")
    lab.run("heal")
    lab.run("wait", "--timeout", "120", timeout=150)

    # What apt fetches is not what the repository said.
    lab.run("fault", FRR, "package-seconds:0.5", "hash-mismatch")
    stopped(upgrade(scene, FRR), "Hash Sum mismatch", f"{FRR} runs {old}, is drained.", "or give it up: undrain.yml")
    assert (package(lab), drained(lab, FRR)) == (old, True)

    # The partner fails while this one is drained: now of all times it is not restarted.
    lab.run("fault", FRR, "package-seconds:0.5")
    lab.run("impair", PARTNERS_BACKBONE, "--down")
    stopped(upgrade(scene, FRR), f"{JUNOS}: ")
    assert package(lab) == old
    lab.run("heal")
    lab.run("wait", "--timeout", "120", timeout=150)

    with traffic(lab, "jkt-probe", "sby-probe", rate=20) as told:
        # A daemon does not come back: its sessions are missing, and the router stays where it is.
        lab.run("fault", FRR, "package-seconds:0.5", "daemon-lost:bgpd")
        stopped(upgrade(scene, FRR, upgrade_deadline=5), f"{FRR} runs {FRR_NEW}, is drained.", "It stays drained")
        assert (package(lab), drained_frr(lab)) == (FRR_NEW, True)
        lab.run("fault", FRR, "none")
        lab.exec(FRR, "systemctl", "restart", "frr")
        run = upgrade(scene, FRR)
        assert run.status == 0, run.output
    assert outages(told, 1.0) == []
    assert (package(lab), in_service(lab, FRR), record(lab, FRR)) == (FRR_NEW, True, False)


def test_killed_at_every_step_the_next_run_goes_on(scene: Scene) -> None:
    lab, other = scene.lab, "sby-r2"
    lab.run("fault", other, "package-seconds:0.5")
    with traffic(lab, "jkt-probe", "sby-probe", rate=20) as told:
        killed_at(scene, other, ("check", "drain", "install", "verify", "undrain", "forget"))
        run = upgrade(scene, other)
        assert run.status == 0, run.output
    assert outages(told, 1.0) == []
    assert (package(lab, other), in_service(lab, other), record(lab, other)) == (FRR_NEW, True, False)


def drained_frr(lab: Lab) -> bool:
    return "fairway-drain" in lab.ask(FRR, "cat", "/etc/frr/frr.conf").stdout
