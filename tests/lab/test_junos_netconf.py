"""NETCONF as it goes over the wire: hello, framing, replies, errors, and the standard's operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import paramiko
import pytest
from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError

from tests.lab.junos_emulator import PASSWORD, USER, Emulator
from tests.lab.junos_wire import BASE, END, Wire


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator("--hostname", "r1") as running:
        yield running


@pytest.fixture
def wire(emulator: Emulator) -> Iterator[Wire]:
    channel = Wire(emulator)
    yield channel
    channel.ssh.close()


def message(reply: Any) -> str | None:
    text = reply.findtext(f".//{{{BASE}}}error-message")
    return None if text is None else str(text)


def bad_element(reply: Any) -> str | None:
    text = reply.findtext(f".//{{{BASE}}}bad-element")
    return None if text is None else str(text)


def test_a_comment_comes_before_the_hello_which_offers_base_10_only(wire: Wire) -> None:
    assert wire.hello.startswith(b"<!--")
    root = etree.fromstring(wire.hello[wire.hello.index(b"<hello") :])
    capabilities = {c.text for c in root.iter(f"{{{BASE}}}capability")}
    assert {"http://xml.juniper.net/netconf/junos/1.0", "http://xml.juniper.net/dmi/system/1.0"} <= capabilities
    assert "urn:ietf:params:netconf:base:1.0" in capabilities
    assert "urn:ietf:params:netconf:base:1.1" not in capabilities
    for name in ("candidate:1.0", "confirmed-commit:1.0", "validate:1.0"):
        assert f"urn:ietf:params:netconf:capability:{name}" in capabilities
    assert int(root.findtext(f"{{{BASE}}}session-id") or "0") > 1


def test_the_session_id_is_the_one_that_the_router_knows(emulator: Emulator, wire: Wire) -> None:
    root = etree.fromstring(wire.hello[wire.hello.index(b"<hello") :])
    pids = [session["pid"] for session in emulator.status()["sessions"]]
    assert int(root.findtext(f"{{{BASE}}}session-id") or "0") in pids


def test_attributes_of_the_request_come_back(wire: Wire) -> None:
    wire.send(f'<rpc xmlns="{BASE}" message-id="a&amp;b" extra="x"><lock-configuration/></rpc>'.encode() + END)
    reply = etree.fromstring(wire.read())
    assert (reply.tag, reply.get("message-id"), reply.get("extra")) == (f"{{{BASE}}}rpc-reply", "a&b", "x")
    assert len(reply) == 0
    assert len(wire.rpc("<unlock-configuration/>")) == 0
    spaces = f'xmlns:nc="{BASE}" xmlns:ex="urn:example" ex:user-id="fred"'
    wire.send(f'<nc:rpc {spaces} message-id="2"><get-commit-information/></nc:rpc>'.encode() + END)
    answer = wire.read().decode()
    reply = etree.fromstring(answer)
    assert (reply.tag, reply.get("{urn:example}user-id")) == (f"{{{BASE}}}rpc-reply", "fred")
    assert f'xmlns:nc="{BASE}"' in answer, "declared prefixes come back too, as from a router"
    wire.send(b"<rpc><get-commit-information/></rpc>" + END)
    assert etree.fromstring(wire.read()).get("message-id") is None


def test_messages_may_arrive_in_pieces_or_several_at_once(wire: Wire) -> None:
    request = f'<rpc xmlns="{BASE}" message-id="7"><get-commit-information/></rpc>'.encode() + END
    for cut in (10, len(request) - 3):
        wire.send(request[:cut])
        wire.send(request[cut:])
        assert etree.fromstring(wire.read()).get("message-id") == "7"
    wire.send(request.replace(b'"7"', b'"8"') + b"\n\n" + request.replace(b'"7"', b'"9"'))
    assert [etree.fromstring(wire.read()).get("message-id") for _ in range(2)] == ["8", "9"]


@pytest.mark.parametrize(
    "body, bad, text",
    [
        ("<get-nothing-at-all/>", "get-nothing-at-all", "syntax error"),
        ("<load-configuration action='explode'><configuration-set/></load-configuration>", "explode", "syntax error"),
        ("<load-configuration/>", "load-configuration", "syntax error"),
        ("<get-configuration format='yaml'/>", "yaml", "syntax error"),
        ("<get-configuration database='startup'/>", "startup", "syntax error"),
        ("<get-configuration changed='yes'/>", "yes", "syntax error"),
        ("<get-configuration commit-scripts='view'/>", "view", "syntax error"),
        ("<get-configuration><interfaces/></get-configuration>", "interfaces", "syntax error"),
        ("<lock-configuration/><unlock-configuration/>", "unlock-configuration", "one request per rpc"),
        ("<get-configuration inherit='defaults'/>", "defaults", "syntax error"),
        ("<commit-configuration><explode/></commit-configuration>", "explode", "syntax error"),
        ("<open-configuration><ephemeral/></open-configuration>", "ephemeral", "syntax error"),
        ("<command>explode now</command>", "explode", "syntax error, expecting <command> or </command>"),
        ("<command>show system nonsense</command>", "nonsense", "syntax error, expecting <command>"),
        ("<unlock-configuration/>", None, "Configuration database is not open"),
        ("<get-configuration compare='configuration'/>", "configuration", "syntax error"),
        ("<get-configuration rollback='1'/>", "rollback", "syntax error"),
        ("<get-configuration key='key'/>", "key", "syntax error"),
        ("<get-configuration changed='changed' format='text'/>", "changed", "only supported in XML"),
        (
            "<get-configuration><configuration><interfaces recurse='false'/></configuration></get-configuration>",
            "recurse",
            "syntax error",
        ),
        (
            "<load-configuration action='set' format='xml'><configuration/></load-configuration>",
            "configuration",
            "syntax error",
        ),
        ("<load-configuration action='override'><configuration-set/></load-configuration>", "override", "syntax error"),
        ("<load-configuration format='xml'><configuration-text/></load-configuration>", "xml", "syntax error"),
        (
            "<load-configuration><configuration-text/><configuration/></load-configuration>",
            "configuration",
            "syntax error",
        ),
        ("<load-configuration url='/var/tmp/x' format='yaml'/>", "yaml", "syntax error"),
        ("<commit-configuration><check/><confirmed/></commit-configuration>", "confirmed", "syntax error"),
        ("<commit-configuration at='now'/>", "at", "syntax error"),
        ("<commit><confirm-timeout>60</confirm-timeout></commit>", "confirm-timeout", "syntax error"),
        (
            "<get-config><source><running/></source><filter><interfaces/></filter></get-config>",
            None,
            "a filter for interfaces is not supported",
        ),
        ("<get-config><source><running/></source><filter/></get-config>", None, "selects nothing is not supported"),
        ("<get-config><source><running/></source><with-defaults/></get-config>", "with-defaults", "syntax error"),
        (
            "<edit-config><target><candidate/></target><test-option>test-only</test-option><config/></edit-config>",
            "test-only",
            "syntax error",
        ),
        (
            "<edit-config><target><candidate/></target><error-option>pray</error-option><config/></edit-config>",
            "pray",
            "syntax error",
        ),
        (
            "<edit-config><target><candidate/></target><config><configuration/><data/></config></edit-config>",
            "data",
            "syntax error",
        ),
        (
            "<copy-config><target><candidate/></target><source><startup/></source></copy-config>",
            None,
            "this source of copy-config is not supported",
        ),
        ("<get-software-information format='json'/>", "json", "syntax error"),
        ("<lock><target><running/></target></lock>", None, "locking the running configuration is not supported"),
        ("<validate><source><running/></source></validate>", None, "validating the running configuration is not"),
        ("<get-rollback-information><format>yaml</format></get-rollback-information>", "yaml", "syntax error"),
        ("<ping><host>192.0.2.0</host><bypass-routing/></ping>", "bypass-routing", "syntax error"),
        ("<load-configuration url='https://192.0.2.1/x'/>", "https://192.0.2.1/x", "only files of the router"),
    ],
)
def test_what_is_not_known_is_refused_with_the_bad_element(wire: Wire, body: str, bad: str | None, text: str) -> None:
    reply = wire.rpc(body, "m-1")
    assert reply.get("message-id") == "m-1"
    assert text in (message(reply) or "")
    assert bad_element(reply) == bad
    assert reply.findtext(f".//{{{BASE}}}error-severity") == "error"


@pytest.mark.parametrize("garbage", [b"<rpc", b"hello there", b"<rpc></cpr>", b"\x00\xff\xfe", b"<rpc/>"])
def test_garbage_is_answered_and_the_session_goes_on(wire: Wire, garbage: bytes) -> None:
    wire.send(garbage + END)
    assert message(etree.fromstring(wire.read()))
    assert wire.rpc("<get-commit-information/>").find(f"{{{BASE}}}commit-information") is not None


def test_entities_are_not_expanded(wire: Wire) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rpc message-id="1"><command>&a;</command></rpc>'
    wire.send(bomb + END)
    reply = wire.read()
    assert b"root:" not in reply


def test_xml_mode_works_when_the_subsystem_is_not_used(emulator: Emulator) -> None:
    wire = Wire(emulator, command="xml-mode netconf need-trailer")
    assert wire.rpc("<get-commit-information/>").find(f"{{{BASE}}}commit-information") is not None
    wire.ssh.close()


def test_a_file_is_xml_unless_told_otherwise(emulator: Emulator, wire: Wire) -> None:
    save = "show configuration system | display xml | save /var/tmp/as-xml"
    assert "Wrote" in wire.text(f"<command format='text'>{save}</command>")
    assert message(wire.rpc("<load-configuration url='/var/tmp/as-xml'/>")) is None
    assert message(wire.rpc("<load-configuration url='/var/tmp/as-xml' format='text'/>")) is not None
    edit = "<edit-config><target><candidate/></target><url>/var/tmp/as-xml</url></edit-config>"
    assert wire.rpc(edit).find(f"{{{BASE}}}ok") is not None
    wire.text("<discard-changes/>")


def test_close_session_answers_and_ends(emulator: Emulator, wire: Wire) -> None:
    reply = wire.rpc("<close-session/>")
    assert reply.find(f"{{{BASE}}}ok") is not None
    rest = wire.buffer
    while data := wire.channel.recv(1000):
        rest += data
    assert rest.strip().startswith(b"<!-- session end")


def test_other_subsystems_do_not_exist(emulator: Emulator, wire: Wire) -> None:
    transport = wire.ssh.get_transport()
    assert transport is not None
    with pytest.raises(paramiko.SSHException):
        transport.open_session().invoke_subsystem("telemetry")


def test_ok_and_the_results_of_a_load_are_nested(wire: Wire) -> None:
    body = "<configuration-set>set system host-name r1</configuration-set>"
    reply = wire.rpc(f"<load-configuration action='set' format='text'>{body}</load-configuration>")
    assert reply.find(f"{{{BASE}}}ok") is None
    assert reply.find(f"{{{BASE}}}load-configuration-results/{{{BASE}}}ok") is not None


@pytest.fixture
def standard(emulator: Emulator) -> Iterator[Any]:
    with manager.connect(
        host="127.0.0.1", port=emulator.port, username=USER, password=PASSWORD, hostkey_verify=False,
        look_for_keys=False, allow_agent=False, device_params={"name": "default"}, timeout=15,
    ) as session:  # fmt: skip
        yield session


def test_the_operations_of_the_standard(emulator: Emulator, standard: Any) -> None:
    edit = "<config><configuration><system><domain-name>example.net</domain-name></system></configuration></config>"
    with standard.locked("candidate"):
        assert emulator.status()["lock"] is not None
        standard.edit_config(target="candidate", config=edit)
        standard.validate("candidate")
        assert "domain-name" not in emulator.running()
        standard.commit()
    assert emulator.status()["lock"] is None
    assert "set system domain-name example.net" in emulator.running()
    subtree = ("subtree", "<configuration><system><domain-name/></system></configuration>")
    data = standard.get_config("running", filter=subtree).data_xml
    assert "example.net" in data
    assert "host-name" not in data
    standard.edit_config(target="candidate", config=edit.replace("example.net", "example.org"))
    assert emulator.status()["dirty"]
    standard.discard_changes()
    assert not emulator.status()["dirty"]


def test_the_standard_counts_the_confirm_timeout_in_seconds(emulator: Emulator, standard: Any) -> None:
    edit = "<config><configuration><system><domain-name>example.com</domain-name></system></configuration></config>"
    standard.edit_config(target="candidate", config=edit)
    standard.commit(confirmed=True, timeout="120")
    assert "2mins" in emulator.status()["history"][0]["comment"]
    standard.commit()
    assert emulator.status()["pending"] is None


def test_writing_the_running_configuration_is_refused(standard: Any) -> None:
    with pytest.raises(RPCError, match="not supported"):
        standard.edit_config(target="running", config="<config><configuration/></config>")
    with pytest.raises(RPCError, match="not supported"):
        standard.delete_config("running")


def test_kill_session_ends_another_and_takes_its_lock(emulator: Emulator, wire: Wire) -> None:
    victim = Wire(emulator)
    victim.rpc("<lock-configuration/>")
    pid = emulator.status()["lock"]["pid"]
    refused = wire.rpc("<lock-configuration/>")
    assert f"(pid {pid})" in (message(refused) or "")
    assert "configuration database locked by:" in (message(refused) or "")
    assert message(wire.rpc(f"<kill-session><session-id>{pid}</session-id></kill-session>")) is None
    assert emulator.status()["lock"] is None
    assert len(wire.rpc("<lock-configuration/>")) == 0
    assert "no session" in (message(wire.rpc("<kill-session><session-id>99999</session-id></kill-session>")) or "")
    victim.ssh.close()
