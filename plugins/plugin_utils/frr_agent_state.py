# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an FRR router says about itself, raw: `frr_state` in module_utils/state.py brings it into the normal form.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_daemons import Daemons, run
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_state_more import gather_more
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store import Fault

_COMMANDS = {
    "bgp": {"bgp": "show bgp summary json"},
    "ospf": {
        "ospf": "show ip ospf neighbor json",
        "ospf6": "show ipv6 ospf6 neighbor json",
        "ospf_interfaces": "show ip ospf interface json",
        "ospf6_interfaces": "show ipv6 ospf6 interface json",
    },
    "routes": {"routes": "show ip route summary json", "routes6": "show ipv6 route summary json"},
}
# Where FRR leaves a file when one of its daemons crashes, and where systemd keeps core dumps.
_CRASHES = (("/var/tmp/frr", "*/crashlog"), ("/var/lib/systemd/coredump", "core.*"), ("/var/crash", "*"))  # noqa: S108


def gather(daemons: Daemons, wanted: Iterable[str]) -> dict[str, Any]:
    """The answers of the router's own tools, by name; `wanted` as router_state's `gather`, empty for what it means."""
    chosen = set(wanted) or {"bgp", "ospf", "interfaces", "routes", "alarms", "cores", "system"}
    raw: dict[str, Any] = {"gathered": sorted(chosen)}
    alive = daemons.alive()
    asked = {name: line for subject, lines in _COMMANDS.items() if subject in chosen for name, line in lines.items()}
    answers = daemons.answers(*asked.values()) if asked else {}
    raw.update({name: _json(answers[line]) for name, line in asked.items()})
    if "interfaces" in chosen:
        raw["links"] = _json(run(["ip", "-json", "-stats", "link", "show"]).stdout)
    if "alarms" in chosen:
        raw["dead"] = daemons.dead(alive)
    if "cores" in chosen:
        raw["cores"] = _crashes()
    if "system" in chosen:
        raw["system"] = {
            "hostname": socket.gethostname(),
            "uptime_s": float(Path("/proc/uptime").read_text().split()[0]),
            "version": daemons.vtysh("show version").stdout.partition("\n")[0],
            "daemons": alive,
        }
    return {**raw, **gather_more(daemons, chosen)}


def command(daemons: Daemons, commands: Iterable[str]) -> list[str]:
    """The text vtysh answers to each command. Raises Fault naming the command FRR does not know."""
    answers = []
    for line in commands:
        done = daemons.vtysh(line)
        if done.returncode != 0:
            raise Fault("rejected", f"vtysh refuses '{line}': {(done.stdout + done.stderr).strip()}")
        answers.append(done.stdout)
    return answers


def _json(text: str) -> Any:
    """What a tool answered; None when it is no JSON (a daemon that is not running answers nothing)."""
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return None


def _crashes() -> list[str]:
    found = []
    for directory, pattern in _CRASHES:
        with contextlib.suppress(OSError):
            found += [str(path) for path in Path(directory).glob(pattern)]
    return sorted(found)
