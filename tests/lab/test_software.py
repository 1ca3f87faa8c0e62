"""router_software on Junos, with every fault of an installation: what it says is what the router did."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.software_specs import SOFTWARE
from ansible_collections.fairway.backbone.plugins.plugin_utils import software_hand
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos import JunosRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_session import JunosSession
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import SshOptions
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.router_files import file_hand
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_watch import Watch
from lab.junos.software.package import build

from .junos_emulator import PASSWORD, USER
from .junos_software import NEW, OLD, Router
from .junos_software import routers as fresh_routers

pytestmark = pytest.mark.lab

PATH = "/var/tmp/software.tgz"
OTHER = "24.4R3.5"
ROUTERS = 24
DEFAULTS = {name: option.get("default", "") for name, option in SOFTWARE.items()}


class Operator:
    """Somebody who upgrades one router with the module, and hears what it says."""

    def __init__(self, truth: Router, directory: Path) -> None:
        self.truth, self.directory, self.lines = truth, directory, list[str]()
        options: dict[str, Any] = {
            "router": truth.name, "host": "127.0.0.1", "port": truth.port, "user": USER, "password": PASSWORD,
            "connect_timeout": 3.0, "command_timeout": 20.0, "check_host_key": False, "ssh_config": "",
        }  # fmt: skip
        self.router = JunosRouter(JunosSession(SshOptions(**options)), recover_s=20.0)

    def copy(self, version: str = NEW, **package: Any) -> str:
        """Put a package on the router; its checksum."""
        data = build(version, **package)
        file = self.directory / f"{self.truth.name}.tgz"
        file.write_bytes(data)
        file_hand(self.router).put(file, PATH)
        return f"sha256:{hashlib.sha256(data).hexdigest()}"

    def do(self, state: str, seconds: float = 60.0, check_mode: bool = False, **args: Any) -> dict[str, Any]:
        """What the module does."""
        watch = Watch(self.truth.name, seconds, 0.1, self.lines.append)
        told = {**DEFAULTS, "package": PATH, "version": NEW, "state": state, **args}
        try:
            return software_hand.work(self.router, told, watch, check_mode)
        finally:
            self.router.close()

    def refused(self, state: str, *words: str, **args: Any) -> RouterFault:
        """The module fails, and says these words and the router's name."""
        with pytest.raises(RouterFault) as caught:
            self.do(state, **args)
        assert [word for word in (f"{self.truth.name}: ", *words) if word not in caught.value.message] == [], (
            caught.value
        )
        return caught.value


@pytest.fixture(scope="module")
def routers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Router]]:
    """A router that nobody has touched for each test that asks for one."""
    yield from fresh_routers(tmp_path_factory.mktemp("software"), ROUTERS)


@pytest.fixture
def operator(routers: Iterator[Router], tmp_path: Path) -> Operator:
    return Operator(next(routers), tmp_path)


UPTIME = "get-system-uptime-information"
QUICK = ("install-seconds:0.3", "reboot-seconds:0.3")


def test_a_package_is_validated_installed_booted_and_taken_back(operator: Operator) -> None:
    checksum = operator.copy()
    assert "Validation succeeded" in operator.do("validated", checksum=checksum)["words"]
    assert operator.truth.versions() == (OLD, None, None)
    told = operator.do("installed", checksum=checksum)
    assert (told["changed"], told["software"]["pending"]) == (True, NEW)
    assert operator.truth.versions() == (OLD, NEW, None)
    assert operator.do("installed", checksum=checksum)["changed"] is False
    told = operator.do("rebooted")
    assert told["software"] | {"model": ""} == {
        "version": NEW, "pending": "", "previous": OLD, "model": "", "busy": "", "broken": "",
    }  # fmt: skip
    assert operator.truth.versions() == (NEW, None, OLD)
    assert operator.truth.status()["reboots"] == 1
    assert operator.do("installed")["changed"] is False
    assert operator.do("reverted", version=OLD)["software"]["pending"] == OLD
    assert operator.do("rebooted", version=OLD)["software"]["version"] == OLD
    assert operator.do("reverted", version=OLD)["changed"] is False


def test_what_waits_for_a_reboot_is_taken_back(operator: Operator) -> None:
    operator.copy()
    operator.do("installed")
    assert operator.do("reverted", version=OLD)["changed"] is True
    assert operator.truth.versions() == (OLD, None, None)


def test_a_package_of_the_host_takes_the_hosts_requests(operator: Operator) -> None:
    operator.copy(kind="vmhost")
    operator.refused("installed", "request vmhost software add")
    assert operator.do("installed", vmhost=True)["software"]["pending"] == NEW
    assert operator.do("rebooted", vmhost=True)["software"]["version"] == NEW


def test_check_mode_only_says_it(operator: Operator) -> None:
    operator.copy()
    told = operator.do("installed", check_mode=True)
    assert (told["changed"], told["words"]) == (True, f"{NEW} would be installed")
    operator.do("rebooted", check_mode=True)
    assert operator.truth.versions() == (OLD, None, None)
    assert operator.truth.status()["reboots"] == 0


@pytest.mark.parametrize(
    "package, words",
    [
        ({"bad": "product"}, ("is not supported on this platform",)),
        ({"bad": "garbage"}, ("Unrecognized archive format",)),
        ({"bad": "install"}, ("pkg: Input/output error",)),
        ({"size": 1 << 50}, ("available",)),
    ],
    ids=["of another product", "no package", "that breaks off", "that does not fit"],
)
def test_a_package_that_cannot_be_installed(
    operator: Operator, package: dict[str, Any], words: tuple[str, ...]
) -> None:
    if "size" in package:
        operator.truth.faults(*QUICK, "disk-free:200M")
    operator.copy(**package)
    assert operator.refused("installed", "install", "(result 1)", *words).kind == "rejected"
    assert operator.truth.versions() == (OLD, None, None)


