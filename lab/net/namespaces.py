"""The kernel calls behind namespaces. Python 3.11 has no os.unshare and os.setns, so they come from the C library."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_REMOUNT = 32
MS_BIND = 4096
MS_RELATIME = 1 << 21
MS_REC = 16384
MS_PRIVATE = 1 << 18
MS_NOSUID_NODEV = 2 | 4

MNT_DETACH = 2
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Move this process into new namespaces. Raises OSError."""
    _check(_libc.unshare(flags), "unshare")


def setns(descriptor: int, kind: int = 0) -> None:
    """Move this process into the namespace behind a descriptor. Raises OSError."""
    _check(_libc.setns(descriptor, kind), "setns")


def mount(source: str, target: str | Path, kind: str = "none", flags: int = 0, options: str = "") -> None:
    """Mount; the error names source and target."""
    result = _libc.mount(
        source.encode(), str(target).encode(), kind.encode(), ctypes.c_ulong(flags), options.encode() or None
    )
    _check(result, f"mount {source} on {target}")


def bind(source: str | Path, target: str | Path) -> None:
    """Bind a file or a tree over another, submounts included."""
    mount(str(source), target, flags=MS_BIND | MS_REC)


def unmount(target: str | Path) -> None:
    """Detach a mount; what still uses it keeps it."""
    _check(_libc.umount2(str(target).encode(), MNT_DETACH), f"umount {target}")


def private_mounts() -> None:
    """Keep every later mount of this namespace to this namespace."""
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def sethostname(name: str) -> None:
    """Set the UTS host name."""
    encoded = name.encode()
    _check(_libc.sethostname(encoded, ctypes.c_size_t(len(encoded))), f"sethostname {name}")


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal_number)


def become_single_user_root() -> None:
    """Enter a new user namespace in which the caller is root and nobody else exists.

    Needs no /etc/subuid entry and no setuid helper: a user may always map himself. Raises OSError.
    """
    uid, gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1", encoding="ascii")


def same_namespace(descriptor: int, kind: str) -> bool:
    """Whether this process already is in the namespace behind a descriptor."""
    mine = Path(f"/proc/self/ns/{kind}").stat()
    theirs = os.fstat(descriptor)
    return (mine.st_dev, mine.st_ino) == (theirs.st_dev, theirs.st_ino)


def user_namespace_problem() -> str | None:
    """Return why this kernel refuses an unprivileged user namespace, or None when it allows one."""
    child = os.fork()
    if child == 0:
        try:
            become_single_user_root()
            unshare(CLONE_NEWNET | CLONE_NEWNS)
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 0:
        return None
    name = errno.errorcode.get(code, str(code))
    return (
        f"this kernel refuses user namespaces to ordinary users ({name}); run as root, or allow them "
        "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
        "kernel.apparmor_restrict_unprivileged_userns)"
    )
