"""Counting routes per table, as `show route summary` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lab.junos.backend.model import Route, TableSummary

TABLES = ("inet.0", "inet6.0")
ORDER = ("Direct", "Local", "OSPF", "OSPF3", "BGP", "Static", "Aggregate")


def summarize(routes: Iterable[Route]) -> list[TableSummary]:
    """Summaries of the tables that hold routes, inet.0 first."""
    total: Counter[tuple[str, str]] = Counter()
    active: Counter[tuple[str, str]] = Counter()
    destinations: dict[str, set[str]] = {}
    for route in routes:
        total[route.table, route.protocol] += 1
        active[route.table, route.protocol] += route.active
        destinations.setdefault(route.table, set()).add(route.prefix)
    out = []
    for table in (name for name in TABLES if name in destinations):
        names = sorted((p for t, p in total if t == table), key=lambda p: ORDER.index(p) if p in ORDER else len(ORDER))
        protocols = tuple((name, total[table, name], active[table, name]) for name in names)
        out.append(
            TableSummary(
                table=table,
                destinations=len(destinations[table]),
                total=sum(count for _, count, _ in protocols),
                active=sum(count for _, _, count in protocols),
                protocols=protocols,
            )
        )
    return out
