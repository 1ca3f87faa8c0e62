"""Any situation that a decision may be asked about, likely ones more often than strange ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Alert,
    Flip,
    Freeze,
    Limits,
    LivePlace,
    LiveRouter,
    Marker,
    NetworkLimits,
    Path,
    PathHealth,
)

from .world import BACKBONES, NOW, ROUTERS, TOPOLOGY, TRANSITS, all_paths, normal_value, steered_value

KNOWN = (*BACKBONES, *TRANSITS)
NASTY = (
    "",
    "nowhere",
    "{{ lookup('pipe', 'id') }}",
    "../../etc",
    "ab/north\n",
    "a" * 100,
    "ab/North",
    "\ud800",
    "日本",
)
AGES = st.one_of(st.sampled_from([0.0, 30.0, 59.0, 60.0, 3599.0, 3600.0]), st.floats(-100.0, 9000.0))
RATES = st.sampled_from([None, 0.0, 50.0, 100.0, 400.0, -1.0, float("nan"), float("inf")])
STATES = (STEERED, NORMAL)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    return Limits(
        hold_down_s=draw(st.sampled_from([1.0, 300.0])),
        cooldown_s=draw(st.sampled_from([0.0, 60.0])),
        changes_per_hour=draw(st.sampled_from([1, 2, 6, 100])),
        capacity_mbit=draw(st.sampled_from([None, None, 150.0, 1000.0])),
    )


@st.composite
def healths(draw: st.DrawFn, name: str, ill: bool) -> PathHealth:
    """Mostly what a path that is ill or not looks like; sometimes anything."""
    if draw(st.integers(0, 7)):
        healthy_s = 0.0 if ill else draw(st.sampled_from([299.0, 300.0, 1e6]))
        return PathHealth(name, True, ill, healthy_s, loss=0.3 if ill else 0.0, rate_mbit=draw(RATES))
    return PathHealth(
        name,
        fresh=draw(st.booleans()),
        sick=draw(st.booleans()),
        healthy_s=draw(st.sampled_from([0.0, 300.0, float("nan")])),
        loss=draw(st.sampled_from([None, 0.05, 1.0, float("nan")])),
        rate_mbit=draw(RATES),
    )


@st.composite
def live_places(draw: st.DrawFn, path: Path) -> list[LivePlace]:
    """All places alike in most examples."""
    kinds = ["normal", "normal", "steered", "steered", "astray", "unmarked", "missing"]
    alike = draw(st.sampled_from([*kinds[:4], None]))
    found = []
    for place in path.places:
        kind = alike or draw(st.sampled_from(kinds))
        marker = Marker(
            path.name, "fw-1", NOW - draw(AGES), draw(st.sampled_from(["auto", "hand"])), normal_value(path)
        )
        if kind == "normal":
            found.append(LivePlace(place, False, None, normal_value(path)))
        elif kind == "steered":
            found.append(LivePlace(place, True, marker, steered_value(path)))
        elif kind == "astray":
            found.append(LivePlace(place, False, marker, "777"))
        elif kind == "unmarked":
            found.append(LivePlace(place, True, None, steered_value(path)))
    return found


@st.composite
def flips(draw: st.DrawFn) -> tuple[Flip, ...]:
    names = st.sampled_from([*KNOWN, "gone/away"])
    made = st.builds(
        Flip,
        path=names,
        to=st.sampled_from(STATES),
        when=AGES.map(lambda age: NOW - age),
        change_id=st.sampled_from(["", *(f"fw-{i}" for i in range(6))]),
        by=st.sampled_from(["auto", "hand"]),
    )
    return tuple(draw(st.lists(made, max_size=2)))


@st.composite
def routers(draw: st.DrawFn, paths: dict[str, Path]) -> dict[str, LiveRouter]:
    """The routers, some of them busy, silent or not asked at all."""
    places = [place for path in paths.values() for place in draw(live_places(path))]
    found: dict[str, LiveRouter] = {}
    for name in ROUTERS:
        mine = tuple(place for place in places if place.place.router == name)
        router = LiveRouter(name, places=mine, token="7", flips=draw(flips()))
        fate = draw(st.sampled_from(["free"] * 15 + ["locked", "silent", "drained", "absent"]))
        if fate == "locked":
            router = replace(router, fault="is locked by netops")
        elif fate == "silent":
            router = LiveRouter(name, fault="no route to host")
        elif fate == "drained":
            router = replace(router, drained=True)
        if fate != "absent":
            found[name] = router
    if found and draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(sorted(found)))
        flapped = draw(st.sampled_from(KNOWN))
        burst = [Flip(flapped, STATES[i % 2], NOW - 70.0 - 60.0 * i, f"fw-burst-{i}") for i in range(5)]
        found[name] = replace(found[name], flips=(*found[name].flips, *burst))
    if found and draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(sorted(found)))
        until = draw(st.sampled_from([None, NOW - 1.0, NOW, NOW + 1.0]))
        found[name] = replace(found[name], freeze=Freeze(name, NOW - 60.0, until, "ops", "maintenance"))
    return found


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    """Keyword arguments of `decide`."""
    paths = {name: replace(path, limits=draw(limits())) for name, path in all_paths().items()}
    for name in BACKBONES:
        paths[name] = replace(paths[name], value=draw(st.sampled_from([1000, 1000, 230, 160])))
    ill = draw(st.sets(st.sampled_from(KNOWN), max_size=3))
    names = st.one_of(st.sampled_from(KNOWN), st.sampled_from(NASTY), st.text(max_size=20))
    severities = st.sampled_from(["critical", "warning", "", "huh"])
    alert = st.builds(
        Alert,
        path=names,
        name=st.sampled_from(["PathLoss", "PathLatency", "{{ evil }}"]),
        severity=severities,
        since=st.sampled_from([None, NOW - 5.0]),
    )
    alerts = [Alert(name, "PathLoss", draw(severities)) for name in sorted(ill)] + draw(st.lists(alert, max_size=2))
    wishes = st.dictionaries(names, st.sampled_from([*STATES, "{{ evil }}"]), min_size=1, max_size=2)
    return {
        "paths": paths,
        "network": NetworkLimits(draw(st.sampled_from([1, 3, 20, 20])), draw(st.sampled_from([1, 2, 5]))),
        "topology": TOPOLOGY,
        "alerts": alerts if draw(st.integers(0, 9)) else None,
        "health": {name: draw(healths(name, name in ill)) for name in KNOWN if draw(st.integers(0, 15))},
        "live": draw(routers(paths)),
        "wants": draw(wishes) if draw(st.integers(0, 2)) == 0 else {},
        "now": NOW,
    }
