"""The lab's package repository: what is in it, and what one can know of a package without installing it."""

from __future__ import annotations

import hashlib
import os
from fnmatch import fnmatchcase

from lab.packages.say import Failed
from lab.packages.store import INSTALLED, NAMES, Facts, Store
from lab.packages.versions import newest_first

HOST = "deb.example.net"
REPOSITORY = f"http://{HOST}/frr stable/main"
_SIZES = {"frr": 4_700_000, "frr-pythontools": 48_000}
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def architecture() -> str:
    """This machine's, as Debian names it."""
    machine = os.uname().machine
    return _MACHINES.get(machine, machine)


def size(name: str) -> int:
    """Bytes of a package's archive."""
    return _SIZES[name]


def file_name(name: str, version: str) -> str:
    """Where the archive is in the repository."""
    return f"pool/main/f/frr/{name}_{version.partition(':')[2] or version}_{architecture()}.deb"


def address(name: str, version: str) -> str:
    """The archive's URL."""
    return f"http://{HOST}/frr/{file_name(name, version)}"


def checksum(name: str, version: str) -> str:
    """The SHA-256 that the repository tells."""
    return hashlib.sha256(f"{name}={version}".encode()).hexdigest()


def resolve(store: Store, facts: Facts, words: list[str]) -> dict[str, str]:
    """The versions that `NAME[=VERSION]` words ask for, all packages in agreement. Raises Failed as apt does."""
    offered, found = store.offered(facts), {}
    for word in words:
        name, equals, version = word.partition("=")
        if name not in NAMES:
            raise Failed(f"E: Unable to locate package {name} (the lab's repository holds {' and '.join(NAMES)})")
        known = newest_first([*offered, facts.packages[name].version])
        matching = [one for one in known if fnmatchcase(one, version)] if equals else known
        if not matching:
            raise Failed(f"E: Version '{version}' for '{name}' was not found")
        found[name] = matching[0]
    _agree(facts, found)
    return found


def _agree(facts: Facts, found: dict[str, str]) -> None:
    after = {name: found.get(name, package.version) for name, package in facts.packages.items()}
    for name, other in (NAMES, NAMES[::-1]):
        if after[name] != after[other] and name not in found:
            raise Failed(
                "The following packages have unmet dependencies:",
                f" {name} : Depends: {other} (= {after[name]}) but {after[other]} is to be installed",
                "E: Unable to correct problems, you have held broken packages.",
            )
    if len(set(after.values())) > 1:
        raise Failed(f"E: {' and '.join(NAMES)} need the same version, not {' and '.join(after.values())}")


def policy(store: Store, facts: Facts, name: str) -> list[str]:
    """What `apt-cache policy` says of a package."""
    installed, offered = facts.packages[name].version, store.offered(facts)
    known = newest_first([*offered, installed])
    lines = [f"{name}:", f"  Installed: {installed}", f"  Candidate: {known[0]}", "  Version table:"]
    for version in known:
        here = version == installed
        lines.append(f" {'***' if here else '   '} {version} {500 if version in offered else 100}")
        if version in offered:
            lines.append(f"        500 {REPOSITORY} {architecture()} Packages")
        if here:
            lines.append("        100 /var/lib/dpkg/status")
    return lines


def stanza(name: str, version: str) -> list[str]:
    """What `apt-cache show` says of one version."""
    return [
        f"Package: {name}",
        "Source: frr" if name != "frr" else "Section: net",
        f"Version: {version}",
        f"Architecture: {architecture()}",
        f"Filename: {file_name(name, version)}",
        f"Size: {size(name)}",
        f"SHA256: {checksum(name, version)}",
        "",
    ]


def is_whole(facts: Facts) -> bool:
    """Whether every package is completely installed."""
    return all(package.state == INSTALLED for package in facts.packages.values())
