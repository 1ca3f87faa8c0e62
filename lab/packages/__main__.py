"""`python -m lab.packages TOOL ARGUMENT...`: what the lab's `apt-get` and its relatives start."""

from __future__ import annotations

import sys

from lab.packages import aptget, query
from lab.packages.say import Failed, err
from lab.packages.store import here

TOOLS = {"apt-get": aptget.main, "apt-cache": query.cache, "dpkg-query": query.query, "dpkg": query.dpkg}


def main(arguments: list[str]) -> int:
    """Run a tool; returns its exit status."""
    try:
        return TOOLS[arguments[0]](here(), arguments[1:])
    except Failed as failed:
        for line in failed.lines:
            err(line)
        return failed.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
