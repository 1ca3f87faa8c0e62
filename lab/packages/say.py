"""Output of the package tools. Like apt's it may be lost, and the work goes on."""

from __future__ import annotations

import os
from contextlib import suppress

FAILED = 100
"""apt's exit status for an error."""


class Failed(Exception):
    """The tool ends: ``lines`` go to standard error, ``status`` is its exit status."""

    def __init__(self, *lines: str, status: int = FAILED) -> None:
        """``lines`` without newlines."""
        super().__init__("\n".join(lines))
        self.lines, self.status = lines, status


def out(text: str) -> None:
    """A line on standard output; nobody may be listening any more."""
    _write(1, text)


def err(text: str) -> None:
    """A line on standard error."""
    _write(2, text)


def _write(descriptor: int, text: str) -> None:
    with suppress(OSError):
        os.write(descriptor, f"{text}\n".encode())


def not_modelled(tool: str, what: str) -> Failed:
    """The lab does not pretend."""
    return Failed(f"E: the lab's {tool} does not model {what}; docs/lab.md says what it does")
