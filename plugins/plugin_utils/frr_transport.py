# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a request to the program on an FRR router and its reply back: one round trip, nothing left behind.

The program's modules travel with the request, as JSON on the standard input of the router's Python.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

Transport = Callable[[str, bytes], tuple[int, str, str]]
"""Runs a shell command on the router with this standard input; returns its return code, output and error output.

Raises RouterFault (unreachable, auth, host_key, lost) when the router cannot be asked.
"""

PACKAGE = "ansible_collections.fairway.backbone.plugins.plugin_utils"
MODULES = ("text", "store", "daemons", "timer", "txn", "state_more", "state", "ground", "change")
"""Parts of the program in the order in which they import each other; `frr_agent` itself comes last."""

MARK = "fairway-reply "

# Makes modules of the sources and starts the last one; also the end of the file that the dead-man timer runs.
LOADER = """
import sys, types
sys.modules[program["package"]] = types.ModuleType(program["package"])
for name, source in program["modules"]:
    module = types.ModuleType(name)
    sys.modules[name] = module
    setattr(sys.modules[program["package"]], name.rpartition(".")[2], module)
    exec(compile(source, name, "exec"), module.__dict__)
module.main(program)
"""
_START = "import sys,json;program=json.load(sys.stdin);exec(program['loader'])"


def _sources() -> list[tuple[str, str]]:
    names = [*(f"frr_agent_{part}" for part in MODULES), "frr_agent"]
    folder = files(PACKAGE)
    return [(f"{PACKAGE}.{name}", folder.joinpath(f"{name}.py").read_text(encoding="utf-8")) for name in names]


# Read once, before Ansible forks its workers.
_MODULES = _sources()


def ask(transport: Transport, request: Mapping[str, Any], python: str = "/usr/bin/python3") -> dict[str, Any]:
    """Send a request and return the reply.

    Raises RouterFault: what the transport raises; `lost` when the program ended without a reply (it may have done
    its work); the kind the router names when it refuses.
    """
    program = {"package": PACKAGE, "modules": _MODULES, "loader": LOADER, "request": dict(request)}
    code, out, err = transport(f"{shlex.quote(python)} -c {shlex.quote(_START)}", json.dumps(program).encode())
    for line in out.splitlines():
        if line.startswith(MARK):
            reply: dict[str, Any] = json.loads(line[len(MARK) :])
            return reply
    raise _no_reply(code, out, err, python)


def _no_reply(code: int, out: str, err: str, python: str) -> RouterFault:
    last = (err.strip() or out.strip() or "it said nothing").splitlines()[-1]
    if code == 127 or "not found" in last:
        return RouterFault("refused", f"{python} does not run on the router: {last}: set ansible_python_interpreter")
    return RouterFault("lost", f"the program on the router ended ({code}) without a reply: {last}")
