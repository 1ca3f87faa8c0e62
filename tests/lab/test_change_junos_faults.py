"""Step by fault, for the change transaction on Junos. After each: what the router holds is what the result says, there
is no lock, and no candidate is left behind. The witness is the emulator itself, past NETCONF."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .change_junos import BASE, PASSWORD, USER, World, host_key_line, new_request
from .junos_emulator import ROOT, Emulator, eventually

HISTORY, LOCK, COMPARE = "get-commit-information", "lock-configuration", "get-configuration/compare"
LOAD, CHECK, COMMIT = "load-configuration", "commit-configuration/check", "commit-configuration/confirmed"
PLAIN, UNLOCK = "commit-configuration/plain", "unlock-configuration"
KINDS = ("drop", "drop-after", "lose-reply")
PATIENCE_S = 2.0

# The transaction's requests in order: the step's name in a result, the request, which one of its kind.
STAGE = [
    ("history", HISTORY, 1), ("lock", LOCK, 1), ("clean", COMPARE, 1), ("guard", HISTORY, 2), ("load", LOAD, 1),
    ("diff", COMPARE, 2), ("check", CHECK, 1), ("commit", COMMIT, 1), ("verify", HISTORY, 3), ("unlock", UNLOCK, 1),
]  # fmt: skip
CONFIRM = [
    ("history", HISTORY, 1), ("lock", LOCK, 1), ("clean", COMPARE, 1), ("guard", HISTORY, 2), ("commit", PLAIN, 1),
    ("verify", HISTORY, 3), ("unlock", UNLOCK, 1),
]  # fmt: skip
REVERT = [
    ("history", HISTORY, 1), ("lock", LOCK, 1), ("clean", COMPARE, 1), ("guard", HISTORY, 2),
    ("load", "load-configuration/rollback", 1), ("recheck", HISTORY, 3), ("diff", COMPARE, 2), ("commit", PLAIN, 1),
    ("verify", HISTORY, 4), ("unlock", UNLOCK, 1),
]  # fmt: skip


def under_faults(steps: list[tuple[str, str, int]]) -> list[tuple[str, str, int, str]]:
    """Every step with every kind of fault; waiting for a reply costs time, so that is tried where it matters most."""
    return [(*step, kind) for step in steps for kind in KINDS if kind != "lose-reply" or step[0] in ("lock", "commit")]


def happens(step: str, kind: str, steps: list[tuple[str, str, int]]) -> bool:
    """Whether the commit takes place although this fault hits this step."""
    names = [name for name, _, _ in steps]
    at, commit = names.index(step), names.index("commit")
    return at > commit or (at == commit and kind != "drop")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def world(emulator: Emulator) -> World:
    world = World(emulator)
    world.clean_up()
    return world


@pytest.mark.hostile
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step, rpc, count", STAGE)
def test_stage(world: World, step: str, rpc: str, count: int, kind: str) -> None:
    world.emulator.faults(f"{kind}@{rpc}:{count}")
    with world.in_hand(command_timeout=PATIENCE_S if kind == "lose-reply" else 20.0) as router:
        result = router.stage(new_request())
    seen = world.after_lost_sessions()
    assert (seen.locked, seen.dirty) == (False, False)
    if happens(step, kind, STAGE):
        assert (result.state, result.changed, seen.metric, seen.pending) == ("staged", True, "77", True), result
        assert any("r1 (127.0.0.1 port" in note for note in result.notes), result.notes
    else:
        assert (result.state, result.changed, seen.metric, seen.pending) == ("failed", False, "10", False), result
        assert result.step == step
        assert rpc.partition("/")[0] in result.message


@pytest.mark.hostile
@pytest.mark.parametrize("step, rpc, count, kind", under_faults(CONFIRM))
def test_confirm(world: World, step: str, rpc: str, count: int, kind: str) -> None:
    request = new_request()
    with world.in_hand() as router:
        router.stage(request)
    world.emulator.faults(f"{kind}@{rpc}:{count}")
    with world.in_hand(command_timeout=PATIENCE_S if kind == "lose-reply" else 20.0) as router:
        result = router.confirm(request.change_id)
    # One lost session is made good by a second try: a batch is not taken back for it.
    seen = world.after_lost_sessions()
    assert (seen.locked, seen.dirty, seen.metric, seen.pending) == (False, False, "77", False)
    assert (result.state, result.changed) == ("confirmed", True), result
    assert result.notes


@pytest.mark.hostile
@pytest.mark.parametrize("step, rpc, count, kind", under_faults(REVERT))
def test_revert(world: World, step: str, rpc: str, count: int, kind: str) -> None:
    request = new_request()
    with world.in_hand() as router:
        router.stage(request)
    world.emulator.faults(f"{kind}@{rpc}:{count}")
    with world.in_hand(command_timeout=PATIENCE_S if kind == "lose-reply" else 20.0) as router:
        result = router.revert(request.change_id)
    seen = world.after_lost_sessions()
    assert (seen.locked, seen.dirty, seen.metric, seen.pending) == (False, False, "10", False)
    assert (result.state, result.changed) == ("reverted", True), result
    assert result.notes


@pytest.mark.hostile
@pytest.mark.parametrize("deed", ["confirm", "revert"])
@pytest.mark.parametrize("fault, done", [
    (f"drop@{LOCK}:1+", False), (f"drop@{COMPARE}:1+", False), (f"drop@{PLAIN}:1+", False),
    (f"drop-after@{PLAIN}:1+", True), (f"drop@{UNLOCK}:1+", True), (f"error@{PLAIN}:1+:no such luck", False),
])  # fmt: skip
def test_a_fault_that_stays(world: World, deed: str, fault: str, done: bool) -> None:
    """However often the session is lost: the result says what the router did."""
    request = new_request()
    with world.in_hand() as router:
        router.stage(request)
    world.emulator.faults(fault)
    with world.in_hand(recover_s=5.0) as router:
        result = router.confirm(request.change_id) if deed == "confirm" else router.revert(request.change_id)
    world.emulator.faults()
    seen = world.after_lost_sessions()
    assert (seen.locked, seen.dirty, seen.pending) == (False, False, not done)
    assert seen.metric == ("10" if done and deed == "revert" else "77")
    expected = {"confirm": "confirmed", "revert": "reverted"}[deed] if done else "failed"
    assert (result.state, result.changed) == (expected, done), result


@pytest.mark.hostile
@pytest.mark.parametrize("where", ["", "-after"])
@pytest.mark.parametrize("fault", ["refuse-connect", "blackhole"])
def test_a_router_that_is_gone_while_it_commits(world: World, fault: str, where: str) -> None:
    world.emulator.faults(f"{fault}{where}@{COMMIT}")
    with world.in_hand(recover_s=1.5, connect_timeout=2.0, command_timeout=PATIENCE_S) as router:
        result = router.stage(new_request())
    # Neither yes nor no is true here; the timer decides, and the message says so.
    assert (result.state, result.changed, result.step) == ("unknown", True, "commit")
    assert "not known" in result.message
    world.emulator.faults()
    assert world.witness().pending is (where == "-after")
    eventually(lambda: not world.witness().locked and not world.witness().dirty, what="the dead session's lock is free")


@pytest.mark.hostile
@pytest.mark.parametrize("fault", ["refuse-connect", "blackhole"])
def test_a_router_that_is_gone_before_it_commits(world: World, fault: str) -> None:
    world.emulator.faults(f"{fault}@{LOAD}")
    with world.in_hand(recover_s=1.5, connect_timeout=2.0, command_timeout=PATIENCE_S) as router:
        result = router.stage(new_request())
    assert (result.state, result.changed, result.step) == ("failed", False, "load")
    world.emulator.faults()
    eventually(lambda: not world.witness().locked and not world.witness().dirty, what="the dead session's lock is free")
    assert (world.witness().metric, world.witness().pending) == ("10", False)


@pytest.mark.hostile
def test_a_commit_that_outlasts_the_client_s_patience(world: World) -> None:
    """The reply times out while the router still commits: asking too early would say 'not committed'."""
    world.emulator.faults(f"delay@{COMMIT}:{2 * PATIENCE_S:g}")
    with world.in_hand(command_timeout=PATIENCE_S) as router:
        result = router.stage(new_request())
    assert (result.state, result.changed) == ("staged", True), result
    seen = world.witness()
    assert (seen.metric, seen.pending, seen.locked, seen.dirty) == ("77", True, False, False)


@pytest.mark.hostile
@pytest.mark.parametrize("step, rpc", [("load", LOAD), ("check", CHECK), ("commit", COMMIT), ("lock", LOCK)])
def test_an_error_of_the_router_cleans_up(world: World, step: str, rpc: str) -> None:
    world.emulator.faults(f"error@{rpc}:1:no such luck")
    with world.in_hand() as router:
        result = router.stage(new_request())
        seen = world.witness()
    assert (result.state, result.changed, result.step) == ("failed", False, step)
    assert "no such luck" in result.message
    assert (seen.metric, seen.pending, seen.locked, seen.dirty) == ("10", False, False, False)


@pytest.mark.hostile
def test_a_clean_up_that_fails_does_not_hide_the_first_error(world: World) -> None:
    world.emulator.faults(
        f"error@{CHECK}:1:the first error", "error@load-configuration/rollback:1:second", f"error@{UNLOCK}:1:third"
    )
    with world.in_hand() as router:
        result = router.stage(new_request())
    assert (result.step, result.message) == ("check", "the first error")
    assert [note.split(":")[0] for note in result.notes] == ["discard", "unlock"]
    assert not world.witness().locked


STAGE_PROGRAM = """
import sys, types
from tests.lab.change_junos import World, new_request
World(types.SimpleNamespace(port=int(sys.argv[1]))).router(command_timeout=60.0).stage(new_request())
"""


@pytest.mark.hostile
@pytest.mark.parametrize("rpc", [LOCK, LOAD, CHECK, COMMIT])
def test_the_controller_is_killed(world: World, rpc: str) -> None:
    world.emulator.faults(f"delay-after@{rpc}:3600")
    child = subprocess.Popen(
        [sys.executable, "-c", STAGE_PROGRAM, str(world.emulator.port)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT}/.ansible/collections", "PATH": "/usr/bin:/bin"},
    )
    try:
        eventually(lambda: any(r.startswith(rpc) for r in world.emulator.requests()), within=60, what=f"request {rpc}")
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    world.emulator.faults()  # the answer comes now, when nobody hears it
    eventually(lambda: not world.witness().locked, what="no lock after a kill")
    seen = world.witness()
    assert not seen.dirty
    assert (seen.metric, seen.pending) == (("77", True) if rpc == COMMIT else ("10", False))


@pytest.mark.hostile
@pytest.mark.parametrize(
    "options, kind, words",
    [
        ({"password": "wrong-password"}, "auth", ["user 'lab' was not let in", "the password", "ansible_password"]),
        ({"port": 1}, "refused", ["connection refused", "netconf"]),
        ({"host": "192.0.2.99", "connect_timeout": 0.3}, "timeout", ["no answer", "0.3 s"]),
        ({"host": "no-such-name.invalid"}, "unreachable", ["does not resolve", "ansible_host"]),
        ({"private_key_file": "/nonexistent/key"}, "auth", ["/nonexistent/key does not exist"]),
        ({"check_host_key": True, "known_hosts": ("/nonexistent",)}, "host_key", ["unknown", "SHA256:", "console"]),
    ],
)
def test_the_way_in(world: World, options: dict[str, object], kind: str, words: list[str]) -> None:
    with world.in_hand(**options) as router:
        result = router.stage(new_request())
    assert (result.state, result.changed, result.step) == ("failed", False, "history")
    assert result.message.startswith("r1 (")
    assert [word for word in words if word not in result.message] == []
    assert "wrong-password" not in str(result.as_dict())
    assert world.witness().metric == "10"


@pytest.mark.hostile
def test_a_silent_router_is_given_up(world: World) -> None:
    world.emulator.faults("blackhole")
    began = time.monotonic()
    with world.in_hand(connect_timeout=0.5) as router:
        result = router.stage(new_request())
    assert (result.state, result.changed) == ("failed", False)
    assert time.monotonic() - began < 15


def test_host_keys(tmp_path: Path) -> None:
    public, known = tmp_path / "host.pub", tmp_path / "known_hosts"
    with Emulator("--print-host-key", str(public)) as emulator:
        world = World(emulator)
        line = host_key_line(public, emulator.port)
        options = {"check_host_key": True, "known_hosts": (str(tmp_path / "missing"), str(known))}
        known.write_text(line)
        with world.in_hand(**options) as router:
            assert router.pending() is None
        other = tmp_path / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
        known.write_text(" ".join([line.split()[0], *other.with_suffix(".pub").read_text().split()[:2]]) + "\n")
        with world.in_hand(**options) as router:
            result = router.stage(new_request())
    assert "host key changed" in result.message
    assert f"{known}:1" in result.message


@pytest.mark.parametrize("lateness", [0, 1])
def test_the_timer(tmp_path: Path, lateness: int) -> None:
    """Nobody confirms: the router heals itself, and afterwards nothing of the change can be confirmed or reverted."""
    with Emulator("--minute", "6", "--fault", f"late-timer:{lateness}") as emulator:
        world = World(emulator)
        with world.somebody() as config:
            config.load(BASE.replace("METRIC", "10"), format="text", overwrite=True)
            config.commit()
        request = new_request(confirm_minutes=1)
        with world.in_hand() as router:
            assert router.stage(request).state == "staged"
            assert world.witness().metric == "77"
        eventually(lambda: world.witness().metric == "10", what="the timer takes the change back")
        with world.in_hand() as router:
            late = router.confirm(request.change_id)
            gone = router.revert(request.change_id)
    assert late.state == "refused"
    assert "timer rolled" in late.message
    assert (gone.state, gone.changed) == ("unchanged", False)


def test_secrets_are_hidden_in_what_people_see(world: World) -> None:
    text = BASE.replace("METRIC", "10").replace("$6$salt$Hash", "$6$salt$Other")
    with world.in_hand() as router:
        staged = router.stage(new_request(text=text))
    assert staged.state == "staged", staged.message
    assert "encrypted-password <hidden>" in staged.diff
    assert not {"Hash", "Other"} & {word for word in ("Hash", "Other") if word in str(staged.as_dict())}
    assert {USER, PASSWORD} & set(str(router.session.options).split("'")) == {USER}
