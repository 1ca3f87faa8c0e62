# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hands of a gate: the terminal, and the records.

Ansible's `pause` is not used: without a terminal it warns and goes on, and where there is one that nobody types into (AWX
and ansible-runner give a run one of its own) it waits for ever. `Display.prompt_until`, on which it stands, does say when
there is no terminal; the rest is done here.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display

from ansible_collections.fairway.backbone.plugins.module_utils import gate as rules
from ansible_collections.fairway.backbone.plugins.module_utils.gate import Gate

PROMPT = "C continue, A abort, then Enter:"
display = Display()


class NobodyThere(Exception):
    """No person can be asked; the message says why."""


def look_for_person() -> None:
    """Raises NobodyThere when nobody could answer. Asks nothing."""
    _prompt("", 0)


def ask(gate: Gate, notes: list[str], timeout_s: int) -> tuple[str, str]:
    """The answer of the person at the terminal (GO_ON or ABORT), and why when it is ABORT. Raises NobodyThere.

    Asks again for everything that is no answer. Routers of a run take turns. Ctrl-C is for all of them.
    """
    with _turn() as stopped:
        if stopped.exists():
            return rules.ABORT, "aborted with Ctrl-C at another router's gate"
        deadline = time.time() + timeout_s
        again = ""
        while (left := int(deadline - time.time())) > 0:
            began = time.time()
            try:
                typed = _prompt("\n".join(["", *rules.question(gate, notes), *again.splitlines(), f"  {PROMPT}"]), left)
            except AnsiblePromptInterrupt:
                stopped.touch()
                return rules.ABORT, "aborted with Ctrl-C"
            # When the time is over, the letters typed so far come back as if Enter had been pressed.
            if time.time() - began >= left:
                break
            if answer := rules.understand(typed):
                return answer, "aborted" if answer == rules.ABORT else ""
            again = f"  '{typed[:40]}' is no answer."
        return rules.ABORT, f"nobody answered within {rules.spell(timeout_s)}"


def tell(lines: list[str]) -> None:
    """Shows lines to whoever looks at the run, now or in its log."""
    display.display("\n".join(lines))


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


def _prompt(text: str, seconds: int) -> str:
    """One line from the terminal. Raises NobodyThere, and AnsiblePromptInterrupt for Ctrl-C."""
    if "AWX_ISOLATED_DATA_DIR" in os.environ:
        raise NobodyThere("this run belongs to AWX or ansible-runner, whose terminal nobody types into")
    try:
        typed: bytes = display.prompt_until(text, seconds=seconds)
    except AnsiblePromptInterrupt:
        raise
    except AnsiblePromptNoninteractive as error:
        raise NobodyThere("this run has no terminal") from error
    except AnsibleError as error:
        raise NobodyThere(f"the terminal cannot be used ({error})") from error
    return typed.decode("utf-8", "replace")


@contextlib.contextmanager
def _turn() -> Iterator[Path]:
    """One router of this run at a time -> the file that Ctrl-C leaves for those that come after."""
    # Ansible makes this directory for the run and removes it at the end; the routers' processes share it.
    directory = Path(constants.DEFAULT_LOCAL_TMP)
    with (directory / "fairway-gate.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory / "fairway-gate.stopped"
