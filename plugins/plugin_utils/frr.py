# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The FRR hand: a Router over vtysh and frr-reload.py, by way of a program sent over the host's own connection.

What it needs on the router: FRR 8 or newer with frr-pythontools, Python 3.9 or newer, `service
integrated-vtysh-config`, and a user in the groups frr and frrvty that owns /var/lib/fairway and may write /etc/frr
(`install -d -o fairway -g frr -m 0700 /var/lib/fairway; chmod g+ws /etc/frr; chmod g+r /etc/frr/*`), or become.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.fairway.backbone.plugins.module_utils.change import (
    Commit,
    Outcome,
    Pending,
    RouterError,
    StageRequest,
    StageResult,
    log_line,
    new_change_id,
)
from ansible_collections.fairway.backbone.plugins.module_utils.state import frr_state
from ansible_collections.fairway.backbone.plugins.module_utils.state_more import commit_state
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_transport import Transport, ask
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

_WHOLE = ("update", "override", "replace")
_RETRIES = 3


@dataclass
class FrrRouter:
    """One FRR router. `minute_s` is the length of a minute of the dead-man timer (a lab's is shorter).

    `take_over` lets a change overwrite what somebody configured by hand without saving it. `paths` moves the places
    that the program uses on the router.
    """

    name: str
    transport: Transport
    python: str = "/usr/bin/python3"
    minute_s: float = 60.0
    take_over: bool = False
    paths: Mapping[str, str] = field(default_factory=dict)
    reconnect: Callable[[], None] | None = None
    platform: str = "frr"

    def _ask(self, op: str, **request: Any) -> dict[str, Any]:
        """Raises RouterFault, with the router's own reason when it refuses."""
        if self.paths:
            request["paths"] = dict(self.paths)
        reply = ask(self.transport, {"op": op, **request}, self.python)
        if not reply["ok"]:
            raise RouterFault(reply["kind"], f"{self.name}: {reply['message']}", _errors(reply["errors"]))
        return reply

    def _do(self, op: str, **request: Any) -> dict[str, Any]:
        """Like `_ask` for what changes the router: a lost reply is asked for again, the deed is not repeated."""
        try:
            return self._ask(op, **request)
        except RouterFault as fault:
            if fault.kind != "lost" or request.get("check_mode"):
                raise
            lost = fault
        for _try in range(_RETRIES):
            try:
                reply = self._ask(op, **request, resume=True)
            except RouterFault as fault:
                # Also a router that cannot be reached now: it dropped us, it may be back in a moment.
                if fault.kind not in ("lost", "unreachable", "timeout") or _says_not_done(fault):
                    raise
                lost = fault
                continue
            reply["notes"] = ["the reply was lost; the router's journal told what became of it", *reply["notes"]]
            return reply
        raise RouterFault("unknown", f"{lost.message}: the router does not say what became of it; its own timer does")

    def stage(self, request: StageRequest, taken: Callable[[], None] = lambda: None) -> StageResult:
        started = time.monotonic()
        result = self._stage(request)
        if result.ok:
            # It is one request to the router, which tells nothing until it is done.
            taken()
        result.seconds = time.monotonic() - started
        return result

    def _stage(self, request: StageRequest) -> StageResult:
        if request.format != "text" or request.load not in _WHOLE:
            return StageResult(
                state="refused",
                step="load",
                message=f"FRR takes whole configurations as text (load: {', '.join(_WHOLE)}), "
                f"not load '{request.load}' of format '{request.format}'",
            )
        try:
            what: dict[str, Any] = {"text": request.text}
            if request.splices is not None:
                what = {"splices": [[first, end, list(new)] for first, end, new in request.splices]}
            reply = self._do(
                "stage",
                **what,
                base=request.base,
                change_id=request.change_id,
                log=request.log,
                comment=f"commit confirmed, rollback in {request.confirm_minutes}mins",
                confirm_s=request.confirm_minutes * self.minute_s,
                lock_wait_s=request.lock_wait_s,
                check_mode=request.check_mode,
                snapshot=request.snapshot,
                gather=list(request.gather),
                take_over=self.take_over,
            )
        except RouterFault as fault:
            return _not_staged(self.name, fault, request)
        pending = _pending(reply.get("pending"))
        return StageResult(
            changed=reply["state"] in ("staged", "checked"),
            state=reply["state"],
            diff=reply["diff"],
            lines_added=reply["added"],
            lines_removed=reply["removed"],
            notes=reply["notes"],
            before=frr_state(reply["raw"]) if "raw" in reply else None,
            pending=pending,
            deadline=pending.deadline if pending else None,
        )

    def confirm(self, change_id: str, *, lock_wait_s: float = 30.0, check_mode: bool = False) -> Outcome:
        log = log_line("confirm", change_id)
        return self._outcome(
            "confirm", change_id, change_id=change_id, log=log, lock_wait_s=lock_wait_s, check_mode=check_mode
        )

    def revert(
        self,
        change_id: str | None,
        rollback: int | None = None,
        *,
        lock_wait_s: float = 30.0,
        check_mode: bool = False,
    ) -> Outcome:
        if change_id is None and rollback is None:
            return Outcome("refused", message="say what to revert: a change id or a rollback number")
        # A name for a transaction that has none of its own: every transaction on the router has one.
        by_number = change_id is None or rollback is not None
        revert_id = new_change_id(time.time(), os.urandom(3)) if by_number else change_id
        return self._outcome(
            "revert",
            change_id,
            change_id=change_id,
            rollback=rollback,
            revert_id=revert_id,
            log=log_line("revert", str(revert_id)),
            lock_wait_s=lock_wait_s,
            check_mode=check_mode,
            take_over=self.take_over,
        )

    def _outcome(self, op: str, change: str | None, **request: Any) -> Outcome:
        started = time.monotonic()
        try:
            reply = self._do(op, **request)
        except RouterFault as fault:
            state = {"unknown": "unknown", "lost": "unknown"}.get(fault.kind, "refused")
            outcome = Outcome(state, message=_bare(fault.message, self.name), change_id=change, errors=fault.errors)
        else:
            lost = bool(reply["notes"]) and reply["notes"][0].startswith("the reply was lost")
            done = bool(reply["changed"]) or (lost and reply["state"] in ("confirmed", "reverted"))
            outcome = Outcome(
                reply["state"], changed=done, change_id=change, diff=reply.get("diff", ""), notes=reply["notes"]
            )
        outcome.seconds = time.monotonic() - started
        return outcome

    def pending(self) -> Pending | None:
        return _pending(self._ask("pending")["pending"])

    def history(self) -> list[Commit]:
        return _commits(self._ask("history")["history"])

    def steering(self) -> dict[str, Any]:
        """What steering decides upon: `text` (masked), `history`, `token`, `locked` (by whom), `unsaved` (lines)."""
        told = self._ask("steering", take_over=self.take_over, lock_wait_s=0)
        return {**told, "history": _commits(told["history"])}

    def get_config(self, source: str = "running", fmt: str = "text") -> str:
        """`source`: running, startup or rollback-N. Raises RouterFault."""
        if fmt != "text":
            raise RouterFault("unsupported", f"{self.name}: FRR has its configuration as text, not as {fmt}")
        return str(self._ask("get_config", source=source)["text"])

    def state(self, gather: Sequence[str] = ()) -> dict[str, Any]:
        found = frr_state(self._ask("state", gather=list(gather))["raw"])
        if "commit" in gather:
            told = self.steering()
            found["commit"] = commit_state(_pending(told["pending"]), bool(told["unsaved"]), str(told["locked"] or ""))
        return found

    def command(self, commands: Sequence[str]) -> list[str]:
        return [str(answer) for answer in self._ask("command", commands=list(commands))["answers"]]

    def fresh(self) -> None:
        """Drop the connection, so that the next request has to log in again."""
        if self.reconnect is not None:
            self.reconnect()

    def close(self) -> None:
        """Nothing to close: the connection is Ansible's."""


