"""`dpkg-query`, `dpkg` and `apt-cache` on an FRR router of the lab. Of other packages the machine's own tools tell."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from lab.hosts.files import REAL_PROGRAMS
from lab.packages import catalog, install
from lab.packages.say import Failed, err, not_modelled, out
from lab.packages.store import INSTALLED, NAMES, Facts, Store

FORMAT = "${binary:Package}\t${Version}\n"
_ABBREVIATIONS = {"installed": "ii ", "unpacked": "iU ", "half-configured": "iF "}
VERBS = {"-W": "show", "-s": "status", "-l": "list"}
CONFIGURE_WORDS = ("-a", "--pending")


def real(name: str) -> str:
    """The machine's own program."""
    covered = Path(REAL_PROGRAMS, name)
    return str(covered) if covered.exists() else f"/usr/bin/{name}"


def fields(facts: Facts, name: str) -> dict[str, str]:
    """What dpkg knows of one of ours."""
    package = facts.packages[name]
    return {
        "package": name, "binary:package": name, "version": package.version, "source:version": package.version,
        "source:package": "frr", "architecture": catalog.architecture(), "status": f"install ok {package.state}",
        "db:status-want": "install", "db:status-eflag": "ok", "db:status-status": package.state,
        "db:status-abbrev": _ABBREVIATIONS[package.state],
    }  # fmt: skip


def formatted(pattern: str, known: dict[str, str]) -> str:
    """dpkg-query's format: `${Field}`, with a width or not, and the usual escapes; an unknown field is empty."""
    text = re.sub(r"\\([nrt\\])", lambda found: {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}[found[1]], pattern)

    def value(found: re.Match[str]) -> str:
        said, width = known.get(found[1].lower(), ""), int(found[2] or 0)
        return said.ljust(width) if width >= 0 else said.rjust(-width)

    return re.sub(r"\$\{([^};]+)(?:;(-?\d+))?\}", value, text)


def query(store: Store, arguments: Sequence[str]) -> int:
    """`dpkg-query`: -W, -s and -l."""
    verb, pattern, names, foreign = "", FORMAT, [], False
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in ("-f", "--showformat"):
            pattern = rest.pop(0) if rest else ""
        elif word.startswith(("--showformat=", "-f")):
            pattern = word.removeprefix("--showformat").removeprefix("-f").removeprefix("=")
        elif word in (*VERBS, "--show", "--status", "--list"):
            verb = VERBS.get(word, word[2:])
        elif word.startswith("-"):
            foreign = True
        else:
            names.append(word)
    ours, others = _split(names)
    if foreign or not ours or not verb:
        return _machines("dpkg-query", arguments)
    facts = store.read()
    for name in ours:
        _tell(verb, pattern, name, fields(facts, name))
    extra = ["-f", pattern] if verb == "show" else []
    return _machines("dpkg-query", [f"--{verb}", *extra, *others]) if others else 0


def _tell(verb: str, pattern: str, name: str, known: dict[str, str]) -> None:
    if verb == "show":
        os.write(1, formatted(pattern, known).encode())
    elif verb == "status":
        out(
            "\n".join(f"{key}: {known[key.lower()]}" for key in ("Package", "Status", "Architecture", "Version")) + "\n"
        )
    else:
        out(f"{known['db:status-abbrev']} {name:<16} {known['version']:<24} {known['architecture']:<12} FRRouting")


def _split(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ours among the packages that are asked for, and the rest; a pattern that means both is both."""
    if names and not any(sign in name for name in names for sign in "*?["):
        return [name for name in names if name in NAMES], [name for name in names if name not in NAMES]
    listed = subprocess.run(
        [real("dpkg-query"), "-W", "-f", "${Package}\\n"], capture_output=True, text=True, check=False
    )
    known = {*listed.stdout.split(), *NAMES}
    wanted = sorted(one for one in known if not names or any(fnmatchcase(one, name) for name in names))
    return [one for one in wanted if one in NAMES], [one for one in wanted if one not in NAMES]


def _machines(tool: str, arguments: Sequence[str]) -> int:
    return subprocess.run([real(tool), *arguments], check=False).returncode


def dpkg(store: Store, arguments: Sequence[str]) -> int:
    """`dpkg`: --configure, --audit, and what only asks."""
    verb, rest = arguments[0] if arguments else "", list(arguments[1:])
    if verb in ("-s", "--status", "-l", "--list", "-W", "--show"):
        return query(store, arguments)
    if verb in ("--print-architecture", "--compare-versions", "--validate-version"):
        return _machines("dpkg", arguments)
    if verb in ("-C", "--audit"):
        return _audit(store.read())
    if verb != "--configure" or not rest or any(word not in (*CONFIGURE_WORDS, *NAMES) for word in rest):
        raise not_modelled("dpkg", " ".join(arguments) or "being called without a command")
    if os.geteuid() != 0:
        raise Failed("dpkg: error: requested operation requires superuser privilege", status=2)
    with store.lock(0.0) as holder:
        if holder:
            held = f"dpkg: error: dpkg frontend lock was locked by another process with pid {holder}"
            raise Failed(held, status=2)
        install.go_on_when_alone()
        try:
            install.configure(store, store.read())
        except Failed as error:
            raise Failed(*error.lines[:-1], status=1) from None
    return 0


def _audit(facts: Facts) -> int:
    unfinished = [name for name, package in facts.packages.items() if package.state != INSTALLED]
    if not unfinished:
        return 0
    out("The following packages are only half configured or unpacked; `dpkg --configure -a` sets them up:")
    for name in unfinished:
        out(f" {name}")
    return 1


def cache(store: Store, arguments: Sequence[str]) -> int:
    """`apt-cache`: policy, madison and show."""
    words = [word for word in arguments if not word.startswith("-")]
    verb, names = (words[0] if words else ""), words[1:]
    if verb not in ("policy", "madison", "show") or not names:
        raise not_modelled("apt-cache", " ".join(arguments) or "being called without a command")
    facts, status = store.read(), 0
    for word in names:
        name, equals, version = word.partition("=")
        if name not in NAMES:
            if verb != "policy":
                err(f"N: Unable to locate package {name}")
                status = 100 if verb == "show" else status
            continue
        offered = [one for one in store.offered(facts) if not equals or fnmatchcase(one, version)]
        if verb == "policy":
            out("\n".join(catalog.policy(store, facts, name)))
        elif verb == "madison":
            for one in offered:
                out(f"{name:>16} | {one} | {catalog.REPOSITORY} {catalog.architecture()} Packages")
        elif not offered:
            raise Failed(f"E: Version '{version}' for '{name}' was not found", "E: No packages found")
        else:
            out("\n".join(line for one in offered for line in catalog.stanza(name, one)).rstrip("\n"))
    return status
