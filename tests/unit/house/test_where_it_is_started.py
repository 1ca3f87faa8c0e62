"""Where a playbook leaves its files, and which revision the routers' commit logs name, whoever starts it from where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.errors import AnsibleError

from ansible_collections.fairway.backbone.plugins.lookup.intent_revision import LookupModule

CHECKOUT = Path(__file__).resolve().parents[3]
# The playbook lies in neither directory, as one of an installed collection does.
PLAYBOOK = """---
- hosts: all
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  vars_files: [FILES]
  tasks:
    - ansible.builtin.copy: {content: "{{ told | to_json }}", dest: "{{ told_to }}"}
      vars:
        told:
          builds: ["{{ render_build }}", "{{ checks_build }}", "{{ gate_build }}", "{{ reroute_build }}"]
          revisions:
            - "{{ lookup('fairway.backbone.intent_revision') }}"
            - "{{ drain_revision }}"
            - "{{ reroute_revision }}"
"""
ROLES = ("render", "checks", "gate", "drain", "reroute")


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    files = [CHECKOUT / "roles" / role / kind / "main.yml" for role in ROLES for kind in ("defaults", "vars")]
    path = tmp_path / "installed" / "told.yml"
    path.parent.mkdir()
    listed = ", ".join(f"'{file}'" for file in files if file.exists())
    path.write_text(PLAYBOOK.replace("FILES", listed), encoding="utf-8")
    return path


def repository(path: Path, tag: str) -> Path:
    """A Git repository with an inventory and one tagged commit."""
    (path / "inventory").mkdir(parents=True)
    (path / "inventory" / "hosts.yml").write_text("all: {hosts: {r1: }}\n", encoding="utf-8")
    me = ["-c", "user.name=test", "-c", "user.email=test@example.net"]
    for words in (
        ["init", "-q"],
        ["add", "."],
        [*me, "commit", "-q", "-m", "intent"],
        [*me, "tag", "-a", "-m", tag, tag],
    ):
        subprocess.run(["git", "-C", str(path), *words], check=True, capture_output=True)
    return path


def run(playbook: Path, inventory: Path, cwd: Path) -> dict[str, list[str]]:
    """Runs it as a program or a service does: PWD is somebody else's."""
    told = playbook.parent / "told.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRWAY_")}
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", inventory, playbook, "-e", f"told_to={told}"],
        cwd=cwd,
        env={**environment, "PWD": "/", "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, list[str]] = json.loads(told.read_text(encoding="utf-8"))
    return result


def test_files_go_where_it_was_started_and_the_revision_is_the_inventorys(tmp_path: Path, playbook: Path) -> None:
    intent = repository(tmp_path / "our intent", "intent-1")
    elsewhere = repository(tmp_path / "elsewhere", "another-1")
    told = run(playbook, intent / "inventory", elsewhere)
    assert set(told["builds"]) == {str(elsewhere / "build")}
    assert set(told["revisions"]) == {"intent-1"}


def test_an_inventory_without_a_repository_takes_the_revision_of_the_directory(tmp_path: Path, playbook: Path) -> None:
    project = repository(tmp_path / "project", "project-1")
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "hosts.yml").write_text("all: {hosts: {r1: }}\n", encoding="utf-8")
    assert set(run(playbook, bare, project)["revisions"]) == {"project-1"}
    assert set(run(playbook, bare, bare)["revisions"]) == {"unknown"}


def test_a_place_that_is_given_to_the_revision_is_an_error_and_not_left_out() -> None:
    with pytest.raises(AnsibleError, match=r"^intent_revision takes nothing .* was given '/srv/intent', at$"):
        LookupModule().run(["/srv/intent"], at="HEAD")