def _commits(told: Sequence[Mapping[str, Any]]) -> list[Commit]:
    return [
        Commit(
            sequence=sequence,
            when=entry.get("when"),
            user=entry.get("user", ""),
            client=entry.get("client", ""),
            comment=entry.get("comment", ""),
            log=entry.get("log", ""),
            pending=bool(entry.get("pending")),
        )
        for sequence, entry in enumerate(told)
    ]


def _bare(message: str, name: str) -> str:
    """Results are told beside the router's name; a RouterFault's message has to carry it."""
    return message.removeprefix(f"{name}: ")


def _says_not_done(fault: RouterFault) -> bool:
    return "did not commit it" in fault.message


def _errors(told: Sequence[Mapping[str, Any]]) -> list[RouterError]:
    return [RouterError(**error) for error in told]


def _pending(told: Mapping[str, Any] | None) -> Pending | None:
    if not told:
        return None
    return Pending(
        told.get("change_id"),
        told.get("user", ""),
        told.get("client", ""),
        told.get("when"),
        told.get("deadline"),
        told.get("log", ""),
    )


def _not_staged(name: str, fault: RouterFault, request: StageRequest) -> StageResult:
    """`refused`: nothing was tried. `failed`: tried and taken back. `unknown`: the router does not say."""
    state = {"unknown": "unknown", "rejected": "failed", "lost": "failed"}.get(fault.kind, "refused")
    if fault.kind == "lost" and not _says_not_done(fault):
        state = "unknown"
    errors = [_placed(error, request.template_map) for error in fault.errors]
    return StageResult(
        state=state,
        message="\n".join([_bare(fault.message, name), *(str(error) for error in errors)]),
        step={"locked": "lock", "rejected": "check", "dirty": "clean"}.get(fault.kind, ""),
        errors=errors,
    )


