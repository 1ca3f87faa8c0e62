"""The renderer: line maps, faults with template and line, values that must not pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.plugin_utils import render as module
from ansible_collections.fairway.backbone.plugins.plugin_utils.render import Renderer
from tests.golden.inventories import intents, inventory, render


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An override directory whose features are all there is."""
    monkeypatch.setattr(module, "FEATURES", {"junos": (), "frr": ()})
    (tmp_path / "junos").mkdir()
    (tmp_path / "frr").mkdir()
    return tmp_path


# Pieces of a template that say, in what they write, on which line they stand.
PIECES = st.lists(
    st.sampled_from(
        [
            "{n}: text",
            "    {n}: indented {{{{ value }}}}",
            "{{{{ empty }}}}{n}: after a value",
            "{{% if yes %}}\n{n1}: inside\n{{% endif %}}",
            "{{% if no %}}\n{n1}: never\n{{% endif %}}",
            "{{% for x in three %}}\n{n1}: {{{{ x }}}}\n{{% endfor %}}",
            "{{% for x in three %}}{{{{ empty }}}}{n}: {{{{ x }}}}\n{{% endfor %}}",
            "{{# a comment\n   of two lines #}}",
            "{{% include '_part.j2' %}}",
            "{{% set y = 1 %}}",
            "  {{%+ if yes %}}{n}: kept{{% endif +%}}",
        ]
    ),
    min_size=1,
    max_size=12,
)


def built(pieces: list[str]) -> str:
    """A template of the pieces, line numbers filled in."""
    lines: list[str] = []
    for piece in pieces:
        number = len(lines) + 1
        lines += piece.format(n=number, n1=number + 1).split("\n")
    return "\n".join(lines) + "\n"


@settings(deadline=None, max_examples=60)
@given(PIECES)
def test_every_output_line_is_traced_to_its_template_line(tmp_path_factory: Any, pieces: list[str]) -> None:
    folder = tmp_path_factory.mktemp("templates")
    (folder / "junos").mkdir()
    (folder / "junos" / "_part.j2").write_text("part 1\npart 2\n")
    (folder / "junos" / "own.j2").write_text(built(pieces))
    renderer = Renderer(folder)
    renderer.features = lambda platform: ["own"]  # type: ignore[method-assign]
    view = {"value": "v", "empty": "", "yes": True, "no": False, "three": [1, 2, 3]}
    rendered, faults = renderer.render("junos", view)
    assert faults == []
    lines = rendered.text.split("\n")
    if not lines[-1]:
        lines.pop()
    assert len(lines) == len(rendered.origins)
    for line, (template, number) in zip(lines, rendered.origins, strict=True):
        if line.startswith("part"):
            assert (Path(template).name, number) == ("_part.j2", int(line.removeprefix("part ")))
        elif line.strip():
            assert (Path(template).name, number) == ("own.j2", int(line.strip().partition(":")[0])), built(pieces)


def test_an_undefined_variable_is_named_with_template_and_line(templates: Path) -> None:
    (templates / "junos" / "own.j2").write_text("first line\nmtu {{ interface.mtuu }};\n")
    _, faults = Renderer(templates).render("junos", {"interface": {"mtu": 9000}})
    (fault,) = faults
    assert (fault.template, fault.line) == (str(templates / "junos" / "own.j2"), 2)
    assert "mtuu" in fault.message
    assert fault.hint


def test_a_syntax_error_is_named_with_template_and_line(templates: Path) -> None:
    (templates / "frr" / "own.j2").write_text("ok\n{% if %}\n")
    _, faults = Renderer(templates).render("frr", {})
    assert [(fault.template, fault.line) for fault in faults] == [(str(templates / "frr" / "own.j2"), 2)]


def test_a_fault_in_an_included_template_is_told_of_that_template(templates: Path) -> None:
    (templates / "junos" / "_part.j2").write_text("\n\n{{ missing }}\n")
    (templates / "junos" / "own.j2").write_text("{% include '_part.j2' %}\n")
    _, faults = Renderer(templates).render("junos", {})
    assert [(Path(fault.template).name, fault.line) for fault in faults] == [("_part.j2", 3)]


def test_every_template_with_a_fault_is_told(templates: Path) -> None:
    (templates / "junos" / "a.j2").write_text("{{ one }}\n")
    (templates / "junos" / "b.j2").write_text("fine\n")
    (templates / "junos" / "c.j2").write_text("{{ 1 / 0 }}\n")
    rendered, faults = Renderer(templates).render("junos", {})
    assert [Path(fault.template).name for fault in faults] == ["a.j2", "c.j2"]
    assert rendered.text == "fine\n"


@pytest.mark.parametrize("value", ["one\ntwo", "bell\x07", "\x02forged:0,1\x03", None, "line\u2028separator"])
def test_values_that_would_become_lines_are_refused(templates: Path, value: object) -> None:
    (templates / "junos" / "own.j2").write_text("description {{ value }};\n")
    _, faults = Renderer(templates).render("junos", {"value": value})
    (fault,) = faults
    assert (Path(fault.template).name, fault.line) == ("own.j2", 1)
    assert "refused" in fault.message
    assert "two" not in str(fault)


def test_a_template_of_ones_own_replaces_the_shipped_one_and_further_ones_come_last(tmp_path: Path) -> None:
    (tmp_path / "frr").mkdir()
    (tmp_path / "frr" / "base.j2").write_text("frr defaults traditional\nhostname {{ base.hostname }}\n")
    (tmp_path / "frr" / "zz.j2").write_text("! {{ base.hostname }} has the last word\n")
    read = inventory("lab")
    from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import render_fleet

    fleet = render_fleet(read.intents, others=read.others, hosts=read.hosts, renderer=Renderer(tmp_path))
    lines = fleet.configs["jkt-r2"].text.splitlines()
    assert lines[:2] == ["frr defaults traditional", "hostname jkt-r2"]
    assert lines[-1] == "! jkt-r2 has the last word"
    assert fleet.configs["jkt-r2"].origins[-1] == (str(tmp_path / "frr" / "zz.j2"), 1)
    assert fleet.configs["jkt-r1"].text == render("lab").configs["jkt-r1"].text


def test_a_fault_is_told_once_with_all_its_routers(tmp_path: Path) -> None:
    (tmp_path / "junos").mkdir()
    (tmp_path / "junos" / "ntp.j2").write_text("{{ nonsense }}\n")
    read = inventory("lab")
    from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import render_fleet

    fleet = render_fleet(intents("lab"), others=read.others, hosts=read.hosts, renderer=Renderer(tmp_path))
    assert [sorted(routers) for routers in fleet.faults.values()] == [["jkt-r1", "sby-r1"]]
    assert not fleet.ok
    assert set(fleet.configs) == {"jkt-r2", "sby-r2"}
    assert fleet.report() == (
        f"jkt-r1, sby-r1: {tmp_path / 'junos' / 'ntp.j2'}:1\n"
        "    undefined: 'nonsense' is undefined\n"
        "    set it in the intent, or correct the name in the template"
    )
