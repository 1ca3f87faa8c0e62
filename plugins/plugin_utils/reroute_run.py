# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One decision with all that it needs: the truth from Alertmanager and Prometheus, asked at once, and who decides."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import reroute
from ansible_collections.fairway.backbone.plugins.module_utils.alert_payload import Alerts
from ansible_collections.fairway.backbone.plugins.module_utils.audit import Event, Origin, decision_event
from ansible_collections.fairway.backbone.plugins.module_utils.audit_redact import Redactor
from ansible_collections.fairway.backbone.plugins.module_utils.change import new_change_id
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet
from ansible_collections.fairway.backbone.plugins.module_utils.path_health import Bounds, Now
from ansible_collections.fairway.backbone.plugins.module_utils.steering import decide
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    Decision,
    LiveRouter,
    PathHealth,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import paths_of, topology_of
from ansible_collections.fairway.backbone.plugins.plugin_utils.alertmanager import active_alerts, saved_alerts
from ansible_collections.fairway.backbone.plugins.plugin_utils.http_client import HttpFault, Server
from ansible_collections.fairway.backbone.plugins.plugin_utils.prometheus import measure
from ansible_collections.fairway.backbone.plugins.plugin_utils.who import login

Args = Mapping[str, Any]
_LOGIN = ("url", "token", "user", "password", "ca", "cert", "key")


class RerouteFault(Exception):
    """The run cannot go on; the message says what to write instead."""


@dataclass
class Outcome:
    """What came of a decision: what is applied now, and what has to wait for the next round."""

    decisions: list[Decision]
    apply: list[reroute.Apply]
    later: list[Decision]
    events: list[Event]
    health: Mapping[str, PathHealth]
    alerts: Alerts | None
    now: Now
    warnings: list[str] = field(default_factory=list)
    decided_at: float = 0.0

    @property
    def look_again(self) -> float | None:
        """When to decide again although nobody knocks, in seconds since 1970; None when time alone changes nothing."""
        wait_s = reroute.look_again(self.decisions)
        return None if wait_s is None else round(self.decided_at + wait_s, 3)


def server(name: str, args: Args) -> Server:
    """A server out of a task's options."""
    words = {key: str(args.get(key) or "") for key in _LOGIN}
    return Server(name, headers=(), **words)


def bounds(args: Args) -> Bounds:
    """When a measurement counts, out of a task's options."""
    return Bounds(float(args["stale"]), float(args["skew"]), float(args["gap"]))


def origin(run: str, shadow: bool) -> Origin:
    """Who decides, on which host, in which run."""
    return Origin(
        run or new_change_id(time.time(), os.urandom(3)).replace("fw-", "run-"),
        platform.node(),
        login(),
        "shadow" if shadow else "live",
    )


def run(fleet: Fleet, live: Mapping[str, LiveRouter], args: Args, who: Origin, redact: Redactor) -> Outcome:
    """Ask, decide, and say what follows. Raises RerouteFault for a question that makes no sense."""
    paths, network = paths_of(fleet)
    wants, complaint = reroute.wants_of(args["path"], args["want"], paths)
    if complaint:
        raise RerouteFault(complaint)
    if not paths:
        raise RerouteFault("the intent has no steering.paths: there is nothing to steer")
    if not wants and not args["payload"] and not args["alertmanager"]["url"]:
        raise RerouteFault(
            "nobody can be asked which alerts fire: set reroute_alertmanager_url, give a payload with "
            "-e reroute_payload=FILE, or say what you want with -e path=BACKBONE/PATH -e want=steered|normal"
        )
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(_alerts, args)
        health, now = _health(args, list(paths), reroute.horizon(paths))
        alerts, warning = asked.result()
    when = time.time()
    found = decide(
        paths=paths,
        network=network,
        topology=topology_of(fleet),
        alerts=None if alerts is None else alerts.alerts,
        health=health,
        live=live,
        wants=wants,
        now=when,
    )
    # A person who asks for one path gets this one: nothing else happens under their hands.
    decisions = [decision for decision in found if not wants or decision.path in wants]
    apply, later = reroute.appliable(decisions, paths, live, lambda: new_change_id(when, os.urandom(3)))
    ids = {one.path.name: one.change_id for one in apply}
    events = [decision_event(one, who, when, redact, ids.get(one.path, "")) for one in decisions]
    warnings = [*filter(None, (warning, now.fault)), *_faults(live)]
    return Outcome(decisions, apply, later, events, health, alerts, now, warnings, when)


def leave_word(file: str, look_again: float | None) -> list[str]:
    """Tell whoever runs this when to run it again; a warning when that cannot be written. Nothing for no file."""
    if not file:
        return []
    try:
        Path(file).write_text("" if look_again is None else f"{look_again}\n", encoding="utf-8")
    except OSError as error:
        return [f"{file}: {error.strerror}; a restore will wait for the next knock"]
    return []


def _alerts(args: Args) -> tuple[Alerts | None, str]:
    """The alerts, None with a reason when nobody could be asked."""
    told = args["alertmanager"]
    try:
        if args["payload"]:
            return saved_alerts(Path(args["payload"])), ""
        if not told["url"]:
            return None, ""
        return active_alerts(server("Alertmanager", told), float(told["timeout"]), grafana=told["grafana"]), ""
    except HttpFault as fault:
        if args["payload"]:
            raise RerouteFault(str(fault)) from fault
        return None, str(fault)


def _health(args: Args, paths: list[str], horizon_s: float) -> tuple[Mapping[str, PathHealth], Now]:
    told = args["prometheus"]
    if not told["url"]:
        return {}, Now(fault="reroute_prometheus_url is not set: no path's health is known")
    return measure(server("Prometheus", told), paths, horizon_s, bounds(told), float(told["timeout"]))


def _faults(live: Mapping[str, LiveRouter]) -> list[str]:
    return [f"{name}: {router.fault}" for name, router in sorted(live.items()) if router.fault]
