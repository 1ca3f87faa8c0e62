"""Several rows of the table in one deploy, each on a router of its own.

Every row's router must tell its own story: its end is looked up on the router, and its own line of the report has to
name its own fault. What is selected with `-k` alone runs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.hostile.network import FRR, JUNOS, Network, Run, Seen
from tests.hostile.table import Row

ROUTERS_OF = {"junos": JUNOS, "frr": FRR}


@dataclass
class Volley:
    """Rows that end the same way, by the router each plays on, and what became of them."""

    rows: dict[str, Row] = field(default_factory=dict)
    number: int = 0
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, Seen] = field(default_factory=dict)
    run: Run | None = None

    def router_for(self, row: Row) -> str | None:
        """A router that still has nothing to suffer; None when this row does not fit in."""
        first = next(iter(self.rows.values()), row)
        if (first.ends, first.occasion) != (row.ends, row.occasion):
            return None
        return next((router for router in ROUTERS_OF[row.platform] if router not in self.rows), None)


def volleys(rows: Sequence[Row]) -> list[Volley]:
    """All rows, in as few deploys as they fit in."""
    made: list[Volley] = []
    for row in rows:
        for volley in made:
            if (router := volley.router_for(row)) is not None:
                volley.rows[router] = row
                break
        else:
            made.append(Volley({ROUTERS_OF[row.platform][0]: row}))
    return made


def fire(network: Network, volley: Volley) -> None:
    """Deploy under all faults of a volley, and look at its routers as soon as it ended."""
    change = network.change(*volley.rows)
    volley.number = change.number
    try:
        with ExitStack() as faults:
            for router, row in volley.rows.items():
                faults.enter_context(row.fault(network, change, router))
            # What a fault's own preparation confirmed is the old configuration too.
            volley.run = network.deploy(change)
        volley.before = {router: network.confirmed[router] for router in volley.rows}
        volley.after = {router: network.look(router) for router in volley.rows}
    finally:
        network.at_rest()
