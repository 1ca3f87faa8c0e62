"""What groups give, what the translators get, and what a commit check refuses."""

from __future__ import annotations

import pytest

from lab.junos.config import Tree, active_data, check, expand, load, to_set, to_text

SOUND = """
system { root-authentication { encrypted-password "*"; } login { user a { class super-user; } } }
interfaces {
    ge-0/0/0 { unit 0 { family inet { address 192.0.2.0/31; } } }
    ge-0/0/1 { vlan-tagging; unit 100 { vlan-id 100; family inet { address 192.0.2.2/31; } } }
}
routing-options { autonomous-system 64496; static { route 198.51.100.0/24 discard; } }
protocols {
    bgp { group e { type external; peer-as 64500; import p; neighbor 192.0.2.1; } }
    ospf { area 0.0.0.0 { interface ge-0/0/0.0; } }
}
policy-options {
    prefix-list own { 198.51.100.0/24; }
    policy-statement p { term a { from { prefix-list own; community c; } then accept; } }
    community c members 64496:1;
}
firewall { family inet { filter f { term a { then accept; } } } }
"""


def tree_of(text: str, *commands: str) -> Tree:
    """A configuration from text, then changed by set commands."""
    tree = Tree.empty()
    assert load(tree, text).errors == []
    assert load(tree, "\n".join(commands), "set", "set").errors == []
    return tree


def test_groups_give_what_is_missing_and_never_overrule() -> None:
    tree = tree_of("""
        groups {
            g { interfaces { <ge-*> { mtu 9000; unit <*> { family inet { no-redirects; } } } lo0 { unit 0; } } }
            h { interfaces { <*> { mtu 1500; description given; } } system { host-name h; } }
        }
        apply-groups [ g h ];
        interfaces {
            ge-0/0/0 { description own; unit 0; }
            ge-0/0/1 { apply-groups-except g; }
        }
    """)
    assert to_set(expand(tree)).splitlines() == [
        "set system host-name h",
        "set interfaces ge-0/0/0 description own",
        "set interfaces ge-0/0/0 mtu 9000",
        "set interfaces ge-0/0/0 unit 0 family inet no-redirects",
        "set interfaces ge-0/0/1 description given",
        "set interfaces ge-0/0/1 mtu 1500",
        "set interfaces lo0 description given",
        "set interfaces lo0 mtu 1500",
        "set interfaces lo0 unit 0",
    ]
    assert "## 'mtu' was inherited from group 'g'" in to_text(tree, ("interfaces", "ge-0/0/0"), inherit=True)


def test_a_group_applied_deeper_wins_and_values_are_added_to() -> None:
    tree = tree_of("""
        groups {
            far { protocols { bgp { group <*> { hold-time 30; import far; } } } }
            near { protocols { bgp { group <*> { hold-time 10; import near; } } } }
        }
        apply-groups far;
        protocols { bgp { group e { apply-groups near; import own; } } }
    """)
    assert active_data(tree)["protocols"]["bgp"]["group"]["e"] == {"hold-time": "10", "import": ["own", "near", "far"]}


def test_inactive_statements_inherit_nothing_and_are_not_in_force() -> None:
    tree = tree_of(SOUND, "deactivate protocols bgp", "deactivate interfaces ge-0/0/1 unit 100")
    data = active_data(tree)
    assert "bgp" not in data["protocols"]
    assert data["interfaces"]["interface"]["ge-0/0/1"] == {"vlan-tagging": True}


def test_active_data_has_the_names_of_the_xml() -> None:
    tree = tree_of(
        SOUND,
        "set policy-options policy-statement p term a from route-filter 192.0.2.0/24 upto /28",
        "set policy-options policy-statement p term a then community add c",
        "set protocols bgp group e authentication-key hidden",
        "set protocols bgp apply-macro note by me",
    )
    data = active_data(tree)
    term = data["policy-options"]["policy-statement"]["p"]["term"]["a"]
    assert term["from"]["route-filter"] == {"192.0.2.0/24 upto /28": {"address": "192.0.2.0/24", "upto": "/28"}}
    assert term["then"] == {"accept": True, "community": {"add c": {"add": True, "community-name": "c"}}}
    assert data["protocols"]["bgp"]["group"]["e"]["authentication-key"] == "hidden"
    assert "apply-macro" not in data["protocols"]["bgp"]
    assert data["system"]["login"]["user"]["a"] == {"class": "super-user"}


