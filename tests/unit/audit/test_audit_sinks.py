"""Where events go, tried on real files and sockets; and one sink that fails does not keep them from the others."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.audit import Origin, decision_event
from ansible_collections.fairway.backbone.plugins.module_utils.audit_redact import Redactor
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Decision
from ansible_collections.fairway.backbone.plugins.plugin_utils import audit_sinks

from .loki import complaint, datagrams, loki, silent

EVENT = decision_event(
    Decision("jkt-sby/north", "refuse", "normal", "last way", "last_path"),
    Origin("run-1", "ctl", "noc"), 1_800_000_000.0, Redactor(),
)  # fmt: skip
SYSLOG = re.compile(rb"<(\d+)>1 (\S+) (\S+) fairway (\d+) (\S+) - (\{.*\})", re.S)


def file(path: Path) -> dict[str, Any]:
    return {"type": "file", "path": str(path)}


def test_a_file_gets_whole_lines_that_only_its_group_may_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "audit.jsonl"
    assert audit_sinks.write([file(path)], [EVENT, EVENT]) == []
    assert audit_sinks.write([file(path)], [EVENT]) == []
    assert [json.loads(line) for line in path.read_text().splitlines()] == [EVENT] * 3
    assert path.stat().st_mode & 0o777 & ~0o640 == 0


def test_a_line_that_a_killed_writer_left_in_half_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text('{"half": ')
    assert audit_sinks.write([file(path)], [EVENT]) == []
    assert [json.loads(line) for line in path.read_text().splitlines()[1:]] == [EVENT]


def test_writers_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    big = {**EVENT, "evidence": {"x": "y" * 20_000}}

    def write() -> None:
        for _number in range(10):
            assert audit_sinks.write([file(path)], [big], 30.0) == []

    threads = [threading.Thread(target=write) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [json.loads(line) for line in path.read_text().splitlines()] == [big] * 40


@pytest.mark.parametrize("family", ["udp", "local"])
def test_syslog_datagrams(family: str, tmp_path: Path) -> None:
    local = str(tmp_path / "log")
    kind, bind = (socket.AF_INET, ("127.0.0.1", 0)) if family == "udp" else (socket.AF_UNIX, local)
    with datagrams(kind, bind) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}" if family == "udp" else local
        assert audit_sinks.write([{"type": "syslog", "address": address, "facility": "local3"}], [EVENT]) == []
        found = SYSLOG.fullmatch(listener.recv(65536))
    assert found
    assert int(found[1]) == 19 * 8 + 4, "local3.warning: it was refused"
    assert (found[3], found[4], found[5]) == (b"ctl", str(os.getpid()).encode(), b"decision")
    assert json.loads(found[6]) == EVENT


def test_syslog_over_tcp_counts_its_octets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        sink = {"type": "syslog", "address": f"127.0.0.1:{listener.getsockname()[1]}", "protocol": "tcp"}
        assert audit_sinks.write([sink], [EVENT, EVENT]) == []
        connection, _peer = listener.accept()
        with connection, connection.makefile("rb") as stream:
            told = stream.read()
    for _number in range(2):
        length, _space, rest = told.partition(b" ")
        message, told = rest[: int(length)], rest[int(length) :]
        found = SYSLOG.fullmatch(message)
        assert found
        assert json.loads(found[6]) == EVENT
    assert told == b""


def test_loki_gets_strings_under_few_labels_with_the_tenant_and_the_token() -> None:
    with loki() as server:
        url = f"http://127.0.0.1:{server.port}"
        sink = {"type": "loki", "url": url, "token": "let-me-in", "tenant": "noc", "labels": {"network": "test"}}
        assert audit_sinks.write([sink], [EVENT, EVENT]) == []
        assert server.lines == [EVENT, EVENT]
        assert server.streams[0]["stream"] == {
            "job": "fairway", "event": "decision", "mode": "live", "verdict": "refuse", "network": "test"
        }  # fmt: skip
        assert (server.headers["authorization"], server.headers["x-scope-orgid"]) == ("Bearer let-me-in", "noc")
        times = [when for stream in server.streams for when, _line in stream["values"]]
        assert len(set(times)) == 2


def test_the_loki_of_these_tests_refuses_what_loki_refuses() -> None:
    good = {"streams": [{"stream": {"job": "x"}, "values": [["1" * 19, "line"]]}]}
    assert complaint(good) == ""
    for value in ([["1" * 19, {"a": 1}]], [[10**18, "line"]], [["1" * 19]], [["1" * 10, "line"]]):
        assert complaint({"streams": [{"stream": {"job": "x"}, "values": value}]}) != ""


def test_a_sink_that_fails_is_a_warning_and_the_others_get_the_event(tmp_path: Path) -> None:
    pipe, blocked, path = tmp_path / "pipe", tmp_path / "blocked", tmp_path / "audit.jsonl"
    os.mkfifo(pipe)
    blocked.write_text("")
    with loki() as server, loki() as full, silent() as hung:
        full.answer = 429
        sinks = [
            file(pipe), file(blocked / "x"), {"type": "syslog", "address": str(tmp_path / "nobody")},
            {"type": "loki", "url": f"http://me:pass-word@127.0.0.1:{hung}"},
            {"type": "loki", "url": f"http://127.0.0.1:{full.port}", "token": "let-me-in"},
            {"type": "loki", "url": "http://127.0.0.1:1"}, {"type": "loki", "url": "ftp://127.0.0.1"},
            file(path), {"type": "loki", "url": f"http://127.0.0.1:{server.port}"},
        ]  # fmt: skip
        warnings = audit_sinks.write(sinks, [EVENT], 5.0)
        assert server.lines == [EVENT]
    assert json.loads(path.read_text()) == EVENT
    assert len(warnings) == 7, warnings
    assert "no answer within 5 s" in warnings[3]
    assert "HTTP 429" in warnings[4]
    assert not [one for one in warnings if "pass-word" in one or "let-me-in" in one]


def test_a_full_disk_is_a_warning() -> None:
    assert audit_sinks.write([file(Path("/dev/full"))], [EVENT])[0].startswith("audit: file /dev/full: ")


@pytest.mark.parametrize(
    "sink, says",
    [
        ("file", "an audit sink is a dictionary with type file, syslog, loki; got type 'None'"),
        ({"type": "mail"}, "got type 'mail'"),
        ({"type": "file"}, "audit sink file: path is missing"),
        ({"type": "file", "path": "x", "mode": 1}, "audit sink file: unknown key mode; known are path"),
        ({"type": "syslog", "address": "x", "facility": "local9"}, "unknown facility 'local9'"),
        ({"type": "syslog", "address": "x", "protocol": "smtp"}, "protocol 'smtp': expected udp or tcp"),
        ({"type": "loki"}, "audit sink loki: url is missing"),
    ],
)
def test_wrong_settings_are_told(sink: Any, says: str) -> None:
    assert says in audit_sinks.complaint([sink])


@pytest.mark.parametrize(
    "sink, prompt",
    [
        ({"type": "file", "path": "x"}, True),
        ({"type": "syslog", "address": "/dev/log"}, True),
        ({"type": "syslog", "address": "192.0.2.1:514"}, True),
        ({"type": "syslog", "address": "log.example.net"}, False),
        ({"type": "syslog", "address": "192.0.2.1", "protocol": "tcp"}, False),
        ({"type": "loki", "url": "http://192.0.2.1"}, False),
    ],
)
def test_who_may_be_slow_is_told_after_the_change(sink: dict[str, Any], prompt: bool) -> None:
    assert audit_sinks.is_prompt(sink) is prompt


def test_a_killed_writer_leaves_whole_lines(tmp_path: Path) -> None:
    """SIGKILL in the middle of writing, again and again: every line but the last one of a killed writer is whole."""
    path = tmp_path / "audit.jsonl"
    program = (
        "import sys, json; sys.path.insert(0, sys.argv[1])\n"
        "from ansible_collections.fairway.backbone.plugins.plugin_utils import audit_sinks\n"
        "event = json.loads(sys.argv[3]); print('ready', flush=True)\n"
        "while True: audit_sinks.write([{'type': 'file', 'path': sys.argv[2]}], [event])\n"
    )
    argv = [sys.executable, "-c", program, ".ansible/collections", str(path), json.dumps(EVENT)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        while not path.exists() or path.stat().st_size < 20_000:
            assert writer.poll() is None
        writer.kill()
    assert audit_sinks.write([file(path)], [EVENT]) == []
    lines = path.read_text().splitlines()
    assert json.loads(lines[-1]) == EVENT
    assert all(json.loads(line) == EVENT for line in lines[:-2])
