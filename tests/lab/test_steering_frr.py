"""Steering on a bare FRR router: comments belong to the commit, whatever the daemons, a person or a reboot does."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.change import StageRequest, StageResult
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Freeze,
    LiveRouter,
    Marker,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Wish
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr import FrrRouter
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_live import Deed, look, report, stage
from tests.lab.change_frr import BareRouter, Pool, config, missing, reply_lost, wait_for

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(missing()), reason=missing() or "-")]

KEY = ("ospf", "eth0")
WISH = Wish(KEY, "1000", "150")
ROUTE = Wish(("static", "192.0.2.0/24"), "192.0.2.67", "discard")
SINCE = 1795255200.0
NOTE = "! fairway-steering path=a/b place=ospf:eth0 since=2026-11-21T10:00:00Z change=fw-s by=auto was=150"


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with contextlib.closing(Pool(lambda: tmp_path_factory.mktemp("router"))) as routers:
        yield routers


@pytest.fixture
def bare(pool: Pool) -> BareRouter:
    return pool.settled(150)


def live(router: FrrRouter) -> LiveRouter:
    found = look(router, {}, [KEY])
    return report(router.name, found, {KEY: "1000"})[0]


def do(router: FrrRouter, action: str, change: str = "fw-s", wish: Wish = WISH, **more: Any) -> StageResult:
    request = StageRequest("", change, action=action, path="a/b", **more)
    return stage(router, {}, Deed(action, Marker("a/b", change, SINCE), (wish,)), request)


def done(router: FrrRouter, action: str, change: str = "fw-s", wish: Wish = WISH) -> None:
    result = do(router, action, change, wish)
    assert result.state == "staged", result
    assert router.confirm(change).state == "confirmed"


def test_steer_and_restore(bare: BareRouter) -> None:
    router = bare.router()
    result = do(router, "steer")
    assert (result.state, result.lines_added, result.lines_removed) == ("staged", 2, 1), result
    assert result.diff == f" interface eth0\n- ip ospf cost 150\n+ ip ospf cost 1000\n+{NOTE}\n"
    assert bare.costs() == {"eth0": 1000}
    assert bare.startup() == config(150), "a reboot heals until it is confirmed"
    assert "a confirmed commit is pending" in live(router).fault
    router.confirm("fw-s")
    assert bare.startup() == f"{NOTE}\n" + config(150).replace("cost 150", "cost 1000")
    (place,) = live(router).places
    assert (place.steered, place.value, place.marker) == (True, "1000", Marker("a/b", "fw-s", SINCE, "auto", "150"))
    assert do(router, "steer", "fw-again").state == "unchanged"

    done(router, "restore", "fw-r")
    assert bare.startup() == config(150)
    assert bare.costs() == {"eth0": 150}
    found = live(router)
    assert [(flip.to, flip.change_id) for flip in found.flips] == [(STEERED, "fw-s"), (NORMAL, "fw-r")]
    assert found.places[0].marker is None
    assert bare.leftovers() == []


def test_a_route_is_moved_and_comes_back(bare: BareRouter) -> None:
    router = bare.router()
    done(router, "steer", wish=ROUTE)
    assert "ip route 192.0.2.0/24 192.0.2.67\n" in bare.running()
    done(router, "restore", "fw-r", ROUTE)
    assert "ip route 192.0.2.0/24 blackhole\n" in bare.running()
    assert bare.startup() == config(150)


def test_the_secret_in_the_configuration_stays_what_it_is_and_is_not_sent(bare: BareRouter) -> None:
    router = bare.router()
    assert "fairway-lab" not in str(router.steering())
    done(router, "steer")
    assert "md5 fairway-lab" in bare.running()
    assert "md5 fairway-lab" in bare.startup()


@pytest.mark.parametrize("by_timer", [True, False], ids=["by the timer", "by hand"])
def test_taken_back_it_is_two_flips_and_no_marker(bare: BareRouter, by_timer: bool) -> None:
    router = bare.router(minute_s=0.5 if by_timer else 60.0)
    assert do(router, "steer", confirm_minutes=1).state == "staged"
    if by_timer:
        wait_for("the timer takes it back", lambda: bare.leftovers() == [])
    else:
        assert router.revert("fw-s").state == "reverted"
    found = live(router)
    assert [flip.to for flip in found.flips] == [STEERED, NORMAL]
    assert (found.places[0].value, found.places[0].marker, found.fault) == ("150", None, "")
    assert bare.startup() == config(150)


def test_going_back_in_the_history_brings_the_older_steering(bare: BareRouter) -> None:
    router = bare.router()
    done(router, "steer")
    done(router, "restore", "fw-r")
    assert router.revert(None, 1).state == "reverted"
    (place,) = live(router).places
    assert (place.steered, place.marker) == (True, Marker("a/b", "fw-s", SINCE, "auto", "150"))
    assert NOTE in bare.startup()
    assert bare.costs() == {"eth0": 1000}
    done(router, "restore", "fw-r2")
    assert bare.startup() == config(150)


def test_a_reboot_keeps_it(bare: BareRouter) -> None:
    router = bare.router()
    done(router, "steer")
    bare.boot_anew()
    (place,) = live(router).places
    assert place.steered
    assert place.marker is not None
    assert NOTE in bare.startup()
    assert bare.costs() == {"eth0": 1000}
    done(router, "restore", "fw-r")


def test_who_saves_by_hand_loses_no_marker(bare: BareRouter) -> None:
    """`write memory` writes what the daemons have: no comments, and what somebody typed."""
    router = bare.router()
    done(router, "steer")
    bare.out("vtysh", "-c", "configure terminal", "-c", "interface eth0", "-c", "description by hand")
    assert "changed by hand and not saved" in live(router).fault
    refused = do(router, "restore", "fw-r")
    assert (refused.state, refused.step) == ("refused", "clean"), refused
    bare.out("vtysh", "-c", "write memory")
    assert NOTE not in bare.startup()
    found = live(router)
    assert found.fault == ""
    assert found.places[0].marker == Marker("a/b", "fw-s", SINCE, "auto", "150")
    done(router, "restore", "fw-r")
    assert "description by hand" in bare.running()
    assert "fairway-steering" not in bare.startup()
    assert bare.costs() == {"eth0": 150}


def test_a_marker_alone_is_a_difference(bare: BareRouter) -> None:
    router = bare.router()
    staged = router.stage(StageRequest(f"{NOTE}\n{config(150)}", "fw-n"))
    assert (staged.state, staged.diff) == ("staged", f"+{NOTE}\n")
    assert router.confirm("fw-n").state == "confirmed"
    assert router.stage(StageRequest(f"{NOTE}\n{config(150)}", "fw-n2")).state == "unchanged"
    assert NOTE in router.get_config("rollback-0")
    assert router.stage(StageRequest(config(150), "fw-n3")).diff == f"-{NOTE}\n"
    assert router.revert("fw-n3").state == "reverted"
    assert NOTE in router.get_config("rollback-0")


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_was_decided_upon_an_older_commit_is_refused(bare: BareRouter, check_mode: bool) -> None:
    router = bare.router()
    before = live(router).token
    done(router, "steer", wish=ROUTE)
    refused = do(router, "steer", "fw-late", base=before, check_mode=check_mode)
    assert refused.state == "refused"
    assert f"changed meanwhile: decided upon the commit '{before}'" in refused.message
    assert f"the newest is '{live(router).token}'" in refused.message
    assert bare.costs() == {"eth0": 150}
    assert do(router, "steer", "fw-new", base=live(router).token, check_mode=check_mode).ok


def test_a_reply_that_is_lost_is_found_again(bare: BareRouter) -> None:
    result = do(bare.router(reply_lost(bare)), "steer")
    assert (result.state, result.changed) == ("staged", True), result
    assert bare.costs() == {"eth0": 1000}


def test_freeze_and_thaw(bare: BareRouter) -> None:
    router = bare.router()
    freeze = Freeze("r1", SINCE, SINCE + 600, "noc", 'the "south" backbone is repaired')
    request = StageRequest("", "fw-f", action="freeze", path="on", by="hand")
    assert stage(router, {}, Deed("freeze", freeze=freeze), request).state == "staged"
    assert router.confirm("fw-f").state == "confirmed"
    found = live(router).freeze
    assert found == Freeze("r1", SINCE, SINCE + 600, "noc", "the 'south' backbone is repaired")
    assert stage(router, {}, Deed("freeze", freeze=freeze), StageRequest("", "fw-f2")).state == "unchanged"
    assert stage(router, {}, Deed("thaw"), StageRequest("", "fw-t")).state == "staged"
    assert router.confirm("fw-t").state == "confirmed"
    assert live(router).freeze is None
    assert bare.startup() == config(150)


def test_somebody_who_holds_the_lock_is_named(bare: BareRouter) -> None:
    holder = json.dumps({"pid": 1, "user": "netops", "doing": "stage", "since": 0})
    script = f"exec 9>>/var/lib/fairway/lock; flock 9; printf '%s' '{holder}' > /var/lib/fairway/lock; echo; cat"
    with subprocess.Popen(
        bare.inside("sh", "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            assert live(bare.router()).fault.startswith("configuration locked by netops")
        finally:
            process.communicate()
    assert live(bare.router()).fault == ""
