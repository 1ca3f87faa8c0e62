# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Software of an FRR router: the package `frr` and its family, through apt, over the host's own connection.

What it needs on the router besides what changes need: a user who may run `apt-get`, `dpkg --configure -a` and
`systemctl restart frr` with `sudo -n`, or become. Restarting the daemons is what a reboot is elsewhere.
"""

from __future__ import annotations

import json
import shlex
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ansible_collections.fairway.backbone.plugins.module_utils.software import Software, frr_software, tail
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_watch import Watch

if TYPE_CHECKING:
    from ansible_collections.fairway.backbone.plugins.plugin_utils.frr import FrrRouter

DIRECTORY = "/var/lib/fairway/software"
_AWAY = ("lost", "unreachable", "refused", "timeout")
_MARK = "fairway-reply "
_PACKAGE = "ansible_collections.fairway.backbone.plugins.plugin_utils"
_PROGRAM = files(_PACKAGE).joinpath("frr_software_agent.py").read_text(encoding="utf-8")
_START = (
    "import sys,json,types;p=json.load(sys.stdin);"
    "m=types.ModuleType('fairway_software');sys.modules[m.__name__]=m;"
    "exec(compile(p['program'],m.__name__,'exec'),m.__dict__);m.answer(p['request'])"
)


class FrrSoftware:
    """One router's packages. Everything raises RouterFault; `rejected` with apt's last words when it failed."""

    def __init__(self, router: FrrRouter) -> None:
        self.router = router

    def _ask(self, op: str, **request: Any) -> dict[str, Any]:
        head = {"program": _PROGRAM, "request": {"op": op, "directory": DIRECTORY, **request}}
        command = f"{shlex.quote(self.router.python)} -c {shlex.quote(_START)}"
        code, out, err = self.router.transport(command, json.dumps(head).encode())
        for line in out.splitlines():
            if line.startswith(_MARK):
                reply: dict[str, Any] = json.loads(line[len(_MARK) :])
                if not reply["ok"]:
                    raise RouterFault(reply["kind"], f"{self.router.name}: {reply['message']}")
                return reply
        last = (err.strip() or out.strip() or "it said nothing").splitlines()[-1]
        raise RouterFault(
            "lost", f"{self.router.name}: the program on the router ended ({code}) without a reply: {last}"
        )

    def look(self) -> Software:
        """What its daemons are, what dpkg has, and whether something is being installed."""
        told = self._ask("look")
        job = told["job"]
        busy = job["what"] if job.get("runs") else ""
        software = self.router.state(["software"])["software"]
        # dpkg's own log may be gone, or rotated away.
        previous = software.get("previous") or job.get("previous", "")
        return frr_software({**software, "previous": previous}, told["status"], busy)

    def validate(self, version: str, watch: Watch) -> str:
        """Whether apt finds that version and could install it; returns apt's last words."""
        told = self._ask("simulate", version=version)
        if told["status"] != 0:
            raise RouterFault("rejected", f"{self.router.name}: apt cannot install frr {version}:\n{tail(told['log'])}")
        return tail(told["log"], 3)

    def install(self, version: str, watch: Watch) -> str:
        """Install that version, also an older one; the package restarts the daemons. Returns apt's last words."""
        return self._job("start", f"installing frr {version}", watch, version=version)

    revert = install

    def reboot(self, watch: Watch) -> Software:
        """Restart the daemons; returns what they are then."""
        self._job("restart", "restarting the daemons", watch)
        return self.look()

    def settle(self, watch: Watch) -> Software:
        """Wait until nothing is being installed."""
        self._wait("installing", watch)
        return self.look()

    def _job(self, op: str, doing: str, watch: Watch, **request: Any) -> str:
        try:
            self._ask(op, **request)
        except RouterFault as fault:
            if fault.kind not in _AWAY:
                raise
            # It began, or it did not: the router's own files tell.
            watch.tell(f"{doing}: the reply was lost; looking at what the router really does")
        job = self._wait(doing, watch)
        wanted = f"frr {request['version']}" if request else "restart of frr"
        if job.get("what") != wanted:
            raise RouterFault("lost", f"{self.router.name}: {doing}: the request never reached the router: again")
        if job.get("status") != 0:
            how = f"status {job['status']}" if job.get("status") is not None else "it was ended in the middle"
            raise RouterFault("rejected", f"{self.router.name}: {doing} failed ({how}):\n{tail(str(job.get('log')))}")
        return tail(str(job.get("log")), 3)

    def _wait(self, doing: str, watch: Watch) -> dict[str, Any]:
        """Until the newest job of the router is over."""
        while True:
            try:
                job: dict[str, Any] = self._ask("look")["job"]
            except RouterFault as fault:
                if fault.kind not in _AWAY:
                    raise
                watch.pause(f"{doing}: it does not answer", self.router.fresh)
                continue
            if not job.get("runs"):
                return job
            last = tail(str(job.get("log")), 1)
            watch.pause(f"{doing}: {last}" if last else doing)
