"""Two routers to bring files to, one of each platform, and ansible-playbook against both.

`r1` is the Junos emulator. `r2` is this machine as an FRR router would be: the program that handles its files runs in
a shell of its own, below a directory of the test.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.plugin_utils.frr import FrrRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos import JunosRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_session import JunosSession
from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_ssh import SshOptions
from ansible_collections.fairway.backbone.plugins.plugin_utils.router_files import FileHand, file_hand

from .junos_emulator import BASE_CONFIG, PASSWORD, ROOT, USER, Emulator

SFTP = "set system services ssh sftp-server\n"
Transport = Callable[[str, bytes], tuple[int, str, str]]


def config(directory: Path, sftp: bool) -> Path:
    """A configuration for the emulator, with or without SFTP."""
    text = BASE_CONFIG.replace("        ssh;\n        netconf", "        ssh {\n sftp-server;\n }\n        netconf")
    assert text != BASE_CONFIG
    path = directory / f"r1-{sftp}.conf"
    path.write_text(text if sftp else BASE_CONFIG)
    return path


@contextmanager
def junos_hand(emulator: Emulator) -> Iterator[FileHand]:
    """The files of the emulated router."""
    options = SshOptions("r1", "127.0.0.1", emulator.port, USER, PASSWORD, check_host_key=False, ssh_config="")
    session = JunosSession(options)
    try:
        yield file_hand(JunosRouter(session))
    finally:
        session.close()


def shell(command: str, stdin: bytes) -> tuple[int, str, str]:
    """What a connection to an FRR router does."""
    done = subprocess.run(["sh", "-c", command], input=stdin, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def frr_hand(transport: Transport = shell) -> FileHand:
    """The files of this machine, as those of an FRR router."""
    return file_hand(FrrRouter("r2", transport, python=sys.executable))


class World:
    """Both routers, an inventory that names them, and a controller's files below `directory`."""

    def __init__(self, emulator: Emulator, directory: Path) -> None:
        self.emulator = emulator
        self.directory = directory
        self.places = {"r1": "/var/tmp", "r2": str(directory / "r2")}
        (directory / "r2").mkdir()
        self.hold = directory / "hold"
        self._mark = f"FAIRWAY_TEST_FILES={uuid.uuid4()}"
        self._write_inventory()

    def _write_inventory(self) -> None:
        kind, key = (self.directory / "host.pub").read_text().split()[:2]
        (self.directory / "known_hosts").write_text(f"[127.0.0.1]:{self.emulator.port} {kind} {key}\n")
        python = self.directory / "python"
        # Stands still before it takes another piece of a file, while the file `hold` is there.
        python.write_text(
            f"#!/bin/sh\nwhile [ -e {self.hold} ] && [ -s {self.places['r2']}/held.tgz.part ]; do sleep 0.05; done\n"
            f'exec {sys.executable} "$@"\n'
        )
        python.chmod(0o755)
        junos = {
            "ansible_network_os": "junos",
            "ansible_connection": "fairway.backbone.junos",
            "ansible_host": "127.0.0.1",
            "ansible_port": self.emulator.port,
            "ansible_user": USER,
            "ansible_password": PASSWORD,
            "ansible_junos_known_hosts": [str(self.directory / "known_hosts")],
            "ansible_junos_ssh_config": "",
        }
        frr = {
            "ansible_network_os": "frr",
            "ansible_connection": "ansible.builtin.local",
            "ansible_python_interpreter": str(python),
        }
        hosts = {"r1": {**junos, "place": self.places["r1"]}, "r2": {**frr, "place": self.places["r2"]}}
        (self.directory / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))

    # -- what is on the routers --------------------------------------------------------------------------------------

    def path(self, router: str, name: str) -> Path:
        """A router's file as this machine has it."""
        if router == "r2":
            return Path(self.places["r2"]) / name
        return self.directory / "state" / "r1" / "files" / "var" / "tmp" / name

    def files(self, router: str) -> dict[str, int]:
        """Names and sizes of what is where the tests copy to."""
        return {path.name: path.stat().st_size for path in self.path(router, "x").parent.iterdir()}

    # -- the controller ----------------------------------------------------------------------------------------------

    def _start(self, tasks: str, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
        play = f"- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}"
        (self.directory / "play.yml").write_text(play.replace("HERE", str(self.directory)))
        program = Path(sys.executable).with_name("ansible-playbook")
        name, _, value = self._mark.partition("=")
        output = self.directory / "output"
        with output.open("wb") as out:
            process = subprocess.Popen(
                [program, "-i", self.directory / "inventory.json", self.directory / "play.yml", *arguments],
                cwd=ROOT,
                env={
                    **os.environ,
                    name: value,
                    "ANSIBLE_STDOUT_CALLBACK": "default",
                    "ANSIBLE_NOCOLOR": "1",
                    "ANSIBLE_LOG_PATH": str(self.directory / "log"),
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        return process, output

    def play(self, tasks: str, *arguments: str) -> tuple[int, str]:
        """Run tasks on both routers; the status, and what was printed with its line breaks made blanks."""
        process, output = self._start(tasks, *arguments)
        with process:
            try:
                status = process.wait(120)
            except subprocess.TimeoutExpired:
                self._kill()
                raise
        return status, " ".join(output.read_text().split())

    def killed(self, tasks: str, when: Callable[[], Any]) -> None:
        """Run tasks, and take the controller's power away at a moment."""
        process, output = self._start(tasks)
        with process:
            try:
                when()
            except AssertionError as error:
                raise AssertionError(f"{error}\n{output.read_text()}") from error
            finally:
                self._kill()

    def _kill(self) -> None:
        """Every process of the controller at once: Ansible's workers are in sessions of their own."""
        mark = self._mark.encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        os.kill(int(entry.name), signal.SIGKILL)
