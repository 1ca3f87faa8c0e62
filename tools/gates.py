"""Run the static gates side by side and print one table: `python -m tools.gates [NAME...]`.

Every gate is a program that says no with its exit status. A gate's output goes to build/gates/NAME.log and is shown
when it fails. The run fails when one gate fails, or could not run at all.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from tools.stage import ROOT, environment

LOGS = ROOT / "build" / "gates"
TIMEOUT = 600.0  # seconds: a gate that hangs is a gate that failed


@dataclass(frozen=True)
class Gate:
    """One check: its name, the programs it runs in order, and what it protects."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    about: str


@dataclass(frozen=True)
class Result:
    """How a gate ended: exit status (0: passed), wall-clock seconds, and its whole output."""

    gate: Gate
    status: int
    seconds: float
    output: str


def tool(module: str, *arguments: str) -> tuple[str, ...]:
    """A gate of our own: a module of tools/."""
    return (sys.executable, "-m", f"tools.{module}", *arguments)


# Slowest first: the pool works best that way.
GATES = (
    Gate("mypy", (("mypy",),), "strict types: plugins, lab, tools, bench, tests"),
    Gate("ansible-lint", (tool("gate_ansible", "lint"),), "profile production, nothing skipped"),
    Gate("sanity", (tool("gate_ansible", "sanity"),), "ansible-test sanity on what ships"),
    Gate("plugin-docs", (tool("gate_ansible", "docs"),), "antsibull-docs: every plugin's documentation"),
    Gate("artifact", (tool("gate_artifact"),), "the built tarball holds what galaxy.yml allows, no more, no less"),
    Gate("schema-docs", (tool("schema_docs", "--check"),), "the tables in docs/ are what the schemas say"),
    Gate("yamllint", (("yamllint", "--strict", "."),), "YAML style"),
    Gate("j2lint", (tool("gate_templates"),), "template style"),
    Gate("ruff", (("ruff", "check", "."), ("ruff", "format", "--check", ".")), "Python style, likely bugs, format"),
    Gate("changelog", (("antsibull-changelog", "lint"),), "changelog fragments"),
    Gate("config", (("ansible-config", "validate", "-t", "all"),), "ansible.cfg holds no unknown key"),
)


def run_gate(gate: Gate) -> Result:
    """Run all commands of a gate, also after one has failed: all complaints at once."""
    started = time.monotonic()
    status, parts = 0, []
    for command in gate.commands:
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
                check=False,
            )
            status, output = status or done.returncode, done.stdout
        except subprocess.TimeoutExpired as expired:
            status, output = 124, f"{command[0]}: no end after {expired.timeout:.0f} s\n"
        except OSError as error:
            status, output = 127, f"{command[0]}: {error.strerror}; run `make setup`\n"
        parts.append(output)
    text = "".join(parts)
    LOGS.mkdir(parents=True, exist_ok=True)
    (LOGS / f"{gate.name}.log").write_text(text)
    return Result(gate, status, time.monotonic() - started, text)


def run_all(gates: Sequence[Gate], jobs: int) -> list[Result]:
    """Run the gates, `jobs` at a time; say when each is done. In the order given, whatever order they end in."""
    results: dict[str, Result] = {}
    with ThreadPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(run_gate, gate) for gate in gates]):
            result = future.result()
            results[result.gate.name] = result
            word = "ok" if result.status == 0 else "FAILED"
            print(f"{result.gate.name:<13} {word:<7} {result.seconds:5.1f} s  {result.gate.about}", flush=True)
    return [results[gate.name] for gate in gates]


def report(results: Sequence[Result]) -> int:
    """Show what failed, whole, and the closing line; return the exit status."""
    failed = [result for result in results if result.status]
    for result in failed:
        print(f"\n--- {result.gate.name} (exit status {result.status}) ---\n{result.output.rstrip()}")
    names = f": {', '.join(result.gate.name for result in failed)}" if failed else ""
    print(f"\n{len(results) - len(failed)} gates passed, {len(failed)} failed{names}", flush=True)
    return 1 if failed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of the gates."""
    parser = argparse.ArgumentParser(prog="python -m tools.gates", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(gate.name for gate in GATES))
    parser.add_argument("--jobs", type=int, default=max(2, (os.cpu_count() or 2) // 2), help="gates at a time")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - {gate.name for gate in GATES}
    if unknown:
        parser.error(f"no such gate: {', '.join(sorted(unknown))}; there are {', '.join(g.name for g in GATES)}")
    chosen = [gate for gate in GATES if not options.names or gate.name in options.names]
    return report(run_all(chosen, options.jobs))


if __name__ == "__main__":
    sys.exit(main())
