"""Draining and undraining routers of both platforms through the change transaction, and deploys meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.network import ROUTERS, Change, Network, Run
from tests.lab.conftest import booted
from tests.lab.lab_harness import CHECKOUT, poll
from tests.lab.test_steering_lab import World

# Three deploys and a dozen small playbooks.
pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

# One of each platform, one of each site: each has a partner that goes on.
JUNOS, FRR = "jkt-r1", "sby-r2"
DRAINED = (JUNOS, FRR)
CARRIER = {JUNOS: ("198.51.100.0", "2001:db8:a000::"), FRR: ("198.51.100.2", "2001:db8:a000:2::")}
SINCE = 1795255200
MINUTES = 40
"""Nominal minutes of a timer that is not to end in a test; a minute takes five seconds here."""
CHANGE = """
- hosts: all
  gather_facts: false
  vars: {mine: "{{ towards[inventory_hostname] | default([]) }}"}
  tasks:
    - name: Drain or undrain as every runbook does
      ansible.builtin.include_role: {name: fairway.backbone.change}
      vars:
        change_config: ""
        change_expect: {}
        change_revision: abc
        change_staging: drain.yml
        change_drain:
          {action: "{{ deed }}", reason: new software, by: noc, since: 1795255200, neighbors: "{{ mine }}"}
        change_confirm_minutes: 40
        change_soak: 0.5
        change_deadline: 60
        change_interval: 0.3
    - ansible.builtin.debug: {msg: "{{ inventory_hostname }} was {{ change_stage.state }}"}
"""
STAGE = """
- hosts: all
  gather_facts: false
  tasks:
    - fairway.backbone.drain_stage:
        action: "{{ deed }}"
        change_id: "{{ named }}"
        since: 1795255200
        neighbors: "{{ towards[inventory_hostname] | default([]) }}"
        confirm_minutes: "{{ minutes }}"
      check_mode: "{{ check | default(false) }}"
      register: staged
      failed_when: false
    - ansible.builtin.debug: {msg: "{{ inventory_hostname }} was {{ staged.state }}: {{ staged.message }}"}
"""
STEER = """
- hosts: all
  gather_facts: false
  tasks:
    - fairway.backbone.steering_stage:
        {action: steer, path: "{{ path }}", change_id: fw-steer, since: 1795255200}
      register: staged
      failed_when: false
    - ansible.builtin.debug: {msg: "{{ inventory_hostname }} was {{ staged.state }}: {{ staged.message }}"}
"""


class Drains(World):
    """A deployed lab whose routers can be drained."""

    def rendered(self, *, change: bool = False) -> Change:
        made = super().rendered(change=change)
        made.minutes = MINUTES
        return made

    def drain(self, deed: str, *routers: str, **variables: Any) -> str:
        """Drain or undrain through the change role, as every runbook does."""
        return self.play(CHANGE, *routers, deed=deed, **{"towards": {}, "change_id": f"fw-{self.changes}", **variables})

    def stage(self, deed: str, *routers: str, **variables: Any) -> str:
        """Stage alone; what the routers said."""
        told = {"towards": {}, "named": f"fw-{self.changes}", "minutes": MINUTES, **variables}
        return self.play(STAGE, *routers, deed=deed, **told)

    def push(self, change: Change, **options: Any) -> Run:
        """Deploy a change, whatever becomes of it."""
        change.options = {"change_deadline": 60, "change_lock_wait": 30, **options}
        with self.network.deploying(change) as deploy:
            return deploy.wait(240)

    def planned(self) -> dict[str, bool]:
        """Whether a plan compares each router; what it leaves out, it says so."""
        done = self._ansible(self.change, str(CHECKOUT / "playbooks" / "plan.yml"))
        assert done.returncode == 0, done.stdout
        plan = Path(self.network.environment(self.change)["FAIRWAY_BUILD"]) / "plan"
        compared = {router: (plan / f"{router}.diff").exists() for router in ROUTERS}
        said = " ".join(done.stdout.split())
        assert {router: f"{router} is drained since" not in said for router in ROUTERS} == compared, done.stdout
        return compared

    # -- the witness: other routers, asked past our own code --------------------------------------------------------

    def metrics(self, router_id: str, witness: str) -> set[int]:
        """The metrics of a router's links to others, as another router's OSPF has them."""
        told = self.network.lab.vtysh(witness, f"show ip ospf database router adv-router {router_id} json")
        links = [
            link
            for area in told.get("Router Link States", {}).values()
            for lsa in area.values()
            for link in lsa["routerLinks"].values()
        ]
        return {link["tos0Metric"] for link in links if not link["linkType"].startswith("Stub")}

    def offered(self, neighbor: str) -> tuple[tuple[str, str], ...]:
        """What carrier-a is offered by a router (its address there): AS path and communities of our prefix."""
        family, prefix = ("ipv6", "2001:db8::/36") if ":" in neighbor else ("ipv4", "192.0.2.0/24")
        told = self.network.lab.vtysh("carrier-a", f"show bgp {family} unicast {prefix} json")
        paths = [one for one in told.get("paths", ()) if one["peer"]["peerId"] == neighbor]
        return tuple((one["aspath"]["string"], one.get("community", {}).get("string", "")) for one in paths)

    def preference(self, witness: str, router: str) -> set[int]:
        """The local preferences that a router's routes have at a partner."""
        told = self.network.lab.vtysh(witness, f"show bgp ipv4 unicast neighbors {router} routes json")
        return {path["locPrf"] for paths in told["routes"].values() for path in paths}


