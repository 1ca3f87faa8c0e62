"""A metric changed through NETCONF on a Junos router moves real packets: traceroute before and after.

The change is a plain ncclient session's, from the lab's controller; our plugins only make the network it is tried on.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import booted
from .lab_harness import CHECKOUT, Lab, poll

pytestmark = pytest.mark.lab

JKT_PROBE, SBY_PROBE = "192.0.2.11", "192.0.2.12"
NORTH, SOUTH = "192.0.2.65", "192.0.2.67"
"""The far ends, at sby, of the two backbones."""
EDIT = """
import sys
from ncclient import manager
METRIC = f'''
<config><configuration><protocols><ospf><area><name>0.0.0.0</name>
<interface><name>ge-0/0/0.0</name><metric>{sys.argv[1]}</metric></interface>
</area></ospf></protocols></configuration></config>'''
with manager.connect(host="192.0.2.131", port=830, username="fairway", device_params={"name": "junos"}) as router:
    with router.locked("candidate"):
        router.edit_config(target="candidate", config=METRIC)
        router.commit()
"""


@pytest.fixture(scope="module")
def deployed(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """inventory/lab, deployed and converged."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "metric", "--minute", "10"):
        build = tmp_path_factory.mktemp("build")
        settings = {"deploy_serial": ["100%"], "change_soak": 1, "change_deadline": 50, "change_confirm_minutes": 6}
        playbook = str(Path(sys.executable).with_name("ansible-playbook"))
        lab.exec(
            "ctl", playbook, "-i", "inventory/lab", "playbooks/deploy.yml", "-e", json.dumps(settings),
            environment={"FAIRWAY_BUILD": str(build), "FAIRWAY_REPORT_DIR": str(build), "PATH": os.environ["PATH"]},
            cwd=CHECKOUT, timeout=240,
        )  # fmt: skip
        lab.run("wait", "--timeout", "120", timeout=150)
        yield lab


def metric(lab: Lab, value: int) -> None:
    """Set the OSPF metric of jkt-r1's north backbone."""
    lab.exec("ctl", sys.executable, "-c", EDIT, str(value))


def way(lab: Lab) -> list[str]:
    """The hops from one site's probe to the other's."""
    return lab.path("jkt-probe", JKT_PROBE, SBY_PROBE)


def test_a_metric_moves_packets_there_and_back(deployed: Lab) -> None:
    before = poll(lambda: found if (found := way(deployed))[-1:] == [SBY_PROBE] else [], "a way between the sites")
    assert NORTH in before
    assert SOUTH not in before

    metric(deployed, 1000)
    after = poll(lambda: found if SOUTH in (found := way(deployed)) else [], "the packets take the south")
    assert NORTH not in after
    assert after[-1] == SBY_PROBE
    assert deployed.ping("jkt-probe", "sby-probe", "-c", "5")["received"] == 5

    metric(deployed, 100)
    assert poll(lambda: found if NORTH in (found := way(deployed)) else [], "the packets are back") == before
