"""Versions compare as Debian's do, and faults are read as they are documented."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.errors import LabError
from lab.packages import faults, versions
from lab.packages.query import formatted

VERSION = st.from_regex(r"(?:[0-3]:)?[0-9][0-9a-z.+~]{0,6}(?:-[0-9a-z.+~]{1,4})?", fullmatch=True)
IN_ORDER = ["9.1~rc1-1", "9.1-1~deb12u1", "9.1-1", "9.1-1+b1", "9.1.3-0", "10.2-1", "1:8.4-1"]


def test_versions_stand_in_debians_order() -> None:
    for index, one in enumerate(IN_ORDER):
        for place, other in enumerate(IN_ORDER):
            assert (versions.compare(one, other) > 0) == (index > place), (one, other)
    assert versions.newest_first([*IN_ORDER, *IN_ORDER]) == IN_ORDER[::-1]


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="the judge is dpkg")
@settings(max_examples=60, deadline=None)
@given(VERSION, VERSION)
def test_dpkg_agrees(one: str, other: str) -> None:
    relation = "lt" if versions.compare(one, other) < 0 else "eq" if versions.compare(one, other) == 0 else "gt"
    assert subprocess.run(["dpkg", "--compare-versions", one, relation, other], check=False).returncode == 0


@pytest.mark.parametrize("version, told", [("8.4.4-1.1~deb12u2", "8.4.4"), ("1:9.1-2", "9.1"), ("10.0", "10.0")])
def test_frrs_own_version_is_what_is_left_of_the_packages(version: str, told: str) -> None:
    assert versions.upstream(version) == told


@pytest.mark.parametrize(
    "spec, played",
    [("interrupt", [1]), ("interrupt:2", [2]), ("interrupt:2+", [2, 3, 4]), ("daemon-lost:bgpd:*", [1, 2, 3, 4])],
)
def test_a_count_says_which_times_a_fault_plays(spec: str, played: list[int]) -> None:
    assert [time for time in range(1, 5) if faults.parse(spec).hits(time)] == played


@pytest.mark.parametrize(
    "spec, message",
    [
        ("explode", "unknown kind 'explode'; known of an FRR router are download-error"),
        ("interrupt:soon", "a count is N, N+ or *, not 'soon'"),
        ("interrupt:0", "a count is N, N+ or *, not '0'"),
        ("interrupt:1:2", "nothing is expected after ':2'"),
        ("daemon-lost", "daemon-lost needs a daemon after ':'"),
        ("offer:", "offer needs a version after ':'"),
        ("locked:long", "expected 0 to 3600 seconds, not 'long'"),
        ("package-seconds:1:2", "nothing is expected after ':1'"),
    ],
)
def test_a_fault_that_is_not_understood_is_refused(spec: str, message: str) -> None:
    with pytest.raises(LabError) as said:
        faults.parse(spec)
    assert message in str(said.value)


def test_dpkgs_formats() -> None:
    known = {"package": "frr", "version": "9.1"}
    assert formatted(r"${Package}\t${Version}\n", known) == "frr\t9.1\n"
    assert formatted("[${Package;5}|${Version;-5}|${Nothing}]", known) == "[frr  |  9.1|]"
