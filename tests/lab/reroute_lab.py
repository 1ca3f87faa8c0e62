"""A deployed lab on which paths are steered: what alerts and probes say is scripted, the routers are real.

Every test has a scene of its own: an inventory whose paths have names that nobody steered before, so that the flips
which the routers remember are this test's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from .lab_harness import CHECKOUT, Lab, poll

INVENTORY = CHECKOUT / "inventory" / "lab"
SCHEMA = json.loads((CHECKOUT / "schemas" / "audit_event.json").read_text(encoding="utf-8"))
PORT = 9999
MINUTE_S = 5
NORTH = (("jkt-r1", "ge-0/0/0.0"), ("sby-r1", "ge-0/0/0.0"))
SOUTH = (("jkt-r2", "eth1"), ("sby-r2", "eth1"))
NORMAL = {"north": [100, 100], "south": [150, 150]}
STEERED = [1000, 1000]
HOLD_DOWN_S = 60
STEERING = """---
steering:
  limits: {{changes_per_hour: 1000, paths_at_once: {at_once}}}
  paths:
    {name}/north:
      action: ospf_cost
      value: 1000
      members:
        - {{router: jkt-r1, interface: ge-0/0/0.0}}
        - {{router: sby-r1, interface: ge-0/0/0.0}}
      alternates: [{name}/south]
      limits: {{hold_down: {hold_down}, cooldown: 0, changes_per_hour: 100}}
    {name}/south:
      action: ospf_cost
      value: 1000
      members:
        - {{router: jkt-r2, interface: eth1}}
        - {{router: sby-r2, interface: eth1}}
      alternates: [{name}/north]
      limits: {{hold_down: {hold_down}, cooldown: 0, changes_per_hour: 100}}
