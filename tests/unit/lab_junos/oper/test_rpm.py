"""`show services rpm`: shapes that exporters read, the same as text, and no result where nothing was measured."""

from __future__ import annotations

import re

import pytest
from jnpr.junos.factory.factory_loader import FactoryLoader
from lxml import etree

from lab.junos import oper
from lab.junos.backend.base import Data
from lab.junos.backend.rpm_results import RECEIVED, TIMED_OUT, Results, RpmReport
from lab.junos.backend.rpm_settings import rpm_tests
from tests.unit.lab_junos.oper.stage import NOW, Lively, ask, context, say

TEXT = """
system { host-name r1; }
services { rpm {
    probe jkt-sby {
        test north@sby-r1 {
            probe-type icmp-ping; target address 192.0.2.65; source-address 192.0.2.64; probe-count 3;
            moving-average-size 2; thresholds { rtt 900; }
        }
        test dead { probe-type icmp6-ping; target inet6-address 2001:db8::9; }
    }
    probe other { test new { probe-type icmp-ping; target address 192.0.2.66; } }
} }
"""
ALL = "probe-test-global-results/probe-test-generic-results"


class Measuring(Lively):
    """Four probes of one test were decided, one of the second, none of the third."""

    def rpm_reports(self, data: Data) -> list[RpmReport]:
        north, dead, new = (Results(test.history_size, test.moving_size) for test in rpm_tests(data))
        for position, rtt in enumerate((200, None, 500, 300)):
            if position % 3 == 0:
                north.begin_test()
            north.record(RECEIVED if rtt else TIMED_OUT, NOW + position, NOW + position + 0.5, rtt)
            if position == 2:
                north.end_test(NOW + position + 0.5)
        dead.begin_test()
        dead.record(TIMED_OUT, NOW, NOW + 1)
        return [RpmReport(*pair, 7) for pair in zip(rpm_tests(data), (north, dead, new), strict=True)]


def measuring() -> oper.OperContext:
    made = context(text=TEXT)
    made.backend = Measuring()
    return made


def test_all_tests_are_counters_and_delays_are_microseconds() -> None:
    test = ask("get-probe-results", measuring())[0]
    assert [test.findtext(tag) for tag in ("owner", "test-name", "target-address", "source-address", "probe-type")] == [
        "jkt-sby", "north@sby-r1", "192.0.2.65", "192.0.2.64", "icmp-ping",
    ]  # fmt: skip
    found = test.find(ALL)
    assert found is not None
    wanted = {
        "results-scope": "all tests", "probes-sent": "4", "probe-responses": "3", "loss-percentage": "25.000000",
        "probe-test-rtt/probe-summary-results/min-delay": "200",
        "probe-test-rtt/probe-summary-results/max-delay": "500",
        "probe-test-rtt/probe-summary-results/avg-delay": "333",
        "probe-test-rtt/probe-summary-results/sum-delay": "1000",
        "probe-test-positive-round-trip-jitter/probe-summary-results/samples": "1",
        "probe-test-negative-round-trip-jitter/probe-summary-results/avg-delay": "200",
    }  # fmt: skip
    assert {path: found.findtext(path) for path in wanted} == wanted


def test_every_scope_has_its_own_counts() -> None:
    test = ask("get-probe-results", measuring())[0]
    scopes = ("probe-test-current-results", "probe-last-test-results", "probe-test-moving-results")
    counts = [
        tuple(test.findtext(f"{scope}/probe-test-generic-results/{tag}") for tag in ("probes-sent", "probe-responses"))
        for scope in scopes
    ]
    assert counts == [("1", "1"), ("3", "2"), ("2", "2")]
    assert test.findtext("probe-last-test-results/probe-test-generic-results/probe-last-test-info/last-test-time")
    assert test.findtext("delay-thresh") == "900"


