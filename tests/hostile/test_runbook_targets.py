"""A runbook that is told a name which fits nothing says so, and does not end as if there had been nothing to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.hostile


@pytest.mark.parametrize("playbook", ["drain", "undrain", "upgrade", "upgrade_check"])
def test_a_name_that_is_no_router_is_an_error_that_lists_the_routers(playbook: str, tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    argv = [str(programs / "ansible-playbook"), "-i", "inventory/lab", f"playbooks/{playbook}.yml"]
    done = subprocess.run(
        [*argv, "-e", "target=jkt-r11", "-e", "reason=x"],
        cwd=CHECKOUT, env={**os.environ, "FAIRWAY_BUILD": str(tmp_path), "FAIRWAY_REPORT_DIR": ""},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0, done.stdout
    assert "Routers are jkt-r1, sby-r1, jkt-r2, sby-r2." in " ".join(done.stdout.split()), done.stdout
