"""What the demo stands on: a lab of its own, commands whose output is shown as it comes, and a list of results."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from lab.state import open_state

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = ROOT / "inventory" / "lab"


class DemoError(Exception):
    """A part of the story did not happen as told."""


@dataclass
class Controller:
    """A running playbook with its forks."""

    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """kill -9 of the whole process group, once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Stage:
    """A named lab and a directory (`build/demo`) for everything that the story leaves behind."""

    name: str
    build: Path = ROOT / "build" / "demo"
    out: TextIO = sys.stdout
    keep: bool = False
    """Leave the lab running at the end; else it ends with this process, however that ends."""
    results: list[tuple[str, str, float]] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        print(text, file=self.out, flush=True)

    @contextmanager
    def scene(self, title: str) -> Iterator[None]:
        """A part of the story: its title above, and a line in the list of results when it went as told."""
        bar = "=" * 100
        self.say(f"\n{bar}\n{len(self.results) + 1}. {title}\n{bar}")
        began = time.monotonic()
        try:
            yield
        except DemoError as error:
            self.results.append((title, f"FAILED: {error}", time.monotonic() - began))
            raise
        self.results.append((title, "as told", time.monotonic() - began))

    def expect(self, truth: bool, what: str) -> None:
        """A claim of the story: shown when it holds, and the end of the story when it does not."""
        if not truth:
            raise DemoError(what)
        self.say(f"  [ok] {what}")

    def environment(self) -> dict[str, str]:
        """The environment of playbooks: ours, with what they leave behind sent to the demo's own directory."""
        own = {
            "FAIRWAY_BUILD": str(self.build),
            "FAIRWAY_REPORT_DIR": str(self.build / "report"),
            "ANSIBLE_STDOUT_CALLBACK": "fairway.backbone.progress",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        }
        return {**os.environ, **own}

    def lab_command(self, verb: str, *words: str) -> list[str]:
        return [sys.executable, "-m", "lab", verb, "--name", self.name, *words]

    def boot(self, *options: str) -> None:
        """Boots the lab."""
        self.lab("up", *options, *(() if self.keep else ("--until-pid", str(os.getpid()))))

    def lab(self, verb: str, *words: str, check: bool = True) -> int:
        """Runs `python -m lab VERB ...` with its output shown."""
        return self.run(self.lab_command(verb, *words), check=check)

    def ask(self, host: str, *command: str) -> str:
        """What a command prints on a host of the lab."""
        done = subprocess.run(
            self.lab_command("exec", host, "--", *command),
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    @property
    def python(self) -> str:
        """The interpreter that playbooks run with."""
        return str(ROOT / ".venv" / "bin" / "python")

    def service_log(self, host: str, unit: str) -> str:
        """What a service of a host has said."""
        log = open_state(self.name).host(host) / "log" / "units" / f"{unit}.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def run(self, command: Sequence[str], check: bool = True) -> int:
        done = subprocess.run(command, cwd=ROOT, env=self.environment(), stdin=subprocess.DEVNULL, check=False)
        if check and done.returncode:
            raise DemoError(f"'{' '.join(command[:6])} ...' ended with {done.returncode}")
        return done.returncode

    def playbook_command(self, playbook: str, inventory: Path, *options: str) -> list[str]:
        book = str(ROOT / "playbooks" / f"{playbook}.yml")
        return self.lab_command("exec", "ctl", "--", "ansible-playbook", "-i", str(inventory), book, *options)

    def playbook(
        self, playbook: str, *options: str, inventory: Path = INVENTORY, check: bool = True, quiet: bool = False
    ) -> int:
        """Runs a playbook on the lab's controller, its output shown; when `quiet`, only what it says of an error."""
        self.say(f"$ {typed(playbook, *options)}")
        command = self.playbook_command(playbook, inventory, *options)
        if not quiet:
            return self.run(command, check=check)
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = done.stdout.rstrip().splitlines()
        self.say("\n".join([*lines[-60:], done.stderr] if done.returncode else lines[-6:]))
        if check and done.returncode:
            raise DemoError(f"playbooks/{playbook}.yml ended with {done.returncode}")
        return done.returncode

    @contextmanager
    def playbook_running(self, playbook: str, *options: str, inventory: Path) -> Iterator[Controller]:
        """A playbook in a process group of its own, for the story to kill."""
        self.say(f"$ {typed(playbook, *options)} &")
        process = subprocess.Popen(
            self.playbook_command(playbook, inventory, *options),
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        controller = Controller(process)
        try:
            yield controller
        finally:
            controller.kill()

    def change_id(self, playbook: str) -> str:
        """The name of the change that a playbook made."""
        return str(self._result(playbook)["change_id"])

    def _result(self, playbook: str) -> dict[str, Any]:
        result: dict[str, Any] = json.loads((self.build / "report" / f"{playbook}.json").read_text(encoding="utf-8"))
        return result

    def report(self, playbook: str) -> dict[str, dict[str, Any]]:
        """The rows that a playbook left for machines, by router."""
        return {row["router"]: row for row in self._result(playbook)["routers"]}

    def copy_of(self, source: Path, name: str) -> Path:
        """A copy of a directory of the checkout, for the story to edit."""
        target = self.build / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        return target

    def until(self, what: str, holds: Callable[[], bool], seconds: float) -> float:
        """Polls until a claim holds; returns the seconds that took."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > seconds:
                raise DemoError(f"{what}: not within {seconds:.0f} s")
            time.sleep(0.5)
        return time.monotonic() - began


def tell(stage: Stage, scenes: Sequence[Callable[[Stage], None]]) -> int:
    """The whole story, then its results as a list, and the lab is taken down; the exit status of the command."""
    began, good = time.monotonic(), True
    try:
        for scene in scenes:
            scene(stage)
    except DemoError:
        good = False
    finally:
        if not stage.keep:
            stage.lab("down", check=False)
    stage.say("\nThe story, in results:")
    for number, (title, result, seconds) in enumerate(stage.results, 1):
        stage.say(f"  {number}. {title:<78} {seconds:5.0f} s  {result}")
    stage.say(f"  {'all of it' if good else 'up to here'}: {time.monotonic() - began:.0f} s")
    return 0 if good else 1


def typed(playbook: str, *options: str) -> str:
    """What a person types to run a playbook like this."""
    return shlex.join(["ansible-playbook", f"playbooks/{playbook}.yml", *options])


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a text that must be there in a file of a copy."""
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise DemoError(f"{path.name} has no '{old}' to edit")
    path.write_text(text.replace(old, new), encoding="utf-8")
