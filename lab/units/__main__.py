"""`systemctl` in a host of the lab. Speaks as systemd's does, as far as ansible.builtin.systemd_service listens."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lab.errors import LabError
from lab.packages import service
from lab.packages.store import here
from lab.units import start, unitfile
from lab.units.state import RUNNING, Status, UnitState, log_file
from lab.units.unitfile import Scope, Unit

NOT_ACTIVE, NO_SUCH_UNIT = 3, 4
KINDS = (".service", ".timer")


class Systemctl:
    """The verbs. Each takes unit names and returns an exit status."""

    def __init__(self, scope: Scope, options: argparse.Namespace) -> None:
        """Reads nothing."""
        self.scope, self.options = scope, options
        self.verbs: dict[str, Callable[[list[str]], int]] = {
            "start": self.start, "stop": self.stop, "restart": self.restart, "try-restart": self.try_restart,
            "reload": self.reload, "reload-or-restart": self.restart, "kill": self.kill, "show": self.show,
            "status": self.status, "is-active": self.is_active, "is-failed": self.is_failed,
            "is-enabled": self.is_enabled, "enable": self.enable, "disable": self.disable,
            "reset-failed": self.reset_failed, "list-unit-files": self.list_unit_files,
            # Unit files are read anew at every start: there is nothing to reload.
            "daemon-reload": lambda _names: 0, "daemon-reexec": lambda _names: 0,
            "start-enabled": self.start_enabled,
        }  # fmt: skip

    def say(self, text: str) -> None:
        """Print unless --quiet."""
        if not self.options.quiet:
            print(text)

    def unit(self, name: str) -> Unit:
        """The unit of this name. Raises LabError when there is none."""
        found = unitfile.load(self.scope, name)
        if found is None:
            raise LabError(f"Unit {name} not found.")
        return found

    def status_of(self, name: str) -> Status:
        """What is true of a unit now."""
        return UnitState(self.scope, name).read()

    def start(self, names: list[str]) -> int:
        """Start what does not run; returns when it has started."""
        for name in names:
            self.unit(name)
            if self.status_of(name).active not in RUNNING:
                start.launch(self.scope, name, wait=not self.options.no_block)
        return 0

    def stop(self, names: list[str]) -> int:
        """End units and everything they started; returns when nothing of them is left."""
        for name in names:
            state = UnitState(self.scope, name)
            pid = state.keeper()
            if pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
                if not self.options.no_block and not state.await_end(120):
                    raise LabError(f"{name}: does not end")
            elif unitfile.load(self.scope, name) is None:
                raise LabError(f"Unit {name} not loaded.")
        return 0

    def restart(self, names: list[str]) -> int:
        """Stop and start."""
        for name in names:
            self.unit(name)
        return self.stop(names) or self.start(names)

    def try_restart(self, names: list[str]) -> int:
        """Restart what runs."""
        return self.restart([name for name in names if self.status_of(name).active in RUNNING])

    def reload(self, names: list[str]) -> int:
        """Run ExecReload= of running services."""
        for name in names:
            unit, status = self.unit(name), self.status_of(name)
            commands = unit.all("Service", "ExecReload")
            if not commands or status.active != "active":
                raise LabError(f"Job type reload is not applicable for unit {name}.")
            environment = {**unitfile.environment_of(unit, self.scope), "MAINPID": str(status.pid)}
            for text in commands:
                argv, counts = unitfile.command(text, environment, name)
                subprocess.run(argv, env=environment, check=counts, stdin=subprocess.DEVNULL)
        return 0

    def kill(self, names: list[str]) -> int:
        """Send a signal to the main process."""
        number = signal.Signals[f"SIG{self.options.signal.removeprefix('SIG')}"]
        for name in names:
            pid = self.status_of(name).pid
            if not pid:
                raise LabError(f"{name}: does not run")
            os.kill(pid, number)
        return 0

    def enabled(self, name: str) -> str:
        """`enabled`, `disabled`, `static` (nothing wants it), or "" for no such unit."""
        unit = unitfile.load(self.scope, name)
        if unit is None:
            return ""
        if not unit.all("Install", "WantedBy"):
            return "static"
        return "enabled" if all(link.is_symlink() for link in self.links(unit)) else "disabled"

    def links(self, unit: Unit) -> list[Path]:
        """The links that enable a unit."""
        targets = " ".join(unit.all("Install", "WantedBy")).split()
        return [self.scope.directory / f"{target}.wants" / unit.name for target in targets]

    def is_enabled(self, names: list[str]) -> int:
        """0 when all are enabled or static."""
        states = [self.enabled(name) for name in names]
        for name, state in zip(names, states, strict=True):
            if not state:
                print(f"Failed to get unit file state for {name}: No such file or directory", file=sys.stderr)
            self.say(state or "not-found")
        return 0 if all(state in ("enabled", "static") for state in states) else 1

    def enable(self, names: list[str]) -> int:
        """Link units to what wants them."""
        for name in names:
            for link in self.links(self.unit(name)):
                link.parent.mkdir(parents=True, exist_ok=True)
                link.unlink(missing_ok=True)
                link.symlink_to(self.scope.directory / name)
        return self.start(names) if self.options.now else 0

    def disable(self, names: list[str]) -> int:
        """Remove the links."""
        for name in names:
            for link in self.scope.directory.glob(f"*.wants/{name}"):
                link.unlink(missing_ok=True)
        return self.stop(names) if self.options.now else 0

    def start_enabled(self, _names: list[str]) -> int:
        """Start everything that is enabled, as a boot does. Of the lab's own; systemd has no such verb."""
        names = sorted({link.name for link in self.scope.directory.glob("*.wants/*") if link.exists()})
        for name in names:
            start.launch(self.scope, name, wait=False)
        return 0

    def is_active(self, names: list[str]) -> int:
        """0 when one of them is active."""
        states = [self.status_of(name).active for name in names]
        for state in states:
            self.say(state)
        return 0 if "active" in states else NOT_ACTIVE

    def is_failed(self, names: list[str]) -> int:
        """0 when one of them has failed."""
        states = [self.status_of(name).active for name in names]
        for state in states:
            self.say(state)
        return 0 if "failed" in states else 1

    def reset_failed(self, names: list[str]) -> int:
        """Forget failures."""
        for name in names:
            state = UnitState(self.scope, name)
            if state.read().active == "failed":
                state.write(Status())
        return 0

    def properties(self, name: str) -> dict[str, str]:
        """What `show` tells."""
        unit, status = unitfile.load(self.scope, name), self.status_of(name)
        return {
            "Id": name,
            "Names": name,
            "Description": unit.last("Unit", "Description", name) if unit else name,
            "LoadState": "loaded" if unit else "not-found",
            "ActiveState": status.active,
            "SubState": status.sub,
            "UnitFileState": self.enabled(name),
            "FragmentPath": str(unit.path) if unit else "",
            "NeedDaemonReload": "no",
            "MainPID": str(status.pid),
            "NRestarts": str(status.restarts),
            "Result": status.result,
            "ExecMainStatus": str(status.exit_status),
            "ActiveEnterTimestampMonotonic": str(int(status.entered * 1e6)),
            "InactiveEnterTimestampMonotonic": str(int(status.left * 1e6)),
        }

    def show(self, names: list[str]) -> int:
        """Properties, all or those of -p."""
        wanted = [one for text in self.options.property for one in text.split(",")]
        for name in names:
            for key, value in self.properties(name).items():
                if not wanted or key in wanted:
                    print(value if self.options.value else f"{key}={value}")
        return 0

    def status(self, names: list[str]) -> int:
        """A few lines for people, with the end of the log."""
        code = 0
        for name in names:
            told = self.properties(name)
            if told["LoadState"] != "loaded":
                print(f"Unit {name} could not be found.", file=sys.stderr)
                code = NO_SUCH_UNIT
                continue
            print(f"{name} - {told['Description']}")
            print(f"     Loaded: loaded ({told['FragmentPath']}; {told['UnitFileState']})")
            print(f"     Active: {told['ActiveState']} ({told['SubState']}); {told['NRestarts']} restarts")
            print(f"   Main PID: {told['MainPID']}\n        Log: {log_file(name)}")
            with suppress(OSError):
                print("\n".join(log_file(name).read_text(errors="replace").splitlines()[-10:]))
            code = code or (0 if told["ActiveState"] == "active" else NOT_ACTIVE)
        return code

    def list_unit_files(self, names: list[str]) -> int:
        """The unit files there are."""
        files = sorted(path.name for path in self.scope.directory.glob("*.*") if path.suffix in KINDS)
        for name in [one for one in files if not names or one in names]:
            print(f"{name} {self.enabled(name)}")
        return 0


