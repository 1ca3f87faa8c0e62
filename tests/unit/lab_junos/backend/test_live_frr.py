"""Changes applied to real FRR daemons: a change leads to the same as writing the new configuration from scratch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .loading import BACKBONE

pytestmark = [
    pytest.mark.lab,
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes namespaces of its own"),
    pytest.mark.skipif(not Path("/usr/lib/frr/bgpd").exists(), reason="needs FRR"),
]
CHECKOUT = Path(__file__).parents[4]
ROUTER = """
mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /run/frr "$1/etc"
echo 'service integrated-vtysh-config' > "$1/etc/vtysh.conf"
sed 's/^frrvty:.*/&,root/' /etc/group > "$1/group"
mount --bind "$1/etc" /etc/frr && mount --bind "$1/group" /etc/group
ip link set lo up
ip link add ge-0_0_0.0 type veth peer name far0 && ip link set far0 up
ip link add ge-0_0_1.100 type veth peer name far1 && ip link set far1 up
for daemon in zebra staticd ospfd ospf6d bgpd bfdd; do
    /usr/lib/frr/$daemon -d -u root -g root -A 127.0.0.1 -P 0
done
exec sleep 600
"""
STEPS = [
    [],
    ["set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 metric 1000"],
    ["delete protocols bgp group ibgp neighbor 192.0.2.2", "set protocols bgp group ibgp neighbor 192.0.2.3"],
    ["set routing-options autonomous-system 64497"],
    ["delete protocols bgp", "delete protocols ospf3"],
    [
        "set protocols ospf area 0.0.0.1 interface ge-0/0/1.100 metric 7",
        "delete protocols ospf area 0.0.0.0 interface ge-0/0/1.100",
        "set protocols ospf area 1 stub default-metric 10 no-summaries",
    ],
    [
        "set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 authentication md5 2 key other",
        "set protocols ospf overload",
    ],
    ["activate policy-options policy-statement to-carrier term out-of-service"],
    [
        "set routing-options static route 192.0.2.0/24 preference 9",
        "set routing-options static route 198.18.0.0/15 next-hop 192.0.2.65",
    ],
    [
        "set protocols bgp group carrier multihop ttl 3",
        "set protocols bgp group carrier family inet6 unicast",
        'set protocols bgp group carrier neighbor 198.51.100.0 description "left | right"',
        "set protocols bgp group ibgp bfd-liveness-detection minimum-interval 500",
    ],
    ["set interfaces ge-0/0/1 disable"],
]


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The process id of a router: kernel and daemons in namespaces of their own."""
    home = tmp_path_factory.mktemp("router")
    command = ["unshare", "-n", "-m", "-u", "-p", "-f", "--kill-child", "bash", "-c", ROUTER, "router", str(home)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield _child(process)
        finally:
            process.kill()


def _child(process: subprocess.Popen[bytes]) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = children.read_text().split()
        if found:
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError("the router's namespaces did not come to be within 10 s")


def run(router: int, texts: list[str]) -> list[dict[str, str]]:
    """Apply configurations in one driver; one answer each."""
    lines = "\n".join(json.dumps(text) for text in texts)
    nsenter = shutil.which("nsenter") or "nsenter"
    done = subprocess.run(
        [nsenter, "-t", str(router), "-n", "-m", f"--wd={CHECKOUT}", sys.executable, "-m",
         "tests.unit.lab_junos.backend.live_driver"],
        input=lines, capture_output=True, text=True, timeout=100, check=False,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def configurations() -> list[str]:
    from lab.junos.config import to_text

    from .loading import tree

    return [to_text(tree(BACKBONE, *step)) for step in STEPS]


def test_every_change_leads_where_a_fresh_start_leads(router: int) -> None:
    answers = run(router, configurations())
    assert len(answers) == len(STEPS)
    for step, answer in zip(STEPS, answers, strict=True):
        assert "error" not in answer, (step, answer)
        assert answer["changed"] == answer["fresh"], step
    assert "ip ospf cost 1000" in answers[1]["changed"]
    assert "router bgp" not in answers[4]["changed"]


def test_a_change_of_a_metric_takes_well_under_two_seconds(router: int) -> None:
    base, metric = configurations()[:2]
    answers = run(router, [base, metric] * 3)
    # At its best: what else the machine does is not what is asked about.
    assert min(float(answer["seconds"]) for answer in answers[1::2]) < 2.0
