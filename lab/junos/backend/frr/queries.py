"""The queries of `Backend`, answered by the kernel and FRR."""

from __future__ import annotations

import json
import re

from lab.junos.backend.base import Data
from lab.junos.backend.frr import bgp_state, links, ospf_state, route_state
from lab.junos.backend.frr.kernel import is_ours
from lab.junos.backend.frr.prober import Prober
from lab.junos.backend.frr.rates import RateMeter
from lab.junos.backend.frr.run import ip_json, run
from lab.junos.backend.frr.vty import ask, ask_json, parse_json
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
    Probe,
    Route,
    TableSummary,
)
from lab.junos.backend.null import longest_match
from lab.junos.backend.rpm_results import RpmReport
from lab.junos.backend.summary import summarize

_SHOW = {2: "show ip ospf", 3: "show ipv6 ospf6"}
_DAEMON = {2: "ospfd", 3: "ospf6d"}
_NO_ROUTE = "sendto: No route to host"
_REPLY = re.compile(r"(\d+) bytes from .*?icmp_seq=(\d+) (?:ttl|hlim)=(\d+) time=([\d.]+) ms")
_TARGET = re.compile(r"^PING .*? ?\(([0-9a-fA-F:.]+)\)|^PING ([0-9a-fA-F:.]+)", re.MULTILINE)


class FrrQueries:
    """Read-only questions to the router of this network namespace."""

    def __init__(self) -> None:
        self.meter = RateMeter()
        self.prober = Prober(self.meter.sample)

    def interfaces(self, data: Data) -> list[PhysicalInterface]:
        return links.interfaces(data, ip_json("-s", "addr", "show"), is_ours, self.meter.rates())

    def rpm_reports(self, data: Data) -> list[RpmReport]:
        return self.prober.reports()

    def close(self) -> None:
        self.prober.close()

    def neighbors(self, data: Data, family: str) -> list[Neighbor]:
        return links.neighbors(data, family, ip_json("neigh", "show"))

    def ospf_neighbors(self, data: Data, version: int) -> list[OspfNeighbor]:
        base = f"{_SHOW[version]} neighbor"
        detail, brief = ask_json(_DAEMON[version], f"{base} detail json", f"{base} json")
        return ospf_state.neighbors2(data, detail) if version == 2 else ospf_state.neighbors3(data, detail, brief)

    def ospf_interfaces(self, data: Data, version: int) -> list[OspfInterface]:
        shown = ask_json(_DAEMON[version], f"{_SHOW[version]} interface json")[0]
        return ospf_state.interfaces_state(data, version, shown, self.ospf_neighbors(data, version))

    def ospf_database(self, data: Data, version: int) -> list[OspfDatabase]:
        shown = ask_json(_DAEMON[version], f"{_SHOW[version]} database json")[0]
        return ospf_state.database2(shown) if version == 2 else ospf_state.database3(shown)

    def ospf_overview(self, data: Data, version: int) -> OspfOverview | None:
        shown = ask_json(_DAEMON[version], f"{_SHOW[version]} json")[0]
        return ospf_state.overview(shown, self.ospf_neighbors(data, version))

    def bgp_peers(self, data: Data) -> list[BgpPeer]:
        shown = ask_json("bgpd", "show bgp neighbors json")[0]
        asked = bgp_state.count_commands(data, shown)
        outputs = ask("bgpd", [command for _, _, command in asked])
        counts = {
            (address, version): parse_json(text) for (address, version, _), text in zip(asked, outputs, strict=True)
        }
        return bgp_state.peers(data, shown, counts)

    def bfd_sessions(self, data: Data) -> list[BfdSession]:
        try:
            shown = json.loads(ask("bfdd", ["show bfd peers json"])[0])
        except ValueError:
            shown = []
        return bgp_state.bfd_sessions(data, shown if isinstance(shown, list) else [])

    def routes(self, data: Data, destination: str | None = None) -> list[Route]:
        zebra4, zebra6 = ask_json("zebra", "show ip route json", "show ipv6 route json")
        bgp4, bgp6 = ask_json("bgpd", "show bgp ipv4 unicast json", "show bgp ipv6 unicast json")
        ports = self.interfaces(data)
        found = [
            *route_state.routes(data, 4, zebra4, bgp4, ports),
            *route_state.routes(data, 6, zebra6, bgp6, ports),
        ]
        return found if destination is None else longest_match(found, destination)

    def route_summary(self, data: Data) -> list[TableSummary]:
        return summarize(self.routes(data))

    def ping(self, data: Data, request: PingRequest) -> PingResult:
        done = run(ping_command(request), timeout=request.count * (request.interval + request.wait) + 30)
        return ping_result(request, done.stdout, done.stderr)


def ping_command(request: PingRequest) -> list[str]:
    """The command line of iputils' ping."""
    command = ["ping", "-n", "-c", str(request.count), "-i", f"{request.interval:g}", "-s", str(request.size)]
    command += ["-W", f"{request.wait:g}"]
    source = request.source
    if source is None and request.interface is not None:
        from lab.names import linux_name

        source = linux_name(request.interface)
    if source is not None:
        command += ["-I", source]
    if request.inet6:
        command.append("-6")
    if request.dont_fragment:
        command += ["-M", "do"]
    if request.ttl is not None:
        command += ["-t", str(request.ttl)]
    return [*command, "--", request.host]


def ping_result(request: PingRequest, out: str, err: str) -> PingResult:
    """What ping printed. Sequence numbers begin with 0 on a router, with 1 in iputils."""
    found = _TARGET.search(out)
    target = (found.group(1) or found.group(2)) if found else request.host
    probes = tuple(
        Probe(int(sequence) - 1, int(ttl), round(float(time) * 1000), int(size))
        for size, sequence, ttl, time in _REPLY.findall(out)
    )
    sent = re.search(r"(\d+) packets transmitted", out)
    if sent is None:
        said = (err or out).strip().splitlines() or ["internal error"]
        word = said[0].removeprefix("ping: ")
        return PingResult(target, 0, error=_NO_ROUTE if "unreachable" in word else word)
    return PingResult(target, int(sent.group(1)), probes)
