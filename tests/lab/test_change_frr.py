"""A change on an FRR router, end to end: what is staged, confirmed, reverted, and what the history says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest
from ansible_collections.fairway.backbone.plugins.module_utils.change_history import Standing, classify_history
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from tests.lab.change_frr import HOSTNAME, BareRouter, bare_router, config, missing, wait_for

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(missing()), reason=missing() or "-")]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[BareRouter]:
    with bare_router(tmp_path) as router:
        yield router


def request(change: str, cost: int, **more: object) -> StageRequest:
    return StageRequest(config(cost), change, "1f2e3d4", confirm_minutes=1, **more)  # type: ignore[arg-type]


def test_a_first_deploy_works_on_a_bare_router_and_a_second_changes_nothing(bare: BareRouter) -> None:
    router = bare.router()
    bare_startup = bare.startup()
    staged = router.stage(request("fw-1", 150, snapshot=True))
    assert (staged.state, staged.changed, staged.message) == ("staged", True, "")
    assert "+ ip ospf cost 150\n" in staged.diff
    assert staged.before is not None
    assert staged.before["system"]["hostname"] == HOSTNAME
    assert bare.costs() == {"eth0": 150}
    assert bare.startup() == bare_startup, "the startup configuration changes with the confirmation, not before"

    confirmed = router.confirm("fw-1")
    assert (confirmed.state, confirmed.changed) == ("confirmed", True)
    assert bare.startup() == config(150)
    assert bare.leftovers() == []

    again = router.stage(request("fw-2", 150))
    assert (again.state, again.changed, again.diff) == ("unchanged", False, "")
    assert [entry.log for entry in router.history()] == ["fairway change=fw-1 rev=1f2e3d4", ""]


def test_check_mode_shows_the_difference_and_leaves_no_trace(bare: BareRouter) -> None:
    checked = bare.router().stage(request("fw-1", 150, check_mode=True))
    assert (checked.state, checked.changed) == ("checked", True)
    assert "+ ip ospf cost 150\n" in checked.diff
    assert bare.costs() == {}
    assert bare.out("ls", "-A", "/var/lib/fairway") == ""


def test_the_difference_shows_lines_in_their_block_and_no_secrets(bare: BareRouter) -> None:
    router = bare.router()
    bare.settle(150)
    staged = router.stage(request("fw-2", 250, check_mode=True))
    assert staged.diff == " interface eth0\n- ip ospf cost 150\n+ ip ospf cost 250\n"
    assert (staged.lines_added, staged.lines_removed) == (1, 1)
    secret = config(150).replace("md5 fairway-lab", "md5 other-key")
    staged = router.stage(StageRequest(secret, "fw-3", check_mode=True))
    assert "other-key" not in str(staged)
    assert "message-digest-key 1 md5 <secret>" in staged.diff


def test_a_line_that_frr_refuses_is_told_without_its_secret(bare: BareRouter) -> None:
    wrong = config(150).replace("md5 fairway-lab", "md5 hunter2 horses")
    refused = bare.router().stage(StageRequest(wrong, "fw-1"))
    assert refused.state == "failed"
    assert "ip ospf message-digest-key 1 md5 <secret>" in refused.message
    assert not {"hunter2", "horses"} & set(str(refused).replace("'", " ").split())


def test_a_pending_change_is_reverted_by_its_identifier(bare: BareRouter) -> None:
    router = bare.router()
    bare.settle(150)
    router.stage(request("fw-2", 250))
    assert bare.costs() == {"eth0": 250}
    reverted = router.revert("fw-2")
    assert (reverted.state, reverted.changed) == ("reverted", True)
    assert "- ip ospf cost 250\n" in reverted.diff
    assert bare.costs() == {"eth0": 150}
    assert bare.startup() == config(150)
    assert bare.leftovers() == []
    assert classify_history(router.history(), "fw-2") is Standing.REVERTED
    again = router.revert("fw-2")
    assert (again.state, again.changed) == ("unchanged", False)


def test_a_confirmed_change_is_reverted_by_its_identifier_or_by_number(bare: BareRouter) -> None:
    router = bare.router()
    bare.settle(150)
    bare.settle(250, "fw-2")
    assert router.revert("fw-2", check_mode=True).state == "checked"
    assert bare.costs() == {"eth0": 250}
    assert router.revert("fw-2").changed
    assert bare.costs() == {"eth0": 150}
    assert "ip ospf cost 150" in bare.startup()
    assert bare.leftovers() == []
    assert router.revert(None, 1).changed
    assert bare.costs() == {"eth0": 250}
    assert "there is no commit 40" in router.revert(None, 40).message


def test_an_older_change_is_not_reverted_over_a_newer_one(bare: BareRouter) -> None:
    bare.settle(150)
    bare.settle(250, "fw-2")
    refused = bare.router().revert("fw-1")
    assert refused.state == "refused"
    assert "not the newest commit any more" in refused.message
    assert bare.costs() == {"eth0": 250}


def test_the_timer_takes_an_unconfirmed_change_back_by_itself(bare: BareRouter) -> None:
    router = bare.router(minute_s=10.0)
    bare.settle(150)
    staged = router.stage(request("fw-2", 250))
    pending = router.pending()
    assert pending is not None
    assert pending.deadline == staged.deadline
    assert classify_history(router.history(), "fw-2") is Standing.PENDING
    wait_for("the old cost is back", lambda: bare.costs() == {"eth0": 150})
    wait_for("nothing is left", lambda: bare.leftovers() == [])
    assert router.pending() is None
    assert classify_history(router.history(), "fw-2") is Standing.ROLLED_BACK
    late = router.confirm("fw-2")
    assert late.state == "refused"
    assert "fw-2 is not pending" in late.message
    assert bare.costs() == {"eth0": 150}


def test_a_second_stage_of_the_same_change_only_reports(bare: BareRouter) -> None:
    router = bare.router()
    bare.settle(150)
    first, second = (router.stage(request("fw-2", 250)) for _ in range(2))
    assert (second.state, second.diff, second.deadline) == ("staged", first.diff, first.deadline)
    assert router.revert("fw-2").ok


def test_the_history_keeps_fifty_configurations(bare: BareRouter) -> None:
    router = bare.router()
    for number in range(52):
        bare.out(
            "sh",
            "-c",
            f"mkdir -p -m 700 /var/lib/fairway/commits; cd /var/lib/fairway/commits; "
            f'echo \'{{"user": "old"}}\' > {number:06d}.json; echo > {number:06d}.conf',
        )
    assert router.stage(request("fw-1", 150)).ok, "what was saved by hand since then is recorded, and no obstacle"
    assert router.confirm("fw-1").ok
    assert len(router.history()) == 50
    assert router.get_config("rollback-0") == config(150)


def test_commands_and_configurations_are_read(bare: BareRouter) -> None:
    router = bare.router()
    assert "FRRouting" in router.command(["show version"])[0]
    with pytest.raises(RouterFault, match="vtysh refuses 'show nonsense'"):
        router.command(["show version", "show nonsense"])
    bare.settle(150)
    assert "ip ospf cost 150" in router.get_config()
    assert router.get_config("rollback-0") == config(150)
    with pytest.raises(RouterFault, match="no configuration 'rollback-7'"):
        router.get_config("rollback-7")


def test_state_comes_in_the_normal_form(bare: BareRouter) -> None:
    bare.settle(150)
    state = bare.router().state(["bgp", "ospf", "interfaces", "routes"])
    assert state["bgp"]["neighbors"]["203.0.113.2"]["state"] != "Established"
    assert state["bgp"]["neighbors"]["203.0.113.2"]["asn"] == 64501
    assert state["ospf"]["v2"] == {"eth0": {}}
    assert state["interfaces"]["eth0"]["oper"] == "up"
    assert state["routes"]["inet"]["static"] == 1
    assert "system" not in state