"""
SETTINGS: dict[str, Any] = {
    "fairway_minute_s": MINUTE_S,
    "ansible_timeout": 4,
    "ansible_command_timeout": 20,
    "ansible_junos_recover_timeout": 2,
    "ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=20s -o ServerAliveInterval=1 -o ServerAliveCountMax=3",
    "reroute_prometheus_url": f"http://127.0.0.1:{PORT}",
    "reroute_alertmanager_url": f"http://127.0.0.1:{PORT}",
    # A server that is busy with other tests is no server that is down.
    "reroute_timeout": 6,
    # Minutes are short here: the proof must fit into the timer.
    "reroute_confirm_minutes": 9,
    "reroute_soak": 0.6,
    "reroute_interval": 0.2,
    "reroute_deadline": 20,
    "reroute_lock_wait": 2,
}


@dataclass
class Run:
    """A playbook that ended: its status, what it printed, and the audit events it wrote, all valid."""

    status: int
    output: str
    events: list[dict[str, Any]]
    seconds: float

    @property
    def words(self) -> str:
        """What was printed, without line breaks."""
        return " ".join(self.output.split())

    def decision(self, path: str) -> dict[str, Any]:
        """The one decision about a path."""
        found = [event for event in self.events if event["event"] == "decision" and event["path"].endswith(path)]
        assert len(found) == 1, (path, self.output, self.events)
        return found[0]

    def changes(self, path: str = "") -> list[tuple[str, str]]:
        """Action and state of every change event, in order."""
        found = [event for event in self.events if event["event"] == "change" and event["path"].endswith(path)]
        return [(event["action"], event["state"]) for event in found]


@dataclass
class Scene:
    """One test's paths, and what the world says of them."""

    lab: Lab
    name: str
    directory: Path
    state: dict[str, Any] = field(default_factory=dict)

    # -- the world ----------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Let the stand-in answer like this from now on."""
        partial = self.directory.parent / "state.partial"
        partial.write_text(json.dumps(self.state), encoding="utf-8")
        partial.replace(self.directory.parent / "state.json")

    def calm(self) -> None:
        """Nothing fires, everything has been healthy for long, every server answers."""
        well = {"fresh": 1, "sick": 0, "healthy_s": 390, "loss": 0, "latency": 0.001, "rate": 10}
        self.state = {
            "alerts": [],
            "paths": {f"{self.name}/north": dict(well), f"{self.name}/south": dict(well)},
            "sites": {"jkt>sby": 0.0, "sby>jkt": 0.0},
        }
        self.write()

    def sick(self, *paths: str) -> None:
        """These lose a third of their packets, and an alert fires for each."""
        for path in paths:
            self.state["paths"][f"{self.name}/{path}"].update(sick=1, loss=0.3, healthy_s=0)
            self.state["alerts"].append(alert(self.name, path))
        self.write()

    def healed(self, path: str, for_s: float) -> None:
        """No alert any more, and healthy for this long."""
        self.state["alerts"] = [one for one in self.state["alerts"] if one["labels"]["path"] != path]
        self.state["paths"][f"{self.name}/{path}"].update(sick=0, loss=0, healthy_s=for_s)
        self.write()

    # -- running ------------------------------------------------------------------------------------------------

    @property
    def audit(self) -> Path:
        return self.directory / "build" / "audit.jsonl"

    @property
    def word(self) -> Path:
        """Where a run leaves word of when it is worth running it again."""
        return self.directory / "again"

    def events(self) -> list[dict[str, Any]]:
        """All audit events of the scene so far; a line that is being written is not read yet."""
        text = self.audit.read_text(encoding="utf-8") if self.audit.exists() else ""
        events = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        for event in events:
            jsonschema.validate(event, SCHEMA)
        return events

    def start(self, *options: str, playbook: str = "reroute.yml") -> Running:
        """Start a playbook on the controller."""
        variables = self.directory / "inventory" / "group_vars" / "routers" / "test.yml"
        assert variables.exists()
        argv = ["ansible-playbook", "-i", str(self.directory / "inventory"), str(CHECKOUT / "playbooks" / playbook)]
        return Running(self, [*argv, *options])

    def run(self, *options: str, playbook: str = "reroute.yml") -> Run:
        """Run a playbook to its end."""
        return self.start(*options, playbook=playbook).wait()

    def by_hand(self, path: str, want: str) -> Run:
        """What a person types."""
        return self.run("-e", f"path={self.name}/{path}", "-e", f"want={want}")

    # -- the witness: the routers themselves ----------------------------------------------------------------------

    def costs(self, path: str) -> list[int]:
        """The OSPF cost of both ends of a path."""
        return [cost(self.lab, router, interface) for router, interface in (NORTH if path == "north" else SOUTH)]

    def at_rest(self) -> bool:
        """No Junos router has a lock, a pending commit or an edited candidate; no FRR router a running timer."""
        for router, _interface in NORTH:
            status = self.lab.junos(router, op="status")["routers"][0]
            if status["lock"] or status["pending"] or status["private"] or status["dirty"]:
                return False
        for router, _interface in SOUTH:
            left = self.lab.ask(router, "ls", "-A", "/var/lib/fairway").stdout.split()
            if set(left) - {"commits", "lock"}:
                return False
        return True

    def settled(self, path: str, costs: list[int], within: float = 60.0) -> None:
        """Both ends come to have these costs, for good."""
        poll(
            lambda: self.at_rest() and self.costs(path) == costs,
            f"{path} settles on {costs}; it has {self.costs(path)}", within, 0.3,
        )  # fmt: skip


