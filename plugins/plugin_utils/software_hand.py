# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The software of a router, whatever it runs: `software_hand` picks the platform's hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.software import Software, same_release
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_software import FrrSoftware
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.router_files import file_hand
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_watch import Watch


def software_hand(router: Router, *, vmhost: bool = False, wanted: str = "") -> Any:
    """The platform's hand; see plugin_utils/junos_software.py for what it does."""
    if router.platform == "junos":
        # Imported only where it is wanted: an FRR router needs no NETCONF library.
        from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_software import JunosSoftware

        return JunosSoftware(router, vmhost=vmhost, wanted=wanted)  # type: ignore[arg-type]
    return FrrSoftware(router)  # type: ignore[arg-type]


def work(router: Router, args: Mapping[str, Any], watch: Watch, check_mode: bool) -> dict[str, Any]:
    """What router_software does: the state that was asked for, from whatever the router is in. Raises RouterFault."""
    hand = software_hand(router, vmhost=args["vmhost"], wanted=args["version"])
    before: Software = hand.look()
    deed = {
        "settled": _settled,
        "validated": _validated,
        "installed": _installed,
        "reverted": _reverted,
        "rebooted": _rebooted,
    }
    changed, words, after = (False, "", before)
    # What it has now is not what it will have: nothing is "installed already" while something else is on its way.
    if before.busy and args["state"] in ("installed", "reverted", "rebooted"):
        raise RouterFault("busy", f"{router.name}: it is installing already: {before.busy}")
    if args["state"] != "facts":
        changed, words, after = deed[args["state"]](router, hand, args, watch, before, check_mode)
    return {"changed": changed, "words": words, "before": before.as_dict(), "software": after.as_dict()}


Done = tuple[bool, str, Software]


def _checked(router: Router, args: Mapping[str, Any]) -> None:
    """The package on the router is the one that is meant."""
    wanted = str(args["checksum"]).partition(":")[2].lower()
    if router.platform != "junos" or not wanted:
        return
    found = file_hand(router).checksum(args["package"])
    if found != wanted:
        there = "is not there" if found is None else f"has sha256 {found}"
        raise RouterFault(
            "checksum",
            f"{router.name}: {args['package']} {there}, expected {wanted}: copy it again (router_file); nothing was "
            "installed",
        )


def _validated(router: Router, hand: Any, args: Any, watch: Watch, before: Software, _check: bool) -> Done:
    _checked(router, args)
    words = hand.validate(args["package"] if router.platform == "junos" else args["version"], watch)
    return False, words, before


def _settled(_router: Router, hand: Any, _args: Any, watch: Watch, _before: Software, _check: bool) -> Done:
    after: Software = hand.settle(watch)
    return False, after.broken, after


def _installed(router: Router, hand: Any, args: Any, watch: Watch, before: Software, check_mode: bool) -> Done:
    version = args["version"]
    if before.pending == version or (before.version == version and not before.pending and not before.broken):
        return False, "it is installed", before
    if before.pending and router.platform == "junos":
        raise RouterFault(
            "rejected",
            f"{router.name}: {before.pending} is installed and waits for a reboot: take it back first (state: "
            f"reverted), or reboot; {version} was not installed",
        )
    _checked(router, args)
    if check_mode:
        return True, f"{version} would be installed", before
    if router.platform == "junos":
        words = hand.install(args["package"], watch, validate=args["validate"], no_copy=args["no_copy"])
    else:
        words = hand.install(version, watch)
    after = hand.look()
    if not any(same_release(one, version) for one in (after.pending, after.version)):
        has = after.pending or after.version
        raise RouterFault(
            "rejected", f"{router.name}: installed {args['package'] or version}, and it has {has}: {words}"
        )
    return True, words, after


def _reverted(_router: Router, hand: Any, args: Any, watch: Watch, before: Software, check_mode: bool) -> Done:
    version = args["version"]
    if (
        version
        and not before.broken
        and (before.pending == version or (before.version == version and not before.pending))
    ):
        return False, "it has that version", before
    if check_mode:
        return True, f"{version or before.previous or 'the previous version'} would be brought back", before
    words = hand.revert(version, watch)
    return True, words, hand.look()


def _rebooted(router: Router, hand: Any, _args: Any, watch: Watch, before: Software, check_mode: bool) -> Done:
    if check_mode:
        return True, f"it would begin with {before.pending or before.version}", before
    after: Software = hand.reboot(watch)
    if before.pending and not same_release(after.version, before.pending):
        raise RouterFault(
            "rejected",
            f"{router.name}: it was to begin with {before.pending} and came back with {after.version}: the new "
            "software did not boot; look at its console and at show system alarms",
        )
    return True, f"it is back with {after.version} after {watch.passed:.0f} s", after
