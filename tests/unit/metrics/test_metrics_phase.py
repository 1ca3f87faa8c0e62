"""Fast looks end just before a scrape: the exporter's own worker, board and registry, on a clock that is simulated.

The simulated second passes at once, so nothing here depends on how busy the machine is.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from ansible_collections.fairway.backbone.plugins.module_utils.metrics import Sample, sample
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_config import Settings, Target
from ansible_collections.fairway.backbone.plugins.module_utils.metrics_schedule import SCRAPES_KEPT
from ansible_collections.fairway.backbone.plugins.plugin_utils import metrics, metrics_worker
from ansible_collections.fairway.backbone.plugins.plugin_utils.metrics_worker import Board, Worker
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

TARGET = Target("r1", "junos", "192.0.2.1", 830)
BEGIN = 5000.0
UNTIL = 60.0
TOOK = 0.1
TOLD_S = 0.06  # the margin, and a bit


class Clock(threading.Event):
    """The workers' time, which is also the event they wait for: waiting moves the time. Ends after UNTIL seconds.

    Seconds since BEGIN. `scrapes`: when somebody scrapes, in order; `told`: (time, age of fast samples, -1 for none) of
    each.
    """

    def __init__(self, scrapes: Sequence[float] = ()) -> None:
        super().__init__()
        self.now, self.due, self.told = 0.0, list(scrapes), list[tuple[float, float]]()
        self.registry = CollectorRegistry()

    def monotonic(self) -> float:
        return BEGIN + self.now

    time = monotonic

    def wait(self, timeout: float | None = None) -> bool:
        """Time passes, and whoever scrapes meanwhile is answered."""
        end = self.now + (timeout or 0.0)
        while self.due and self.due[0] <= end:
            self.now = max(self.now, self.due.pop(0))
            labels = {"router": TARGET.name, "collector": "fast"}
            found = [
                one.value
                for family in self.registry.collect()
                for one in family.samples
                if one.name == "fairway_router_age_seconds" and one.labels == labels
            ]
            self.told.append((self.now, found[0] if found else -1.0))
        self.now = end
        if self.now > UNTIL:
            self.set()
        return self.is_set()

    def ages(self, after: float) -> list[float]:
        """What scrapes told after some seconds: how old the newest look was."""
        return [age for at, age in self.told if at > after]


class FakeHand:
    """Each look takes TOOK, except those whose place is in `broken`: they fail."""

    def __init__(self, clock: Clock, broken: Sequence[int] = ()) -> None:
        self.clock, self.broken, self.began = clock, broken, list[float]()

    def look(self) -> list[Sample]:
        self.began.append(self.clock.now)
        self.clock.wait(TOOK)
        if len(self.began) - 1 in self.broken:
            raise RouterFault("lost", "r1: the session ended")
        return [sample("fairway_ospf_cost", 10, router=TARGET.name, interface="ge-0/0/0.0")]

    def drop(self) -> None:
        """Nothing is open."""

    def apart(self) -> list[float]:
        return [round(after - before, 6) for before, after in itertools.pairwise(self.began)]


def run(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, collector: str = "fast", broken: Sequence[int] = (), **told: Any
) -> FakeHand:
    """A worker's whole life, in this thread."""
    monkeypatch.setattr(metrics_worker, "time", clock)
    settings = Settings(targets=(TARGET,), **told)
    board, hand = Board(settings), FakeHand(clock, broken)
    clock.registry = metrics.registry(board, board.scraped)
    worker = Worker(TARGET, collector, settings, board, lambda *_options: hand)
    monkeypatch.setattr(worker, "_stop_event", clock)
    worker.run()
    return hand


def beats(period: float, phase: float) -> Iterator[float]:
    """Scrapes every `period` seconds, until the end."""
    return itertools.takewhile(lambda at: at <= UNTIL, itertools.count(phase, period))


@pytest.mark.parametrize("phase", [0.05, 0.3, 0.55, 0.8, 0.99])
@pytest.mark.parametrize("period", [1.0, 2.0])
def test_a_scrape_is_told_of_a_look_that_has_just_ended(
    monkeypatch: pytest.MonkeyPatch, period: float, phase: float
) -> None:
    """Looks every second from 0 on would make the answer as old as the phase has it: up to a second."""
    clock = Clock(list(beats(period, phase)))
    hand = run(monkeypatch, clock)
    assert len(clock.ages(12)) >= 20
    assert max(clock.ages(12)) < TOLD_S, clock.told
    assert abs(len(hand.began) - UNTIL) <= 1, "as many looks as before"


def test_of_two_scrapes_in_an_interval_one_is_told_of_a_new_look(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(list(beats(0.5, 0.3)))
    run(monkeypatch, clock)
    ages = clock.ages(12)
    assert min(max(ages[0::2]), max(ages[1::2])) < TOLD_S, ages


def test_without_scrapes_the_interval_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = run(monkeypatch, Clock())
    assert set(hand.apart()) == {1.0}


def test_the_slow_collector_keeps_its_own_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = run(monkeypatch, Clock(list(beats(3.0, 0.7))), "slow", slow_interval=3.0)
    assert set(hand.apart()) == {3.0}


def test_after_a_fault_the_router_is_asked_as_rarely_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrapes or not: 1, 2, 4, 8, 10 seconds after the beginning of each look that failed; then it is aligned again."""
    clock = Clock(list(beats(1.0, 0.8)))
    hand = run(monkeypatch, clock, broken=range(15, 20))
    assert hand.apart()[15:20] == [1, 2, 4, 8, 10]
    assert max(clock.ages(50)) < TOLD_S, clock.told


def test_only_scrapes_of_the_service_count() -> None:
    """Not --once, and no registry that wants to know the names."""
    board = Board(Settings(targets=(TARGET,)))
    generate_latest(metrics.registry(board))
    CollectorRegistry(auto_describe=True).register(metrics.RouterCollector(board, board.scraped))
    assert board.scrapes() == ()
    served = metrics.registry(board, board.scraped)
    before = time.monotonic()
    generate_latest(served)
    assert len(board.scrapes()) == 1
    assert before <= board.scrapes()[0] <= time.monotonic()


def test_the_board_forgets_old_scrapes_and_is_asked_by_many_threads() -> None:
    board = Board(Settings(targets=(TARGET,)))
    kept: list[int] = []

    def scrape() -> None:
        for _ in range(50):
            board.scraped()
            kept.append(len(board.scrapes()))

    threads = [threading.Thread(target=scrape) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(kept) == 400
    assert max(kept) == SCRAPES_KEPT
    assert list(board.scrapes()) == sorted(board.scrapes())
