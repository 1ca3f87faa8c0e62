"""A Junos router measures its links: probes are really sent, lost and answered; interfaces have real rates."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ncclient import manager

from .junos_emulator import BASE_CONFIG, PASSWORD, USER, Emulator
from .lab_harness import CHECKOUT, Lab, poll

pytestmark = pytest.mark.lab

OWNER = "set services rpm probe jkt-sby test"
TESTS = f"""
{OWNER} north@sby-r1 probe-type icmp-ping
{OWNER} north@sby-r1 target address 192.0.2.65
{OWNER} north@sby-r1 source-address 192.0.2.64
{OWNER} north@sby-r1 probe-interval 1
{OWNER} north@sby-r1 probe-count 15
{OWNER} six@sby-r1 probe-type icmp6-ping
{OWNER} six@sby-r1 target inet6-address 2001:db8:0:64::1
{OWNER} six@sby-r1 inet6-options source-address 2001:db8:0:64::
{OWNER} six@sby-r1 probe-interval 1
{OWNER} once@sby-r1 probe-type icmp-ping
{OWNER} once@sby-r1 target address 192.0.2.65
{OWNER} once@sby-r1 probe-count 3
{OWNER} once@sby-r1 probe-interval 1
{OWNER} once@sby-r1 test-interval 0
{OWNER} nowhere probe-type icmp-ping
{OWNER} nowhere target address 203.0.113.9
{OWNER} nowhere probe-interval 1
"""
NORTH, SIX, ONCE = "north@sby-r1", "six@sby-r1", "once@sby-r1"


class Client:
    """jkt-r1 through NETCONF, from the lab's controller."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def run(self, *words: str, text: str | None = None, check: bool = True) -> Any:
        return self.lab.exec(
            "ctl", sys.executable, str(CHECKOUT / "tests/lab/junos_rpm_client.py"), *words, text=text, check=check
        )

    def results(self) -> dict[str, dict[str, Any]]:
        """The totals of every test."""
        return dict(json.loads(self.run("results").stdout))

    def until(self, what: str, condition: Any) -> dict[str, dict[str, Any]]:
        """The results once they fulfil a condition."""
        last: dict[str, dict[str, Any]] = {}

        def found() -> bool:
            last.clear()
            last.update(self.results())
            return bool(condition(last))

        poll(found, what, deadline_s=60, interval_s=0.5)
        return last


@pytest.fixture(scope="module")
def client(lab: Lab) -> Iterator[Client]:
    """A router with tests that run; afterwards both ends are as they were."""
    made = Client(lab)
    before = made.run("prepare").stdout
    try:
        made.run("set", text=TESTS)
        yield made
    finally:
        lab.heal()
        made.run("restore", text=before)


def test_probes_are_answered_in_both_families_and_none_from_nowhere(client: Client) -> None:
    found = client.until("answers", lambda r: r[NORTH]["received"] >= 2 and r[SIX]["received"] >= 2)
    assert {found[name]["status"] for name in (NORTH, SIX)} == {"Response received"}
    assert found["nowhere"]["received"] == 0
    assert found["nowhere"]["status"] == "No route to target"


def test_loss_and_its_healing_are_seen_and_counters_only_grow(client: Client) -> None:
    seen = [client.until("answers", lambda r: r[NORTH]["received"] >= 2)]
    client.lab.run("impair", "jkt-r1:ge-0/0/0.0", "--loss", "100%")
    seen.append(client.results())
    cut = seen[-1][NORTH]["sent"]
    # Two more: one of them left when the link was cut already.
    seen.append(client.until("lost probes", lambda r: r[NORTH]["sent"] >= cut + 2))
    dead = seen[-1]
    assert dead[NORTH]["status"] == "Request timed out"
    seen.append(client.until("more that are lost", lambda r: r[NORTH]["sent"] >= dead[NORTH]["sent"] + 3))
    assert seen[-1][NORTH]["received"] == dead[NORTH]["received"], "nothing comes through"
    client.lab.run("heal")
    seen.append(client.until("answers again", lambda r: r[NORTH]["received"] >= dead[NORTH]["received"] + 3))
    for earlier, later in itertools.pairwise(seen):
        for name in (NORTH, SIX):
            for counter in ("sent", "received"):
                assert later[name][counter] >= earlier[name][counter], (name, counter)
            assert later[name]["received"] <= later[name]["sent"]


