# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routing daemons as seen through vtysh and frr-reload.py.

Runs on the router as part of the program that frr_transport.py sends: standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_store import Fault, Paths, write
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_text import (
    HIDDEN,
    Difference,
    difference,
    redact,
)

VTYSH_S = 60.0
RELOAD_S = 300.0
_PIECE = 1 << 16

_REFUSED = re.compile(r"^line (?P<line>\d+): (?P<why>.*?)(?:\[\d+\])?: *(?P<text>.*)$")
_NEEDS = {
    "router bgp": "bgpd",
    "router ospf6": "ospf6d",
    "router ospf": "ospfd",
    "router isis": "isisd",
    "bfd": "bfdd",
    "ip route": "staticd",
    "ipv6 route": "staticd",
}
_SETTING = re.compile(r"^(?:(ip ospf cost|ipv6 ospf6 cost) \d+|(description) [\w .:,/()+-]+)$", re.ASCII)
_ROUTE = re.compile(r"^(ip|ipv6) route \S+ \S+( tag \d+)?( \d+)?$")
_LOG = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ +(?:\x1b\[\d+m)? *(?P<level>[A-Z]+)(?:\x1b\[0m)?: (?P<text>.*)$")


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "VTYSH_PAGER": "cat", "PAGER": "cat"}


def run(
    command: Sequence[str], *, stdin: str = "", timeout: float = VTYSH_S, keep: Sequence[int] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a program of the router. Raises Fault when it is missing or does not end."""
    try:
        return subprocess.run(
            list(command),
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=_environment(),
            cwd="/",
            pass_fds=tuple(keep),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Fault("timeout", f"{command[0]} did not end within {timeout:g} s") from None
    except OSError as error:
        raise Fault("refused", f"{command[0]} does not run: {error.strerror}: is the frr package whole?") from error


class Daemons:
    """The daemons of one router."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._vtysh = [str(paths.vtysh)]
        if paths.run != Paths.run:
            self._vtysh += ["--vty_socket", str(paths.run)]

    def vtysh(self, *commands: str) -> subprocess.CompletedProcess[str]:
        return run([*self._vtysh, *(part for command in commands for part in ("-c", command))])

    def answers(self, *commands: str) -> dict[str, str]:
        """What is printed for each command, all asked by one vtysh: to start it takes longer than most questions.

        vtysh writes each command down before its answer. It stops at the first that fails: that one, and those after
        it, are asked one by one.
        """
        said = run([*self._vtysh, "-E", *(part for command in commands for part in ("-c", command))])
        told = split_echoed(said.stdout, commands)
        if said.returncode != 0 or len(told) < len(commands):
            # The last one that was begun may be the one that failed.
            told = dict([*told.items()][:-1])
        return told | {command: self.vtysh(command).stdout for command in commands if command not in told}

    def stream(self, command: str) -> Iterator[str]:
        """The answer to one command in pieces: that of a full table is hundreds of megabytes."""
        words = [*self._vtysh, "-c", command]
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            errors="replace", env=_environment(), cwd="/",
        ) as process:  # fmt: skip
            while process.stdout is not None and (piece := process.stdout.read(_PIECE)):
                yield piece

    def alive(self) -> list[str]:
        """Names of the daemons that answer. Raises Fault when none does, or vtysh may not talk to them."""
        answer = self.vtysh("show daemons")
        if answer.returncode != 0 or not answer.stdout.strip():
            why = (answer.stderr or answer.stdout).strip().replace("\n", "; ")
            raise Fault(
                "refused",
                f"vtysh reaches no routing daemon ({why or 'no answer'}): is FRR running, is the user in group frrvty?",
            )
        return answer.stdout.split()

    def dead(self, alive: Sequence[str] | None = None) -> list[str]:
        """Names of the daemons that have a socket but do not answer: their configuration cannot be seen."""
        alive = self.alive() if alive is None else alive
        try:
            sockets = {path.name[: -len(".vty")] for path in self.paths.run.glob("*.vty")}
        except OSError:
            return []
        return sorted(sockets - set(alive))

    def require(self, text: str) -> None:
        """Refuse to work blind: every daemon of this router, and of this configuration, has to answer."""
        alive = self.alive()
        dead = self.dead(alive)
        if dead:
            raise Fault("refused", f"{', '.join(dead)} does not answer: restart FRR on the router, then try again")
        errors: list[dict[str, Any]] = []
        for number, line in enumerate(text.splitlines(), start=1):
            needs = next((daemon for start, daemon in _NEEDS.items() if (line + " ").startswith(start + " ")), None)
            if needs is not None and needs not in alive:
                why = f"{needs} is not running: enable it in /etc/frr/daemons"
                errors.append({"message": why, "bad_element": line.strip(), "config_line": number})
                alive.append(needs)
        if errors:
            raise Fault("rejected", errors[0]["message"], errors)

    def running(self) -> str:
        """The running configuration as vtysh shows it."""
        answer = self.vtysh("show running-config no-header")
        if answer.returncode != 0:
            raise Fault("refused", f"vtysh cannot show the running configuration: {answer.stderr.strip()}")
        return answer.stdout

    def check(self, text: str) -> list[dict[str, Any]]:
        """What FRR's parser says against a configuration; empty when nothing. Touches nothing, writes nothing."""
        answer = run([*self._vtysh, "-C", "-f", "/dev/stdin"], stdin=text)
        said = (answer.stdout + answer.stderr).splitlines()
        errors = [error for error in map(_refused, said) if error is not None]
        if answer.returncode != 0 and not errors:
            why = redact(" ".join(said)) or f"vtysh -C ended with {answer.returncode}"
            errors.append({"message": why})
        return errors

    def locked(self) -> str | None:
        """What vtysh says when somebody holds the daemons' own configuration lock; None when nobody does."""
        said = self.vtysh("configure").stdout
        return said.strip() if "locked by other VTY" in said else None

    def reload(self, directory: Path, rundir: Path, keep: Sequence[int] = ()) -> list[str]:
        """Let frr-reload.py bring the daemons to `directory`/frr.conf; returns its complaints, which may be harmless.

        `directory` counts as the configuration directory, because with any other file name frr-reload.py would also
        write the startup configuration. Its log holds secrets: only warnings and errors leave this function.
        """
        command = [sys.executable, str(self.paths.reload), "--reload", "--stdout", "--log-level", "warning"]
        command += ["--bindir", str(self.paths.vtysh.parent), "--confdir", str(directory), "--rundir", str(rundir)]
        if self.paths.run != Paths.run:
            command += ["--vty_socket", str(self.paths.run)]
        answer = run([*command, str(directory / "frr.conf")], timeout=RELOAD_S, keep=keep)
        lines = (answer.stdout + answer.stderr).splitlines()
        told = [line.strip() for line in lines if line.lstrip().startswith("%")]
        told += [match["text"] for match in map(_LOG.match, lines) if match and not match["text"].endswith("due to")]
        if answer.returncode != 0 and not told:
            last = (answer.stderr.strip().splitlines() or ["no words"])[-1]
            told.append(f"frr-reload.py ended with {answer.returncode}: {last}")
        return told

    def become(self, directory: Path, rundir: Path, keep: Sequence[int] = ()) -> tuple[Difference, list[str]]:
        """Make the running configuration equal to `directory`/frr.conf.

        frr-reload.py has known gaps and its return code says little, so the result is judged by what runs
        afterwards: returns what still differs (empty: done) and frr-reload.py's complaints.
        """
        wanted = (directory / "frr.conf").read_text(encoding="utf-8", errors="surrogateescape")
        complaints: list[str] = []
        left = difference(self.running(), wanted)
        commands = simple_commands(left)
        if commands:
            # To the daemons such a change is a few lines; frr-reload.py takes most of a second to find that out.
            words = [part for command in ("configure terminal", *commands) for part in ("-c", command)]
            run([*self._vtysh, *words], keep=keep)
            left = difference(self.running(), wanted)
        for _try in range(2):
            if not left:
                break
            complaints = self.reload(directory, rundir, keep)
            left = difference(self.running(), wanted)
        return left, complaints


def split_echoed(text: str, commands: Sequence[str]) -> dict[str, str]:
    """The answers of `vtysh -E`, which writes `HOST# COMMAND` before each; fewer when it stopped before the end."""
    answers: list[list[str]] = []
    for line in text.splitlines(keepends=True):
        if len(answers) < len(commands) and line.rstrip("\r\n").endswith(f"# {commands[len(answers)]}"):
            answers.append([])
        elif answers:
            answers[-1].append(line)
    return {command: "".join(lines) for command, lines in zip(commands, answers)}  # noqa: B905 - routers' Python is 3.9


def simple_commands(change: Difference) -> list[str]:
    """The lines that make a difference of costs, descriptions and static routes; empty when there is any other."""
    added, removed = [key for key, _number in change.added], change.removed
    if not all(_is_simple(path, line) for path, line in [*added, *removed]):
        return []
    commands = [f"no {line}" for path, line in removed if not path]
    commands += [line for path, line in added if not path]
    replaced = {(path, _what(line)) for path, line in added}
    for path, line in removed:
        if path and (path, _what(line)) not in replaced:
            commands += [path[0], f"no {_what(line)}", "exit"]
    for path, line in added:
        commands += [path[0], line, "exit"] if path else []
    return commands


def _is_simple(path: Sequence[str], line: str) -> bool:
    if not path:
        return _ROUTE.match(line) is not None
    return len(path) == 1 and path[0].startswith("interface ") and _SETTING.match(line) is not None


def _what(line: str) -> str:
    """What an interface's line sets, without the value."""
    found = _SETTING.match(line)
    return (found[1] or found[2]) if found else line


def prepare(directory: Path, text: str, conf: Path) -> None:
    """Write a configuration the way `reload` wants it: frr.conf and vtysh.conf in a directory. Raises OSError."""
    directory.mkdir(mode=0o700)
    write(directory / "frr.conf", text)
    source = conf / "vtysh.conf"
    write(directory / "vtysh.conf", source.read_text(encoding="utf-8") if os.access(source, os.R_OK) else "")


def _refused(line: str) -> dict[str, Any] | None:
    found = _REFUSED.match(line.strip())
    if not found:
        return None
    why = found["why"].lstrip("% ").strip()
    # FRR quotes the whole line, and a secret with a blank in it is a reason to refuse one: nothing after it is shown.
    shown, hidden, _rest = redact(found["text"].strip()).partition(HIDDEN)
    return {"message": why.lower(), "bad_element": shown + hidden, "config_line": int(found["line"])}
