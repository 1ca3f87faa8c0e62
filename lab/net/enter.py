"""Run a program inside a host's namespaces, as if it had been started there."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from lab.net.namespaces import die_with_parent, same_namespace, setns

FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
NOT_FOUND, NOT_EXECUTABLE = 127, 126


@dataclass(frozen=True)
class Namespaces:
    """Open namespace descriptors by kind (user, mnt, uts, net, pid); used once, then closed."""

    descriptors: Mapping[str, int]

    def join(self, *, with_pid: bool) -> None:
        """Move this process into the namespaces; the pid namespace counts from the next fork on."""
        for kind in ("user", "uts", "net", "pid", "mnt"):
            descriptor = self.descriptors.get(kind)
            if descriptor is None or (kind == "pid" and not with_pid) or same_namespace(descriptor, kind):
                continue
            setns(descriptor)

    def close(self) -> None:
        """Close the descriptors."""
        for descriptor in self.descriptors.values():
            os.close(descriptor)


def enter(spaces: Namespaces, argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run ``argv`` inside, on this process's terminal, standard streams and current directory.

    Returns the exit status as a shell would (128 + signal when a signal ended it). The terminal's own signals reach
    the program directly; TERM, HUP, USR1 and USR2 sent to this process are passed on; when this process is killed, the
    program is killed. Stopping (Ctrl-Z) stops both.
    """
    directory = os.getcwd()  # noqa: PTH109
    spaces.join(with_pid=True)
    spaces.close()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _become(argv, environment, directory)
    return _wait(child)


def _become(argv: Sequence[str], environment: Mapping[str, str], directory: str) -> None:
    die_with_parent(signal.SIGKILL)
    try:
        os.chdir(directory)
    except OSError as error:
        print(f"lab: {directory}: {error.strerror} inside the host; starting in /", file=sys.stderr)
        os.chdir("/")
    try:
        os.execvpe(argv[0], list(argv), dict(environment))  # noqa: S606
    except FileNotFoundError:
        print(f"lab: {argv[0]}: command not found", file=sys.stderr)
        code = NOT_FOUND
    except OSError as error:
        print(f"lab: {argv[0]}: {error.strerror}", file=sys.stderr)
        code = NOT_EXECUTABLE
    sys.stderr.flush()
    os._exit(code)


def _wait(child: int) -> int:
    """Wait for the child as a shell does: follow its stops, pass signals on, return its status."""

    def forward(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    for number in FORWARDED:
        signal.signal(number, forward)
    # Ctrl-C and Ctrl-\ go to the whole foreground group: the program decides what they mean.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
            os.kill(child, signal.SIGCONT)
            continue
        code = os.waitstatus_to_exitcode(status)
        return 128 - code if code < 0 else code


def start(spaces: Namespaces, argv: Sequence[str], text: str | None = None) -> subprocess.Popen[str]:
    """Start ``argv`` inside, its output (both streams) on a pipe; for short questions to a host's own tools.

    Raises FileNotFoundError for an unknown program.
    """
    process = subprocess.Popen(
        list(argv),
        preexec_fn=lambda: spaces.join(with_pid=False),  # noqa: PLW1509 - this program has one thread
        stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean_environment(os.environ),
    )
    if text is not None and process.stdin is not None:
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
    return process


def finish(process: subprocess.Popen[str], timeout: float = 30.0) -> str:
    """Return a started program's output when it ends. Raises subprocess.TimeoutExpired, the program then killed."""
    try:
        return process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the system directories on PATH: an ordinary user's often has no /usr/sbin."""
    path = environment.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    missing = [one for one in ("/usr/sbin", "/sbin") if one not in path.split(":")]
    return {**environment, "PATH": ":".join([path, *missing])}


def with_interpreters_programs(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with this virtual environment's programs first on PATH; unchanged outside of one.

    Whoever runs `.venv/bin/python -m lab exec ctl -- ansible-playbook ...` means the one beside that interpreter.
    """
    if sys.prefix == sys.base_prefix:
        return dict(environment)
    own = str(Path(sys.prefix, "bin"))
    others = [one for one in environment.get("PATH", os.defpath).split(os.pathsep) if one != own]
    return {**environment, "PATH": os.pathsep.join([own, *others])}