@pytest.fixture(scope="module")
def world(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drains]:
    for lab in booted(tmp_path_factory.mktemp("lab"), "drains", "--minute", "5"):
        network = Network(lab, tmp_path_factory.mktemp("rounds"))
        world = Drains(network)
        world.deploy()
        yield world


OURS = {JUNOS: ("198.51.100.1", "2001:db8:a000::1"), FRR: ("198.51.100.3", "2001:db8:a000:2::1")}
CHOICE, LAST_CHOICE = (("64496", ""),), (("64496 64496 64496 64496", "graceful-shutdown"),)


def carried_around(world: Drains) -> bool:
    """Both routers are everybody's last choice: OSPF, iBGP partners and carriers, IPv4 and IPv6."""
    offers = [world.offered(address) for addresses in OURS.values() for address in addresses]
    return (
        world.metrics("192.0.2.1", "jkt-r2") == world.metrics("192.0.2.4", "jkt-r2") == {65535}
        and world.preference("jkt-r2", "192.0.2.1") == world.preference("jkt-r2", "192.0.2.4") == {0}
        and set(offers) == {LAST_CHOICE}
        and world.costs(FRR, "eth1") == {150, 65535}
    )


def in_service(world: Drains) -> bool:
    """As if nothing had been."""
    offers = [world.offered(address) for addresses in OURS.values() for address in addresses]
    return (
        65535 not in world.metrics("192.0.2.1", "jkt-r2") | world.metrics("192.0.2.4", "jkt-r2")
        and world.preference("jkt-r2", "192.0.2.1") | world.preference("jkt-r2", "192.0.2.4") == {100}
        and set(offers) == {CHOICE}
        and world.costs(FRR, "eth1") == {150}
    )


