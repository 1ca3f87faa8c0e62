"""A value that Ansible cannot template is told once, at its own place, with what to do about it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.plugin_utils.intent_inventory import read_inventory
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import explain_readings, render_fleet

CHECKOUT = Path(__file__).resolve().parents[3]


def told(tmp_path: Path, *edits: tuple[str, str]) -> str:
    """What is said of the lab's inventory with edits of one router's file."""
    shutil.copytree(CHECKOUT / "inventory" / "lab", tmp_path / "lab")
    file = tmp_path / "lab" / "host_vars" / "jkt-r1.yml"
    text = file.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    inventory = read_inventory(tmp_path / "lab")
    fleet = render_fleet(inventory.intents, others=inventory.others, hosts=inventory.hosts)
    return explain_readings(fleet, inventory).report().replace(str(tmp_path), "")


@pytest.mark.parametrize(
    "value, there, write",
    [
        ("{{ nowhere }}", "'nowhere' is undefined", "the missing variable, in host_vars or group_vars"),
        (
            "{{ 1 + }}",
            "Syntax error in template: unexpected 'end of print statement'",
            "an expression without that mistake",
        ),
    ],
)
def test_it_is_told_at_its_own_line_and_nothing_follows_from_it(
    tmp_path: Path, value: str, there: str, write: str
) -> None:
    said = told(tmp_path, ("cost: 10,", f'cost: "{value}",'))
    place = 'jkt-r1: ospf.areas["0.0.0.0"].interfaces["ge-0/0/1.100"].cost  (/lab/host_vars/jkt-r1.yml:58)'
    assert said == (
        f'{place}\n    there:  "{value}": {there}\n    wanted: a value that Ansible can template\n    write:  {write}\n'
        "1 error, 0 warnings in 1 router."
    )


def test_a_secret_is_not_quoted(tmp_path: Path) -> None:
    said = told(tmp_path, ("{{ ospf_key }}", "s3cret-{{ nowhere }}"))
    assert 'interfaces["ge-0/0/0.0"].authentication.key  (/lab/host_vars/jkt-r1.yml:57)' in said
    assert "    there:  'nowhere' is undefined\n" in said
    assert "s3cret" not in said


def test_the_variable_of_another_file_is_asked_for_where_it_is_used(tmp_path: Path) -> None:
    said = told(tmp_path, ("loopback_ipv4:", "loopback_ipv5:"))
    assert said.startswith("jkt-r1: router.router_id  (/lab/group_vars/routers/router.yml:7)\n"), said
    assert said.endswith("1 error, 0 warnings in 1 router.")


def test_a_misspelt_key_is_a_warning_because_it_may_be_meant(tmp_path: Path) -> None:
    said = told(tmp_path, ("\nospf:", "\nospff: {}\nospf:"))
    assert said == (
        "warning: jkt-r1: ospff  (/lab/host_vars/jkt-r1.yml:47)\n"
        "    there:  a variable that no router reads\n"
        "    wanted: a key of the intent\n"
        "    write:  ospf, if that is meant; another name, if not\n"
        "0 errors, 1 warning in 1 router."
    )
