"""The change transaction on an emulated Junos router, without faults: what it does, and what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from .change_junos import BASE, World, new_request
from .junos_emulator import Emulator, eventually


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def world(emulator: Emulator) -> World:
    world = World(emulator)
    world.clean_up()
    return world


def test_stage_confirm_and_stage_again(world: World) -> None:
    request = new_request(confirm_minutes=7)
    with world.in_hand() as router:
        staged = router.stage(request)
    assert (staged.state, staged.changed, staged.lines_added, staged.lines_removed) == ("staged", True, 1, 1)
    assert [line.split() for line in staged.diff.splitlines() if line[:1] in "+-"] == [
        ["-", "metric", "10;"],
        ["+", "metric", "77;"],
    ]
    assert staged.pending is not None
    assert staged.deadline == (staged.pending.when or 0) + 7 * 60
    seen = world.witness()
    assert (seen.metric, seen.pending, seen.locked, seen.dirty, seen.sessions) == ("77", True, False, False, 0)
    assert seen.newest_log == f"fairway change={request.change_id} rev=abc123"

    with world.in_hand() as router:
        confirmed = router.confirm(request.change_id)
    assert (confirmed.state, confirmed.changed) == ("confirmed", True)
    assert not world.witness().pending

    with world.in_hand() as router:
        again = router.stage(new_request())
        twice = router.confirm(request.change_id)
    assert (again.state, again.changed, again.diff) == ("unchanged", False, "")
    assert (twice.state, twice.changed) == ("unchanged", False)


def test_a_snapshot_is_of_the_time_before_the_change(world: World) -> None:
    with world.in_hand() as router:
        staged = router.stage(new_request(snapshot=True))
    assert staged.state == "staged", staged.message
    assert staged.before is not None
    assert staged.before["system"]["hostname"] == "r1"
    requests = world.emulator.requests()
    commit = next(i for i, name in enumerate(requests) if name.startswith("commit-configuration"))
    assert any("ospf" in name for name in requests[:commit])
    assert not any("ospf" in name for name in requests[commit:])


def test_an_equal_configuration_costs_no_check_and_no_commit(world: World) -> None:
    with world.in_hand() as router:
        assert router.stage(new_request(10)).state == "unchanged"
    assert not [r for r in world.emulator.requests() if r.startswith("commit-configuration")]


def test_check_mode_changes_nothing(world: World) -> None:
    with world.in_hand() as router:
        checked = router.stage(new_request(check_mode=True))
    assert (checked.state, checked.changed, checked.lines_added) == ("checked", True, 1)
    seen = world.witness()
    assert (seen.metric, seen.pending, seen.locked, seen.dirty) == ("10", False, False, False)
    commits = [r for r in world.emulator.requests() if r.startswith("commit-configuration")]
    assert commits == ["commit-configuration/check"]


def test_check_mode_leaves_a_foreign_pending_commit_alone(world: World) -> None:
    with world.somebody() as config:
        config.load(BASE.replace("METRIC", "55"), format="text", overwrite=True)
        config.commit(confirm=10, comment="their change")
    with world.in_hand() as router:
        checked = router.stage(new_request(check_mode=True))
        refused = router.stage(new_request())
    assert checked.state == "checked"
    assert "their change" in checked.notes[0]
    assert (refused.state, refused.changed, refused.step) == ("refused", False, "history")
    assert "their change" in refused.message
    assert refused.pending is not None
    seen = world.witness()
    assert (seen.metric, seen.pending, seen.locked, seen.dirty) == ("55", True, False, False)


def test_nobody_else_s_commit_is_confirmed(world: World) -> None:
    with world.somebody() as config:
        config.load(BASE.replace("METRIC", "55"), format="text", overwrite=True)
        config.commit(confirm=10)
    with world.in_hand() as router:
        refused = router.confirm("fw-20260101T000000-ffffff")
    assert (refused.state, refused.ok) == ("refused", False)
    assert "nothing of fw-20260101T000000-ffffff" in refused.message
    assert world.witness().pending


def test_a_lock_is_waited_for(world: World) -> None:
    with world.somebody() as config:
        config.lock()
        done: list[str] = []

        def stage() -> None:
            with world.in_hand() as router:
                done.append(router.stage(new_request(lock_wait_s=20)).state)

        thread = threading.Thread(target=stage)
        thread.start()
        eventually(
            lambda: (
                world.emulator.requests().count("lock-configuration/") >= 2
                or len([r for r in world.emulator.requests() if r.startswith("lock-configuration")]) >= 2
            ),
            what="a second try",
        )
        config.unlock()
        thread.join(20)
    assert done == ["staged"]


def test_the_holder_of_a_lock_is_named(world: World) -> None:
    with world.somebody() as config:
        config.lock()
        with world.in_hand() as router:
            refused = router.stage(new_request())
        pid = world.emulator.status()["lock"]["pid"]
    assert (refused.state, refused.step, refused.changed) == ("refused", "lock", False)
    assert f"(pid {pid})" in refused.message


def test_a_dirty_candidate_is_named_and_left_untouched(world: World) -> None:
    with world.somebody() as config:
        config.load("set system host-name half-done", format="set")
    with world.in_hand() as router:
        refused = router.stage(new_request())
        reverted = router.revert("fw-20260101T000000-ffffff")
    assert (refused.state, refused.step) == ("refused", "lock")
    assert "half-done" in refused.message
    assert reverted.state == "unchanged"
    seen = world.witness()
    assert (seen.dirty, seen.locked, seen.metric) == (True, False, "10")
    assert "half-done" in world.emulator.control("config", database="candidate")[0]["config"]


def test_a_refused_statement_names_the_template_line(world: World) -> None:
    text = BASE.replace("METRIC", "77").replace("    ospf {", "    ospf {\n        no-such-thing on;")
    line = text.splitlines().index("        no-such-thing on;") + 1
    template_map = tuple(("templates/junos/ospf.j2", 100 + n) for n in range(1, 40))
    with world.in_hand() as router:
        failed = router.stage(new_request(text=text, template_map=template_map))
    assert (failed.state, failed.step, failed.changed) == ("failed", "load", False)
    (error,) = failed.errors
    assert (error.bad_element, error.config_line, error.template_line) == ("no-such-thing", line, 100 + line)
    assert failed.message.startswith(f"templates/junos/ospf.j2:{100 + line}, line {line}")
    seen = world.witness()
    assert (seen.metric, seen.locked, seen.dirty, seen.pending) == ("10", False, False, False)


def test_a_failed_check_names_the_template_line(world: World) -> None:
    text = BASE.replace("METRIC", "77").replace("    ospf {", "    ospf {\n        export no-such-policy;")
    line = text.splitlines().index("        export no-such-policy;") + 1
    with world.in_hand() as router:
        failed = router.stage(new_request(text=text, template_map=tuple(("ospf.j2", n) for n in range(1, 40))))
    assert (failed.state, failed.step) == ("failed", "check")
    assert [(e.template, e.template_line) for e in failed.errors] == [("ospf.j2", line)]
    assert "no-such-policy" in failed.message
    seen = world.witness()
    assert (seen.metric, seen.locked, seen.dirty) == ("10", False, False)


@pytest.mark.parametrize("confirm", [False, True])
def test_revert_pending_and_confirmed(world: World, confirm: bool) -> None:
    request = new_request()
    with world.in_hand() as router:
        router.stage(request)
        if confirm:
            router.confirm(request.change_id)
        looked = router.revert(request.change_id, check_mode=True)
        assert world.witness().metric == "77"
        reverted = router.revert(request.change_id)
        again = router.revert(request.change_id)
    assert looked.state == "checked"
    assert "metric 10" in looked.diff
    assert (reverted.state, reverted.changed) == ("reverted", True)
    assert (again.state, again.changed) == ("unchanged", False)
    seen = world.witness()
    assert (seen.metric, seen.pending, seen.locked, seen.dirty) == ("10", False, False, False)


def test_revert_refuses_to_undo_later_work(world: World) -> None:
    request = new_request()
    with world.in_hand() as router:
        router.stage(request)
        router.confirm(request.change_id)
    with world.somebody() as config:
        config.load(BASE.replace("METRIC", "55"), format="text", overwrite=True)
        config.commit(comment="their later work")
    with world.in_hand() as router:
        refused = router.revert(request.change_id)
    assert refused.state == "refused"
    assert "their later work" in refused.message
    assert world.witness().metric == "55"


def test_roll_back_by_number(world: World) -> None:
    with world.somebody() as config:
        config.load(BASE.replace("METRIC", "55"), format="text", overwrite=True)
        config.commit()
    with world.in_hand() as router:
        done = router.revert(None, 1)
        nothing = router.revert(None, 49)
    assert (done.state, world.witness().metric) == ("reverted", "10")
    assert nothing.state in ("refused", "unchanged", "reverted")


@pytest.mark.parametrize("load, fmt, text", [
    ("set", "set", "set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 metric 42\n"),
    ("merge", "text", "protocols { ospf { area 0.0.0.0 { interface ge-0/0/0.0 { metric 42; } } } }"),
    ("replace", "text",
     "protocols { ospf { area 0.0.0.0 { replace: interface ge-0/0/0.0 { metric 42; } } } }"),
    ("override", "text", BASE.replace("METRIC", "42")),
    ("merge", "xml",
     "<configuration><protocols><ospf><area><name>0.0.0.0</name><interface>"  # noqa: ISC004
     "<name>ge-0/0/0.0</name><metric>42</metric></interface></area></ospf></protocols></configuration>"),
])  # fmt: skip
def test_the_ways_to_load(world: World, load: str, fmt: str, text: str) -> None:
    with world.in_hand() as router:
        staged = router.stage(new_request(text=text, load=load, format=fmt))
    assert (staged.state, staged.lines_added, staged.lines_removed) == ("staged", 1, 1), staged.message
    assert world.witness().metric == "42"


def test_reading_takes_no_lock(world: World) -> None:
    with world.somebody() as config:
        config.lock()
        with world.in_hand() as router:
            assert "metric 10;" in router.get_config("running", "text")
            assert "set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 metric 10" in router.get_config(fmt="set")
            assert "<metric>10</metric>" in router.get_config(fmt="xml")
            assert '"metric"' in router.get_config(fmt="json")
            assert "host-name r1;" in router.get_config("rollback-1")
            assert "<host-name>r1</host-name>" in router.get_config("rollback-1", "xml")
            assert router.pending() is None
            (version,) = router.command(["show version"])
    assert "r1" in version