def test_a_router_is_drained_left_alone_by_deploys_and_undrained_without_a_trace(world: Drains) -> None:
    before = {router: world.configured(router) for router in ROUTERS}
    assert "was staged" in world.drain("drain", *DRAINED, change_id="fw-first")
    poll(lambda: carried_around(world), "traffic goes around both routers", 60, 0.5)
    for router, told in world.read(*DRAINED).items():
        drain = {"since": float(SINCE), "change_id": "fw-first", "by": "noc", "reason": "new software", "neighbors": []}
        assert told["live"]["drain"] == {"router": router, **drain}
        assert (told["live"]["drained"], told["live"]["fault"], told["complaints"]) == (True, "", [])
    assert world.drifted() == {}

    again = world.drain("drain", *DRAINED, change_id="fw-again")
    assert again.count("was unchanged") == len(DRAINED), again
    assert "fw-again" not in world.configured(JUNOS) + world.configured(FRR)
    for router, path in ((JUNOS, "jkt-sby/north"), (FRR, "jkt-sby/south")):
        said = world.play(STEER, router, path=path)
        assert f"{router} was refused: the router is drained since" in said, said

    change = world.rendered(change=True)
    run = world.push(change)
    assert run.status == 0, run.output
    for router in DRAINED:
        since = "since 2026-11-21T10:00:00Z by noc, change fw-first (new software)"
        assert f"{router} is drained {since}: left alone; -e deploy_drained=true includes it" in run.words
    assert {name: row["result"] for name, row in run.rows.items()} == {"jkt-r2": "confirmed", "sby-r1": "confirmed"}
    assert f"round {change.number} probe" not in world.configured(JUNOS) + world.configured(FRR)

    world.change = change
    assert set(world.drifted()) == set(DRAINED)
    assert world.planned() == {router: router not in DRAINED for router in ROUTERS}
    run = world.push(change, deploy_drained=True)
    assert run.status == 0, run.output
    assert {name: run.rows[name]["result"] for name in DRAINED} == dict.fromkeys(DRAINED, "confirmed")
    assert world.drifted() == {}
    assert carried_around(world)

    world.drain("undrain", *DRAINED)
    poll(lambda: in_service(world), "both routers are in service", 60, 0.5)
    assert world.drain("undrain", *DRAINED).count("was unchanged") == len(DRAINED)
    for router, text in before.items():
        assert numberless(world.configured(router)) == numberless(text)
    assert [told["live"]["drained"] for told in world.read().values()] == [False] * len(ROUTERS)


def numberless(text: str) -> str:
    """A configuration without the number of the round that its descriptions carry."""
    return re.sub(r"round [0-9]+ probe", "probe", text)


def test_one_neighbour_is_drained_and_ospf_goes_on(world: Drains) -> None:
    before = {router: world.configured(router) for router in DRAINED}
    said = world.stage("drain", *DRAINED, towards={router: [v4] for router, (v4, _v6) in CARRIER.items()})
    for router, (_v4, v6) in CARRIER.items():
        assert f"{router} was refused: policy to-carrier is also that of {v6}" in said, said
    world.drain("drain", *DRAINED, towards=CARRIER)
    offers = {address for addresses in OURS.values() for address in addresses}
    poll(
        lambda: {world.offered(address) for address in offers} == {LAST_CHOICE},
        "the carrier hears that both routers are the last choice", 60, 0.5,
    )  # fmt: skip
    told = world.read(*DRAINED)
    assert {router: told[router]["live"]["drain"]["neighbors"] for router in DRAINED} == {
        router: list(addresses) for router, addresses in CARRIER.items()
    }
    assert 65535 not in world.metrics("192.0.2.1", "jkt-r2") | world.metrics("192.0.2.4", "jkt-r2")
    assert world.drifted() == {}
    world.drain("undrain", *DRAINED)
    assert {router: world.configured(router) for router in DRAINED} == before


def test_a_drain_that_nobody_confirms_is_taken_back_and_check_mode_changes_nothing(world: Drains) -> None:
    before = {router: world.configured(router) for router in DRAINED}
    said = world.stage("drain", *DRAINED, check=True)
    assert said.count("was checked") == len(DRAINED), said
    assert {router: world.configured(router) for router in DRAINED} == before
    said = world.stage("drain", *DRAINED, minutes=1)
    assert said.count("was staged") == len(DRAINED), said
    poll(
        lambda: {router: world.configured(router) for router in DRAINED} == before,
        "both routers take it back by themselves", 90, 0.5,
    )  # fmt: skip
    poll(lambda: in_service(world), "both routers are in service", 60, 0.5)
    history = world.network.lab.ask(FRR, "sh", "-c", "cat /var/lib/fairway/commits/*.json").stdout
    assert "rev=unknown drain=on by=hand" in history
