"""Runs the tests of `services rpm` in the namespace of the process, and samples interface counters, in one thread.

A probe waits for its answer as long as `probe-interval`: with it the next one would leave. A test is over when its last
probe is decided; `test-interval` seconds later the next one begins. `test-interval 0` runs the test once.
"""

from __future__ import annotations

import itertools
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lab.junos.backend.frr.probes import Outcome, ProbeSocket
from lab.junos.backend.rpm_results import INTERNAL, Results, RpmReport
from lab.junos.backend.rpm_settings import RpmTest

SAMPLE_SECONDS = 1.0
_log = logging.getLogger(__name__)
_identifiers = itertools.count(1)


@dataclass(eq=False)
class Running:
    """A test that runs: what it measured, which of its probes is next and when."""

    test: RpmTest
    due: float | None
    results: Results
    identifier: int = field(default_factory=lambda: next(_identifiers) & 0xFFFF)
    started: int = 0
    """Probes of the current test that have left."""
    sequence: int = 0
    flying: list[ProbeSocket] = field(default_factory=list)


class Prober:
    """`follow` says which tests shall run; everything else happens in a thread that it starts."""

    def __init__(self, sample: Callable[[], None]) -> None:
        self._sample = sample
        self._tests: dict[tuple[str, str], Running] = {}
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._inside, self._bell = socket.socketpair()
        self._inside.setblocking(False)
        self._selector.register(self._inside, selectors.EVENT_READ)
        self._thread: threading.Thread | None = None
        self._next_sample = time.monotonic()
        self._stopped = False

    def follow(self, wanted: Iterable[RpmTest]) -> None:
        """Start what is new, stop what is gone, begin anew what has changed; the rest goes on undisturbed."""
        with self._lock:
            before, self._tests = self._tests, {}
            for test in wanted:
                known = before.get(test.key)
                if known is not None and known.test == test:
                    self._tests[test.key] = before.pop(test.key)
                else:
                    results = Results(test.history_size, test.moving_size)
                    self._tests[test.key] = Running(test, time.monotonic(), results)
            for gone in before.values():
                for probe in list(gone.flying):
                    self._forget(gone, probe)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="rpm", daemon=True)
                self._thread.start()
        self._bell.send(b"!")

    def reports(self) -> list[RpmReport]:
        """Every test with what it has measured, in the order of the configuration."""
        with self._lock:
            return [RpmReport(one.test, one.results.snapshot(), one.identifier) for one in self._tests.values()]

    def close(self) -> None:
        """End the thread and everything that is on its way."""
        self._stopped = True
        self._bell.send(b"!")
        if self._thread is not None:
            self._thread.join(timeout=5)
        with self._lock:
            for running in self._tests.values():
                for probe in list(running.flying):
                    self._forget(running, probe)

    def _run(self) -> None:
        while not self._stopped:
            ready = self._selector.select(self._pause())
            try:
                with self._lock:
                    self._turn({key.fd for key, _ in ready})
                if time.monotonic() >= self._next_sample:
                    self._next_sample = time.monotonic() + SAMPLE_SECONDS
                    self._sample()
            except Exception:  # noqa: BLE001 - a thread that died would leave results that never change again
                _log.exception("real-time performance monitoring goes on after an error")
                time.sleep(SAMPLE_SECONDS)

    def _pause(self) -> float:
        """Seconds until something is due."""
        with self._lock:
            moments = [running.due for running in self._tests.values() if running.due is not None]
            moments += [probe.deadline for running in self._tests.values() for probe in running.flying]
        return max(0.0, min([*moments, self._next_sample]) - time.monotonic())

    def _turn(self, ready: set[int]) -> None:
        if self._inside.fileno() in ready:
            self._inside.recv(4096)
        for running in self._tests.values():
            for probe in list(running.flying):
                outcome = probe.read() if probe.socket.fileno() in ready else None
                if outcome is None and time.monotonic() >= probe.deadline:
                    outcome = probe.give_up()
                if outcome is not None:
                    self._decide(running, probe, outcome)
            if running.due is not None and time.monotonic() >= running.due:
                self._launch(running)

    def _launch(self, running: Running) -> None:
        """Send the next probe; what was missed while the machine was busy is not made up for."""
        test, now = running.test, time.monotonic()
        if running.started == 0:
            running.results.begin_test()
        running.started += 1
        running.sequence += 1
        finished = running.started >= test.probe_count
        assert running.due is not None
        running.due = None if finished else max(running.due + test.probe_interval, now)
        try:
            probe = ProbeSocket(test, running.identifier, running.sequence)
        except OSError as error:
            _log.warning("test %s of owner %s: %s", test.name, test.owner, error)
            self._count(running, Outcome(INTERNAL, time.time(), time.time()))
            return
        running.flying.append(probe)
        if probe.failed is not None:
            self._decide(running, probe, probe.failed)
        else:
            self._selector.register(probe.socket, selectors.EVENT_READ)

    def _decide(self, running: Running, probe: ProbeSocket, outcome: Outcome) -> None:
        self._forget(running, probe)
        self._count(running, outcome)

    def _count(self, running: Running, outcome: Outcome) -> None:
        """Count a decided probe; after the last one of a test the next test is planned."""
        results, test = running.results, running.test
        results.record(outcome.status, outcome.sent, outcome.decided, outcome.rtt)
        if running.due is None and not running.flying and running.started:
            results.end_test(time.time())
            running.started = 0
            running.due = time.monotonic() + test.test_interval if test.test_interval else None

    def _forget(self, running: Running, probe: ProbeSocket) -> None:
        running.flying.remove(probe)
        if probe.socket in self._selector.get_map():
            self._selector.unregister(probe.socket)
        probe.close()
