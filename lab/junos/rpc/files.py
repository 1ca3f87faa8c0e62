"""RPCs on the router's files: list, show, copy, delete and checksums."""

from __future__ import annotations

import errno
import shutil
import stat
import time
from pathlib import Path

from lxml import etree

from lab.junos import oper
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import JUNOS_NS, Part, element, failure

LARGEST_SHOWN = 4 << 20
SYSTEM_FILES = {"/etc/hosts.junos": oper.HOSTS_JUNOS}
"""Files of the system that clients read to learn where they are; all others are the user's own."""
ALGORITHMS = {
    "get-checksum-information": ("md5", "MD5"),
    "get-sha1-checksum-information": ("sha1", "SHA1"),
    "get-sha256-checksum-information": ("sha256", "SHA256"),
}


def _path(call: Call, *names: str) -> tuple[str, Path]:
    """The path that a request names, as the router and as this machine know it."""
    for name in names:
        text = call.text(name)
        if text:
            return text, call.router.files.real(text, call.session.user)
    raise failure("missing argument", bad_element=names[0])


@handles("file-show")
async def file_show(call: Call) -> list[Part]:
    """The content of a text file."""
    shown, path = _path(call, "filename")
    if shown in SYSTEM_FILES:
        return [element("file-content", text="\n" + SYSTEM_FILES[shown])]
    try:
        if path.stat().st_size > LARGEST_SHOWN:
            raise failure(f"{shown}: file is too large to be shown", bad_element=shown)
        return [element("file-content", text="\n" + path.read_text("utf-8", "replace"))]
    except OSError:
        raise failure(f"could not open file: {shown}: No such file or directory") from None


@handles("file-list")
async def file_list(call: Call) -> list[Part]:
    """A directory, or one file; what does not exist is `output`."""
    shown, path = _path(call, "path") if call.has("path") else ("~", call.router.files.real("~", call.session.user))
    root = element("directory-list")
    if not path.exists():
        root.append(element("output", text=f"{shown}: No such file or directory"))
    elif path.is_dir():
        inside = path.relative_to(call.router.files.root)
        root.set("root-path", f"/{inside}")
        directory = element("directory", name=f"/{inside}/")
        entries = sorted(path.iterdir())
        directory.extend([_file_information(entry, entry.name) for entry in entries])
        directory.append(element("total-files", text=str(len(entries))))
        root.append(directory)
    else:
        root.append(element("directory", _file_information(path, shown)))
    return [root]


def _file_information(path: Path, shown: str) -> etree._Element:
    status = path.lstat()
    info = element("file-information", element("file-name", text=shown))
    if path.is_dir():
        info.append(element("file-directory"))
    mode = element("file-permissions", text=f"{status.st_mode & 0o777:o}")
    mode.set(f"{{{JUNOS_NS}}}format", stat.filemode(status.st_mode))
    date = element("file-date", text=str(int(status.st_mtime)))
    date.set(f"{{{JUNOS_NS}}}format", time.strftime("%b %e %H:%M", time.gmtime(status.st_mtime)))
    info.extend([mode, element("file-owner", text="root"), element("file-size", text=str(status.st_size)), date])
    return info


@handles("file-delete")
async def file_delete(call: Call) -> list[Part]:
    """Delete a file."""
    shown, path = _path(call, "path")
    try:
        call.router.files.delete(path)
    except OSError:
        raise failure(f"{shown}: No such file or directory") from None
    return []


@handles("file-copy", "file-rename")
async def file_copy(call: Call) -> list[Part]:
    """Copy or rename a file."""
    shown, source = _path(call, "source")
    _, destination = _path(call, "destination")
    files = call.router.files
    try:
        before = destination.stat().st_size if destination.is_file() else 0
        if call.rpc.tag == "file-copy":
            files.take(destination, source.stat().st_size - before)
            shutil.copyfile(source, destination)
        else:
            source.rename(destination)
            files.give_back(before)
    except OSError as error:
        full = error.errno == errno.ENOSPC
        raise failure(f"{shown}: {'No space left on device' if full else 'No such file or directory'}") from None
    return []


@handles(*ALGORITHMS)
async def checksum(call: Call) -> list[Part]:
    """The checksum of a file."""
    shown, _ = _path(call, "path")
    algorithm, name = ALGORITHMS[str(call.rpc.tag)]
    try:
        value = await call.router.work(call.router.files.checksum, shown, call.session.user, algorithm)
    except OSError:
        raise failure(f"{algorithm}: {shown}: No such file or directory") from None
    computed = element("file-checksum", element("computation-method", text=name), element("input-file", text=shown))
    computed.append(element("checksum", text=value))
    return [element("checksum-information", computed)]
