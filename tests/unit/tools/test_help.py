"""Every program that pages name can be started as they write it, and says how it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
PROGRAMS = (
    "lab",
    "lab.junos",
    "bench",
    "tools.gates",
    "tools.schema_docs",
    "tools.timeline",
    "tools.timeline_collect",
    "tools.transcript",
    "tools.update_goldens",
)


def test_every_program_tells_its_own_name_and_changes_nothing() -> None:
    running = {
        name: subprocess.Popen(
            [sys.executable, "-m", name, "--help"],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in PROGRAMS
    }
    for name, process in running.items():
        said, complaint = process.communicate(timeout=60)
        assert (process.returncode, complaint) == (0, ""), name
        assert said.startswith(f"usage: python -m {name} "), said[:80]
