"""`apt-get` on an FRR router of the lab."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from lab.packages import catalog, install
from lab.packages.say import Failed, not_modelled, out
from lab.packages.store import Store
from lab.packages.versions import compare

FLAGS = {
    "-y": "yes", "--yes": "yes", "--assume-yes": "yes", "--allow-downgrades": "downgrades",
    "-s": "simulate", "--simulate": "simulate", "--just-print": "simulate", "--dry-run": "simulate",
    "--no-act": "simulate", "-d": "download", "--download-only": "download", "--reinstall": "reinstall",
}  # fmt: skip
NO_EFFECT = (
    "-q", "-qq", "--quiet", "-V", "--verbose-versions", "--no-install-recommends", "--install-recommends",
    "--only-upgrade", "--no-remove", "--allow-change-held-packages", "-f", "--fix-broken",
)  # fmt: skip
SETTINGS = ("dpkg::options::", "dpkg::use-pty", "dpkg::lock::timeout", "acquire::")
"""Configuration that may be given with -o; only the time to wait for the lock means something here."""

LOCK = "/var/lib/dpkg/lock-frontend"


@dataclass
class Request:
    """A command line that was understood."""

    verb: str = ""
    words: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    lock_wait: float = 0.0


def understand(arguments: Sequence[str]) -> Request:
    """Read a command line. Raises Failed for what the lab does not model."""
    request, rest = Request(), list(arguments)
    while rest:
        word = rest.pop(0)
        if word in FLAGS:
            request.flags.add(FLAGS[word])
        elif word in ("-o", "--option"):
            _setting(request, rest.pop(0) if rest else "")
        elif word.startswith("-o"):
            _setting(request, word[2:])
        elif word.startswith("--option="):
            _setting(request, word.partition("=")[2])
        elif word.startswith("-") and word not in NO_EFFECT:
            raise not_modelled("apt-get", word)
        elif not word.startswith("-"):
            if request.verb:
                request.words.append(word)
            request.verb = request.verb or word
    return request


def _setting(request: Request, text: str) -> None:
    key, _equals, value = text.partition("=")
    if not key.lower().startswith(SETTINGS):
        raise not_modelled("apt-get", f"-o {text}")
    if key.lower() == "dpkg::lock::timeout":
        request.lock_wait = float("inf") if value.startswith("-") else float(value)


def main(store: Store, arguments: Sequence[str]) -> int:
    """Returns the exit status."""
    request = understand(arguments)
    verbs = {"install": _install, "update": _update, "check": _check, "clean": _clean}
    if request.verb not in verbs:
        raise not_modelled("apt-get", request.verb or "being called without a command")
    if request.verb != "install" or "simulate" not in request.flags:
        _need_root()
    with store.lock(request.lock_wait) as holder:
        if holder and "simulate" not in request.flags:
            raise Failed(
                f"E: Could not get lock {LOCK}. It is held by process {holder} (apt-get)",
                f"E: Unable to acquire the dpkg frontend lock ({LOCK}), is another process using it?",
            )
        return verbs[request.verb](store, request)


def _need_root() -> None:
    if os.geteuid() != 0:
        raise Failed(
            f"E: Could not open lock file {LOCK} - open (13: Permission denied)",
            f"E: Unable to acquire the dpkg frontend lock ({LOCK}), are you root?",
        )


def _update(store: Store, _request: Request) -> int:
    out(f"Hit:1 {catalog.REPOSITORY} InRelease\nReading package lists...")
    return 0


def _check(store: Store, _request: Request) -> int:
    if store.read().interrupted:
        raise Failed(install.INTERRUPTED)
    out("Reading package lists...\nBuilding dependency tree...\nReading state information...")
    return 0


def _clean(store: Store, _request: Request) -> int:
    facts = store.read()
    facts.downloaded = []
    store.write(facts)
    return 0


def _install(store: Store, request: Request) -> int:
    facts = store.read()
    if facts.interrupted:
        raise Failed(install.INTERRUPTED)
    out("Reading package lists...\nBuilding dependency tree...\nReading state information...")
    wanted = catalog.resolve(store, facts, request.words)
    changed = {
        name: version
        for name, version in wanted.items()
        if version != facts.packages[name].version or "reinstall" in request.flags
    }
    for name in [one for one in wanted if one not in changed]:
        out(f"{name} is already the newest version ({wanted[name]}).")
    older = [name for name in changed if compare(changed[name], facts.packages[name].version) < 0]
    _tell(changed, older)
    if "simulate" in request.flags:
        for name, version in changed.items():
            out(f"Inst {name} [{facts.packages[name].version}] ({version} {catalog.HOST} [{catalog.architecture()}])")
            out(f"Conf {name} ({version} {catalog.HOST} [{catalog.architecture()}])")
        return 0
    if changed:
        _allowed(request, older)
        install.go_on_when_alone()
        install.download(store, facts, changed)
    if "download" in request.flags:
        out("Download complete and in download only mode")
        return 0
    if changed:
        install.unpack(store, facts, changed)
    if changed or not catalog.is_whole(facts):
        install.configure(store, facts)
    return 0


def _tell(changed: dict[str, str], older: list[str]) -> None:
    upgraded = [name for name in changed if name not in older]
    for text, names in (("will be upgraded", upgraded), ("will be DOWNGRADED", older)):
        if names:
            out(f"The following packages {text}:\n  {' '.join(names)}")
    downgraded = f"{len(older)} downgraded, " if older else ""
    out(f"{len(upgraded)} upgraded, 0 newly installed, {downgraded}0 to remove and 0 not upgraded.")


def _allowed(request: Request, older: list[str]) -> None:
    if "yes" not in request.flags:
        if not sys.stdin.isatty():
            out("Do you want to continue? [Y/n] Abort.")
            raise Failed(status=1)
        os.write(1, b"Do you want to continue? [Y/n] ")
        if sys.stdin.readline().strip().lower() not in ("", "y", "yes"):
            out("Abort.")
            raise Failed(status=1)
    elif older and "downgrades" not in request.flags:
        raise Failed("E: Packages were downgraded and -y was used without --allow-downgrades.")
