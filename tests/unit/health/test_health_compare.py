"""What a router's state before and after a change, and its intent, say about its health."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.health import (
    Finding,
    Tolerances,
    compare,
    complaints,
    healthy,
    least_of,
    rows_table,
)

State = dict[str, Any]


def peer(state: str = "Established", accepted: int = 100) -> State:
    return {"state": state, "asn": 64500, "received": accepted, "accepted": accepted, "advertised": 1, "uptime_s": 60.0}


def router() -> State:
    return {
        "bgp": {"neighbors": {"192.0.2.2": peer(accepted=10), "198.51.100.0": peer(accepted=300)}},
        "ospf": {"v2": {"eth1": {"192.0.2.3": "Full"}, "eth2": {}}, "v3": {"eth1": {"192.0.2.3": "Full"}}},
        "interfaces": {"eth1": {"admin": "up", "oper": "up", "mtu": 9000}, "eth9": {"admin": "up", "oper": "down"}},
        "routes": {"inet": {"bgp": 300, "total": 320}, "inet6": {"total": 50}},
        "alarms": ["minor: fan runs fast"],
        "cores": [],
        "system": {"hostname": "r1", "version": "1", "uptime_s": 1000.0},
    }


EXPECT: State = {
    "interfaces": {"eth1": {"admin": "up", "oper": "up", "mtu": 9000}},
    "ospf": {"v2": {"eth1": ["192.0.2.3"], "eth2": []}, "v3": {"eth1": ["192.0.2.3"]}},
    "bgp": {"neighbors": {"192.0.2.2": {"asn": 64496}, "198.51.100.0": {"asn": 64500}}},
}

names = st.sampled_from(["192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8::1"])
interfaces = st.sampled_from(["eth1", "eth2", "ge-0/0/0.0", "lo"])
peers = st.builds(peer, st.sampled_from(["Established", "Active", "Idle"]), st.integers(0, 1000))
links = st.fixed_dictionaries({"admin": st.just("up"), "oper": st.sampled_from(["up", "down"]), "mtu": st.just(1500)})
adjacencies = st.dictionaries(
    interfaces, st.dictionaries(names, st.sampled_from(["Full", "Init", "ExStart"]), max_size=2), max_size=2
)
states = st.fixed_dictionaries(
    {
        "bgp": st.fixed_dictionaries({"neighbors": st.dictionaries(names, peers, max_size=3)}),
        "ospf": st.fixed_dictionaries({"v2": adjacencies, "v3": adjacencies}),
        "interfaces": st.dictionaries(interfaces, links, max_size=3),
        "routes": st.fixed_dictionaries({"inet": st.fixed_dictionaries({"total": st.integers(0, 1000)})}),
        "alarms": st.lists(st.sampled_from(["major: a", "minor: b"]), unique=True),
        "cores": st.lists(st.sampled_from(["/var/crash/a", "/var/crash/b"]), unique=True),
        "system": st.fixed_dictionaries({"uptime_s": st.floats(1, 1e6)}),
    }
)
expectations = st.none() | st.fixed_dictionaries(
    {
        "bgp": st.fixed_dictionaries({"neighbors": st.dictionaries(names, st.just({}), max_size=3)}),
        "ospf": st.fixed_dictionaries(
            {
                version: st.dictionaries(interfaces, st.lists(names, unique=True, max_size=2), max_size=2)
                for version in ("v2", "v3")
            }
        ),
        "interfaces": st.dictionaries(interfaces, st.just({"oper": "up", "mtu": None}), max_size=2),
    }
)


@given(states)
def test_a_router_that_did_not_change_is_healthy(state: State) -> None:
    found = compare(state, copy.deepcopy(state))
    assert healthy(found), complaints(found)


def _set(parts: Any, key: str, change: Any) -> None:
    for told in parts.values():
        told[key] = change(told[key])


LOSSES: dict[str, Any] = {
    "a peer is gone": lambda s: s["bgp"]["neighbors"] and s["bgp"]["neighbors"].popitem(),
    "all peers are down": lambda s: _set(s["bgp"]["neighbors"], "state", lambda _: "Active"),
    "prefixes": lambda s: _set(s["bgp"]["neighbors"], "accepted", lambda count: count // 3),
    "neighbours": lambda s: [told.clear() for told in s["ospf"]["v2"].values()],
    "interfaces": lambda s: _set(s["interfaces"], "oper", lambda _: "down"),
    "routes": lambda s: _set(s["routes"], "total", lambda count: count // 3),
    "an alarm": lambda s: s["alarms"].append("major: new"),
    "a core": lambda s: s["cores"].append("/var/crash/new"),
    "no word about OSPF": lambda s: s.pop("ospf"),
}


@given(states, states, expectations, st.sampled_from(sorted(LOSSES)))
def test_losing_something_never_makes_it_healthier(before: State, now: State, expect: State | None, loss: str) -> None:
    worse = copy.deepcopy(now)
    LOSSES[loss](worse)
    if healthy(compare(before, worse, expect)):
        assert healthy(compare(before, now, expect)), (loss, complaints(compare(before, now, expect)))


@given(states, states, expectations)
def test_tolerances_that_ignore_everything_make_everything_healthy(before: State, now: State, expect: Any) -> None:
    assert healthy(compare(before, now, expect, Tolerances(ignore=("*",))))


@given(st.integers(0, 10**6), st.floats(0, 100), st.integers(0, 1000))
def test_the_least_count_is_within_both_allowances(was: int, percent: float, number: int) -> None:
    least = least_of(was, percent, number)
    assert 0 <= least <= was
    assert least <= max(0, was - number)
    assert least - 1 < was - was * percent / 100 + 1e-6


@pytest.mark.parametrize(
    "change, complaint",
    [
        (lambda s: s["bgp"]["neighbors"]["198.51.100.0"].update(state="Active"), "bgp 198.51.100.0 is Active"),
        (lambda s: s["bgp"]["neighbors"].pop("192.0.2.2"), "bgp 192.0.2.2 is absent"),
        (
            lambda s: s["bgp"]["neighbors"]["198.51.100.0"].update(accepted=269),
            "prefixes is 269, expected at least 270",
        ),
        (lambda s: s["ospf"]["v2"]["eth1"].clear(), "ospf v2 eth1 192.0.2.3 is absent, expected Full"),
        (lambda s: s["ospf"]["v3"]["eth1"].update({"192.0.2.3": "ExStart"}), "ospf v3 eth1 192.0.2.3 is ExStart"),
        (lambda s: s["interfaces"]["eth1"].update(oper="down"), "interface eth1 is down, expected up"),
        (lambda s: s["interfaces"]["eth1"].update(mtu=1500), "interface eth1 mtu is 1500, expected 9000"),
        (lambda s: s["routes"]["inet"].update(total=287), "routes inet is 287, expected at least 288"),
        (lambda s: s["alarms"].append("major: PEM 0 off"), "alarm major: PEM 0 off is there, expected absent"),
        (lambda s: s["cores"].append("/var/crash/rpd.core"), "core /var/crash/rpd.core is there"),
        (lambda s: s["system"].update(uptime_s=3.0), "system uptime is 3 s"),
        (lambda s: s.pop("bgp"), "bgp is unknown"),
    ],
)
def test_what_was_good_and_is_not_any_more_is_told(change: Any, complaint: str) -> None:
    now = router()
    change(now)
    for expect in (None, EXPECT):
        found = compare(router(), now, expect)
        assert not healthy(found)
        assert complaint in complaints(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["bgp"]["neighbors"]["198.51.100.0"].update(accepted=270),
        lambda s: s["bgp"]["neighbors"]["192.0.2.2"].update(accepted=5),
        lambda s: s["routes"]["inet"].update(total=288),
        lambda s: s["alarms"].clear(),
        lambda s: s["bgp"]["neighbors"]["192.0.2.2"].update(accepted=9999),
    ],
)
def test_what_is_within_the_tolerances_is_healthy(change: Any) -> None:
    now = router()
    change(now)
    assert healthy(compare(router(), now, EXPECT)), complaints(compare(router(), now, EXPECT))


def test_what_the_intent_no_longer_has_may_go() -> None:
    expect = copy.deepcopy(EXPECT)
    del expect["bgp"]["neighbors"]["198.51.100.0"], expect["ospf"]["v2"]["eth1"], expect["interfaces"]["eth1"]
    now = router()
    del now["bgp"]["neighbors"]["198.51.100.0"], now["ospf"]["v2"]["eth1"]
    now["interfaces"]["eth1"]["oper"] = "down"
    found = compare(router(), now, expect)
    assert healthy(found), complaints(found)
    assert any(f.check == "bgp 198.51.100.0" and "no longer in the intent" in f.why for f in found)


def test_a_session_that_the_intent_adds_must_come_up_unless_it_is_told_otherwise() -> None:
    expect = copy.deepcopy(EXPECT)
    expect["bgp"]["neighbors"]["203.0.113.2"] = {"asn": 64501}
    expect["ospf"]["v2"]["eth3"] = ["192.0.2.4"]
    now = router()
    now["bgp"]["neighbors"]["203.0.113.2"] = peer("Active")
    found = compare(router(), now, expect)
    assert {f.check for f in found if not f.ok} == {"bgp 203.0.113.2", "ospf v2 eth3 192.0.2.4"}
    assert healthy(compare(router(), now, expect, Tolerances.of({"require_new": False})))
    now["bgp"]["neighbors"]["203.0.113.2"] = peer()
    now["ospf"]["v2"]["eth3"] = {"192.0.2.4": "Full"}
    assert healthy(compare(router(), now, expect))


def test_what_was_down_before_does_not_count_against_the_change() -> None:
    before = router()
    before["bgp"]["neighbors"]["198.51.100.0"] = peer("Active", 0)
    before["ospf"]["v2"]["eth1"] = {}
    before["interfaces"]["eth1"]["oper"] = "down"
    found = compare(before, copy.deepcopy(before), EXPECT)
    assert healthy(found), complaints(found)
    assert any(f.check == "bgp 198.51.100.0" and f.why == "not up before either" for f in found)


def test_without_a_snapshot_the_intent_alone_decides() -> None:
    assert healthy(compare(None, router(), EXPECT))
    now = router()
    now["ospf"]["v2"]["eth1"] = {}
    assert "ospf v2 eth1 192.0.2.3 is absent" in complaints(compare(None, now, EXPECT))


def one_prefix(received: int, announced: int) -> State:
    return {**router(), "bgp": {"neighbors": {"198.51.100.0": {**peer(accepted=received), "advertised": announced}}}}


@pytest.mark.parametrize(
    "received, announced, said",
    [
        (0, 3, "bgp 198.51.100.0 prefixes is 0, expected at least 1 (too few prefixes accepted)"),
        (1, 0, "bgp 198.51.100.0 announced is 0, expected at least 1 (nothing is announced any more)"),
        (1, 1, ""),
    ],
)
def test_the_last_prefix_is_no_small_loss(received: int, announced: int, said: str) -> None:
    """A default route, or our one aggregate: fewer than the tolerated number, and all there is."""
    before, now = one_prefix(1, 3), one_prefix(received, announced)
    assert complaints(compare(before, now)) == said
    assert complaints(compare(before, now, None, Tolerances.of({"prefixes_lost_percent": 100}))) == ""


def test_a_minimum_of_prefixes_counts_whatever_was_there_before() -> None:
    tolerances = Tolerances.of({"prefixes_minimum": {"198.51.100.0": 400}})
    found = compare(router(), router(), EXPECT, tolerances)
    assert "bgp 198.51.100.0 prefixes is 300, expected at least 400" in complaints(found)


@pytest.mark.parametrize(
    "given_, said",
    [
        ({"prefix_loss": 3}, "unknown key 'prefix_loss'"),
        ({"prefixes_lost_percent": 120}, "prefixes_lost_percent: 120"),
        ({"routes_lost": "many"}, "routes_lost: 'many'"),
        ({"require_new": "perhaps"}, "require_new: 'perhaps'"),
    ],
)
def test_wrong_tolerances_are_named(given_: State, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        Tolerances.of(given_)
    assert said in str(caught.value)


def test_an_alarm_is_told_before_what_may_follow_from_it() -> None:
    before = router()
    before["bgp"]["neighbors"] = {f"192.0.2.{number}": peer() for number in range(9)}
    now = copy.deepcopy(before)
    now["alarms"].append("major: FPC 0 off")
    for session in now["bgp"]["neighbors"].values():
        session["state"] = "Idle"
    said = complaints(compare(before, now))
    assert said.startswith("alarm major: FPC 0 off is there")
    assert said.endswith("more")


def test_the_table_shows_faults_first() -> None:
    rows = [Finding("bgp a", "Established", "Established", "Established", True)]
    rows.append(Finding("bgp b", "Established", "Established", "Idle", False, "was Established before"))
    lines = rows_table(rows).splitlines()
    assert lines[0].split() == ["Check", "Before", "Expect", "Actual", "Why"]
    assert lines[2].split() == ["bgp", "b", "Established", "Established", "Idle", "BAD", "was", "Established", "before"]
    assert lines[3].startswith("bgp a")
