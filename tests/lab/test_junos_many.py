"""Many routers in one process: their memory, their independence, commits in parallel; and what stops a start."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from jnpr.junos import Device
from jnpr.junos.exception import ConnectClosedError
from jnpr.junos.utils.config import Config

from lab.junos.__main__ import main
from tests.lab.junos_emulator import PASSWORD, ROOT, USER, Emulator, eventually

COUNT = 24
LOGIN = ["--listen", "127.0.0.1:0", "--user", USER, "--password", PASSWORD]
LIMIT_MB = 1024 * COUNT / 200


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    arguments = ("--count", str(COUNT), "--hostname", "r", "--commit-delay", "1.5")
    with Emulator(*arguments) as running:
        yield running


def test_every_router_has_its_own_name_and_datastore_and_commits_at_the_same_time(emulator: Emulator) -> None:
    # Logging in is work of a busy machine: only the commits are timed.
    together = threading.Barrier(COUNT, timeout=120)

    def change(port: int) -> tuple[str, float, float]:
        with emulator.device(port=port) as device:
            config = Config(device)
            config.load(f"set system domain-name p{port}.example.net", format="set")
            together.wait()
            begun = time.monotonic()
            config.commit(timeout=60)
            ended = time.monotonic()
            name = str(device.rpc.get_config(filter_xml="system/host-name").findtext("system/host-name"))
            return name, begun, ended

    with ThreadPoolExecutor(COUNT) as pool:
        names, begun, ended = zip(*pool.map(change, emulator.ports), strict=True)
    assert list(names) == [f"r{number}" for number in range(1, COUNT + 1)]
    assert max(ended) - min(begun) < 1.5 * COUNT / 2, "the delays of the commits overlap"
    configs = [router["config"] for router in emulator.control("config", database="running", format="set")]
    for port, config in zip(emulator.ports, configs, strict=True):
        assert f"p{port}.example.net" in config
        assert config.count("domain-name") == 1


@pytest.fixture
def slow() -> Iterator[Emulator]:
    """A router whose commits take so long that a client can go meanwhile, also on a busy machine."""
    with Emulator("--commit-delay", "6") as running:
        yield running


def test_a_commit_is_completed_though_its_client_has_gone(slow: Emulator) -> None:
    emulator = slow
    device = emulator.device()
    device.open()
    Config(device).load("set system domain-name orphan.example.net", format="set")
    gone = ThreadPoolExecutor(1).submit(lambda: Config(device).commit(timeout=20))
    eventually(lambda: "commit-configuration/plain" in emulator.requests()[-1:], what="the commit has arrived")
    device._conn._session.transport.close()
    with pytest.raises(ConnectClosedError):
        gone.result(timeout=20)
    assert "orphan" not in emulator.running(), "the delay is not over"
    eventually(lambda: "orphan" in emulator.running(), what="committed")
    eventually(lambda: not emulator.status()["sessions"], what="the session has ended")


def test_memory_stays_within_the_share_of_200_in_a_gibibyte(emulator: Emulator) -> None:
    lines = Path(f"/proc/{emulator.process.pid}/status").read_text().splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    assert peak < max(LIMIT_MB, 200), f"{peak:.0f} MiB for {COUNT} routers"


def test_state_survives_a_restart_and_a_pending_commit_is_rolled_back(tmp_path: Path) -> None:
    arguments = ("--hostname", "r1", "--state-dir", str(tmp_path / "state"), "--minute", "1")
    with Emulator(*arguments) as first, first.device() as device:
        config = Config(device)
        config.load("set system domain-name kept.example.net", format="set")
        config.commit(comment="kept")
        config.load("set system domain-name trial.example.net", format="set")
        config.commit(confirm=30)
    with Emulator(*arguments) as second:
        eventually(lambda: "kept.example.net" in second.running(), what="rolled back at boot")
        assert "kept" in [entry["log"] for entry in second.status()["history"]]
        assert second.status()["pending"] is None


def test_further_addresses_and_keys_for_every_name(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    keys = tmp_path / "authorized_keys"
    keys.write_text("# operators\n\nrestrict " + (tmp_path / "key.pub").read_text())
    arguments = ("--also-listen", "127.0.0.1:0", "--also-listen", "[::1]:0", "--authorized-keys", str(keys))
    with Emulator(*arguments, login=False) as emulator:
        addresses = emulator.status()["addresses"]
        assert [address.rpartition(":")[0] for address in addresses] == ["127.0.0.1", "127.0.0.1", "[::1]"]
        for number, address in enumerate(addresses[:2]):
            host, _, port = address.rpartition(":")
            device = Device(host=host, port=int(port), user=f"user{number}", gather_facts=False,
                            ssh_private_key_file=str(tmp_path / "key"), allow_agent=False)  # fmt: skip
            with device:
                assert device.rpc.get_commit_information().findtext("commit-history/user") == "root"
                assert [s["user"] for s in emulator.status()["sessions"]] == [f"user{number}"]
            eventually(lambda: not emulator.status()["sessions"], what="the session is gone")
        with socket.create_connection(("::1", int(addresses[2].rpartition(":")[2])), timeout=10) as connection:
            assert connection.recv(8) == b"SSH-2.0-"


def test_alarms_and_core_files_come_from_the_control_socket(emulator: Emulator) -> None:
    emulator.control("alarm", host="r2", description="PEM 0 Not OK")
    emulator.control("core", host="r2", path="/var/crash/core.rpd.0")
    for number, port in enumerate(emulator.ports[:2]):
        with emulator.device(port=port) as device:
            alarms = device.rpc.get_alarm_information().findall("alarm-detail")
            assert [alarm.findtext("alarm-description") for alarm in alarms] == ["PEM 0 Not OK"][:number]
            assert ("core.rpd.0" in device.cli("show system core-dumps", warning=False)) is (number == 1)
    emulator.control("clear-chassis")


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["--listen", "127.0.0.1"], "expected ADDRESS:PORT"),
        (["--listen", "127.0.0.1:0"], "nobody could log in"),
        (["--listen", "127.0.0.1:0", "--password", "x"], "--password needs --user"),
        (["--listen", "127.0.0.1:0", "--fault", "explode"], "unknown kind 'explode'"),
        ([*LOGIN, "--fault", "host=r9,refuse-connect", "--hostname", "r1"], "no router 'r9'; there are r1"),
        ([*LOGIN, "--fault", "drop@commit-config"], "did you mean commit-configuration?"),
        ([*LOGIN, "--fault", "drop@commit-configuration/soon"], "there is no form 'soon' of a request"),
        ([*LOGIN, "--backend", "frr", "--count", "2"], "--count cannot be combined"),
        ([*LOGIN, "--commit-delay", "-1"], "expected a number of seconds"),
        ([*LOGIN, "--control", "/no/such/directory/socket"], "/no/such/directory/socket"),
        ([*LOGIN, "--state-dir", "/proc/none"], "/proc/none"),
        ([*LOGIN, "--host-key", "/dev/null"], "--host-key /dev/null"),
        (["--listen", "192.0.2.1:8300", *LOGIN[2:]], "192.0.2.1 port 8300: Cannot assign requested address"),
        (["--listen", "127.0.0.1:0", "--config", "/no/such/file"], "--config /no/such/file"),
        (["--listen", "127.0.0.1:0", "--minute", "0"], "expected a number of seconds above 0"),
        (["--listen", "127.0.0.1:65000", "--count", "1000"], "leaves no room for 1000 routers"),
        (["--listen", "127.0.0.1:0", "--authorized-keys", "/dev/null", "--count", "x"], "expected a number"),
    ],
)
def test_a_start_that_cannot_work_says_why(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = int(stop.code or 0)
    assert status == 2
    assert complaint in capsys.readouterr().err


def test_a_bad_configuration_is_not_served(tmp_path: Path) -> None:
    path = tmp_path / "bad.conf"
    path.write_text("system {\n    host-name r1;\n    explode 1;\n}\n")
    login = ["--user", USER, "--password", PASSWORD]
    done = subprocess.run(
        [sys.executable, "-m", "lab.junos", "--listen", "127.0.0.1:0", *login, "--config", str(path)],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "explode" in done.stderr
    assert str(path) in done.stderr


def free_ports(count: int) -> int:
    """The first of some neighbouring ports of which none is in use, and which the kernel gives to nobody."""
    for first in range(20000 + os.getpid() % 12000, 32000 + count, count):
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise AssertionError("no free ports")


def served(*arguments: str) -> subprocess.Popen[str]:
    """An emulator as a person starts it."""
    command = [sys.executable, "-m", "lab.junos", "--user", USER, "--password", PASSWORD, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_ready_line_for_every_port_upward_and_a_clean_end_with_sessions_open() -> None:
    first = free_ports(3)
    with served("--listen", f"127.0.0.1:{first}", "--count", "3") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines == [f"ready 127.0.0.1:{first + number}\n" for number in range(3)]
        device = Device("127.0.0.1", port=first + 2, user=USER, passwd=PASSWORD, gather_facts=False).open()
        Config(device).lock()
        process.terminate()
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output, errors) == (0, "", "")
        with pytest.raises(ConnectClosedError):
            Config(device).diff()


def test_a_port_in_use_is_named_and_nothing_is_ready(emulator: Emulator) -> None:
    with served("--listen", f"127.0.0.1:{emulator.port}") as process:
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert f"127.0.0.1 port {emulator.port}: Address already in use" in errors
    assert "Traceback" not in errors


def test_ending_it_while_somebody_holds_the_control_socket_is_no_error() -> None:
    running = Emulator()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(running.socket))
        client.sendall(b'{"op": "status"}\n')
        assert json.loads(client.makefile().readline())["ok"]
        running.close()  # which looks at what it complained about
