"""Labs that tests share: booted once per test run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.lifecycle import check_machine

from . import plain_backbone
from .lab_harness import Lab


@pytest.fixture(scope="session")
def machine_runs_labs() -> None:
    """Skip, saying why, on a machine whose kernel forbids namespaces or that lacks packages."""
    try:
        check_machine()
    except LabError as error:
        if os.environ.get("CI"):
            pytest.fail(f"a gate must not skip its lab: {error}")
        pytest.skip(str(error))


def booted(directory: Path, name: str, *options: str) -> Iterator[Lab]:
    """Boot a lab, hand it out, and take it down whatever happened: it ends with us, also when we are killed."""
    made = Lab(directory, name)
    try:
        made.run("up", "--until-pid", str(os.getpid()), *options)
        yield made
    finally:
        made.down()


@pytest.fixture(scope="session")
def lab(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """inventory/lab as it boots for a user: bare routers, Junos emulator on FRR; a Junos minute is one second."""
    yield from booted(tmp_path_factory.mktemp("lab"), "shared", "--minute", "1")


def plain_lab(directory: Path, name: str) -> Iterator[Lab]:
    """A converged network: FRR on every router, configured without the collection."""
    for made in booted(directory, name, "--backend", "null"):
        topology = made.state.topology()
        for host in topology.hosts:
            if host.role == "router":
                file = made.state.host(host.name) / "frr" / "frr.conf"
                file.write_text(plain_backbone.router(host, topology), encoding="utf-8")
                made.exec(host.name, "vtysh", "-b")
        made.run("wait", "--timeout", "120", timeout=150)
        yield made


@pytest.fixture(scope="session")
def backbone(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The network for tests of the lab itself. A test that impairs, crashes or reconfigures something puts it back."""
    yield from plain_lab(tmp_path_factory.mktemp("lab"), "backbone")
