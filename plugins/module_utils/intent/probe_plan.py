# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which probes there are: each path on its own way, sites between each other, further targets from every site.

A path of action ospf_cost is measured by the routers at both ends of its links, from link address to link address: both
directions of such a packet are on the link, also while traffic is elsewhere. A probe host could reach the far end over
the link too, but the answer would come back by whatever way is best, and a sick path would make its healthy
alternate look sick. Other paths are measured by what `probes.paths` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.fairway.backbone.plugins.module_utils.intent import addresses as ip
from ansible_collections.fairway.backbone.plugins.module_utils.intent.model import Fleet, Router, Unit

PATH, SITE, TARGET = "path", "site", "target"
SMOKEPING, RPM = "smokeping", "rpm"


@dataclass(frozen=True)
class Probe:
    """One measurement. `source`: the inventory host that sends; `target`: the address it sends to.

    `kind`: path, site or target. `prober`: smokeping (probe hosts, FRR) or rpm (Junos). `path`: full name
    (`backbone/path`), "" unless kind is path. `peer`: what is measured: a host (its address, when the inventory does
    not know whose it is), a site, or a target's name. `source_address`, `interface`: the sender's end of the link,
    "" when the sender is not on it.
    """

    source: str
    target: str
    kind: str
    prober: str
    path: str = ""
    peer: str = ""
    source_address: str = ""
    interface: str = ""


@dataclass(frozen=True)
class ProbeSettings:
    """How often. `interval_s`: seconds between two packets of smokeping; RPM sends `rpm_count` packets a test, and
    runs `rpm_tests` tests of a path side by side, because it sends at most one packet a second in each.
    """

    interval_s: float = 0.1
    rpm_interval_s: int = 1
    rpm_count: int = 15
    rpm_tests: int = 10


def teller_of(fleet: Fleet) -> Router | None:
    """The router whose `steering` and `probes` speak for all: the first by name that has either."""
    told = [router for _name, router in sorted(fleet.routers.items()) if _tells(router)]
    return told[0] if told else None


def _tells(router: Router) -> bool:
    return bool(router.section("steering") or router.section("probes"))


def probe_settings(teller: Router) -> ProbeSettings:
    """`probes.interval` and `probes.rpm`, with the schema's defaults."""
    probes = teller.section("probes")
    rpm, default = probes.get("rpm") or {}, ProbeSettings()
    return ProbeSettings(
        interval_s=float(probes.get("interval", default.interval_s)),
        rpm_interval_s=int(rpm.get("interval", default.rpm_interval_s)),
        rpm_count=int(rpm.get("count", default.rpm_count)),
        rpm_tests=int(rpm.get("tests", default.rpm_tests)),
    )


def probe_plan(fleet: Fleet, teller: Router) -> tuple[Probe, ...]:
    """All probes of a fleet whose intent has been checked, sorted; `teller` is the router whose intent has them.

    One host sends to one address once: what is measured for a path is not measured again for a site or a target.
    """
    found: dict[tuple[str, str], Probe] = {}
    for probe in (*path_probes(fleet, teller), *_site_probes(teller), *_target_probes(teller)):
        found.setdefault((probe.source, probe.target), probe)
    return tuple(sorted(found.values(), key=lambda probe: (probe.source, probe.kind, probe.path, probe.target)))


def path_probes(fleet: Fleet, teller: Router) -> Iterator[Probe]:
    """The probes of all paths, in the order of the intent; the same sender and target may come twice."""
    told: Mapping[str, Any] = teller.section("probes").get("paths") or {}
    for name, path in (teller.section("steering").get("paths") or {}).items():
        if path["action"] == "ospf_cost":
            yield from _link_probes(fleet, name, path)
        for item in (told.get(name) or {}).get("targets") or ():
            target = ip.canonical(item["to"])
            owners = sorted({unit.router for unit in fleet.owners.get(target, ())})
            yield _probe(fleet, item["from"], target, PATH, path=name, peer=owners[0] if owners else target)


def _link_probes(fleet: Fleet, name: str, path: Mapping[str, Any]) -> Iterator[Probe]:
    members = {(member["router"], member.get("interface")) for member in path["members"]}
    for member in path["members"]:
        ends = _link(fleet, member)
        if ends is None or (ends[1].router, ends[1].name) not in members:
            continue
        here, far = ends
        pair = _addresses(here, far)
        if pair is None:
            continue
        yield _probe(
            fleet, here.router, pair[1], PATH, path=name, peer=far.router, source_address=pair[0], interface=here.name
        )


def site_hosts(teller: Router) -> dict[str, str]:
    """Site to the inventory host that probes there."""
    return {site: str(probe["host"]) for site, probe in (teller.section("probes").get("sites") or {}).items()}


def _link(fleet: Fleet, member: Mapping[str, Any]) -> tuple[Unit, Unit] | None:
    """The member's logical interface and the one at the other end of its link, None when a link cannot be there."""
    router = fleet.routers.get(member["router"])
    here = router.units.get(member.get("interface", "")) if router else None
    far = fleet.peer_unit(here) if here else None
    return None if here is None or far is None or here.disabled or far.disabled else (here, far)


def _addresses(here: Unit, far: Unit) -> tuple[str, str] | None:
    """Our address and theirs in the link's subnet, IPv4 before IPv6; None when they share no subnet."""
    for ours, theirs in ((here.ipv4, far.ipv4), (here.ipv6, far.ipv6)):
        for mine in map(ip.interface, ours):
            for other in map(ip.interface, theirs):
                if mine is not None and other is not None and mine.network == other.network:
                    return str(mine.ip), str(other.ip)
    return None


def _site_probes(teller: Router) -> Iterator[Probe]:
    sites: Mapping[str, Any] = teller.section("probes").get("sites") or {}
    for site, probe in sites.items():
        for other, measured in sites.items():
            for family in ("ipv4", "ipv6"):
                if other != site and measured.get(family):
                    target = ip.canonical(measured[family])
                    yield Probe(str(probe["host"]), target, SITE, SMOKEPING, peer=other)


def _target_probes(teller: Router) -> Iterator[Probe]:
    for name, target in (teller.section("probes").get("targets") or {}).items():
        for host in site_hosts(teller).values():
            yield Probe(host, ip.canonical(target["address"]), TARGET, SMOKEPING, peer=name)


def _probe(
    fleet: Fleet,
    source: str,
    target: str,
    kind: str,
    *,
    path: str = "",
    peer: str = "",
    source_address: str = "",
    interface: str = "",
) -> Probe:
    router = fleet.routers.get(source)
    prober = RPM if router is not None and router.platform == "junos" else SMOKEPING
    return Probe(source, target, kind, prober, path, peer, source_address, interface)
