"""The same transaction through ansible-playbook: the connection, the results as data, check and diff mode, secrecy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .change_junos import BASE, PASSWORD, USER, World, host_key_line
from .junos_emulator import ROOT, Emulator

CHANGE = "fw-20260101T000000-0a0b0c"
STORY = """
- hosts: r1
  gather_facts: false
  vars: {change: CHANGE_ID, conf: CONF_PATH}
  tasks:
    - name: stage
      fairway.backbone.config_stage: {src: "{{ conf }}", change_id: "{{ change }}", revision: abc, confirm_minutes: 9}
      register: staged
    - fairway.backbone.config_get: {dest: "{{ conf }}.running", hide_secrets: true}
      register: got
    - fairway.backbone.config_confirm: {change_id: "{{ change }}"}
      register: confirmed
    - fairway.backbone.config_stage: {src: "{{ conf }}", change_id: "{{ change }}-2"}
      register: again
    - fairway.backbone.router_command: {commands: [show version, show system commit]}
      register: asked
    - ansible.builtin.raw: show version
      register: raw
    - ansible.builtin.assert:
        that:
          - staged is changed and staged.state == 'staged' and staged.lines_added == 2
          - staged.change_id == change and staged.deadline > 0 and staged.diff_text is search('metric 77;')
          - got.pending.change_id == change and got.history[0].change_id == change and got is changed
          - confirmed is changed and confirmed.state == 'confirmed'
          - again is not changed and again.state == 'unchanged' and again.diff_text == ''
          - asked is not changed and asked.stdout[1] is search(change) and 'Hostname' in raw.stdout
"""
FAULTS = """
- hosts: all
  gather_facts: false
  tasks:
    - block:
        - fairway.backbone.config_stage: {src: CONF_PATH, change_id: CHANGE_ID}
          register: staged
      rescue:
        - ansible.builtin.debug: {msg: "rescued {{ inventory_hostname }} {{ staged.state }} {{ staged.message }}"}
    - fairway.backbone.config_confirm: {change_id: CHANGE_ID}
      ignore_errors: true
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Emulator("--print-host-key", str(tmp_path / "host.pub")) as emulator:
        world = World(emulator)
        world.clean_up()
        (tmp_path / "known_hosts").write_text(host_key_line(tmp_path / "host.pub", emulator.port))
        yield world


def play(world: World, tmp_path: Path, playbook: str, *arguments: str, **more_hosts: object) -> tuple[int, str]:
    """Run a playbook against the emulated router `r1` (and others); returns status and everything that was printed."""
    common = {
        "ansible_network_os": "junos",
        "ansible_connection": "fairway.backbone.junos",
        "ansible_host": "127.0.0.1",
        "ansible_port": world.emulator.port,
        "ansible_user": USER,
        "ansible_password": PASSWORD,
        "ansible_junos_known_hosts": [str(tmp_path / "known_hosts")],
        "ansible_junos_ssh_config": "",
        "ansible_junos_recover_timeout": 2,
    }
    (tmp_path / "inventory.json").write_text(json.dumps({"all": {"vars": common, "hosts": {"r1": {}, **more_hosts}}}))
    text = playbook.replace("CHANGE_ID", CHANGE).replace("CONF_PATH", str(tmp_path / "r1.conf"))
    (tmp_path / "play.yml").write_text(text)
    program = Path(sys.executable).with_name("ansible-playbook")
    command: list[str | Path] = [program, "-i", tmp_path / "inventory.json", tmp_path / "play.yml"]
    # In a file of its own, so that a traceback of a fork cannot fill a pipe.
    with (tmp_path / "output").open("w+") as output:
        done = subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            env={
                "ANSIBLE_STDOUT_CALLBACK": "default",
                **os.environ,
                "ANSIBLE_LOG_PATH": str(tmp_path / "log"),
                "ANSIBLE_NOCOLOR": "1",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=90,
            check=False,
        )
        output.seek(0)
        return done.returncode, output.read()


def write_config(tmp_path: Path, text: str) -> None:
    (tmp_path / "r1.conf").write_text(text)
    lines = [["templates/junos/demo.j2", 1000 + n] for n in range(1, text.count("\n") + 1)]
    (tmp_path / "r1.map.json").write_text(json.dumps(lines))


def test_the_whole_story_and_no_secret_in_it(world: World, tmp_path: Path) -> None:
    write_config(tmp_path, BASE.replace("METRIC", "77").replace("$6$salt$Hash", "$6$salt$Other"))
    status, output = play(world, tmp_path, STORY, "-vvvv", "--diff")
    assert status == 0, output
    seen = world.witness()
    assert (seen.metric, seen.pending, seen.locked, seen.dirty, seen.sessions) == ("77", False, False, False, 0)
    running = tmp_path / "r1.conf.running"
    assert "encrypted-password <hidden>" in running.read_text()
    assert running.stat().st_mode & 0o777 == 0o600
    told = output + (tmp_path / "log").read_text()
    assert PASSWORD not in told
    assert "$6$salt" not in told


def test_check_and_diff_mode(world: World, tmp_path: Path) -> None:
    write_config(tmp_path, BASE.replace("METRIC", "77"))
    status, output = play(world, tmp_path, STORY.partition("    - fairway")[0], "--check", "--diff")
    assert status == 0, output
    assert [line.split() for line in output.splitlines() if "metric" in line and line[:1] in "+-"] == [
        ["-", "metric", "10;"],
        ["+", "metric", "77;"],
    ]
    assert "changed=1" in output
    seen = world.witness()
    assert (seen.metric, seen.pending, seen.locked, seen.dirty) == ("10", False, False, False)


@pytest.mark.hostile
def test_faults_come_as_data_and_name_their_place(world: World, tmp_path: Path) -> None:
    text = BASE.replace("METRIC", "77").replace("    ospf {", "    ospf {\n        no-such-thing on;")
    write_config(tmp_path, text)
    line = text.splitlines().index("        no-such-thing on;") + 1
    status, output = play(
        world,
        tmp_path,
        FAULTS,
        bad_password={"ansible_password": "wrong-password"},
        bad_port={"ansible_port": 1},
        bad_key={"ansible_junos_known_hosts": ["/nonexistent"]},
        bad_os={"ansible_network_os": "vyos"},
        bad_connection={"ansible_connection": "local"},
    )
    assert status == 0, output
    flat = " ".join(output.split()).replace("''", "'")
    for words in (
        f"rescued r1 failed templates/junos/demo.j2:{1000 + line}, line {line}",
        "rescued bad_password failed bad_password (127.0.0.1 port",
        "rescued bad_port failed bad_port (127.0.0.1 port 1): connection refused",
        "rescued bad_key failed bad_key (127.0.0.1 port",
        "rescued bad_os failed bad_os: ansible_network_os is 'vyos'",
        "rescued bad_connection failed bad_connection: a Junos router is reached with",
    ):
        assert words in flat
    assert "unreachable=1" not in flat
    assert "Traceback" not in output
    assert "wrong-password" not in output + (tmp_path / "log").read_text()
    assert "nothing of fw-20260101T000000-0a0b0c is in the router's commit history" in flat
