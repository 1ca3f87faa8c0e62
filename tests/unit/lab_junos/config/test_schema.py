"""The hierarchy files say what they mean: a slip in them is found here and not by a router that behaves oddly."""

from __future__ import annotations

import pytest

from lab.junos.config import Schema, root_schema
from lab.junos.config.schema import Kind

NODES = list(root_schema().walk())


def below(path: str) -> Schema:
    """The schema at a path of XML names."""
    found = root_schema().find(tuple(path.split("/")))
    assert found is not None, f"{path} is not modelled"
    return found


@pytest.mark.parametrize(
    "path",
    [
        "system/login/user/authentication/ssh-ed25519", "system/ntp/server",
        "chassis/aggregated-devices/ethernet/device-count", "snmp/community/clients/restrict",
        "interfaces/interface/gigether-options/ieee-802.3ad/bundle", "interfaces/interface/unit/family/mpls",
        "interfaces/interface/aggregated-ether-options/lacp/active", "interfaces/interface/hold-time/up",
        "routing-options/static/route/next-hop", "routing-options/rib/static/route/discard",
        "protocols/ospf/area/interface/bfd-liveness-detection/minimum-interval", "protocols/ospf/overload/timeout",
        "protocols/ospf3/area/interface/interface-type",
        "protocols/bgp/group/neighbor/family/inet6/unicast/prefix-limit",
        "protocols/bgp/group/multihop/ttl", "protocols/bgp/group/remove-private", "protocols/lldp/interface",
        "policy-options/policy-statement/term/then/as-path-prepend", "policy-options/as-path-group/as-path/path",
        "firewall/family/inet6/filter/term/from/next-header", "firewall/policer/if-exceeding/bandwidth-limit",
        "services/rpm/probe/test/thresholds/successive-loss", "event-options/policy/then/raise-trap",
    ],
)  # fmt: skip
def test_what_the_documentation_promises_is_modelled(path: str) -> None:
    assert below(path).name == path.rpartition("/")[2]


def test_no_two_statements_of_a_level_can_be_mistaken_for_each_other() -> None:
    for path, node in NODES:
        bare = len(node.positional) + (node.hidden is not None)
        assert bare <= 1, f"{'/'.join(path)}: more than one statement without a keyword"
        assert not (node.merge and (node.positional or node.hidden)), path


def test_alternatives_and_mandatory_statements_exist() -> None:
    for path, node in NODES:
        for name in {*node.choices, *node.mandatory}:
            assert name in node.children, f"{'/'.join(path)}: {name}"


def test_every_leaf_has_a_type_and_every_list_a_key() -> None:
    for path, node in NODES:
        if node.kind in (Kind.LEAF, Kind.LEAF_LIST):
            assert node.type is not None, path
        if node.kind is Kind.LIST:
            assert node.keys, path


def test_macros_and_groups_are_allowed_at_every_level() -> None:
    for path, node in NODES:
        if node.has_children and not node.merge:
            assert {"apply-macro", "apply-groups", "apply-groups-except"} <= set(node.children), path


def test_the_schema_is_read_once() -> None:
    assert root_schema() is root_schema()
