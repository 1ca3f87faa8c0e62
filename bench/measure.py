"""Time and memory of programs, and how results are written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "bench"
SAMPLE_EVERY = 1.0  # seconds; reading a process's memory map costs it about a millisecond


class BenchError(Exception):
    """A benchmark could not be run, or one side did not do its work."""


@dataclass(frozen=True)
class Run:
    """One program, run once: wall-clock and processor seconds, and the peak of its processes' memory in MB."""

    seconds: float
    peak_mb: float
    cpu_s: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """Fairway beside its reference. `peak_mb` is Fairway's; the goal is the highest ratio that is good enough."""

    name: str
    ours_s: float
    reference_s: float
    ratio: float
    goal: float
    peak_mb: float


def descendants(pid: int) -> list[int]:
    """A process and everything below it; processes that end meanwhile are left out."""
    found, pending = [], [pid]
    while pending:
        current = pending.pop()
        found.append(current)
        try:
            for task in Path(f"/proc/{current}/task").iterdir():
                pending += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def memory_mb(pid: int) -> float:
    """Proportional set size of a process tree: pages that forks share are counted once."""
    total = 0
    for member in descendants(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


class Sampler(threading.Thread):
    """Watch a process tree's memory until stopped; `peak_mb` is the highest sum seen."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak_mb = pid, 0.0
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Sample until told to stop."""
        while not self._stop_asked.wait(SAMPLE_EVERY if self.peak_mb else 0.1):
            self.peak_mb = max(self.peak_mb, memory_mb(self.pid))

    def stop(self) -> float:
        """End the watch; returns the peak."""
        self._stop_asked.set()
        self.join()
        return self.peak_mb


def children_cpu() -> float:
    """Processor seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(command: Sequence[str], log: Path, env: Mapping[str, str], timeout: float = 1800) -> Run:
    """Run a program to its end. Raises BenchError with the end of its output when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started, used = time.monotonic(), children_cpu()
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        sampler = Sampler(process.pid)
        sampler.start()
        try:
            status = process.wait(timeout)
        except BaseException:
            process.terminate()
            raise
        finally:
            peak = sampler.stop()
    seconds = time.monotonic() - started
    if status:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        raise BenchError(f"{' '.join(command[:4])} … ended with {status}; {log}:\n{tail}")
    return Run(seconds, peak, children_cpu() - used)


def best(runs: Sequence[Run]) -> Run:
    """The fastest run, with the highest peak: noise only ever adds time."""
    return Run(min(r.seconds for r in runs), max(r.peak_mb for r in runs), min(r.cpu_s for r in runs))


def compare(name: str, ours: Sequence[Run], reference: Sequence[Run], goal: float) -> Comparison:
    """Weigh both sides and write build/bench/NAME.json."""
    mine, theirs = best(ours), best(reference)
    result = Comparison(
        name=name,
        ours_s=round(mine.seconds, 3),
        reference_s=round(theirs.seconds, 3),
        ratio=round(mine.seconds / theirs.seconds, 2),
        goal=goal,
        peak_mb=round(mine.peak_mb, 1),
    )
    write(name, asdict(result))
    return result


def write(name: str, data: Mapping[str, object]) -> None:
    """Write build/bench/NAME.json."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=2) + "\n")


def say(text: str) -> None:
    """Progress, for a person."""
    print(text, file=sys.stderr, flush=True)
