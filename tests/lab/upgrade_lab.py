"""The upgrade runbook on the lab, as its tests run it: quickly, and with what the router itself says of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.junos.software.package import build

from .conftest import booted
from .lab_harness import Lab
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
