"""From the onset of 30 % loss to the alert, measured on a lab: RPM's path and smokeping's, each beside its bound.

What detection.py replays, live: real probes, scrapes and evaluations, all on this machine. Steering is frozen, so that
a path stays sick until it is healed here. One end of the link loses what it sends: a probe's request and its answer
cross the link once in each direction, and loss in both would be 51 % of the probes, for which the bound is another.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.detection import bound
from bench.incident import network
from bench.measure import RESULTS, BenchError, say, write
from lab import control
from lab.errors import LabError
from lab.net.impairments import Impairment
from lab.state import open_state
from tools.demo_stage import DemoError, Stage
from tools.drill import PROMETHEUS
from tools.watch import Program

RATE, LOSS, GOAL = 10, 0.30, 2.0
REPEAT = 7
DECIDES_S = {"smokeping": 0.0, "rpm": 1.0}
"""Seconds after a probe left until its prober says that it is lost; smokeping counts what is sent at once."""
REMEMBERED_S = 125.0
"""The longest window of the rules, and a scrape: what was lost so long ago helps no detector to the next alert."""
ALERT_WITHIN_S, END_WITHIN_S = 60.0, 180.0


@dataclass(frozen=True)
class Case:
    """A path, its link, the end of the link whose packets are lost, and who measures the path."""

    path: str
    link: str
    sender: str
    prober: str

    @property
    def bound_s(self) -> float:
        """Seconds that the best detector needs, from what this prober says and when it says it."""
        return DECIDES_S[self.prober] + bound(RATE, LOSS)


CASES = (Case("jkt-sby/north", "north", "jkt-r1", "rpm"), Case("jkt-sby/south", "south", "jkt-r2", "smokeping"))


@dataclass(frozen=True)
class Reaction:
    """Seconds from an onset to the evaluation that raised the alert, and until Prometheus told of it."""

    alert_s: float
    told_s: float


class Watch(Program):
    """The alerts of the lab, as bench/live_side.py sees them."""

    def __init__(self, stage: Stage) -> None:
        """Nothing is asked before `with`."""
        command = stage.lab_command("exec", "ctl", "--", stage.python, "-m", "bench.live_side", PROMETHEUS)
        super().__init__(command, stage.build / "alerts.log")

    def looks(self) -> list[dict[str, Any]]:
        """All changes so far. Raises BenchError when the watch has ended."""
        text = self.text()
        if self.process is not None and self.process.poll() is not None:
            raise BenchError(f"live: nobody watches the alerts any more: {text[-2000:]}")
        return parsed(text)

    def quiet(self) -> bool:
        """Whether every path is measured and healthy, and no alert is on."""
        looks = self.looks()
        wanted = sorted(case.path for case in CASES)
        return bool(looks) and not looks[-1]["alerts"] and looks[-1]["healthy"] == wanted

    def reaction(self, path: str, onset: float) -> Reaction | None:
        """How soon the path's alert came; None while it has not."""
        return first_alert(self.looks(), path, onset)


def parsed(text: str) -> list[dict[str, Any]]:
    """The whole lines of a watch's log; the last one may still be on its way."""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def first_alert(looks: Sequence[Mapping[str, Any]], path: str, onset: float) -> Reaction | None:
    """The first alert of a path that an evaluation after the onset began."""
    for look in looks:
        since = look["alerts"].get(path)
        if since is not None and since > onset:
            return Reaction(since - onset, look["at"] - onset)
    return None


@dataclass
class Live:
    """Several onsets on each path of one lab."""

    repeat: int
    stage: Stage
    clean_since: dict[str, float] = field(default_factory=dict)

    def run(self) -> list[str]:
        """The lines of the report. Raises BenchError when the lab does not do its part."""
        found: dict[Case, list[Reaction]] = {case: [] for case in CASES}
        try:
            with network(self.stage):
                self.freeze()
                watch = Watch(self.stage)
                with watch:
                    # In turns: while one path is forgotten by the windows, the other is measured.
                    for number in range(1, self.repeat + 1):
                        for case in CASES:
                            found[case].append(self.onset(watch, case, number))
        except (DemoError, LabError) as error:
            raise BenchError(f"live: {error}") from error
        write("live", {case.path: [asdict(one) for one in reactions] for case, reactions in found.items()})
        return table(found)

    def freeze(self) -> None:
        """Keep automation from moving traffic: a path is to stay as sick as it was made."""
        self.stage.playbook("freeze", "-e", '{"freeze": true, "reason": "bench live"}', quiet=True)
        self.clean_since = {case.path: time.time() for case in CASES}

    def onset(self, watch: Watch, case: Case, number: int) -> Reaction:
        """One onset, from a healthy network to an alert."""
        time.sleep(max(0.0, self.clean_since[case.path] + REMEMBERED_S - time.time()))
        self.stage.until("both paths are healthy and no alert is on", watch.quiet, END_WITHIN_S)
        # Scrapes and evaluations go by the second or a part of it: an onset comes at any moment between two.
        time.sleep(random.random())
        with self.lossy(case) as began:
            self.stage.until(
                f"an alert of {case.path}", lambda: watch.reaction(case.path, began) is not None, ALERT_WITHIN_S
            )
        found = watch.reaction(case.path, began)
        if found is None:
            raise BenchError(f"live: the alert of {case.path} is gone from the log")
        say(f"live: {case.path}, onset {number}: alert after {found.alert_s:.2f} s")
        return found

    @contextmanager
    def lossy(self, case: Case) -> Iterator[float]:
        """The path loses packets; since when. It is healed at the end."""
        state = open_state(self.stage.name)
        link = state.topology().find_link(case.link)
        impairment = Impairment(loss=LOSS, senders=(link.end(case.sender),))
        # The supervisor itself is asked, not `lab impair`: that program ends later than its work is done, and what it
        # takes to end would be missing from every time.
        began = time.time()
        control.call(state, "impair", link=link.number, impairment=impairment.to_json())
        try:
            yield began
        finally:
            control.call(state, "heal", links=[link.number])
            self.clean_since[case.path] = time.time()


def table(found: Mapping[Case, Sequence[Reaction]]) -> list[str]:
    """For a person."""
    lines = [
        f"live: {LOSS:.0%} loss at {RATE} packets a second, onset to alert",
        f"{'path':<16}{'prober':<11}{'onsets':>7}{'bound':>9}{'median':>9}{'max':>9}{'median/bound':>14}",
    ]
    for case, reactions in found.items():
        times = [one.alert_s for one in reactions]
        median, ratio = statistics.median(times), statistics.median(times) / case.bound_s
        lines.append(
            f"{case.path:<16}{case.prober:<11}{len(times):>7}{case.bound_s:>7.2f} s{median:>7.2f} s{max(times):>7.2f} s"
            f"{ratio:>14.2f}  {'ok' if ratio <= GOAL else 'TOO SLOW'}"
        )
    late = max(one.told_s - one.alert_s for reactions in found.values() for one in reactions)
    lines += [
        f"rpm: its bound is {DECIDES_S['rpm']:g} s more: a probe counts as lost once its time-out is over, and the",
        "shortest that Junos has (probe-interval) is 1 s.",
        f"Each end of a link sends {RATE} a second and the first to see the loss speaks; the bound is that of one end.",
        f"Alerts are timed by the evaluation that raised them; Prometheus told of it {late:.2f} s later at most.",
    ]
    return lines


def measure(repeat: int) -> list[str]:
    """The report of `repeat` onsets on each path."""
    return Live(repeat, Stage("bench", RESULTS / "live")).run()
