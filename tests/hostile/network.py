"""A lab with four deployed routers: changes to push at it, and what the routers themselves say afterwards.

The witness is never our own code: the Junos emulator's control socket; vtysh, files and processes on an FRR host.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.lab_harness import CHECKOUT, Lab, poll

INVENTORY = CHECKOUT / "inventory" / "lab"
ROUTERS = ("jkt-r1", "jkt-r2", "sby-r1", "sby-r2")
JUNOS, FRR = ("jkt-r1", "sby-r1"), ("jkt-r2", "sby-r2")
ADDRESS = {"jkt-r1": "192.0.2.131", "jkt-r2": "192.0.2.132", "sby-r1": "192.0.2.133", "sby-r2": "192.0.2.134"}
MINUTE_S = 5.0
"""Length of a minute of the routers' timers."""
LONG, SHORT = 12, 1
"""Minutes until a router takes a change back: a minute of real time, and as soon as can be."""
SETTINGS: dict[str, Any] = {
    "deploy_serial": ["100%"],
    "change_soak": 0.5,
    "change_deadline": 20,
    "change_interval": 0.3,
    "change_lock_wait": 1,
}
IMPATIENCE = {
    "fairway_minute_s": MINUTE_S,
    "ansible_timeout": 4,
    "ansible_command_timeout": 20,
    "ansible_junos_recover_timeout": 2,
    "ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=5s -o ServerAliveInterval=1 -o ServerAliveCountMax=2",
}
_ROUND = re.compile(r"round ([0-9]+) probe")
_LOOK = r"""
vtysh -c 'show running-config' | grep -o 'round [0-9]* probe' | sed 's/^/runs /'
grep -o 'round [0-9]* probe' /etc/frr/frr.conf | sed 's/^/boots /'
ls -A /var/lib/fairway | grep -v -x -e commits -e lock | sed 's/^/left file /'
ls -A /etc/frr /run/frr | grep -i -e fairway -e reload | sed 's/^/left file /'
flock -n /var/lib/fairway/lock true 2>/dev/null || echo 'left lock'
ours='/var/lib/fairway/[t]xn|frr-[r]eload|json.[l]oad.sys.stdin'
ps -e -o args= | grep -E "$ours" | cut -c1-60 | sed 's/^/left process /'
true
"""


@dataclass(frozen=True)
class Seen:
    """One router as it is: the round whose configuration runs, the one that it would boot, and what is in between."""

    runs: int
    boots: int
    left: tuple[str, ...] = ()

    @property
    def settled(self) -> int | None:
        """The round that it holds for good; None while anything is pending, locked, uncommitted or left over."""
        return self.runs if self.runs == self.boots and not self.left else None


@dataclass
class Run:
    """A deploy that ended: its exit status, what it printed, and what it left in report/deploy.json."""

    status: int
    output: str
    report: dict[str, Any]
    seconds: float

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["router"]: row for row in self.report.get("routers", [])}

    @property
    def words(self) -> str:
        """What was printed, without line breaks."""
        return " ".join(self.output.split())


