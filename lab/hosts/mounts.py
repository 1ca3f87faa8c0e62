"""A host's own view of the file system: private /run, accounts, logs, FRR and Fairway files; the rest is shared."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from lab.hosts.files import HOME, LOGIN_ID, PROGRAMS, REAL_PROGRAMS
from lab.net.namespaces import (
    MS_BIND,
    MS_NOSUID_NODEV,
    MS_RDONLY,
    MS_RELATIME,
    MS_REMOUNT,
    bind,
    mount,
    private_mounts,
    sethostname,
    unmount,
)
from lab.state import CHECKOUT
from lab.units.unitfile import BOOTED

UNDER = Path("/run/under")
"""Where a directory stays reachable that a graft covers."""

COVERED = ("vtysh", "apt-get", "apt-cache", "dpkg", "dpkg-query")
"""Programs whose answers differ from host to host."""

LOGIN_RUN = f"/run/user/{LOGIN_ID}"

SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv6/conf/default/forwarding": "1",
    # A router accepts a packet on any interface: paths may be asymmetric.
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    # An address is usable at once; nobody else is on a point-to-point wire.
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/dad_transmits": "0",
    "net/ipv6/conf/default/accept_ra": "0",
    # IPv6 addresses survive a link that goes down, as IPv4 addresses do.
    "net/ipv6/conf/all/keep_addr_on_down": "1",
    "net/ipv6/conf/default/keep_addr_on_down": "1",
    # A traceroute that loses answers to a rate limit would show losses that are not there.
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv4/icmp_msgs_per_sec": "100000",
    "net/ipv4/icmp_msgs_burst": "10000",
    "net/ipv6/icmp/ratelimit": "0",
    # A hop answers with the address of the interface the packet came in by, as routers do: a path can be read from it.
    "net/ipv4/icmp_errors_use_inbound_ifaddr": "1",
    "net/ipv4/fib_multipath_hash_policy": "1",
    "net/ipv6/fib_multipath_hash_policy": "1",
    "net/ipv4/ip_unprivileged_port_start": "0",
    "net/ipv4/igmp_max_memberships": "1000",
    # Whoever is logged in may ping without being root. The lab's one user has group 0 in every namespace of the lab.
    "net/ipv4/ping_group_range": "0 0",
}


def set_sysctls() -> None:
    """Prepare this network namespace for routing; runs before its devices are made, which inherit the defaults.

    A key the kernel does not have is skipped: each has a kernel default that works, only less well.
    """
    for key, value in SYSCTLS.items():
        with suppress(OSError):
            Path("/proc/sys", key).write_text(value, encoding="ascii")


def claim(directory: Path) -> None:
    """First step of private_view(): keep mounts to this namespace, and have the host's directory as its own mount.

    Files opened for writing afterwards do not stand in the way of making the rest read-only.
    """
    private_mounts()
    for writable in (directory, Path("/tmp")):  # noqa: S108
        bind(writable, writable)


def private_view(directory: Path, name: str, *, own_processes: bool) -> None:
    """Give the calling process, alone in new mount and UTS namespaces, the view of a host; after claim().

    ``directory`` holds the files lab.hosts.files wrote; ``own_processes``: it is the init of a new pid namespace.
    Raises OSError naming the mount that failed.
    """
    sethostname(name)
    if own_processes:
        mount("proc", "/proc", "proc")
        with suppress(OSError):  # /sys of this network namespace; some containers forbid it and nothing here needs it
            mount("sysfs", "/sys", "sysfs")
    unmount("/run")  # the supervisor's, with handles on every host's network namespace
    mount("tmpfs", "/run", "tmpfs", MS_NOSUID_NODEV, "mode=0755")
    for below in (HOME, "/run/frr", "/run/sshd", "/run/lock", str(UNDER), PROGRAMS, "/run/user/0", LOGIN_RUN):
        Path(below).mkdir(parents=True)
    BOOTED.parent.mkdir(parents=True)
    BOOTED.write_text(f"{time.monotonic()}\n", encoding="ascii")
    bind(directory / "bin", PROGRAMS)
    bind(directory / "home", HOME)
    bind(directory / "ssh", "/etc/ssh")
    for name_of_file in ("passwd", "group", "hosts", "hostname"):
        target = Path("/etc", name_of_file)
        if target.exists():
            bind(directory / name_of_file, target)
    with suppress(OSError):  # not there on a machine without systemd: then nothing of the machine is to be protected
        bind(directory / "systemd", "/etc/systemd/system")
    if not own_processes:
        return  # the controller works in the user's own tree: no more is hidden than it must be
    _cover_programs(directory / "bin")
    bind(directory / "frr", "/etc/frr")
    bind(directory / "log", "/var/log")
    graft(directory / "fairway", Path("/var/lib/fairway"))
    _private_crash_directory()
    with suppress(OSError):  # terminals of its own; without them a host's sshd has no pty, everything else works
        mount("devpts", "/dev/pts", "devpts", options="newinstance,ptmxmode=0666,mode=0620")
        bind("/dev/pts/ptmx", "/dev/ptmx")
    _protect_machine()


def _cover_programs(ours: Path) -> None:
    """Put the lab's programs over the machine's of the same name, for those who call them by their full path."""
    Path(REAL_PROGRAMS).mkdir()
    for program in ours.iterdir():
        machines, real = Path("/usr/bin", program.name), Path(REAL_PROGRAMS, program.name)
        if program.name in COVERED and machines.exists():
            real.touch()
            bind(machines, real)
            bind(program, machines)


def _protect_machine() -> None:
    """Make the machine's own files and the checkout read-only, wherever it is (/tmp, a file system of its own).

    Whoever is root in a router must not be root of this machine's /etc. What the host writes to has mounts of its own.
    """
    with suppress(OSError):  # protection, not function: where the kernel refuses, the lab still works
        bind(CHECKOUT, CHECKOUT)
        _remount_read_only(CHECKOUT)
    with suppress(OSError):
        _remount_read_only(Path("/"))


def _remount_read_only(place: Path) -> None:
    here = os.statvfs(place).f_flag
    # A user namespace may not drop flags a mount came with; bits of statvfs and mount agree except for relatime.
    kept = here & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME)
    kept |= MS_RELATIME if here & os.ST_RELATIME else 0
    mount("none", place, flags=MS_BIND | MS_REMOUNT | MS_RDONLY | kept)


def graft(source: Path, target: Path) -> None:
    """Make ``source`` appear at ``target`` even where ``target`` does not exist and its parent is not ours to write.

    The parent is covered by a tmpfs of links to what it held.
    """
    if not target.is_dir():
        parent = target.parent
        kept = UNDER / str(parent).lstrip("/").replace("/", "-")
        kept.mkdir()
        bind(parent, kept)
        mount("tmpfs", parent, "tmpfs", MS_NOSUID_NODEV, "mode=0755")
        for child in kept.iterdir():
            (parent / child.name).symlink_to(child)
        target.mkdir()
    bind(source, target)


def _private_crash_directory() -> None:
    """FRR's daemons leave crash notes in /var/tmp/frr; cover /var/tmp unless the checkout itself is below it."""
    if not Path(__file__).is_relative_to("/var/tmp"):  # noqa: S108
        with suppress(OSError):
            mount("tmpfs", "/var/tmp", "tmpfs", MS_NOSUID_NODEV, "mode=1777")  # noqa: S108
