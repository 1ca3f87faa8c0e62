"""What can go wrong with an installation and a reboot, as the emulator plays it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jnpr.junos.exception import ConnectClosedError, RpcError, RpcTimeoutError
from jnpr.junos.utils.config import Config
from jnpr.junos.utils.sw import SW
from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError

from tests.lab.junos_emulator import PASSWORD, USER
from tests.lab.junos_software import NEW, OLD, WITHIN, Router, routers, since
from tests.lab.junos_wire import Wire

COUNT = 24


@pytest.fixture(scope="module")
def supply(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Router]]:
    yield from routers(tmp_path_factory.mktemp("software"), COUNT)


@pytest.fixture
def router(supply: Iterator[Router]) -> Router:
    return next(supply)


def test_an_installation_outlives_the_rpc_that_timed_out(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    router.faults("install-seconds:3600")
    with router.device() as device:
        with pytest.raises(RpcTimeoutError):
            SW(device).pkgadd(path, dev_timeout=1)
        device.connected = False
    router.busy()
    with router.device() as device:
        ok, text = SW(device).pkgadd(path)
        assert (ok, "Another package operation is in progress" in text) == (False, True)
        assert device.rpc.request_package_checks_pending_install().getparent().findtext("package-result") == "0"
    router.faults("install-seconds:0")
    router.idle()
    assert router.versions() == (OLD, NEW, None)


def test_a_session_lost_in_the_middle_leaves_the_installation_running(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    router.faults("install-seconds:3600", "drop-during@request-package-add:0.3")
    with router.device() as device:
        with pytest.raises((ConnectClosedError, RpcError)):
            SW(device).pkgadd(path)
        device.connected = False
    router.busy()
    router.faults("install-seconds:0")
    router.idle()
    assert router.versions() == (OLD, NEW, None)


def test_a_reply_may_be_lost_or_come_without_its_result(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path, bad="install")
    router.faults("install-seconds:0.1", "omit-result@request-package-add:*")
    with router.device() as device:
        assert SW(device).pkgadd(path)[0] is True, "what PyEZ makes of a reply without a result"
    assert router.versions() == (OLD, None, None)
    router.faults("install-seconds:0.1", "drop-after@request-package-add")
    with router.device() as device:
        with pytest.raises((ConnectClosedError, RpcError)):
            SW(device).pkgadd(router.send_package(tmp_path))
        device.connected = False
    assert router.versions() == (OLD, NEW, None)


@pytest.mark.parametrize(
    "fault, said",
    [
        ("validation-failure:[edit routing-options]\n  'validation'\n    syntax error", "'validation'"),
        ("validation-failure", "mgd: configuration check-out failed"),
        ("install-failure:80", "Installation failed for package"),
        ("disk-free:63M", "WARNING: The /var filesystem is low on free disk space."),
    ],
)
def test_a_step_fails_and_nothing_has_changed(router: Router, tmp_path: Path, fault: str, said: str) -> None:
    path = router.send_package(tmp_path)
    router.faults("install-seconds:0.2", fault)
    with router.device() as device:
        ok, text = SW(device).pkgadd(path, no_validate=False)
        assert (ok, said in text) == (False, True), text
    assert router.versions() == (OLD, None, None)
    router.faults("install-seconds:0")
    with router.device() as device:
        assert SW(device).pkgadd(path)[0]


def test_a_reboot_ends_sessions_and_an_unfinished_installation(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    router.faults("install-seconds:3600", "no-boot")
    with router.device() as device, router.device() as other:
        with pytest.raises(RpcTimeoutError):
            SW(device).pkgadd(path, dev_timeout=1)
        router.busy()
        watcher = Wire(router.emulator, port=router.port)
        watcher.channel.settimeout(WITHIN)
        SW(other).reboot()
        router.down()
        assert watcher.channel.recv(1) == b"", "the router closes sessions that are idle, too"
        assert router.status()["sessions"] == []
        device.connected = other.connected = False
    assert not router.answers()
    router.faults("reboot-seconds:0")
    router.back()
    assert router.answers()
    assert not router.software["busy"]
    assert router.versions() == (OLD, None, None)


def test_the_time_of_the_boot_tells_that_the_router_has_rebooted(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    with router.device() as device:
        SW(device).pkgadd(path)
        booted = device.rpc.get_system_uptime_information(normalize=True).find(".//system-booted-time/date-time")
        assert SW(device).reboot().startswith("Shutdown NOW!")
        device.connected = False
    router.back()
    with router.device() as device:
        again = device.rpc.get_system_uptime_information(normalize=True).find(".//system-booted-time/date-time")
        assert int(again.get("seconds")) > int(booted.get("seconds"))
        assert device.rpc.get_software_information().findtext(".//junos-version") == NEW


def test_a_router_comes_back_with_what_was_committed_and_confirmed(router: Router) -> None:
    name = "set system domain-name"
    with router.device() as device:
        config = Config(device)
        config.load(f"{name} committed.example.net", format="set")
        config.commit()
        config.load(f"{name} pending.example.net", format="set")
        config.commit(confirm=600)
        config.load("set system time-zone UTC", format="set")
    assert router.status()["dirty"]
    router.reboot()
    found = router.status()
    assert (found["pending"], found["dirty"], found["lock"]) == (None, False, None)
    assert found["history"][0]["user"] == "root"
    running = str(router.emulator.control("config", host=router.name)[0]["config"])
    assert f"{name} committed.example.net" in running
    assert "time-zone" not in running


def test_a_router_that_boots_late_or_never_or_with_the_old_software(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    router.faults("no-boot")
    with router.device() as device:
        SW(device).pkgadd(path)
        SW(device).reboot()
        device.connected = False
    router.down()
    began = time.monotonic()
    while since(began) < 1.0:
        assert not router.status()["up"]
    router.faults("boot-old", "reboot-seconds:0")
    router.back()
    assert router.versions() == (OLD, None, None)
    with router.device() as device:
        reason = device.rpc.get_route_engine_information().findtext(".//last-reboot-reason")
    assert reason == "Router rebooted after a failed boot of the new software."


def test_a_router_comes_back_with_an_interface_missing_an_alarm_and_a_core(router: Router) -> None:
    router.faults(
        "boot-without:ge-0/0/0", "boot-alarm:Host 0 fxp0 : Ethernet Link Down", "boot-core:/var/crash/core.rpd.0"
    )

    def seen() -> tuple[str, str, bool]:
        with router.device() as device:
            port = device.rpc.get_interface_information(interface_name="ge-0/0/0", terse=True)
            alarms = device.rpc.get_alarm_information()
            cores = etree.tostring(device.rpc.get_system_core_dumps()).decode()
        return (
            (port.findtext(".//oper-status") or "").strip(),
            (alarms.findtext(".//alarm-description") or "").strip(),
            "/var/crash/core.rpd.0" in cores,
        )

    assert seen() == ("up", "", False)
    router.reboot()
    assert seen() == ("down", "Host 0 fxp0 : Ethernet Link Down", True)
    router.faults()
    assert seen() == ("up", "Host 0 fxp0 : Ethernet Link Down", True), "only what was held down comes back by itself"


def test_alarms_and_cores_are_there_as_long_as_they_are_set(router: Router) -> None:
    def alarms() -> list[str]:
        with router.device() as device:
            return [str(e.text) for e in device.rpc.get_alarm_information().iter("alarm-description")]

    router.faults("alarm:Fan Tray 0 Failure", "alarm:PEM 1: Input Failure", "core:/var/crash/core.cosd.0")
    assert alarms() == ["Fan Tray 0 Failure", "PEM 1: Input Failure"]
    with router.device() as device:
        assert "core.cosd.0" in device.cli("show system core-dumps", warning=False)
    router.faults()
    assert alarms() == []


def test_the_clock_follows_the_configured_servers_unless_they_do_not_answer(router: Router) -> None:
    def status() -> str:
        with router.device() as device:
            return str(device.cli("show ntp status", warning=False)) + str(
                device.cli("show ntp associations", warning=False)
            )

    assert "Connection refused" in status()
    with router.device() as device:
        config = Config(device)
        config.load("set system ntp server 192.0.2.9\nset system ntp server 192.0.2.10", format="set")
        config.commit()
    assert "sync_ntp" in (text := status())
    assert "stratum=2" in text
    assert "*192.0.2.9" in text
    router.faults("ntp-unsynchronized")
    assert "sync_unspec" in (text := status())
    assert "stratum=16" in text
    assert "*192.0.2.9" not in text


def test_a_plain_netconf_client_sees_the_same(router: Router, tmp_path: Path) -> None:
    path = router.send_package(tmp_path)
    with manager.connect(
        host="127.0.0.1", port=router.port, username=USER, password=PASSWORD, hostkey_verify=False,
        device_params={"name": "junos"}, look_for_keys=False, allow_agent=False,
    ) as session:  # fmt: skip

        def rpc(text: str) -> etree._Element:
            return etree.fromstring(str(session.rpc(text)).encode())

        def result(reply: etree._Element) -> str:
            return (reply.findtext(".//{*}package-result") or "").strip()

        assert result(rpc("<request-package-checks-pending-install/>")) == "0"
        add = f"<request-package-add><package-name>{path}</package-name><no-validate/><no-copy/></request-package-add>"
        assert result(rpc(add)) == "0"
        assert result(rpc("<request-package-checks-pending-install/>")) == "1"
        assert result(rpc("<request-package-rollback/>")) == "0"
        with pytest.raises(RPCError, match="syntax error"):
            rpc("<request-package-add><package>x</package></request-package-add>")
        status = rpc("<request-reboot><in>60</in></request-reboot>").find(".//{*}request-reboot-status")
        assert status is not None
        assert int(status.get("reboot-time") or 0) > time.time() + 30
        assert "Shutdown at" in (status.text or "")
        assert "Terminating..." in str(session.rpc("<clear-reboot/>"))


def test_a_power_cut_activates_what_was_pending_too(tmp_path: Path) -> None:
    for start, expected in enumerate([(OLD, NEW, None), (NEW, None, OLD)]):
        for supply in routers(tmp_path, 2, "--state-dir", str(tmp_path / "state")):
            router = next(supply)
            if start == 0:
                with router.device() as device:
                    assert SW(device).pkgadd(router.send_package(tmp_path))[0]
            assert router.versions() == expected