def test_a_lost_probe_has_a_status_and_no_delay() -> None:
    dead = ask("get-probe-results", measuring(), owner="jkt-sby", test="dead")[0]
    single = dead.find("probe-single-results")
    assert single is not None
    assert (single.findtext("probe-status"), single.find("rtt")) == ("Request timed out", None)
    assert dead.findtext(f"{ALL}/loss-percentage") == "100.000000"
    assert dead.find(f"{ALL}/probe-test-rtt") is None


def test_what_was_not_measured_has_no_results() -> None:
    for ctx, owner in ((measuring(), "other"), (context(alive=False, text=TEXT), "jkt-sby")):
        for test in ask("get-probe-results", ctx, owner=owner):
            assert [child.tag for child in test if child.tag.endswith("results")] == []
    assert "Probes sent" not in say("show services rpm probe-results", context(alive=False, text=TEXT))


def test_tests_are_chosen_by_owner_and_name() -> None:
    def names(**args: str) -> list[str | None]:
        return [test.findtext("test-name") for test in ask("get-probe-results", measuring(), **args)]

    assert names() == ["north@sby-r1", "dead", "new"]
    assert names(owner="other") == ["new"]
    assert names(owner="jkt-sby", test="dead") == ["dead"]
    assert names(owner="nobody") == []
    with pytest.raises(oper.OperError) as caught:
        names(test="dead")
    assert caught.value.bad_element == "owner"


def test_text_and_xml_say_the_same() -> None:
    text = say("show services rpm probe-results owner jkt-sby test north@sby-r1", measuring())
    test = ask("get-probe-results", measuring(), owner="jkt-sby", test="north@sby-r1")[0]
    shown = re.findall(r"Probes sent: (\d+), Probes received: (\d+), Loss percentage: ([\d.]+)", text)
    scopes = test.iter("probe-test-generic-results")
    tags = ("probes-sent", "probe-responses", "loss-percentage")
    assert shown == [tuple(scope.findtext(tag) for tag in tags) for scope in scopes]
    assert "Samples: 3, Minimum: 200 usec, Maximum: 500 usec, Average: 333 usec, Peak to peak: 300 usec" in text
    assert "    Owner: jkt-sby, Test: north@sby-r1\n    Target address: 192.0.2.65, Source address: 192.0.2.64" in text
    assert "Rtt: 300 usec, Round trip jitter: -200 usec" in text


def test_the_history_has_a_line_per_probe_the_oldest_first() -> None:
    lines = say("show services rpm history-results owner jkt-sby", measuring()).splitlines()
    assert lines[0].split() == ["Owner,", "Test", "Probe", "received", "Round", "trip", "time"]
    assert [line[-20:].strip() for line in lines[1:]] == [
        "200 usec", "Request timed out", "500 usec", "300 usec", "Request timed out",
    ]  # fmt: skip
    since = ask("get-history-results", measuring(), owner="jkt-sby", since="2027-01-15.08:00:02")
    assert [row.findtext("rtt") for row in since.iter("probe-single-results")] == ["500", "300"]
    with pytest.raises(oper.OperError, match="invalid time"):
        ask("get-history-results", measuring(), since="yesterday")
    detail = say("show services rpm history-results detail owner jkt-sby test dead", measuring())
    assert "      Request timed out, Fri Jan 15 08:00:01 2027" in detail


def test_a_pyez_table_reads_them() -> None:
    definition = {
        "RpmTable": {
            "rpc": "get-probe-results", "item": "probe-test-results", "key": ["owner", "test-name"], "view": "RpmView",
        },
        "RpmView": {"fields": {"sent": {f"{ALL}/probes-sent": "int"}, "received": {f"{ALL}/probe-responses": "int"}}},
    }  # fmt: skip
    table = FactoryLoader().load(definition)["RpmTable"]()
    table.xml = ask("get-probe-results", measuring(), owner="jkt-sby")
    etree.Element("rpc-reply").append(table.xml)
    assert {row.key: (row.sent, row.received) for row in table} == {
        ("jkt-sby", "north@sby-r1"): (4, 3), ("jkt-sby", "dead"): (1, 0),
    }  # fmt: skip
