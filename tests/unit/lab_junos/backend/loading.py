"""Junos text for tests of the data plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.junos.config import Tree, active_data, load

GOLDEN = Path(__file__).parent / "golden"
BACKBONE = (GOLDEN / "backbone.conf").read_text()


def tree(text: str, *sets: str) -> Tree:
    """A configuration from curly text and, on top, set commands."""
    made = Tree.empty()
    for source, fmt, action in ((text, "text", "override"), ("\n".join(sets), "set", "set")):
        if source:
            report = load(made, source, fmt, action)
            assert report.errors == [], report.errors
    return made


def data(text: str, *sets: str) -> dict[str, Any]:
    """`active_data` of the same."""
    return active_data(tree(text, *sets))
