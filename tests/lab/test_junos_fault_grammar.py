"""The grammar of --fault."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.junos.faults import FaultError, Faults, parse

NAMES = st.text(string.ascii_lowercase + "-", min_size=1, max_size=20)


@pytest.mark.parametrize(
    "spec, complaint",
    [
        ("explode", "unknown kind 'explode'"),
        ("drop", "drop needs an RPC, such as drop@commit-configuration"),
        ("drop@", "the name of an RPC is expected after '@'"),
        ("drop@lock-configuration:0", "a count is N, N+ or *, not '0'"),
        ("drop@lock-configuration:1:2", "nothing is expected after ':2'"),
        ("delay@lock-configuration", "delay needs a number of seconds after ':'"),
        ("late-timer:soon", "late-timer needs a number of seconds after ':'"),
        ("late-timer:-1", "0 to 86400 seconds are expected"),
        ("error@lock-configuration:1", "expected error@RPC:COUNT:MESSAGE"),
        ("warning@lock-configuration:1", "expected warning@RPC:COUNT:MESSAGE"),
        ("drop-during@request-package-add", "drop-during needs a number of seconds after ':'"),
        ("install-seconds", "install-seconds needs a number of seconds after ':'"),
        ("install-failure:150", "0 to 100 per cent are expected"),
        ("disk-free:big", "disk-free needs octets after ':', such as 5000, 300K, 200M or 1G"),
        ("disk-free", "disk-free needs octets after ':'"),
        ("alarm", "alarm needs a text after ':'"),
        ("boot-old:now", "nothing is expected after ':now'"),
        ("no-boot@request-reboot", "no-boot holds at any time, not at a request"),
        ("host=r1", "after host=NAME a comma and the fault are expected"),
    ],
)
def test_a_wrong_specification_is_explained(spec: str, complaint: str) -> None:
    with pytest.raises(FaultError, match=r".") as caught:
        parse(spec)
    assert complaint in str(caught.value)
    assert spec in str(caught.value)


def test_all_parts_are_read() -> None:
    fault = parse("host=r7,drop@commit-configuration/confirmed:2+")
    assert (fault.host, fault.kind, fault.rpc, fault.variant) == ("r7", "drop", "commit-configuration", "confirmed")
    assert (fault.first, fault.last) == (2, None)


@pytest.mark.parametrize(
    "spec, number, text",
    [
        ("install-seconds:0.5", 0.5, ""),
        ("install-failure", 50, ""),
        ("install-failure:7", 7, ""),
        ("disk-free:300K", 300 << 10, ""),
        ("disk-junk:2G", 2 << 30, ""),
        ("boot-without:2001:db8::1", 0, "2001:db8::1"),
        ("validation-failure", 0, ""),
        ("alarm:PEM 1: Input Failure", 0, "PEM 1: Input Failure"),
    ],
)
def test_a_condition_has_its_argument_and_the_last_one_counts(spec: str, number: float, text: str) -> None:
    kind = spec.partition(":")[0]
    faults = Faults([parse(f"{kind}:9") if number else parse(f"{kind}:old"), parse(spec)])
    assert (faults.number(kind), faults.text(kind)) == (number, text)
    assert faults.set(kind)
    assert not faults.on_request("request-package-add", "plain"), "a condition counts no requests"
    faults.replace([])
    assert (faults.number(kind), faults.text(kind), faults.set(kind)) == (None, None, False)


def test_a_message_may_hold_colons() -> None:
    assert parse("error@load-configuration:*:disk full: /var").message == "disk full: /var"


@given(NAMES, st.integers(1, 5), st.integers(1, 12))
def test_the_nth_request_is_hit_and_no_other(rpc: str, nth: int, sent: int) -> None:
    faults = Faults([parse(f"lose-reply@{rpc}:{nth}")])
    hits = [bool(faults.on_request(rpc, "plain")) for _ in range(sent)]
    assert hits == [number == nth for number in range(1, sent + 1)]
    assert not faults.on_request(rpc + "x", "plain")


@given(st.lists(st.sampled_from(["plain", "check", "confirmed"]), max_size=12))
def test_a_variant_counts_its_own_requests_only(sent: list[str]) -> None:
    faults = Faults([parse("drop@commit-configuration/confirmed:2")])
    hits = [bool(faults.on_request("commit-configuration", variant)) for variant in sent]
    seconds = [index for index, variant in enumerate(sent) if variant == "confirmed"][1:2]
    assert [index for index, hit in enumerate(hits) if hit] == seconds


def test_reachability_holds_until_replaced() -> None:
    faults = Faults([parse("blackhole@commit-configuration")])
    assert not faults.holds("blackhole")
    faults.trip("blackhole")
    assert faults.holds("blackhole")
    faults.replace([parse("refuse-connect")])
    assert (faults.holds("blackhole"), faults.holds("refuse-connect")) == (False, True)
