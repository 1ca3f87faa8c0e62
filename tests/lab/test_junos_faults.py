"""The faults that the emulator plays, seen from a client and, independently, from the control socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jnpr.junos.exception import ConnectClosedError, ConnectError, RpcError, RpcTimeoutError
from jnpr.junos.utils.config import Config

from tests.lab.junos_emulator import Emulator, eventually

NAME = "set system domain-name"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator("--hostname", "r1", "--minute", "1") as running:
        yield running


@pytest.fixture(autouse=True)
def clean(emulator: Emulator) -> Iterator[None]:
    """Each test begins without faults, and leaves no lock, nothing pending and a clean candidate behind."""
    emulator.faults()
    emulator.control("clear-requests")
    yield
    emulator.faults()
    eventually(lambda: emulator.status()["lock"] is None, what="no lock is left")
    with emulator.device() as device:
        Config(device).rollback(0)
        if emulator.status()["pending"] is not None:
            Config(device).commit()


def committed(emulator: Emulator, name: str) -> bool:
    return f"{NAME} {name}\n" in emulator.running() + "\n"


@pytest.mark.parametrize(
    "fault, executed",
    [("drop@commit-configuration/confirmed", False), ("drop-after@commit-configuration/confirmed", True)],
)
def test_a_dropped_session_before_and_after_the_commit(emulator: Emulator, fault: str, executed: bool) -> None:
    name = f"after-{executed}.example.net".lower()
    emulator.faults(fault)
    with emulator.device() as device:
        config = Config(device)
        config.lock()
        config.load(f"{NAME} {name}", format="set")
        config.commit_check()
        with pytest.raises((ConnectClosedError, RpcError)):
            config.commit(confirm=10)
        device.connected = False
    assert committed(emulator, name) is executed
    assert (emulator.status()["pending"] is not None) is executed
    assert emulator.requests()[-1] == "commit-configuration/confirmed"


def test_only_the_nth_request_is_hit(emulator: Emulator) -> None:
    emulator.faults("error@load-configuration:2:disk full: /var")
    with emulator.device() as device:
        config = Config(device)
        config.load(f"{NAME} one.example.net", format="set")
        with pytest.raises(Exception, match="disk full: /var"):
            config.load(f"{NAME} two.example.net", format="set")
        config.load(f"{NAME} three.example.net", format="set")
        assert "two.example.net" not in config.diff()


def test_a_lost_reply_times_out_though_the_router_committed(emulator: Emulator) -> None:
    emulator.faults("lose-reply@commit-configuration/plain")
    with emulator.device() as device:
        config = Config(device)
        config.load(f"{NAME} lost.example.net", format="set")
        with pytest.raises(RpcTimeoutError):
            config.commit(timeout=1)
        eventually(lambda: committed(emulator, "lost.example.net"), what="the router has committed")
        assert config.diff() is None, "the session itself goes on"


def test_a_delay_holds_the_answer_up_and_nobody_else(emulator: Emulator) -> None:
    emulator.faults("delay@lock-configuration:3600", "delay@unlock-configuration:0.6")
    with emulator.device() as device, emulator.device() as other, ThreadPoolExecutor(1) as pool:
        locking = pool.submit(Config(device).lock)
        eventually(lambda: [r for r in emulator.requests() if r.startswith("lock-")], what="the request has arrived")
        assert Config(other).diff() is None
        assert not locking.done()
        emulator.faults("delay@unlock-configuration:0.6")  # ends the delay that is under way
        assert locking.result(timeout=60)
        begun = time.monotonic()
        Config(device).unlock()
        assert time.monotonic() - begun >= 0.6


def test_timers_fire_late(emulator: Emulator) -> None:
    emulator.faults("late-timer:1.5")
    with emulator.device() as device:
        config = Config(device)
        config.load(f"{NAME} late.example.net", format="set")
        begun = time.monotonic()
        config.commit(confirm=1)
    eventually(lambda: not committed(emulator, "late.example.net"), what="rolled back")
    assert time.monotonic() - begun > 2.4, "a minute of one second, and 1.5 s more"


def test_a_refused_connection_is_a_reset_and_others_go_on(emulator: Emulator) -> None:
    with emulator.device() as device:
        emulator.faults("refuse-connect")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", emulator.port), timeout=5)
        assert Config(device).diff() is None
    emulator.faults()
    with emulator.device() as device:
        assert Config(device).diff() is None


def test_a_black_hole_swallows_new_connections_and_old_sessions(emulator: Emulator) -> None:
    with emulator.device() as device:
        emulator.faults("blackhole")
        with pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", emulator.port), timeout=1)
        device.timeout = 1
        with pytest.raises(RpcTimeoutError):
            Config(device).diff()
        emulator.faults()
        device.timeout = 30
        assert Config(device).diff() is None
    with emulator.device() as device:
        assert Config(device).diff() is None


@pytest.mark.parametrize("kind", ["refuse-connect", "blackhole"])
@pytest.mark.parametrize("after", [False, True])
def test_a_router_that_vanishes_at_a_step(emulator: Emulator, kind: str, after: bool) -> None:
    name = f"{kind}-{after}.example.net".lower()
    emulator.faults(f"{kind}{'-after' if after else ''}@commit-configuration")
    device: Any = emulator.device()
    device.open()
    Config(device).load(f"{NAME} {name}", format="set")
    device.timeout = 1
    with pytest.raises((ConnectClosedError, RpcTimeoutError, RpcError)):
        Config(device).commit()
    eventually(lambda: committed(emulator, name) is after, what=f"committed: {after}")
    with pytest.raises(ConnectError):
        emulator.device(conn_open_timeout=1).open()
    emulator.faults()
    with emulator.device() as again:
        assert committed(emulator, name) is after
        Config(again).rollback(0)


def test_a_session_dropped_before_its_hello(emulator: Emulator) -> None:
    emulator.faults("drop@hello")
    with pytest.raises(ConnectError):
        emulator.device().open()
    emulator.device().open().close()


def test_host_selectors_concern_one_router_of_many() -> None:
    arguments = ("--count", "3", "--hostname", "r", "--fault", "host=r2,refuse-connect")
    with Emulator(*arguments) as emulator:
        reachable = []
        for port in emulator.ports:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                reachable.append(True)
            except ConnectionRefusedError:
                reachable.append(False)
        assert reachable == [True, False, True]
        assert [router["faults"] for router in emulator.control("status")] == [[], ["host=r2,refuse-connect"], []]
