# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that handles the packages of an FRR router: one request in, one JSON line out.

frr_software.py sends it over the host's connection; nothing is installed. Standard library only, Python 3.9 or newer.
An installation is a process of its own, with its output and its status in files: no session that ends, ends it.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from pathlib import Path
from typing import Any

MARK = "fairway-reply "
_OPTIONS = ["-o", "Dpkg::Options::=--force-confold", "-o", "DPkg::Lock::Timeout=60"]


class Refusal(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def answer(request: dict[str, Any]) -> None:
    """Do what the request asks, and print what came of it."""
    job = Job(Path(request["directory"]))
    try:
        operation = {"look": _look, "start": _start, "simulate": _simulate, "restart": _restart}[request["op"]]
        reply = {"ok": True, **operation(job, request)}
    except Refusal as refusal:
        reply = {"ok": False, "kind": refusal.kind, "message": str(refusal)}
    except OSError as error:
        reply = {"ok": False, "kind": "rejected", "message": f"{error.filename or 'package'}: {error.strerror}"}
    print(MARK + json.dumps(reply), flush=True)


class Job:
    """The files of the newest installation: `job.json` what and who, `log` what it prints, `status` how it ended."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def facts(self) -> dict[str, Any]:
        """What it is, whether it runs, and what it printed last."""
        try:
            told = json.loads((self.directory / "job.json").read_text())
        except (OSError, ValueError):
            return {}
        status = _read(self.directory / "status").strip()
        log = _read(self.directory / "log")[-4000:]
        runs = not status and _alive(told.get("pid"), str(self.directory))
        return {**told, "status": int(status) if status.isdigit() else None, "runs": runs, "log": log}

    def start(self, script: str, what: str, previous: str = "") -> None:
        """Start a shell script of which no session is the parent."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("status", "status.new", "log"):
            (self.directory / name).unlink(missing_ok=True)
        # The place comes as an argument: it is how the process is known again.
        whole = f'cd /; ({script}) >"$0/log" 2>&1 </dev/null; echo $? >"$0/status.new"; mv "$0/status.new" "$0/status"'
        process = subprocess.Popen(
            ["/bin/sh", "-c", whole, str(self.directory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        told = {"pid": process.pid, "what": what, "previous": previous, "began": time.time()}
        fresh = self.directory / "job.json.new"
        fresh.write_text(json.dumps(told))
        fresh.replace(self.directory / "job.json")


def _alive(pid: Any, mark: str) -> bool:
    try:
        words = Path(f"/proc/{int(pid)}/cmdline").read_bytes().split(b"\0")
    except (OSError, TypeError, ValueError):
        return False
    return mark.encode() in words


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _run(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def _root() -> list[str]:
    """How this user becomes root for a command: `sudo -n`, unless it is root already."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _look(job: Job, _request: dict[str, Any]) -> dict[str, Any]:
    """dpkg's word for the package's status, and the newest installation."""
    shown = _run(["dpkg-query", "--show", "--showformat=${db:Status-Status}", "frr"])
    return {"status": shown.stdout.strip(), "job": job.facts()}


def _installed() -> str:
    """The version that dpkg has installed whole; empty when it is half done."""
    shown = _run(["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", "frr"])
    status, _space, version = shown.stdout.strip().partition(" ")
    return version if status == "installed" else ""


def _packages(version: str) -> list[str]:
    """frr, and those of its family that are installed: they want the same version of each other."""
    shown = _run(["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n", "frr*"])
    there = [line.split()[0] for line in shown.stdout.splitlines() if line.split()[1:] not in ([], ["not-installed"])]
    family = {"frr", "frr-pythontools", "frr-snmp", "frr-rpki-rtrlib"}
    return [f"{name}={version}" for name in sorted({"frr", *(family & set(there))})]


def _install(version: str, *more: str) -> list[str]:
    return [*_OPTIONS, "--assume-yes", "--allow-downgrades", *more, "install", *_packages(version)]


def _simulate(job: Job, request: dict[str, Any]) -> dict[str, Any]:
    """Whether apt could install that version; nothing is changed."""
    done = _run(["apt-get", *_install(request["version"], "--simulate")])
    return {"status": done.returncode, "log": (done.stdout + done.stderr)[-4000:]}


def _start(job: Job, request: dict[str, Any]) -> dict[str, Any]:
    """Begin an installation; one that an earlier power cut or a person left half done is finished first."""
    found = job.facts()
    if found.get("runs"):
        raise Refusal("busy", f"it is installing already: {found['what']}")
    root = " ".join(_root())
    install = " ".join(shlex.quote(word) for word in _install(request["version"]))
    script = f"{root} dpkg --configure -a && {root} apt-get {install}"
    job.start(script, f"frr {request['version']}", _installed() or str(found.get("previous") or ""))
    return {"job": job.facts()}


def _restart(job: Job, _request: dict[str, Any]) -> dict[str, Any]:
    """Restart the routing daemons; also a process of its own."""
    if job.facts().get("runs"):
        raise Refusal("busy", "it is installing")
    previous = str(job.facts().get("previous") or "")
    job.start(" ".join([*_root(), "systemctl", "restart", "frr"]), "restart of frr", previous)
    return {"job": job.facts()}
