"""From the onset of 30 % loss to healthy users, on a lab, with the share of each stage; and the change beside others.

The lab is the demo's: probes send 10 packets a second, everything runs on this machine. Others make the same change of
an OSPF cost on both ends of a link without deciding, proving or recording anything (bench/reroute_peers.py).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.measure import RESULTS, BenchError, say, write
from tools import demo, demo_incident, timeline
from tools.demo_stage import DemoError, Stage
from tools.drill import Drill, is_change
from tools.timeline_model import Incident

STAGES = (
    ("onset to alert", "onset", "alert_firing"),
    ("alert to hook", "alert_firing", "hook"),
    ("hook to decision", "hook", "decision"),
    ("decision to both ends committed", "decision", "committed"),
    ("committed to users healthy", "committed", "users_healthy"),
)
WHOLE = ("onset to users healthy", "onset", "users_healthy")
CHANGE = ("webhook to both ends committed", "hook", "committed")
GOALS = {WHOLE[0]: 8.0, CHANGE[0]: 3.0}
PEERS = (
    ("a bare PyEZ commit", "pyez", ("jkt-r1", "ge-0/0/0.0", "sby-r1", "ge-0/0/0.0"), ("1000", "100")),
    ("a bare vtysh call", "vtysh", ("jkt-r2", "eth1", "sby-r2", "eth1"), ("1000", "150")),
    ("an interactive shell that sleeps", "naive", ("jkt-r2", "eth1", "sby-r2", "eth1"), ("1000", "150")),
)
PEER_RUNS = 3


@dataclass
class Bench:
    """Several incidents on one lab."""

    repeat: int
    stage: Stage

    def run(self) -> list[str]:
        """The lines of the report. Raises BenchError when the lab does not do its part."""
        try:
            with network(self.stage):
                others = {name: self.peer(kind, ends, costs) for name, kind, ends, costs in PEERS}
                seen = [self.incident(number) for number in range(1, self.repeat + 1)]
        except DemoError as error:
            raise BenchError(f"incident: {error}") from error
        took = {name: durations(seen, start, end) for name, start, end in (*STAGES, WHOLE, CHANGE)}
        write("incident", {"seconds": took, "others": others})
        return [*report(took), *compared(took[CHANGE[0]], others)]

    def incident(self, number: int) -> Incident:
        """One incident, from a healthy network to a healthy network."""
        self.stage.until("both paths are healthy", lambda: demo_incident.watched(self.stage), 120)
        with Drill(self.stage) as drill:
            time.sleep(demo_incident.BASELINE_S)
            drill.breaks()
            drill.until_users_healthy(90)
            drill.until_audited("confirmed", lambda event: is_change(event, "steer", "confirmed"), 90)
            drill.heals()
            drill.until_restored(180)
            found = timeline.read(drill.collect(f"incident {number}"))
        say(
            f"incident {number}: users healthy after {(found.when('users_healthy') or found.onset) - found.onset:.1f} s"
        )
        return found

    def peer(self, kind: str, ends: Sequence[str], costs: Sequence[str]) -> float:
        """Seconds in which others change the cost there, the median; it is changed back after each time."""
        seconds = []
        for _turn in range(PEER_RUNS):
            for cost in costs:
                words = [ends[0], ends[1], cost, ends[2], ends[3], cost]
                began = time.monotonic()
                self.stage.run(
                    self.stage.lab_command(
                        "exec", "ctl", "--", self.stage.python, "-m", "bench.reroute_peers", kind, *words
                    )
                )
                if cost == costs[0]:
                    seconds.append(time.monotonic() - began)
        return statistics.median(seconds)


@contextmanager
def network(stage: Stage) -> Iterator[None]:
    """A lab, deployed and observed; taken down at the end."""
    try:
        for scene in (demo.boot, demo.deploy, demo_incident.observe):
            scene(stage)
        yield
    finally:
        stage.lab("down", check=False)


def durations(seen: Sequence[Incident], start: str, end: str) -> list[float]:
    """Seconds between two events of each incident that has both."""
    pairs = [(one.when(start), one.when(end)) for one in seen]
    return [after - before for before, after in pairs if before is not None and after is not None]


def report(took: dict[str, list[float]]) -> list[str]:
    """The stages, their medians and shares."""
    whole = statistics.median(took[WHOLE[0]])
    lines = [f"{'stage':<34}{'median':>9}{'share':>8}{'goal':>9}"]
    for name, _start, _end in STAGES:
        median = statistics.median(took[name])
        lines.append(f"{name:<34}{median:>7.2f} s{median / whole:>8.0%}")
    for name, _start, _end in (WHOLE, CHANGE):
        median = statistics.median(took[name])
        verdict = "ok" if median <= GOALS[name] else "TOO SLOW"
        lines.append(f"{name:<34}{median:>7.2f} s{'':>8}{GOALS[name]:>7.1f} s  {verdict}")
    return lines


def compared(ours: Sequence[float], others: dict[str, float]) -> list[str]:
    """The change beside what others need for it."""
    mine = statistics.median(ours)
    lines = ["", f"{'the same change of cost by':<34}{'seconds':>9}{'ours is':>12}"]
    lines += [f"{name:<34}{seconds:>7.2f} s{mine / seconds:>10.2f} x" for name, seconds in others.items()]
    return lines


def measure(repeat: int) -> list[str]:
    """The report of `repeat` incidents."""
    return Bench(repeat, Stage("bench", RESULTS / "incident")).run()
