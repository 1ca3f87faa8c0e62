# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May a router be taken out of service, and has its traffic gone? Pure: time is told, states are given.

Times are seconds, rates bit/s. States and expectations are those of module_utils/state.py and intent/expect.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils import health, health_soak
from ansible_collections.fairway.backbone.plugins.module_utils.drain_marks import told
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import LiveRouter

QUIET = ("lo", "lo0", "lo.*", "lo0.*", "fxp*", "em*", "me0*", "vme*", "fti*", "jsrv*", "bme*")
"""Interfaces that never carry anybody's traffic: loopbacks and management ports, as shell patterns."""

Rates = Mapping[str, tuple[float, float]]
"""Interface to what it receives and sends, in bit/s."""


# -- may it? --------------------------------------------------------------------------------------------------------


def unfit(
    live: LiveRouter | None, state: Mapping[str, Any] | None, expect: Mapping[str, Any] | None = None
) -> list[str]:
    """Why a router cannot carry its site alone, in words; nothing when it can.

    `expect` names the sessions and interfaces that must be up; without it, whatever the router has must be.
    """
    if live is None:
        return ["it was not asked"]
    if live.fault:
        return [live.fault]
    reasons = [f"it is {told(live.drain)}"] if live.drain is not None else []
    if live.drained and live.drain is None:
        reasons.append("it is drained by hand")
    if state is None:
        return [*reasons, "it did not tell its state"]
    findings = health.compare(None, state, expect) if expect else _as_they_are(state)
    if faults := health.complaints(findings):
        reasons.append(faults)
    return reasons


def may_drain(
    wanted: Sequence[str],
    sites: Mapping[str, str],
    states: Mapping[str, Mapping[str, Any]],
    live: Mapping[str, LiveRouter],
    expects: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    alone: bool = False,
) -> list[str]:
    """What speaks against taking these routers out of service; nothing when nothing does.

    A site keeps one router that is healthy: it answers, is not drained, nobody is changing it, and its sessions are
    up. `alone`: a site that has no other router may lose its last one. Only routers of these sites need a state.
    """
    refusals = []
    for name in wanted:
        found = live.get(name)
        if found is None or found.fault:
            refusals.append(f"{name}: {found.fault if found else 'it was not asked'}")
    for site in dict.fromkeys(sites.get(name, "") for name in wanted):
        going = [name for name in wanted if sites.get(name, "") == site]
        others = sorted(name for name, where in sites.items() if where == site and name not in going)
        reasons = {name: unfit(live.get(name), states.get(name), (expects or {}).get(name)) for name in others}
        if any(not why for why in reasons.values()) or (alone and not others):
            continue
        names = " and ".join(going)
        if not others:
            refusals.append(f"{names}: site {site or '(none)'} has no other router: everything there would be cut off")
            continue
        faults = "; ".join(f"{name}: {', '.join(why)}" for name, why in reasons.items())
        refusals.append(f"{names}: site {site} would lose its last healthy router ({faults})")
    return refusals


def _as_they_are(state: Mapping[str, Any]) -> list[health.Finding]:
    """BGP sessions and OSPF neighbours of a router whose intent nobody knows: what it has must be up."""
    found = []
    for address, peer in ((state.get("bgp") or {}).get("neighbors") or {}).items():
        now = str(peer.get("state"))
        found.append(health.Finding(f"bgp {address}", "", health.UP, now, now == health.UP))
    for version, interfaces in (state.get("ospf") or {}).items():
        for name, neighbors in interfaces.items():
            found += [
                health.Finding(f"ospf {version} {name} {identity}", "", health.FULL, now, now == health.FULL)
                for identity, now in neighbors.items()
            ]
    return found


