# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a Junos router: RPCs where there are some, SCP for content. No shell is opened on the router.

PyEZ's own SCP would open a session that verifies no host key. SCP cannot go on in the middle of a file, SFTP can: it
is used for that alone, where the router offers it (`system services ssh sftp-server`).
"""

from __future__ import annotations

import contextlib
import posixpath
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paramiko
from lxml import etree
from paramiko import SSHException
from scp import SCPClient, SCPException

from ansible_collections.fairway.backbone.plugins.module_utils.router_file import (
    PART,
    Copied,
    FileStat,
    arrival_complaint,
    junos_free,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.file_digest import local_sha256
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_reply import Reply, squeeze
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import (
    SshOptions,
    connect,
    hang_up,
    shell_port,
)
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

if TYPE_CHECKING:
    from ansible_collections.fairway.backbone.plugins.plugin_utils.junos import JunosRouter

Progress = Callable[[int, int], None]
"""Called with octets that are there, and octets in all."""

_BUFFER = 32 * 1024
_SLOWEST_DIGEST = 4_000_000
_NO_SUCH = "no such file"
_NO_SPACE = ("no space left", "filesystem full", "file system is full", "disk full", "quota exceeded")


@contextmanager
def _transport(options: SshOptions, what: str) -> Iterator[paramiko.Transport]:
    transport = connect(shell_port(options))
    try:
        yield transport
    except (SCPException, SSHException, OSError, EOFError) as error:
        raise _copy_fault(options.router, what, error, transport.is_active()) from error
    finally:
        hang_up(transport)


def _copy_fault(router: str, what: str, error: Exception, alive: bool) -> RouterFault:
    """`space`, `rejected` (the router said no), or `lost` (the session ended or fell silent)."""
    said = squeeze(str(error)) or ("nothing moved any more" if isinstance(error, TimeoutError) else "the session ended")
    if any(words in said.lower() for words in _NO_SPACE):
        return RouterFault("space", f"{router}: {what}: the router's disk is full ({said})")
    refused = alive and isinstance(error, SCPException) and "timeout" not in said.lower()
    kind = "rejected" if refused else "lost"
    return RouterFault(kind, f"{router}: {what}: {said}")


def _scp(transport: paramiko.Transport, timeout: float, tell: Callable[[int], None] | None = None) -> SCPClient:
    """Not to be used as a context: after a failure that would wait for the other side's exit status, for ever."""
    progress = None if tell is None else lambda name, size, done: tell(done)
    return SCPClient(transport, socket_timeout=timeout, progress=progress)


def copy_to(options: SshOptions, local: str, remote: str) -> None:
    """Copy a local file to the router; raises RouterFault."""
    with _transport(options, f"copying {local} to {remote}") as transport:
        _scp(transport, options.command_timeout).put(local, remote)


def copy_from(options: SshOptions, remote: str, local: str) -> None:
    """Copy a file of the router to a local path; raises RouterFault."""
    with _transport(options, f"copying {remote} to {local}") as transport:
        _scp(transport, options.command_timeout).get(remote, local)


def _request(name: str, **children: str) -> Any:
    element = etree.Element(name)
    for child, text in children.items():
        etree.SubElement(element, child).text = text
    return element


def _ask(router: JunosRouter, request: Any, timeout: float | None = None) -> Reply:
    """A request that may be made twice: a session that ended during a long copy is opened anew."""
    try:
        return router.session.call(request, timeout)
    except RouterFault as fault:
        if fault.kind != "lost":
            raise
        router.session.drop()
        return router.session.call(request, timeout)


def _found(router: JunosRouter, request: Any, timeout: float | None = None) -> Reply | None:
    """The reply; None when the router says that there is no such file."""
    reply = _ask(router, request, timeout)
    said = [error.message for error in reply.errors] + [text.text or "" for text in reply.root.iter("output")]
    if any(_NO_SUCH in text.lower() for text in said):
        return None
    if reply.errors:
        raise RouterFault("rejected", f"{router.name}: <{request.tag}>: {reply.message}", reply.errors)
    return reply


def stat(router: JunosRouter, path: str) -> FileStat | None:
    """Size and kind of a file; None when there is none. Raises RouterFault."""
    request = _request("file-list", path=path)
    etree.SubElement(request, "detail")
    reply = _found(router, request)
    if reply is None:
        return None
    directory = reply.root.find(".//directory")
    if directory is not None and directory.get("name"):
        return FileStat(0, directory=True)
    size = reply.root.findtext(".//file-information/file-size")
    return None if size is None else FileStat(int(squeeze(size)), reply.has("file-directory"))


def file_checksum(router: JunosRouter, path: str) -> str | None:
    """The SHA-256 of a file in hexadecimal; None when there is no such file. Raises RouterFault."""
    found = stat(router, path)
    if found is None or found.directory:
        return None
    limit = router.session.options.command_timeout + found.size / _SLOWEST_DIGEST
    reply = _found(router, _request("get-sha256-checksum-information", path=path), limit)
    return squeeze(reply.text("checksum")).lower() or None if reply is not None else None


