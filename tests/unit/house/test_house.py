"""The house: make targets, the artifact's allow-list, the pairs that belong together."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from tools.artifact import allowed_files, allows
from tools.gate_artifact import build, complaints
from tools.stage import ROOT, project_files

# Module documentation without an action of the same name would run on the router.
ACTIONS = {Path(name).stem for name in project_files() if re.fullmatch(r"plugins/action/[a-z]\w*\.py", name)}
MODULES = {Path(name).stem for name in project_files() if re.fullmatch(r"plugins/modules/[a-z]\w*\.py", name)}


def test_every_action_has_its_documentation_and_every_module_its_action() -> None:
    assert ACTIONS == MODULES


def test_make_help_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"^  make (\S+) +\S", listed, re.MULTILINE) == phony[1].split()


def test_every_debian_package_line_is_a_package_name() -> None:
    lines = (ROOT / "tools" / "debian-packages.txt").read_text().splitlines()
    names = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
    assert {"frr", "git", "python3-venv"} <= set(names)
    assert [name for name in names if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name)] == []


def test_what_ships_is_decided_by_name() -> None:
    allowed = set(allowed_files())
    assert {"README.md", "LICENSE", "meta/runtime.yml"} <= allowed
    assert [n for n in allowed if n.startswith(("lab/", "tests/", "bench/", "tools/", "inventory/", "."))] == []


@pytest.mark.parametrize(
    "directive, name, ships",
    [
        ("include README.md LICENSE", "LICENSE", True),
        ("include README.md LICENSE", "docs/LICENSE", False),
        ("include meta/*.yml", "meta/runtime.yml", True),
        ("recursive-include plugins **.py", "plugins/action/config_stage.py", True),
        ("recursive-include plugins **.py", "plugins/action/config_stage.pyc", False),
        ("recursive-include plugins **.py", "plugins2/x.py", False),
    ],
)
def test_directives_mean_what_ansible_galaxy_means(directive: str, name: str, ships: bool) -> None:
    assert allows(directive, name) is ships


def test_a_file_that_slipped_into_the_artifact_is_named(tmp_path: Path) -> None:
    """The gate can fail: the real tarball passes, the same with one more and one less file does not."""
    tarball = build()
    assert complaints(tarball) == []
    spoiled = tmp_path / "spoiled.tar.gz"
    with tarfile.open(tarball) as source, tarfile.open(spoiled, "w:gz") as target:
        for member in source.getmembers():
            if member.name != "LICENSE":
                target.addfile(member, source.extractfile(member))
        extra = tarfile.TarInfo("lab/secret.py")
        extra.size = 1
        target.addfile(extra, io.BytesIO(b"\n"))
    assert complaints(spoiled) == [
        "ships, but galaxy.yml does not allow it: lab/secret.py",
        "allowed by galaxy.yml, but does not ship: LICENSE",
    ]
