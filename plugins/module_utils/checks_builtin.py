# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks that come with the collection, written as users write theirs; and which ones a run makes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.checks import Check, CheckError, read_checks

BUILTIN: tuple[dict[str, Any], ...] = (
    {
        "name": "version",
        "state": "software.version",
        "expect": {"release": {"fact": "version"}},
        "why": "another version runs than the one that this run is meant for",
    },
    {
        "name": "pending-software",
        "state": "software.pending",
        "expect": {"empty": True},
        "why": "it would become active with the next reboot, whoever reboots, and for whatever reason",
    },
    {
        "name": "alarms",
        "state": "alarms",
        "expect": {"empty": True},
        "why": "mend what it says first: a reboot makes a half-broken router a broken one",
    },
    {
        "name": "cores",
        "state": "cores",
        "expect": {"empty": True},
        "why": "a process crashed: collect the files for the vendor, then delete them",
    },
    {
        "name": "storage",
        "state": "storage./var.free_bytes",
        "expect": {"at_least": {"fact": "free"}},
        "why": "the installation would not fit: clean up (request system storage cleanup, apt-get clean)",
    },
    {
        "name": "package",
        "state": "package.local",
        "expect": {"equals": {"fact": "checksum"}},
        "needs": ["package"],
        "platforms": ["junos"],
        "unknown": "skip",
        "why": "the controller's file is not the vendor's: fetch it again, look up the checksum on the vendor's page",
    },
    {
        "name": "package-on-router",
        "state": "package.router",
        "expect": {"equals": {"fact": "checksum"}},
        "needs": ["package_path"],
        "platforms": ["junos"],
        "why": "the file on the router is not the vendor's: copy it again",
    },
    {
        "name": "package",
        "state": "software.available",
        "expect": {"contains": {"fact": "target_version"}},
        "platforms": ["frr"],
        "why": "apt does not offer it: apt-get update, and is the repository configured?",
    },
    {"name": "bgp", "compare": "bgp"},
    {"name": "ospf", "compare": "ospf"},
    {"name": "interfaces", "compare": "interfaces"},
    {"name": "routes", "compare": "routes"},
    {
        "name": "commit-pending",
        "state": "commit.pending",
        "expect": {"empty": True},
        "why": "somebody's change waits for its confirmation: confirm it or revert it first",
    },
    {
        "name": "commit-uncommitted",
        "state": "commit.uncommitted",
        "expect": {"equals": False},
        "why": "somebody edited the configuration and did not commit (Junos) or save (FRR): ask them, or discard it",
    },
    {
        "name": "commit-lock",
        "state": "commit.locked_by",
        "expect": {"empty": True},
        "why": "somebody is at work on the router",
    },
    {
        "name": "drift",
        "state": "drift",
        "expect": {"equals": 0},
        "needs": ["config"],
        "why": "lines that differ from Git: see plan.yml, then deploy, or put them into the intent",
    },
    {
        "name": "drained",
        "state": "drain",
        "expect": {"empty": True},
        "why": "the router is out of service already: undrain it, or go on with what it was drained for",
    },
    {
        "name": "redundancy",
        "compare": "redundancy",
        "why": "the site would be cut off: mend or undrain the other router first",
    },
    {
        "name": "ntp",
        "state": "ntp.synchronized",
        "expect": {"equals": True},
        "needs": ["ntp_servers"],
        "platforms": ["junos"],
        "why": "its clock is not set by its servers: logs and certificates will not match",
    },
    {
        "name": "ntp",
        "state": "ntp.synchronized",
        "expect": {"equals": True},
        "platforms": ["frr"],
        "unknown": "skip",
        "why": "its clock is not set by its servers: logs and certificates will not match",
    },
)

_READ = read_checks(BUILTIN)


def choose(profile: Sequence[str], extra: Sequence[Any]) -> tuple[Check, ...]:
    """The checks of a run: the built-in ones and the user's, of which the profile's patterns pick; `all` is all of
    them, a pattern after `!` leaves out. Raises CheckError when a user's check or a pattern means nothing."""
    mine = read_checks(extra)
    names = {check.name for check in mine}
    known = (*(check for check in _READ if check.name not in names), *mine)
    wrong = [word for word in profile if not _means_something(word, known)]
    if wrong:
        every = ", ".join(dict.fromkeys(check.name for check in known))
        raise CheckError(f"there is no check {', '.join(wrong)}; known are all, {every}")
    wanted = [word for word in profile if not word.startswith("!")] or ["all"]
    unwanted = [word[1:] for word in profile if word.startswith("!")]
    return tuple(check for check in known if _like(check.name, wanted) and not _like(check.name, unwanted))


def _like(name: str, patterns: Sequence[str]) -> bool:
    return any(pattern == "all" or fnmatchcase(name, pattern) for pattern in patterns)


def _means_something(word: str, known: Sequence[Check]) -> bool:
    return any(_like(check.name, [word.removeprefix("!")]) for check in known)
