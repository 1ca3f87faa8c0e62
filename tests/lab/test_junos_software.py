"""Software of an emulated router, driven by PyEZ's own SW class: what its users see, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jnpr.junos.exception import RpcError, SwRollbackError
from jnpr.junos.utils.sw import SW

from lab.junos.software.package import write
from tests.lab.junos_software import NEW, OLD, Router, routers

COUNT = 24
ACTIVE_NEXT = f"JUNOS {NEW} will become active at next reboot"


@pytest.fixture(scope="module")
def supply(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Router]]:
    yield from routers(tmp_path_factory.mktemp("software"), COUNT)


@pytest.fixture
def router(supply: Iterator[Router]) -> Router:
    return next(supply)


def test_sw_install_copies_validates_and_installs_and_a_reboot_activates_it(router: Router, tmp_path: Path) -> None:
    package = tmp_path / f"junos-install-mx-x86-64-{NEW}.tgz"
    write(package, NEW)
    said: list[str] = []
    with router.device() as device:
        ok, text = SW(device).install(
            package=str(package), validate=True, checksum_algorithm="sha256", progress=lambda _, t: said.append(str(t))
        )
        assert (ok, ACTIVE_NEXT in text) == (True, True)
        assert device.facts["version"] == OLD
        assert f"JUNOS Installation Software [{NEW}]" in device.cli("show version", warning=False)
    assert "checksum check passed." in said
    assert any("Validation succeeded" in line for line in said)
    assert router.versions() == (OLD, NEW, None)
    router.reboot()
    with router.device() as device:
        assert device.facts["version"] == NEW
        assert "Installation Software" not in device.cli("show version", warning=False)
        assert OLD in device.cli("show system software backup", warning=False)


def test_a_second_installation_is_refused_until_the_first_is_activated_or_backed_out(
    router: Router, tmp_path: Path
) -> None:
    path = router.send_package(tmp_path)
    with router.device() as device:
        sw = SW(device)
        assert sw.pkgadd(path)[0]
        said: list[str] = []
        assert sw.install(package=path, no_copy=True, progress=lambda _, t: said.append(str(t))) is False
        assert "There is already an install pending." in "".join(said)
        ok, text = sw.pkgadd(path)
        assert (ok, "There is already an install pending." in text) == (False, True)
        assert sw.pkgadd(path, force=True)[0]
        assert "The 'pending' set has been removed" in sw.rollback()
        assert router.versions() == (OLD, None, None)
        assert sw.install(package=path, no_copy=True)[0]


def test_a_rollback_brings_the_previous_software_back(router: Router, tmp_path: Path) -> None:
    with router.device() as device:
        with pytest.raises(SwRollbackError, match="Cannot rollback"):
            SW(device).rollback()
        assert SW(device).pkgadd(router.send_package(tmp_path))[0]
    router.reboot()
    with router.device() as device:
        assert f"Junos version '{OLD}' will become active at next reboot" in SW(device).rollback()
    assert router.versions() == (NEW, OLD, OLD)
    router.reboot()
    assert router.versions() == (OLD, None, NEW)


@pytest.mark.parametrize(
    "bad, validated, said",
    [
        ("garbage", False, "Unrecognized archive format"),
        ("truncated", False, "truncated gzip input"),
        ("product", False, "is not supported on this platform (vmx)"),
        ("signature", False, "signature verification failed"),
        ("validation", False, "Validation failed"),
        ("install", True, "fails requirements check"),
    ],
)
def test_a_bad_package_is_refused_and_nothing_is_pending(
    router: Router, tmp_path: Path, bad: str, validated: bool, said: str
) -> None:
    path = router.send_package(tmp_path, bad=bad)
    with router.device() as device:
        sw = SW(device)
        assert sw.validate(path) is validated
        ok, text = sw.pkgadd(path, no_validate=False)
        assert (ok, said in text) == (False, True), text
    assert router.versions() == (OLD, None, None)


def test_a_missing_package_is_told_without_a_result(router: Router) -> None:
    with router.device() as device:
        reply = device.rpc.request_package_add(package_name="/var/tmp/none.tgz").getparent()
        assert reply.findtext(".//package-result") is None
        assert "ERROR: package: /var/tmp/none.tgz is not found or empty" in reply.findtext(".//output")
        assert SW(device).pkgadd("/var/tmp/none.tgz")[0] is False
        assert SW(device).validate("/var/tmp/none.tgz") is False


def test_software_of_the_host_takes_the_hosts_commands(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path, kind="vmhost")
    with router.device() as device:
        sw = SW(device)
        ok, text = sw.pkgadd(path)
        assert (ok, "request vmhost software add" in text) == (False, True)
        ok, text = sw.install(package=path, no_copy=True, vmhost=True, validate=True)
        assert (ok, "Use the 'request vmhost reboot' command" in text) == (True, True)
        assert "Validation succeeded" in text
    router.reboot()
    assert router.versions() == (OLD, NEW, None), "Junos alone was restarted"
    router.reboot(vmhost=True)
    assert router.versions() == (NEW, None, OLD)


def test_a_host_reboot_is_told_in_outputs_and_warnings(router: Router) -> None:
    with router.device() as device:
        assert "Initiating vmhost reboot..." in SW(device).reboot(vmhost=True)
        device.connected = False
    router.back()


def test_what_is_not_modelled_is_a_syntax_error(router: Router) -> None:
    with router.device() as device:
        for rpc in ("request_package_nonstop_upgrade", "request_power_off", "request_package_delete"):
            with pytest.raises(RpcError, match="syntax error"):
                getattr(device.rpc, rpc)()
        with pytest.raises(RpcError, match="re1"):
            device.rpc.request_package_add(package_name="/var/tmp/x.tgz", re1=True)
        with pytest.raises(RpcError, match="package-name"):
            device.rpc.request_package_add()


def test_the_cli_does_the_same(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    with router.device() as device:

        def cli(line: str) -> str:
            return str(device.cli(line, warning=False))

        assert "Validation succeeded" in cli(f"request system software validate {path}")
        assert ACTIVE_NEXT in cli(f"request system software add {path} no-validate unlink")
        assert "No such file" in cli(f"file list {path}"), "unlink removes the package"
        assert "<package-result>0</package-result>" in cli("show log install")
        assert "No shutdown/reboot scheduled." in cli("show system reboot")
        assert "Shutdown at" in cli("request system reboot in 30")
        assert "reboot requested by lab at" in cli("show system reboot")
        assert "Terminating..." in cli("clear system reboot")
        assert "No shutdown/reboot scheduled." in cli("show system reboot")
        assert "Shutdown NOW!" in cli("request system reboot")
        device.connected = False
    router.back()
    assert router.versions() == (NEW, None, OLD)


def test_a_package_may_be_installed_and_activated_in_one_go(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    with router.device() as device:
        assert SW(device).pkgadd(path, reboot=True)[0]
        device.connected = False
    router.back()
    assert router.versions() == (NEW, None, OLD)


def test_a_storage_cleanup_lists_and_deletes_packages_logs_and_cores(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    router.faults("disk-free:10M", "disk-junk:30M", "boot-core:/var/crash/core.rpd.0")
    router.reboot()
    with router.device() as device:

        def listed(**options: bool) -> set[str]:
            reply = device.rpc.request_system_storage_cleanup(**options)
            return {str(name.text) for name in reply.iter("file-name")}

        wanted = {path, "/var/crash/core.rpd.0", "/var/log/messages.0.gz"}
        assert wanted <= listed(dry_run=True)
        assert wanted <= listed()
        assert not wanted & listed()
        assert SW(device).remote_checksum(path) is None
        free = int(device.rpc.get_system_storage().findtext(".//filesystem[last()]/available-blocks")) * 512
    assert 39 << 20 < free < 41 << 20
