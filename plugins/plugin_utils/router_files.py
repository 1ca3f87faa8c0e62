# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a router, whatever it runs: `file_hand` binds the platform's functions to a router."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.router_file import Copied, FileStat
from ansible_collections.fairway.backbone.plugins.plugin_utils import frr_files
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router

Progress = Callable[[int, int], None]
"""Called with octets that are there, and octets in all."""


@dataclass(frozen=True)
class FileHand:
    """Everything raises RouterFault; kinds besides those of platform.py: space, checksum."""

    router: Router
    functions: Any

    def stat(self, path: str) -> FileStat | None:
        """Size and kind of a file; None when there is none."""
        found: FileStat | None = self.functions.stat(self.router, path)
        return found

    def checksum(self, path: str) -> str | None:
        """The SHA-256 of a file in hexadecimal; None when there is no such file."""
        found: str | None = self.functions.file_checksum(self.router, path)
        return found

    def free_bytes(self, path: str) -> int | None:
        """Octets free where the path is; None when the router does not tell."""
        found: int | None = self.functions.free_bytes(self.router, path)
        return found

    def put(self, local: str | Path, remote: str, progress: Progress | None = None, timeout: float = 60.0) -> Copied:
        """Copy a file: under its name there is the whole file or what was there before."""
        done: Copied = self.functions.put(self.router, local, remote, progress, timeout)
        return done

    def read_text(self, path: str) -> str | None:
        """A small text file; None when there is none."""
        text: str | None = self.functions.read_text(self.router, path)
        return text

    def write_text(self, path: str, text: str) -> None:
        """Write a small text file whole or not at all; its directory is made when missing (Junos: one level)."""
        self.functions.write_text(self.router, path, text)

    def remove(self, path: str) -> bool:
        """Delete a file; False when there was none."""
        return bool(self.functions.remove(self.router, path))


def file_hand(router: Router) -> FileHand:
    """The files of this router."""
    if router.platform == "junos":
        # Imported only where it is wanted: an FRR router needs no NETCONF library.
        from ansible_collections.fairway.backbone.plugins.plugin_utils import junos_files

        return FileHand(router, junos_files)
    return FileHand(router, frr_files)
