"""A transcript holds what a person saw, the same from run to run, or is not written at all."""

from __future__ import annotations

import getpass
import subprocess
import sys
from pathlib import Path

import pytest

from tools.transcript import ROOT, Rules

# Reads as Ansible does: raw, key by key, its reader not blocked, and the line cleared when it was taken.
ASKS = """
import os, sys, termios, time, tty
def ask():
    print("Reboot? C continue, A abort, then Enter:", flush=True)
    before = termios.tcgetattr(0)
    tty.setraw(0)
    os.set_blocking(0, False)
    typed = b""
    while not typed.endswith((b"\\r", b"\\x03")):
        try:
            typed += os.read(0, 1)
        except BlockingIOError:
            time.sleep(0.005)
    os.set_blocking(0, True)
    termios.tcsetattr(0, termios.TCSADRAIN, before)
    sys.stdout.write("\\x1b[\\r\\x1b[\\x1b[K")
    return typed[:-1].decode() or "nothing"
for _time in range(2):
    print("\\x1b[32mtold", ask(), "\\x1b[0m at 12:13:14")
sys.exit(3)
"""


def transcript(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "tools.transcript", str(file), "--timeout", "30", *options]
    argv += ["--show", "runbook", "--", sys.executable, "-c", ASKS]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_what_was_asked_and_answered_is_written_down(tmp_path: Path) -> None:
    file = tmp_path / "new" / "transcript.txt"
    done = transcript(file, "--answer", "c", "--answer", "^C", "--status", "3")
    assert done.returncode == 0, done.stderr
    asked = "Reboot? C continue, A abort, then Enter:"
    assert file.read_text(encoding="utf-8") == (
        f"$ runbook\n\n{asked} c\ntold c  at 03:04:05\n{asked} ^C\ntold nothing  at 03:04:05\n"
    )


@pytest.mark.parametrize(
    "options, why",
    [
        (("--answer", "c", "--status", "3"), "asks once more"),
        (("--answer", "c", "--answer", "c", "--answer", "c", "--status", "3"), "the program ended"),
        (("--answer", "c", "--answer", "c"), "it ended with 3, expected 0"),
    ],
)
def test_a_run_that_went_otherwise_is_not_written_down(tmp_path: Path, options: tuple[str, ...], why: str) -> None:
    file = tmp_path / "transcript.txt"
    done = transcript(file, *options)
    assert done.returncode == 1
    assert why in done.stderr
    assert not file.exists()


def test_what_differs_from_run_to_run_is_replaced() -> None:
    user = getpass.getuser()
    text = f"""PLAY [Upgrade] ******************
12:13:14  copying {ROOT}/build/x.tgz, 3.27 s

change fw-20261121T140752-6f76b7 by {user}, jkt-r1 goes on ({user})
drained since 2026-11-21T14:07:52Z
approve upgrade-jkt-r1-drain-20261121T140752Z-6f76b761fcf6fba7



copied 10 %
copied 40 %
copied 100 %
rate 31 kbit/s
"""
    fixed = Rules([(r"rate \d+", "rate 3")], [r"copied +\d+ %"]).apply(text)
    assert (
        fixed
        == """PLAY [Upgrade]
03:04:05  copying build/x.tgz, 1.0 s

change fw-20260102T030405-a1b2c3 by ann, jkt-r1 goes on (ann)
drained since 2026-01-02T03:04:05Z
approve upgrade-jkt-r1-drain-20260102T030405Z-0123456789abcdef

copied 10 %
copied 100 %
rate 3 kbit/s
"""
    )
    assert Rules().apply(fixed) == fixed.replace("rate 31", "rate 3")
