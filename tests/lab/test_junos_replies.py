"""Every reply that the reference describes, word for word: what clients parse, and what recorded replies look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.junos_emulator import BASE_CONFIG, Emulator, eventually
from tests.lab.junos_wire import BASE, Wire

REPLY = (
    f'<rpc-reply xmlns="{BASE}" xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos" message-id="urn:uuid:1">\n'
    "{body}</rpc-reply>"
)
METRIC_11 = (
    "<load-configuration action='set' format='text'><configuration-set>"
    "set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 metric 11</configuration-set></load-configuration>"
)
PRIVATE = "<open-configuration><private/></open-configuration>"


def cases() -> dict[str, list[tuple[str, str]]]:
    """The cases of `junos_replies.txt`: for each the requests and the replies to them."""
    found: dict[str, list[tuple[str, str]]] = {}
    text = (Path(__file__).parent / "junos_replies.txt").read_text()
    for case in text.split("\n== ")[1:]:
        name, _, steps = case.partition("\n")
        parts = [part.strip("\n") for part in re.split(r"^(?:>>|<<)\n?", steps, flags=re.MULTILINE)[1:]]
        found[name] = list(zip(parts[::2], parts[1::2], strict=True))
    return found


CASES = cases()


def error(message: str) -> str:
    """An rpc-error without a path."""
    return (
        "<rpc-error><error-type>protocol</error-type><error-tag>operation-failed</error-tag>"
        f"<error-severity>error</error-severity><error-message>{message}</error-message></rpc-error>"
    )


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One router for every case: none sees what another did."""
    path = tmp_path_factory.mktemp("junos") / "r1.conf"
    path.write_text(BASE_CONFIG)
    with Emulator("--config", str(path), "--count", str(len(CASES) + 1)) as running:
        yield running


def settled(reply: str) -> str:
    """A reply without what differs from run to run."""
    reply = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME", reply)
    reply = re.sub(r'(seconds"?(?:=|: ))"\d+"', r'\1"SECONDS"', reply)
    reply = re.sub(r"<pid>\d+<", "<pid>PID<", re.sub(r"re0-\d+-\d+", "REVISION", reply))
    return re.sub(r"pid \d+|idle \d\d:\d\d:\d\d", lambda found: found[0].split()[0].upper(), reply)


@pytest.mark.parametrize("case", CASES)
def test_a_reply_is_word_for_word_what_the_reference_says(emulator: Emulator, case: str) -> None:
    wire = Wire(emulator, port=emulator.ports[list(CASES).index(case)])
    for request, body in CASES[case]:
        assert settled(wire.text(request, "urn:uuid:1")) == REPLY.format(body=body and body + "\n"), request
    wire.ssh.close()


def test_a_lock_that_is_held_refuses_every_change_by_others(emulator: Emulator) -> None:
    port = emulator.ports[len(CASES)]
    holder, other = Wire(emulator, port=port), Wire(emulator, port=port)
    assert holder.text("<lock-configuration/>", "urn:uuid:1") == REPLY.format(body="")
    locked = error("configuration database locked by:\n  lab terminal (PID) on since TIME, IDLE\n      exclusive")
    check = "<commit-configuration><check/></commit-configuration>"
    for request in ("<lock-configuration/>", METRIC_11, "<commit-configuration/>", check, PRIVATE):
        assert settled(other.text(request, "urn:uuid:1")) == REPLY.format(body=locked + "\n"), request
    holder.text(METRIC_11)
    holder.ssh.close()
    free = REPLY.format(body="")
    eventually(
        lambda: other.text("<lock-configuration/>", "urn:uuid:1") == free,
        what="the end of the session discards its changes and unlocks",
    )
    other.ssh.close()


def test_a_dirty_candidate_refuses_the_lock_and_a_private_commit(emulator: Emulator) -> None:
    port = emulator.ports[len(CASES)]
    first, second, private = (Wire(emulator, port=port) for _ in range(3))
    modified = REPLY.format(body=error("configuration database modified") + "\n")
    private.text(PRIVATE)
    private.text(METRIC_11.replace("11", "12"))
    first.text(METRIC_11)
    first.ssh.close()
    assert second.text("<lock-configuration/>", "urn:uuid:1") == modified
    assert private.text("<commit-configuration/>", "urn:uuid:1") == modified
    second.text("<discard-changes/>")
    assert "<load-success/>" in private.text("<commit-configuration/>")
    for wire in (second, private):
        wire.ssh.close()


@pytest.mark.parametrize(
    "request_, reply",
    [
        ("<commit-configuration/>", "<commit-results>WARNING</commit-results>\n<ok/>\n"),
        (METRIC_11, "<load-configuration-results>WARNING<ok/></load-configuration-results>\n"),
        ("<validate><source><candidate/></source></validate>", "WARNING\n<ok/>\n"),
    ],
)
def test_a_warning_stands_where_clients_find_or_overlook_it(emulator: Emulator, request_: str, reply: str) -> None:
    port = emulator.ports[len(CASES)]
    emulator.faults(f"warning@{request_[1:].partition('>')[0].split()[0].rstrip('/')}:*:mgd: look here")
    wire = Wire(emulator, port=port)
    warning = error("mgd: look here").replace("<error-severity>error", "<error-severity>warning")
    assert wire.text(request_, "urn:uuid:1") == REPLY.format(body=reply.replace("WARNING", warning))
    emulator.faults()
    wire.text("<discard-changes/>")
    wire.ssh.close()
