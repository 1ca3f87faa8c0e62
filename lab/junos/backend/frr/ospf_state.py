"""OSPF and OSPF3 as FRR's JSON tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lab.junos.backend.frr.words import guess_name, interface_state, junos_names, neighbor_state, seconds
from lab.junos.backend.model import OspfDatabase, OspfInterface, OspfNeighbor, OspfOverview
from lab.junos.backend.ospf_settings import OspfSetting, interfaces
from lab.junos.backend.reading import Node
from lab.names import linux_name

Json = Mapping[str, Any]
_LSA2 = {
    "routerLinkStatesCount": "Router", "networkLinkStatesCount": "Network", "summaryLinkStatesCount": "Summary",
    "asbrSummaryLinkStatesCount": "ASBRSum", "nssaExternalLinkStatesCount": "NSSA",
    "opaqueAreaLinkStatesCount": "OpaqArea",
}  # fmt: skip
_LSA3 = {
    "Rtr": "Router",
    "Net": "Network",
    "IAP": "InterArPfx",
    "IAR": "InterArRtr",
    "INP": "IntraArPfx",
    "Lnk": "Link",
    "ASE": "Extern",
}


def neighbors2(data: Node, detail: Json) -> list[OspfNeighbor]:
    """From `show ip ospf neighbor detail json`."""
    names = junos_names(data)
    found = []
    for neighbor_id, entries in detail.get("neighbors", {}).items():
        for entry in entries if isinstance(entries, list) else []:
            device = str(entry.get("ifaceName", ""))
            found.append(
                OspfNeighbor(
                    interface=names.get(device, guess_name(device)),
                    neighbor_id=str(neighbor_id),
                    address=str(entry.get("ifaceAddress", "")),
                    state=neighbor_state(str(entry.get("nbrState", "Down"))),
                    area=str(entry.get("areaId", "0.0.0.0")).split()[0],
                    priority=int(entry.get("nbrPriority", 0)),
                    dead_seconds=max(0, round(entry.get("routerDeadIntervalTimerDueMsec", 0) / 1000)),
                    up_seconds=int(entry.get("lastPrgrsvChangeMsec", 0)) // 1000,
                    dr=str(entry.get("routerDesignatedId", "0.0.0.0")),
                    bdr=str(entry.get("routerDesignatedBackupId", "0.0.0.0")),
                )
            )
    return sorted(found, key=lambda n: (n.interface, n.neighbor_id))


def neighbors3(data: Node, detail: Json, brief: Json) -> list[OspfNeighbor]:
    """From `show ipv6 ospf6 neighbor detail json`, with timers and priorities from the brief form."""
    names = junos_names(data)
    short = {(n.get("neighborId"), n.get("interfaceName")): n for n in brief.get("neighbors", [])}
    found = []
    for key, entry in detail.items():
        if not isinstance(entry, Mapping):
            continue
        neighbor_id, _, device = key.partition("%")
        more = short.get((neighbor_id, device), {})
        found.append(
            OspfNeighbor(
                interface=names.get(device, guess_name(device)),
                neighbor_id=neighbor_id,
                address=str(entry.get("linkLocalAddress", "::")),
                state=neighbor_state(str(entry.get("neighborState", "Down"))),
                area=str(entry.get("area", "0.0.0.0")),
                priority=int(more.get("priority", 0)),
                dead_seconds=seconds(more.get("deadTime", "0")),
                up_seconds=seconds(entry.get("neighborStateDuration", "0")),
                dr=str(entry.get("neighborDRouter", "0.0.0.0")),
                bdr=str(entry.get("neighborBdRouter", "0.0.0.0")),
            )
        )
    return sorted(found, key=lambda n: (n.interface, n.neighbor_id))


def interfaces_state(data: Node, version: int, shown: Json, neighbors: list[OspfNeighbor]) -> list[OspfInterface]:
    """Every configured interface with its state in FRR; one that FRR does not have is down."""
    known = shown.get("interfaces", {}) if version == 2 else shown
    counts = Counter(neighbor.interface for neighbor in neighbors)
    return [
        _interface(setting, known.get(linux_name(setting.name)), counts[setting.name], version)
        for setting in interfaces(data, version)
    ]


def _interface(setting: OspfSetting, entry: Any, count: int, version: int) -> OspfInterface:
    base = setting.as_interface(up=True)
    attached = isinstance(entry, Mapping) and (
        entry.get("ifUp") and entry.get("ospfEnabled", True) if version == 2 else entry.get("attachedToArea")
    )
    if not attached or (version == 3 and entry.get("status") != "up"):
        return replace(base, state="Down", neighbors=count)
    state = str(entry.get("state" if version == 2 else "ospf6InterfaceState", "Down"))
    dr, bdr = ("drId", "bdrId") if version == 2 else ("dr", "bdr")
    return replace(
        base,
        state=interface_state(state),
        cost=int(entry.get("cost", base.cost)) if setting.name != "lo0.0" else setting.cost,
        neighbors=count,
        dr_id=str(entry.get(dr, "0.0.0.0")),
        bdr_id=str(entry.get(bdr, "0.0.0.0")),
        mtu=int(entry.get("mtuBytes" if version == 2 else "interfaceMtu", 0)) or base.mtu,
    )


def database2(shown: Json) -> list[OspfDatabase]:
    """From `show ip ospf database json`."""
    found = []
    for area, lists in shown.get("areas", {}).items():
        counts = tuple((name, int(lists[key])) for key, name in _LSA2.items() if lists.get(key))
        found.append(OspfDatabase(str(area).split()[0], counts))
    if external := shown.get("asExternalLinkStatesCount"):
        found.append(OspfDatabase(None, (("Extern", int(external)),)))
    return found


def database3(shown: Json) -> list[OspfDatabase]:
    """From `show ipv6 ospf6 database json`. FRR lists a prefix LSA once per prefix: LSAs are counted, not rows."""
    found = []
    for scope in shown.get("areaScopedLinkStateDb", []):
        found.append(OspfDatabase(str(scope.get("areaId")), _count3(scope.get("lsa", []))))
    for scope in shown.get("asScopedLinkStateDb", []):
        if counts := _count3(scope.get("lsa", [])):
            found.append(OspfDatabase(None, counts))
    return found


def _count3(rows: list[Json]) -> tuple[tuple[str, int], ...]:
    unique = {(str(row.get("type")), row.get("lsId"), row.get("advRouter")) for row in rows}
    counts = Counter(kind for kind, _, _ in unique)
    return tuple((name, counts[kind]) for kind, name in _LSA3.items() if counts[kind])


def overview(shown: Json, neighbors: list[OspfNeighbor]) -> OspfOverview | None:
    """From `show ip ospf json` or `show ipv6 ospf6 json`; None when the protocol does not run."""
    if "routerId" not in shown:
        return None
    full = Counter(n.area for n in neighbors if n.state == "Full")
    return OspfOverview(str(shown["routerId"]), tuple((area, full[area]) for area in _areas(shown)))


def _areas(shown: Json) -> Iterator[str]:
    for area in shown.get("areas", {}):
        yield str(area).split()[0]
