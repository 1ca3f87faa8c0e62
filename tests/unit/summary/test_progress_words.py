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


def run(playbook: Path, inventory: str = "localhost,", **more: str | None) -> subprocess.CompletedProcess[str]:
    """Runs a playbook on nobody but this machine; `more` of the environment, None for what is not in it."""
    environment: dict[str, str | None] = {
        **os.environ,
        "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "fairway.backbone.progress",
        "ANSIBLE_NOCOLOR": "1",
        "FAIRWAY_REPORT_DIR": str(playbook.parent),
        **more,
    }
    told = {name: value for name, value in environment.items() if value is not None}
    return subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", inventory, str(playbook)],
        cwd=CHECKOUT, env=told, capture_output=True, text=True, check=False,
    )  # fmt: skip


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
    done = run(playbook)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout.count("says") >= 2, done.stdout
    shown = set(done.stdout) - {"\n"}
    assert not [char for char in shown if not char.isprintable()], done.stdout


STEPS = """---
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact: {change_verdict: {action: VERDICT}}
    - name: Confirm the change
      fairway.backbone.config_confirm: {change_id: fw-20260203T040506-a1b2c3}
      when: false
    - debug: {msg: the short name}
    - fail: {msg: no more than these words}
"""


@pytest.mark.parametrize("verdict, announced", [("confirm", True), ("revert", False)])
def test_nobody_reads_of_confirming_what_is_taken_back(tmp_path: Path, verdict: str, announced: bool) -> None:
    playbook = tmp_path / "steps.yml"
    playbook.write_text(STEPS.replace("VERDICT", verdict))
    done = run(playbook)
    assert ("Confirm the change ..." in done.stdout) is announced, done.stdout
    # Whose playbook says `debug` reads the same as whose says `ansible.builtin.debug`.
    assert "\nthe short name\nno more than these words\n" in done.stdout, done.stdout


FAILS = STEPS.partition("  tasks:")[0] + "  tasks: [ansible.builtin.fail: {msg: words}]\n"


def test_the_report_goes_where_everything_else_goes(tmp_path: Path) -> None:
    playbook = tmp_path / "steps.yml"
    playbook.write_text(FAILS)
    done = run(playbook, FAIRWAY_BUILD=str(tmp_path / "here"), FAIRWAY_REPORT_DIR=None)
    assert done.stderr == ""
    assert '"message": "words"' in (tmp_path / "here" / "report" / "steps.json").read_text(encoding="utf-8")
    run(playbook, FAIRWAY_BUILD=str(tmp_path / "there"), FAIRWAY_REPORT_DIR="")
    assert not (tmp_path / "there").exists()


def test_a_report_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    playbook = tmp_path / "steps.yml"
    playbook.write_text(FAILS)
    done = run(playbook, FAIRWAY_BUILD=str(playbook), FAIRWAY_REPORT_DIR=None)
    assert "PLAY RECAP" in done.stdout
    assert f"{playbook}/report/steps.json: Not a directory: no report for machines" in " ".join(done.stderr.split())
    assert "Callback dispatch" not in done.stderr


def test_what_an_action_of_ours_complains_of_is_told_once(tmp_path: Path) -> None:
    playbook = tmp_path / "steps.yml"
    task = "fairway.backbone.config_render: {group: nobody, dest: /nowhere}"
    playbook.write_text(STEPS.partition("  tasks:")[0] + f"  tasks: [{task}]\n")
    done = run(playbook)
    assert done.stderr == ""
    wanted = "localhost: config_render: the inventory has no group nobody: name the routers' group in `group`\n"
    assert done.stdout.count("no group nobody") == 1
    assert f"\n{wanted}\nPLAY RECAP" in done.stdout


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "hosts.yml").write_text("all: {hosts: {r1: }}\n")
    (tmp_path / "host_vars" / "r1.yml").write_text("ospf:\n  cost: [10\nbgp: 1\n")
    playbook = tmp_path / "steps.yml"
    playbook.write_text(STEPS.replace("localhost", "r1"))
    done = run(playbook, inventory=str(tmp_path / "hosts.yml"))
    wanted = f"{tmp_path}/host_vars/r1.yml:3: while parsing a flow sequence, expected"
    assert done.returncode == 4
    last = done.stdout.splitlines()[-1]
    assert last.startswith(wanted), done.stdout + done.stderr
    assert last.endswith(". Nothing was begun.")


def test_a_setting_of_the_wrong_kind_is_told_in_a_line(tmp_path: Path) -> None:
    playbook = tmp_path / "steps.yml"
    role = "{name: fairway.backbone.gate}"
    task = f"  vars: {{gate_timeout: soon, gate_approval: maybe}}\n  tasks: [ansible.builtin.include_role: {role}]\n"
    playbook.write_text(STEPS.partition("  tasks:")[0] + task)
    done = run(playbook)
    assert done.stderr == ""
    said = next(line for line in done.stdout.splitlines() if "role gate" in line)
    assert said.startswith("localhost: role gate: ")
    assert "gate_timeout: expected int, got str" in said
    assert "gate_approval must be one of: prompt, auto, external, got: maybe" in said
    assert said.endswith(". `ansible-doc -t role fairway.backbone.gate` tells what each setting is.")
