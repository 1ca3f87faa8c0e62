"""Render and validate a fleet: Fairway beside a plain Jinja2 loop over the same templates."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.measure import ROOT, BenchError, Comparison, Run, compare, say

NAME, GOAL = "render", 3.0


def run_side(side: str, routers: int) -> dict[str, Any]:
    """One side in a fresh process: what bench.render_side prints."""
    path = os.pathsep.join([str(ROOT), str(ROOT / ".ansible" / "collections")])
    command = [sys.executable, "-m", "bench.render_side", side, "--routers", str(routers)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchError(f"render, side {side}, ended with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measure(routers: int, repeat: int) -> Comparison:
    """Run both sides `repeat` times, in turns. Raises BenchError when their texts differ by a byte."""
    say(f"{NAME}: {routers} routers, half Junos, half FRR")
    runs: dict[str, list[Run]] = {"ours": [], "plain": []}
    digests = set()
    for turn in range(repeat):
        for side in ("ours", "plain") if turn % 2 == 0 else ("plain", "ours"):
            result = run_side(side, routers)
            digests.add(result["digest"])
            runs[side].append(Run(result["seconds"], result["peak_mb"]))
            say(f"{NAME}: {side:<9} {result['seconds']:7.2f} s {result['peak_mb']:7.0f} MB")
    if len(digests) != 1:
        raise BenchError("the two sides rendered different texts")
    return compare(NAME, runs["ours"], runs["plain"], GOAL)
