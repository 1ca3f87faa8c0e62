"""Faults: each makes something go wrong for one change on one router, and puts it right afterwards."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tests.hostile.network import ADDRESS, LONG, Change, Network
from tests.lab.lab_harness import CHECKOUT, poll

Fault = Callable[[Network, Change, str], AbstractContextManager[None]]
HERE = Path(__file__).resolve().parent
_CHAIN = "add table inet hostile; add chain inet hostile out { type filter hook output priority 0; };"
_FRESH = "-F /dev/null -o IdentitiesOnly=yes -o User=fairway -o StrictHostKeyChecking=yes"


def nothing() -> Fault:
    """All is well."""
    return with_variables()


def with_variables(**variables: Any) -> Fault:
    """The router's own variables are wrong."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        change.set(router, **variables)
        yield

    return fault


def emulator(*specs: str, **variables: Any) -> Fault:
    """The Junos emulator plays these faults (docs/lab-junos.md)."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        change.set(router, **variables)
        network.lab.junos(router, op="faults", set=list(specs))
        yield

    return fault


def wire(spec: str) -> Fault:
    """The way to an FRR router breaks at an operation; see faulty_ssh.py."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        script = change.directory / f"ssh-{router}"
        mark = change.directory / f"played-{router}"
        assigned = {"FAULT": spec, "ROUTER": ADDRESS[router], "PLAYED": str(mark)}
        words = " ".join(f"{name}={shlex.quote(value)}" for name, value in assigned.items())
        program = f"{shlex.quote(sys.executable)} {shlex.quote(str(HERE / 'faulty_ssh.py'))}"
        script.write_text(f'#!/bin/sh\n{words} exec {program} "$@"\n')
        script.chmod(0o755)
        change.set(router, ansible_ssh_executable=str(script))
        yield
        assert mark.exists(), f"the fault {spec} never played: the test does not test what it says"

    return fault


def cut(verdict: str) -> Fault:
    """Packets from the controller to the router are dropped, or answered with a reset."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        rule = f"ip daddr {ADDRESS[router]} tcp dport {{ 22, 830 }} {verdict}"
        network.lab.ask("ctl", "nft", f"{_CHAIN} add rule inet hostile out {rule}")
        yield

    return fault


def wrong_key() -> Fault:
    """A key that the router does not know."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        key = change.directory / f"other-key-{router}"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        change.set(
            router,
            ansible_ssh_private_key_file=str(key),
            ansible_junos_ssh_config="",
            ansible_ssh_args=f"{_FRESH} -o ControlPath=none",
        )
        yield

    return fault


@contextmanager
def _inside(network: Network, host: str, *command: str) -> Iterator[None]:
    """A program inside a host that prints `ready`, and undoes what it did when its input ends."""
    with subprocess.Popen(
        network.lab.command("exec", host, "--", *command),
        cwd=CHECKOUT,
        env=network.lab.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.communicate(timeout=60)
            assert process.returncode == 0


def person(deed: str) -> Fault:
    """Somebody else's NETCONF session: `lock`, `edit` (uncommitted) or `commit-confirmed`; undone at the end."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        program = str(HERE / "other_person.py")
        with _inside(network, "ctl", sys.executable, program, ADDRESS[router], deed):
            yield

    return fault


def held_lock() -> Fault:
    """Somebody else holds Fairway's lock on an FRR router."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        script = "exec 9>>/var/lib/fairway/lock; flock 9; echo ready; cat >/dev/null"
        with _inside(network, router, "sh", "-c", script):
            yield

    return fault


def typed_by_hand(*lines: str, undo: tuple[str, ...]) -> Fault:
    """Somebody configured something on an FRR router and did not save it."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        network.lab.configure(router, *lines)
        yield
        # What was typed is still there: it is somebody's.
        assert lines[0] in network.lab.exec(router, "vtysh", "-c", "show running-config").stdout
        network.lab.configure(router, *undo)

    return fault


def full_disk(directory: str, free_kib: int) -> Fault:
    """A directory's file system has this little room left."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        def shell(script: str) -> None:
            network.lab.ask(router, "sh", "-ec", script)

        # A copy of what it held, on a small disk that a file fills up to the last pages.
        shell(f"""
            rm -rf /run/kept; cp -a {directory} /run/kept
            size=$(( $(du -sk --apparent-size {directory} | cut -f1) + 256 ))
            mount -t tmpfs -o size=${{size}}k,mode=0755 tmpfs {directory}
            cp -a /run/kept/. {directory}
            free=$(df -k --output=avail {directory} | tail -1)
            head -c $(( (free - {free_kib}) * 1024 )) /dev/zero > {directory}/.ballast
        """)
        try:
            yield
            shell(f"rm {directory}/.ballast")
            assert network.look(router).settled == network.confirmed[router], "also as the full disk has it"
        finally:
            shell(f"umount {directory}; rm -rf /run/kept")

    return fault


def silence(step: str, operation: str) -> Fault:
    """Packets stop while the program on an FRR router is at this step of an operation; it goes on, unheard."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        def fall_silent() -> None:
            poll(lambda: paused(network, router, step), f"{router} is at {step}", 120.0)
            network.lab.ask("ctl", "nft", f"{_CHAIN} add rule inet hostile out ip daddr {ADDRESS[router]} drop")
            go_on(network, router, step)

        with ThreadPoolExecutor(1) as aside, wire(f"pause={step}@{operation}")(network, change, router):
            silent = aside.submit(fall_silent)
            yield
            silent.result(60)

    return fault


def another_deploy() -> Fault:
    """A colleague's deploy waits for its confirmation while ours comes along; it is confirmed in the end."""

    @contextmanager
    def fault(network: Network, change: Change, router: str) -> Iterator[None]:
        theirs = network.change(router)
        # A proof that takes until we have had our turn, also on a busy machine; the routers' timer outlives it.
        theirs.options = {"change_soak": 15, "change_deadline": 40, "change_confirm_minutes": LONG}
        with network.deploying(theirs) as deploy:
            deploy.until("the colleague's change waits", lambda: network.look(router).runs == theirs.number)
            yield
            assert deploy.process.poll() is None, "the colleague was done before we came: nothing was tested"
            run = deploy.wait()
            assert run.rows[router]["result"] == "confirmed", run.output
            network.confirmed[router] = theirs.number

    return fault


def paused(network: Network, router: str, step: str) -> bool:
    """Whether the program on an FRR router stands at this step; see faulty_ssh.py."""
    return network.lab.ask(router, "test", "-e", f"/run/hostile.{step}", check=False).returncode == 0


def go_on(network: Network, router: str, step: str) -> None:
    """Let a paused program go on, and wait until it is gone."""
    network.lab.ask(router, "touch", "/run/hostile.go")
    alive = "pgrep -f 'program=json.[l]oad' >/dev/null && exit 1 || exit 0"
    poll(lambda: network.lab.ask(router, "sh", "-c", alive, check=False).returncode == 0, "the paused program ends")
    network.lab.ask(router, "rm", "-f", "/run/hostile.go", f"/run/hostile.{step}")
