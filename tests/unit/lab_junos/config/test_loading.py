"""Loading: actions and tags, what is refused and how, and what is left in the candidate then."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from lab.junos.config import ConfigError, Tree, load, to_set, to_text

BASE = """
system { host-name r1; name-server { 192.0.2.53; } }
interfaces { ge-0/0/0 { mtu 9000; unit 0 { family inet { address 192.0.2.1/31; } } } }
"""


def base() -> Tree:
    """A small configuration."""
    tree = Tree.empty()
    assert load(tree, BASE).errors == []
    return tree


def lines(tree: Tree) -> list[str]:
    """Its set commands."""
    return to_set(tree).splitlines()


def test_an_unknown_block_is_skipped_and_the_rest_is_kept() -> None:
    tree = Tree.empty()
    report = load(tree, "system1 {\n    host-name x;\n}\nsystem {\n    host-name y;\n}\n")
    assert report.errors == [
        ConfigError("error", "syntax error", "system1", None, 1),
        ConfigError("error", "error recovery ignores input until this point", "}", None, 3),
    ]
    assert lines(tree) == ["set system host-name y"]


@pytest.mark.parametrize(
    "statement, message, bad_element, path",
    [
        ("system { host-nam x; }", "syntax error", "host-nam", "[edit system]"),
        ("interfaces { ge-0/0/0 { mtu 99999; } }", "Value 99999 is not within range (256..16000)", "99999",
         "[edit interfaces ge-0/0/0]"),
        ("interfaces { ge-0/0/0 { mtu big; } }", "Invalid numeric value: 'big'", "big", "[edit interfaces ge-0/0/0]"),
        ("routing-options { router-id 192.0.2.256; }", "invalid ipv4 address: 192.0.2.256", "192.0.2.256",
         "[edit routing-options]"),
        ("interfaces { <ge-*> { mtu 9000; } }", "wildcard is allowed in configuration groups only", "<ge-*>",
         "[edit interfaces]"),
        ("system { host-name; }", "missing argument", "host-name", "[edit system]"),
        ("protocols { bgp { group e { type sideways; } } }", "syntax error", "sideways",
         "[edit protocols bgp group e]"),
        ("policy-options { community c members 64496; }", "invalid community: 64496", "64496", "[edit policy-options]"),
        ("system { host-name [ a b ]; }", "syntax error", "[", "[edit system]"),
        ("system { host-name x }", "syntax error", "}", "[edit system]"),
        ("system { host-name x;", "syntax error", ";", "[edit system]"),
        ("system { host-name { x; } }", "missing argument", "host-name", "[edit system]"),
        ("}", "syntax error", "}", None),
        ("routing-options { autonomous-system { 64496; } }", "syntax error", "64496",
         "[edit routing-options autonomous-system]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(statement: str, message: str, bad_element: str, path: str | None) -> None:
    report = load(Tree.empty(), statement)
    first = report.errors[0]
    assert (first.severity, first.message, first.bad_element, first.path) == ("error", message, bad_element, path)
    assert first.line == 1
    assert not report.ok


def test_set_commands_are_taken_one_by_one() -> None:
    tree = base()
    report = load(tree, "set system host-name r2\nset system hots-name r3\nmake it so\ndelete snmp\n", "set", "set")
    assert report.errors == [
        ConfigError("error", "syntax error", "hots-name", None, 2),
        ConfigError("error", "syntax error", "make", None, 3),
        ConfigError("warning", "statement not found", "snmp", None, 4),
    ]
    assert "set system host-name r2" in lines(tree)


def test_a_statement_is_taken_whole_or_not_at_all() -> None:
    tree = Tree.empty()
    load(tree, "set interfaces ge-0/0/7 unit 0 family inet adress 192.0.2.1/31", "set", "set")
    assert lines(tree) == []


def test_merge_adds_and_override_replaces() -> None:
    for action, kept in (("merge", True), ("replace", True), ("override", False), ("update", False)):
        tree = base()
        assert load(tree, "system { domain-name example.net; }", "text", action).ok
        assert ("set system host-name r1" in lines(tree)) is kept, action
        assert "set system domain-name example.net" in lines(tree)


def test_replace_tags_replace_where_they_stand_but_only_for_load_replace() -> None:
    source = "interfaces { replace: ge-0/0/0 { description new; } }"
    tree = base()
    load(tree, source, "text", "replace")
    assert [line for line in lines(tree) if "interfaces" in line] == ["set interfaces ge-0/0/0 description new"]
    tree = base()
    load(tree, source, "text", "merge")
    assert "set interfaces ge-0/0/0 mtu 9000" in lines(tree)


def test_delete_tags_delete_and_warn_when_there_is_nothing() -> None:
    tree = base()
    report = load(tree, "system { delete: host-name; delete: domain-name; } delete: interfaces { }", "text", "merge")
    assert [(error.severity, error.message) for error in report.errors] == [("warning", "statement not found")]
    assert lines(tree) == ["set system name-server 192.0.2.53"]


def test_an_empty_block_is_ignored_with_the_warning_of_a_router() -> None:
    report = load(Tree.empty(), "policy-options { }")
    assert report.errors == [
        ConfigError("warning", "statement has no contents; ignored", "policy-options", "[edit]", 1)
    ]


@pytest.mark.parametrize(
    "attributes, kept",
    [('delete="delete"', []), ('operation="delete"', []), ('operation="remove"', []),
     ('inactive="inactive"', ["set interfaces ge-0/0/0 mtu 9000", "deactivate interfaces ge-0/0/0"])],
)  # fmt: skip
def test_xml_marks_are_honoured(attributes: str, kept: list[str]) -> None:
    tree = Tree.empty()
    load(tree, "set interfaces ge-0/0/0 mtu 9000", "set", "set")
    device = f"<interface {attributes}><name>ge-0/0/0</name></interface>"
    source = f"<configuration><interfaces>{device}</interfaces></configuration>"
    assert load(tree, etree.fromstring(source), "xml", "merge").errors == []
    assert lines(tree) == kept


def test_xml_replace_replaces_one_entry() -> None:
    tree = base()
    source = (
        '<configuration><interfaces><interface replace="replace"><name>ge-0/0/0</name><disable/></interface>'
        "</interfaces></configuration>"
    )
    assert load(tree, source, "xml", "replace").ok
    assert [line for line in lines(tree) if "interfaces" in line] == ["set interfaces ge-0/0/0 disable"]


def ports(*attributes: str) -> str:
    """A configuration of ge-0/0/0, ge-0/0/1, ... with an attribute each."""
    entries = [f"<interface {text}><name>ge-0/0/{at}</name></interface>" for at, text in enumerate(attributes)]
    return f"<configuration><interfaces>{''.join(entries)}</interfaces></configuration>"


@pytest.mark.parametrize(
    "source, bad_element",
    [
        (ports('operation="explode"'), "explode"),
        (ports('delete="yes"'), "yes"),
        (ports('insert="above" name="ge-0/0/1"'), "above"),
        (ports('rename="rename"'), "rename"),
        (ports('rename="rename" name="not a name"'), "not a name"),
        (ports('rename="rename" name="ge-0/0/9"', "", 'rename="rename" name="ge-0/0/1"'), "ge-0/0/1"),
        ("<configuration><system><host-name insert='first'>x</host-name></system></configuration>", "host-name"),
        ("<configuration operation='delete'/>", "delete"),
        ("<configuration><snmp><community>&lt;p*&gt;</community></snmp></configuration>", "<p*>"),
        ("<configuration><system>stray<services/></system></configuration>", "stray"),
        ("<configuration><system><host-name>a<b/></host-name></system></configuration>", "b"),
        ("<configuration><system><no-redirects>false</no-redirects></system></configuration>", "false"),
        (
            "<configuration><routing-options><autonomous-system>x</autonomous-system></routing-options></configuration>",
            "x",
        ),
    ],
)
def test_xml_marks_that_cannot_be_meant_are_refused(source: str, bad_element: str) -> None:
    tree = Tree.empty()
    load(tree, "".join(f"set interfaces ge-0/0/{at} mtu 9000\n" for at in range(3)), "set", "set")
    assert [error.bad_element for error in load(tree, source, "xml", "merge").errors] == [bad_element]


@pytest.mark.parametrize(
    "attribute, made",
    [('rename="rename" name="ge-0/0/9"', []), ('insert="after" name="ge-0/0/9"', ["set interfaces ge-0/0/0"])],
)
def test_xml_rename_and_insert_beside_what_is_not_there_warn(attribute: str, made: list[str]) -> None:
    tree = Tree.empty()
    load(tree, "set interfaces ge-0/0/8 disable", "set", "set")
    report = load(tree, ports(attribute), "xml", "merge")
    assert [(error.severity, error.message) for error in report.errors] == [("warning", "statement not found")]
    assert lines(tree) == [*made, "set interfaces ge-0/0/8 disable"]


def test_the_value_that_a_level_begins_with_may_be_its_text() -> None:
    tree = Tree.empty()
    level = "<autonomous-system>64499<loops>3</loops></autonomous-system>"
    source = f"<configuration><routing-options>{level}</routing-options></configuration>"
    assert load(tree, source, "xml", "merge").errors == []
    assert lines(tree) == ["set routing-options autonomous-system 64499 loops 3"]


def test_the_text_of_an_entry_may_be_its_name() -> None:
    tree = Tree.empty()
    source = (
        "<configuration><system><name-server>192.0.2.53</name-server></system><interfaces>"
        "<interface>ge-0/0/0<mtu>9000</mtu></interface><interface delete='delete'>ge-0/0/1</interface>"
        "</interfaces></configuration>"
    )
    load(tree, "set interfaces ge-0/0/1 disable", "set", "set")
    assert load(tree, source, "xml", "merge").errors == []
    assert lines(tree) == ["set system name-server 192.0.2.53", "set interfaces ge-0/0/0 mtu 9000"]


def test_a_mark_without_a_value_keeps_the_value() -> None:
    tree = base()
    source = "<configuration><system><host-name {}/><domain-name {}/></system></configuration>"
    for mark, more in (("inactive", ["deactivate system host-name"]), ("active", [])):
        report = load(tree, source.format(f'{mark}="{mark}"', f'{mark}="{mark}"'), "xml", "merge")
        assert [(error.message, error.bad_element) for error in report.errors] == [
            ("statement not found", "domain-name")
        ]
        assert [line for line in lines(tree) if "host-name" in line] == ["set system host-name r1", *more]


def test_xml_replace_of_the_whole() -> None:
    tree = base()
    source = "<configuration operation='replace'><system><host-name>r9</host-name></system></configuration>"
    assert load(tree, source, "xml", "merge").errors == []
    assert lines(tree) == ["set system host-name r9"]


MAGIC = "<configuration><system><host-name>a</host-name><magic/><domain-name>b</domain-name></system></configuration>"


@pytest.mark.parametrize(
    "fmt, source",
    [
        ("xml", MAGIC),
        ("text", "system { host-name a; magic { x; } domain-name b; }"),
        ("set", "set system host-name a\nset system magic\nset system domain-name b"),
    ],
)  # fmt: skip
def test_a_load_can_end_at_its_first_error(fmt: str, source: str) -> None:
    tree = Tree.empty()
    report = load(tree, source, fmt, "set" if fmt == "set" else "merge", stop=True)
    assert [(error.message, error.bad_element) for error in report.errors] == [("syntax error", "magic")]
    assert lines(tree) == ["set system host-name a"]


def test_xml_that_is_not_modelled_names_the_element_and_the_rest_is_kept() -> None:
    tree = Tree.empty()
    source = "<configuration><system><host-name>r1</host-name><magic/></system><mpls-magic/></configuration>"
    report = load(tree, source, "xml", "merge")
    assert [(e.message, e.bad_element, e.path) for e in report.errors] == [
        ("syntax error", "magic", "[edit system]"),
        ("syntax error", "mpls-magic", None),
    ]
    assert lines(tree) == ["set system host-name r1"]


def test_xml_entities_are_not_followed() -> None:
    entity = '<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    source = f"{entity}<configuration><system><host-name>&x;</host-name></system></configuration>"
    tree = Tree.empty()
    load(tree, source, "xml", "merge")
    assert "root" not in to_text(tree)
    assert lines(tree) == []


def test_rename_copy_insert_and_edit() -> None:
    tree = Tree.empty()
    report = load(
        tree,
        """
        edit policy-options policy-statement p
        set term a then accept
        set term b then reject
        copy term a to term c
        insert term c before term a
        rename term b to term z
        up
        set policy-statement q then reject
        top
        set system host-name r1
        rename policy-options policy-statement q to policy-statement r
        """,
        "set",
        "set",
    )
    assert report.errors == []
    assert lines(tree) == [
        "set system host-name r1",
        "set policy-options policy-statement p term c then accept",
        "set policy-options policy-statement p term a then accept",
        "set policy-options policy-statement p term z then reject",
        "set policy-options policy-statement r then reject",
    ]


def test_alternatives_exclude_each_other() -> None:
    tree = Tree.empty()
    for action in ("accept", "reject"):
        load(tree, f"set policy-options policy-statement p then {action}", "set", "set")
    assert lines(tree) == ["set policy-options policy-statement p then reject"]


def test_a_patch_that_does_not_fit_is_refused_and_changes_nothing() -> None:
    tree = base()
    before = to_text(tree)
    report = load(tree, "[edit system]\n-  host-name other;\n+  host-name new;\n", "text", "patch")
    assert [(e.message, e.path) for e in report.errors] == [("statement not found", "[edit system]")]
    assert to_text(tree) == before


def test_a_format_that_does_not_exist_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="format 'yaml'"):
        load(Tree.empty(), "", "yaml", "merge")


@settings(max_examples=200, deadline=None)
@given(noise=st.text(st.sampled_from(list('system{};[]"/*#\n <>:-host9')), max_size=60))
@pytest.mark.parametrize("fmt", ["text", "set", "json", "xml"])
def test_noise_is_reported_and_never_raises(fmt: str, noise: str) -> None:
    tree = base()
    load(tree, noise, fmt, "merge")
    again = Tree.empty()
    assert load(again, to_text(tree), "text", "override").ok
    assert again == tree, "whatever was taken is a configuration that can be written and read"
