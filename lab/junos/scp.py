"""The router's files: a directory of its own per router, reached by SCP, SFTP, the shell and the file RPCs."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import posixpath
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

DIRECTORIES = ("var/tmp", "var/home", "var/log", "config", "tmp")


@dataclass
class Disk:
    """What a test may do to the disk and to copies. `free`: octets that still fit on it, None for plenty; `stall`: a
    copy stands still once it has written so many octets; `cut`: its connection ends then, once."""

    free: int | None = None
    stall: int | None = None
    cut: int | None = None


class Files:
    """A virtual root: made on first use, below `directory` or in a temporary directory that `close` removes."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._root: Path | None = None
        self.disk = Disk()

    @property
    def root(self) -> Path:
        """The real directory that is the router's `/`."""
        if self._root is None:
            self._root = self._directory or Path(tempfile.mkdtemp(prefix="lab-junos-"))
            for name in DIRECTORIES:
                (self._root / name).mkdir(parents=True, exist_ok=True)
        return self._root

    def home(self, user: str) -> str:
        """The user's home directory on the router, made when missing."""
        path = f"/var/home/{user.replace('/', '_').strip('.') or 'user'}"
        (self.root / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
        return path

    def real(self, path: str, user: str, cwd: str | None = None) -> Path:
        """Where a router's path is stored; `..` and symbolic links cannot lead out of the root."""
        here = cwd or self.home(user)
        if path.startswith("~"):
            path = self.home(user) + path[1:]
        return self.root / posixpath.normpath(posixpath.join("/", here, path)).lstrip("/")

    def checksum(self, path: str, user: str, algorithm: str) -> str:
        """The hexadecimal md5, sha1 or sha256 of a file; raises OSError when it cannot be read."""
        digest = hashlib.new(algorithm, usedforsecurity=False)
        with self.real(path, user).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def take(self, path: Path, octets: int) -> None:
        """Use up space of the disk for a file; raises OSError when it is full."""
        if self.disk.free is not None:
            if octets > self.disk.free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"/{path.relative_to(self.root)}")
            self.disk.free -= octets

    def give_back(self, octets: int) -> None:
        """Space that a deleted or shortened file leaves."""
        if self.disk.free is not None:
            self.disk.free += octets

    def delete(self, path: Path) -> None:
        """Delete a file; raises OSError when there is none."""
        octets = path.stat().st_size
        path.unlink()
        self.give_back(octets)

    def close(self) -> None:
        """Remove what was made for this process only."""
        if self._root is not None and self._directory is None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None


class FileServer(asyncssh.SFTPServer):
    """SFTP, and SCP on top of it, inside one router's files; relative paths begin at the user's home."""

    def __init__(self, channel: asyncssh.SSHServerChannel[Any], files: Files, user: str) -> None:
        self._files = files
        self._home = files.home(user).encode()
        self._written = 0
        self._gone = False
        super().__init__(channel, chroot=str(files.root).encode())

    def map_path(self, path: bytes) -> bytes:
        """Resolve against the home directory, then below the chroot."""
        return super().map_path(posixpath.join(self._home, path))

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        """Open a file; one that is emptied leaves its space."""
        there = Path(os.fsdecode(self.map_path(path)))
        if pflags & asyncssh.FXF_TRUNC and there.is_file():
            self._files.give_back(there.stat().st_size)
        return super().open(path, pflags, attrs)

    async def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        """Write, as far as the disk and the test allow."""
        path = Path(os.fsdecode(file_obj.name))
        self._files.take(path, max(0, offset + len(data) - path.stat().st_size))
        written: Any = super().write(file_obj, offset, data)
        self._written += len(data)
        disk = self._files.disk
        if disk.cut is not None and self._written >= disk.cut:
            disk.cut = None
            self.connection.abort()
        while not self._gone and disk.stall is not None and self._written >= disk.stall:
            await asyncio.sleep(0.02)
        return int(written)

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        self._files.delete(Path(os.fsdecode(self.map_path(path))))

    def exit(self) -> None:
        """The client has finished: programs that speak SFTP expect an exit status, as from a server program."""
        self._gone = True
        if self.channel.get_subsystem() == "sftp":
            self.channel.exit(0)

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """Refused: a link could point out of the router's files."""
        raise asyncssh.SFTPPermissionDenied("symbolic links are not supported")
