"""BGP neighbours as FRR's JSON tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.junos.backend.bgp_settings import TABLE, BgpNeighbor, neighbors
from lab.junos.backend.frr.words import guess_name, junos_names
from lab.junos.backend.model import BfdSession, BgpPeer, BgpRib
from lab.junos.backend.reading import Node

Json = Mapping[str, Any]
AFI = {4: "ipv4", 6: "ipv6"}


def count_commands(data: Node, shown: Json) -> list[tuple[str, int, str]]:
    """(neighbour, version, command) of the prefix counts to ask for: FRR keeps them for established peers."""
    return [
        (peer.address, version, f"show bgp {AFI[version]} unicast neighbors {peer.address} prefix-counts json")
        for peer in neighbors(data)
        for version in peer.families()
        if shown.get(peer.address, {}).get("bgpState") == "Established"
    ]


def peers(data: Node, shown: Json, counts: Mapping[tuple[str, int], Json]) -> list[BgpPeer]:
    """Every configured neighbour, with its state from `show bgp neighbors json`."""
    return [_peer(peer, shown.get(peer.address, {}), counts) for peer in neighbors(data)]


def _peer(peer: BgpNeighbor, entry: Json, counts: Mapping[tuple[str, int], Json]) -> BgpPeer:
    state = str(entry.get("bgpState", "Idle")).split()[0]
    messages = entry.get("messageStats", {})
    up = state == "Established"
    elapsed = entry.get("bgpTimerUpMsec" if up else "lastResetTimerMsecs", 0)
    hold = int(entry.get("bgpTimerHoldTimeMsecs", 90000)) // 1000
    bfd = entry.get("peerBfdInfo", {}).get("status")
    return BgpPeer(
        address=peer.address,
        asn=peer.peer_as,
        local_asn=peer.local_as,
        group=peer.group,
        internal=peer.internal,
        state=state,
        elapsed=int(elapsed) // 1000,
        flaps=int(entry.get("connectionsDropped", 0)),
        local_address=peer.leaf("local-address") or entry.get("hostLocal"),
        description=peer.leaf("description"),
        peer_id=_identity(entry.get("remoteRouterId")),
        local_id=_identity(entry.get("localRouterId")),
        hold_time=hold,
        keepalive=int(entry.get("bgpTimerKeepAliveIntervalMsecs", 30000)) // 1000,
        input_messages=int(messages.get("totalRecv", 0)),
        output_messages=int(messages.get("totalSent", 0)),
        input_updates=int(messages.get("updatesRecv", 0)),
        output_updates=int(messages.get("updatesSent", 0)),
        last_error=_last_error(entry),
        bfd_up=None if not peer.has("bfd-liveness-detection") else str(bfd).lower() == "up",
        imports=peer.chain("import"),
        exports=peer.chain("export"),
        ribs=tuple(_rib(entry, version, counts.get((peer.address, version), {})) for version in peer.families()),
    )


def _identity(value: object) -> str | None:
    return str(value) if value and value != "0.0.0.0" else None


def _last_error(entry: Json) -> str:
    """Only a session that was up and fell has an error."""
    reason = str(entry.get("lastResetDueTo", ""))
    if not entry.get("connectionsDropped"):
        return "None"
    if "Hold Timer" in reason or "BFD" in reason:
        return "Hold Timer Expired Error" if "Hold" in reason else "None"
    return "Cease" if reason else "None"


def _rib(entry: Json, version: int, counts: Json) -> BgpRib:
    family = entry.get("addressFamilyInfo", {}).get(f"{AFI[version]}Unicast", {})
    walk = counts.get("ribTableWalkCounters", {})
    accepted = int(family.get("acceptedPrefixCounter", 0))
    return BgpRib(
        table=TABLE[version],
        received=int(walk.get("Adj-in", accepted)),
        accepted=accepted,
        active=int(walk.get("PfxCt Best Selected", accepted)),
        advertised=int(family.get("sentPrefixCounter", 0)),
    )


def bfd_sessions(data: Node, shown: list[Json]) -> list[BfdSession]:
    """From `show bfd peers json`."""
    names = junos_names(data)
    found = []
    for entry in shown:
        device = str(entry.get("interface", ""))
        interval = max(int(entry.get("transmit-interval", 0)), int(entry.get("remote-receive-interval", 0)))
        receive = max(int(entry.get("receive-interval", 0)), int(entry.get("remote-transmit-interval", 0)))
        multiplier = int(entry.get("remote-detect-multiplier", 0) or entry.get("detect-multiplier", 3))
        found.append(
            BfdSession(
                address=str(entry.get("peer", "")),
                state={"up": "Up", "init": "Init", "shutdown": "AdminDown"}.get(str(entry.get("status")), "Down"),
                interface=(names.get(device, guess_name(device)) if device else None),
                detection_time=receive * multiplier / 1000,
                transmit_interval=interval / 1000,
                multiplier=int(entry.get("detect-multiplier", 3)),
            )
        )
    return found
