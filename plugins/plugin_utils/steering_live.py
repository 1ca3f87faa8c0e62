# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steering on one live router: read what it says, and stage a steer, a restore or a freeze. For both platforms."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.change import (
    Commit,
    StageRequest,
    StageResult,
    pending_of,
    token_of,
)
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Intent
from ansible_collections.fairway.backbone.plugins.module_utils.steering_marks import MarkError
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import Freeze, LiveRouter, Marker
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import (
    Edit,
    Key,
    PatchError,
    Reading,
    Wish,
    complaints,
    edits,
    live_places,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import (
    Term,
    drained_terms,
    frr_freeze,
    patch_frr,
    read_frr,
    splices,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_junos import (
    junos_commands,
    junos_freeze,
    read_junos,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_record import flips_of_history
from ansible_collections.fairway.backbone.plugins.plugin_utils.lock_order import ALONE, LockOrder
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import Router, RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.steering_terms import frr_terms


@dataclass
class Look:
    """What one look at a router found. `text` and `terms` are an FRR router's, for the change that may follow."""

    reading: Reading
    history: list[Commit]
    token: str
    faults: list[str] = field(default_factory=list)
    text: str = ""
    terms: Mapping[Key, Term] = field(default_factory=dict)


def look(router: Router, intent: Intent, wanted: Sequence[Key], *, locks: bool = True) -> Look:
    """Read a router's configuration, history and token in one session. Raises RouterFault.

    `locks`: also find out whether somebody else holds the configuration, or has left something in it.
    """
    if router.platform == "frr":
        return _look_frr(router, intent, wanted, locks)
    return _look_junos(router, locks)


@contextlib.contextmanager
def deadline(router: Router, seconds: float) -> Iterator[None]:
    """Whatever is asked of the router inside takes no longer than this: RouterFault `timeout` when it would.

    By the process's alarm clock, as Ansible bounds its tasks: half a dozen time-outs of SSH add up to more than one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        router_drop = getattr(getattr(router, "session", None), "drop", None)
        if router_drop is not None:
            router_drop()
        raise RouterFault("timeout", f"{router.name}: no answer within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.1))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def report(router: str, found: Look, wanted: Mapping[Key, str]) -> tuple[LiveRouter, list[str]]:
    """What was found, as data; and what a person should look at."""
    live = LiveRouter(
        name=router,
        fault="; ".join(found.faults),
        places=live_places(router, found.reading, wanted),
        flips=flips_of_history(found.history),
        drained=found.reading.drained,
        freeze=found.reading.freeze,
        token=found.token,
        drain=found.reading.drain,
    )
    return live, list(complaints(found.reading))


def _pending(history: Sequence[Commit]) -> list[str]:
    pending = pending_of(history)
    return [f"a confirmed commit is pending: {pending}"] if pending else []


# -- Junos ----------------------------------------------------------------------------------------------------------


def _look_junos(router: Any, locks: bool) -> Look:
    configuration, history = router.steering()
    reading = read_junos(configuration, router.name)
    found = Look(reading, history, token_of(history), _pending(history))
    if locks and not found.faults:
        held = router.held()
        found.faults = [held] if held else []
    return found


# -- FRR ------------------------------------------------------------------------------------------------------------


def _look_frr(router: Any, intent: Intent, wanted: Sequence[Key], locks: bool) -> Look:
    told = router.steering()
    text, name = str(told["text"]), router.name
    marked = [spot.key for spot in read_frr(text, name).spots if spot.part == "policy" and spot.marker]
    terms: dict[Key, Term] = {}
    wrong: list[str] = []
    try:
        terms = frr_terms(name, intent, [*wanted, *marked], marked)
        # Entries of a term out-of-service that is on belong to the route-map that the other terms are compared with.
        if on := drained_terms(text, terms):
            terms = frr_terms(name, intent, [*wanted, *marked], [*marked, *on])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        wrong = [f"the intent's policies cannot be rendered ({type(error).__name__}: {error}): run plan"]
    reading = read_frr(text, name, terms)
    faults = _pending(told["history"])
    if locks and not faults:
        faults += [f"configuration locked by {told['locked']}"] if told["locked"] else []
        faults += [f"changed by hand and not saved: {'; '.join(told['unsaved'][:5])}"] if told["unsaved"] else []
    reading = replace(reading, complaints=(*reading.complaints, *wrong))
    return Look(reading, told["history"], str(told["token"]), faults, text, terms)


# -- changing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """What is to be done to one router: steer or restore `marker.path`, or write (None: lift) a freeze."""

    action: str
    marker: Marker | None = None
    wishes: tuple[Wish, ...] = ()
    freeze: Freeze | None = None


def stage(router: Router, intent: Intent, deed: Deed, request: StageRequest, order: LockOrder = ALONE) -> StageResult:
    """Stage a deed under a timer. The request's `base` is the commit it was decided upon; empty: what is there now."""
    keys = [wish.key for wish in deed.wishes]

    def fill(found: Look) -> StageRequest:
        filled = _filled(router, deed, found, request)
        # Only now: the session is up and the router was read, while the one before this was being taken.
        order.wait(request.lock_wait_s)
        return filled

    done = stage_upon(router, intent, keys, request, fill, order.taken)
    if done.ok:
        order.taken()
    return done


def stage_upon(
    router: Router,
    intent: Intent,
    keys: Sequence[Key],
    request: StageRequest,
    fill: Callable[[Look], StageRequest],
    taken: Callable[[], None] = lambda: None,
) -> StageResult:
    """Look, fill the request with what is to be written, and stage it; `fill` may raise PatchError or MarkError.

    `taken` as in Router.stage.
    """
    began = time.monotonic()
    try:
        request = fill(look(router, intent, keys, locks=False))
    except RouterFault as fault:
        state = "refused" if fault.kind in ("input", "locked") else "failed"
        result = StageResult(state=state, message=fault.message.removeprefix(f"{router.name}: "), step="look")
    except (PatchError, MarkError) as error:
        result = StageResult(state="refused", message=str(error), step="look")
    else:
        if request.text or request.splices:
            return replace(router.stage(request, taken), seconds=round(time.monotonic() - began, 3))
        result = StageResult(state="unchanged", message="it is so already")
        with _told(result):
            result.before = router.state(request.gather) if request.snapshot and not request.check_mode else None
    result.seconds = round(time.monotonic() - began, 3)
    return result


@contextlib.contextmanager
def _told(result: StageResult) -> Iterator[None]:
    try:
        yield
    except RouterFault as fault:
        result.notes.append(f"snapshot: {fault.message}")


def _filled(router: Router, deed: Deed, found: Look, request: StageRequest) -> StageRequest:
    """The request with what is to be written, built upon what was just read."""
    made: tuple[Edit, ...] = ()
    if deed.marker is not None:
        made = edits(found.reading, deed.action, deed.marker, deed.wishes)
    base = request.base or found.token
    if router.platform == "frr":
        new = patch_frr(found.text, made, found.terms)
        if deed.marker is None:
            new = frr_freeze(found.text, deed.freeze)
        return replace(request, base=base, splices=splices(found.text, new))
    text = junos_commands(made)
    if deed.marker is None and found.reading.freeze != deed.freeze:
        text = junos_freeze(found.reading.freeze, deed.freeze)
    return replace(request, base=base, text=text, format="set", load="set")
