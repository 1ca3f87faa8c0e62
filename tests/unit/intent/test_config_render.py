"""config_render as a playbook runs it: files, modes, idempotence, errors with file and line."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.golden.inventories import ROOT, rendered

PLAY = """
- hosts: "{{ target | default('routers') }}"
  gather_facts: false
  tasks:
    - fairway.backbone.config_render: "{{ arguments }}"
      run_once: true
      register: result
      ignore_errors: true
    - ansible.builtin.copy: {content: "{{ result | to_json }}", dest: "{{ report }}", mode: "0600"}
      run_once: true
      delegate_to: localhost
      connection: local
      check_mode: false
"""


class Runs:
    """A copy of inventory/lab, and config_render over it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inventory = folder / "inventory"
        self.dest = folder / "build"
        shutil.copytree(ROOT / "inventory" / "lab", self.inventory)
        (folder / "play.yml").write_text(PLAY)

    def __call__(self, *options: str, **arguments: Any) -> dict[str, Any]:
        report = self.folder / "report.json"
        variables = {
            "arguments": {"dest": str(self.dest), **arguments},
            "report": str(report),
            "ansible_python_interpreter": sys.executable,
        }
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(self.inventory)]
        done = subprocess.run(
            [*command, str(self.folder / "play.yml"), "-e", json.dumps(variables), *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible/collections"),
            },
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(report.read_text())
        return found

    def edit(self, name: str, old: str, new: str) -> int:
        """Replace a text in an inventory file; the number of its line."""
        path = self.inventory / name
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} is not once in {name}"
        path.write_text(text.replace(old, new))
        return text.partition(old)[0].count("\n") + 1


@pytest.fixture
def run(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_files_are_written_privately_once_and_told(run: Runs) -> None:
    result = run()
    assert result["changed"] is True
    assert set(result["routers"]) == {"jkt-r1", "jkt-r2", "sby-r1", "sby-r2"}
    for host, entry in result["routers"].items():
        text = (run.dest / f"{host}.conf").read_text()
        assert text == rendered("lab").configs[host].text
        assert entry["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        assert entry["lines"] == len(text.splitlines()) == len(json.loads((run.dest / f"{host}.map.json").read_text()))
        assert json.loads((run.dest / f"{host}.expect.json").read_text()) == rendered("lab").configs[host].expect
    assert {path.stat().st_mode & 0o777 for path in run.dest.iterdir()} == {0o600}
    times = {path: path.stat().st_mtime_ns for path in run.dest.iterdir()}
    assert run("--check")["changed"] is False
    assert {path: path.stat().st_mtime_ns for path in run.dest.iterdir()} == times


def test_check_mode_renders_too_and_limit_renders_what_is_in_the_play(run: Runs) -> None:
    result = run("--check", "--limit", "jkt-r2")
    assert set(result["routers"]) == {"jkt-r2"}
    assert {path.name for path in run.dest.iterdir()} == {"jkt-r2.conf", "jkt-r2.expect.json", "jkt-r2.map.json"}


def test_all_errors_come_at_once_with_file_and_line_and_nothing_is_written(run: Runs) -> None:
    typo = run.edit("host_vars/jkt-r1.yml", 'description: "north: sby-r1 ge-0/0/0.0"', "desciption: north")
    cost = run.edit("host_vars/sby-r2.yml", "eth2: {cost: 10,", "eth2: {cost: ten,")
    shared = run.edit("group_vars/routers/policies.yml", 'private: ".* [64512-65534] .*"', 'private: ".* [64512- .*"')
    result = run("--limit", "jkt-r2")
    assert result["failed"] is True
    assert result["changed"] is False
    assert not run.dest.exists()
    places = {
        (error["router"], error["key"].rpartition(".")[2]): (error["file"], error["line"]) for error in result["errors"]
    }
    assert places["jkt-r1", "desciption"] == ("inventory/host_vars/jkt-r1.yml", typo)
    assert places["sby-r2", "cost"] == ("inventory/host_vars/sby-r2.yml", cost)
    assert places["jkt-r2", "private"] == ("inventory/group_vars/routers/policies.yml", shared)
    assert all(error["there"] and error["wanted"] and error["write"] for error in result["errors"])
    assert f"jkt-r1: interfaces.ge-0/0/0.desciption  (inventory/host_vars/jkt-r1.yml:{typo})" in result["msg"]


def test_a_variable_that_is_not_defined_is_told_with_its_key(run: Runs) -> None:
    run.edit("host_vars/sby-r1.yml", "loopback_ipv6: ", "loopback_ipv66: ")
    result = run()
    assert result["failed"] is True
    assert [(error["router"], error["key"]) for error in result["errors"]] == [("sby-r1", "router.loopback.ipv6")]
    assert "loopback_ipv6" in result["errors"][0]["there"]
    assert not run.dest.exists()


def test_a_fault_in_a_template_names_template_line_and_routers(run: Runs) -> None:
    (run.folder / "mine" / "junos").mkdir(parents=True)
    (run.folder / "mine" / "junos" / "ospf.j2").write_text("protocols {\n    {{ ospf.areaz }}\n}\n")
    result = run(templates=str(run.folder / "mine"))
    (error,) = result["errors"]
    assert (error["template"], error["line"]) == (str(run.folder / "mine" / "junos" / "ospf.j2"), 2)
    assert sorted(error["routers"]) == ["jkt-r1", "sby-r1"]
    assert "areaz" in error["message"]
    assert not run.dest.exists()


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"group": "routerz"}, "the inventory has no group routerz"),
        ({"hosts": ["carrier-a"]}, "hosts: carrier-a: not in group routers"),
        ({"templates": "/nowhere"}, "/nowhere is not a directory"),
        ({"dest": "/proc/nowhere"}, "/proc/nowhere cannot be written"),
    ],
)
def test_a_wrong_argument_is_answered(run: Runs, arguments: dict[str, Any], said: str) -> None:
    result = run(**arguments)
    assert result["failed"] is True
    assert re.search(re.escape(said), result["msg"])
