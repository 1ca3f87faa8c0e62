"""Cutting a byte stream into NETCONF messages, however it arrives."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lab.junos.rpc.reply import END, RpcFailure, element, envelope, rpc_error
from lab.junos.session import frames, parse_request

BODIES = st.lists(st.binary(max_size=40).filter(lambda b: b"]" not in b).map(bytes.strip), max_size=5)


async def cut(pieces: list[bytes]) -> list[bytes]:
    reader = asyncio.StreamReader()
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    return [message async for message in frames(reader)]


@given(BODIES, st.lists(st.integers(1, 9), min_size=1))
def test_messages_survive_any_cutting(bodies: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(body + END for body in bodies)
    pieces, at, turn = [], 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        pieces.append(stream[at : at + size])
        at, turn = at + size, turn + 1

    class OneByOne(asyncio.StreamReader):
        async def read(self, n: int = -1) -> bytes:
            return pieces.pop(0) if pieces else b""

    async def collect() -> list[bytes]:
        return [message async for message in frames(OneByOne())]

    assert asyncio.run(collect()) == bodies


def test_what_is_not_finished_is_no_message() -> None:
    assert asyncio.run(cut([b"<rpc/>", b"]]>]]", b"><hal"])) == [b"<rpc/>"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")))
def test_any_text_survives_the_reply(text: str) -> None:
    raw = envelope([rpc_error(text, bad_element=text)], {"message-id": text})
    assert raw.endswith(END + b"\n")
    reply = etree.fromstring(raw.removesuffix(END + b"\n"))
    assert reply.get("message-id") == text
    error = reply.find("{urn:ietf:params:xml:ns:netconf:base:1.0}rpc-error")
    assert error is not None
    assert (error.findtext("{*}error-message") or "") == text
    assert (error.findtext("{*}error-info/{*}bad-element") or "") == text


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_refusal(data: bytes) -> None:
    try:
        tags = [parse_request(data).findtext("error-tag")]
    except RpcFailure as refusal:
        tags = [part.findtext("error-tag") for part in refusal.parts]
    assert tags in ([None], ["malformed-message"])


@given(st.text())
def test_what_xml_cannot_say_is_replaced(text: str) -> None:
    raw = envelope([element("output", text=text)], {})
    assert etree.fromstring(raw.removesuffix(END + b"\n")).find("{*}output") is not None


def test_namespaces_and_prefixes_do_not_matter() -> None:
    root = parse_request(b'<nc:rpc xmlns:nc="urn:x" message-id="1"><a xmlns="urn:y"><b/></a></nc:rpc>')
    assert [node.tag for node in root.iter()] == ["rpc", "a", "b"]
    with pytest.raises(RpcFailure):
        parse_request(b"<rpc>")
