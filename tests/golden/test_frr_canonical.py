"""Real FRR daemons take a rendered configuration and print it back line by line: a second push has nothing to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.steering_patch.drained import drained_text

GOLDEN = Path(__file__).parent
RELOAD = "/usr/lib/frr/frr-reload.py"
# Private network, mounts, host name and processes: nothing of it outlives the shell.
SCRIPT = """
set -e
hostname "$1"
for dir in /run /etc/frr /var/tmp; do mount -t tmpfs none $dir; done
mkdir -p /run/frr; ip link set lo up
printf 'hostname %s\\nservice integrated-vtysh-config\\n' "$1" > /etc/frr/frr.conf
echo 'service integrated-vtysh-config' > /etc/frr/vtysh.conf; chown -R frr:frr /run/frr /etc/frr
for daemon in zebra staticd bfdd ospfd ospf6d bgpd; do /usr/lib/frr/$daemon -d -u frr -g frr &> /dev/null; done
for _ in $(seq 50); do vtysh -c 'show version' > /dev/null 2>&1 && break; sleep 0.1; done
/usr/lib/frr/frr-reload.py --reload --overwrite "$2" > /run/reload.log 2>&1 || { cat /run/reload.log; exit 1; }
echo '--- running'; vtysh -c 'show running-config'
echo '--- test'; /usr/lib/frr/frr-reload.py --test "$2" 2>/dev/null
"""

pytestmark = [
    pytest.mark.golden,
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="starts FRR's daemons in namespaces: needs root"),
    pytest.mark.skipif(shutil.which(RELOAD) is None, reason="FRR is not installed: make setup"),
]


@pytest.mark.parametrize(
    "path", ["lab/jkt-r2", "lab/sby-r2", "example/ams-edge1", "example/fra-rr1", "example/ams-rr1"]
)
def test_frr_prints_what_was_rendered(path: str) -> None:
    prints(GOLDEN / f"{path}.conf")


def test_frr_prints_what_draining_made(tmp_path: Path) -> None:
    drained = drained_text("lab", "jkt-r2")
    config = tmp_path / "jkt-r2.conf"
    # Of comments the daemons know nothing.
    config.write_text("".join(f"{line}\n" for line in drained.splitlines() if not line.startswith("! fairway-")))
    prints(config)


def prints(config: Path) -> None:
    """FRR takes a configuration and prints it back."""
    unshare = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run(
        [*unshare, "bash", "-c", SCRIPT, "bash", config.stem, str(config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    running, _, difference = done.stdout.partition("--- running")[2].partition("--- test")
    assert "Lines To" not in difference, difference
    printed = running.partition("frr version")[2].partition("\n")[2].removesuffix("\n").removesuffix("end")
    assert printed == config.read_text()