def main(arguments: list[str]) -> int:
    """Exit status as systemctl's: 0, 1 for an error, 3 for not active, 4 for no such unit."""
    parser = argparse.ArgumentParser(prog="systemctl", description=__doc__)
    scopes = parser.add_mutually_exclusive_group()
    scopes.add_argument("--user", action="store_true")
    scopes.add_argument("--system", action="store_true")
    for flag in ("--no-block", "--now", "--value", "--no-pager", "--force", "--full", "--all", "--no-legend"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("-l", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("-p", "--property", action="append", default=[])
    parser.add_argument("-s", "--signal", default="TERM")
    parser.add_argument("verb")
    parser.add_argument("names", nargs="*", metavar="UNIT")
    options = parser.parse_intermixed_args(arguments)
    tool = Systemctl(unitfile.this_scope(user=options.user), options)
    if options.verb not in tool.verbs:
        print(f"systemctl: the lab's does not know {options.verb}", file=sys.stderr)
        return 1
    names = [name if name.endswith(KINDS) else f"{name}.service" for name in options.names]
    try:
        if names == [service.NAME] and not options.user and (packages := here()).exists():
            wanted = [one for text in options.property for one in text.split(",")]
            return service.main(packages, options.verb, wanted, value=options.value, quiet=options.quiet)
        return tool.verbs[options.verb](names)
    except (LabError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
