# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller that may hold secrets: for their owner alone, and never half written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MODE = 0o600
"""Configurations hold secrets: only their owner may read them."""


def write_private(path: Path, text: str) -> bool:
    """Replace the file in one step when its content or mode differs; whether it did. Raises OSError."""
    data = text.encode()
    try:
        if path.read_bytes() == data and path.stat().st_mode & 0o777 == MODE:
            return False
    except FileNotFoundError:
        pass
    # mkstemp makes the file 0600 from the start; a reader sees the old file or the new one.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return True
