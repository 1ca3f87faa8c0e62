"""What stands in a change's way on an FRR router: other people, statements it refuses, a full disk, missing rights.

Nothing is changed then, nothing is lost, and the message says what to do.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import textwrap
from collections.abc import Iterator

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from ansible_collections.fairway.backbone.plugins.module_utils.change_history import Standing, classify_history
from tests.lab.change_frr import (
    NEW,
    OLD,
    STATE_KIB,
    BareRouter,
    Pool,
    config,
    is_old_and_clean,
    missing,
    stage,
    wait_for,
    works_again,
)

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hostile,
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with contextlib.closing(Pool(lambda: tmp_path_factory.mktemp("router"))) as routers:
        yield routers


@pytest.fixture
def bare(pool: Pool) -> BareRouter:
    """A router that runs, and boots, the old configuration: the last test's when that left it so, else another."""
    return pool.settled(150)


# -- somebody else ---------------------------------------------------------------------------------------------


def test_lock_held_by_another(bare: BareRouter) -> None:
    holder = json.dumps({"user": "netops", "pid": 77, "since": 0, "doing": "stage", "change_id": "fw-7"})
    lock = "/var/lib/fairway/lock"
    script = f"echo '{holder}' > {lock}; exec 9<{lock}; flock 9; echo held; read end"
    with subprocess.Popen(
        bare.inside("sh", "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        refused = stage(bare.router(), lock_wait_s=0.3)
        assert (refused.state, refused.step) == ("refused", "lock")
        assert "locked by netops (pid 77, stage, change fw-7)" in refused.message
        assert bare.costs() == OLD
        other.communicate("\n", timeout=10)
    works_again(bare)


def test_a_lock_whose_holder_is_dead_is_no_lock(bare: BareRouter) -> None:
    bare.run("sh", "-c", "cat > /var/lib/fairway/lock", stdin=b'{"user": "netops", "pid": 1, "since": 0}')
    works_again(bare)


def test_foreign_pending_commit(bare: BareRouter) -> None:
    stage(bare.router())
    for refused in (stage(bare.router(), "fw-3", 350), bare.router().confirm("fw-3"), bare.router().revert("fw-3")):
        assert refused.state == "refused"
        assert "a confirmed commit is pending: change fw-2 by root" in refused.message
    checked = stage(bare.router(), "fw-3", 350, check_mode=True)
    assert checked.state == "checked"
    assert any("fw-2" in note for note in checked.notes)
    assert bare.costs() == NEW
    assert bare.router().confirm("fw-2").state == "confirmed"


def by_hand(bare: BareRouter, *lines: str) -> None:
    bare.out("vtysh", *(part for line in ("configure", *lines) for part in ("-c", line)))


def test_lines_typed_by_hand_are_not_overwritten(bare: BareRouter) -> None:
    by_hand(bare, "ip route 198.51.100.0/24 blackhole", "interface eth0", "description mine")
    refused = stage(bare.router())
    assert (refused.state, refused.step) == ("refused", "clean")
    for line in ("+ ip route 198.51.100.0/24 blackhole", "- interface eth0 / description south"):
        assert line in refused.message
    assert bare.costs() == OLD
    assert "198.51.100.0" in bare.running()
    assert bare.leftovers() == []

    taken = stage(bare.router(take_over=True))
    assert taken.state == "staged"
    assert any("198.51.100.0" in note for note in taken.notes)
    assert "198.51.100.0" not in bare.running()
    assert bare.router().revert("fw-2").ok
    assert "198.51.100.0" in bare.running(), "what was typed by hand comes back with the old configuration"


def test_lines_saved_by_hand_are_part_of_the_history(bare: BareRouter) -> None:
    by_hand(bare, "ip route 198.51.100.0/24 blackhole")
    bare.out("vtysh", "-c", "write memory")
    staged = stage(bare.router())
    assert staged.state == "staged"
    assert "-ip route 198.51.100.0/24 blackhole\n" in staged.diff
    assert bare.router().confirm("fw-2").ok
    assert [entry.comment for entry in bare.router().history()][1] == "changed by hand"
    assert bare.router().revert("fw-2").ok
    assert "198.51.100.0" in bare.running()


def test_an_edited_startup_configuration_is_not_overwritten(bare: BareRouter) -> None:
    bare.out("sh", "-c", "echo 'ip route 198.51.100.0/24 blackhole' >> /etc/frr/frr.conf")
    refused = stage(bare.router())
    assert (refused.state, refused.step) == ("refused", "clean")
    assert "ip route 198.51.100.0/24 blackhole (only in /etc/frr/frr.conf)" in refused.message
    assert "198.51.100.0" in bare.startup()


def test_saved_by_hand_while_the_change_was_pending(bare: BareRouter) -> None:
    stage(bare.router(minute_s=8.0))
    bare.out("vtysh", "-c", "write memory")
    assert "cost 250" in bare.startup()
    wait_for("the router heals itself", lambda: bare.costs() == OLD and bare.leftovers() == [])
    is_old_and_clean(bare)


def test_edited_by_hand_while_the_change_was_pending(bare: BareRouter) -> None:
    stage(bare.router())
    by_hand(bare, "interface eth0", "ip ospf cost 999")
    refused = bare.router().confirm("fw-2")
    assert refused.state == "refused"
    assert "ip ospf cost 250" in refused.message
    assert bare.router().revert("fw-2").ok
    is_old_and_clean(bare)


# -- what FRR refuses ------------------------------------------------------------------------------------------


def test_a_refused_statement_is_traced_to_its_template_line(bare: BareRouter) -> None:
    text = config(250).replace(" ip ospf cost 250", " ip ospf costs 250").replace("router ospf\n", "router ospfs\n")
    number = next(n for n, line in enumerate(text.splitlines(), 1) if "costs" in line)
    lines = [("templates/frr/base.j2", 1)] * len(text.splitlines())
    lines[number - 1] = ("templates/frr/ospf.j2", 12)
    failed = bare.router().stage(StageRequest(text, "fw-2", template_map=tuple(lines)))
    assert (failed.state, failed.step) == ("failed", "check")
    first = failed.errors[0]
    assert (first.template, first.template_line, first.config_line) == ("templates/frr/ospf.j2", 12, number)
    assert first.bad_element == "ip ospf costs 250"
    assert f"templates/frr/ospf.j2:12, line {number}: unknown command: 'ip ospf costs 250'" in failed.message
    assert len(failed.errors) >= 2, "all errors are told, not the first"
    is_old_and_clean(bare)


def test_a_statement_that_the_parser_takes_but_that_does_not_run(bare: BareRouter) -> None:
    """FRR turns this one into another statement under another block: what runs would not be what Git says."""
    text = config(250).replace("router ospf\n", "router ospf\n passive-interface eth0\n")
    failed = bare.router().stage(StageRequest(text, "fw-2"))
    assert failed.state == "failed"
    missing_line = next(error for error in failed.errors if error.config_line is not None)
    assert (missing_line.path, missing_line.bad_element) == ("router ospf", "passive-interface eth0")
    assert any(error.bad_element == "ip ospf passive" for error in failed.errors)
    is_old_and_clean(bare)


def test_a_dead_daemon_is_named_and_its_lines_are_not_taken_for_deleted(bare: BareRouter) -> None:
    bare.out("sh", "-c", "kill -KILL $(cat /run/frr/bgpd.pid)")
    refused = stage(bare.router())
    assert refused.state == "refused"
    assert "bgpd does not answer" in refused.message
    state = bare.router().state(["bgp", "ospf", "alarms"])
    assert state["alarms"] == ["major: routing daemon bgpd does not answer"]
    # All are asked in one go, and what one of them leaves unanswered the others do not.
    assert (state["bgp"]["neighbors"], state["ospf"]["v2"]) == ({}, {"eth0": {}})
    is_old_and_clean(bare)


def test_a_daemon_that_is_not_enabled_is_named_with_the_line_that_needs_it(bare: BareRouter) -> None:
    failed = bare.router().stage(StageRequest(config(250) + "router isis core\n net 49.0001.0001.00\n", "fw-2"))
    assert failed.state == "failed"
    assert "isisd is not running: enable it in /etc/frr/daemons: 'router isis core'" in failed.message
    is_old_and_clean(bare)


def test_a_whole_configuration_as_text_is_what_frr_takes(bare: BareRouter) -> None:
    refused = bare.router().stage(StageRequest("interface eth0\n ip ospf cost 1\n", "fw-2", load="merge"))
    assert refused.state == "refused"
    assert "not load 'merge'" in refused.message
    is_old_and_clean(bare)


# -- disk full, reboots ----------------------------------------------------------------------------------------

FILL = textwrap.dedent(
    """\
    cd {where}
    free=$(($(stat -f -c '%a * %S' .) / 1024))
    dd if=/dev/zero of={where}/filler bs=1k count=$((free - {keep})) 2>/dev/null
    """
)


def fill(bare: BareRouter, keep_kib: int, where: str = "/var/lib/fairway") -> None:
    bare.run("sh", "-c", FILL.format(where=where, keep=keep_kib))


@pytest.mark.parametrize("keep_kib", [0, 4, 12, 24, 48, 96, STATE_KIB // 2])
def test_disk_full_while_staging(bare: BareRouter, keep_kib: int) -> None:
    fill(bare, keep_kib)
    result = stage(bare.router())
    if result.state == "staged":
        assert bare.costs() == NEW
        assert bare.router().revert("fw-2").state == "reverted"
    else:
        assert result.state == "refused", result
        assert "disk full while" in result.message
    assert keep_kib > 0 or result.state == "refused"
    assert keep_kib < STATE_KIB // 2 or result.state == "staged"
    bare.out("rm", "/var/lib/fairway/filler")
    is_old_and_clean(bare)
    works_again(bare)


def test_disk_full_in_the_directory_of_the_startup_configuration(bare: BareRouter) -> None:
    bare.out("mount", "-t", "tmpfs", "-o", "remount,size=64k", "tmpfs", "/etc/frr")
    fill(bare, 0, "/etc/frr")
    result = stage(bare.router())
    assert result.state == "refused"
    assert "disk full while preparing the change (/etc/frr" in result.message
    is_old_and_clean(bare)


@pytest.mark.parametrize("end", ["confirm", "revert", "timer"])
def test_disk_full_while_pending(bare: BareRouter, end: str) -> None:
    stage(bare.router(minute_s=6.0 if end == "timer" else 60.0))
    fill(bare, 0)
    if end == "confirm":
        assert bare.router().confirm("fw-2").state == "confirmed"
        assert (bare.costs(), bare.startup()) == (NEW, config(250))
    elif end == "revert":
        assert bare.router().revert("fw-2").state == "reverted"
    wait_for("nothing is left", lambda: set(bare.leftovers()) == {"filler"})
    bare.out("rm", "/var/lib/fairway/filler")
    if end != "confirm":
        is_old_and_clean(bare)
    expected = {"confirm": Standing.CONFIRMED, "revert": Standing.REVERTED, "timer": Standing.ROLLED_BACK}
    assert classify_history(bare.router().history(), "fw-2") is expected[end]


def test_not_allowed_to_write(bare: BareRouter) -> None:
    bare.out("mount", "-t", "tmpfs", "-o", "remount,ro", "tmpfs", "/etc/frr")
    refused = stage(bare.router())
    assert refused.state == "refused"
    assert "must be able to write /etc/frr, or use become" in refused.message
    is_old_and_clean(bare)
