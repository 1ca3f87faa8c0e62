"""`sudo` of the lab, both halves: what the login user calls, and the process of the host that runs the command as root.

The login user lives in a user namespace of its own and has no right in the host's, so nothing that it starts can be
root there. The command is started by a child of the host's init instead, with the caller's streams and directory.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

SOCKET = "/run/lab/sudo.sock"
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
SECURE_PATH = "/run/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KEPT = ("LANG", "LC_ALL", "TERM", "DEBIAN_FRONTEND")
"""What of the caller's environment the command finds in its own, as far as Debian's sudoers keep it or callers need."""
IGNORED = ("-n", "-S", "-H", "-k", "--non-interactive", "--stdin", "--set-home", "--")


class Misused(Exception):
    """A command line that the lab's sudo does not understand."""


def understand(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """Variables that are set before the command, and the command. Raises Misused."""
    rest, variables = list(arguments), {}
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word in ("-u", "--user", "-p", "--prompt"):
            value = rest.pop(0) if rest else ""
            if word in ("-u", "--user") and value not in ("root", "#0"):
                raise Misused(f"user {value}: only root is somebody else in the lab")
        elif word == "--":
            break
        elif word not in IGNORED and word.lstrip("-").strip("nSHk"):
            raise Misused(f"the lab's sudo does not model {word}")
    while rest and "=" in rest[0] and rest[0].partition("=")[0].isidentifier():
        name, _equals, value = rest.pop(0).partition("=")
        variables[name] = value
    if not rest:
        raise Misused("expected a command")
    return variables, rest


def environment(variables: dict[str, str]) -> dict[str, str]:
    """The command's environment."""
    found = {name: os.environ[name] for name in KEPT if name in os.environ}
    found |= {"PATH": SECURE_PATH, "HOME": "/run/home/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash"}
    found |= {"SUDO_USER": os.environ.get("USER", ""), "SUDO_UID": str(os.getuid()), "SUDO_GID": str(os.getgid())}
    return found | variables


def main(arguments: list[str]) -> int:
    """Run a command as root; returns its exit status (128 + N when signal N ended it)."""
    try:
        variables, command = understand(arguments)
    except Misused as error:
        print(f"sudo: {error}", file=sys.stderr)
        return 1
    told = environment(variables)
    if os.geteuid() == 0:
        _become(command, told, os.getcwd())  # noqa: PTH109
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(SOCKET)
        except OSError as error:
            print(f"sudo: nobody here may become root ({error})", file=sys.stderr)
            return 1
        signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)  # until there is a command to pass them on to
        message = {"command": command, "environment": told, "directory": os.getcwd()}  # noqa: PTH109
        socket.send_fds(connection, [json.dumps(message).encode() + b"\n"], [0, 1, 2])
        for number in FORWARDED:
            signal.signal(number, lambda number, _frame: connection.sendall(bytes([number])))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        answer = connection.recv(16)
    return int(answer or b"1")


def _become(command: list[str], told: dict[str, str], directory: str) -> NoReturn:
    try:
        os.chdir(directory)
        os.execvpe(command[0], command, told)  # noqa: S606 - the point of it
    except OSError as error:
        print(f"sudo: {command[0]}: {error.strerror}", file=sys.stderr, flush=True)
    os._exit(1)


def serve_forked() -> int:
    """Fork the host's half and return its process id. Called by the host's init, whose root it has."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    Path(SOCKET).unlink(missing_ok=True)
    listener.bind(SOCKET)
    listener.listen(16)
    child = os.fork()
    if child:
        listener.close()
        return child
    try:
        os.closerange(3, listener.fileno())
        os.closerange(listener.fileno() + 1, 4096)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the children answer for themselves
        while True:
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                _serve(connection)
            connection.close()
    finally:
        os._exit(1)


def _serve(connection: socket.socket) -> NoReturn:
    """One command: start it, pass signals on, tell how it ended. A caller that is gone does not end it."""
    with suppress(OSError, ValueError):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        raw, streams, _flags, _from = socket.recv_fds(connection, 1 << 20, 3)
        while b"\n" not in raw and (more := connection.recv(1 << 20)):
            raw += more
        request = json.loads(raw.partition(b"\n")[0])
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            for target, stream in enumerate(streams):
                os.dup2(stream, target)
            os.closerange(3, 4096)
            os.umask(0o022)
            _become(request["command"], request["environment"], request["directory"])
        with suppress(OSError):  # it may have become its program already
            os.setpgid(child, child)
        for stream in streams:
            os.close(stream)
        code = _attend(connection, child)
        connection.sendall(str(128 - code if code < 0 else code).encode())
    os._exit(0)


def _attend(connection: socket.socket, child: int) -> int:
    handle = os.pidfd_open(child)
    watched: list[socket.socket | int] = [connection, handle]
    while True:
        ready = select.select(watched, [], [])[0]
        if handle in ready:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told = b""
        with suppress(OSError):
            told = connection.recv(16)
        for number in told:
            with suppress(ProcessLookupError):
                os.killpg(child, number)
        if not told:
            watched = [handle]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
