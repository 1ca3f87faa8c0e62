"""The router's files: a directory of its own per router, reached by SCP, SFTP, the shell and the file RPCs."""

from __future__ import annotations

import hashlib
import posixpath
import shutil
import tempfile
from pathlib import Path
from typing import Any

import asyncssh

DIRECTORIES = ("var/tmp", "var/home", "var/log", "config", "tmp")


class Files:
    """A virtual root: made on first use, below `directory` or in a temporary directory that `close` removes."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._root: Path | None = None

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

    def close(self) -> None:
        """Remove what was made for this process only."""
        if self._root is not None and self._directory is None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None


class FileServer(asyncssh.SFTPServer):
    """SFTP, and SCP on top of it, inside one router's files; relative paths begin at the user's home."""

    def __init__(self, channel: asyncssh.SSHServerChannel[Any], files: Files, user: str) -> None:
        self._home = files.home(user).encode()
        super().__init__(channel, chroot=str(files.root).encode())

    def map_path(self, path: bytes) -> bytes:
        """Resolve against the home directory, then below the chroot."""
        return super().map_path(posixpath.join(self._home, path))

    def exit(self) -> None:
        """The client has finished: programs that speak SFTP expect an exit status, as from a server program."""
        if self.channel.get_subsystem() == "sftp":
            self.channel.exit(0)

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """Refused: a link could point out of the router's files."""
        raise asyncssh.SFTPPermissionDenied("symbolic links are not supported")
