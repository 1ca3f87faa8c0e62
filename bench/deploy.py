"""Deploy to many emulated routers: playbooks/deploy.yml beside a bare PyEZ thread pool of the same width."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from jnpr.junos import Device

from bench.emulator import USER, Emulator, make_home, public_key
from bench.fleet import name
from bench.inventory import write_inventory
from bench.measure import RESULTS, BenchError, Comparison, Run, compare, run, say, write

FIRST_COST = 100
MEMORY_GOAL_MB = 1024


@dataclass
class Deploy:
    """One benchmark of deploys. `delay` is what a commit takes on the routers, in seconds."""

    name: str
    goal: float
    routers: int
    width: int
    delay: float
    repeat: int
    cost: int = FIRST_COST
    port: int = 0
    runs: dict[str, list[Run]] = field(default_factory=lambda: {"ours": [], "reference": []})

    @property
    def work(self) -> Path:
        """Where this benchmark keeps its files."""
        return RESULTS / self.name

    @property
    def home(self) -> Path:
        """The private home of both sides."""
        return RESULTS / "home"

    @property
    def inventory(self) -> Path:
        """The fleet as an Ansible inventory."""
        return self.work / "inventory"

    def measure(self) -> tuple[Comparison, float]:
        """Run both sides `repeat` times, in turns; returns the comparison and the emulator's peak memory in MB."""
        make_home(self.home)
        self.port = free_ports(self.routers)
        write_inventory(self.inventory, self.routers, self.port, public_key(self.home), self.home)
        say(f"{self.name}: {self.routers} emulated routers, width {self.width}, a commit takes {self.delay:g} s")
        with Emulator(self.routers, self.port, self.home, self.work / "emulator.log", self.delay) as emulator:
            say(f"{self.name}: routers are up with {emulator.peak_mb:.0f} MB; first configuration (not measured)")
            self.reference(first=True)
            for turn in range(self.repeat):
                sides = (self.ours, self.reference) if turn % 2 == 0 else (self.reference, self.ours)
                for side in sides:
                    self.cost += 1
                    label = side.__name__
                    result = side()
                    self.verify()
                    self.runs[label].append(result)
                    numbers = f"{result.seconds:7.1f} s {result.cpu_s:7.1f} s CPU {result.peak_mb:6.0f} MB"
                    say(f"{self.name}: {label:<9} {numbers}")
            peak = emulator.peak_mb
        return compare(self.name, self.runs["ours"], self.runs["reference"], self.goal), peak

    def environment(self) -> dict[str, str]:
        """A home of our own, Ansible's too."""
        return {"HOME": str(self.home), "ANSIBLE_HOME": str(self.home / ".ansible")}

    def playbook(self, path: str) -> list[str]:
        """ansible-playbook on this fleet, all routers in one batch, no soaking: the reference does not soak either."""
        extra = {
            "fleet_cost": self.cost,
            "deploy_serial": self.routers,
            "render_build": str(self.work),
            "change_soak": 0,
            # One batch of everybody is proven in many rounds of forks.
            "change_confirm_minutes": 20,
            "change_revision": f"bench-{self.cost}",
        }
        program = str(Path(sys.executable).parent / "ansible-playbook")
        return [program, path, "-i", str(self.inventory), "--forks", str(self.width), "-e", json.dumps(extra)]

    def ours(self) -> Run:
        """Render, stage, prove and confirm: the playbook as an operator runs it."""
        return run(self.playbook("playbooks/deploy.yml"), self.work / "ours.log", self.environment())

    def reference(self, first: bool = False) -> Run:
        """The peer on configurations that were rendered before the clock started."""
        run(self.playbook("bench/render.yml"), self.work / "render.log", self.environment())
        command = [sys.executable, "-m", "bench.pyez_peer", "--width", str(self.width), "--home", str(self.home)]
        command += ["--inventory", str(self.inventory), "--configs", str(self.work / "config")]
        return run([*command, *(["--first"] if first else [])], self.work / "reference.log", self.environment())

    def verify(self) -> None:
        """Ask ten routers, spread over the fleet, what they run: a side that did not do its work has no time."""
        for index in range(0, self.routers, max(1, self.routers // 10)):
            with Device(
                host="127.0.0.1",
                port=self.port + index,
                user=USER,
                ssh_private_key_file=str(self.home / ".ssh" / "id_ed25519"),
                gather_facts=False,
            ) as device:
                text = device.rpc.get_config(options={"format": "set", "database": "committed"}).text or ""
                history = device.rpc.get_commit_information()
            if f"metric {self.cost}" not in text or history.find(".//commit-confirmed") is not None:
                raise BenchError(f"{name(index)} does not run the confirmed cost {self.cost}; see {self.work}")


def free_ports(count: int) -> int:
    """The first port of `count` free ones on 127.0.0.1."""
    for base in range(20000, 60000, 1000):
        try:
            for port in range(base, base + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise BenchError(f"no {count} free ports in a row on 127.0.0.1")


def report_memory(routers: int, peak_mb: float) -> str:
    """Write and word how much memory the emulated routers took; the goal is for 200."""
    write(
        "emulator_memory",
        {"name": "emulator_memory", "routers": routers, "peak_mb": round(peak_mb, 1), "goal_mb": MEMORY_GOAL_MB},
    )
    verdict = "ok" if peak_mb < MEMORY_GOAL_MB else "TOO MUCH"
    return (
        f"{routers} emulated routers in one process: at most {peak_mb:.0f} MB (goal: under {MEMORY_GOAL_MB}) {verdict}"
    )
