"""One steering decision over a large network with many sick paths, beside the plain way for one of these paths."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.measure import ROOT, BenchError, say, write

NAME, GOAL_S = "steering", 1.0


def measure(routers: int, links: int, sick: int, repeat: int) -> str:
    """Time the decision in a fresh process; the best of the runs counts. Returns lines for under the table."""
    say(f"{NAME}: {routers} routers, {links} links, {sick} sick paths; load of the machine {os.getloadavg()[0]:.1f}")
    done = run_side("--routers", routers, "--links", links, "--sick", sick, "--repeat", max(repeat, 5))
    if not done["steered"]:
        raise BenchError("steering: nothing was steered")
    write(NAME, {"name": NAME, "goal_s": GOAL_S, "routers": routers, "links": links, "sick": sick, **done})
    verdict = "ok" if done["seconds"] < GOAL_S else "TOO SLOW"
    return (
        f"{NAME:<14}{done['seconds']:>9.2f} s  a decision: {sick} of {done['paths']} paths sick, "
        f"{done['steered']} steered, "
        f"{done['cpu_s']:.2f} s of processor, goal {GOAL_S:.0f} s  {verdict}\n"
        f"{'':<14}{done['plain_one_path_s']:>9.2f} s  the plain way, a shortest-path tree per site, for one sick path"
    )


def run_side(*options: object) -> dict[str, Any]:
    """What bench.steering_side prints."""
    path = os.pathsep.join([str(ROOT), str(ROOT / ".ansible" / "collections")])
    command = [sys.executable, "-m", "bench.steering_side", *map(str, options)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchError(f"steering ended with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
