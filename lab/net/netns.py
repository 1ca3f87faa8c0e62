"""Named network namespaces of the hosts, below the lab's private /run/netns: plain `ip -n HOST` works on them."""

from __future__ import annotations

import os
from pathlib import Path

from lab.errors import LabError
from lab.hosts.mounts import set_sysctls
from lab.net.namespaces import CLONE_NEWNET, bind, unmount, unshare

NETNS = Path("/run/netns")


def create(name: str) -> Path:
    """Create a network namespace with routing settings and return the path that keeps it alive."""
    path = NETNS / name
    path.touch()
    ready, ready_end = os.pipe()
    done, done_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ready)
        os.close(done_end)
        unshare(CLONE_NEWNET)
        set_sysctls()
        os.write(ready_end, b"1")
        os.read(done, 1)
        os._exit(0)
    os.close(ready_end)
    os.close(done)
    try:
        if os.read(ready, 1) != b"1":
            raise LabError(f"{name}: cannot make a network namespace")
        bind(f"/proc/{child}/ns/net", path)
    finally:
        os.close(ready)
        os.close(done_end)
        os.waitpid(child, 0)
    return path


def destroy(name: str) -> None:
    """Let go of a namespace; the kernel removes it with its last process."""
    path = NETNS / name
    if path.exists():
        unmount(path)
        path.unlink()
