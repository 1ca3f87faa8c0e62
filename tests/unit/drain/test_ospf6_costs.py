"""OSPFv3 of an FRR router goes around it by the highest cost of every interface, and back as OSPFv2 has it."""

from __future__ import annotations

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.drain_patch_frr import frr_overloads, with_overload
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Overload

NORMAL = """interface eth1
 ip ospf area 0.0.0.0
 ip ospf cost 150
 ipv6 ospf6 area 0.0.0.0
 ipv6 ospf6 cost 150
exit
!
interface eth2
 ip ospf area 0.0.0.0
 ipv6 ospf6 area 0.0.0.0
exit
!
interface eth3
 ipv6 ospf6 area 0.0.0.0
 ipv6 ospf6 cost 20
 ipv6 ospf6 passive
exit
!
interface lo
 ipv6 ospf6 area 0.0.0.0
exit
!
router ospf6
 ospf6 router-id 192.0.2.2
exit
!
""".splitlines()


def costs(lines: list[str]) -> list[str]:
    return [line.split()[-1] for line in lines if line.startswith(" ipv6 ospf6 cost ")]


def test_it_goes_to_the_highest_cost_and_back_to_what_it_was() -> None:
    there = with_overload(NORMAL, "ospf3", True)
    assert costs(there) == ["65535", "65535", "20"], "every interface but passive ones and the loopback"
    assert list(frr_overloads(there)) == [Overload("ospf3", True)]
    assert with_overload(there, "ospf3", False) == NORMAL


def test_back_is_what_ospf2_costs_there_whatever_that_is_by_now() -> None:
    there = with_overload(NORMAL, "ospf3", True)
    raised = [line.replace("ip ospf cost 150", "ip ospf cost 195") for line in there]
    assert costs(with_overload(raised, "ospf3", False)) == ["195", "20"]


@pytest.mark.parametrize("one", ["ipv6 ospf6 cost 150", "ipv6 ospf6 cost 65534"])
def test_one_interface_that_costs_less_is_no_overload(one: str) -> None:
    there = [line.replace("ipv6 ospf6 cost 65535", one) for line in with_overload(NORMAL, "ospf3", True)[:5]]
    assert list(frr_overloads([*there, *NORMAL[5:]])) == [Overload("ospf3", False)]


def test_a_stub_router_of_somebody_else_is_one_and_is_ended() -> None:
    stub = [*NORMAL[:-2], " stub-router administrative", *NORMAL[-2:]]
    assert list(frr_overloads(stub)) == [Overload("ospf3", True)]
    assert with_overload(stub, "ospf3", False) == NORMAL
