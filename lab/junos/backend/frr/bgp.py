"""BGP: the process, its neighbours and their policies."""

from __future__ import annotations

from lab.junos.backend.bgp_settings import BgpNeighbor, neighbors
from lab.junos.backend.frr.bfd import profile
from lab.junos.backend.frr.bgp_policy import export_map, import_map, redistribution
from lab.junos.backend.frr.context import Translation, secret
from lab.junos.backend.frr.lines import Section
from lab.junos.backend.frr.static import distance
from lab.junos.backend.frr.words import safe_text
from lab.junos.backend.reading import Node, autonomous_system, has, node, number, router_id
from lab.junos.config.secret import decode_secret

AFI = {4: "ipv4 unicast", 6: "ipv6 unicast"}
CONNECT_RETRY = 5
"""Seconds between connection attempts; FRR waits 120, which nobody wants to watch in a lab."""
_REFUSED = (
    "damping", "local-interface", "authentication-key-chain", "ttl", "advertise-peer-as", "graceful-shutdown",
    "rib-group", "vpn-apply-export", "out-delay", "authentication-algorithm",
)  # fmt: skip


def add_bgp(t: Translation) -> None:
    """The process with everything in it; nothing without an AS number, a neighbour, or when disabled."""
    bgp = node(t.data, "protocols", "bgp")
    own = autonomous_system(t.data)
    peers = list(neighbors(t.data))
    if not bgp or has(bgp, "disable") or own is None or not peers:
        return
    section = t.config.add(Section(("bgp",), (f"router bgp {own}",), ("exit",), f"no router bgp {own}"))
    _process(t, section, bgp, peers)
    families = {version: _family(t, section, version, bgp, peers) for version in _versions(peers)}
    for peer in peers:
        _session(t, section, peer)
        for version, statements in peer.families().items():
            _activate(t, families[version], peer, version, statements)
    for version, family in families.items():
        redistribution(t, family, [peer for peer in peers if version in peer.families()], version)


def _versions(peers: list[BgpNeighbor]) -> list[int]:
    return sorted({version for peer in peers for version in peer.families()})


def _process(t: Translation, section: Section, bgp: Node, peers: list[BgpNeighbor]) -> None:
    identity = router_id(t.data)
    if identity:
        section.add(f"bgp router-id {identity}", key="router-id", undo="no bgp router-id", replace=True)
    section.add("no bgp ebgp-requires-policy")
    section.add("no bgp default ipv4-unicast")
    section.add("bgp log-neighbor-changes")
    section.add("bgp deterministic-med")
    selection = node(bgp, "path-selection")
    if "always-compare-med" in selection:
        section.add("bgp always-compare-med")
    if "as-path-ignore" in selection:
        section.add("bgp bestpath as-path ignore")
    if "external-router-id" in selection:
        section.add("bgp bestpath compare-routerid")
    if any("multiple-as" in peer.node("multipath") for peer in peers):
        section.add("bgp bestpath as-path multipath-relax")
    if has(t.data, "routing-options", "graceful-restart") and not has(
        t.data, "routing-options", "graceful-restart", "disable"
    ):
        section.add("bgp graceful-restart")
    clusters = dict.fromkeys(cluster for peer in peers if (cluster := peer.leaf("cluster")))
    if len(clusters) > 1:
        t.refuse("protocols bgp", "several cluster identifiers are not supported by this data plane", "cluster")
    for cluster in list(clusters)[:1]:
        section.add(f"bgp cluster-id {cluster}", key="cluster-id", undo="no bgp cluster-id", replace=True)


def _family(t: Translation, parent: Section, version: int, bgp: Node, peers: list[BgpNeighbor]) -> Section:
    header = (*parent.header, f"address-family {AFI[version]}")
    exits = ("exit-address-family", *parent.exits)
    section = t.config.add(Section(("bgp", AFI[version]), header, exits, parent=parent.key))
    value = distance(number(bgp, "preference") or 170)
    section.add(f"distance bgp {value} {value} {value}", key="distance", undo="no distance bgp", replace=True)
    own = [peer for peer in peers if version in peer.families() and peer.has("multipath")]
    if any(not peer.internal for peer in own):
        section.add("maximum-paths 64")
    if any(peer.internal for peer in own):
        section.add("maximum-paths ibgp 64")
    if not any(not peer.internal for peer in own):
        section.add("maximum-paths 1")
    if not any(peer.internal for peer in own):
        section.add("maximum-paths ibgp 1")
    return section


