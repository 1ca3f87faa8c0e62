"""The FRR hand as people use it: ansible-playbook over a real sshd, from the lab's controller host."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import booted
from .lab_harness import Lab, poll

pytestmark = pytest.mark.lab

ROUTER = "jkt-r2"
OLD = f"""frr defaults traditional
hostname {ROUTER}
log syslog informational
service integrated-vtysh-config
"""
NEW = f"{OLD}ip route 198.51.100.0/24 blackhole\n"

STORY = """
- hosts: ROUTER
  gather_facts: false
  tasks:
    - fairway.backbone.config_stage: {text: "{{ new }}", change_id: fw-a, revision: abc, snapshot: true}
      register: staged
    - fairway.backbone.router_state: {compare_to: "{{ staged.before }}", soak: 1, deadline: 30, interval: 0.5}
      check_mode: true
      register: proof
    - fairway.backbone.config_confirm: {change_id: fw-a}
      register: confirmed
    - fairway.backbone.config_stage: {text: "{{ new }}", change_id: fw-b}
      register: again
    - fairway.backbone.config_get: {}
      register: got
    - fairway.backbone.config_revert: {change_id: fw-a}
      register: reverted
    - fairway.backbone.router_command: {commands: [show running-config]}
      register: asked
    - ansible.builtin.assert:
        that:
          - staged is changed and staged.state == 'staged' and staged.lines_added > 0
          - staged.diff_text is search('ip route 198.51.100.0/24 blackhole')
          - staged.before.system.hostname == 'ROUTER'
          - proof is not changed and proof.healthy and proof.looks >= 2
          - confirmed is changed and confirmed.state == 'confirmed'
          - again is not changed and again.state == 'unchanged'
          - got.history[0].change_id == 'fw-a'
          - reverted is changed and reverted.state == 'reverted'
          - "'198.51.100.0' not in asked.stdout[0]"
"""
STAGE = """
- hosts: ROUTER
  gather_facts: false
  tasks:
    - block:
        - fairway.backbone.config_stage: {text: "{{ new }}", change_id: fw-c, lock_wait: 60}
          register: staged
      rescue:
        - ansible.builtin.debug: {msg: "rescued"}
    - ansible.builtin.debug: {msg: "result {{ staged.state }} {{ staged.notes | default([]) }} {{ staged.message }}"}
"""
PROVE = """
- hosts: ROUTER
  gather_facts: false
  tasks:
    - fairway.backbone.router_state: {expect: {hostname: r}, soak: 1, deadline: 6, interval: 0.5}
      register: proof
      ignore_errors: true
    - ansible.builtin.debug: {msg: "healthy={{ proof.healthy }} {{ proof.message }}"}
"""


@pytest.fixture(scope="module")
def own_lab(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose routers nobody else configures."""
    yield from booted(tmp_path_factory.mktemp("lab"), "frr", "--minute", "1")


def command(lab: Lab, directory: Path, playbook: str, *arguments: str) -> list[str]:
    file = directory / "play.yml"
    file.write_text(playbook.replace("ROUTER", ROUTER))
    (directory / "vars.yml").write_text(f"new: |\n  {NEW.replace(chr(10), chr(10) + '  ').rstrip()}\n")
    ansible = str(Path(sys.executable).with_name("ansible-playbook"))
    program = [ansible, "-i", "inventory/lab", str(file), "-e", f"@{directory / 'vars.yml'}", *arguments]
    plain = ["env", "ANSIBLE_STDOUT_CALLBACK=default"]
    return lab.command("exec", "ctl", "--", *plain, *program)


