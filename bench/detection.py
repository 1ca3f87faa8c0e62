"""From the onset of loss to the alert, beside the bound that no detector beats, and false alarms on clean traffic.

Counters of made-up losses are replayed through the role's own rules by promtool. The bound is Lorden's and Wald's:
h / D packets, h the logarithm of the packets between two false alarms (one in 10^5 hours), D the divergence of the loss
from a clean path's.
"""

from __future__ import annotations

import math
import random
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ansible_collections.fairway.backbone.plugins.module_utils.loss_thresholds import Loss, thresholds
from bench.measure import BenchError, say, write
from bench.replay import BACKBONE, Source, clean, counters, dense, evaluate, losses, needed_for, write_rules

P0, BURST = 0.001, 1.5
FALSE_ALARM_S = 1e5 * 3600
LEAD_S = 30.0
"""Seconds of clean traffic before the onset: more than the rules need to know the path."""
DAY_S = 86400
STRETCH_S = 166
"""Seconds of a stretch that `dense` cuts out: its lead, and what follows."""
NEARLY = 2
"""Lost packets below a detector's count from which on a stretch of clean traffic is replayed."""
FLOOR_S = 1.0
"""Fewer seconds than this are not asked for: what is known of a path comes in scrapes."""
CASES = ((10, 0.30), (10, 0.05), (10, 0.01), (50, 0.30), (50, 0.05), (50, 0.01))
"""Packets a second, and the loss that sets in."""


@dataclass(frozen=True)
class Detection:
    """Seconds from onset to alert over many replays. `missed`: replays without an alert within 4 times the bound."""

    rate: int
    loss: float
    bound_s: float
    median_s: float
    p95_s: float
    missed: int

    @property
    def good(self) -> bool:
        """Whether the median is within twice the bound, or twice the floor where the bound is below it."""
        return self.median_s <= 2 * max(self.bound_s, FLOOR_S)


@dataclass(frozen=True)
class Quiet:
    """False alarms on clean traffic: a fraction of P0 is lost, in runs of BURST packets on average.

    `stretches`: how many came near an alarm and were replayed.
    """

    rate: int
    days: int
    stretches: int
    alarms: int


def bound(rate: float, p1: float, p0: float = P0) -> float:
    """Seconds that the best detector needs on average for loss p1 at `rate` packets a second."""
    divergence = p1 * math.log(p1 / p0) + (1 - p1) * math.log((1 - p1) / (1 - p0))
    return math.log(FALSE_ALARM_S * rate) / divergence / rate


def onsets(directory: Path, rate: int, p1: float, seeds: int, interval: float) -> Detection:
    """Replay `seeds` onsets, each on a path of its own, at any moment between two scrapes."""
    rng = random.Random(f"{rate} {p1}")
    per_scrape, limit = round(rate * interval), 4 * max(bound(rate, p1), FLOOR_S)
    names = [f"p{number}" for number in range(seeds)]
    starts = {name: round(LEAD_S * rate) + rng.randrange(per_scrape) for name in names}
    count = round((LEAD_S + limit + 2 * interval) * rate)
    sources = [counters(name, losses(count, starts[name], p1, P0, rng), per_scrape) for name in names]
    rules = needed_for(write_rules(directory, names, rate, interval)[0], "PathLoss", directory / "replay.yml")
    end = count / rate - interval
    over = f"[{math.ceil(end - LEAD_S)}s:{round(1000 * interval)}ms]"
    # One question a path: promtool holds few samples at once.
    asked = {
        name: f'min(min_over_time(timestamp(ALERTS{{alertname="PathLoss", alertstate="firing", path="{name}"}}){over}))'
        for name in names
    }
    answers = evaluate(directory, [rules], sources, interval, dict.fromkeys(asked.values(), end))
    found = [answers[asked[name]].get("{}", math.inf) for name in names]
    # Rules are looked at some time after the scrape, anywhere within an interval.
    times = sorted(at - starts[name] / rate + rng.random() * interval for at, name in zip(found, names, strict=True))
    known = [one for one in times if one < math.inf]
    if len(known) <= seeds / 2:
        raise BenchError(f"{p1:.0%} at {rate} a second: {seeds - len(known)} of {seeds} onsets were missed")
    p95 = times[min(len(times) - 1, math.ceil(0.95 * len(times)) - 1)]
    return Detection(
        rate, p1, round(bound(rate, p1), 2), round(statistics.median(times), 2), round(p95, 2), seeds - len(known)
    )


def quiet(directory: Path, rate: int, days: int, interval: float) -> Quiet:
    """Clean days. Replayed are the stretches in which any detector is nearly on; outside them none can be."""
    rng, found, on = random.Random(rate), 0, 0
    counts = {one.window: max(2, one.lost - NEARLY) for one in thresholds(rate, interval, Loss(P0, BURST))}
    for _day in range(days):
        day = counters("clean", clean(DAY_S * rate, P0, BURST, rng), round(rate * interval))
        stretches = dense(day, counts, interval)
        found += len(stretches)
        on += alarms(directory, rate, stretches, interval, STRETCH_S) if stretches else 0
    return Quiet(rate, days, found, on)


def alarms(directory: Path, rate: int, sources: Sequence[Source], interval: float, seconds: int) -> int:
    """How often PathLoss starts to fire while the sources of path `clean` are replayed."""
    rules = needed_for(write_rules(directory, ["clean"], rate, interval)[0], "PathLoss", directory / "replay.yml")
    step = f"{round(1000 * interval)}ms"
    sick = f'max(path:detector:bool{{backbone="{BACKBONE}", detector=~"loss-.*"}})'
    query = f"sum(resets((1 - {sick})[{seconds}s:{step}]))"
    answer = evaluate(directory, [rules], sources, interval, {query: seconds})[query]
    if not answer:
        raise BenchError("the rules said nothing about clean traffic")
    return round(sum(answer.values()))


def measure(seeds: int, days: int, interval: float = 0.5) -> list[str]:
    """All cases and the clean days; returns lines to print and writes build/bench/detection.json."""
    found, still = [], []
    with tempfile.TemporaryDirectory(prefix="fairway-detection-") as made:
        for rate, p1 in CASES:
            say(f"detection: {p1:.0%} loss at {rate} packets a second, {seeds} onsets")
            found.append(onsets(Path(made), rate, p1, seeds, interval))
        for rate in (10, 50):
            say(f"detection: {days} days of clean traffic at {rate} packets a second")
            still.append(quiet(Path(made), rate, days, interval))
    write("detection", {"onsets": [asdict(one) for one in found], "clean": [asdict(one) for one in still]})
    return table(found, still)


def table(found: Sequence[Detection], still: Sequence[Quiet]) -> list[str]:
    """For a person."""
    lines = [f"{'onset to alert':<16}{'bound':>9}{'median':>9}{'p95':>9}{'median/bound':>14}"]
    for one in found:
        name = f"{one.loss:.0%} at {one.rate} pps"
        verdict = ("ok" if one.good else "TOO SLOW") + (f", {one.missed} missed" if one.missed else "")
        ratio = one.median_s / max(one.bound_s, FLOOR_S)
        lines.append(
            f"{name:<16}{one.bound_s:>7.2f} s{one.median_s:>7.2f} s{one.p95_s:>7.2f} s{ratio:>14.2f}  {verdict}"
        )
    for other in still:
        told = f"{other.alarms} false alarms in {other.days} days at {other.rate} pps"
        lines.append(f"{told} (0.1 % lost, in runs of 1.5; nearly: {other.stretches})")
    return lines
