# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksum of a file on the controller."""

from __future__ import annotations

import hashlib
from pathlib import Path

_BLOCK = 1 << 20


def local_sha256(path: Path, length: int | None = None) -> str:
    """Hexadecimal SHA-256 of a file, or of its first `length` octets. Raises OSError."""
    digest = hashlib.sha256()
    left = length
    with path.open("rb") as file:
        while block := file.read(_BLOCK if left is None else min(_BLOCK, left)):
            digest.update(block)
            if left is not None:
                left -= len(block)
    return digest.hexdigest()
