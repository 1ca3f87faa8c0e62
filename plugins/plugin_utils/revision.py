# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which revision a directory is of, as Git describes it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

UNKNOWN = "unknown"
"""No directory is a Git repository with a commit, or there is no Git."""

TIMEOUT_S = 10.0


def revision(directories: Iterable[str | Path]) -> str:
    """The tag or commit (git-describe(1)) of the first directory that Git knows, ``-dirty`` when it was edited; else
    UNKNOWN."""
    for directory in directories:
        argv = ["git", "-C", str(directory), "describe", "--always", "--dirty"]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and (found := done.stdout.strip()):
            return found
    return UNKNOWN