def _session(t: Translation, section: Section, peer: BgpNeighbor) -> None:
    """The lines of a neighbour that are not of a family."""
    for level, path in zip(peer.levels, (peer.path, f"protocols bgp group {peer.group}", "protocols bgp"), strict=True):
        t.refuse_present(path, level, _REFUSED)
    name = f"neighbor {peer.address}"
    section.add(f"{name} remote-as {peer.peer_as}", key=name, undo=f"no {name}", replace=True)

    def option(text: str, *, key: str | None = None, undo: str | None = None, replace: bool = True) -> None:
        word = text.split()[0]
        section.add(
            f"{name} {text}", key=f"{name} {key or word}", undo=f"no {name} {undo or word}", replace=replace, owner=name
        )

    if description := peer.leaf("description"):
        option(f"description {safe_text(description)}")
    if address := peer.leaf("local-address"):
        option(f"update-source {address}")
    _local_as(t, peer, option)
    hold = peer.number("hold-time")
    hold = 90 if hold is None else hold
    option(f"timers {hold // 3} {hold}", undo=f"timers {hold // 3} {hold}")
    option(f"timers connect {CONNECT_RETRY}", key="timers connect", undo="timers connect")
    if key := peer.leaf("authentication-key"):
        option(f"password {secret(t, peer.path, decode_secret(key))}")
    if peer.has("multihop") and not peer.internal:
        option(f"ebgp-multihop {peer.number('multihop', 'ttl') or 64}")
    if peer.has("passive"):
        option("passive")
    if peer.has("shutdown"):
        option("shutdown")
    if peer.has("bfd-liveness-detection"):
        option("bfd", key="bfd")
        option(f"bfd profile {profile(t, peer.node('bfd-liveness-detection'))}", key="bfd profile", undo="bfd profile")


def _local_as(t: Translation, peer: BgpNeighbor, option: object) -> None:
    own = autonomous_system(t.data)
    if peer.local_as == own or not callable(option):
        return
    if peer.internal:
        t.refuse(peer.path, "local-as of an internal group is not supported by this data plane", "local-as")
        return
    inside = peer.node("local-as")
    suffix = (
        " no-prepend replace-as" if "no-prepend-global-as" in inside else " no-prepend" if "private" in inside else ""
    )
    option(f"local-as {peer.local_as}{suffix}", undo="local-as", replace=False)


def _activate(t: Translation, section: Section, peer: BgpNeighbor, version: int, statements: Node) -> None:
    name = f"neighbor {peer.address}"

    def option(text: str, *, key: str | None = None, undo: str | None = None, replace: bool = True) -> None:
        word = key or text.split()[0]
        section.add(
            f"{name} {text}", key=f"{name} {word}", undo=f"no {name} {undo or text}", replace=replace, owner=name
        )

    option("activate")
    option("soft-reconfiguration inbound")
    option(f"route-map {import_map(t, peer, version)} in", key="import")
    option(f"route-map {export_map(t, peer, version)} out", key="export")
    if peer.leaf("cluster") and peer.internal:
        option("route-reflector-client")
    if peer.has("as-override"):
        option("as-override")
    if peer.has("remove-private"):
        option("remove-private-AS all" if "all" in peer.node("remove-private") else "remove-private-AS")
    if loops := number(statements, "loops", "loops"):
        option(f"allowas-in {loops}", key="allowas-in", undo="allowas-in")
    if limit := _limit(t, peer, statements):
        option(limit, key="maximum-prefix", undo="maximum-prefix")


def _limit(t: Translation, peer: BgpNeighbor, statements: Node) -> str | None:
    """Both limits count what policies let through.

    On a router `prefix-limit` counts what is received. FRR's `force` would, but from the first prefix that a policy
    denies on it counts what all other neighbours have sent as well: a healthy session that comes up last is then shut.
    """
    limit = node(statements, "prefix-limit") or node(statements, "accepted-prefix-limit")
    maximum = number(limit, "maximum")
    if maximum is None:
        return None
    if "teardown" not in limit:
        return f"maximum-prefix {maximum} warning-only"
    teardown = node(limit, "teardown")
    threshold = number(teardown, "limit-threshold")
    percent = f" {threshold}" if threshold is not None else ""
    idle = node(teardown, "idle-timeout")
    minutes = number(idle, "timeout") or (None if "forever" in idle else 1)
    return f"maximum-prefix {maximum}{percent}{f' restart {minutes}' if minutes else ''}"
