"""`lab exec` and the hosts' insides: a program runs in a host as it would anywhere, and can do no harm outside."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from .lab_harness import CHECKOUT, Lab, poll

pytestmark = pytest.mark.lab


def test_streams_status_directory_and_environment_are_the_callers(backbone: Lab, tmp_path: Path) -> None:
    script = "cat; echo $PWD $MARK; echo to-stderr >&2; exit 7"
    done = backbone.exec(
        "ctl", "sh", "-c", script, check=False, text="line in\n", cwd=tmp_path, environment={"MARK": "kept"}
    )  # fmt: skip
    assert done.stdout == f"line in\n{tmp_path} kept\n"
    assert (done.stderr, done.returncode) == ("to-stderr\n", 7)


def test_programs_of_the_interpreters_environment_are_found_first(backbone: Lab) -> None:
    bare = {"PATH": "/usr/bin:/bin"}
    done = backbone.exec("ctl", "sh", "-c", "command -v ansible-playbook", environment=bare)
    assert done.stdout == f"{Path(sys.prefix, 'bin', 'ansible-playbook')}\n"


@pytest.mark.parametrize(
    "argv, status", [(("sh", "-c", "kill -9 $$"), 137), (("no-such-program",), 127), (("/etc/passwd",), 126)]
)
def test_failures_have_a_shells_status(backbone: Lab, argv: tuple[str, ...], status: int) -> None:
    done = backbone.exec("jkt-r2", *argv, check=False)
    assert done.returncode == status
    assert "Traceback" not in done.stderr


def test_interrupts_reach_the_program_and_not_the_wrapper(backbone: Lab) -> None:
    shell = pexpect.spawn(
        backbone.command("exec", "jkt-r2")[0], ["-m", "lab", "exec", "jkt-r2"], env=backbone.environment,
        cwd=str(CHECKOUT), timeout=30, encoding="utf-8",
        # Tests that run in the background of a script ignore interrupts, and whatever they start would, too.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        shell.sendline("PS1='>''> '; echo sy''nc")
        shell.expect("sync")
        shell.expect(">> ")
        # Said by the program itself: a shell that has not yet given it the terminal would swallow the interrupt, and so
        # would one that is about to become the program.
        shell.sendline("sed -u 's/^/said: /'")
        shell.sendline("hello")
        shell.expect("said: hello")
        shell.sendintr()
        shell.expect(">> ")
        shell.sendline("echo status=$? host=$(hostname)")
        shell.expect("status=130 host=jkt-r2")
        shell.sendline("exit 3")
        shell.expect(pexpect.EOF)
    finally:
        shell.close()
    assert shell.exitstatus == 3


def test_killing_the_wrapper_kills_the_program(backbone: Lab) -> None:
    marker = "1234567"
    wrapper = subprocess.Popen(
        backbone.command("exec", "jkt-r2", "--", "sleep", marker), env=backbone.environment, cwd=CHECKOUT
    )
    poll(lambda: sleepers(backbone, marker), "the program to start")
    wrapper.send_signal(signal.SIGKILL)
    wrapper.wait(10)
    poll(lambda: not sleepers(backbone, marker), "the program to end with its wrapper")


def sleepers(lab: Lab, marker: str) -> list[str]:
    lines = lab.exec("jkt-r2", "ps", "-e", "-o", "args=").stdout.splitlines()
    return [line for line in lines if line.strip() == f"sleep {marker}"]


def test_a_terminated_wrapper_passes_the_signal_on(backbone: Lab) -> None:
    script = "trap 'echo terminated; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
    wrapper = subprocess.Popen(
        backbone.command("exec", "jkt-r2", "--", "sh", "-c", script), env=backbone.environment, cwd=CHECKOUT,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert wrapper.stdout is not None
    assert wrapper.stdout.readline() == "ready\n"
    wrapper.terminate()
    assert wrapper.communicate(timeout=60)[0] == "terminated\n"
    assert wrapper.returncode == 5


def test_a_host_sees_its_own_processes_names_and_files(backbone: Lab) -> None:
    processes = backbone.exec("jkt-r2", "ps", "-e", "-o", "comm=").stdout.split()
    assert processes.count("zebra") == 1, "processes of other hosts are invisible"
    assert {"staticd", "ospfd", "ospf6d", "bgpd", "bfdd"} <= set(processes)
    assert backbone.exec("jkt-r2", "hostname").stdout == "jkt-r2\n"
    backbone.exec("jkt-r2", "touch", "/etc/frr/mine", "/var/lib/fairway/mine", "/run/mine", "/var/log/mine")
    for file in ("/etc/frr/mine", "/var/lib/fairway/mine", "/run/mine", "/var/log/mine"):
        # The machine's own /etc/frr is closed to an ordinary user: whoever may not look could not write either.
        assert not os.access(file, os.F_OK)
        assert backbone.exec("sby-r2", "test", "-e", file, check=False).returncode == 1


def test_a_router_cannot_write_to_the_machine(backbone: Lab) -> None:
    for target in ("/etc/fairway-lab-test", str(CHECKOUT / "fairway-lab-test")):
        done = backbone.exec("jkt-r2", "touch", target, check=False)
        assert done.returncode != 0, target
        assert "Read-only file system" in done.stderr
        assert not Path(target).exists()


def test_ctl_logs_in_everywhere_with_verified_host_keys(backbone: Lab) -> None:
    for host in ("jkt-r2", "192.0.2.134", "jkt-probe"):
        done = backbone.exec("ctl", "ssh", "-o", "BatchMode=yes", host, "id -un; vtysh -c 'show version' | head -1")
        assert done.stdout.startswith("fairway\nFRRouting 8.4"), done.stdout
    netconf = ("ssh", "-o", "BatchMode=yes", "-p", "830", "jkt-r1", "-s", "netconf")
    hello = backbone.exec("ctl", *netconf, text="", check=False)  # the emulator ends the session without a status
    assert "urn:ietf:params:netconf:base:1.0" in hello.stdout
    terminal = backbone.exec("ctl", "ssh", "-tt", "jkt-r2", "tty", text="")
    assert terminal.stdout.startswith("/dev/pts/")


def test_the_login_user_configures_frr_and_has_no_other_rights(backbone: Lab) -> None:
    allowed = "vtysh -c 'show running-config' >/dev/null && touch /etc/frr/x /var/lib/fairway/x && rm /etc/frr/x"
    backbone.exec("ctl", "ssh", "jkt-r2", allowed)
    backbone.exec("ctl", "ssh", "jkt-r2", "/usr/lib/frr/frr-reload.py --test /etc/frr/frr.conf")
    denied = backbone.exec("ctl", "ssh", "jkt-r2", "/usr/sbin/ip link set eth1 down", check=False)
    assert "Operation not permitted" in denied.stderr


def test_ctl_has_a_home_and_the_labs_key_and_works_on_the_lab_from_inside(backbone: Lab) -> None:
    lines = backbone.exec("ctl", "sh", "-c", "echo $HOME; cd ~; pwd; echo $FAIRWAY_PUBLIC_KEY").stdout.splitlines()
    assert lines == ["/run/home/root", "/run/home/root", backbone.state.public_key()]
    inside = backbone.exec("ctl", *backbone.command("exec", "jkt-r2", "--", "hostname"))
    assert inside.stdout == "jkt-r2\n"
    assert "inside the lab" in backbone.exec("ctl", *backbone.command("down"), check=False).stderr


def test_secrets_are_the_owners_alone(backbone: Lab) -> None:
    assert backbone.state.directory.stat().st_mode & 0o077 == 0
    private = [path for path in backbone.state.directory.rglob("*ed25519*") if path.suffix != ".pub"]
    assert len(private) > len(backbone.state.topology().hosts)
    assert [path for path in private if path.stat().st_mode & 0o077] == []
    assert {path.stat().st_uid for path in private} == {os.geteuid()}
