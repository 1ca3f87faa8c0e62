"""A reboot of a Junos router of the lab: its data plane is gone while it lasts, and is what it was when it is back."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import junos_control

from .conftest import booted
from .lab_harness import CHECKOUT, Lab, poll

# A deploy and reboots, on a machine that may be busy.
pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

ROUTER, PARTNER = "jkt-r1", "jkt-r2"
JKT_PROBE, SBY_PROBE = "192.0.2.11", "192.0.2.12"
NORTH = "192.0.2.65"
"""The far end of the backbone that ends at the router."""
WITHIN = 120.0
UPGRADE = """
import sys
from jnpr.junos import Device
from jnpr.junos.utils.sw import SW
with Device(host="192.0.2.131", port=830, user="fairway", gather_facts=False) as device:
    if sys.argv[1:]:
        SW(device).put(sys.argv[1])
        assert SW(device).pkgadd("/var/tmp/" + sys.argv[1].rpartition("/")[2])[0]
    print(SW(device).reboot())
"""


@pytest.fixture(scope="module")
def deployed(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """inventory/lab, deployed and converged."""
    for lab in booted(tmp_path_factory.mktemp("lab"), "reboot", "--minute", "10"):
        build = tmp_path_factory.mktemp("build")
        settings = {"deploy_serial": ["100%"], "change_soak": 1, "change_deadline": 50, "change_confirm_minutes": 6}
        run_in(lab, build, "playbooks/deploy.yml", "-e", json.dumps(settings))
        lab.run("wait", "--timeout", "120", timeout=180)
        yield lab


def run_in(lab: Lab, build: Path, *arguments: str) -> None:
    """Run a playbook from the lab's controller."""
    playbook = str(Path(sys.executable).with_name("ansible-playbook"))
    lab.exec(
        "ctl", playbook, "-i", "inventory/lab", *arguments, cwd=CHECKOUT, timeout=240,
        environment={"FAIRWAY_BUILD": str(build), "FAIRWAY_REPORT_DIR": str(build), "PATH": os.environ["PATH"]},
    )  # fmt: skip


def faults(lab: Lab, *specs: str) -> None:
    """Set the router's faults."""
    lab.run("fault", ROUTER, *(specs or ("none",)))


def told(lab: Lab) -> dict[str, Any]:
    """What the emulator says about itself."""
    return dict(junos_control.request(lab.state, ROUTER, {"op": "status"}, timeout=60)["routers"][0])


def back(lab: Lab, reboots: int) -> None:
    """Wait until the router has booted so many times."""
    poll(lambda: (found := told(lab))["up"] and found["reboots"] == reboots, f"{ROUTER} boots", WITHIN)


def routes(lab: Lab, host: str) -> list[str]:
    """Destinations and next hops in a host's kernel."""
    found = json.loads(lab.ask(host, "ip", "-j", "route", "show").stdout)

    def ways(one: dict[str, Any]) -> list[str]:
        return sorted(str(hop.get("gateway") or hop.get("dev")) for hop in one.get("nexthops", [one]))

    return sorted(f"{one['dst']} {ways(one)}" for one in found)


def ports_up(lab: Lab) -> list[str]:
    """The router's ports that are up, the management port aside."""
    found = json.loads(lab.ask(ROUTER, "ip", "-j", "link", "show").stdout)
    return [one["ifname"] for one in found if one["ifname"].startswith("ge-") and "UP" in one["flags"]]


def loopback(lab: Lab, host: str) -> str:
    """A host's IPv4 loopback, which is how the routers' BGP sessions are called."""
    return str(lab.state.topology().host(host).loopback_ipv4)


def sessions(lab: Lab, host: str) -> dict[str, str]:
    """BGP sessions of a host: {neighbour: state}."""
    found = lab.vtysh(host, "show bgp neighbors json")
    return {name: str(told_.get("bgpState")) for name, told_ in found.items() if isinstance(told_, dict)}


def test_a_reboot_takes_the_data_plane_down_and_brings_it_back(deployed: Lab, tmp_path: Path) -> None:
    lab, package = deployed, f"{tmp_path}/junos-install-mx-x86-64-24.4R2.7.tgz"
    lab.exec("ctl", sys.executable, "-m", "lab.junos", "package", "--version", "24.4R2.7", package, cwd=CHECKOUT)
    own, before = routes(lab, ROUTER), told(lab)["reboots"]
    assert NORTH in poll(lambda: lab.path("jkt-probe", JKT_PROBE, SBY_PROBE), "a way between the sites", WITHIN)

    faults(lab, "install-seconds:0.1", "no-boot")
    said = lab.exec("ctl", sys.executable, "-c", UPGRADE, package).stdout
    assert "Shutdown NOW!" in said
    poll(lambda: not told(lab)["up"], f"{ROUTER} goes down", WITHIN)
    poll(lambda: not ports_up(lab), "its ports are down", WITHIN)
    assert [route for route in routes(lab, ROUTER) if "fxp0" not in route] == [], "no route leads anywhere"
    assert lab.exec(ROUTER, "vtysh", "-d", "bgpd", "-c", "show version", check=False).returncode != 0
    refused = lab.exec("ctl", "bash", "-c", "echo > /dev/tcp/192.0.2.131/830", check=False)
    assert "refused" in refused.stderr
    gone = loopback(lab, ROUTER)
    poll(lambda: sessions(lab, PARTNER).get(gone) != "Established", f"{PARTNER} loses {ROUTER}", WITHIN)
    poll(
        lambda: (way := lab.path("jkt-probe", JKT_PROBE, SBY_PROBE))[-1:] == [SBY_PROBE] and NORTH not in way,
        "the sites reach each other around it", WITHIN,
    )  # fmt: skip

    faults(lab, "reboot-seconds:0")
    back(lab, before + 1)
    assert told(lab)["software"] == {
        "version": "24.4R2.7", "pending": None, "previous": "24.4R1.9", "busy": False, "installing": None,
    }  # fmt: skip
    lab.run("wait", "--timeout", "180", timeout=240)
    poll(lambda: routes(lab, ROUTER) == own, "the same routes as before", WITHIN)
    poll(lambda: NORTH in lab.path("jkt-probe", JKT_PROBE, SBY_PROBE), "the sites take the north again", WITHIN)


def test_a_session_and_a_link_that_do_not_come_back(deployed: Lab) -> None:
    lab = deployed
    peer, other = loopback(lab, PARTNER), loopback(lab, "sby-r2")
    assert sessions(lab, ROUTER)[peer] == "Established"
    faults(lab, f"boot-without:{peer}", "boot-without:ge-0/0/0.0", "reboot-seconds:0")
    before = told(lab)["reboots"]
    lab.exec("ctl", sys.executable, "-c", UPGRADE)
    back(lab, before + 1)
    poll(lambda: sessions(lab, ROUTER).get(other) == "Established", "the other sessions", WITHIN)
    found = lab.vtysh(ROUTER, f"show bgp neighbors {peer} json")[peer]
    assert found["bgpState"] == "Idle"
    assert "ge-0_0_0.0" not in ports_up(lab)

    faults(lab)
    lab.run("wait", "--timeout", "180", timeout=240)
    assert sessions(lab, ROUTER)[peer] == "Established"