def _placed(error: RouterError, template_map: Sequence[tuple[str, int]]) -> RouterError:
    """The error with the template line that produced its configuration line."""
    if error.config_line is None or not 0 < error.config_line <= len(template_map):
        return error
    template, line = template_map[error.config_line - 1]
    return replace(error, template=template, template_line=line)


# The first that fits: "could not be sent" is what Ansible says before ssh's own words, whatever those are. A session
# that was up and fell silent ("Timeout, server ... not responding") is lost; one that never came up timed out.
_SSH_SAYS = (
    ("host_key", ("host key verification failed", "identification has changed", "host key is known")),
    ("auth", ("permission denied", "authentication fail", "incorrect sudo password", "incorrect su password")),
    ("lost", ("not responding", "read from remote host", "client_loop")),
    ("timeout", ("timed out", "timeout")),
    ("unreachable", ("connection refused", "no route to host", "network is unreachable", "could not resolve")),
    ("lost", ("closed by remote", "broken pipe", "connection reset", "could not be sent", "shared connection to")),
)


_PREFACE = re.compile(r"(Data could not be sent to remote host \S+\. Make sure this host can be reached over|"
                      r"Failed to connect to the host via) ssh: *")  # fmt: skip
_REMEDIES = {
    "host_key": ": compare its fingerprint with the router's console, then put its key into ~/.ssh/known_hosts",
    "auth": ": check ansible_user, ansible_ssh_private_key_file, and the router's login user",
    "unreachable": ": check ansible_host, and whether sshd runs there",
    "timeout": ": check ansible_host, and the way to it",
}


def connection_fault(name: str, error: AnsibleError) -> RouterFault:
    """An Ansible connection's complaint as a RouterFault. ssh tells why only in words."""
    said = str(error).strip()
    low = said.lower()
    kind = next((kind for kind, words in _SSH_SAYS if any(word in low for word in words)), "unreachable")
    if isinstance(error, AnsibleAuthenticationFailure) and kind == "unreachable":
        kind = "auth"
    if said.rstrip().endswith("via ssh:"):  # ssh ended without a word: the session was cut, not refused.
        kind = "lost"
    # Without what Ansible says before, and in one line: ssh frames its warnings with lines of @.
    words = " ".join(line.strip(" @") for line in _PREFACE.sub("", said).splitlines() if line.strip(" @")) or said
    return RouterFault(kind, f"{name}: {words.rstrip('.')}{_REMEDIES.get(kind, '')}")


def ansible_transport(action: ActionBase, name: str) -> Transport:
    """The task's own connection as a Transport; become is honoured."""

    def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
        try:
            done = action._low_level_execute_command(command, in_data=stdin)
        except (AnsibleConnectionFailure, AnsibleError) as error:
            fault = connection_fault(name, error)
            if fault.kind == "lost":
                _forget(action)
            raise fault from error
        return int(done["rc"]), str(done["stdout"]), str(done["stderr"])

    return transport


def _forget(action: ActionBase) -> None:
    """Drop a broken multiplexed session, so that the next attempt is a fresh one."""
    try:
        action._connection.reset()
    except (AnsibleError, AttributeError, OSError):
        return


def open_frr(action: ActionBase, task_vars: Mapping[str, Any]) -> FrrRouter:
    """The FRR router of this task. Options are the host's variables:

    `ansible_python_interpreter`; `fairway_frr_take_over` (bool, false): overwrite unsaved changes made by hand;
    `fairway_minute_s` (60): length of a minute of the dead-man timer, for labs.
    """
    name = str(task_vars.get("inventory_hostname", "router"))
    interpreter = str(task_vars.get("ansible_python_interpreter") or "")
    return FrrRouter(
        name,
        ansible_transport(action, name),
        python=interpreter if interpreter.startswith("/") else "/usr/bin/python3",
        minute_s=float(task_vars.get("fairway_minute_s") or 60.0),
        take_over=boolean(task_vars.get("fairway_frr_take_over", False)),
        reconnect=lambda: _forget(action),
    )
