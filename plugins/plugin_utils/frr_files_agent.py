# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that handles files on an FRR router: one request in, content after it, one JSON line out.

frr_files.py sends it over the host's connection; nothing is installed. Standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import stat
import time
from pathlib import Path
from typing import IO, Any

MARK = "fairway-reply "
_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)
# A program whose connection was cut ends within moments.
_LOCK_WAIT_S = 5.0


class Refusal(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def answer(request: dict[str, Any], content: IO[bytes]) -> None:
    """Do what the request asks, and print what came of it."""
    try:
        reply = {"ok": True, **_OPERATIONS[request["op"]](request, content)}
    except Refusal as refusal:
        reply = {"ok": False, "kind": refusal.kind, "message": str(refusal)}
    except OSError as error:
        kind = "space" if error.errno in _FULL else "rejected"
        message = f"{error.filename or request['path']}: {error.strerror}"
        reply = {"ok": False, "kind": kind, "message": message}
    print(MARK + json.dumps(reply), flush=True)


def look(request: dict[str, Any], _content: IO[bytes]) -> dict[str, Any]:
    """Size, kind, free space where it is, and the SHA-256 of the whole file when it is asked for."""
    path = Path(request["path"])
    found: dict[str, Any] = {"exists": False, "free": _free(path.parent)}
    try:
        status = path.stat()
    except FileNotFoundError:
        return found
    found.update(exists=True, size=status.st_size, directory=stat.S_ISDIR(status.st_mode))
    if request.get("sha256") and stat.S_ISREG(status.st_mode):
        found["sha256"] = _sha256(path)
    return found


def append(request: dict[str, Any], content: IO[bytes]) -> dict[str, Any]:
    """Put content at `offset`, which must be the file's end: 0 begins anew."""
    path, offset = Path(request["path"]), int(request["offset"])
    with _create(path) as file:
        _lock(file, path)
        if offset == 0:
            file.truncate(0)
        there = os.fstat(file.fileno()).st_size
        if there != offset:
            raise Refusal("lost", f"{path} has {there} octets, not {offset}: somebody else copies the same file")
        file.seek(offset)
        try:
            while block := content.read(_BLOCK):
                _write(file, block)
            os.fsync(file.fileno())
        except OSError as error:
            if error.errno in _FULL:
                # A full disk is worse than a copy from the beginning. What is buffered must not be tried again.
                path.unlink()
            raise
        return {"size": file.tell()}


def finish(request: dict[str, Any], _content: IO[bytes]) -> dict[str, Any]:
    """Give a part its name when it is the right content; remove it when not."""
    path, part = Path(request["path"]), Path(request["part"])
    try:
        got = _sha256(part)
    except FileNotFoundError:
        # A reply that was lost is asked for again: it may have its name already.
        return {"sha256": _sha256(path) if path.is_file() else ""}
    if got == request["sha256"]:
        part.replace(path)
        _sync(path.parent)
    else:
        part.unlink()
    return {"sha256": got}


def read(request: dict[str, Any], _content: IO[bytes]) -> dict[str, Any]:
    """A text file."""
    try:
        return {"text": Path(request["path"]).read_text(encoding="utf-8", errors="replace")}
    except FileNotFoundError:
        return {"text": None}


def write(request: dict[str, Any], content: IO[bytes]) -> dict[str, Any]:
    """Write a text file whole or not at all, with the directories above it."""
    path, part = Path(request["path"]), Path(request["part"])
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        with _create(part) as file:
            file.truncate(0)
            _write(file, content.read())
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync(path.parent)
    return {}


def remove(request: dict[str, Any], _content: IO[bytes]) -> dict[str, Any]:
    """Delete a file."""
    try:
        Path(request["path"]).unlink()
    except FileNotFoundError:
        return {"removed": False}
    return {"removed": True}


_OPERATIONS = {"look": look, "append": append, "finish": finish, "read": read, "write": write, "remove": remove}


def _create(path: Path) -> IO[bytes]:
    """Open a file for writing as it is, or a new one; never what a symbolic link leads to. Unbuffered: what does not
    fit on the disk is an error of the write, not of the close."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644), "wb", buffering=0)


def _write(file: IO[bytes], content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]


def _lock(file: IO[bytes], path: Path) -> None:
    end = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Refusal("locked", f"somebody else is copying {path} now") from None
            time.sleep(0.1)
        else:
            return


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _free(directory: Path) -> int:
    while not directory.is_dir():
        directory = directory.parent
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
