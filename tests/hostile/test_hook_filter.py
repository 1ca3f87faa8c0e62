"""The filter alone, behind ansible-rulebook's own webhook and before its own run_playbook: nothing gets through it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.hostile.hook_house import TOKEN, House
from tests.hostile.hook_sender import KEY, alert, alertmanager, post

pytestmark = [pytest.mark.hostile, pytest.mark.timeout(420)]

RULEBOOK = """---
- name: As in the book
  hosts: all
  sources:
    - eda.builtin.webhook:
        host: 127.0.0.1
        port: "{{ hook_port }}"
        token: TOKEN
      filters:
        - fairway.backbone.knock:
  rules:
    - name: Somebody knocked
      condition: event.knock == true
      actions:
        - run_playbook:
            name: PLAYBOOK
"""


def test_behind_the_filter_every_event_is_the_same(tmp_path: Path) -> None:
    house = House(tmp_path)
    rulebook = tmp_path / "rulebook.yml"
    rulebook.write_text(RULEBOOK.replace("TOKEN", TOKEN).replace("PLAYBOOK", str(house.playbook)))
    canary = tmp_path / "canary"
    spell = "{{ lookup('pipe', 'touch " + str(canary) + "') }}"
    try:
        _service, port = house.hook(str(rulebook))
        began = time.time()
        body = alertmanager(alert(path=spell, **{spell: spell}), meta={"hosts": "all", "uuid": spell}, knock=spell)
        assert post(port, body, {**KEY, "X-Spell": spell}, f"/{spell.replace(' ', '%20')}") == 200
        house.awaits_run(began, "the post")
        event = json.loads((tmp_path / "event.json").read_text())["event"]
    finally:
        house.leave()
    assert not canary.exists()
    assert event.pop("knock") is True
    meta = event.pop("meta")
    assert event == {}
    assert set(meta) == {"source", "received_at", "uuid"}
    assert meta["source"] == {"name": "eda.builtin.webhook", "type": "eda.builtin.webhook"}
    assert "lookup" not in json.dumps(meta)
