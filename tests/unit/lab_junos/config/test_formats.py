"""The shapes that clients know: text layout, XML element names, set lines, JSON, compare."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from lxml import etree

from lab.junos.config import (
    Tree,
    compare,
    decode_secret,
    encode_secret,
    filter_xml,
    load,
    to_json,
    to_set,
    to_text,
    to_xml,
)


def loaded(*lines: str) -> Tree:
    """A configuration from set commands."""
    tree = Tree.empty()
    report = load(tree, "\n".join(lines), "set", "set")
    assert report.errors == []
    return tree


def xml_of(tree: Tree, xpath: str) -> str:
    """The XML of one element, without white space between elements."""
    (found,) = to_xml(tree).xpath(xpath)
    return etree.tostring(found).decode().replace(' xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos"', "")


@pytest.mark.parametrize(
    "command, xpath, expected",
    [
        (
            "set policy-options policy-statement p term t then community add c",
            "//then",
            "<then><community><add/><community-name>c</community-name></community></then>",
        ),
        (
            "set policy-options policy-statement p term t from route-filter 192.0.2.0/24 orlonger",
            "//from",
            "<from><route-filter><address>192.0.2.0/24</address><orlonger/></route-filter></from>",
        ),
        (
            "set policy-options policy-statement p term t from prefix-list-filter own orlonger",
            "//from",
            "<from><prefix-list-filter><list_name>own</list_name><orlonger/></prefix-list-filter></from>",
        ),
        (
            "set policy-options policy-statement p then metric 10",
            "//then",
            "<then><metric><metric>10</metric></metric></then>",
        ),
        (
            "set policy-options prefix-list own 192.0.2.0/24",
            "//prefix-list",
            "<prefix-list><name>own</name><prefix-list-item><name>192.0.2.0/24</name></prefix-list-item></prefix-list>",
        ),
        (
            "set interfaces ge-0/0/0 unit 0 family inet address 192.0.2.1/31",
            "//unit",
            "<unit><name>0</name><family><inet><address><name>192.0.2.1/31</name></address></inet></family></unit>",
        ),
        (
            "set interfaces ge-0/0/0 gigether-options 802.3ad ae0",
            "//gigether-options",
            "<gigether-options><ieee-802.3ad><bundle>ae0</bundle></ieee-802.3ad></gigether-options>",
        ),
        (
            'set system login user a authentication ssh-ed25519 "ssh-ed25519 AAAA a"',
            "//authentication",
            "<authentication><ssh-ed25519><name>ssh-ed25519 AAAA a</name></ssh-ed25519></authentication>",
        ),
        (
            "set system syslog host 192.0.2.1 any notice",
            "//host",
            "<host><name>192.0.2.1</name><contents><name>any</name><notice/></contents></host>",
        ),
        (
            "set routing-options autonomous-system 64496",
            "//autonomous-system",
            "<autonomous-system><as-number>64496</as-number></autonomous-system>",
        ),
        (
            "set protocols ospf area 0 interface ge-0/0/0.0 apply-macro steer since 12",
            "//apply-macro",
            "<apply-macro><name>steer</name><data><name>since</name><value>12</value></data></apply-macro>",
        ),
        (
            "set protocols bgp group e import [ a b ]",
            "//group",
            "<group><name>e</name><import>a</import><import>b</import></group>",
        ),
    ],
)
def test_xml_has_the_element_names_of_a_router(command: str, xpath: str, expected: str) -> None:
    assert xml_of(loaded(command), xpath) == expected


def test_text_has_the_layout_of_a_router() -> None:
    tree = loaded(
        "set system root-authentication encrypted-password $6$x",
        "set interfaces ge-0/0/10 mtu 9000",
        "set interfaces ge-0/0/2 unit 0 family inet",
        "deactivate interfaces ge-0/0/2",
        "set snmp community c clients 192.0.2.0/24",
        "set snmp community c clients 0.0.0.0/0 restrict",
        "set routing-options static route 192.0.2.0/24 discard",
        "set routing-options static route 0.0.0.0/0 next-hop [ 192.0.2.1 192.0.2.3 ]",
        "set routing-options static route 0.0.0.0/0 preference 9",
        "set policy-options policy-statement p term a from protocol bgp",
        "set policy-options policy-statement p term a then accept",
        'annotate policy-options policy-statement p term a "all of it"',
    )
    assert to_text(tree) == dedent("""\
        system {
            root-authentication {
                encrypted-password "$6$x"; ## SECRET-DATA
            }
        }
        interfaces {
            inactive: ge-0/0/2 {
                unit 0 {
                    family inet;
                }
            }
            ge-0/0/10 {
                mtu 9000;
            }
        }
        snmp {
            community c {
                clients {
                    192.0.2.0/24;
                    0.0.0.0/0 restrict;
                }
            }
        }
        routing-options {
            static {
                route 0.0.0.0/0 {
                    next-hop [ 192.0.2.1 192.0.2.3 ];
                    preference 9;
                }
                route 192.0.2.0/24 discard;
            }
        }
        policy-options {
            policy-statement p {
                /* all of it */
                term a {
                    from protocol bgp;
                    then accept;
                }
            }
        }
        """)


def test_display_set_shows_the_lines_then_one_deactivate() -> None:
    tree = loaded(
        "set interfaces ge-0/0/0 mtu 9000", "set interfaces ge-0/0/0 disable", "deactivate interfaces ge-0/0/0"
    )
    assert to_set(tree).splitlines() == [
        "set interfaces ge-0/0/0 disable",
        "set interfaces ge-0/0/0 mtu 9000",
        "deactivate interfaces ge-0/0/0",
    ]


def test_a_level_can_be_shown_alone() -> None:
    tree = loaded("set interfaces ge-0/0/0 mtu 9000", "set system host-name r1", "set system name-server 192.0.2.53")
    assert to_text(tree, ("interfaces", "ge-0/0/0")) == "mtu 9000;\n"
    assert to_text(tree, ("interfaces", "ge-0/0/1")) == ""
    assert to_text(tree, ("system", "name-server")) == "192.0.2.53;\n"
    assert to_text(tree, ("system", "host-name")) == "host-name r1;\n"
    assert to_set(tree, ("interfaces",)) == "set interfaces ge-0/0/0 mtu 9000\n"
    assert to_set(tree, ("system", "name-server")) == "set system name-server 192.0.2.53\n"
    assert [child.tag for child in to_xml(tree, ("system", "host-name"))] == ["system"]


def test_json_has_the_shape_of_a_router() -> None:
    tree = loaded(
        "set interfaces ge-0/0/0 mtu 9000",
        "set interfaces ge-0/0/0 disable",
        "deactivate interfaces ge-0/0/0",
        "set policy-options policy-statement p from route-filter 192.0.2.0/24 exact",
    )
    document = json.loads(to_json(tree))["configuration"]
    assert document["interfaces"]["interface"] == [
        {"@": {"inactive": True}, "name": "ge-0/0/0", "disable": [None], "mtu": 9000}
    ]
    (route_filter,) = document["policy-options"]["policy-statement"][0]["from"]["route-filter"]
    assert route_filter == {"address": "192.0.2.0/24", "choice-ident": "exact", "choice-value": ""}


def test_verbose_json_is_read_too() -> None:
    tree = Tree.empty()
    source = {"configuration": [{"system": [{"host-name": [{"data": "r1"}], "no-redirects": [{"data": [None]}]}]}]}
    assert load(tree, json.dumps(source), "json", "merge").errors == []
    assert to_set(tree).splitlines() == ["set system host-name r1", "set system no-redirects"]


def test_compare_is_what_a_router_prints() -> None:
    old = loaded(
        "set system host-name old",
        "set interfaces ge-0/0/0 mtu 1400",
        "set interfaces ge-0/0/0 unit 0 family inet address 198.51.100.1/24",
        "set policy-options policy-statement p term a then accept",
        "set policy-options policy-statement p term b then reject",
        "set protocols ospf area 0 interface ge-0/0/0.0",
    )
    new = old.copy()
    load(
        new,
        """
        set system host-name new
        delete interfaces ge-0/0/0 mtu
        set interfaces ge-0/0/0 unit 0 family inet address 203.0.113.1/24
        set interfaces ge-0/0/1 unit 0 family inet
        set policy-options policy-statement p term c then accept
        insert policy-options policy-statement p term c before term b
        deactivate policy-options policy-statement p term b
        deactivate protocols ospf area 0 interface ge-0/0/0.0
        """,
        "set",
        "set",
    )
    assert compare(old, new) == (
        "[edit system]\n"
        "-  host-name old;\n"
        "+  host-name new;\n"
        "[edit interfaces ge-0/0/0]\n"
        "-   mtu 1400;\n"
        "[edit interfaces ge-0/0/0 unit 0 family inet]\n"
        "        address 198.51.100.1/24 { ... }\n"
        "+       address 203.0.113.1/24;\n"
        "[edit interfaces]\n"
        "+   ge-0/0/1 {\n"
        "+       unit 0 {\n"
        "+           family inet;\n"
        "+       }\n"
        "+   }\n"
        "[edit protocols ospf area 0.0.0.0]\n"
        "!     inactive: interface ge-0/0/0.0 { ... }\n"
        "[edit policy-options policy-statement p]\n"
        "     term a { ... }\n"
        "+    term c {\n"
        "+        then accept;\n"
        "+    }\n"
        "!    inactive: term b { ... }\n"
    )


def test_a_filter_selects_by_key_and_by_name() -> None:
    tree = loaded("set interfaces ge-0/0/0 mtu 9000", "set interfaces ge-0/0/1 mtu 1500", "set system host-name r1")
    wanted = etree.fromstring(
        "<configuration><interfaces><interface><name>ge-0/0/1</name></interface></interfaces></configuration>"
    )
    assert [name.text for name in filter_xml(tree, wanted).iter("name")] == ["ge-0/0/1"]
    names = etree.fromstring("<configuration><interfaces><interface><name/></interface></interfaces></configuration>")
    found = filter_xml(tree, names)
    assert [name.text for name in found.iter("name")] == ["ge-0/0/0", "ge-0/0/1"]
    assert not list(found.iter("mtu"))
    missing = etree.fromstring("<configuration><snmp/></configuration>")
    assert len(filter_xml(tree, missing)) == 0


def test_a_plain_secret_is_encoded_with_a_new_salt_each_time_and_an_encoded_one_is_kept() -> None:
    tree = loaded("set protocols bgp group e authentication-key hidden")
    stored = to_set(tree).split('"')[1]
    assert stored.startswith("$9$")
    assert decode_secret(stored) == "hidden"
    assert to_set(loaded(f'set protocols bgp group e authentication-key "{stored}"')) == to_set(tree)
    assert len({encode_secret("hidden") for _ in range(20)}) > 1
    assert decode_secret("$9$LbHX-wg4Z") == "lc", "a published example of the encoding"


@pytest.mark.parametrize(
    "statement, mark",
    [
        ('event-options apply-macro a a00000 ""', "event-options apply-macro a a00000"),
        ("system apply-macro a key value", "system apply-macro a key"),
        ("system apply-macro a key", "system apply-macro a key"),
        ("policy-options policy-statement p then metric 5", "policy-options policy-statement p then metric"),
        ("interfaces lo0 unit 0 family inet filter input f", "interfaces lo0 unit 0 family inet filter input"),
        ("system host-name r1", "system host-name"),
        ("system services ssh", "system services ssh"),
    ],
)
def test_the_mark_of_a_statement_with_a_bare_value_is_compared_and_patched(statement: str, mark: str) -> None:
    active, inactive = Tree.empty(), Tree.empty()
    assert load(active, f"set {statement}", "set", "set").ok
    assert load(inactive, f"set {statement}\ndeactivate {mark}", "set", "set").ok
    for old, new, word in ((active, inactive, "inactive:"), (inactive, active, "active:")):
        difference = compare(old, new)
        assert [line for line in difference.splitlines() if line.lstrip("! ").startswith(word)], difference
        patched = old.copy()
        assert load(patched, difference, "text", "patch").errors == []
        assert to_text(patched) == to_text(new), difference
