"""Unit files: found, read, and their values understood."""

from __future__ import annotations

import os
import re
import shlex
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError

RUN = Path("/run/lab/units")
"""Where the lab keeps what runs: a directory for each scope (system, user-UID)."""

BOOTED = RUN / "booted"
"""Holds the moment of the host's boot, in seconds of the monotonic clock."""

_SPANS = {
    "us": 1e-6, "usec": 1e-6, "ms": 1e-3, "msec": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0,
    "m": 60.0, "min": 60.0, "minute": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0,
    "hours": 3600.0, "d": 86400.0, "day": 86400.0, "days": 86400.0,
}  # fmt: skip
_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)")


@dataclass(frozen=True)
class Scope:
    """Whose units: the system's, or a user's (``home`` is his)."""

    user: bool
    home: Path

    @property
    def run(self) -> Path:
        """Where the state of this scope's units is kept; gone with the host's power."""
        return RUN / (f"user-{os.getuid()}" if self.user else "system")

    @property
    def directory(self) -> Path:
        """Where unit files are written to, and their enabling links."""
        return self.home / ".config/systemd/user" if self.user else Path("/etc/systemd/system")


def this_scope(*, user: bool) -> Scope:
    """The scope of whoever asks."""
    return Scope(user, Path(os.environ.get("HOME", "/")))


@dataclass(frozen=True)
class Unit:
    """A unit file with its drop-ins: section to (key, value) in order, specifiers expanded."""

    name: str
    path: Path
    entries: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def all(self, section: str, key: str) -> list[str]:
        """Every value of a key; an empty one takes back those before it."""
        found: list[str] = []
        for name, value in self.entries.get(section, ()):
            if name == key:
                found = [*found, value] if value else []
        return found

    def last(self, section: str, key: str, default: str = "") -> str:
        """The value that counts when a key may be given once."""
        found = self.all(section, key)
        return found[-1] if found else default

    def seconds(self, section: str, key: str, default: float) -> float:
        """A time span in seconds."""
        text = self.last(section, key)
        return span(text, f"{self.name}: {key}") if text else default


def load(scope: Scope, name: str) -> Unit | None:
    """The unit of this name, None when there is none. Raises LabError when its file cannot be understood."""
    path = scope.directory / name
    if "/" in name or not path.is_file():
        return None
    texts = [path, *sorted((scope.directory / f"{name}.d").glob("*.conf"))]
    entries: dict[str, list[tuple[str, str]]] = {}
    for text in texts:
        for section, key, value in _assignments(text):
            entries.setdefault(section, []).append((key, expand(value, scope, name)))
    return Unit(name, path, {section: tuple(found) for section, found in entries.items()})


def _assignments(path: Path) -> Iterator[tuple[str, str, str]]:
    section, pending = "", ""
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if (not line and not pending) or line[:1] in ("#", ";"):
            continue
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        line, pending = (pending + line).strip(), ""
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            continue
        key, equals, value = line.partition("=")
        if not equals or not section:
            raise LabError(f"{path}:{number}: {line!r}: expected [SECTION] or KEY=VALUE")
        yield section, key.strip(), value.strip()


def expand(text: str, scope: Scope, name: str) -> str:
    """Replace the specifiers that the lab knows. Raises LabError for any other."""
    stem, _dot, _kind = name.rpartition(".")
    uid = os.getuid()
    known = {
        "n": name, "N": stem, "p": stem.partition("@")[0], "i": stem.partition("@")[2], "h": str(scope.home),
        "H": socket.gethostname(), "U": str(uid), "u": os.environ.get("USER", "root"), "%": "%",
        "t": f"/run/user/{uid}" if scope.user else "/run",
        "S": f"{scope.home}/.config" if scope.user else "/var/lib",
        "E": f"{scope.home}/.config" if scope.user else "/etc",
    }  # fmt: skip

    def one(found: re.Match[str]) -> str:
        if found[1] not in known:
            raise LabError(f"{name}: specifier %{found[1]}: the lab's systemctl knows %{' %'.join(known)}")
        return known[found[1]]

    return re.sub(r"%(.)", one, text)


def span(text: str, where: str) -> float:
    """A time span as systemd writes it ("5", "1min 30s", "infinity") in seconds. Raises LabError naming ``where``."""
    if text == "infinity":
        return float("inf")
    total, position = 0.0, 0
    while position < len(text.rstrip()):
        found = _SPAN.match(text, position)
        unit = found[2] or "s" if found else ""
        if found is None or unit not in _SPANS:
            raise LabError(f"{where}: {text!r} is no time span")
        total, position = total + float(found[1]) * _SPANS[unit], found.end()
    return total


def words(text: str, where: str) -> list[str]:
    """Split as a shell would. Raises LabError naming ``where``."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise LabError(f"{where}: {text!r}: {error}") from None


def command(text: str, environment: Mapping[str, str], where: str) -> tuple[list[str], bool]:
    """A command line with its variables replaced, and whether its failure counts (no leading dash).

    ``${NAME}`` is replaced anywhere, ``$NAME`` when it is a word of its own and then becomes as many words as it has.
    """
    prefix = text[: len(text) - len(text.lstrip("@-:+!"))]
    found: list[str] = []
    for word in words(text[len(prefix) :], where):
        if word.startswith("$") and word[1:].isidentifier():
            found += environment.get(word[1:], "").split()
        else:
            found.append(re.sub(r"\$\{(\w+)\}", lambda name: environment.get(name[1], ""), word).replace("$$", "$"))
    if not found:
        raise LabError(f"{where}: an empty command")
    return found, "-" not in prefix


def environment_of(unit: Unit, scope: Scope) -> dict[str, str]:
    """What a service of this unit finds in its environment.

    A manager's own, the lab's variables of whoever started it, `Environment=`, then `EnvironmentFile=`.
    """
    found = {key: value for key, value in os.environ.items() if key.startswith(("FAIRWAY_", "LC_")) or key == "LANG"}
    found |= {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "INVOCATION_ID": "0" * 32}
    if scope.user:
        user = os.environ.get("USER", "root")
        found |= {"HOME": str(scope.home), "USER": user, "LOGNAME": user, "SHELL": "/bin/bash"}
        found["XDG_RUNTIME_DIR"] = f"/run/user/{os.getuid()}"
    for text in unit.all("Service", "Environment"):
        found |= _pairs(words(text, f"{unit.name}: Environment"))
    for text in unit.all("Service", "EnvironmentFile"):
        path = Path(text.lstrip("-"))
        if path.exists() or not text.startswith("-"):
            found |= environment_file(path, unit.name)
    return found


def environment_file(path: Path, name: str) -> dict[str, str]:
    """NAME=VALUE lines with comments and quotes. Raises LabError naming the file when it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LabError(f"{name}: EnvironmentFile={path}: {error.strerror}") from None
    found: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.strip().partition("=")
        if equals and key[:1] not in ("#", ";"):
            quoted = value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1
            found[key.strip()] = value[1:-1] if quoted else value.strip()
    return found


def _pairs(items: list[str]) -> dict[str, str]:
    return {key: value for key, _equals, value in (item.partition("=") for item in items)}
