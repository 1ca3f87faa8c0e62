"""A lab as a test sees it: through `python -m lab`, as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from lab import control, junos_control
from lab.net.enter import clean_environment
from lab.net.namespaces import same_namespace
from lab.state import LabState

CHECKOUT = Path(__file__).resolve().parents[2]
Found = TypeVar("Found")
_NSENTER = {"mnt": "mount"}
"""Kinds of namespaces that nsenter calls by another name."""


MOMENT_S = 0.05
"""The interval for what lasts a moment only: it is asked for as often after a long wait as at its beginning."""


def poll(question: Callable[[], Found], what: str, deadline_s: float = 30.0, interval_s: float = 0.1) -> Found:
    """Ask until the answer is true and return it; fail with ``what`` and the last answer when time is up.

    What takes long is asked for less and less often: others work on this machine too.
    """
    began = time.monotonic()
    while True:
        answer = question()
        if answer:
            return answer
        waited = time.monotonic() - began
        assert waited < deadline_s, f"not within {deadline_s:.0f} s: {what}; last answer: {answer!r}"
        time.sleep(interval_s if interval_s <= MOMENT_S else max(interval_s, min(waited / 10, 1.0)))


class Lab:
    """A named lab whose files are below a test's directory."""

    def __init__(self, root: Path, name: str = "lab", checkout: Path = CHECKOUT) -> None:
        """Boots nothing; ``root`` becomes FAIRWAY_LAB_DIR."""
        self.name, self.root, self.checkout = name, root, checkout
        self.state = LabState(name, root / name)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which plain `python -m lab` means this lab."""
        found = {**os.environ, "FAIRWAY_LAB": self.name, "FAIRWAY_LAB_DIR": str(self.root)}
        found["PYTHONPATH"] = os.pathsep.join(filter(None, (str(self.checkout), os.environ.get("PYTHONPATH"))))
        return found

    def command(self, *arguments: str) -> list[str]:
        """The command line of a lab command."""
        return [sys.executable, "-m", "lab", *arguments]

    def run(
        self, *arguments: str, check: bool = True, timeout: float = 90.0, text: str | None = None,
        cwd: Path | None = None, environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Run a lab command; with ``check`` it must succeed."""
        done = subprocess.run(
            self.command(*arguments), input=text, capture_output=True, text=True, timeout=timeout, check=False,
            cwd=cwd or self.checkout, env={**self.environment, **(environment or {})},
        )  # fmt: skip
        if check:
            assert done.returncode == 0, (
                f"lab {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def exec(self, host: str, *argv: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program inside a host."""
        return self.run("exec", host, "--", *argv, check=check, **options)

    def error(self, *arguments: str) -> str:
        """Run a command that must fail with status 1, and return what it says."""
        done = self.run(*arguments, check=False)
        assert done.returncode == 1, f"expected an error, got exit {done.returncode}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr

    def ask(self, host: str, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """What a short command says inside a host; for questions that are put again and again.

        `exec` starts an interpreter, which takes several times the time of the question.
        """
        with ExitStack() as opened:
            spaces = control.namespaces(self.state, host)
            opened.callback(spaces.close)
            kinds = [(kind, fd) for kind, fd in spaces.descriptors.items() if not same_namespace(fd, kind)]
            words = [f"--{_NSENTER.get(kind, kind)}=/proc/self/fd/{fd}" for kind, fd in kinds]
            done = subprocess.run(
                ["nsenter", *words, "--", *argv], capture_output=True, text=True, timeout=90.0, check=False,
                stdin=subprocess.DEVNULL, pass_fds=[fd for _kind, fd in kinds], cwd="/",
                env=clean_environment(os.environ),
            )  # fmt: skip
        assert not check or done.returncode == 0, f"{host}: {argv}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def vtysh(self, host: str, command: str) -> Any:
        """The JSON answer of a vtysh command on a host."""
        return json.loads(self.ask(host, "vtysh", "-c", command).stdout or "{}")

    def configure(self, host: str, *lines: str) -> None:
        """Enter lines into vtysh's configuration mode on a host."""
        self.ask(host, "vtysh", *(word for line in ("configure terminal", *lines) for word in ("-c", line)))

    def status(self) -> dict[str, Any]:
        """What `status --json` says, without asking the routing daemons."""
        found: dict[str, Any] = json.loads(self.run("status", "--json", "--quick").stdout)
        return found

    def ping(self, *arguments: str) -> dict[str, Any]:
        """What `ping --json` measures."""
        found: dict[str, Any] = json.loads(self.run("ping", "--json", *arguments, check=False).stdout)
        return found

    def path(self, source: str, source_address: str, target: str) -> list[str]:
        """The addresses a traceroute passes, the target last; "*" for a hop that did not answer."""
        argv = ("traceroute", "-n", "-q", "1", "-w", "1", "-m", "6", "-s", source_address, target)
        return [line.split()[1] for line in self.ask(source, *argv).stdout.splitlines()[1:]]

    def junos(self, host: str, **message: Any) -> dict[str, Any]:
        """Put a request to a Junos host's emulator behind its back (its control socket)."""
        return junos_control.request(self.state, host, message)

    def heal(self) -> None:
        """Undo what tests do to links and hosts."""
        self.run("heal")
        for host in self.status()["hosts"]:
            if host["state"] == "off":
                self.run("boot", host["name"])

    def down(self) -> None:
        """End it, whatever state it is in."""
        self.run("down")