def test_a_sound_configuration_passes() -> None:
    assert check(tree_of(SOUND)) == []


@pytest.mark.parametrize(
    "command, path, bad_element, message",
    [
        ("delete policy-options policy-statement p", "[edit protocols bgp group e]", "import p",
         "Policy error: Policy p referenced but not defined"),
        ("delete policy-options prefix-list own", "[edit policy-options policy-statement p term a from]",
         "prefix-list own", "Policy error: Prefix list own referenced but not defined"),
        ("delete policy-options community c", "[edit policy-options policy-statement p term a from]", "community c",
         "Policy error: Community c referenced but not defined"),
        ("set policy-options policy-statement p term a from as-path x",
         "[edit policy-options policy-statement p term a from]", "as-path x",
         "Policy error: AS path x referenced but not defined"),
        ("set interfaces ge-0/0/0 unit 0 family inet filter input nof",
         "[edit interfaces ge-0/0/0 unit 0 family inet filter]", "input", "Referenced filter 'nof' is not defined"),
        ("set firewall family inet filter f term a then policer nop",
         "[edit firewall family inet filter f term a then]", "policer nop", "Referenced policer 'nop' is not defined"),
        ("delete system root-authentication", "[edit]", "system", "Missing mandatory statement: 'root-authentication'"),
        ("delete system login user a class", "[edit system login]", "user a", "Missing mandatory statement: 'class'"),
        ("set system login user a class nobody", "[edit system login user a]", "class nobody",
         "undefined login class 'nobody'"),
        ("delete interfaces ge-0/0/1 unit 100 vlan-id", "[edit interfaces ge-0/0/1]", "unit 100",
         "VLAN-ID must be specified on tagged ethernet interfaces"),
        ("set interfaces ge-0/0/0 unit 0 vlan-id 7", "[edit interfaces ge-0/0/0 unit 0]", "vlan-id",
         "VLAN-ID can only be specified on tagged ethernet interfaces"),
        ("set interfaces ge-0/0/1 unit 100 family inet address 192.0.2.0/31",
         "[edit interfaces ge-0/0/1 unit 100 family inet]", "address 192.0.2.0/31",
         "identical local address is found on rt_inst default, intfs ge-0/0/0.0 and ge-0/0/1.100, family inet."),
        ("set interfaces ge-0/0/0 gigether-options 802.3ad ae0", "[edit interfaces ge-0/0/0]", "unit 0",
         "Logical unit is not allowed on aggregated links"),
        ("delete routing-options autonomous-system", "[edit protocols bgp group e]", "neighbor 192.0.2.1",
         "Error in neighbor 192.0.2.1 of group e:\nlocal AS number must be configured"),
        ("delete protocols bgp group e peer-as", "[edit protocols bgp group e]", "neighbor 192.0.2.1",
         "Error in neighbor 192.0.2.1 of group e:\npeer AS number must be configured for an external peer"),
        ("set protocols ospf area 1 interface ge-0/0/0.0", "[edit protocols ospf area 0.0.0.1]",
         "interface ge-0/0/0.0", "Interface ge-0/0/0.0 is configured in area 0.0.0.0 too"),
        ("set apply-groups nowhere", "[edit]", "apply-groups nowhere", "configuration group 'nowhere' is not defined"),
        ("set routing-options static route 203.0.113.0/24 tag 7", "[edit routing-options static]",
         "route 203.0.113.0/24",
         "Missing next-hop: one of next-hop, discard, reject, receive or next-table is needed"),
    ],
)  # fmt: skip
def test_a_commit_check_names_the_place_and_ends_as_a_router_does(
    command: str, path: str, bad_element: str, message: str
) -> None:
    errors = check(tree_of(SOUND, command))
    assert (errors[0].path, errors[0].bad_element, errors[0].message) == (path, bad_element, message)
    assert errors[-1].message == "configuration check-out failed"
    assert len(errors) == 2, "one fault, one error"


def test_all_faults_are_reported_at_once() -> None:
    errors = check(tree_of(SOUND, "delete policy-options", "delete system root-authentication"))
    assert len(errors) == 3


def test_what_is_inactive_is_not_checked() -> None:
    assert check(tree_of(SOUND, "delete policy-options", "deactivate protocols bgp group e import")) == []
