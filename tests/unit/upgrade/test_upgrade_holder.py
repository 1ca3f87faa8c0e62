"""Who is at work on a router: a run counts as long as its process runs, and not a moment longer."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from ansible_collections.fairway.backbone.plugins.plugin_utils.upgrade_run import alive, myself


def test_a_run_that_was_killed_is_over_also_while_nobody_has_collected_its_process() -> None:
    program = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as process:
        mine = myself("up-1", "noc")
        assert alive(mine) is True
        stat = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        boot = mine.process.split()[2]
        holder = replace(mine, process=f"{process.pid} {stat[19]} {boot}")
        assert alive(holder) is True
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert alive(holder) is False
    assert alive(holder) is False


def test_a_run_of_another_controller_is_one_that_nobody_here_can_judge() -> None:
    assert alive(replace(myself("up-1", "noc"), controller="elsewhere")) is None
