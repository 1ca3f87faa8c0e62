"""A runbook of two routers with a gate before each reboot, without routers: a reboot leaves a file behind."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.terminal import Terminal

from .lab_harness import CHECKOUT

ROUTERS = ("jkt-r1", "jkt-r2")
PROMPT = "then Enter:"
TIMEOUT_S = 150.0
_PLAY = """
- name: upgrade
  hosts: routers
  gather_facts: false
  serial: "{{ together | default(1) }}"
  tasks:
    - name: Be sure that somebody can answer
      ansible.builtin.include_role:
        name: fairway.backbone.gate
        tasks_from: ready.yml
    - name: Write down that it was begun
      ansible.builtin.copy: {content: begun, dest: "{{ playbook_dir }}/begun-{{ inventory_hostname }}", mode: "0600"}
    - name: Take the time that the test wants
      ansible.builtin.wait_for: {path: "{{ wait_for }}", timeout: 60, sleep: 1}
      when: wait_for is defined
    - name: Ask
      ansible.builtin.include_role:
        name: fairway.backbone.gate
      vars:
        gate_name: drain
        gate_found: "{{ found | default(['rate 3 kbit/s']) }}"
        gate_passed: "{{ passed | default(true) }}"
        gate_next: "{{ inventory_hostname }} reboots."
        gate_abort: It stays drained; the same command goes on from here.
    - name: Reboot
      ansible.builtin.copy: {content: down, dest: "{{ playbook_dir }}/down-{{ inventory_hostname }}", mode: "0600"}
"""


@dataclass(frozen=True)
class Runbook:
    """One directory with the runbook, its inventory, and what it leaves behind."""

    directory: Path

    @classmethod
    def write(cls, directory: Path) -> Runbook:
        (directory / "upgrade.yml").write_text(_PLAY, encoding="utf-8")
        here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        hosts = dict.fromkeys(ROUTERS, here)
        inventory = {"all": {"children": {"routers": {"hosts": hosts}}}}
        (directory / "hosts.yml").write_text(json.dumps(inventory), encoding="utf-8")
        return cls(directory)

    @property
    def environment(self) -> dict[str, str]:
        """As a person has it; the test's own runner may be one that nobody types into."""
        return {
            **{name: value for name, value in os.environ.items() if name != "AWX_ISOLATED_DATA_DIR"},
            "FAIRWAY_BUILD": str(self.directory / "build"),
            "FAIRWAY_REPORT_DIR": "",
        }

    def argv(self, **settings: Any) -> list[str]:
        """The command, with `settings` as extra variables."""
        files = ["-i", str(self.directory / "hosts.yml"), str(self.directory / "upgrade.yml")]
        return ["ansible-playbook", *files, "-e", json.dumps(settings)]

    def terminal(self, *wrapper: str, **settings: Any) -> Terminal:
        """Started in a terminal of its own."""
        argv = [*wrapper, *self.argv(**settings)]
        return Terminal(argv, cwd=CHECKOUT, env=self.environment, timeout_s=TIMEOUT_S)

    def run(
        self, *wrapper: str, text: str = "", check: bool = False, **settings: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run without a terminal; `text` is what stdin holds. One that hangs fails the test."""
        return subprocess.run(
            [*wrapper, *self.argv(**settings), *(["--check"] if check else [])], cwd=CHECKOUT, env=self.environment,
            input=text, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip

    @property
    def begun(self) -> list[str]:
        """The routers that were begun."""
        return sorted(path.name.removeprefix("begun-") for path in self.directory.glob("begun-*"))

    @property
    def rebooted(self) -> list[str]:
        """The routers that were let through."""
        return sorted(path.name.removeprefix("down-") for path in self.directory.glob("down-*"))

    def records(self) -> list[dict[str, Any]]:
        """What the gates wrote down, in the order of asking."""
        found = [
            json.loads(path.read_text(encoding="utf-8")) for path in (self.directory / "build/gates").glob("*.json")
        ]
        return sorted(found, key=lambda record: str(record["time"]))
