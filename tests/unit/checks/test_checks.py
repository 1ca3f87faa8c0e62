"""Checks: what they expect, what they say about a router that is not so, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.checks import (
    CheckError,
    Found,
    Row,
    commands,
    evaluate,
    passed,
    read_checks,
    subjects,
)
from ansible_collections.fairway.backbone.plugins.module_utils.checks_builtin import BUILTIN, choose

STATE: dict[str, Any] = {
    "alarms": [],
    "cores": ["/var/crash/rpd.core.0"],
    "software": {"version": "24.4R1.9", "pending": "", "available": ["9.1-1", "8.4.4-1"]},
    "storage": {"/var": {"free_bytes": 3 << 30}},
    "bgp": {
        "neighbors": {
            "192.0.2.2": {"state": "Established", "accepted": 95, "received": 100},
            "198.51.100.0": {"state": "Active", "accepted": 0, "received": 0},
        }
    },
    "commit": {"pending": None, "uncommitted": True, "locked_by": ""},
    "ntp": {"synchronized": None},
}


def rows(check: dict[str, Any], state: dict[str, Any] | None = None, **known: Any) -> list[Row]:
    """What one check finds, without the router's name in the way."""
    told = Found("r1", known.pop("platform", "junos"), state=STATE if state is None else state, **known)
    return evaluate(read_checks([{"name": "it", **check}]), told)


def row(check: dict[str, Any], state: dict[str, Any] | None = None, **known: Any) -> tuple[str, str, str]:
    """The only row: what was expected, what was found, and its mark."""
    found = rows(check, state, **known)
    assert len(found) == 1, found
    return found[0].expect, found[0].actual, found[0].mark


@pytest.mark.parametrize(
    "path, expect, told",
    [
        ("alarms", {"empty": True}, ("none", "none", "good")),
        ("cores", {"empty": True}, ("none", "/var/crash/rpd.core.0", "bad")),
        ("software.version", {"equals": "24.4R1.9"}, ("24.4R1.9", "24.4R1.9", "good")),
        ("software.version", {"equals": "22.4R3"}, ("22.4R3", "24.4R1.9", "bad")),
        ("software.version", {"matches": "^24[.]4R"}, ("like ^24[.]4R", "24.4R1.9", "good")),
        ("software.available", {"contains": "9.1-1"}, ("has 9.1-1", "9.1-1; 8.4.4-1", "good")),
        ("software.available", {"contains": "9.1"}, ("has 9.1", "9.1-1; 8.4.4-1", "bad")),
        ("storage./var.free_bytes", {"at_least": "2G"}, (">= 2G", "3.0G", "good")),
        ("storage./var.free_bytes", {"at_least": "4G"}, (">= 4G", "3.0G", "bad")),
        ("storage./var.free_bytes", {"at_least": 1, "at_most": "2G"}, (">= 1, <= 2G", "3.0G", "bad")),
        ("commit.pending", {"empty": True}, ("none", "none", "good")),
        ("commit.uncommitted", {"equals": False}, ("no", "yes", "bad")),
        ("commit.uncommitted", {"equals": "true"}, ("true", "yes", "good")),
        ("bgp.neighbors.192.0.2.2.accepted", {"at_most": 95}, ("<= 95", "95", "good")),
        ("ntp.synchronized", {"equals": True}, ("yes", "unknown", "bad")),
    ],
)
def test_what_is_expected_and_what_is_found(path: str, expect: dict[str, Any], told: tuple[str, str, str]) -> None:
    assert row({"state": path, "expect": expect}) == told


def test_the_release_of_a_debian_package_is_what_its_daemons_call_themselves() -> None:
    state = {"software": {"version": "8.4.4"}}
    check = {"state": "software.version", "expect": {"release": {"fact": "version"}}}
    assert row(check, state, facts={"version": "8.4.4-1.1~deb12u2"})[2] == "good"
    assert row(check, state, facts={"version": "8.4.4"})[2] == "good"
    assert row(check, state, facts={"version": "8.4.5-1"}) == ("8.4.5-1", "8.4.4", "bad")


