"""`python -m bench [NAME...]`: Fairway beside plain code that does the same work, in one run, with a table at the end.

render          render and validate a fleet, beside a plain Jinja2 loop over the same templates
deploy_delay    playbooks/deploy.yml beside a bare PyEZ thread pool of the same width; a commit takes 3 s
deploy          the same, where a commit takes no time
steering        one steering decision: 1,000 routers, 4,000 links, 200 sick paths; goal 1 s
detection       onset of loss to alert by replayed counters, beside the bound; false alarms on clean days
incident        30 % loss on a backbone of the lab to healthy users, stage by stage; the change beside what others do
live            onset of loss to alert on the lab, RPM's path and smokeping's, beside their bounds

Each side runs several times, in turns; the best time of each counts. Numbers are also in build/bench/NAME.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench import detection, incident, live, render, steering
from bench.deploy import Deploy, report_memory
from bench.measure import BenchError, Comparison, say

NAMES = ("render", "deploy_delay", "deploy", "steering", "detection", "incident", "live")
SIDES = 2
"""Runs of each side, when nobody says how many."""


def table(results: Sequence[Comparison]) -> str:
    """The comparison side by side; nothing when nothing was compared."""
    if not results:
        return ""
    head = f"{'benchmark':<14}{'Fairway':>11}{'reference':>12}{'ratio':>8}{'goal':>7}{'peak memory':>14}"
    lines = [
        f"{r.name:<14}{r.ours_s:>9.2f} s{r.reference_s:>10.2f} s{r.ratio:>8.2f}{r.goal:>7.1f}{r.peak_mb:>11.0f} MB"
        f"  {'ok' if r.ratio <= r.goal else 'TOO SLOW'}"
        for r in results
    ]
    return "\n".join([head, *lines])


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"which benchmarks: {', '.join(NAMES)} (default: all)")
    add("--routers", type=int, default=200, help="emulated routers to deploy to (default 200)")
    add("--render-routers", type=int, default=1000, help="routers to render (default 1000)")
    add("--width", type=int, default=32, help="forks of Ansible and threads of the reference (default 32)")
    add("--delay", type=float, default=3.0, help="seconds a commit takes in deploy_delay (default 3)")
    add(
        "--repeat",
        type=int,
        help=f"runs of each side (default {SIDES}); of live, onsets on each path (default {live.REPEAT})",
    )
    add("--onsets", type=int, default=101, help="onsets of loss to replay in detection (default 101)")
    add("--incidents", type=int, default=5, help="incidents on the lab (default 5)")
    add("--days", type=int, default=10, help="clean days to replay in detection (default 10)")
    return parser


def run_all(options: argparse.Namespace) -> tuple[list[Comparison], list[str]]:
    """Run the chosen benchmarks; returns the comparisons and further lines to print."""
    chosen = options.names or list(NAMES)
    repeat = options.repeat or SIDES
    results: list[Comparison] = []
    notes: list[str] = []
    if "render" in chosen:
        results.append(render.measure(options.render_routers, repeat))
    peaks = []
    for name, goal, delay in (("deploy_delay", 2.0, options.delay), ("deploy", 5.0, 0.0)):
        if name in chosen:
            result, peak = Deploy(name, goal, options.routers, options.width, delay, repeat).measure()
            results.append(result)
            peaks.append(peak)
    if peaks:
        notes.append(report_memory(options.routers, max(peaks)))
    if "steering" in chosen:
        notes.append(steering.measure(routers=1000, links=4000, sick=200, repeat=repeat))
    if "detection" in chosen:
        notes += detection.measure(options.onsets, options.days)
    if "incident" in chosen:
        notes += ["", *incident.measure(options.incidents)]
    if "live" in chosen:
        notes += ["", *live.measure(options.repeat or live.REPEAT)]
    return results, notes


def main() -> int:
    """Run, print the table. Fails when a side did not do its work, not when a goal is missed on a busy machine."""
    parser = arguments()
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    try:
        results, notes = run_all(options)
    except BenchError as error:
        say(f"bench: {error}")
        return 1
    print("\n".join(["", table(results), *notes]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
