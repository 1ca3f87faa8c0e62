"""Raw replies of Junos routers, with the traps that ncclient falls into."""

from __future__ import annotations

from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_reply import (
    parse_history,
    parse_reply,
    refusal_kind,
)

BASE = 'xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos"'


def reply(body: str, attributes: str = BASE) -> str:
    return f'<rpc-reply {attributes} message-id="urn:uuid:1">{body}</rpc-reply>'


def rpc_error(message: str, severity: str = "error", extra: str = "", attributes: str = "") -> str:
    return (
        f"<rpc-error {attributes}><error-type>protocol</error-type><error-severity>{severity}</error-severity>{extra}"
        f"<error-message>\n{message}\n</error-message></rpc-error>"
    )


def test_an_error_beside_ok_is_an_error() -> None:
    parsed = parse_reply(reply(rpc_error("commit failed") + "<ok/>"))
    assert [e.message for e in parsed.errors] == ["commit failed"]


def test_an_error_of_another_namespace_is_an_error() -> None:
    foreign = 'xmlns="http://xml.juniper.net/junos/24.4R1/junos"'
    assert parse_reply(reply(rpc_error("syntax error", attributes=foreign))).message == "syntax error"
    old = '<error xmlns="http://xml.juniper.net/xnm/1.1/xnm"><message>old style</message></error>'
    assert parse_reply(reply(old)).message == "old style"


def test_warnings_are_no_errors_however_many() -> None:
    warnings = rpc_error("one", "warning") + rpc_error("two", "warning")
    parsed = parse_reply(reply(f"<load-configuration-results>{warnings}<ok/></load-configuration-results>"))
    assert parsed.errors == []
    assert [w.message for w in parsed.warnings] == ["one", "two"]


def test_a_refused_load_names_the_element_once() -> None:
    parsed = parse_reply(
        reply(
            "<load-configuration-results>"
            + rpc_error("syntax error", extra="<error-info><bad-element>system1</bad-element></error-info>")
            + rpc_error(
                "error recovery ignores input until this point",
                extra="<error-info><bad-element>}</bad-element></error-info>",
            )
            + "</load-configuration-results>"
        )
    )
    assert [(e.bad_element, e.message) for e in parsed.errors] == [("system1", "syntax error")]


def test_a_failed_check_keeps_its_path_and_drops_the_epilogue() -> None:
    parsed = parse_reply(
        reply(
            "<commit-results>"
            + rpc_error(
                "Policy error: Policy p1 referenced but not defined",
                extra="<error-path>\n[edit protocols bgp group x import]\n</error-path>"
                "<error-info><bad-element>import [ p1 ]</bad-element></error-info>",
            )
            + rpc_error("configuration check-out failed")
            + "</commit-results>"
        )
    )
    assert [str(e) for e in parsed.errors] == [
        "[edit protocols bgp group x import]: Policy error: Policy p1 referenced but not defined: 'import [ p1 ]'"
    ]
    alone = parse_reply(reply(rpc_error("configuration check-out failed")))
    assert alone.message == "configuration check-out failed"


def test_the_lock_s_holder_is_told_from_a_dirty_candidate() -> None:
    locked = parse_reply(
        reply(
            rpc_error(
                "configuration database locked by:\n  alice terminal (pid 4711) on since 2026-01-01 00:00:00 UTC, "
                "idle 00:01:00\n      exclusive"
            )
        )
    )
    assert refusal_kind(locked.errors) == "locked"
    assert "alice terminal (pid 4711)" in locked.message
    assert "\n" not in locked.message
    assert refusal_kind(parse_reply(reply(rpc_error("configuration database modified"))).errors) == "dirty"
    assert refusal_kind(parse_reply(reply(rpc_error("permission denied"))).errors) == "rejected"


def test_the_commit_history() -> None:
    root = parse_reply(
        reply(
            "<commit-information>"
            "<commit-history><sequence-number>0</sequence-number><user>netops</user><client>netconf</client>"
            '<date-time junos:seconds="1767225600">2026-01-01 00:00:00 UTC</date-time>'
            "<comment>commit confirmed, rollback in 5mins</comment><log>fairway change=fw-x rev=r</log>"
            "<commit-confirmed>rollback pending</commit-confirmed></commit-history>"
            "<commit-history><sequence-number>1</sequence-number><user>root</user><client>other</client>"
            "<date-time>2025-12-31 23:00:00 UTC</date-time></commit-history>"
            "</commit-information>"
        )
    ).root
    first, second = parse_history(root)
    assert (first.pending, first.change_id, first.when, first.timer_s) == (True, "fw-x", 1767225600.0, 300.0)
    assert (second.pending, second.user, second.when) == (False, "root", 1767222000.0)


def test_entities_are_not_resolved() -> None:
    raw = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + reply("<output>&x;</output>")
    assert parse_reply(raw).text("output") == ""
