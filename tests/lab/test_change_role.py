"""The change role over an emulated router: all routers of a batch, or none."""

from __future__ import annotations

from pathlib import Path

from .change_junos import BASE, World
from .test_change_junos_ansible import play, world

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


def test_one_router_is_changed_and_confirmed(world: World, tmp_path: Path) -> None:
    status, said = play(world, tmp_path, role(tmp_path))
    assert status == 0, said
    seen = world.witness()
    assert (seen.metric, seen.pending) == ("77", False)


def test_a_router_that_ansible_drops_before_anything_is_staged_stops_all(world: World, tmp_path: Path) -> None:
    """A wrong variable on one router: it leaves the play without a word to the verdict."""
    status, said = play(world, tmp_path, role(tmp_path), r0={"change_tolerances": 7})
    assert status != 0
    assert "r0 dropped out of this run" in said
    seen = world.witness()
    assert (seen.metric, seen.pending) == ("10", False), said
