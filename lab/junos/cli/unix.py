"""`start shell`: the few Unix commands that scripts send, on the router's own files. Nothing of this machine is run."""

from __future__ import annotations

import asyncio
import hashlib
import posixpath
import shlex
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lab.junos.router import Router

Outcome = tuple[int, str]
DIGESTS = {"md5": "md5", "sha1": "sha1", "sha256": "sha256"}
LONGEST_SLEEP = 60.0


class UnixShell:
    """A shell that knows `;`, `&&`, `||`, `$?` and about twenty commands; `done` once it was left."""

    def __init__(self, router: Router, user: str) -> None:
        self.done = False
        self._router = router
        self._user = user
        self._cwd = router.files.home(user)
        self._status = 0

    @property
    def prompt(self) -> str:
        """csh's prompt for a user, and for root."""
        return f"root@{self._router.hostname}:~ # " if self._user == "root" else "% "

    async def run(self, line: str) -> str:
        """Run one line and return what it prints."""
        output = []
        for operator, command in _commands(line):
            if (operator == "&&" and self._status != 0) or (operator == "||" and self._status == 0):
                continue
            self._status, text = await self._one(command)
            output.append(text)
        return "".join(output)

    async def _one(self, command: list[str]) -> Outcome:
        name, *rest = [word.replace("$?", str(self._status)) for word in command]
        if name == "sleep":
            await asyncio.sleep(
                min(LONGEST_SLEEP, float(rest[0]) if rest and rest[0].replace(".", "").isdigit() else 0)
            )
            return 0, ""
        if name in ("exit", "logout"):
            self.done = True
            return 0, ""
        if name in DIGESTS:
            return self._each(rest, lambda shown, path: _digest(name, shown, path))
        function = getattr(self, f"_do_{name}", None)
        if function is None:
            return 1, f"{name}: Command not found.\n"
        try:
            outcome: Outcome = function([word for word in rest if not word.startswith("-")])
            return outcome
        except OSError as error:
            return 1, f"{name}: {rest[-1] if rest else ''}: {error.strerror or error}\n"

    def _path(self, text: str) -> Path:
        return self._router.files.real(text, self._user, self._cwd)

    def _each(self, names: list[str], function: Callable[[str, Path], str]) -> Outcome:
        """Apply a function to every named file; the exit status is 1 when one fails."""
        status, output = 0, []
        for name in names:
            try:
                output.append(function(name, self._path(name)))
            except OSError as error:
                status = 1
                output.append(f"{name}: {error.strerror or error}\n")
        return status, "".join(output)

    def _do_echo(self, rest: list[str]) -> Outcome:
        return 0, " ".join(rest) + "\n"

    def _do_true(self, rest: list[str]) -> Outcome:
        return 0, ""

    def _do_false(self, rest: list[str]) -> Outcome:
        return 1, ""

    def _do_pwd(self, rest: list[str]) -> Outcome:
        return 0, self._cwd + "\n"

    def _do_whoami(self, rest: list[str]) -> Outcome:
        return 0, self._user + "\n"

    def _do_hostname(self, rest: list[str]) -> Outcome:
        return 0, self._router.hostname + "\n"

    def _do_uname(self, rest: list[str]) -> Outcome:
        return 0, "JUNOS\n"

    def _do_cat(self, rest: list[str]) -> Outcome:
        return self._each(rest, lambda shown, path: path.read_text("utf-8", "replace"))

    def _do_cd(self, rest: list[str]) -> Outcome:
        target = rest[0] if rest else "~"
        if not self._path(target).is_dir():
            return 1, f"{target}: No such file or directory.\n"
        if target.startswith("~"):
            target = self._router.files.home(self._user) + target[1:]
        self._cwd = posixpath.normpath(posixpath.join(self._cwd, target))
        return 0, ""

    def _do_ls(self, rest: list[str]) -> Outcome:
        return self._each(rest or ["."], _listing)

    def _do_rm(self, rest: list[str]) -> Outcome:
        return self._each(rest, _quietly(Path.unlink))

    def _do_mkdir(self, rest: list[str]) -> Outcome:
        return self._each(rest, _quietly(partial(Path.mkdir, parents=True, exist_ok=True)))

    def _do_touch(self, rest: list[str]) -> Outcome:
        return self._each(rest, _quietly(Path.touch))

    def _do_cp(self, rest: list[str]) -> Outcome:
        if len(rest) != 2:
            return 1, "usage: cp source target\n"
        shutil.copyfile(self._path(rest[0]), self._path(rest[1]))
        return 0, ""

    def _do_mv(self, rest: list[str]) -> Outcome:
        if len(rest) != 2:
            return 1, "usage: mv source target\n"
        self._path(rest[0]).rename(self._path(rest[1]))
        return 0, ""


def _quietly(function: Callable[[Path], None]) -> Callable[[str, Path], str]:
    """A command that prints nothing."""

    def run(_shown: str, path: Path) -> str:
        function(path)
        return ""

    return run


def _listing(shown: str, path: Path) -> str:
    names = sorted(entry.name for entry in path.iterdir()) if path.is_dir() else [shown]
    path.stat()
    return "".join(name + "\n" for name in names)


def _digest(name: str, shown: str, path: Path) -> str:
    value = hashlib.new(DIGESTS[name], path.read_bytes(), usedforsecurity=False).hexdigest()
    return f"{name.upper()} ({shown}) = {value}\n"


def _commands(line: str) -> list[tuple[str, list[str]]]:
    """Split a line at `;`, `&&` and `||`: each command with the operator before it."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    found: list[tuple[str, list[str]]] = []
    operator, current = ";", list[str]()
    try:
        tokens = list(lexer)
    except ValueError:
        tokens = line.replace('"', " ").replace("'", " ").split()
    for token in [*tokens, ";"]:
        if token in (";", "&&", "||"):
            if current:
                found.append((operator, current))
            operator, current = token, []
        else:
            current.append(token)
    return found
