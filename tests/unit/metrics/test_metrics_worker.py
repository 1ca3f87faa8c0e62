"""Many routers at once, some of them dead: over real sockets, without a network of routers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = [sys.executable, "-m", "ansible_collections.fairway.backbone.plugins.plugin_utils.metrics"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / ".ansible" / "collections")}
DEADLINE_S = 60.0


@pytest.fixture
def silent() -> Iterator[int]:
    """A port on which connections are accepted by the kernel and nobody ever speaks."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def refusing() -> Iterator[int]:
    """A port that is ours, so that nobody else can listen on it, and on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


def configuration(directory: Path, hung: int, refusing: int, port: int = 0) -> Path:
    router = {"address": "127.0.0.1", "user": "fairway"}
    told = {
        "address": "127.0.0.1",
        "port": port,
        "connect_timeout": 30,
        "routers": [
            {"name": "hung", "platform": "frr", "port": hung, **router},
            {"name": "hung-junos", "platform": "junos", "port": hung, **router},
            {"name": "refuses", "platform": "frr", "port": refusing, **router},
        ],
    }
    file = directory / "config.yml"
    file.write_text(yaml.safe_dump(told))
    return file


@contextmanager
def exporter(file: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen([*PROGRAM, "--config", str(file)], env=ENVIRONMENT, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def scrape(log: Path) -> str:
    """What the exporter serves; it says in its log where, once it does."""
    found = re.search(r"serving 3 routers on \S+ port (\d+)", log.read_text())
    if not found:
        return ""
    with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/metrics", timeout=DEADLINE_S) as answer:
        return str(answer.read().decode())


def until(text: str, log: Path) -> str:
    end = time.monotonic() + DEADLINE_S
    while text not in (seen := scrape(log)):
        assert time.monotonic() < end, f"{text!r} not within {DEADLINE_S:.0f} s; seen: {seen}\n{log.read_text()}"
        time.sleep(0.1)
    return seen


def test_routers_that_hang_do_not_hold_up_the_others_or_a_scrape(tmp_path: Path, silent: int, refusing: int) -> None:
    """The one that refuses is known to be down while the hung ones are still being waited for."""
    file, log = configuration(tmp_path, silent, refusing), tmp_path / "log"
    with exporter(file, log) as process:
        seen = until('fairway_router_faults_total{collector="fast",kind="refused",router="refuses"}', log)
        for name in ("hung", "hung-junos", "refuses"):
            assert f'fairway_router_up{{router="{name}"}} 0.0' in seen
        assert "fairway_router_age_seconds{" not in seen, "nobody was ever seen"
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert "does sshd run there, and is the port right?" in log.read_text()


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, "--config", str(file), *options]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


def test_once_prints_the_metrics_and_the_faults(tmp_path: Path, refusing: int) -> None:
    done = run(configuration(tmp_path, refusing, refusing), "--once")
    assert done.returncode == 1
    assert 'fairway_router_up{router="refuses"} 0.0' in done.stdout
    assert "refuses (127.0.0.1 port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path, silent: int, refusing: int) -> None:
    done = run(configuration(tmp_path, refusing, refusing, port=silent))
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {silent}" in done.stderr
