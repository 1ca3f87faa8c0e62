"""The interface between the configuration and whatever forwards packets for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lab.junos.backend.model import (
    BfdSession,
    BgpPeer,
    Neighbor,
    OspfDatabase,
    OspfInterface,
    OspfNeighbor,
    OspfOverview,
    PhysicalInterface,
    PingRequest,
    PingResult,
    Route,
    TableSummary,
)
from lab.junos.backend.rpm_results import RpmReport
from lab.junos.config import Tree

Data = Mapping[str, Any]
"""A running configuration as `lab.junos.config.active_data` gives it."""


@dataclass(frozen=True)
class Refusal:
    """A statement that the data plane cannot carry: where it is, which word, and why, as a router would say it."""

    path: str
    message: str
    bad_element: str | None = None


class BackendError(Exception):
    """The data plane did not take a configuration; the commit has to fail and the old one stays."""

    def __init__(self, message: str, refusals: Sequence[Refusal] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.refusals = tuple(refusals)

    @property
    def path(self) -> str | None:
        """Where the first refused statement is, `[edit protocols bgp]`."""
        return self.refusals[0].path if self.refusals else None

    @property
    def bad_element(self) -> str | None:
        """The word that is refused."""
        return self.refusals[0].bad_element if self.refusals else None


class Backend(Protocol):
    """A data plane. Every call may block (processes, sockets); none may be called from an event loop directly
    unless `blocking` is False."""

    blocking: bool

    def check(self, tree: Tree) -> list[Refusal]:
        """What this data plane could not carry; empty when the configuration can be applied. Changes nothing."""

    def apply(self, tree: Tree) -> None:
        """Make the data plane follow a configuration; raises BackendError and leaves the old one in place."""

    def interfaces(self, data: Data) -> list[PhysicalInterface]:
        """Every port with its units."""

    def ospf_neighbors(self, data: Data, version: int) -> list[OspfNeighbor]:
        """Neighbours of OSPF (version 2) or OSPF3 (version 3)."""

    def ospf_interfaces(self, data: Data, version: int) -> list[OspfInterface]:
        """Interfaces that run OSPF (2) or OSPF3 (3)."""

    def ospf_database(self, data: Data, version: int) -> list[OspfDatabase]:
        """LSA counts per area; empty when the protocol does not run."""

    def ospf_overview(self, data: Data, version: int) -> OspfOverview | None:
        """The process; None when the protocol does not run."""

    def bgp_peers(self, data: Data) -> list[BgpPeer]:
        """Every configured BGP neighbour."""

    def bfd_sessions(self, data: Data) -> list[BfdSession]:
        """BFD sessions."""

    def routes(self, data: Data, destination: str | None = None) -> list[Route]:
        """Routes of inet.0 and inet6.0, or the ones that lead to a destination (longest match)."""

    def route_summary(self, data: Data) -> list[TableSummary]:
        """Counts per routing table."""

    def neighbors(self, data: Data, family: str) -> list[Neighbor]:
        """ARP entries (`inet`) or neighbour discovery (`inet6`)."""

    def ping(self, data: Data, request: PingRequest) -> PingResult:
        """Send echo requests."""

    def rpm_reports(self, data: Data) -> list[RpmReport]:
        """What every test of `services rpm` has measured since it was committed."""

    def go_down(self) -> None:
        """The router reboots: forward nothing and speak to nobody until `come_up`."""

    def come_up(self) -> None:
        """The router has booted, and the next `apply` begins from nothing."""

    def hinder(self, names: Sequence[str]) -> None:
        """Keep these BGP neighbours (addresses) and interfaces down whatever the configuration says, and no others."""

    def close(self) -> None:
        """The router ends: stop whatever runs on its behalf."""