@dataclass
class Change:
    """One change of all routers (a description says which round it is of), and how it is pushed."""

    number: int
    directory: Path
    limit: Sequence[str] = ROUTERS
    minutes: int = LONG
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def inventory(self) -> Path:
        return self.directory / "inventory"

    def set(self, router: str, **variables: Any) -> None:
        """More variables of one router."""
        self.variables.setdefault(router, {}).update(variables)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that must be there, in a file of the inventory."""
        path = self.inventory / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write(self) -> None:
        """Make the inventory: the lab's, with this round's number in a description of every router."""
        shutil.copytree(INVENTORY, self.inventory)
        for router in ROUTERS:
            self.edit(f"host_vars/{router}.yml", 'description: "probe:', f'description: "round {self.number} probe:')
        with (self.inventory / "group_vars" / "all.yml").open("a", encoding="utf-8") as file:
            file.writelines(f"{name}: {json.dumps(value)}\n" for name, value in IMPATIENCE.items())
            # Every change logs in anew: a fault must not find yesterday's session open.
            file.write(f'ansible_control_path: "%(directory)s/{os.getpid()}-{self.number}-%%h"\n')

    def write_variables(self) -> None:
        for router, variables in self.variables.items():
            file = self.inventory / "host_vars" / f"{router}.yml"
            with file.open("a", encoding="utf-8") as stream:
                stream.writelines(f"{name}: {json.dumps(value)}\n" for name, value in variables.items())


class Network:
    """The routers of a lab, and the rounds of changes that were pushed at them."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab, self.directory = lab, directory
        self.confirmed = dict.fromkeys(ROUTERS, 0)
        self._number = 0

    # -- pushing ------------------------------------------------------------------------------------------------

    def change(self, *limit: str, minutes: int = LONG) -> Change:
        """A change that nobody pushed yet, on these routers (all when none is named)."""
        self._number += 1
        change = Change(self._number, self.directory / f"round-{self._number}", limit or ROUTERS, minutes)
        change.write()
        return change

    def environment(self, change: Change) -> dict[str, str]:
        bin_directory = CHECKOUT / ".venv" / "bin"
        return {
            **self.lab.environment,
            "FAIRWAY_BUILD": str(change.directory / "build"),
            "FAIRWAY_REPORT_DIR": str(change.directory / "build" / "report"),
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "fairway.backbone.progress",
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "400",
            "HOSTILE_ROUND": f"{os.getpid()}-{change.number}",
            "PATH": f"{bin_directory}:{os.environ['PATH']}",
        }

    @contextmanager
    def deploying(self, change: Change) -> Iterator[Deploy]:
        """A deploy under way; whoever leaves before it ended kills it."""
        change.write_variables()
        deadline = min(SETTINGS["change_deadline"], change.minutes * MINUTE_S)
        settings = {**SETTINGS, "change_deadline": deadline, "change_confirm_minutes": change.minutes, **change.options}
        playbook = str(CHECKOUT / "playbooks" / "deploy.yml")
        argv = ["ansible-playbook", "-i", str(change.inventory), playbook, "-e", json.dumps(settings)]
        argv += ["--limit", ",".join(change.limit)]
        output = (change.directory / "output").open("w+")
        with output:
            process = subprocess.Popen(
                self.lab.command("exec", "ctl", "--", *argv),
                cwd=CHECKOUT, env=self.environment(change), stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            deploy = Deploy(self, change, process)
            try:
                yield deploy
            finally:
                deploy.kill()

    def deploy(self, change: Change) -> Run:
        """Push a change and wait for what becomes of it."""
        with self.deploying(change) as deploy:
            return deploy.wait()

    # -- the witness --------------------------------------------------------------------------------------------

    def look(self, router: str) -> Seen:
        """What a router says of itself, asked past NETCONF and past our own program."""
        return self._look_junos(router) if router in JUNOS else self._look_frr(router)

    def _look_junos(self, router: str) -> Seen:
        status = self.lab.junos(router, op="status")["routers"][0]
        rounds = {}
        for database in ("running", "candidate"):
            told = self.lab.junos(router, op="config", database=database, format="set")["routers"][0]["config"]
            rounds[database] = _round(told)
        left = [f"{what}: {status[what]}" for what in ("lock", "pending", "private") if status[what]]
        left += ["dirty candidate"] if status["dirty"] or rounds["candidate"] != rounds["running"] else []
        return Seen(rounds["running"], rounds["running"], tuple(left))

    def _look_frr(self, router: str) -> Seen:
        lines = self.lab.ask(router, "sh", "-c", _LOOK).stdout.splitlines()
        found = {word: _round("\n".join(one for one in lines if one.startswith(word))) for word in ("runs", "boots")}
        return Seen(found["runs"], found["boots"], tuple(line[5:] for line in lines if line.startswith("left ")))

    def settles(self, router: str, rounds: Sequence[int], within: float) -> int:
        """The round a router holds for good, which must become one of these (any when none is given) in time."""
        last: list[Seen] = []

        def settled() -> bool:
            last[:] = [self.look(router)]
            return last[0].settled is not None and (not rounds or last[0].settled in rounds)

        try:
            poll(settled, f"{router} settles on {rounds or 'any round'}", within, 0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}: {last[0]}") from None
        return int(last[0].settled or 0)

    def settle_all(self, change: Change, within: float) -> dict[str, int]:
        """Every router ends with what it had or with what it was given, and nothing in between."""
        for router in ROUTERS:
            self.confirmed[router] = self.settles(router, (self.confirmed[router], change.number), within)
        return dict(self.confirmed)

    def at_rest(self) -> None:
        """Nothing is broken any more, and every router is at rest, whatever a test did or failed to do."""
        self.heal()
        for router in ROUTERS:
            self.confirmed[router] = self.settles(router, (), 20.0)

    def heal(self) -> None:
        """No fault on any router, no cut, nobody paused."""
        for router in JUNOS:
            self.lab.junos(router, op="faults", set=[])
            self.lab.junos(router, op="clear-requests")
        subprocess.run(
            self.lab.command("exec", "ctl", "--", "nft", "add table inet hostile; delete table inet hostile"),
            cwd=CHECKOUT, env=self.lab.environment, check=True,
        )  # fmt: skip


class Deploy:
    """A running `ansible-playbook playbooks/deploy.yml`."""

    def __init__(self, network: Network, change: Change, process: subprocess.Popen[bytes]) -> None:
        self.network, self.change, self.process = network, change, process
        self._began = time.monotonic()

    def wait(self, seconds: float = 150.0) -> Run:
        """Wait for its end; fails when it takes longer."""
        status = self.process.wait(seconds)
        file = self.change.directory / "build" / "report" / "deploy.json"
        report = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        output = (self.change.directory / "output").read_text(encoding="utf-8")
        return Run(status, output, report, time.monotonic() - self._began)

    def kill(self) -> None:
        """As when the controller loses its power: every process of it at once, SIGKILL.

        Ansible's workers and ssh's masters are sessions of their own; the environment tells whose they are.
        """
        mark = f"HOSTILE_ROUND={self.network.environment(self.change)['HOSTILE_ROUND']}".encode()
        while mine := [pid for pid in _processes() if mark in _environment(pid)]:
            for pid in mine:
                _end(pid)
            time.sleep(0.02)
        self.process.wait()

    def until(self, what: str, holds: Callable[[], object]) -> None:
        """Wait for a moment of the deploy; fails, with what it printed, when it ends before."""

        def reached() -> bool:
            if holds():
                return True
            said = (self.change.directory / "output").read_text(encoding="utf-8")
            assert self.process.poll() is None, f"{what}: the deploy ended before:\n{said}"
            return False

        poll(reached, what, 120.0, 0.05)


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    """The environment of a process that is still alive."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return [] if state in "ZX" else Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _round(text: str) -> int:
    """The number of the round that a text is of; 0 when it is of none."""
    found = _ROUND.search(text)
    return int(found[1]) if found else 0