def test_a_commit_starts_anew_only_what_it_changes(client: Client) -> None:
    before = client.until("some probes", lambda r: min(r[NORTH]["sent"], r[SIX]["sent"]) >= 3)
    client.run("set", text=f"{OWNER} {SIX} test-interval 0\ndelete services rpm probe jkt-sby test nowhere\n")
    # It has one probe now and runs once: had it gone on counting, it would have more for ever.
    after = client.until("the one probe of the new test", lambda r: r[SIX]["sent"] == 1)
    assert after[NORTH]["sent"] >= before[NORTH]["sent"], "what has not changed goes on counting"
    assert set(after) == {NORTH, SIX, ONCE}, "what was deleted is gone"


def test_text_and_xml_agree_on_a_test_that_has_ended(client: Client) -> None:
    done = client.until("the end of a test that runs once", lambda r: r[ONCE]["sent"] == 3)[ONCE]
    text = client.run("cli", f"show services rpm probe-results owner jkt-sby test {ONCE}").stdout
    scopes = re.findall(r"Results over (.*):\n +Probes sent: (\d+), Probes received: (\d+)", text)
    counts = (str(done["sent"]), str(done["received"]))
    assert scopes == [(name, *counts) for name in ("current test", "last test", "all tests")]
    history = client.run("cli", f"show services rpm history-results owner jkt-sby test {ONCE}").stdout
    assert history.count(f"jkt-sby, {ONCE}") == 3


def test_a_probe_that_nobody_would_send_fails_the_commit(client: Client) -> None:
    lines = f"{OWNER} {NORTH} probe-type udp-ping\n{OWNER} {NORTH} destination-port 7\n"
    done = client.run("set", text=lines, check=False)
    assert done.returncode != 0
    assert "probe-type udp-ping is not supported by this data plane" in done.stderr
    before = client.results()[NORTH]["sent"]
    client.until("the tests that were there going on", lambda r: r[NORTH]["sent"] > before)


def test_interfaces_have_the_rate_of_their_traffic(client: Client) -> None:
    def busy() -> dict[str, int]:
        """The counters while pings of 1,000 octets leave; empty while the rates are too low for them."""
        found = dict(json.loads(client.run("load", "2").stdout))
        places = [f"{block} {way}" for block in ("port", "unit") for way in ("input", "output")]
        fast = all(found[f"{place}-pps"] >= 10 and found[f"{place}-bps"] >= 10 * 8 * 1000 for place in places)
        return found if fast else {}

    found = poll(busy, "rates of the pings on the port and its unit, in both directions", deadline_s=60)
    for place in ("port input", "port output", "unit input", "unit output"):
        assert found[f"{place}-bytes"] > 50 * 1000, found
        assert found[f"{place}-packets"] > 50, found


def test_without_a_data_plane_nothing_is_measured_and_nothing_is_lost(tmp_path: Path) -> None:
    config = tmp_path / "r1.conf"
    test = "test north@r2 { probe-type icmp-ping; target address 192.0.2.0; }"
    config.write_text(f"{BASE_CONFIG}\nservices {{ rpm {{ probe backbone {{ {test} }} }} }}\n")
    with Emulator("--config", str(config)) as emulator, emulator.device() as router:
        (found,) = router.rpc.get_probe_results().iterfind("probe-test-results")
        assert found.findtext("test-name") == "north@r2"
        assert found.find(".//probes-sent") is None
        login = {"username": USER, "password": PASSWORD, "hostkey_verify": False, "allow_agent": False}
        with manager.connect(
            host="127.0.0.1", port=emulator.port, device_params={"name": "junos"}, look_for_keys=False, **login
        ) as plain:
            reply = plain.command("show services rpm probe-results", format="text")
            assert "Owner: backbone, Test: north@r2" in reply.xpath("//output")[0].text