class Running:
    """A playbook under way."""

    def __init__(self, scene: Scene, argv: list[str]) -> None:
        self.scene = scene
        self.mark = f"REROUTE_RUN={os.getpid()}-{time.monotonic_ns()}"
        self.before = len(scene.events())
        self.file = scene.directory / f"output-{time.monotonic_ns()}"
        self.began = time.monotonic()
        environment = {
            **scene.lab.environment,
            "FAIRWAY_BUILD": str(scene.directory / "build"),
            "FAIRWAY_REPORT_DIR": str(scene.directory / "build" / "report"),
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "FAIRWAY_LOOK_AGAIN": str(scene.word),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "500",
            # A controller whose own time is not UTC, like most.
            "TZ": "WIB-7",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "REROUTE_RUN": self.mark.partition("=")[2],
        }
        with self.file.open("w") as output:
            self.process = subprocess.Popen(
                scene.lab.command("exec", "ctl", "--", *argv),
                cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    @property
    def output(self) -> str:
        # It is read while it is written, and a character may be half there.
        return self.file.read_text(encoding="utf-8", errors="replace")

    def wait(self, seconds: float = 180.0) -> Run:
        """Its end; fails when it takes longer."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"not ended after {seconds:g} s:\n{self.output}") from None
        assert "Traceback" not in self.output, self.output
        return Run(status, self.output, self.scene.events()[self.before :], time.monotonic() - self.began)

    def until(self, what: str, holds: Callable[[], object]) -> None:
        """Wait for a moment of it; fails when it ends before."""

        def reached() -> bool:
            if holds():
                return True
            assert self.process.poll() is None, f"{what}: it ended before:\n{self.output}"
            return False

        poll(reached, what, 120.0, 0.05)

    def kill(self) -> None:
        """As when the controller loses its power: every process of it at once. Ansible's workers and ssh's masters are
        sessions of their own; the environment tells whose they are."""
        while mine := [pid for pid in _processes() if self.mark.encode() in _environment(pid)]:
            for pid in mine:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.02)
        self.process.wait()


class Steered:
    """A lab that is deployed once, and hands out scenes."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab, self.directory, self.number = lab, directory, 0

    def deploy(self) -> None:
        """The lab's inventory on all routers, and the stand-in servers on the controller."""
        scene = self.make({})
        settings = {"deploy_serial": ["100%"], "change_soak": 0.5, "change_deadline": 60, "change_confirm_minutes": 20}
        run = scene.run("-e", json.dumps(settings), playbook="deploy.yml")
        assert run.status == 0, run.output

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The stand-in servers run on the controller."""
        program = str(Path(__file__).with_name("reroute_servers.py"))
        argv = [sys.executable, program, str(self.directory / "state.json"), str(PORT)]
        with subprocess.Popen(
            self.lab.command("exec", "ctl", "--", *argv), cwd=CHECKOUT, env=self.lab.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            try:
                yield
            finally:
                process.terminate()

    def make(self, limits: Mapping[str, Any]) -> Scene:
        """A scene with paths of its own; the world is calm."""
        self.number += 1
        name = f"scene{self.number}"
        directory = self.directory / name
        shutil.copytree(INVENTORY, directory / "inventory")
        (directory / "build").mkdir()
        words = {"name": name, "hold_down": HOLD_DOWN_S, "at_once": 1, **limits}
        variables = directory / "inventory" / "group_vars" / "routers"
        (variables / "steering.yml").write_text(STEERING.format(**words))
        control = {"ansible_control_path": f"%(directory)s/{os.getpid()}-{self.number}-%%h"}
        told = {
            **SETTINGS,
            **control,
            "fairway_audit": [{"type": "file", "path": str(directory / "build/audit.jsonl")}],
        }
        (variables / "test.yml").write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in told.items()))
        scene = Scene(self.lab, name, directory)
        scene.calm()
        return scene

    @contextmanager
    def scene(self, **limits: Any) -> Iterator[Scene]:
        """A scene, and both paths normal again after it, whatever a test did or failed to do."""
        made = self.make(limits)
        try:
            yield made
        finally:
            for router, _interface in NORTH:
                self.lab.junos(router, op="faults", set=[])
            self.lab.ask("ctl", "nft", "add table inet hostile; delete table inet hostile")
            made.calm()
            poll(made.at_rest, "every router is at rest", 120.0, 0.3)
            for path, normal in NORMAL.items():
                if made.costs(path) != normal:
                    run = made.by_hand(path, "normal")
                    assert run.status == 0, run.output


def alert(backbone: str, path: str, **labels: Any) -> dict[str, Any]:
    """An active alert as `GET /api/v2/alerts` tells it."""
    told = {"alertname": "PathLoss", "severity": "critical", "action": "reroute", "backbone": backbone, "path": path}
    return {
        "labels": {**told, **labels},
        "annotations": {"summary": "loss on a path"},
        "startsAt": "2026-01-02T03:04:05.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "0102030405060708",
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    }


def cost(lab: Lab, router: str, interface: str) -> int:
    """The OSPF cost that a router has for IPv4, asked past NETCONF and past our own program."""
    if interface.startswith("eth"):
        text = lab.ask(router, "vtysh", "-c", "show running-config").stdout
        found = re.search(rf"^interface {interface}\n(?: .*\n)*? ip ospf cost (\d+)", text, re.MULTILINE)
    else:
        text = lab.junos(router, op="config", database="running", format="set")["routers"][0]["config"]
        found = re.search(rf"protocols ospf area \S+ interface {interface} metric (\d+)", text)
    assert found, text
    return int(found[1])


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    """The environment of a process that is still alive."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return [] if state in "ZX" else Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
