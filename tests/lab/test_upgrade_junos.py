"""The upgrade runbook on a Junos router of the lab: whatever breaks off goes on, and nothing comes back unproven.

The test is a chain of runs on one router, because that is the promise: the next run goes on from where it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .gate_runbook import PROMPT
from .reroute_lab import Scene, Steered
from .test_drain import drained, in_service, traffic
from .upgrade_lab import (
    ANOTHER_WAY,
    JUNOS,
    NEW,
    OLD,
    deployed,
    killed_at,
    outages,
    record,
    software,
    start,
    stopped,
    terminal,
    upgrade,
)

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def steered(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    yield from deployed(tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("scenes"), "upgradej")


@pytest.fixture
def scene(steered: Steered) -> Scene:
    return steered.make({})


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
        # It is busy with validating before that.
        dying.until("the router installs", lambda: f"{JUNOS}: install:" in dying.output and software(lab)["busy"])
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
    assert outages(told, 1.0) == []
    assert (software(lab)["version"], in_service(lab, JUNOS), record(lab, JUNOS)) == (NEW, True, False)
    again = upgrade(scene, JUNOS, approval="prompt")
    assert (again.status, f"{JUNOS}: done: it runs {NEW}" in again.words) == (0, True), again.output
    assert lab.junos(JUNOS, op="status")["routers"][0]["reboots"] == 1


def test_killed_at_every_step_the_next_run_goes_on(scene: Scene) -> None:
    lab, other = scene.lab, "sby-r1"
    lab.run("fault", other, "install-seconds:0.5", "reboot-seconds:0.5")
    steps = ("check", "copy", "drain", "validate", "install", "reboot", "verify", "undrain", "forget")
    with traffic(lab, "jkt-probe", "sby-probe", rate=20) as told:
        killed_at(scene, other, steps)
        run = upgrade(scene, other)
        assert run.status == 0, run.output
    assert outages(told, 1.0) == []
    assert (software(lab, other)["version"], in_service(lab, other), record(lab, other)) == (NEW, True, False)
    assert lab.junos(other, op="status")["routers"][0]["reboots"] == 1


def test_a_person_aborts_at_each_gate_of_the_way_back(scene: Scene) -> None:
    """Each time the router is left as it is said, and the next run asks again."""
    lab, other = scene.lab, "sby-r1"
    ends = (("check", NEW, False), ("drain", NEW, True), ("verify", OLD, True))
    for gates, (gate, version, out) in enumerate(ends):
        with terminal(scene, other, upgrade_want="reverted") as screen:
            for _gate in range(gates):
                screen.until(PROMPT)
                screen.answer("C")
            screen.until(PROMPT)
            assert f"{other}: upgrade, gate '{gate}'" in screen.text()
            screen.answer("A")
            assert screen.finish() != 0, screen.text()
            said = " ".join(screen.text().split())
        state = "is drained." if out else "is in service (not drained)."
        assert f"{other} runs {version}" in said, said
        assert state in said, said
        assert (software(lab, other)["version"], drained(lab, other)) == (version, out)
    run = upgrade(scene, other, upgrade_want="reverted")
    assert run.status == 0, run.output
    assert (software(lab, other)["version"], in_service(lab, other), record(lab, other)) == (OLD, True, False)
