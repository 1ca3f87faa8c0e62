# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One path's question: what it should become and on whose word. The guards answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.spf import Way
from ansible_collections.fairway.backbone.plugins.module_utils.steering_board import Board, Standing
from ansible_collections.fairway.backbone.plugins.module_utils.steering_model import (
    NORMAL,
    STEERED,
    Alert,
    Path,
    PathHealth,
    Place,
)

HOLD, REFUSE = "hold", "refuse"


@dataclass(frozen=True)
class Objection:
    """A guard's no: `verdict` is HOLD when waiting is all there is to do, REFUSE when somebody should look.

    `wait_s`: seconds after which it no longer objects when nothing else happens; None when only an event ends it.
    """

    verdict: str
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    wait_s: float | None = None


@dataclass(frozen=True)
class Hold:
    """Nothing is asked for, and why."""

    reason: str


@dataclass
class Case:
    """A change that is asked for: `to` is STEERED or NORMAL, `why` who or what asks.

    `person`: somebody asks now. `by`: on whose account it is written down (a repair finishes a person's change as that
    person's). `repair`: the places of the path are not alike and are to become so; no new change of the path's state.
    """

    board: Board
    path: Path
    to: str
    why: str
    person: bool = False
    by: str = "auto"
    repair: bool = False

    @property
    def standing(self) -> Standing:
        """How the path stands on its routers."""
        return self.board.standing.get(self.path.name, Standing())

    @property
    def health(self) -> PathHealth | None:
        """What was measured; None when nothing was."""
        return self.board.health.get(self.path.name)

    @property
    def alerts(self) -> list[Alert]:
        """Its reroute alerts, the worst first."""
        return self.board.alerts.get(self.path.name, [])

    @property
    def places(self) -> tuple[Place, ...]:
        """What has to be changed: every place that is not in the wanted state; all of them when a person takes over."""
        standing = self.standing
        if self.to == NORMAL:
            done = {place.place for place in standing.normal}
        else:
            done = {place.place for place in standing.steered if place.marker and place.marker.by == self.by}
            if not self.person:
                done = {place.place for place in standing.steered}
        return tuple(place for place in self.path.places if place not in done)

    @property
    def moves_traffic(self) -> bool:
        """False when the path is steered already and only a person's name is to be put to it."""
        return not (self.to == STEERED and self.standing.kind == STEERED)

    @cached_property
    def ways(self) -> list[tuple[int, Way | None]]:
        """For each of the path's edges the shortest way round it that traffic prefers to the steered path."""
        value = self.path.value
        if not isinstance(value, int):
            return []
        return [(edge, self.board.way_round(self.path, edge, value)) for _place, edge in self.board.edges_of(self.path)]

    @property
    def onto(self) -> list[str]:
        """The paths whose links the traffic would take; the fit alternates when only the routers know."""
        edges = [edge for _edge, way in self.ways if way is not None for edge in way.edges]
        found = {self.board.path_at[edge] for edge in edges if edge in self.board.path_at}
        if not edges:
            found = {name for name in self.path.alternates if not self.board.unfit(name, person=self.person)}
        return sorted(found)