def test_a_place_that_fails_has_a_row_of_its_own_and_the_others_have_one_together() -> None:
    check = {"state": "bgp.neighbors.*.state", "expect": {"equals": "Established"}, "why": "call the carrier"}
    found = rows(check)
    assert [(one.check, one.actual, one.mark, one.why) for one in found] == [
        ("it 198.51.100.0", "Active", "bad", "call the carrier")
    ]
    up = {"bgp": {"neighbors": {"192.0.2.2": {"state": "Established"}, "192.0.2.3": {"state": "Established"}}}}
    assert row(check, up) == ("Established", "2 x Established", "good")


def test_a_misspelt_path_never_passes() -> None:
    for path in ("bgp.neighbours.*.state", "storage./data.free_bytes", "alarm"):
        found = rows({"state": path, "expect": {"empty": True}})
        assert [(one.mark, one.actual) for one in found] == [("bad", "unknown")], path
        assert f"no '{path}'" in found[0].why
    assert row({"state": "bgp.neighbors.*.state", "expect": {"equals": "x"}}, {"bgp": {"neighbors": {}}})[2] == "good"


BEFORE = {"bgp": {"neighbors": {"192.0.2.2": {"accepted": 100}, "192.0.2.9": {"accepted": 7}}}, "alarms": ["b", "a"]}


def test_within_percent_of_the_snapshot_and_what_is_gone_since() -> None:
    check = {"state": "bgp.neighbors.*.accepted", "expect": {"within_percent": 5}}
    found = {one.check: (one.expect, one.actual, one.mark) for one in rows(check, snapshot=BEFORE)}
    assert found["it 192.0.2.9"] == ("7 +- 5 %", "absent", "bad")
    assert found["it 198.51.100.0"] == ("unknown +- 5 %", "0", "bad")
    assert "it 192.0.2.2" not in found
    strict = rows({**check, "expect": {"within_percent": 4}}, snapshot=BEFORE)
    assert ("100 +- 4 %", "95") in [(one.expect, one.actual) for one in strict]


def test_unchanged_since_the_snapshot_whatever_the_order() -> None:
    check = {"state": "alarms", "expect": {"unchanged": True}}
    assert row(check, {"alarms": ["a", "b"]}, snapshot=BEFORE)[2] == "good"
    assert row(check, {"alarms": ["a", "c"]}, snapshot=BEFORE) == ("b; a, as before", "a; c", "bad")
    assert row(check, snapshot=None) == ("-", "-", "skipped")


def test_a_check_without_its_facts_is_left_out_and_says_so() -> None:
    found = rows({"state": "software.version", "expect": {"equals": {"fact": "version"}}, "needs": ["package"]})
    assert [(one.mark, one.ok, one.why) for one in found] == [
        ("skipped", True, "not asked for: no package and no version")
    ]


def test_a_warning_does_not_fail() -> None:
    found = rows({"state": "cores", "expect": {"empty": True}, "severity": "warning"})
    assert [one.mark for one in found] == ["warning"]
    assert passed(found)
    assert not passed(rows({"state": "cores", "expect": {"empty": True}}))


def test_a_command_and_what_counts_of_its_answer() -> None:
    check = {"command": {"junos": "show x"}, "pick": r"planes: (\d+)", "expect": {"at_least": 6}}
    assert row(check, outputs={"show x": "fabric\nplanes: 6\n"}) == (">= 6", "6", "good")
    assert row(check, outputs={"show x": "fabric\nplanes: 5\n"}) == (">= 6", "5", "bad")
    assert row(check, outputs={"show x": "fabric"}) == (">= 6", "not found", "bad")
    assert row(check, refused={"show x": "syntax error"}) == (">= 6", "refused", "bad")
    assert rows(check, platform="frr") == [], "there is no command for this platform"
    assert row({**check, "expect": {"within_percent": 0}}, outputs={"show x": "planes: 6"},
               snapshot={"commands": {"show x": "planes: 6"}})[2] == "good"  # fmt: skip


EXPECTED: dict[str, Any] = {"bgp": {"neighbors": {"192.0.2.2": {}, "198.51.100.0": {}}}}


def test_sessions_are_compared_as_after_a_deploy() -> None:
    found = rows({"compare": "bgp"}, intent=EXPECTED)
    assert [(one.check, one.expect, one.actual) for one in found] == [("bgp 198.51.100.0", "Established", "Active")]
    before = {"bgp": {"neighbors": {"192.0.2.2": {"state": "Established", "accepted": 200}}}}
    lost = rows({"compare": "bgp"}, snapshot=before)
    assert ("bgp 192.0.2.2 prefixes", "at least 180", "95") in [(one.check, one.expect, one.actual) for one in lost]
    assert row({"compare": "bgp"}) == ("-", "-", "skipped")