def test_a_package_that_is_not_there_has_no_result_and_is_no_success(operator: Operator) -> None:
    operator.refused("installed", "no result", "is not found or empty")
    operator.refused("validated", "no result", "is not found or empty")


def test_a_wrong_checksum_stops_everything(operator: Operator) -> None:
    operator.copy()
    for state in ("validated", "installed"):
        assert (
            operator.refused(state, "expected 00", "nothing was installed", checksum="sha256:" + "0" * 64).kind
            == "checksum"
        )
    assert operator.truth.versions() == (OLD, None, None)


def test_a_configuration_that_the_new_release_does_not_take(operator: Operator) -> None:
    operator.truth.faults(*QUICK, "validation-failure")
    operator.copy()
    operator.refused("validated", "Validation failed", "configuration check-out failed")


def test_another_version_waits_already(operator: Operator) -> None:
    operator.copy(OTHER)
    operator.do("installed", version=OTHER)
    operator.copy()
    operator.refused("installed", f"{OTHER} is installed and waits for a reboot", f"{NEW} was not installed")
    assert operator.truth.versions() == (OLD, OTHER, None)


@pytest.mark.parametrize(
    "fault",
    ["drop-during@request-package-add:0.1", "lose-reply@request-package-add", "omit-result@request-package-add"],
)
def test_an_installation_whose_reply_never_comes_is_found_out(operator: Operator, fault: str) -> None:
    operator.copy()
    operator.truth.faults("install-seconds:1", fault)
    told = operator.do("installed")
    assert (told["changed"], told["software"]["pending"]) == (True, NEW)
    assert operator.truth.versions() == (OLD, NEW, None)


def test_an_installation_whose_reply_never_comes_and_that_fails(operator: Operator) -> None:
    operator.copy(bad="install")
    operator.truth.faults("install-seconds:1", "drop-during@request-package-add:0.1")
    operator.refused("installed", "failed (result 1)", "Input/output error")
    assert any("the reply was lost" in line for line in operator.lines), operator.lines


def test_an_installation_that_the_router_never_heard_of(operator: Operator) -> None:
    operator.copy()
    operator.do("validated")
    operator.truth.faults(*QUICK, "drop@request-package-add")
    assert operator.refused("installed", "never reached the router").kind == "lost"
    assert operator.truth.versions() == (OLD, None, None)


def test_somebody_else_is_installing(operator: Operator, tmp_path: Path) -> None:
    """Another run, or a person: its installation is waited for, and not disturbed."""
    operator.copy()
    # It takes as long as anybody needs to find it at work, and then no longer.
    operator.truth.faults("install-seconds:300", "drop-during@request-package-add:0.1")
    operator.refused("installed", "not within", seconds=0.3)
    operator.truth.faults("install-seconds:300")
    assert operator.refused("installed", "it is installing already").kind == "busy"
    operator.truth.faults(*QUICK)
    assert operator.do("settled")["software"]["pending"] == NEW


def test_a_router_that_does_not_come_back_in_time(operator: Operator) -> None:
    operator.copy()
    operator.do("installed")
    operator.truth.faults("reboot-seconds:0.3", "no-boot")
    assert operator.refused("rebooted", "not within 4 s", "does not answer", seconds=4.0).kind == "timeout"
    operator.truth.faults(*QUICK)
    operator.truth.back()
    assert operator.do("facts")["software"]["version"] == NEW


def test_a_router_that_comes_back_with_the_old_version(operator: Operator) -> None:
    operator.copy()
    operator.do("installed")
    operator.truth.faults(*QUICK, "boot-old")
    operator.refused("rebooted", f"was to begin with {NEW} and came back with {OLD}")
    assert operator.do("facts")["software"]["pending"] == ""


def test_a_reboot_whose_reply_is_lost_is_a_reboot(operator: Operator) -> None:
    operator.truth.faults(*QUICK, "drop-after@request-reboot")
    operator.do("rebooted")
    assert operator.truth.status()["reboots"] == 1


def test_a_router_that_answers_late_is_not_taken_for_one_that_is_back(operator: Operator) -> None:
    """A connection is lost before it goes down, and then an answer takes its time: it is still up from before."""
    operator.copy()
    operator.do("installed")
    # The first question after the three of before the reboot is not answered, the second late.
    lost, late = f"drop@{UPTIME}:4", f"delay-after@{UPTIME}:2.5:5"
    operator.truth.faults(*QUICK, "drop@request-reboot", lost, late)
    operator.truth.emulator.control("clear-requests", host=operator.truth.name)
    operator.refused("rebooted", "it has not gone down yet", seconds=5.0)
    assert operator.truth.status()["reboots"] == 0
    (told,) = operator.truth.emulator.control("requests", host=operator.truth.name)
    asked = [one["rpc"] for one in told["requests"] if one["rpc"] in (UPTIME, "request-reboot")]
    assert asked[:6] == [UPTIME, UPTIME, UPTIME, "request-reboot", UPTIME, UPTIME]


def test_there_is_nothing_to_go_back_to(operator: Operator) -> None:
    operator.refused("reverted", "Cannot rollback", version="")
