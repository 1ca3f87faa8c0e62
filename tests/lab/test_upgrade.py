"""The upgrade runbook on the lab, under traffic: whatever breaks off goes on, and nothing comes back unproven.

Each test is a chain of runs on one router, because that is the promise: the next run goes on from where it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab.junos.software.package import build

from .conftest import booted
from .lab_harness import Lab
from .reroute_lab import Run, Running, Scene, Steered
from .test_drain import LONG, drained, in_service, lost, traffic

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

JUNOS, FRR = "jkt-r1", "jkt-r2"
PARTNERS_BACKBONE = "jkt-r1--sby-r1"
OLD, NEW, FRR_NEW = "24.4R1.9", "24.4R2.7", "10.2.1-0~deb12u1"
PACKAGE = build(NEW)
QUICK: dict[str, Any] = {
    "approval": "auto", "upgrade_checks": ["all", "!ntp", "!drift"], "upgrade_render": False, "upgrade_interval": 0.5,
    "upgrade_install_timeout": 240, "upgrade_reboot_timeout": 240, "upgrade_soak": 0.5, "upgrade_deadline": 120,
    "drain_threshold_kbit": 400, "drain_hold": 1, "drain_interval": 0.5, "drain_settle": 1, "drain_soak": 0.5,
    "drain_confirm_minutes": LONG, "drain_prove_deadline": 90, "drain_fit_deadline": 90, "drain_prove_interval": 0.5,
}  # fmt: skip
ANOTHER_WAY = ("jkt-probe", "sby-probe", "carrier-b", "sby-probe")


@pytest.fixture(scope="module")
def steered(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    """Four deployed routers that have found each other."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "upgrade", "--minute", "5"):
        made = Steered(lab, tmp_path_factory.mktemp("scenes"))
        made.deploy()
        lab.run("wait", "--timeout", "120", timeout=150)
        yield made


@pytest.fixture
def scene(steered: Steered) -> Scene:
    return steered.make({})


def start(scene: Scene, router: str, **settings: Any) -> Running:
    package = scene.directory / "build" / "package.tgz"
    package.write_bytes(PACKAGE)
    told: dict[str, Any] = {**QUICK, "target": router}
    if router == JUNOS:
        checksum = f"sha256:{hashlib.sha256(PACKAGE).hexdigest()}"
        told |= {"upgrade_version": NEW, "upgrade_package": str(package), "upgrade_checksum": checksum}
    return scene.start("-e", json.dumps({**told, **settings}), playbook="upgrade.yml")


def upgrade(scene: Scene, router: str, **settings: Any) -> Run:
    return start(scene, router, **settings).wait(420)


def stopped(run: Run, *words: str) -> None:
    """It ended without reaching its goal, and these words were said."""
    assert run.status != 0, run.output
    assert [word for word in words if word not in run.words] == [], run.output


def software(lab: Lab) -> dict[str, Any]:
    found: dict[str, Any] = lab.junos(JUNOS, op="status")["routers"][0]["software"]
    return found


def package(lab: Lab) -> str:
    return lab.exec(FRR, "dpkg-query", "--show", "--showformat=${Version}", "frr").stdout


def record(lab: Lab, router: str) -> bool:
    """Whether the router has the record of an upgrade that is not over."""
    path = lab.state.host(router)
    return any(path.rglob("upgrade.json"))


def test_a_junos_router_through_everything_that_can_go_wrong(scene: Scene) -> None:
    lab = scene.lab
    with traffic(lab, *ANOTHER_WAY, rate=20) as told:
        # Nobody at a terminal: nothing is begun. A package that is not the vendor's: nothing is begun.
        stopped(upgrade(scene, JUNOS, approval="prompt"), "a person must answer", "approval=auto")
        stopped(
            upgrade(scene, JUNOS, upgrade_checksum="sha256:" + "0" * 64),
            "package", "gate 'check'", f"{JUNOS} runs {OLD}, is in service (not drained)", "Nothing was installed",
        )  # fmt: skip
        assert (software(lab)["pending"], in_service(lab, JUNOS)) == (None, True)

        # The controller dies in the middle of the installation; while it lives, nobody else gets in its way.
        lab.run("fault", JUNOS, "install-seconds:300")
        dying = start(scene, JUNOS)
        dying.until("the router installs", lambda: software(lab)["busy"])
        assert drained(lab, JUNOS)
        stopped(upgrade(scene, JUNOS), "another run of", "is at work on it", "wait for it, or end it first")
        dying.kill()
        assert software(lab)["busy"]

        # The next run waits for it, and reboots. The router does not come back in time.
        waiting = start(scene, JUNOS, upgrade_reboot_timeout=8, upgrade_wait=30)
        waiting.until("the next run waits for it", lambda: f"{JUNOS}: settle: it is installing" in waiting.output)
        lab.run("fault", JUNOS, "install-seconds:0.5", "no-boot")
        stopped(waiting.wait(420), "not within 8 s", f"{JUNOS} does not answer.", "Look at its console")

        # It comes back at last, with an alarm: as long as that is there, it stays out of service.
        lab.run("fault", JUNOS, "reboot-seconds:0.5", "boot-alarm:FPC 0 Hard errors")
        stopped(
            upgrade(scene, JUNOS, upgrade_deadline=3),
            "alarm major: FPC 0 Hard errors", f"{JUNOS} runs {NEW}, is drained.", "It stays drained",
            f"go back to {OLD} (-e upgrade_want=reverted)",
        )  # fmt: skip
        assert drained(lab, JUNOS)
        assert record(lab, JUNOS)
        lab.run("fault", JUNOS, "none")
        lab.junos(JUNOS, op="clear-chassis")
        run = upgrade(scene, JUNOS)
        assert run.status == 0, run.output
        assert "is it as healthy as before?" in run.words
        assert "Install the software" not in run.words
    assert lost(told) == []
    assert (software(lab)["version"], in_service(lab, JUNOS), record(lab, JUNOS)) == (NEW, True, False)
    again = upgrade(scene, JUNOS, approval="prompt")
    assert (again.status, f"{JUNOS}: done: it runs {NEW}" in again.words) == (0, True), again.output
    assert lab.junos(JUNOS, op="status")["routers"][0]["reboots"] == 1


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
    assert lost(told) == []
    assert (package(lab), in_service(lab, FRR), record(lab, FRR)) == (FRR_NEW, True, False)


def drained_frr(lab: Lab) -> bool:
    return "fairway-drain" in lab.exec(FRR, "cat", "/etc/frr/frr.conf").stdout
