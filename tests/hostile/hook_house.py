"""A house with a hook: the real ansible-rulebook and the real runner on loopback, and a playbook that writes its diary.

The playbook is the operator's; ours is whatever stands between a sender and it. Every run writes "start" and "end" with
the time into its diary, and hangs in between while the file `hang` exists. What the file `word` holds it leaves, once,
as word of when it wants to be run again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.lab_harness import CHECKOUT, Found, poll

TOKEN = "open-sesame-0123456789"
RUNNER = CHECKOUT / "plugins" / "plugin_utils" / "knock_runner.py"
PATIENCE = 150.0  # seconds: Java on a machine that is busy with other tests

PLAYBOOK = """---
- name: Write the diary
  hosts: localhost
  connection: local
  gather_facts: false
  vars:
    note: "date +'%s.%N {WHAT}' >> HOUSE/diary"
  tasks:
    - ansible.builtin.debug:
        msg: "{{ lookup('pipe', note | replace('{WHAT}', 'start')) }}"
    - ansible.builtin.copy:
        content: "{{ ansible_eda | default({}) | to_json }}"
        dest: HOUSE/event.json
        mode: "0600"
    - ansible.builtin.shell: if [ -e HOUSE/word ]; then mv HOUSE/word "$FAIRWAY_LOOK_AGAIN"; fi
    - ansible.builtin.command: setsid --wait sh -c 'while [ -e HOUSE/hang ]; do sleep 0.1; done'
    - ansible.builtin.debug:
        msg: "{{ lookup('pipe', note | replace('{WHAT}', 'end')) }}"
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Service:
    """A program and its supervisor, which starts it again when it has ended, as the unit's Restart=always does."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        """Starts it."""
        self.command, self.log, self.environment = list(command), log, dict(environment)
        self.wanted = True
        self.process = self.start()
        self.supervisor = threading.Thread(target=self.supervise, daemon=True)
        self.supervisor.start()

    def start(self) -> subprocess.Popen[bytes]:
        """One life of it."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
                start_new_session=True, cwd=self.log.parent,
            )  # fmt: skip

    def supervise(self) -> None:
        """Start it again, and again."""
        while self.wanted:
            self.process.wait()
            time.sleep(0.2)
            if self.wanted:
                self.process = self.start()

    def kill(self) -> None:
        """SIGKILL, and wait for its next life."""
        old = self.process
        old.kill()
        poll(lambda: self.process is not old, "the supervisor started it again", PATIENCE)

    def stop(self) -> None:
        """End it for good, as the service manager would: all that it started with it."""
        self.wanted = False
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class House:
    """Directories, configurations, services."""

    root: Path
    timeout: float = 120.0
    services: list[Service] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.door, self.diary, self.token = self.root / "knock", self.root / "diary", self.root / "token"
        self.token.write_text(f"# senders\n{TOKEN}\n")
        self.playbook = self.root / "playbook" / "run.yml"
        self.playbook.parent.mkdir()
        self.playbook.write_text(PLAYBOOK.replace("HOUSE", str(self.root)))
        self.inventory = self.root / "inventory"
        self.inventory.write_text(f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}\n")

    @property
    def environment(self) -> dict[str, str]:
        """What the role's units have in theirs."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "EDA_", "PYTEST_"))
        }
        return {
            **kept,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".ansible" / "collections"),
            "ANSIBLE_HOME": str(self.root / "ansible"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "DROOLS_JPY_JVM_MAXMEM": "128M",
            "EDA_MAX_CONCURRENT_ACTIONS": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def service(self, name: str, *command: str, **environment: str) -> Service:
        """Start something that the house stops in the end."""
        started = Service(command, self.root / f"{name}.log", {**self.environment, **environment})
        self.services.append(started)
        return started

    def runner(self, name: str = "runner", pause: float = 0.2) -> Service:
        """The program behind the door."""
        config = self.root / f"{name}.json"
        wanted = {"door": str(self.door), "playbook": ["-i", str(self.inventory), str(self.playbook)],
                  "timeout": self.timeout, "pause": pause, "directory": str(self.root)}  # fmt: skip
        config.write_text(json.dumps(wanted))
        return self.service(name, sys.executable, "-P", str(RUNNER), "serve", str(config))

    def hook(self, rulebook: str = "fairway.backbone.reroute", **options: object) -> tuple[Service, int]:
        """The front door, listening: the service and its port."""
        port = free_port()
        wanted = {"hook_host": "127.0.0.1", "hook_port": port, "hook_token_file": str(self.token),
                  "hook_door": str(self.door), "hook_certfile": "", "hook_keyfile": "", "hook_cafile": "",
                  "hook_stall": 60, **options}  # fmt: skip
        file = self.root / f"hook-{port}.yml"
        file.write_text(json.dumps(wanted))
        environment = options.get("environment", {})
        assert isinstance(environment, dict)
        started = self.service(
            f"hook-{port}", "ansible-rulebook", "--rulebook", rulebook, "--vars", str(file),
            "--inventory", str(self.inventory), **environment,
        )  # fmt: skip
        self.poll(lambda: answers(port), "the hook listens")
        return started, port

    def entries(self) -> list[tuple[float, str]]:
        """The diary: times and words."""
        if not self.diary.exists():
            return []
        lines = [line.split() for line in self.diary.read_text().splitlines()]
        return [(float(line[0]), line[1]) for line in lines if len(line) == 2]

    def runs(self, since: float = 0.0, word: str = "start") -> int:
        """How many runs started (or ended) since then."""
        return sum(when >= since for when, what in self.entries() if what == word)

    def awaits_run(self, since: float, what: str) -> None:
        """A run that started after a moment, and its end."""
        self.poll(lambda: self.runs(since) and self.quiet(), f"a run after {what}")

    def quiet(self) -> bool:
        """Whether no run is going on, as far as the diary tells."""
        return self.runs() == self.runs(word="end")

    def idle(self) -> bool:
        """Whether nothing is knocked for or run: the runner says that it starts before it takes knocks off the pipe."""
        door = os.open(self.door, os.O_RDONLY | os.O_NONBLOCK)
        try:
            if select.select([door], [], [], 0)[0]:
                return False
        finally:
            os.close(door)
        logs = "".join(service.log.read_text(errors="replace") for service in self.services)
        return len(re.findall(r"run \d+ \(.*\): started", logs)) == len(re.findall(r"run \d+: exit status", logs))

    def settled(self) -> int:
        """The number of runs when everything that was knocked has been run for."""
        self.poll(self.idle, "the runs come to an end")
        return self.runs()

    def knock(self) -> subprocess.CompletedProcess[str]:
        """Knock as the timer's unit does."""
        command = [sys.executable, "-P", str(RUNNER), "knock", str(self.door)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)

    def poll(self, question: Callable[[], Found], what: str) -> Found:
        """Ask until it is true; when it never is, the logs say why."""
        try:
            return poll(question, what, PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tail()}") from None

    def tail(self) -> str:
        """The end of every log, for a failed test."""
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in self.root.glob("*.log"))

    def leave(self) -> None:
        """Stop everything."""
        for service in self.services:
            service.stop()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def words(self, pid: int) -> bytes:
        """The command line of a process, b"" when it has ended."""
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""

    def processes(self) -> list[int]:
        """Programs that still have to do with this house."""
        pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
        return [pid for pid in pids if pid != os.getpid() and str(self.root).encode() in self.words(pid)]
