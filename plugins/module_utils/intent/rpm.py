# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probes that Junos routers send themselves: owner and test of `services rpm`, out of the probe plan.

The owner is the backbone, the test is PATH@PEER. Results carry both names and nothing else of ours, so whoever reads
them takes the path from there: path names hold no `@`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent.errors import IntentError, shown
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Router
from ansible_collections.fairway.backbone.plugins.module_utils.intent.probe_plan import (
    RPM,
    Probe,
    probe_plan,
    probe_settings,
    teller_of,
)
from ansible_collections.fairway.backbone.plugins.module_utils.intent.view import View

NAME_LENGTH = 32
"""Characters of an owner's or a test's name: they index the rows of the ping MIB (RFC 4560)."""
PEER_LENGTH = 8
"""Characters that a test's name keeps for its peer at least: enough for a name that is cut and made unique."""
HISTORY = 60
"""Probes that a router remembers one by one: a minute at one a second."""
DEFAULT_LIMIT, HIGHEST_LIMIT = 100, 500
"""Tests that a router runs side by side, and how many it may be told to."""


def rpm_test_name(path: str, peer: str, number: int = 1) -> str:
    """`north@sby-r1`; the second test between the same ends is `north@sby-r1+2`.

    A peer that is too long is cut short, and a checksum of all of it keeps the name unique.
    """
    suffix = "" if number == 1 else f"+{number}"
    room = NAME_LENGTH - len(path) - len("@") - len(suffix)
    if len(peer) > room:
        digest = f"{zlib.crc32(peer.encode()):08x}"[:4]
        peer = f"{peer[: max(0, room - len(digest) - 1)]}~{digest}"
    return f"{path}@{peer}{suffix}"


def rpm_views(fleet: Fleet) -> dict[str, View]:
    """{router: what templates/junos/rpm.j2 wants}, for routers that send probes; the intent has been checked."""
    teller = teller_of(fleet)
    if teller is None:
        return {}
    settings = probe_settings(teller)
    found: dict[str, list[Probe]] = {}
    for probe in probe_plan(fleet, teller):
        if probe.prober == RPM:
            found.setdefault(probe.source, []).append(probe)
    common = {"interval": settings.rpm_interval_s, "count": settings.rpm_count, "history": HISTORY}
    return {router: _view(probes, settings.rpm_tests, common) for router, probes in found.items()}


def _view(measured: Sequence[Probe], tests: int, common: Mapping[str, int]) -> View:
    probes = [probe for probe in measured for _copy in range(tests)]
    owners: dict[str, list[View]] = {}
    ends: dict[tuple[str, str], int] = {}
    for probe in probes:
        backbone, _slash, path = probe.path.partition("/")
        number = ends[probe.path, probe.peer] = ends.get((probe.path, probe.peer), 0) + 1
        owners.setdefault(backbone, []).append(
            {
                "name": rpm_test_name(path, probe.peer, number),
                "inet6": ip.family(probe.target) == "ipv6",
                "target": probe.target,
                "source": probe.source_address or None,
                **common,
            }
        )
    return {
        "limit": len(probes) if len(probes) > DEFAULT_LIMIT else None,
        "owners": [{"name": owner, "tests": tests} for owner, tests in sorted(owners.items())],
    }


def check_rpm(teller: Router, probes: Sequence[Probe]) -> Iterator[IntentError]:
    """Names of paths that Junos routers measure fit into the names of their tests; no router runs too many."""
    measured = [probe for probe in probes if probe.prober == RPM]
    for full in sorted({probe.path for probe in measured}):
        backbone, _slash, path = full.partition("/")
        longest = NAME_LENGTH - len("@") - PEER_LENGTH
        if len(backbone) > NAME_LENGTH or len(path) > longest:
            wanted = f"at most {NAME_LENGTH} characters before and {longest} after the / of a path that Junos measures"
            yield IntentError(teller.name, ("steering", "paths", full), shown(full), wanted, "a shorter name")
    tests = probe_settings(teller).rpm_tests
    for router in sorted({probe.source for probe in measured}):
        count = sum(probe.source == router for probe in measured) * tests
        if count > HIGHEST_LIMIT:
            there = f"{count} tests, {tests} for each path that {router} measures"
            wanted = f"at most {HIGHEST_LIMIT} tests on a Junos router"
            yield IntentError(teller.name, ("probes", "rpm", "tests"), there, wanted, "a smaller number")
