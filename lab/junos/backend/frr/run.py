"""Running the programs of the data plane: vtysh, ip, nft, ping."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Any

from lab.junos.backend.base import BackendError

TIMEOUT = 60.0
"""Seconds after which a program is taken for stuck."""


def run(
    arguments: Sequence[str], text: str | None = None, timeout: float = TIMEOUT
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; raises BackendError when it is not there or does not end."""
    try:
        return subprocess.run(
            list(arguments), input=text, capture_output=True, text=True, timeout=timeout, check=False,
            stdin=None if text is not None else subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise BackendError(f"data plane: {arguments[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise BackendError(f"data plane: {' '.join(arguments)} did not end within {timeout:.0f} s") from None


def ip_json(*arguments: str) -> list[dict[str, Any]]:
    """`ip -j ARGUMENTS`, parsed; an empty list when it fails."""
    done = run(["ip", "-j", *arguments])
    if done.returncode != 0 or not done.stdout.strip():
        return []
    found = json.loads(done.stdout)
    return [item for item in found if item] if isinstance(found, list) else []


def ip_batch(commands: Sequence[str]) -> list[str]:
    """Run `ip` commands in one process, going on after errors; returns the error lines."""
    if not commands:
        return []
    done = run(["ip", "-force", "-batch", "-"], "\n".join(commands) + "\n")
    return [line for line in done.stderr.splitlines() if line and not line.startswith("Command failed")]


def vtysh(command: str) -> str:
    """The output of a show command; empty when a daemon does not answer."""
    return run(["vtysh", "-c", command]).stdout


def configure(commands: Sequence[str]) -> list[str]:
    """Apply configuration lines; returns what FRR complained about (`line 7: % Unknown command`)."""
    if not commands:
        return []
    with tempfile.NamedTemporaryFile("w", prefix="fairway-", suffix=".conf") as file:
        file.write("\n".join(commands) + "\n")
        file.flush()
        done = run(["vtysh", "-f", file.name])
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
    return [line for line in said if line.startswith(("%", "line ")) or "ailed" in line]
