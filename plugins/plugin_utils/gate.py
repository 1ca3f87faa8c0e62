# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hands of a gate: the terminal, and the records.

Ansible's `pause` is not used: without a terminal it warns and goes on, and where there is one that nobody types into
(AWX and ansible-runner give a run one of its own) it waits for ever. `Display.prompt_until`, on which it stands, does
say when there is no terminal; the rest is done here.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display

from ansible_collections.fairway.backbone.plugins.module_utils import gate as rules
from ansible_collections.fairway.backbone.plugins.module_utils.gate import Approval, Gate

PROMPT = "C continue, A abort, then Enter:"
# Far longer than it takes to find a key that is in the buffer already, on a busy machine too.
PR_SET_PDEATHSIG = 1
FORGET_S = 0.5
display = Display()


class NobodyThere(Exception):
    """No person can be asked; the message says why."""


def decide(gate: Gate, args: Mapping[str, Any], given: Approval, identifier: str, user: str) -> dict[str, str]:
    """Who says what: `answer`, `by`, and the `message` when it is not to go on. Raises NobodyThere."""
    valid_s = args["valid_hours"] * 3600
    if given.identifier:
        _tell(gate, [f"Approved: {identifier}"])
        return {"answer": rules.GO_ON, "by": "approval"}
    notes = [f"Not accepted: {complaint}" for complaint in given.complaints]
    if args["approval"] == "external":
        _tell(gate, [*notes, rules.how_to_approve(identifier, valid_s)])
        return {"answer": rules.WAIT, "by": "nobody yet"}
    if args["approval"] == "auto":
        _tell(gate, [*notes, f"{gate.router} {'goes on' if gate.passed else 'does not go on'}: approval=auto"])
        if gate.passed:
            return {"answer": rules.GO_ON, "by": "checks"}
        why = "not all is as it should be, and approval=auto asks nobody whether to go on all the same."
        return {"answer": rules.ABORT, "by": "checks", "message": rules.refusal(gate, why)}
    if why := _ask(gate, notes, args["timeout"], user):
        return {"answer": rules.ABORT, "by": user, "message": rules.refusal(gate, f"{why}.")}
    display.display(f"  {gate.router} goes on ({user})")
    return {"answer": rules.GO_ON, "by": user}


def only_show(gate: Gate, given: Approval) -> None:
    """Check mode's way through a gate."""
    notes = [f"Not accepted: {complaint}" for complaint in given.complaints]
    _tell(gate, [*notes, "Check mode: nobody is asked, and nothing is changed."])


def look_for_person() -> None:
    """Raises NobodyThere when nobody could answer. Asks nothing."""
    _prompt("", 0)


def _ask(gate: Gate, notes: list[str], timeout_s: int, user: str) -> str:
    """Why the person at the terminal does not want to go on; empty when they do. Raises NobodyThere.

    Asks again for everything that is no answer. What was typed before a question was on the screen is no answer to
    it. Routers of a run take turns. Ctrl-C is for all of them.
    """
    with _turn() as stopped:
        if stopped.exists():
            return "aborted with Ctrl-C at another router's gate"
        deadline = time.time() + timeout_s
        again: list[str] = []
        while (left := deadline - time.time()) > 0:
            try:
                _forget_typed()
                began = time.time()
                typed = _prompt("\n".join([*rules.question(gate, notes), *again, f"  {PROMPT}"]), left)
            except AnsiblePromptInterrupt:
                stopped.touch()
                return f"aborted with Ctrl-C by {user}"
            # When the time is over, the letters typed so far come back as if Enter had been pressed.
            if time.time() - began >= left:
                break
            if answer := rules.understand(typed):
                return f"aborted by {user}" if answer == rules.ABORT else ""
            again = [f"  '{typed[:40]}' is no answer."]
        return f"nobody answered within {rules.spell(timeout_s)}"


def _tell(gate: Gate, notes: list[str]) -> None:
    """Shows a gate to whoever looks at the run, now or in its log."""
    display.display("\n".join(["", *rules.question(gate), *(f"  {note}" for note in notes)]))


def write_record(directory: str, identifier: str, record: Mapping[str, Any]) -> str:
    """Writes `directory`/IDENTIFIER.json, whole or not at all -> its path. Raises OSError."""
    path = Path(directory) / f"{identifier}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(record, file, indent=2)
        file.write("\n")
    partial.replace(path)
    return str(path)


def _forget_typed() -> None:
    """Drops keys pressed so far. Ansible empties the terminal's queue before it reads, but not its own buffer: of two
    lines pasted at one gate the second would answer the next gate. Nothing ends this reading but its time."""
    while _prompt("", FORGET_S, complete=()):
        pass


def _prompt(text: str, seconds: float, complete: tuple[bytes, ...] | None = None) -> str:
    """What is typed until Enter (or `complete`), or within the time. Raises NobodyThere, and AnsiblePromptInterrupt
    for Ctrl-C."""
    if "AWX_ISOLATED_DATA_DIR" in os.environ:
        raise NobodyThere("this run belongs to AWX or ansible-runner, whose terminal nobody types into")
    _end_with_the_run()
    try:
        typed: bytes = display.prompt_until(text, seconds=seconds, complete_input=complete)
    except AnsiblePromptInterrupt:
        raise
    except AnsiblePromptNoninteractive as error:
        raise NobodyThere("this run has no terminal") from error
    except AnsibleError as error:
        raise NobodyThere(f"the terminal cannot be used ({error})") from error
    return typed.decode("utf-8", "replace")


def _end_with_the_run() -> None:
    """A router's process that waits for an answer waits for ever when the run that would bring it is killed, or loses
    its terminal; prctl(2) lets it end too. Elsewhere than on Linux it stays behind, idle."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@contextlib.contextmanager
def _turn() -> Iterator[Path]:
    """One router of this run at a time -> the file that Ctrl-C leaves for those that come after."""
    # Ansible makes this directory for the run and removes it at the end; the routers' processes share it.
    directory = Path(constants.DEFAULT_LOCAL_TMP)
    with (directory / "fairway-gate.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory / "fairway-gate.stopped"
