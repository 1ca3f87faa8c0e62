"""An install, step by step as apt and dpkg do it: each step is on the disk before the next begins.

Whatever ends the process leaves a host that says where it stands: versions and states are true at every moment, and
`dpkg --configure -a` or another install goes on from there.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lab.errors import LabError
from lab.packages import catalog, daemons
from lab.packages.say import Failed, err, out
from lab.packages.store import HALF_CONFIGURED, INSTALLED, UNPACKED, Facts, Store

DPKG_FAILED = "E: Sub-process /usr/bin/dpkg returned an error code (1)"
INTERRUPTED = "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."
DOWNLOAD, UNPACK, RESTART = 0.4, 0.2, 0.4
"""How the seconds of an install are shared; daemons are down in the last."""


LOG = Path("/var/log/dpkg.log")


def _take(store: Store, share: float) -> None:
    """Lets this share of an install's seconds pass; fewer when they are set anew meanwhile."""
    began = time.monotonic()
    while (left := began + store.seconds() * share - time.monotonic()) > 0:
        time.sleep(min(left, 0.1))


def note(text: str) -> None:
    """A line in dpkg's log."""
    with suppress(OSError), LOG.open("a", encoding="utf-8") as log:
        log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")


def go_on_when_alone() -> None:
    """As apt does: an SSH session or a terminal that ends does not end an install."""
    for number in (signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)


def download(store: Store, facts: Facts, wanted: Mapping[str, str]) -> None:
    """Fetch what is not there yet. Raises Failed."""
    missing = {name: version for name, version in wanted.items() if f"{name}={version}" not in facts.downloaded}
    total = sum(catalog.size(name) for name in missing)
    out(f"Need to get {total / 1000:,.0f} kB of archives.")
    if not missing:
        return
    if store.plays("disk-full") is not None:
        raise Failed("E: You don't have enough free space in /var/cache/apt/archives/.")
    unreachable = store.plays("download-error") is not None
    spoilt = store.plays("hash-mismatch") is not None
    for number, (name, version) in enumerate(missing.items(), 1):
        label = f"{catalog.REPOSITORY} {name} {catalog.architecture()} {version}"
        if unreachable or spoilt:
            _failed_download(label, catalog.address(name, version), spoilt=spoilt)
        out(f"Get:{number} {label} [{catalog.size(name) / 1000:,.0f} kB]")
        _take(store, DOWNLOAD / len(missing))
        facts.downloaded.append(f"{name}={version}")
        store.write(facts)
    out(f"Fetched {total / 1000:,.0f} kB in {store.seconds() * DOWNLOAD:.0f}s")


def _failed_download(label: str, address: str, *, spoilt: bool) -> None:
    why = "Hash Sum mismatch" if spoilt else f"Could not connect to {catalog.HOST}:80. - connect (111: refused)"
    out(f"Err:1 {label}\n  {why}")
    last = "E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?"
    raise Failed(f"E: Failed to fetch {address}  {why}", last)


def unpack(store: Store, facts: Facts, wanted: Mapping[str, str]) -> None:
    """Replace the files; the daemons go on with what they have loaded. Raises Failed; then the old files are there."""
    if store.plays("lose-connection") is not None:
        end_ssh_sessions()
    facts.interrupted = True
    store.write(facts)
    for name, version in wanted.items():
        file = f"{name}_{version}_{catalog.architecture()}.deb"
        out(f"Preparing to unpack .../{file} ...")
        _take(store, UNPACK / len(wanted))
        old = facts.packages[name].version
        out(f"Unpacking {name} ({version}) over ({old}) ...")
        if store.plays("unpack-error") is not None:
            _not_unpacked(store, facts, f"/var/cache/apt/archives/{file}")
        note(f"upgrade {name}:{catalog.architecture()} {old} {version}")
        facts.packages[name].version, facts.packages[name].state = version, UNPACKED
        store.write(facts)
        note(f"status unpacked {name}:{catalog.architecture()} {version}")
    if store.plays("interrupt") is not None:
        err("dpkg: terminated by signal 9 (Killed)")
        raise Failed(DPKG_FAILED.replace("(1)", "(137)"))


def _not_unpacked(store: Store, facts: Facts, archive: str) -> None:
    facts.interrupted = False
    store.write(facts)
    new = "'/usr/lib/frr/bgpd.dpkg-new'"
    raise Failed(
        f"dpkg: error processing archive {archive} (--unpack):",
        f" cannot copy extracted data for './usr/lib/frr/bgpd' to {new}: failed to write (No space left on device)",
        *("Errors were encountered while processing:", f" {archive}", DPKG_FAILED),
    )


def configure(store: Store, facts: Facts) -> None:
    """Set up everything that is unpacked, and restart the daemons when FRR is among it. Raises Failed."""
    facts.interrupted = True
    for name, package in facts.packages.items():
        if package.state == INSTALLED:
            continue
        out(f"Setting up {name} ({package.version}) ...")
        package.state = HALF_CONFIGURED
        store.write(facts)
        note(f"configure {name}:{catalog.architecture()} {package.version} <none>")
        if name == "frr":
            _restart(store, facts)
        package.state = INSTALLED
        store.write(facts)
        note(f"status installed {name}:{catalog.architecture()} {package.version}")
    facts.interrupted, facts.downloaded = False, []
    store.write(facts)


def _restart(store: Store, facts: Facts) -> None:
    """What the package's script does at its end: `systemctl restart frr`."""
    daemons.stop()
    _take(store, RESTART)
    if store.plays("configure-error") is not None:
        _not_configured(store, facts, "Job for frr.service failed because the control process exited with error code.")
    if store.plays("old-version") is None:
        facts.running = facts.packages["frr"].version
    store.write(facts)
    try:
        daemons.start(without=store.plays("daemon-lost") or "")
    except LabError as error:
        _not_configured(store, facts, str(error))


def _not_configured(store: Store, facts: Facts, why: str) -> None:
    facts.interrupted = False
    store.write(facts)
    script = "installed frr package post-installation script subprocess returned error exit status 1"
    said = (why, "dpkg: error processing package frr (--configure):", f" {script}")
    raise Failed(*said, "Errors were encountered while processing:", " frr", DPKG_FAILED)


def end_ssh_sessions() -> None:
    """Cut every SSH session of the host: the processes that serve them die, those they started do not."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
            if words.startswith((b"sshd: ", b"sshd-session: ")) and b"[listener]" not in words:
                os.kill(int(entry.name), signal.SIGKILL)