def free_bytes(router: JunosRouter, path: str) -> int | None:
    """Octets free where the path is; None when the router does not tell."""
    reply = _ask(router, "get-system-storage")
    rows = {}
    for row in reply.root.iter("filesystem"):
        total = row.find("total-blocks")
        free = squeeze(row.findtext("available-blocks"))
        mount = squeeze(row.findtext("mounted-on"))
        if total is not None and mount and free.lstrip("-").isdigit():
            rows[mount] = (int(squeeze(total.text) or 0), str(total.get("format") or ""), int(free))
    return junos_free(path, rows)


def read_text(router: JunosRouter, path: str) -> str | None:
    """A small text file; None when there is none. Raises RouterFault."""
    reply = _found(router, _request("file-show", filename=path))
    # Junos begins the content with a line break of its own.
    return None if reply is None else reply.text("file-content").removeprefix("\n")


def remove(router: JunosRouter, path: str) -> bool:
    """Delete a file; False when there was none. Raises RouterFault."""
    if stat(router, path) is None:
        return False
    return _found(router, _request("file-delete", path=path)) is not None


def _rename(router: JunosRouter, source: str, target: str) -> None:
    reply = router.session.call(_request("file-rename", source=source, destination=target))
    if reply.errors:
        raise RouterFault("rejected", f"{router.name}: renaming {source}: {reply.message}", reply.errors)


def write_text(router: JunosRouter, path: str, text: str) -> None:
    """Write a small text file whole, or not at all. One missing directory is made. Raises RouterFault."""
    folder, name = posixpath.split(path)
    with tempfile.TemporaryDirectory(prefix="fairway-") as scratch:
        tree = Path(scratch) / posixpath.basename(folder)
        tree.mkdir(mode=0o755)
        (tree / (name + PART)).write_text(text, encoding="utf-8")
        (tree / (name + PART)).chmod(0o644)
        options = router.session.options
        with _transport(options, f"writing {path}") as transport:
            # No RPC makes a directory; SCP makes those that it copies.
            client = _scp(transport, options.command_timeout)
            client.put(str(tree), posixpath.dirname(folder) or "/", recursive=True)
        want = local_sha256(tree / (name + PART))
    if file_checksum(router, path + PART) != want:
        remove(router, path + PART)
        raise RouterFault("checksum", f"{router.name}: {path} did not arrive as it was sent: is the disk full?")
    _rename(router, path + PART, path)


def put(
    router: JunosRouter, local: str | Path, remote: str, progress: Progress | None = None, timeout: float = 60.0
) -> Copied:
    """Copy a file under a name of its own, verify it, and only then give it its name. Raises RouterFault.

    A copy that was interrupted leaves `remote`.part, which the next one goes on with where the router offers SFTP.
    `timeout`: seconds without progress.
    """
    local = Path(local)
    size, part, tell = local.stat().st_size, remote + PART, progress or (lambda done, total: None)
    kept = _usable(router, local, part)
    with _transport(router.session.options, f"copying {local.name} to {part}") as transport:
        try:
            sftp = _sftp(transport, timeout) if kept > 0 else None
            if sftp is not None:
                _append(sftp, local, part, kept, lambda done: tell(done, size))
            else:
                kept = 0
                _scp(transport, timeout, lambda done: tell(done, size)).put(str(local), part)
        except (SCPException, SSHException, OSError, EOFError) as error:
            fault = _copy_fault(router.name, f"copying {local.name} to {part}", error, transport.is_active())
            if fault.kind == "space":
                # A full disk is worse than a copy from the beginning.
                with contextlib.suppress(RouterFault):
                    remove(router, part)
            raise fault from error
    _finish(router, local, part, remote)
    return Copied(size - kept, kept)


def _usable(router: JunosRouter, local: Path, part: str) -> int:
    """How much of the file an earlier attempt left on the router, if that is what it left."""
    found = stat(router, part)
    if found is None or not 0 < found.size <= local.stat().st_size:
        return 0
    return found.size if file_checksum(router, part) == local_sha256(local, found.size) else 0


def _sftp(transport: paramiko.Transport, timeout: float) -> paramiko.SFTPClient | None:
    """SFTP on this session; None when the router does not offer it."""
    try:
        client = paramiko.SFTPClient.from_transport(transport)
    except (SSHException, EOFError, OSError):
        return None
    if client is not None:
        client.get_channel().settimeout(timeout)  # type: ignore[union-attr]
    return client


def _append(sftp: paramiko.SFTPClient, local: Path, part: str, kept: int, tell: Callable[[int], None]) -> None:
    with local.open("rb") as source, sftp.open(part, "r+b") as target:
        source.seek(kept)
        target.seek(kept)
        target.set_pipelined(True)
        while block := source.read(_BUFFER):
            target.write(block)
            kept += len(block)
            tell(kept)


def _finish(router: JunosRouter, local: Path, part: str, remote: str) -> None:
    """Verify what arrived and give it its name; a wrong file is removed, a lost reply is looked after."""
    want, got = local_sha256(local), file_checksum(router, part)
    if got != want:
        remove(router, part)
        raise RouterFault("checksum", f"{router.name}: {arrival_complaint(remote, got, want)}")
    try:
        _rename(router, part, remote)
    except RouterFault as fault:
        if fault.kind != "lost":
            raise
        router.session.drop()
        if file_checksum(router, remote) != want:
            raise
