"""The checkout's inventories, rendered, are what is under tests/golden, and routers take it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from lab.junos.config import Tree, check, load
from tests.golden.inventories import NAMES, inventory, rendered
from tests.unit.steering_patch.drained import drained_changes

GOLDEN = Path(__file__).parent
HOSTS = [(name, host) for name in NAMES for host in sorted(inventory(name).intents)]
JUNOS = [(name, host) for name, host in HOSTS if inventory(name).intents[host]["ansible_network_os"] == "junos"]
FRR = [pair for pair in HOSTS if pair not in JUNOS]

pytestmark = pytest.mark.golden


@pytest.mark.parametrize("name", NAMES)
def test_the_inventory_has_no_error_and_no_warning(name: str) -> None:
    assert rendered(name).report() == ""


@pytest.mark.parametrize("name, host", HOSTS)
def test_the_configuration_is_the_golden_one(name: str, host: str) -> None:
    golden = (GOLDEN / name / f"{host}.conf").read_text()
    assert rendered(name).configs[host].text == golden, (
        "changed on purpose? python -m tools.update_goldens, read the diff"
    )


@pytest.mark.parametrize("name, host", HOSTS)
def test_the_expectations_are_the_golden_ones(name: str, host: str) -> None:
    golden = json.loads((GOLDEN / name / f"{host}.expect.json").read_text())
    assert rendered(name).configs[host].expect == golden


@pytest.mark.parametrize("host, what", sorted(drained_changes()))
def test_draining_changes_what_the_golden_text_says(host: str, what: str) -> None:
    golden = (GOLDEN / "drained" / f"{host}.{what}").read_text()
    assert drained_changes()[host, what] == golden, "changed on purpose? python -m tools.update_goldens, read the diff"


@pytest.mark.parametrize("name", NAMES)
def test_no_golden_file_is_left_over(name: str) -> None:
    there = {path.name.partition(".")[0] for path in (GOLDEN / name).iterdir()}
    assert there == set(inventory(name).intents)


@pytest.mark.parametrize("name, host", JUNOS)
def test_junos_loads_and_checks_it(name: str, host: str) -> None:
    tree = Tree.empty()
    report = load(tree, rendered(name).configs[host].text, "text", "override")
    assert report.errors == []
    assert check(tree) == []


@pytest.mark.parametrize("name, host", FRR)
def test_frr_parses_it(name: str, host: str) -> None:
    if shutil.which("vtysh") is None:
        pytest.skip("vtysh is not installed: make setup")
    done = subprocess.run(
        ["vtysh", "-C", "-f", str(GOLDEN / name / f"{host}.conf")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name, host", HOSTS)
def test_every_line_knows_its_template_line(name: str, host: str) -> None:
    config = rendered(name).configs[host]
    lines = config.text.splitlines()
    assert len(config.origins) == len(lines)
    for line, (template, number) in zip(lines, config.origins, strict=True):
        source = (GOLDEN.parent.parent / template).read_text().splitlines()[number - 1]
        # What the template line says before its first expression is what the output line starts with.
        fixed = source.partition("{{")[0].partition("{%")[0]
        assert line.startswith(fixed), f"{template}:{number} did not write {line!r}"
        assert fixed.strip() or "{{" in source, f"{template}:{number} writes nothing, and {line!r} is said to be its"
