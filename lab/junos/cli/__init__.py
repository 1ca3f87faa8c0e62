"""The command line of a router: operational mode, configuration mode and the Unix shell behind them."""

from __future__ import annotations

from lab.junos.cli.operational import run_command
from lab.junos.cli.shell import run_exec, run_shell

__all__ = ["run_command", "run_exec", "run_shell"]