# -- has it gone? ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """When traffic counts as gone: every interface under `threshold_bps` for `hold_s` without a break, within
    `deadline_s`; at most `paths_left` best paths of another router still lead here. `only` these interfaces count; all
    but QUIET when there are none."""

    threshold_bps: float = 1_000_000.0
    hold_s: float = 10.0
    deadline_s: float = 300.0
    paths_left: int = 0
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """One look: `rates` of a router, or how many best `paths` of another one lead to it; `fault`: why there is none."""

    at: float
    rates: Rates = field(default_factory=dict)
    paths: int | None = None
    fault: str = ""


def rates_of(traffic: Mapping[str, Mapping[str, Any]], limits: Limits) -> dict[str, tuple[float, float]]:
    """The rates that count, out of router_state's subject `traffic`.

    What a router does not tell is no rate of 0, unless it tells the rates of the device that the interface is part of.
    """
    found = {}
    for name, rates in traffic.items():
        if (limits.only and name not in limits.only) or any(fnmatchcase(name, pattern) for pattern in QUIET):
            continue
        pair = _rate(rates.get("in_bps")), _rate(rates.get("out_bps"))
        device = name.partition(".")[0]
        told_by_device = device != name and (traffic.get(device) or {}).get("out_bps") is not None
        if float("inf") in pair and told_by_device:
            continue
        found[name] = pair
    return found


def _rate(value: Any) -> float:
    return float("inf") if value is None else float(value)


def paths_to(next_hops: Mapping[str, Mapping[str, Any]], addresses: Sequence[str]) -> int:
    """How many best paths lead to one of these addresses, out of router_state's subject `next_hops`."""
    wanted = set(addresses)
    return sum(int(count) for hops in next_hops.values() for hop, count in hops.items() if hop in wanted)


def complaint(look: Look, limits: Limits) -> str:
    """What is still there, in words; empty when traffic is gone."""
    if look.fault:
        return look.fault
    if look.paths is not None:
        return "" if look.paths <= limits.paths_left else f"{look.paths} best paths still lead there"
    busy = busiest(look.rates, limits)
    if not look.rates:
        return "it tells no rates"
    return "; ".join(f"{name} {rate_words(rates[0])} in, {rate_words(rates[1])} out" for name, rates in busy[:3]) + (
        f"; and {len(busy) - 3} more" if len(busy) > 3 else ""
    )


def busiest(rates: Rates, limits: Limits) -> list[tuple[str, tuple[float, float]]]:
    """The interfaces that carry more than the threshold, the busiest first."""
    over = [(name, told_rates) for name, told_rates in rates.items() if max(told_rates) > limits.threshold_bps]
    return sorted(over, key=lambda entry: (-max(entry[1]), entry[0]))


def drained(looks: Sequence[Look], started: float, limits: Limits) -> health_soak.Judgement:
    """What the looks so far, in order of time, say: `good` gone and stays so, `bad` too late, `continue` look again.

    `bad` only when the time is up: traffic that ends late still has until then, and `hold_s` more to prove it.
    """
    if not looks:
        return health_soak.Judgement("continue", "not looked yet")
    samples = [health_soak.Sample(look.at, not (why := complaint(look, limits)), why) for look in looks]
    last, since = samples[-1], health_soak.healthy_since(samples)
    if since is not None and last.at - since >= limits.hold_s:
        return health_soak.Judgement("good", f"quiet for {last.at - since:.0f} s")
    if since is None and last.at - started >= limits.deadline_s:
        return health_soak.Judgement("bad", f"after {last.at - started:.0f} s still: {last.why}")
    return health_soak.Judgement("continue", last.why or f"quiet for {last.at - (since or last.at):.0f} s")


def pause(looks: Sequence[Look], started: float, limits: Limits, interval: float) -> float:
    """Seconds to wait before the next look: `interval`, or less when a verdict is due earlier."""
    if not looks:
        return 0.0
    samples = [health_soak.Sample(look.at, not complaint(look, limits)) for look in looks]
    now, since = samples[-1].at, health_soak.healthy_since(samples)
    due = started + limits.deadline_s if since is None else since + limits.hold_s
    return max(0.05, min(interval, due - now))


def progress(router: str, looks: Sequence[Look], started: float, limits: Limits) -> str:
    """One line that says how far it is."""
    judged = drained(looks, started, limits)
    took = f"{looks[-1].at - started:.0f} of {limits.deadline_s:.0f} s" if looks else "0 s"
    most = ""
    if looks and looks[-1].rates:
        peak = max(max(pair) for pair in looks[-1].rates.values())
        most = f", most on one interface {rate_words(peak)} (quiet is up to {rate_words(limits.threshold_bps)})"
    return f"{router}: {judged.reason}{most}; {took}"


def rate_words(bps: float) -> str:
    """A rate as people say it: `12.3 Mbit/s`."""
    if bps == float("inf"):
        return "unknown"
    for unit, size in (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if bps >= size:
            return f"{bps / size:.1f} {unit}"
    return f"{bps:.0f} bit/s"
