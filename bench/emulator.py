"""Many emulated routers in one process, and a private home that knows their keys."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from bench.measure import ROOT, BenchError, Sampler, memory_mb

USER = "fairway"
READY_WITHIN = 120.0  # seconds for all routers together


def make_home(directory: Path) -> Path:
    """A home with a key pair of its own: neither the caller's keys nor their known_hosts are used or touched."""
    ssh = directory / ".ssh"
    ssh.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ssh / "id_ed25519"
    if not key.exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "fairway-bench", "-f", str(key)]
        subprocess.run(command, check=True)
    return directory


def public_key(home: Path) -> str:
    """The public half of the home's key."""
    return (home / ".ssh" / "id_ed25519.pub").read_text().strip()


class Emulator:
    """`python -m lab.junos --count N` for the length of a `with` block.

    The routers listen on 127.0.0.1 from `port` upward and know the key of `home`, whose known_hosts is written anew.
    """

    def __init__(self, count: int, port: int, home: Path, log: Path, commit_delay: float = 0.0) -> None:
        self.count, self.port, self.home, self.log, self.commit_delay = count, port, home, log, commit_delay
        self.process: subprocess.Popen[bytes] | None = None
        self.sampler: Sampler | None = None

    def command(self) -> list[str]:
        """The emulator's command line."""
        ssh = self.home / ".ssh"
        return [
            *(sys.executable, "-m", "lab.junos", "--listen", f"127.0.0.1:{self.port}", "--count", str(self.count)),
            *("--user", USER, "--authorized-keys", str(ssh / "id_ed25519.pub")),
            *("--host-key", str(self.home / "host_key"), "--print-host-key", str(self.home / "host_key.pub")),
            *("--commit-delay", str(self.commit_delay)),
        ]

    def __enter__(self) -> Emulator:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as errors:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
        try:
            self._wait_until_ready(self.process)
            self._write_known_hosts()
        except BaseException:
            self._end()
            raise
        self.sampler = Sampler(self.process.pid)
        self.sampler.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    @property
    def peak_mb(self) -> float:
        """The most memory the emulator's process took so far."""
        return max(self.sampler.peak_mb if self.sampler else 0.0, memory_mb(self.process.pid) if self.process else 0.0)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        deadline, seen = time.monotonic() + READY_WITHIN, b""
        while seen.count(b"ready ") < self.count:
            left = deadline - time.monotonic()
            readable, _, _ = select.select([process.stdout], [], [], max(left, 0))
            data = os.read(process.stdout.fileno(), 65536) if readable else b""
            if not data:
                ready = seen.count(b"ready ")
                raise BenchError(
                    f"{ready} of {self.count} emulated routers were ready after {READY_WITHIN:.0f} s; {self.log}:\n"
                    + self.log.read_text(errors="replace")[-2000:]
                )
            seen += data

    def _write_known_hosts(self) -> None:
        key = " ".join((self.home / "host_key.pub").read_text().split()[:2])
        ports = range(self.port, self.port + self.count)
        lines = [f"[127.0.0.1]:{port} {key}\n" for port in ports]
        (self.home / ".ssh" / "known_hosts").write_text("".join(lines))

    def _end(self) -> None:
        if self.sampler:
            self.sampler.stop()
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
