"""The upgrade runbook on the lab, as its tests run it: quickly, and with what the router itself says of it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lab.junos.software.package import build
from tools.terminal import Terminal

from .conftest import booted
from .lab_harness import CHECKOUT, Lab, poll
from .reroute_lab import Run, Running, Scene, Steered
from .test_drain import LONG

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
PROMPT = "then Enter:"
ANOTHER_WAY = ("jkt-probe", "sby-probe", "carrier-b", "sby-probe")


def deployed(directory: Path, scenes: Path, name: str) -> Iterator[Steered]:
    """Four deployed routers that have found each other."""
    for lab in booted(directory, name, "--minute", "5"):
        made = Steered(lab, scenes)
        made.deploy()
        lab.run("wait", "--timeout", "120", timeout=150)
        yield made


def outages(told: dict[str, Any], longer_than_s: float) -> list[Any]:
    """Ways on which packets were lost for longer than that. A reboot or a dead way takes seconds; what a busy machine
    makes of a change of cost is far below one."""
    return [
        (one["source"], one["target"], one["family"], out)
        for one in told["directions"]
        for out in one["outages"]
        if out["to"] - out["from"] > longer_than_s
    ]


def start(scene: Scene, router: str, **settings: Any) -> Running:
    return scene.start(*_options(scene, router, settings), playbook="upgrade.yml")


def terminal(scene: Scene, router: str, **settings: Any) -> Terminal:
    """The same with a person at a terminal."""
    book = str(CHECKOUT / "playbooks" / "upgrade.yml")
    argv = ("ansible-playbook", "-i", str(scene.directory / "inventory"), book)
    told = {**settings, "approval": "prompt"}
    environment = {
        **{name: value for name, value in os.environ.items() if name != "AWX_ISOLATED_DATA_DIR"},
        **scene.lab.environment,
        "FAIRWAY_BUILD": str(scene.directory / "build"),
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = scene.lab.command("exec", "ctl", "--", *argv, *_options(scene, router, told))
    return Terminal(command, cwd=CHECKOUT, env=environment, timeout_s=240)


def _options(scene: Scene, router: str, settings: dict[str, Any]) -> list[str]:
    told: dict[str, Any] = {**QUICK, "target": router}
    if router.endswith("r1"):
        package = scene.directory / "build" / "package.tgz"
        package.write_bytes(PACKAGE)
        checksum = f"sha256:{hashlib.sha256(PACKAGE).hexdigest()}"
        told |= {"upgrade_version": NEW, "upgrade_package": str(package), "upgrade_checksum": checksum}
    return ["-e", json.dumps({**told, **settings})]


def killed_at(scene: Scene, router: str, steps: Sequence[str]) -> None:
    """One run after the other, each killed as it begins the next of these steps."""
    # Whoever dies while a change is unconfirmed leaves it to the router's timer.
    short = {"drain_confirm_minutes": 6, "drain_prove_deadline": 20}
    for step in steps:
        running = start(scene, router, **short)
        _killed_as_it_begins(running, f"{router}: {step}:")
        poll(partial(at_rest, scene.lab, router), f"{router} is at rest after the kill", 120.0, 0.3)


def _killed_as_it_begins(running: Running, words: str) -> None:
    running.until(words, lambda: words in running.output)
    running.kill()


def at_rest(lab: Lab, router: str) -> bool:
    """No change waits for its confirmation, and no dead session's lock is left."""
    if router.endswith("r1"):
        status = lab.junos(router, op="status")["routers"][0]
        return not (status["pending"] or status["lock"])
    return lab.ask(router, "test", "-e", "/var/lib/fairway/txn", check=False).returncode == 1


def upgrade(scene: Scene, router: str, **settings: Any) -> Run:
    return start(scene, router, **settings).wait(420)


def stopped(run: Run, *words: str) -> None:
    """It ended without reaching its goal, and these words were said."""
    assert run.status != 0, run.output
    assert [word for word in words if word not in run.words] == [], run.output


def software(lab: Lab, router: str = JUNOS) -> dict[str, Any]:
    found: dict[str, Any] = lab.junos(router, op="status")["routers"][0]["software"]
    return found


def package(lab: Lab, router: str = FRR) -> str:
    return lab.ask(router, "dpkg-query", "--show", "--showformat=${Version}", "frr").stdout


def record(lab: Lab, router: str) -> bool:
    """Whether the router has the record of an upgrade that is not over."""
    path = lab.state.host(router)
    return any(path.rglob("upgrade.json"))
