"""A small network and its routers, as the decision sees them: two sites, three backbones between them, two transits.

a1 --- north 100 --- b1
|                    |        links inside a site cost 10
a2 --- middle 150 -- b2
|                    |
a3 --- south 200 --- b3
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.steering import RESTORE, STEER, decide
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Alert,
    Decision,
    Flip,
    Freeze,
    Limits,
    LivePlace,
    LiveRouter,
    Marker,
    NetworkLimits,
    Path,
    PathHealth,
    Place,
)
from ansible_collections.fairway.backbone.plugins.module_utils.steering_topology import Link, Topology

NORTH, MIDDLE, SOUTH = "ab/north", "ab/middle", "ab/south"
BACKBONES = (NORTH, MIDDLE, SOUTH)
TRANSITS = ("transit/x", "transit/y")
VALUE = 1000
NOW = 1_800_000_000.0

ROUTERS = ("a1", "a2", "a3", "b1", "b2", "b3")
COSTS = {NORTH: 100, MIDDLE: 150, SOUTH: 200}
TOPOLOGY = Topology(
    {name: name[0] for name in ROUTERS},
    (
        *(Link((f"a{i}", "wan"), (f"b{i}", "wan"), cost, cost) for i, cost in enumerate(COSTS.values(), 1)),
        *(Link((f"{s}{i}", "down"), (f"{s}{i + 1}", "up"), 10, 10) for s in "ab" for i in (1, 2)),
    ),
)


def backbone(name: str, **changes: Any) -> Path:
    """A backbone path; the other two are its alternates unless something else is said."""
    number = BACKBONES.index(name) + 1
    places = tuple(Place(f"{site}{number}", ("ospf", "wan")) for site in "ab")
    others = tuple(other for other in BACKBONES if other != name)
    return replace(Path(name, "ospf_cost", VALUE, places, others), **changes)


def transit(name: str, **changes: Any) -> Path:
    """A transit: one policy term on one router."""
    number = TRANSITS.index(name)
    places = (Place(("a1", "b1")[number], ("policy", "to-transit", "steered")),)
    return replace(Path(name, "policy_term", None, places, (TRANSITS[1 - number],)), **changes)


def all_paths() -> dict[str, Path]:
    """The five paths with the schema's default limits."""
    paths = (*(backbone(name) for name in BACKBONES), *(transit(name) for name in TRANSITS))
    return {path.name: path for path in paths}


def normal_value(path: Path) -> str:
    return str(COSTS[path.name]) if path.name in COSTS else "inactive"


def steered_value(path: Path) -> str:
    return str(path.value) if path.value is not None else "active"


@dataclass
class World:
    """Inputs of a decision that tests change, and routers that do what was decided."""

    paths: dict[str, Path] = field(default_factory=all_paths)
    network: NetworkLimits = field(default_factory=NetworkLimits)
    alerts: list[Alert] | None = field(default_factory=list)
    health: dict[str, PathHealth] = field(default_factory=dict)
    live: dict[str, LiveRouter] = field(default_factory=dict)
    wants: dict[str, str] = field(default_factory=dict)
    now: float = NOW
    changes: int = 0

    def __post_init__(self) -> None:
        for name in self.paths:
            self.health.setdefault(name, PathHealth(name, fresh=True, sick=False, healthy_s=86400.0, rate_mbit=100.0))
        for name in ROUTERS:
            self.live.setdefault(name, LiveRouter(name, token="0"))
        for path in self.paths.values():
            for place in path.places:
                self.set_place(LivePlace(place, False, None, normal_value(path)))

    def inputs(self) -> dict[str, Any]:
        """Keyword arguments of `decide`."""
        return {
            "paths": self.paths,
            "network": self.network,
            "topology": TOPOLOGY,
            "alerts": self.alerts,
            "health": self.health,
            "live": self.live,
            "wants": self.wants,
            "now": self.now,
        }

    def decide(self, **changes: Any) -> dict[str, Decision]:
        """The decisions by path."""
        return {decision.path: decision for decision in decide(**{**self.inputs(), **changes})}

    def limit(self, name: str, **changes: Any) -> None:
        """Change a path's limits."""
        self.paths[name] = replace(self.paths[name], limits=replace(self.paths[name].limits, **changes))

    def sicken(self, *names: str, loss: float = 0.3, severity: str = "critical") -> None:
        """Paths lose packets, and their alerts fire."""
        for name in names:
            self.health[name] = replace(self.health[name], fresh=True, sick=True, healthy_s=0.0, loss=loss)
            if self.alerts is not None:
                self.alerts.append(Alert(name, "PathLoss", severity, self.now))

    def heal(self, *names: str, healthy_s: float = 1000.0) -> None:
        """Paths are measured healthy, and have no alert."""
        for name in names:
            self.health[name] = replace(self.health[name], fresh=True, sick=False, healthy_s=healthy_s, loss=0.0)
            self.alerts = [alert for alert in self.alerts or () if alert.path != name]

    def router(self, name: str, **changes: Any) -> None:
        """Change what a router says."""
        self.live[name] = replace(self.live[name], **changes)

    def set_place(self, place: LivePlace) -> None:
        """Change what a router says of one place."""
        name = place.place.router
        others = tuple(other for other in self.live[name].places if other.place != place.place)
        self.router(name, places=(*others, place))

    def place(self, place: Place) -> LivePlace:
        return next(found for found in self.live[place.router].places if found.place == place)

    def put(
        self, name: str, to: str, places: Iterable[Place] | None = None, by: str = "auto", age: float = 0.0
    ) -> None:
        """Do a change on the routers, as the hands would: value, marker, and a flip in each history."""
        path = self.paths[name]
        self.changes += 1
        change, when = f"fw-{self.changes:06d}", self.now - age
        chosen = tuple(path.places if places is None else places)
        for place in chosen:
            before = self.place(place)
            if to == STEERED:
                was = before.marker.was if before.marker else before.value
                marker = Marker(name, change, when, by, was)
                self.set_place(LivePlace(place, True, marker, steered_value(path)))
            else:
                back = before.marker.was if before.marker else normal_value(path)
                self.set_place(LivePlace(place, False, None, back))
        for router in sorted({place.router for place in chosen}):
            flip = Flip(name, to, when, change, by)
            self.router(router, flips=(*self.live[router].flips, flip), token=str(self.changes))

    def apply(self, decisions: Mapping[str, Decision]) -> None:
        """Do all that was decided."""
        for decision in decisions.values():
            if decision.verdict in (STEER, RESTORE):
                self.put(decision.path, decision.want, decision.places, decision.by)

    def state(self, name: str) -> set[str]:
        """The states of a path's places: one when they are alike."""
        return {STEERED if self.place(place).steered else NORMAL for place in self.paths[name].places}

    def freeze(self, router: str = "a1", **changes: Any) -> None:
        """Freeze automation."""
        freeze = Freeze(router, since=self.now - 60, by="ops", reason="maintenance")
        self.router(router, freeze=replace(freeze, **changes))


def limits(**changes: Any) -> Limits:
    return replace(Limits(), **changes)


def verdicts(world: World) -> dict[str, str]:
    """What is decided, by path."""
    return {name: decision.verdict for name, decision in world.decide().items()}
