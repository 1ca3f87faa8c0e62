"""The change role over an emulated router: all routers of a batch, or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .change_junos import BASE, World
from .test_change_junos_ansible import CHANGE, play, world

__all__ = ["world"]

ROLE = """
- hosts: all
  gather_facts: false
  vars:
    change_id: CHANGE_ID
    change_revision: abc
    change_config: CONFIG_DIR
    change_soak: 0
    change_deadline: 10
  roles:
    - fairway.backbone.change
"""


def role(tmp_path: Path) -> str:
    (tmp_path / "r1.conf").write_text(BASE.replace("METRIC", "77"))
    (tmp_path / "r1.expect.json").write_text("{}")
    return ROLE.replace("CONFIG_DIR", str(tmp_path))


def test_one_router_is_changed_and_confirmed(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "fairway.backbone.progress")
    status, said = play(world, tmp_path, role(tmp_path))
    assert status == 0, said
    # Somebody's own playbook, which has no revert.yml beside it, with an inventory that is not the configured one.
    back = f"ansible-playbook -i {tmp_path}/inventory.json fairway.backbone.revert -e change_id={CHANGE}"
    assert f"To take it back: {back}\n" in said
    assert "probes" not in said, "there are none"
    seen = world.witness()
    assert (seen.metric, seen.pending) == ("77", False)


def test_a_router_that_ansible_drops_before_anything_is_staged_stops_all(world: World, tmp_path: Path) -> None:
    """A wrong variable on one router: it leaves the play without a word to the verdict. The audit log hears its end."""
    log = tmp_path / "audit.jsonl"
    sinks = f'    change_audit: [{{type: file, path: "{log}"}}]\n  roles:'
    status, said = play(world, tmp_path, role(tmp_path).replace("  roles:", sinks), r0={"change_tolerances": 7})
    assert status != 0
    assert "r0 dropped out of this run" in said
    seen = world.witness()
    assert (seen.metric, seen.pending) == ("10", False), said
    (event,) = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    assert (event["action"], event["state"], event["routers"]) == ("deploy", "failed", ["r1"])
    assert event["results"][0]["message"] == "r0 dropped out of the run; nothing was changed"


def test_a_timer_that_is_too_short_for_the_proof_is_not_started(world: World, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    sinks = f'    change_audit: [{{type: file, path: "{log}"}}]\n    change_confirm_minutes: 1\n  roles:'
    slow = role(tmp_path).replace("change_deadline: 10", "change_deadline: 60").replace("  roles:", sinks)
    status, said = play(world, tmp_path, slow)
    assert status != 0
    assert "change_confirm_minutes=1 is 60 s" in said
    seen = world.witness()
    assert (seen.metric, seen.pending) == ("10", False), said
    (event,) = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    assert (event["state"], event["results"][0]["state"]) == ("failed", "not begun")
