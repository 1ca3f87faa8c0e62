"""The lab's first process: init of its pid namespace, owner of its wires, answerer of its control socket.

Everything of a lab hangs on this process: when it ends, for whatever reason, the kernel ends every process of the lab,
and with them go all namespaces, devices and mounts.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from lab.control import NAMESPACE_KINDS, socket_address
from lab.errors import LabError
from lab.hosts import init
from lab.hosts.options import Options
from lab.net import namespaces as ns
from lab.net import netns
from lab.net.cabling import Cabling
from lab.net.enter import clean_environment
from lab.state import LabState
from lab.topology import Host

HOME_S = 5.0
"""Seconds between two looks at whether the lab's directory is still there."""

Answer = tuple[dict[str, Any], list[int]]
"""What an operation returns: the reply, and descriptors that go with it."""


@dataclass
class Machine:
    """A host and what is known of it. ``state``: off, booting, ready or failed."""

    host: Host
    state: str = "off"
    reason: str = ""
    pid: int = 0
    booted: float = 0.0
    seconds: float = 0.0
    descriptors: list[int] = field(default_factory=list)
    pidfd: int = -1
    events: int = -1


class Supervisor:
    """Boots hosts, keeps wires, serves the control socket; one thread, one loop."""

    def __init__(self, state: LabState, ready: int, watched: int | None = None) -> None:
        """Read the stored topology.

        ``ready`` is a pipe on which the outcome of the boot is told, once; ``watched`` stands for a process
        (pidfd) with which the lab ends.
        """
        self.state = state
        self.topology = state.topology()
        self.options = Options.load(state.directory / "options.json")
        self.machines = {host.name: Machine(host) for host in self.topology.hosts}
        self.cabling = Cabling(self.topology)
        self.selector = selectors.DefaultSelector()
        self.ready, self.watched = ready, watched
        in_user_namespace = "LAB_USER_NAMESPACE" in os.environ
        self.kinds = [kind for kind in NAMESPACE_KINDS if kind != "user" or in_user_namespace]
        self._operations: dict[str, Callable[..., Answer]] = {
            "status": self._status,
            "enter": self._enter,
            "boot": self._boot,
            "crash": self._crash,
            "impair": self._impair,
            "heal": self._heal,
        }

    def run(self) -> NoReturn:
        """Boot everything, then serve until killed."""
        self._listen()
        if self.watched is not None:
            self.selector.register(self.watched, selectors.EVENT_READ, self._end)
        for machine in self.machines.values():
            netns.create(machine.host.name)
        self.cabling.build()
        for machine in self.machines.values():
            self._start(machine)
        while True:
            for key, _ in self.selector.select(HOME_S):
                # Of several things that happened at once, an earlier one may have closed what a later one is about.
                if self.selector.get_map().get(key.fd) is key:
                    key.data(key.fileobj)
            self._reap()
            self._look_home()

    def _listen(self) -> None:
        directory = os.open(self.state.directory, os.O_PATH | os.O_DIRECTORY)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        listener.bind(socket_address(directory))
        self.state.socket.chmod(0o600)
        listener.listen(64)
        os.close(directory)
        self.selector.register(listener, selectors.EVENT_READ, self._accept)

    # -- hosts ------------------------------------------------------------------------------------------------

    def _start(self, machine: Machine) -> None:
        machine.state, machine.reason, machine.booted = "booting", "", time.monotonic()
        path = netns.NETNS / machine.host.name
        machine.pid, machine.events = init.spawn(machine.host, self.state, self.options, path)
        machine.pidfd = os.pidfd_open(machine.pid)
        paths = [f"/proc/{machine.pid}/ns/{kind}" for kind in self.kinds]
        machine.descriptors = [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in paths]
        self.selector.register(machine.events, selectors.EVENT_READ, lambda _: self._event(machine))
        self.selector.register(machine.pidfd, selectors.EVENT_READ, lambda _: self._ended(machine))

    def _event(self, machine: Machine) -> None:
        raw = os.read(machine.events, 65536)
        if not raw:
            self.selector.unregister(machine.events)
            return
        for line in raw.splitlines():
            message = json.loads(line)
            if message["event"] == "ready":
                machine.state = "ready"
            elif message["event"] == "failed":
                machine.state, machine.reason = "failed", message["reason"]
            else:
                machine.state, machine.reason = "failed", f"{message['service']} ended with code {message['code']}"
            machine.seconds = time.monotonic() - machine.booted
            print(f"{machine.host.name}: {machine.state} {machine.reason} {machine.seconds:.2f} s", flush=True)
        self._tell_boot()

    def _tell_boot(self) -> None:
        """Tell `up` once, when no host is booting any more."""
        if self.ready < 0 or any(machine.state == "booting" for machine in self.machines.values()):
            return
        failed = {name: _shortened(one.reason) for name, one in self.machines.items() if one.state != "ready"}
        with suppress(OSError):  # `up` may have been interrupted; the lab stays
            os.write(self.ready, json.dumps({"failed": failed}).encode())
        os.close(self.ready)
        self.ready = -1

    def _ended(self, machine: Machine) -> None:
        """A host's init is gone, and so is everything in the host."""
        for descriptor in (machine.events, machine.pidfd):
            with suppress(KeyError):
                self.selector.unregister(descriptor)
        for descriptor in (machine.events, machine.pidfd, *machine.descriptors):
            os.close(descriptor)
        machine.descriptors, machine.pid, machine.pidfd, machine.events = [], 0, -1, -1
        machine.state, machine.reason = "off", machine.reason or "its init ended"
        self._tell_boot()

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    def _look_home(self) -> None:
        """Without its directory a lab can be found, and ended, by nobody."""
        try:
            self.state.directory.stat()
        except FileNotFoundError:
            self._end(None)
        except OSError:
            pass  # it may be there: somebody closed a directory above

    def _end(self, _watched: object) -> NoReturn:
        """Nobody can want this lab any more: end every host, remove the files, and end."""
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # everybody of this pid namespace but its init
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
        with suppress(OSError):
            self.state.remove()
        os._exit(0)

    # -- control ----------------------------------------------------------------------------------------------

    def _accept(self, listener: Any) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(5)
            with suppress(OSError, ValueError):
                raw = connection.makefile("rb").readline()
                if not raw:
                    return  # somebody asked whether we are alive
                reply, descriptors = self._answer(json.loads(raw))
                payload = json.dumps(reply).encode() + b"\n"
                sent = socket.send_fds(connection, [payload], descriptors)
                connection.sendall(payload[sent:])

    def _answer(self, request: dict[str, Any]) -> Answer:
        operation = str(request.pop("op", ""))
        try:
            return self._operations[operation](**request)
        except KeyError:
            return {"error": f"operation {operation!r}: unknown to this lab; was it started by another version?"}, []
        except LabError as error:
            return {"error": str(error)}, []

    def _impair(self, **request: Any) -> Answer:
        return self.cabling.impair(**request), []

    def _heal(self, **request: Any) -> Answer:
        return self.cabling.heal(**request), []

    def _machine(self, host: str) -> Machine:
        return self.machines[self.topology.host(host).name]

    def _status(self) -> Answer:
        hosts = {
            name: {"state": one.state, "reason": one.reason, "seconds": round(one.seconds, 2)}
            for name, one in self.machines.items()
        }
        return {"hosts": hosts, "links": self.cabling.status()}, []

    def _enter(self, host: str) -> Answer:
        machine = self._machine(host)
        if not machine.descriptors:
            raise LabError(f"{host} is off ({machine.reason}); `python -m lab boot {host}` starts it")
        return {"kinds": self.kinds}, machine.descriptors

    def _crash(self, host: str) -> Answer:
        machine = self._machine(host)
        if machine.host.role == "controller":
            raise LabError(f"{host} is where you work; crash a router, a carrier or a probe")
        if machine.pidfd >= 0:
            machine.reason = "crashed on request"
            with suppress(ProcessLookupError, ChildProcessError):  # it has ended by itself and is buried already
                signal.pidfd_send_signal(machine.pidfd, signal.SIGKILL)
                os.waitid(os.P_PIDFD, machine.pidfd, os.WEXITED)
            self._ended(machine)
        self.cabling.unplug_host(machine.host)
        netns.destroy(host)
        return {}, []

    def _boot(self, host: str) -> Answer:
        machine = self._machine(host)
        if machine.pidfd >= 0:
            raise LabError(f"{host} is {machine.state}; `python -m lab crash {host}` first")
        self.cabling.unplug_host(machine.host)
        netns.destroy(host)
        netns.create(host)
        self.cabling.plug_host(machine.host)
        self._start(machine)
        return {}, []


