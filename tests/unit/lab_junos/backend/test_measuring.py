"""Echo packets, interface rates, and what of `services rpm` is refused because nobody would execute it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.junos.backend.frr import icmp
from lab.junos.backend.frr.rates import RateMeter, read_devices
from lab.junos.backend.frr.translate import translate
from lab.junos.backend.model import Rates

from .loading import data

DEV = """\
Inter-|   Receive                                          |  Transmit
 face |bytes  packets errs drop fifo frame compressed multi|bytes  packets errs drop fifo colls carrier compressed
    lo:   100       2    0    0    0     0          0     0    100       2    0    0    0     0       0          0
ge-0_0_0.0: 1000   10    1    0    0     0          0     0   2000      20    0    0    0     0       0          0
"""
IPV4 = b"\x46" + b"\0" * 23
"""An IP header with one word of options."""


@given(st.binary(max_size=64), st.integers(0, 65535), st.integers(0, 65535))
def test_a_request_is_sound_and_only_its_own_reply_answers_it(data_: bytes, identifier: int, sequence: int) -> None:
    packet = icmp.request(4, identifier, sequence, data_)
    assert icmp.checksum(packet) == 0
    reply = IPV4 + b"\0\0" + packet[2:]
    assert icmp.is_reply(4, reply, identifier, sequence, data_)
    assert not icmp.is_reply(4, IPV4 + packet, identifier, sequence, data_), "the request itself"
    assert not icmp.is_reply(4, reply, identifier ^ 1, sequence, data_)
    assert not icmp.is_reply(4, reply, identifier, sequence ^ 1, data_)
    assert not icmp.is_reply(4, reply + b"!", identifier, sequence, data_)
    assert icmp.is_reply(6, struct.pack("!BBH", 129, 0, 7) + packet[4:], identifier, sequence, data_)


@given(st.binary(max_size=40))
def test_rubbish_answers_nothing(packet: bytes) -> None:
    for version in (4, 6):
        assert not icmp.is_reply(version, packet, 7, 7, icmp.filling(64, b"", 1))


@given(st.integers(0, 200), st.binary(max_size=9))
def test_the_data_is_marked_and_has_its_size(size: int, fill: bytes) -> None:
    made = icmp.filling(size, fill, 7)
    assert len(made) == max(size, icmp.MARK.size)
    assert made.startswith(icmp.MARK.pack(7))


def test_the_kernels_table_is_read_by_its_columns() -> None:
    assert read_devices(DEV) == {"lo": (100, 2, 100, 2), "ge-0_0_0.0": (1000, 10, 2000, 20)}


def test_a_rate_is_growth_over_the_window() -> None:
    meter = RateMeter(window=5.0)
    for second in range(20):
        meter.sample(float(second), {"eth1": (125 * second, second, 250 * second, 2 * second)})
    rates = meter.rates(20.0, {"eth1": (125 * 20, 20, 250 * 20, 40), "new": (1, 1, 1, 1)})
    assert rates == {"eth1": Rates(1000, 1, 2000, 2)}


def test_what_was_long_ago_is_no_rate() -> None:
    meter = RateMeter(window=5.0)
    meter.sample(0.0, {"eth1": (0, 0, 0, 0)})
    for second in range(1, 9):
        meter.sample(float(second), {"eth1": (10**6, 1000, 0, 0)})
    assert meter.rates(9.0, {"eth1": (10**6, 1000, 0, 0)}) == {"eth1": Rates()}


def test_a_counter_that_went_back_has_no_rate() -> None:
    meter = RateMeter()
    meter.sample(0.0, {"eth1": (5000, 5, 0, 0)})
    assert meter.rates(1.0, {"eth1": (100, 1, 800, 8)}) == {"eth1": Rates(0, 0, 6400, 8)}
    assert RateMeter().rates(1.0, {"eth1": (1, 1, 1, 1)}) == {}


PING = "probe-type icmp-ping; target address 192.0.2.65;"


@pytest.mark.parametrize("kind", ["icmp-ping-timestamp", "udp-ping", "udp-ping-timestamp", "tcp-ping", "http-get"])
def test_a_type_of_probe_that_nobody_sends_is_refused(kind: str) -> None:
    text = f"services {{ rpm {{ probe o {{ test t {{ probe-type {kind}; target address 192.0.2.65; }} }} }} }}"
    (refusal,) = translate(data(text))[1]
    assert (refusal.path, refusal.bad_element) == ("[edit services rpm probe o test t]", kind)
    assert refusal.message == f"probe-type {kind} is not supported by this data plane"


@pytest.mark.parametrize(
    "statement", ["routing-instance red", "destination-interface ge-0/0/0.0", "next-hop 192.0.2.1"]
)
def test_probes_on_another_way_than_the_routes_are_refused(statement: str) -> None:
    text = f"services {{ rpm {{ probe o {{ test t {{ {PING} {statement}; }} }} }} }}"
    assert [r.bad_element for r in translate(data(text))[1]] == [statement.split()[0]]


def test_more_tests_than_the_router_runs_at_a_time_are_refused() -> None:
    tests = " ".join(f"test t{number} {{ {PING} }}" for number in range(3))
    text = f"services {{ rpm {{ probe o {{ {tests} }} }} }}"
    assert translate(data(text, "set services rpm probe-limit 3"))[1] == []
    (refusal,) = translate(data(text, "set services rpm probe-limit 2"))[1]
    assert refusal.message == "3 tests are more than probe-limit 2 allows at a time"
