"""The screen output shows a router's words, and obeys none of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
EVIL = "r1 \\x1b[2J\\x1b]0;owned\\x07says\\r\\nbye\\u202e"
PLAYBOOK = """---
- hosts: localhost
  connection: local
  gather_facts: false
  vars: {said: "WORDS"}
  tasks:
    - ansible.builtin.debug: {msg: "{{ said }}"}
    - ansible.builtin.debug: {msg: ["{{ said }}", "two"]}
    - TASK
"""


@pytest.mark.parametrize(
    "task",
    [
        'ansible.builtin.fail: {msg: "{{ said }}"}',
        'ansible.builtin.assert: {that: false, fail_msg: "{{ said }}"}',
        'ansible.builtin.command: {argv: [sh, -c, "exit 3", "{{ said }}"]}',
    ],
    ids=["fail", "assert", "command"],
)
def test_no_word_of_a_router_steers_the_terminal(tmp_path: Path, task: str) -> None:
    playbook = tmp_path / "words.yml"
    playbook.write_text(PLAYBOOK.replace("WORDS", EVIL).replace("TASK", task))
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "fairway.backbone.progress",
        "ANSIBLE_NOCOLOR": "1",
        "FAIRWAY_REPORT_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", str(playbook)],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout.count("says") >= 2, done.stdout
    shown = set(done.stdout) - {"\n"}
    assert not [char for char in shown if not char.isprintable()], done.stdout