@pytest.mark.parametrize(
    "partners, mark, actual",
    [
        ({"r2": ""}, "good", "r2 healthy"),
        ({"r2": "it is drained", "r3": ""}, "good", "r3 healthy"),
        ({"r2": "it is drained"}, "bad", "r2: it is drained"),
        ({}, "bad", "the site has no other router"),
    ],
)
def test_another_router_of_the_site_has_to_be_healthy(partners: dict[str, str], mark: str, actual: str) -> None:
    told = row({"compare": "redundancy"}, {"redundancy": partners})
    assert told == ("another healthy router at the site", actual, mark)


@pytest.mark.parametrize(
    "check, complaint",
    [
        ({"state": "alarms"}, "check it: expect is None; expected one or more of equals,"),
        ({"state": "alarms", "expect": {"equal": 1}}, "check it: expect: 'equal' cannot be expected; known are"),
        ({"state": "a", "command": "show x", "expect": {"equals": 1}}, "check it: say one of state, command"),
        ({"expect": {"equals": 1}}, "check it: say one of state, command and compare, not none"),
        ({"state": "a", "expect": {"at_least": "many"}}, "check it: expect: at_least is 'many': expected a number"),
        ({"state": "a", "expect": {"matches": "("}}, "check it: expect: matches is no regular expression"),
        ({"state": "a", "expect": {"equals": {"facts": "x"}}}, "check it: expect: equals is {'facts': 'x'}: expected"),
        ({"command": "request system reboot", "expect": {"equals": 1}}, "check it: 'request system reboot' may do"),
        ({"command": "show x", "pick": "(", "expect": {"equals": 1}}, "check it: pick is no regular expression"),
        ({"state": "a", "expects": 1}, "check it: unknown key 'expects'; known are name,"),
        ({"state": "a", "expect": {"empty": "yes"}}, "check it: expect: empty is 'yes': expected true or false"),
        ({"state": "a", "expect": {"empty": True}, "severity": "minor"}, "check it: severity is 'minor'; known are"),
        ({"compare": "cores"}, "check it: compare is 'cores'; known are bgp,"),
    ],
)  # fmt: skip
def test_a_check_that_means_nothing_says_what_to_write(check: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CheckError) as caught:
        read_checks([{"name": "it", **check}])
    assert str(caught.value).startswith(complaint)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(CheckError) as caught:
        read_checks([{"name": "one", "state": "a"}, {"state": "a"}, {"name": "two", "compare": "x"}])
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["check one", "check 2", "check two"]


def test_what_has_to_be_asked_is_what_the_checks_look_at() -> None:
    made = read_checks([
        {"name": "a", "state": "software.version", "expect": {"equals": 1}, "platforms": ["junos"]},
        {"name": "b", "command": "show x", "expect": {"equals": 1}},
        {"name": "c", "command": "show x", "expect": {"equals": 2}},
        {"name": "d", "compare": "bgp"},
    ])  # fmt: skip
    assert subjects(made, "junos") == {"software", "bgp"}
    assert subjects(made, "frr") == {"bgp"}
    assert commands(made, "frr") == ["show x"]


def test_a_profile_picks_and_leaves_out_and_knows_no_misspelt_name() -> None:
    every = [check["name"] for check in BUILTIN]
    assert [check.name for check in choose(["all"], [])] == every
    assert {check.name for check in choose(["commit-*", "bgp"], [])} == {
        "commit-pending", "commit-uncommitted", "commit-lock", "bgp"
    }  # fmt: skip
    assert "drift" not in [check.name for check in choose(["all", "!drift"], [])]
    assert "drift" not in [check.name for check in choose(["!drift"], [])]
    with pytest.raises(CheckError, match="there is no check bpg; known are all, version"):
        choose(["bpg"], [])


def test_a_users_check_takes_the_place_of_the_built_in_one() -> None:
    mine = {"name": "alarms", "state": "alarms", "expect": {"unchanged": True}}
    found = [check for check in choose(["all"], [mine]) if check.name == "alarms"]
    assert [check.expect for check in found] == [{"unchanged": True}]
