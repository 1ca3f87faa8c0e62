# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Software of a Junos router. A reply tells what the router says; what it did is read from the router.

The reply to an installation often never comes, and the installation goes on. So requests are made while somebody
watches, and a lost one is followed by looking: the router's install log, what waits for a reboot, the time of its boot.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lxml import etree

from ansible_collections.fairway.backbone.plugins.module_utils.software import (
    Operation,
    Reply,
    Software,
    junos_software,
    last_operation,
    named_version,
    reply_of,
    under_way,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_files
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_reply import squeeze
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_session import JunosSession
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.software_watch import Watch

if TYPE_CHECKING:
    from ansible_collections.fairway.backbone.plugins.plugin_utils.junos import JunosRouter

LOG = "/var/log/install"
_AWAY = ("lost", "unreachable", "refused", "timeout")
# A router that says nothing about an operation in so many looks, though it answers, never got the request.
_SILENT_LOOKS = 3
# While a reply is waited for, the router is looked at every so many intervals; so many times done, it will not answer.
_LOOK_EVERY, _DONE_LOOKS = 6, 2


class JunosSoftware:
    """One router's software. `wanted`: the version that is being installed, for releases that do not name it.

    Everything raises RouterFault; `rejected` with the router's last words when it would not do as told.
    """

    def __init__(self, router: JunosRouter, *, vmhost: bool = False, wanted: str = "") -> None:
        self.router = router
        self.vmhost = vmhost
        self.wanted = wanted

    # -- looking ----------------------------------------------------------------------------------------------------

    def look(self) -> Software:
        """What it runs, what waits, what it is installing."""
        # In this order: when the log says that it is over, what is read after it is what came of it.
        busy = under_way(self.operation(), self.booted())
        told = self.router.state(["software"])["software"]
        if told.get("pending") and not named_version(str(told["pending"])):
            told = {**told, "pending": self._announced() or told["pending"]}
        return junos_software(told, self.wanted, busy)

    def _announced(self) -> str:
        """The version that waits, where `show version` has a line for it; empty where it does not."""
        comments = self.router.session.get("get-software-information").iter("comment")
        said = [squeeze(one.text) for one in comments if "installation software" in squeeze(one.text).lower()]
        return named_version(said[-1]) if said else ""

    def operation(self) -> Operation | None:
        """The newest operation of the router's install log; None when it keeps none, or does not show it."""
        try:
            return last_operation(junos_files.read_text(self.router, LOG))
        except RouterFault as fault:
            if fault.kind != "rejected":
                raise
            return None

    def booted(self) -> float | None:
        """When it booted, in seconds since 1970 by its own clock; None when it does not tell."""
        uptime = self._uptime()
        now = self.router.session.get("get-system-uptime-information").find(".//current-time/date-time")
        told = None if now is None else now.get("seconds")
        return float(told) - uptime if told and uptime is not None else None

    def _uptime(self) -> float | None:
        told = self.router.state(["system"])["system"]["uptime_s"]
        return None if told is None else float(told)

    # -- doing ------------------------------------------------------------------------------------------------------

    def validate(self, package: str, watch: Watch) -> str:
        """Ask whether the package fits the configuration; returns the router's words."""
        if self.vmhost:
            return "a package of the host is validated while it is installed"
        request = _request("request-package-validate", package_name=package)
        reply = self._ask(request, watch, "validating")
        if not reply.ok:
            raise self._refused("validate", package, reply)
        return reply.words()

    def install(self, package: str, watch: Watch, *, validate: bool = False, no_copy: bool = True) -> str:
        """Install a package; returns how it went. It is over when the router says what waits for its reboot."""
        name = "request-vmhost-package-add" if self.vmhost else "request-package-add"
        flags = [] if validate or self.vmhost else ["no-validate"]
        flags += ["no-copy"] if no_copy and not self.vmhost else []
        return self._operate(_request(name, *flags, package_name=package), f"install {package}", watch)

    def revert(self, _version: str, watch: Watch) -> str:
        """Take back what waits for a reboot, or let the previous image wait for one."""
        name = "request-vmhost-package-rollback" if self.vmhost else "request-package-rollback"
        return self._operate(_request(name), "rollback", watch)

    def _operate(self, request: Any, what: str, watch: Watch) -> str:
        before, began = self.look(), self.operation()
        if before.busy:
            raise RouterFault("busy", f"{self.router.name}: {what}: it is installing already: {before.busy}")
        try:
            doing = "rolling back" if what == "rollback" else "installing"
            reply = self._ask(request, watch, doing, lambda: self._over(before, began))
        except RouterFault as fault:
            if fault.kind not in _AWAY:
                raise
            return self._follow(what, before, began, watch, fault)
        if reply.ok or (reply.result is None and self.look().pending != before.pending):
            return reply.words()
        raise self._refused(what, "", reply)

    def _over(self, before: Software, began: Operation | None) -> bool:
        """Whether the router is done, asked in another session while its reply is waited for."""
        other = JunosSession(self.router.session.options)
        try:
            beside = JunosSoftware(type(self.router)(other), vmhost=self.vmhost, wanted=self.wanted)
            newest, now = beside.operation(), beside.look()
            return not now.busy and (now.pending != before.pending or (newest is not None and newest != began))
        except RouterFault:
            return False
        finally:
            other.close()

    def _follow(self, what: str, before: Software, began: Operation | None, watch: Watch, fault: RouterFault) -> str:
        """The reply is lost: watch the router until it says what became of it."""
        watch.tell(f"the reply was lost ({_short(fault)}); looking at what the router really does")
        silent = 0
        while True:
            try:
                newest, now = self.operation(), self.look()
            except RouterFault as gone:
                if gone.kind not in _AWAY:
                    raise
                watch.pause(f"{what}: it does not answer ({_short(gone)})", self.router.close)
                continue
            fresh = newest if newest is not None and newest != began else None
            if not now.busy and now.pending != before.pending:
                return f"the reply was lost; the router did it{f': {fresh.text}' if fresh and fresh.text else ''}"
            if fresh is not None and fresh.result is not None:
                raise self._refused(what, "", Reply((fresh.text,), fresh.result))
            silent = 0 if now.busy or (fresh is None and newest is None) else silent + 1
            if silent >= _SILENT_LOOKS:
                raise RouterFault(
                    "lost", f"{self.router.name}: {what}: the request never reached the router ({_short(fault)}): again"
                )
            watch.pause(f"{what}: {now.busy or 'waiting for the router to tell'}")

    def settle(self, watch: Watch) -> Software:
        """Wait until nothing is being installed."""
        while True:
            try:
                found = self.look()
                if not found.busy:
                    return found
                watch.pause(f"installing: {found.busy}")
            except RouterFault as fault:
                if fault.kind not in _AWAY:
                    raise
                watch.pause(f"it does not answer ({_short(fault)})", self.router.close)

    def reboot(self, watch: Watch) -> Software:
        """Reboot it and wait until it is back; returns what it runs then. Raises `timeout` when it is not back."""
        uptime, asked = self._uptime() or 0.0, time.monotonic()
        request = _request("request-vmhost-reboot" if self.vmhost else "request-reboot")
        try:
            reply = self.router.session.call(request)
            if reply.errors:
                raise RouterFault("rejected", f"{self.router.name}: reboot: {reply.message}", reply.errors)
        except RouterFault as fault:
            if fault.kind not in _AWAY:
                raise
        gone = False
        while True:
            try:
                self.router.session.drop()
                # Before the question: the answer may be on its way for seconds, and is of the moment when it was given.
                passed = time.monotonic() - asked
                now = self._uptime()
                # Had it run on, it would be up for as much longer as has passed since.
                if now is not None and now < uptime + passed - 1.0 and (gone or now < uptime):
                    return self.look()
                watch.pause("it has not gone down yet")
            except RouterFault as fault:
                if fault.kind not in _AWAY:
                    raise
                gone = True
                watch.pause(f"rebooting: it does not answer ({_short(fault)})")

    def _ask(self, request: Any, watch: Watch, doing: str, over: Callable[[], bool] = lambda: False) -> Reply:
        """One long request. The session works in a thread of its own, so that somebody can be told that it goes on.

        `over`: whether the router is done, though it has not said so. The reply gets another look's time then.
        """
        box: dict[str, Any] = {}

        def work() -> None:
            try:
                box["reply"] = self.router.session.call(request, watch.left())
            except RouterFault as fault:
                box["fault"] = fault

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        looks = done = 0
        while thread.is_alive() and done < _DONE_LOOKS:
            thread.join(watch.interval)
            looks += 1
            if thread.is_alive():
                watch.say(doing)
                done = done + 1 if looks % _LOOK_EVERY == 0 and over() else done
        if thread.is_alive():
            box["fault"] = RouterFault("lost", f"{self.router.name}: {doing}: it is done, and does not say so")
        if "fault" in box:
            self.router.session.drop()
            raise box["fault"]
        reply = box["reply"]
        if reply.errors:
            raise RouterFault("rejected", f"{self.router.name}: {doing}: {reply.message}", reply.errors)
        texts: Callable[[str], list[str]] = lambda name: [str(e.text or "") for e in reply.root.iter(name)]  # noqa: E731
        return reply_of(texts("output"), texts("package-result"))

    def _refused(self, what: str, package: str, reply: Reply) -> RouterFault:
        said = reply.words() or "it did not say why"
        result = "no result" if reply.result is None else f"result {reply.result}"
        of = f" {package}" if package else ""
        return RouterFault("rejected", f"{self.router.name}: {what}{of} failed ({result}):\n{said}")


def _short(fault: RouterFault) -> str:
    return (fault.message.splitlines() or [""])[0].partition(": is ")[0][-80:]


def _request(name: str, *flags: str, **children: str) -> Any:
    element = etree.Element(name)
    for flag in flags:
        etree.SubElement(element, flag)
    for child, text in children.items():
        etree.SubElement(element, child.replace("_", "-")).text = text
    return element