def play(lab: Lab, directory: Path, playbook: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(lab, directory, playbook, *arguments),
        cwd=lab.checkout,
        env=lab.environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def words(output: str) -> str:
    """What was printed, without the callback's line breaks."""
    return " ".join(output.split())


def sessions(lab: Lab) -> list[str]:
    """Process numbers of the ssh sessions on the router."""
    lines = lab.ask(ROUTER, "ps", "-e", "-o", "pid=,args=").stdout.splitlines()
    return [line.split()[0] for line in lines if "sshd: fairway" in line]


def clean(lab: Lab) -> None:
    assert lab.exec(ROUTER, "ls", "-A", "/var/lib/fairway").stdout.split() == ["commits", "lock"]
    assert "timer.py" not in lab.exec(ROUTER, "ps", "-e", "-o", "args=").stdout


def test_the_whole_story_over_ssh(own_lab: Lab, tmp_path: Path) -> None:
    done = play(own_lab, tmp_path, STORY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "198.51.100.0" not in own_lab.exec(ROUTER, "vtysh", "-c", "show running-config").stdout
    clean(own_lab)


def test_a_session_that_is_dropped_while_staging_is_found_again(own_lab: Lab, tmp_path: Path) -> None:
    """The lock is held by another until the session is cut, so that the cut comes in the middle of the operation."""
    own_lab.exec(ROUTER, "mkdir", "-p", "/var/lib/fairway")
    holding = "exec 9>>/var/lib/fairway/lock; flock 9; echo held; read end"
    with (
        subprocess.Popen(
            own_lab.command("exec", ROUTER, "--", "sh", "-c", holding),
            cwd=own_lab.checkout,
            env=own_lab.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as holder,
        (tmp_path / "output").open("w+") as output,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with subprocess.Popen(
            command(own_lab, tmp_path, STAGE),
            cwd=own_lab.checkout,
            env=own_lab.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as playing:
            waiting = "program=json.load(sys.stdin)"
            poll(lambda: waiting in own_lab.ask(ROUTER, "ps", "-e", "-o", "args=").stdout, "the program waits", 40)
            own_lab.exec(ROUTER, "kill", "-KILL", *sessions(own_lab))
            holder.communicate("\n", timeout=20)
            assert playing.wait(90) == 0
        output.seek(0)
        said = words(output.read())
    assert "result staged" in said, said
    assert "the reply was lost" in said, said
    assert "198.51.100.0" in own_lab.exec(ROUTER, "vtysh", "-c", "show running-config").stdout
    done = play(own_lab, tmp_path, STAGE.replace('config_stage: {text: "{{ new }}", ', "config_revert: {"))
    assert "result reverted" in words(done.stdout), done.stdout
    clean(own_lab)


@pytest.mark.parametrize(
    "arguments, kind",
    [
        (("-e", "ansible_host=192.0.2.199", "-e", "ansible_ssh_timeout=3"), "192.0.2.199"),
        (("-e", "ansible_user=nobody"), "Permission denied"),
        (
            # Not over a session that is already open: that one was verified when it began.
            (
                "-e",
                "ansible_ssh_args='-o ControlPath=none -o UserKnownHostsFile=/none -o GlobalKnownHostsFile=/none'",
            ),
            "Host key verification failed",
        ),
        (("-e", "ansible_python_interpreter=/usr/bin/python9"), "set ansible_python_interpreter"),
    ],
)
def test_a_router_that_cannot_be_asked_is_a_result_and_no_exception(
    own_lab: Lab, tmp_path: Path, arguments: tuple[str, ...], kind: str
) -> None:
    done = play(own_lab, tmp_path, STAGE, *arguments)
    said = words(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "result refused" in said or "result failed" in said or "result unknown" in said, said
    assert kind in said
    assert "unreachable=0" in said


def test_a_router_that_becomes_unreachable_is_unhealthy(own_lab: Lab, tmp_path: Path) -> None:
    done = play(own_lab, tmp_path, PROVE, "-e", "ansible_host=192.0.2.199", "-e", "ansible_ssh_timeout=2")
    said = words(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "healthy=False unreachable" in said or "healthy=False timeout" in said, said
    assert "unreachable=0" in said
