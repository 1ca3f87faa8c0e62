"""Executes requests under the faults that are set: the one place where both NETCONF and the CLI meet them."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable
from typing import TypeVar

from lab.junos.faults import Fault
from lab.junos.router import ManagementSession, Router
from lab.junos.rpc.reply import add_warning, failure, omit_result

R = TypeVar("R")


class Fate(enum.Enum):
    """What becomes of an answer that does not reach the client."""

    DROPPED = "the connection is closed"
    LOST = "the connection stays, nothing is sent"


class Undelivered(Exception):
    """The request's answer is not to be sent."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate.value)
        self.fate = fate


async def execute(
    router: Router, session: ManagementSession, rpc: str, variant: str, run: Callable[[], Awaitable[R]]
) -> R:
    """Run one request; raises Undelivered when a fault takes the request or its answer away."""
    if router.faults.holds("blackhole"):
        raise Undelivered(Fate.LOST)
    router.note(session, rpc, variant)
    faults = router.faults.on_request(rpc, variant)
    for fault in faults:
        await _before(router, fault)
    try:
        result = await _run(router, faults, run)
    finally:
        for fault in faults:
            await _after(router, fault)
    if router.faults.holds("blackhole"):
        raise Undelivered(Fate.LOST)
    for fault in faults:
        if fault.kind == "warning" and isinstance(result, list):
            add_warning(result, fault.message)
        elif fault.kind == "omit-result" and isinstance(result, list):
            omit_result(result)
    return result


async def _run(router: Router, faults: list[Fault], run: Callable[[], Awaitable[R]]) -> R:
    """Run the request; a connection that a fault cuts meanwhile leaves it running."""
    cut = next((fault for fault in faults if fault.kind == "drop-during"), None)
    if cut is None:
        return await run()
    task = asyncio.ensure_future(run())
    await asyncio.wait([task], timeout=cut.seconds)
    if task.done():
        return task.result()
    router.keep(task)
    raise Undelivered(Fate.DROPPED)


async def _before(router: Router, fault: Fault) -> None:
    if fault.kind == "drop":
        raise Undelivered(Fate.DROPPED)
    if fault.kind == "delay":
        await router.faults.linger(fault.seconds)
    elif fault.kind == "error":
        raise failure(fault.message)
    elif fault.kind in ("refuse-connect", "blackhole"):
        await _trip(router, fault.kind)


async def _after(router: Router, fault: Fault) -> None:
    if fault.kind == "delay-after":
        await router.faults.linger(fault.seconds)
    elif fault.kind == "drop-after":
        raise Undelivered(Fate.DROPPED)
    elif fault.kind == "lose-reply":
        raise Undelivered(Fate.LOST)
    elif fault.kind in ("refuse-connect-after", "blackhole-after"):
        await _trip(router, fault.kind)


async def _trip(router: Router, kind: str) -> None:
    router.faults.trip(kind)
    await router.reachability_changed()
    raise Undelivered(Fate.LOST if kind.startswith("blackhole") else Fate.DROPPED)
