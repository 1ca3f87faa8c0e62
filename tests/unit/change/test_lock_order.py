"""Routers of one change are taken in the order of their names; what stands in the way of one leaves those after it."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from ansible_collections.fairway.backbone.plugins.plugin_utils import lock_order
from ansible_collections.fairway.backbone.plugins.plugin_utils.lock_order import ALONE, LockOrder
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

ROUTERS = ("jkt-r1", "jkt-r2", "sby-r1")
CHANGE = "fw-20260102T030405-a1b2c3"


@pytest.mark.parametrize("begun", list(itertools.permutations(ROUTERS)))
def test_whoever_begins_first_the_order_is_that_of_the_names(tmp_path: Path, begun: tuple[str, ...]) -> None:
    taken: list[str] = []

    def worker(router: str) -> None:
        with LockOrder(tmp_path, CHANGE, begun, router) as order:
            order.wait(30.0)
            taken.append(router)
            order.taken()

    workers = [threading.Thread(target=worker, args=[router]) for router in begun]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30.0)
    assert taken == list(ROUTERS)


def test_a_router_that_was_not_taken_leaves_those_after_it_alone(tmp_path: Path) -> None:
    with LockOrder(tmp_path, CHANGE, ROUTERS, "jkt-r1") as first:
        first.taken()
    with pytest.raises(ZeroDivisionError), LockOrder(tmp_path, CHANGE, ROUTERS, "jkt-r2") as second:
        second.wait(30.0)
        raise ZeroDivisionError
    for _again in range(2):
        with LockOrder(tmp_path, CHANGE, ROUTERS, "sby-r1") as last, pytest.raises(RouterFault) as caught:
            last.wait(30.0)
        assert caught.value.kind == "locked"
        assert str(caught.value) == "left alone, as jkt-r2, which comes before it, could not be taken"


def test_a_router_that_is_taken_stays_taken_whatever_comes_after(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), LockOrder(tmp_path, CHANGE, ROUTERS, "jkt-r1") as first:
        first.taken()
        raise ZeroDivisionError
    LockOrder(tmp_path, CHANGE, ROUTERS, "jkt-r2").wait(30.0)


def test_another_change_of_the_run_has_an_order_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_order, "_SILENCE_S", 0.0)
    with LockOrder(tmp_path, CHANGE, ROUTERS, "jkt-r1") as first:
        first.taken()
    with pytest.raises(RouterFault, match="jkt-r1, which comes before it, did not say whether it was taken"):
        LockOrder(tmp_path, CHANGE.replace("a1b2c3", "a1b2c4"), ROUTERS, "jkt-r2").wait(0.0)


@pytest.mark.parametrize("order", [ALONE, LockOrder(Path("/nowhere"), CHANGE, ["jkt-r1"], "jkt-r1")])
def test_a_router_alone_waits_for_nobody_and_tells_nobody(order: LockOrder) -> None:
    with order:
        order.wait(0.0)
        order.taken()
