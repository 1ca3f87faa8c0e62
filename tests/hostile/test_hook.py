"""What senders do to the running hook: it says 200 or no, lives on, and every knock that it acknowledged is run for."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.hostile.hook_house import TOKEN, House, Service
from tests.hostile.hook_sender import KEY, alert, alertmanager, grafana, post, raw

pytestmark = [pytest.mark.hostile, pytest.mark.timeout(420)]


class Address:
    """The hook of this module: what its tests need to know."""

    def __init__(self, house: House, service: Service, port: int) -> None:
        """Remembers which process it is."""
        self.house, self.service, self.port, self.pid = house, service, port, service.process.pid

    def lives(self) -> bool:
        """Whether the process that was started first is still the one that answers."""
        return self.service.process.pid == self.pid and self.service.process.poll() is None


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A hook and its runner; in the end it must be the process that was started."""
    house = House(tmp_path_factory.mktemp("house"))
    try:
        house.runner()
        service, port = house.hook()
        house.awaits_run(0.0, "the start")
        address = Address(house, service, port)
        yield address
        assert address.lives(), house.tail()
    finally:
        house.leave()


def deep(levels: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    """JSON that is nested."""
    return opening * levels + closing * levels


BODIES = {
    "alertmanager": alertmanager(alert()),
    "grafana": grafana(alert()),
    "grafana, no data": grafana({"status": "firing", "labels": {"alertname": "DatasourceNoData"}, "annotations": {}}),
    "no label to group by": alertmanager({"status": "firing", "labels": {}, "annotations": {}}),
    "1,000 alerts in one post": alertmanager(*[alert(path=f"path-{n}", text="x" * 2000) for n in range(1000)]),
    "alerts is null": alertmanager(alerts=None),
    "alerts is a dict": alertmanager(alerts={"a": 1}),
    "alerts is a string": alertmanager(alerts="firing"),
    "alerts are strings": alertmanager("a", "b"),
    "alerts are lists": alertmanager([[]], [None]),
    "labels is a list": alertmanager({"status": "firing", "labels": ["backbone"], "annotations": None}),
    "no object": b"null",
    "a number": b"1e999",
    "no JSON": b"path=north&want=steered",
    "nothing": b"",
    "bad UTF-8": b'{"alerts": "\xff\xfe\xc3\x28"}',
    "UTF-16": '{"alerts": []}'.encode("utf-16"),
    "zero bytes": b"\0" * 4096,
    "10,000 lists deep": deep(10_000),
    "100,000 objects deep": deep(100_000, b'{"a":', b"}"),
    "hosts to limit a run to": json.dumps({"meta": {"hosts": "all"}, "alerts": []}).encode(),
    "an event of ansible-rulebook": json.dumps({"knock": False, "type": "Shutdown", "meta": {"uuid": "x"}}).encode(),
    "20 MB": b'{"a": "' + b"x" * 20_000_000 + b'"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_body_is_refused_or_breaks_the_hook(hook: Address, body: bytes) -> None:
    assert post(hook.port, body, {**KEY, "Content-Type": "application/json"}) == 200
    assert hook.lives()


STRANGERS = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": TOKEN},
    {"Authorization": "Bearer # senders"},
    {"Authorization": f"Bearer {TOKEN} {TOKEN}"},
    {"Authorization": "Bearer ünïcödé".encode().decode("latin-1")},
    {"X-Authorization": f"Bearer {TOKEN}"},
]


def test_without_the_token_nobody_is_heard(hook: Address) -> None:
    before = hook.house.settled()
    found = [(headers, post(hook.port, alertmanager(alert()), headers)) for headers in STRANGERS]
    assert found == [(headers, 401) for headers in STRANGERS]
    assert hook.lives()
    assert hook.house.settled() == before


def test_a_knock_is_run_for_whatever_it_says(hook: Address) -> None:
    """Nothing of labels, annotations, headers or the path is a template, a variable or a file name to anybody."""
    canary = hook.house.root / "canary"
    spell = "{{ lookup('pipe', 'touch " + str(canary) + "') }}{% set x = lookup('pipe', 'touch " + str(canary) + "') %}"
    began = time.time()
    spells = {"alertname": spell, "backbone": spell, "path": spell, spell: spell, "ansible_connection": spell}
    body = alertmanager({**alert(**spells), "annotations": {"summary": spell}}, groupLabels={spell: spell})
    headers = {**KEY, "X-Spell": spell, "User-Agent": spell, "Content-Type": spell}
    path = "/" + spell.replace(" ", "%20") + "?q=$(touch%20" + str(canary) + ")"
    assert post(hook.port, body, headers, path) == 200
    hook.house.awaits_run(began, "the knock")
    hook.house.poll(hook.house.quiet, "the run ended")
    assert json.loads((hook.house.root / "event.json").read_text()) == {}
    assert not canary.exists()


def test_a_thousand_posts_are_a_few_runs_and_none_is_lost(hook: Address) -> None:
    before, began = hook.house.settled(), time.time()
    with ThreadPoolExecutor(16) as senders:
        statuses = list(senders.map(lambda n: post(hook.port, alertmanager(alert(path=f"path-{n}"))), range(1000)))
    last = time.time()
    assert statuses == [200] * 1000
    assert post(hook.port) == 200
    hook.house.awaits_run(last, "the last post")
    after, ended = hook.house.settled(), time.time()
    # The runner rests for 0.2 s after each run.
    assert 1 <= after - before <= 1 + (ended - began) / 0.2
    assert alternates([word for when, word in hook.house.entries() if when >= began])


def alternates(words: list[str]) -> bool:
    """Whether every start is followed by its end: no two runs at once."""
    return words == ["start", "end"] * (len(words) // 2)


def test_what_was_acknowledged_during_a_run_is_one_more_run(hook: Address) -> None:
    before = hook.house.settled()
    hang = hook.house.root / "hang"
    hang.touch()
    assert post(hook.port) == 200
    hook.house.poll(lambda: hook.house.runs() == before + 1, "the run started")
    for status in ("firing", "resolved", "firing", "resolved", "resolved", "firing"):
        assert post(hook.port, alertmanager({**alert(), "status": status})) == 200
    assert hook.house.runs() == before + 1
    hang.unlink()
    hook.house.poll(lambda: hook.house.runs() == before + 2, "one more run")
    assert hook.house.settled() == before + 2


def test_a_slow_body_holds_nobody_up(hook: Address) -> None:
    """The knock counts when the head is there; the sender gets its answer, and others do not wait for it."""
    began = time.time()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 1000000\r\n\r\n{{".encode()
    with socket.create_connection(("127.0.0.1", hook.port), timeout=60) as slow:
        slow.sendall(head)
        assert post(hook.port) == 200
        hook.house.awaits_run(began, "the head of a request")
        assert slow.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert hook.lives()


def test_many_who_never_finish_hold_nobody_up(hook: Address) -> None:
    """Two hundred connections with half a head, or nothing at all."""
    lines = [socket.create_connection(("127.0.0.1", hook.port), timeout=60) for _number in range(200)]
    try:
        for line in lines[::2]:
            line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert post(hook.port) == 200
    finally:
        for line in lines:
            line.close()
    assert hook.lives()


NOT_KNOCKS = {
    "TLS at a plain door": b"\x16\x03\x01\x02\x00\x01\x00",
    "GET": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no such version": b"POST / HTTP/9.9\r\n\r\n",
    "less than no body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a long header": b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    "a bad path": b"POST /\x00\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "a way out": b"POST /%ff%fe/../../etc/passwd HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
}


def test_what_is_no_knock_is_none(hook: Address) -> None:
    before = hook.house.settled()
    replies = {name: raw(hook.port, data) for name, data in NOT_KNOCKS.items()}
    refused = {name for name, reply in replies.items() if reply.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))}
    assert refused == set(NOT_KNOCKS), f"refused, and not by breaking down: {replies}"
    assert hook.lives()
    assert hook.house.settled() == before


@pytest.mark.parametrize("body", ["bad chunk", "zip bomb"])
def test_a_body_that_lies_is_thrown_away(hook: Address, body: str) -> None:
    head = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
    if body == "bad chunk":
        reply = raw(hook.port, head + b"Transfer-Encoding: chunked\r\n\r\nffff\r\nno", b"\r\nzz\r\n")
        assert reply.startswith(b"HTTP/1.1 200 ") or not reply
    else:
        bomb = gzip.compress(b"0" * 100_000_000)
        assert post(hook.port, bomb, {**KEY, "Content-Encoding": "gzip"}) == 200
    assert hook.lives()


def test_a_new_token_needs_no_restart(hook: Address) -> None:
    before = hook.house.token.read_text()
    try:
        hook.house.token.write_text(f"{TOKEN}\nanother-0123456789\n")
        assert post(hook.port, headers={"Authorization": "bearer another-0123456789"}) == 200
        hook.house.token.write_text("another-0123456789\n")
        assert post(hook.port) == 401
        hook.house.token.unlink()
        assert post(hook.port) == 503, "nobody is let in by accident, and senders try again"
    finally:
        hook.house.token.write_text(before)
    assert post(hook.port) == 200
