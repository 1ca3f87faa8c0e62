# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of an FRR router, over the host's own connection. A long file goes in pieces, and goes on where it ended."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.fairway.backbone.plugins.module_utils.router_file import (
    PART,
    Copied,
    FileStat,
    arrival_complaint,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.file_digest import local_sha256
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

if TYPE_CHECKING:
    from ansible_collections.fairway.backbone.plugins.plugin_utils.frr import FrrRouter

Progress = Callable[[int, int], None]
"""Called with octets that are there, and octets in all."""

PIECE = 8 << 20
"""Octets of one piece: what a controller holds in memory, and what at most is sent twice."""

_PACKAGE = "ansible_collections.fairway.backbone.plugins.plugin_utils"
_MARK = "fairway-reply "
_PROGRAM = files(_PACKAGE).joinpath("frr_files_agent.py").read_text(encoding="utf-8")
_START = (
    "import sys,json,types;"
    "b=sys.stdin.buffer;p=json.loads(b.readline());"
    "m=types.ModuleType('fairway_files');sys.modules[m.__name__]=m;"
    "exec(compile(p['program'],m.__name__,'exec'),m.__dict__);m.answer(p['request'],b)"
)
_TRIES = 3


def _ask(router: FrrRouter, op: str, path: str, content: bytes = b"", **request: Any) -> dict[str, Any]:
    """One request and its content. Raises RouterFault: the transport's, the router's, or `lost` without a reply."""
    head = {"program": _PROGRAM, "request": {"op": op, "path": path, **request}}
    command = f"{shlex.quote(router.python)} -c {shlex.quote(_START)}"
    code, out, err = router.transport(command, json.dumps(head).encode() + b"\n" + content)
    for line in out.splitlines():
        if line.startswith(_MARK):
            reply: dict[str, Any] = json.loads(line[len(_MARK) :])
            if not reply["ok"]:
                raise RouterFault(reply["kind"], f"{router.name}: {reply['message']}")
            return reply
    last = (err.strip() or out.strip() or "it said nothing").splitlines()[-1]
    if code == 127 or "not found" in last:
        raise RouterFault(
            "refused", f"{router.name}: {router.python} does not run: {last}: set ansible_python_interpreter"
        )
    raise RouterFault("lost", f"{router.name}: the program on the router ended ({code}) without a reply: {last}")


def _again(router: FrrRouter, op: str, path: str, **request: Any) -> dict[str, Any]:
    """A request that may be made twice, made again when its reply was lost."""
    for _try in range(_TRIES - 1):
        try:
            return _ask(router, op, path, **request)
        except RouterFault as fault:
            if fault.kind != "lost":
                raise
    return _ask(router, op, path, **request)


def stat(router: FrrRouter, path: str) -> FileStat | None:
    """Size and kind of a file; None when there is none. Raises RouterFault."""
    found = _again(router, "look", path)
    return FileStat(found["size"], found["directory"]) if found["exists"] else None


def file_checksum(router: FrrRouter, path: str) -> str | None:
    """The SHA-256 of a file in hexadecimal; None when there is no such file. Raises RouterFault."""
    return _again(router, "look", path, sha256=True).get("sha256")


def free_bytes(router: FrrRouter, path: str) -> int | None:
    """Octets that this user may still write where the path is. Raises RouterFault."""
    return int(_again(router, "look", path)["free"])


def read_text(router: FrrRouter, path: str) -> str | None:
    """A small text file; None when there is none. Raises RouterFault."""
    text: str | None = _again(router, "read", path)["text"]
    return text


def write_text(router: FrrRouter, path: str, text: str) -> None:
    """Write a small text file whole, or not at all; missing directories are made. Raises RouterFault."""
    for left in reversed(range(_TRIES)):
        try:
            _ask(router, "write", path, text.encode(), part=path + PART)
            return
        except RouterFault as fault:
            if fault.kind != "lost" or not left:
                raise


def remove(router: FrrRouter, path: str) -> bool:
    """Delete a file; False when there was none. Raises RouterFault."""
    return bool(_again(router, "remove", path)["removed"])


def put(
    router: FrrRouter, local: str | Path, remote: str, progress: Progress | None = None, timeout: float = 60.0
) -> Copied:
    """Copy a file under a name of its own, verify it, and only then give it its name. Raises RouterFault.

    A copy that was interrupted leaves `remote`.part, which the next one goes on with. How long a silent connection is
    waited for is the connection's own business (ServerAliveInterval), so `timeout` is not used here.
    """
    local = Path(local)
    size, part, tell = local.stat().st_size, remote + PART, progress or (lambda done, total: None)
    kept = _usable(router, local, part)
    _send(router, local, part, kept, lambda done: tell(done, size))
    want = local_sha256(local)
    got = _again(router, "finish", remote, part=part, sha256=want)["sha256"]
    if got != want:
        raise RouterFault("checksum", f"{router.name}: {arrival_complaint(remote, got, want)}")
    return Copied(size - kept, kept)


def _usable(router: FrrRouter, local: Path, part: str) -> int:
    """How much of the file an earlier attempt left on the router, if that is what it left."""
    found = _again(router, "look", part, sha256=True)
    if not found["exists"] or not 0 < found["size"] <= local.stat().st_size:
        return 0
    there = int(found["size"])
    return there if found.get("sha256") == local_sha256(local, there) else 0


def _send(router: FrrRouter, local: Path, part: str, kept: int, tell: Callable[[int], None]) -> None:
    tries, best = _TRIES, kept
    with local.open("rb") as source:
        while True:
            source.seek(kept)
            piece = source.read(PIECE)
            if not piece and kept:
                return
            try:
                kept = int(_ask(router, "append", part, piece, offset=kept)["size"])
            except RouterFault as fault:
                tries -= 1
                if fault.kind != "lost" or not tries:
                    raise
                # The reply was lost, or half the piece: the router knows how much it has.
                kept = _usable(router, local, part)
                continue
            if kept > best:
                # Only what is news: two copies of different files that take each other's part away must come to an end.
                tries, best = _TRIES, kept
            tell(kept)
            if not piece:
                return
