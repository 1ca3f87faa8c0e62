"""May it be drained, and has its traffic gone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.drain import (
    Limits,
    Look,
    busiest,
    drained,
    may_drain,
    paths_to,
    pause,
    progress,
    rates_of,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Drain, LiveRouter

SITES = {"jkt-r1": "jkt", "jkt-r2": "jkt", "sby-r1": "sby", "sby-r2": "sby"}
EXPECT = {
    "interfaces": {"eth1": {"oper": "up"}},
    "ospf": {"v2": {"eth1": ["192.0.2.4"]}, "v3": {}},
    "bgp": {"neighbors": {"192.0.2.1": {"asn": 64496}}},
}


def state(bgp: str = "Established", ospf: str = "Full", oper: str = "up") -> dict[str, Any]:
    return {
        "bgp": {"neighbors": {"192.0.2.1": {"state": bgp}}},
        "ospf": {"v2": {"eth1": {"192.0.2.4": ospf}}, "v3": {}},
        "interfaces": {"eth1": {"admin": "up", "oper": oper}},
    }


def refusals(
    partner: LiveRouter | None = None, told: dict[str, Any] | None = None, *wanted: str, **options: Any
) -> list[str]:
    live = {name: LiveRouter(name) for name in SITES}
    if partner is not None:
        live["jkt-r2"] = partner
    states = {"jkt-r2": state() if told is None else told}
    return may_drain(wanted or ("jkt-r1",), SITES, states, live, {"jkt-r2": EXPECT}, **options)


def test_a_healthy_partner_is_enough() -> None:
    assert refusals() == []


@pytest.mark.parametrize(
    "partner, told, says",
    [
        (LiveRouter("jkt-r2", fault="no answer within 10 s"), None, "no answer within 10 s"),
        (LiveRouter("jkt-r2", fault="a confirmed commit is pending: fw-1"), None, "a confirmed commit is pending"),
        (LiveRouter("jkt-r2", drained=True, drain=Drain("jkt-r2", 1.0, "fw-1", "noc", "new software")), None,
         "drained since 1970-01-01"),
        (LiveRouter("jkt-r2", drained=True), None, "it is drained by hand"),
        (None, state(bgp="Active"), "bgp 192.0.2.1 is Active, expected Established"),
        (None, state(ospf="Init"), "ospf v2 eth1 192.0.2.4 is Init, expected Full"),
        (None, state(oper="down"), "interface eth1 is down, expected up"),
        (None, {"bgp": {}, "ospf": {}, "interfaces": {}}, "bgp 192.0.2.1 is absent"),
    ],
)  # fmt: skip
def test_the_last_healthy_router_of_a_site_stays(
    partner: LiveRouter | None, told: dict[str, Any] | None, says: str
) -> None:
    (refusal,) = refusals(partner, told)
    assert refusal.startswith("jkt-r1: site jkt would lose its last healthy router (jkt-r2: ")
    assert says in refusal


def test_both_routers_of_a_site_at_once_are_refused() -> None:
    assert "everything there would be cut off" in refusals(None, None, "jkt-r1", "jkt-r2")[0]


def test_a_router_alone_in_its_site_goes_only_when_that_is_said() -> None:
    live = {"x": LiveRouter("x")}
    assert may_drain(["x"], {"x": "far"}, {}, live) != []
    assert may_drain(["x"], {"x": "far"}, {}, live, alone=True) == []
    assert refusals(LiveRouter("jkt-r2", fault="down"), None, alone=True) != [], "it is not alone: its partner is ill"


def test_a_router_that_is_being_changed_is_not_drained() -> None:
    live = {name: LiveRouter(name) for name in SITES} | {"jkt-r1": LiveRouter("jkt-r1", fault="locked by eve")}
    assert may_drain(["jkt-r1"], SITES, {"jkt-r2": state()}, live) == ["jkt-r1: locked by eve"]


@given(st.sets(st.sampled_from(sorted(SITES))), st.sets(st.sampled_from(sorted(SITES)), min_size=1))
def test_whatever_is_allowed_every_site_keeps_a_healthy_router(ill: set[str], wanted: set[str]) -> None:
    live = {name: LiveRouter(name, drained=name in ill) for name in SITES}
    states = {name: state() for name in SITES}
    if may_drain(sorted(wanted), SITES, states, live) == []:
        for site in ("jkt", "sby"):
            left = {name for name in SITES if SITES[name] == site} - ill - wanted
            assert left or not any(SITES[name] == site for name in wanted)


# -- has it gone? ---------------------------------------------------------------------------------------------------

LIMITS = Limits(threshold_bps=200_000, hold_s=10, deadline_s=60)
QUIET, BUSY = {"eth1": (1000.0, 2000.0)}, {"eth1": (1000.0, 3e6), "eth2": (4e8, 0.0)}


def looks(*told: tuple[float, dict[str, tuple[float, float]]]) -> list[Look]:
    return [Look(at, rates) for at, rates in told]


@pytest.mark.parametrize(
    "seen, verdict, says",
    [
        ([], "continue", "not looked yet"),
        (looks((100, QUIET)), "continue", "quiet for 0 s"),
        (looks((100, QUIET), (110, QUIET)), "good", "quiet for 10 s"),
        (looks((100, QUIET), (105, BUSY), (110, QUIET)), "continue", "quiet for 0 s"),
        (looks((100, BUSY), (160, BUSY)), "bad",
         "after 60 s still: eth2 400.0 Mbit/s in, 0 bit/s out; eth1 1.0 kbit/s in, 3.0 Mbit/s out"),
        (looks((100, BUSY), (158, QUIET)), "continue", "quiet"),
        (looks((100, BUSY), (158, QUIET), (168, QUIET)), "good", "quiet for 10 s"),
        (looks((100, {})), "continue", "it tells no rates"),
        ([Look(100, fault="timeout: no answer")], "continue", "timeout: no answer"),
        ([Look(100, fault="timeout: no answer"), Look(160, fault="timeout: no answer")], "bad", "no answer"),
        ([Look(100, paths=3)], "continue", "3 best paths still lead there"),
        ([Look(100, paths=0), Look(110, paths=0)], "good", "quiet for 10 s"),
    ],
)  # fmt: skip
def test_the_verdict(seen: list[Look], verdict: str, says: str) -> None:
    judged = drained(seen, 100.0, LIMITS)
    assert judged.verdict == verdict
    assert says in judged.reason


def test_a_rate_that_is_not_told_is_none_of_zero() -> None:
    rates = rates_of({"eth1": {"in_bps": None, "out_bps": 5}, "lo": {"in_bps": 9e9, "out_bps": 9e9}}, LIMITS)
    assert [name for name, _rates in busiest(rates, LIMITS)] == ["eth1"]
    assert drained([Look(0, rates)], 0.0, LIMITS).reason == "eth1 unknown in, 5 bit/s out"


def test_management_and_what_is_named_do_not_count() -> None:
    traffic = {name: {"in_bps": 1, "out_bps": 1} for name in ("fxp0", "em0.0", "lo0.0", "eth0", "eth1")}
    assert set(rates_of(traffic, Limits())) == {"eth0", "eth1"}
    assert set(rates_of(traffic, Limits(only=("eth1", "lo")))) == {"eth1"}


def test_a_unit_without_rates_is_counted_with_its_device() -> None:
    busy, silent = {"in_bps": 5, "out_bps": 9}, {"in_bps": None, "out_bps": None}
    assert rates_of({"ge-0/0/0": busy, "ge-0/0/0.0": silent}, LIMITS) == {"ge-0/0/0": (5.0, 9.0)}
    assert "ge-0/0/1.0" in rates_of({"ge-0/0/1": silent, "ge-0/0/1.0": silent}, LIMITS)


def test_best_paths_are_counted_in_both_families() -> None:
    hops = {"inet": {"192.0.2.1": 5, "192.0.2.2": 7}, "inet6": {"2001:db8::1": 2}}
    assert paths_to(hops, ["192.0.2.1", "2001:db8::1"]) == 7
    assert paths_to(hops, ["192.0.2.9"]) == 0


def test_progress_says_what_is_left_and_how_long() -> None:
    assert progress("jkt-r1", looks((100, BUSY), (114, {"eth1": (1000.0, 3e6)})), 100.0, LIMITS) == (
        "jkt-r1: eth1 1.0 kbit/s in, 3.0 Mbit/s out, most on one interface 3.0 Mbit/s (quiet is up to 200.0 kbit/s); "
        "14 of 60 s"
    )


@given(
    st.lists(st.tuples(st.floats(0.05, 20), st.booleans()), min_size=1, max_size=40),
    st.floats(0, 30), st.floats(0, 60),
)  # fmt: skip
def test_it_is_drained_only_when_it_was_quiet_for_long_enough(
    told: list[tuple[float, bool]], hold: float, deadline: float
) -> None:
    limits = Limits(200_000, hold, deadline)
    at, seen = 0.0, []  # type: float, list[Look]
    for seconds, quiet in told:
        at += seconds
        seen.append(Look(at, QUIET if quiet else BUSY))
        judged = drained(seen, 0.0, limits)
        assert pause(seen, 0.0, limits, 2.0) > 0
        if judged.verdict == "good":
            assert all(look.rates != BUSY for look in seen if look.at >= at - hold)
        if judged.verdict == "bad":
            assert at >= deadline
            assert seen[-1].rates == BUSY
        if judged.verdict != "continue":
            return
    # Whoever looks on comes to an end.
    after = [*seen, Look(at + 100, BUSY)]
    assert drained(after, 0.0, limits).verdict == "bad"
