"""`lab traffic`: every packet that is lost is counted, and nothing else is."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .lab_harness import Lab, poll

pytestmark = pytest.mark.lab

JKT_PROBE, SBY_PROBE = "192.0.2.11", "192.0.2.12"

WITNESS = f"""\
table ip witness {{
    chain arrived {{
        type filter hook input priority 0
        ip saddr {JKT_PROBE} udp sport >= 1024 counter
    }}
}}
"""


@pytest.fixture
def net(backbone: Lab) -> Iterator[Lab]:
    """The shared backbone, healed and converged after the test."""
    yield backbone
    backbone.heal()
    backbone.run("wait", "--timeout", "120", timeout=150)


@contextmanager
def traffic(net: Lab, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A measurement that is under way."""
    process = subprocess.Popen(
        net.command("traffic", "--json", *arguments), env=net.environment, cwd=net.checkout,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        begun = process.stderr.readline()
        assert begun.startswith("measuring "), begun + process.stderr.read()
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> dict[str, Any]:
    """End a measurement by a signal and return what it found."""
    process.send_signal(number)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def direction(found: dict[str, Any], source: str, family: int = 4) -> dict[str, Any]:
    """One direction of a measurement between two hosts."""
    (one,) = [one for one in found["directions"] if (one["source"], one["family"]) == (source, family)]
    return dict(one)


def test_a_healthy_network_loses_nothing_of_many_pairs_both_ways_in_both_families(net: Lab) -> None:
    pairs = ("jkt-probe", "sby-probe", "jkt-probe", "carrier-b", "sby-r1", "carrier-a", "jkt-r2", "sby-probe")
    found = json.loads(net.run("traffic", *pairs, "--seconds", "2", "--json").stdout)
    assert len(found["directions"]) == 4 * 2 * 2
    for one in found["directions"]:
        assert one["lost"] == 0, one
        assert (one["losses"], one["outages"], one["duplicates"]) == ([], [], 0)
        # A busy machine sends fewer, never more.
        assert 0 < one["sent"] <= 50 * found["seconds"] + 4, one


def test_lost_is_what_a_counter_at_the_other_end_did_not_see(net: Lab) -> None:
    net.exec("sby-probe", "nft", "-f", "-", text=WITNESS)
    try:
        net.run("impair", "north", "--loss", "20%", "--from", "jkt-r1")
        net.run("impair", "south", "--loss", "20%", "--from", "jkt-r2")
        found = json.loads(
            net.run("traffic", "jkt-probe", "sby-probe", "--rate", "300", "--seconds", "3", "-4", "--json").stdout
        )
        counter = net.exec("sby-probe", "nft", "list", "table", "ip", "witness").stdout
    finally:
        net.exec("sby-probe", "nft", "delete", "table", "ip", "witness")
    there, back = direction(found, "jkt-probe"), direction(found, "sby-probe")
    assert there["sent"] - there["lost"] == int(re.findall(r"packets (\d+)", counter)[0])
    assert there["lost"] > 0
    assert len(there["losses"]) == there["lost"] == sum(one["lost"] for one in there["outages"])
    assert all(found["began"] <= one <= found["ended"] for one in there["losses"])
    assert back["lost"] == 0, "only what jkt sends was impaired"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_a_signal_and_tells_when_packets_were_lost(net: Lab, number: signal.Signals) -> None:
    with traffic(net, "jkt-r1", "sby-r1") as process:
        net.run("impair", "north", "--loss", "100%")
        poll(lambda: not net.ping("jkt-r1", "192.0.2.65", "-c", "20")["received"], "the path to be dead")
        net.run("heal")
        poll(lambda: net.ping("jkt-r1", "192.0.2.65", "-c", "1")["received"], "the path to be alive again")
        found = ended(process, number)
    for family in (4, 6):
        for source in ("jkt-r1", "sby-r1"):
            one = direction(found, source, family)
            assert 0 < one["lost"] < one["sent"], one
            assert sum(outage["lost"] for outage in one["outages"]) == one["lost"]
            assert found["began"] < one["outages"][0]["from"] <= one["outages"][-1]["to"] < found["ended"]


def test_stragglers_are_waited_for(net: Lab) -> None:
    net.run("impair", "north", "--delay", "600ms")
    net.run("impair", "south", "--delay", "600ms")
    found = json.loads(net.run("traffic", "jkt-probe", "sby-probe", "--seconds", "1", "--json").stdout)
    assert found["sent"] > 0
    assert found["lost"] == 0, found


def test_a_host_without_a_route_has_lost_what_it_could_not_send(net: Lab) -> None:
    net.exec("sby-r2", "ip", "route", "add", "unreachable", f"{JKT_PROBE}/32", "metric", "1")
    try:
        found = json.loads(net.run("traffic", "sby-r2", "jkt-probe", "--seconds", "2", "-4", "--json").stdout)
    finally:
        net.exec("sby-r2", "ip", "route", "del", "unreachable", f"{JKT_PROBE}/32", "metric", "1")
    one = direction(found, "sby-r2")
    assert one["lost"] == one["sent"] == sum(one["refused"].values()) > 0
    assert direction(found, "jkt-probe")["lost"] == 0


def test_an_end_that_did_not_read_in_time_voids_the_measurement(net: Lab) -> None:
    with traffic(net, "jkt-r2", "sby-r2", "-4", "--flows", "1", "--size", "8000", "--rate", "1000") as process:
        receiver = endpoint_of(net, process.pid, "sby-r2")
        subprocess.run(["kill", "-STOP", str(receiver)], check=True)
        try:
            poll(lambda: dropped(net, "sby-r2"), "the socket to overflow", deadline_s=60)
        finally:
            subprocess.run(["kill", "-CONT", str(receiver)], check=True)
        process.terminate()
        out, err = process.communicate(timeout=90)
    assert process.returncode == 1, out
    assert re.search(r"sby-r2: the machine was too busy to read \d+ packets that arrived from jkt-r2", err), err


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def endpoint_of(net: Lab, parent: int, host: str) -> int:
    """The process that measures inside a host: it shares the host's network."""
    wanted = net.exec(host, "readlink", "/proc/1/ns/net").stdout.strip()
    for child in run("pgrep", "-P", str(parent)).split():
        if run("readlink", f"/proc/{child}/ns/net").strip() == wanted:
            return int(child)
    raise AssertionError(f"no endpoint in {host}")


def dropped(net: Lab, host: str) -> bool:
    """Whether a UDP socket on an address of its own (the daemons' are on any) has thrown packets away."""
    rows = net.exec(host, "sh", "-c", "tail -n +2 /proc/net/udp").stdout.splitlines()
    return any(int(row.split()[12]) for row in rows if not row.split()[1].startswith("00000000:"))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("jkt-probe",), "traffic is between pairs of hosts; jkt-probe has no other end"),
        (("jkt-probe", "jkt-probe"), "jkt-probe: traffic needs two different hosts"),
        (("jkt-probe", "nowhere"), "nowhere: no such host; the lab has"),
        (("jkt-probe", "ctl"), "ctl: no IPv4 loopback"),
        (("jkt-probe", "sby-probe", "--rate", "0"), "--rate 0: expected more than 0"),
        (("jkt-probe", "sby-probe", "--size", "3"), "--size 3: expected 24 to 8900 bytes"),
        (("jkt-probe", "sby-probe", "--seconds", "0"), "--seconds 0: expected more than 0"),
        (("jkt-probe", "sby-probe", "--flows", "0"), "--flows 0: expected 1 to 64"),
    ],
)
def test_mistakes_are_named(backbone: Lab, arguments: tuple[str, ...], message: str) -> None:
    assert message in backbone.error("traffic", *arguments)