def _shortened(text: str) -> str:
    """Who says it, and the end of what was said: every host's fits into one write on the pipe."""
    return text if len(text) <= 400 else f"{text[:80]} ... {text[-300:]}"


def enter_namespaces() -> None:
    """Move into the lab's namespaces, as root directly and else through a user namespace; the next fork is its init."""
    flags = ns.CLONE_NEWNS | ns.CLONE_NEWPID | ns.CLONE_NEWNET | ns.CLONE_NEWUTS | ns.CLONE_NEWIPC
    if os.geteuid() == 0:
        try:
            ns.unshare(flags)
        except PermissionError:  # root of a container without the right to: a user namespace may still be allowed
            pass
        else:
            return
    ns.become_single_user_root()
    os.environ["LAB_USER_NAMESPACE"] = "1"
    ns.unshare(flags)


def _init(state: LabState, ready: int, watched: int | None) -> NoReturn:
    """What the forked child does: a private /proc and /run, then the loop."""
    ns.private_mounts()
    ns.mount("proc", "/proc", "proc")
    ns.mount("tmpfs", "/run", "tmpfs", ns.MS_NOSUID_NODEV, "mode=0755")
    netns.NETNS.mkdir()
    # The lab's own namespace only carries frames: no addresses, no router discovery into the hosts' wires.
    Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1", encoding="ascii")
    ns.sethostname(f"lab-{state.name}"[:63])
    os.environ.update(clean_environment(os.environ))
    Supervisor(state, ready, watched).run()


def main(arguments: list[str]) -> int:
    """``python -m lab.supervisor DIRECTORY READY_FD [WATCHED_FD]``: started by `up`; returns in the parent only."""
    directory, ready = Path(arguments[0]), int(arguments[1])
    watched = int(arguments[2]) if len(arguments) > 2 else None
    state = LabState(directory.name, directory)
    try:
        enter_namespaces()
        if os.fork() == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            _init(state, ready, watched)
    except (LabError, OSError) as error:
        os.write(ready, json.dumps({"error": str(error)}).encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
