"""router_software on an FRR router of the lab, with every fault of apt: what it says is what the router did."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.software_specs import SOFTWARE
from ansible_collections.fairway.backbone.plugins.plugin_utils import software_hand
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr import FrrRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_watch import Watch

from .conftest import booted
from .lab_harness import CHECKOUT, Lab

pytestmark = pytest.mark.lab

HOST = "jkt-r2"
OFFERED = ("9.1.3-0~deb12u1", "10.2.1-0~deb12u1")
DEFAULTS = {name: option.get("default", "") for name, option in SOFTWARE.items()}


class Operator:
    """Somebody who upgrades the router with the module, over ssh as the login user. Witnesses: `dpkg` and `daemons`."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.lines = lab, list[str]()
        self.router = FrrRouter(HOST, self._ssh)

    def _ssh(self, command: str, stdin: bytes) -> tuple[int, str, str]:
        argv = self.lab.command("exec", "ctl", "--", "ssh", "-o", "BatchMode=yes", HOST, command)
        done = subprocess.run(
            argv, input=stdin, capture_output=True, cwd=CHECKOUT, env=self.lab.environment, timeout=120, check=False
        )
        if done.returncode == 255:
            raise RouterFault("lost", f"{HOST}: {done.stderr.decode()}")
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def faults(self, *specs: str) -> None:
        self.lab.run("fault", HOST, "package-seconds:0.5", *specs)

    def dpkg(self) -> tuple[str, str]:
        """Status and version of the package, as root reads them on the router."""
        shown = self.lab.exec(HOST, "dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", "frr").stdout
        status, _space, version = shown.partition(" ")
        return status, version

    def daemons(self) -> str:
        """The version that the daemons tell."""
        return self.lab.exec(HOST, "vtysh", "-c", "show version").stdout.split()[1]

    def others(self) -> tuple[str, str]:
        """The version that it has, and one that it has not: a restart of the daemons costs seconds."""
        status, version = self.dpkg()
        assert status == "installed"
        return version, next(one for one in OFFERED if one != version)

    def do(self, state: str, version: str, seconds: float = 90.0) -> dict[str, Any]:
        watch = Watch(HOST, seconds, 0.2, self.lines.append)
        return software_hand.work(self.router, {**DEFAULTS, "version": version, "state": state}, watch, False)

    def refused(self, state: str, version: str, *words: str) -> None:
        with pytest.raises(RouterFault) as caught:
            self.do(state, version)
        assert [word for word in (f"{HOST}: ", *words) if word not in caught.value.message] == [], caught.value.message


@pytest.fixture(scope="module")
def machine(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    directory: Path = tmp_path_factory.mktemp("lab")
    for lab in booted(directory, "software"):
        yield Operator(lab)


@pytest.fixture
def operator(machine: Operator) -> Iterator[Operator]:
    """The router with whatever version an earlier test left, whole."""
    machine.faults()
    machine.lines.clear()
    yield machine
    machine.faults()


def test_a_version_is_validated_installed_and_found_there_again(operator: Operator) -> None:
    old, new = operator.others()
    assert new in operator.do("validated", new)["words"]
    assert operator.dpkg() == ("installed", old)
    told = operator.do("installed", new)
    assert (told["changed"], told["software"]["version"], told["software"]["pending"]) == (True, new, "")
    assert operator.dpkg() == ("installed", new)
    assert operator.daemons() in new
    again = operator.do("installed", new)
    assert (again["changed"], again["software"]["previous"]) == (False, old)


def test_a_version_that_nobody_offers(operator: Operator) -> None:
    old, _new = operator.others()
    for state in ("validated", "installed"):
        operator.refused(state, "99.1-1", "Version '99.1-1' for 'frr' was not found")
    assert operator.dpkg() == ("installed", old)


@pytest.mark.parametrize(
    "fault, words",
    [
        ("hash-mismatch", "Hash Sum mismatch"),
        ("disk-full", "enough free space"),
        ("unpack-error", "No space left on device"),
    ],
)
def test_an_installation_that_fails_leaves_what_ran(operator: Operator, fault: str, words: str) -> None:
    old, new = operator.others()
    operator.lab.exec(HOST, "apt-get", "clean")
    operator.faults(fault)
    operator.refused("installed", new, "failed (status 100)", words)
    assert operator.dpkg() == ("installed", old)
    assert operator.daemons() in old


def test_an_installation_that_was_ended_in_the_middle_is_finished_by_the_next(operator: Operator) -> None:
    _old, new = operator.others()
    operator.faults("interrupt")
    operator.refused("installed", new, "failed")
    assert operator.dpkg()[0] != "installed"
    assert "is unpacked" in operator.do("facts", new)["software"]["broken"]
    assert operator.do("installed", new)["changed"] is True
    assert operator.dpkg() == ("installed", new)
    assert operator.daemons() in new


def test_an_installation_outlives_its_connection(operator: Operator) -> None:
    _old, new = operator.others()
    operator.faults("lose-connection")
    assert operator.do("installed", new)["changed"] is True
    assert operator.dpkg() == ("installed", new)
    assert operator.daemons() in new


def test_daemons_that_still_are_the_old_ones_wait_for_a_restart(operator: Operator) -> None:
    old, new = operator.others()
    operator.faults("old-version")
    assert operator.do("installed", new)["software"]["pending"] == new
    assert operator.daemons() in old
    assert operator.do("rebooted", new)["software"]["version"] == new
    assert operator.daemons() in new


def test_an_installation_that_a_killed_run_left_behind_is_waited_for(operator: Operator) -> None:
    old, new = operator.others()
    operator.lab.run("fault", HOST, "package-seconds:300")
    with pytest.raises(RouterFault, match="not within"):
        operator.do("installed", new, seconds=1.0)
    operator.refused("installed", old, "it is installing already")
    operator.lab.run("fault", HOST, "package-seconds:0.5")
    assert operator.do("settled", new)["software"]["version"] == new
